"""The mapped classes of all tables, one module per subject."""

from gateway.db.models.accounts import (
    IntegrationToken,
    KnownDevice,
    LinkedIdentity,
    PasswordLink,
    PlatformMember,
    RefreshToken,
    SignInThrottle,
    User,
)
from gateway.db.models.audit import AuditEntry
from gateway.db.models.base import Base
from gateway.db.models.client_sessions import ClientSession
from gateway.db.models.clients import Client, ClientMember, KpiSnapshot, PendingActivity, Plan
from gateway.db.models.collaborations import AccessGrant, BillingModePeriod, Collaboration, OfferedTerms
from gateway.db.models.conversations import Conversation, ConversationRead, Message
from gateway.db.models.documents import TrustedDocument
from gateway.db.models.firms import Assignment, Firm, FirmMember, FirmProfile, InvitationCodeGuess
from gateway.db.models.invitations import ClientInvitation, ClientMemberInvitation, FirmSignUp, StaffInvitation
from gateway.db.models.invoices import Invoice, InvoiceLine, InvoiceSeries, Order
from gateway.db.models.mutations import KeptOutcome, KeptRequest, Mail, MailAllowance, Notice

__all__ = [
    "AccessGrant",
    "Assignment",
    "AuditEntry",
    "Base",
    "BillingModePeriod",
    "Client",
    "ClientInvitation",
    "ClientMember",
    "ClientMemberInvitation",
    "ClientSession",
    "Collaboration",
    "Conversation",
    "ConversationRead",
    "Firm",
    "FirmMember",
    "FirmProfile",
    "FirmSignUp",
    "IntegrationToken",
    "InvitationCodeGuess",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "KeptOutcome",
    "KeptRequest",
    "KnownDevice",
    "KpiSnapshot",
    "LinkedIdentity",
    "Mail",
    "MailAllowance",
    "Message",
    "Notice",
    "OfferedTerms",
    "Order",
    "PasswordLink",
    "PendingActivity",
    "Plan",
    "PlatformMember",
    "RefreshToken",
    "SignInThrottle",
    "StaffInvitation",
    "TrustedDocument",
    "User",
]
