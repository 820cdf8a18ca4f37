"""Messages for people in five languages: faults of forms, and refusals (D74). Errors that only developers meet stay English."""

from gateway.messages.catalogue import ENGLISH, LANGUAGES, SECTIONS, Text, in_language, section, text

__all__ = ["ENGLISH", "LANGUAGES", "SECTIONS", "Text", "in_language", "section", "text"]
