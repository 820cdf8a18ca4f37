"""Mail: whom to tell of what happened, in which words, and how it gets there. The policy is asked again for every letter."""

from gateway.mail.office import Handled, PostOffice
from gateway.mail.outbox import mail_page
from gateway.mail.post import FolderPost, NotNow, Post, Returned, SmtpPost, post_of, sender_of
from gateway.mail.texts import TEXTS, Language, read_texts, require_texts

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
    "mail_page",
    "post_of",
    "read_texts",
    "require_texts",
    "sender_of",
]
