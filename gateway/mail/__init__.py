"""Mail: recipients, texts and delivery. The policy is evaluated again for every mail before it is sent."""

from gateway.mail.delivery import DeliveryResult, MailDelivery
from gateway.mail.templates import TEXTS, Language, read_texts, require_texts
from gateway.mail.transport import (
    FolderTransport,
    PermanentFailure,
    SmtpTransport,
    TemporaryFailure,
    Transport,
    sender_of,
    transport_of,
)

__all__ = [
    "TEXTS",
    "DeliveryResult",
    "FolderTransport",
    "Language",
    "MailDelivery",
    "PermanentFailure",
    "SmtpTransport",
    "TemporaryFailure",
    "Transport",
    "read_texts",
    "require_texts",
    "sender_of",
    "transport_of",
]
