"""People and what they sign in with (V30, V34), and the platform's own staff (D5)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import mapped_column

from gateway.db.enums import LOCALES, PLATFORM_ROLES
from gateway.db.models.base import Base, Key, Mapped, Moment, bounded, forever, key_text, one_of, references, set_of
from gateway.text.keys import sort_key

SCOPES = ("clients:read", "kpis:write", "payroll:read", "billing:write")


def _folded_name(context: Any) -> str:
    return sort_key(context.get_current_parameters()["name"])


class User(Base):
    """A person, known by an address."""

    __tablename__ = "user_account"
    __table_args__ = (UniqueConstraint("email_key"), one_of("locale", LOCALES), *bounded("name_key"))

    id: Mapped[Key]
    email: Mapped[str]
    email_key: Mapped[str]  # by `gateway.text.addresses.address_key`, as every key of an address
    name: Mapped[str]
    # Lists of people are in the order of these. Who changes a name writes its key with it.
    name_key: Mapped[str] = key_text(default=_folded_name)
    phone: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default="en")
    password_hash: Mapped[str | None]
    created_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    last_seen_at: Mapped[Moment | None]
    # Access tokens carry it. It grows with all that ends every session: no two moments of one second can be confused.
    session_version: Mapped[int] = mapped_column(server_default="1")
    tokens_from: Mapped[Moment | None]  # read by the release before this one only
    erased_at: Mapped[Moment | None]  # from then on a pseudonym (D52)


class PlatformMember(Base):
    """Who runs the platform: admins and reviewers."""

    __tablename__ = "platform_member"
    __table_args__ = (one_of("role", PLATFORM_ROLES),)

    user_id: Mapped[UUID] = references("user_account.id", primary_key=True)
    role: Mapped[str]
    told_until: Mapped[Moment | None]  # what waits since later than that is new to them


class RefreshToken(Base):
    """One link of a family: used once, then replaced. A second use ends the family."""

    __tablename__ = "refresh_token"
    __table_args__ = (Index(None, "family_id"), Index(None, "user_id"))

    id: Mapped[Key]
    family_id: Mapped[UUID]
    user_id: Mapped[UUID] = references("user_account.id")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]


class PasswordLink(Base):
    """A link by which a person chooses a new password, once (V34). Its token is made again from our secret, and kept as its hash."""

    __tablename__ = "password_link"
    __table_args__ = (Index("ix_password_link_of_user", "user_id", "asked_at"),)

    id: Mapped[Key]
    user_id: Mapped[UUID] = references("user_account.id")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    asked_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class LinkedIdentity(Base):
    """Whom an issuer's subject is: one subject of an issuer per person. Whoever erases a person ends their links (D52)."""

    __tablename__ = "linked_identity"
    __table_args__ = (UniqueConstraint("user_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = references("user_account.id")
    linked_at: Mapped[Moment]


class SignInThrottle(Base):
    """Counters of failed sign-ins. `email_hash` is the keyed hash of what is counted, such as an account, known or not,
    together with a network: the answer must not tell which."""

    __tablename__ = "sign_in_throttle"

    email_hash: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    window_ends_at: Mapped[Moment]  # from then on it is forgotten
    blocked_until: Mapped[Moment | None]


class KnownDevice(Base):
    """A device on which a person has signed in: its token is kept as a hash, and replaced at each sign-in."""

    __tablename__ = "known_device"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[Key]
    user_id: Mapped[UUID] = references("user_account.id")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[Moment]


class IntegrationToken(Base):
    """A machine's token (D26): hashed, scoped, bound to one organisation or to the platform (both null)."""

    __tablename__ = "integration_token"
    __table_args__ = (
        Index("ix_integration_token_of_firm", "firm_id", "id"),
        Index("ix_integration_token_of_client", "client_id", "id"),
    )

    id: Mapped[Key]
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[int] = set_of(SCOPES)
    firm_id: Mapped[UUID | None] = references("firm.id", nullable=True)
    client_id: Mapped[UUID | None] = references("client.id", nullable=True)
    created_by: Mapped[UUID] = references("user_account.id")
    expires_at: Mapped[datetime] = forever()
    revoked_at: Mapped[Moment | None]
    last_used_at: Mapped[Moment | None]
