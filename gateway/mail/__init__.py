"""Mail: whom to tell of what happened, in which words, and how it gets there. The policy is asked again for every letter."""

from gateway.mail.delivery import Handled, PostOffice
from gateway.mail.templates import TEXTS, Language, read_texts, require_texts
from gateway.mail.transport import FolderPost, NotNow, Post, Returned, SmtpPost, post_of, sender_of

__all__ = [
    "TEXTS",
    "FolderPost",
    "Handled",
    "Language",
    "NotNow",
    "Post",
    "PostOffice",
    "Returned",
    "SmtpPost",
    "post_of",
    "read_texts",
    "require_texts",
    "sender_of",
]
