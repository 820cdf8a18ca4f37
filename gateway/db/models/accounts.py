"""Users and their credentials (V30, V34), and the platform's own staff (D5)."""

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
    """A person, identified by an e-mail address."""

    __tablename__ = "user_account"
    __table_args__ = (UniqueConstraint("email_key"), one_of("locale", LOCALES), *bounded("name_key"))

    id: Mapped[Key]
    email: Mapped[str]
    email_key: Mapped[str]  # from `gateway.text.addresses.address_key`, as every key of an address
    name: Mapped[str]
    # Lists of people are sorted by this key. A statement that changes the name must also write the key.
    name_key: Mapped[str] = key_text(default=_folded_name)
    phone: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default="en")
    password_hash: Mapped[str | None]
    created_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    last_seen_at: Mapped[Moment | None]
    # A claim of access tokens. Each event that ends all sessions increments it. A counter, unlike a timestamp, also
    # distinguishes two events in the same second.
    session_version: Mapped[int] = mapped_column(server_default="1")
    default_organisation_id: Mapped[UUID | None]  # chosen by the person; it counts while they are a member of it (D71)
    tokens_from: Mapped[Moment | None]  # read by the previous release only
    erased_at: Mapped[Moment | None]  # from then on the row holds a pseudonym (D52)


class PlatformMember(Base):
    """A person who runs the platform: an admin or a reviewer."""

    __tablename__ = "platform_member"
    __table_args__ = (one_of("role", PLATFORM_ROLES),)

    user_id: Mapped[UUID] = references("user_account.id", primary_key=True)
    role: Mapped[str]
    created_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    told_until: Mapped[Moment | None]  # reviews that have waited since a later time are new to this person


class RefreshToken(Base):
    """One token of a family: it is used once and then replaced. A later use revokes the family, apart from a short grace."""

    __tablename__ = "refresh_token"
    __table_args__ = (Index(None, "family_id"), Index(None, "user_id"))

    id: Mapped[Key]
    family_id: Mapped[UUID]
    previous_id: Mapped[UUID | None]  # the token that it replaced; null for the first of the family
    user_id: Mapped[UUID] = references("user_account.id")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]


class PasswordLink(Base):
    """A link with which a person sets a new password, once (V34).

    The table holds the hash of its token. The token itself can be derived again from our secret.
    """

    __tablename__ = "password_link"
    __table_args__ = (Index("ix_password_link_of_user", "user_id", "asked_at"),)

    id: Mapped[Key]
    user_id: Mapped[UUID] = references("user_account.id")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    asked_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class LinkedIdentity(Base):
    """The person of an issuer's subject: one subject of an issuer per person. Erasing a person deletes their links (D52)."""

    __tablename__ = "linked_identity"
    __table_args__ = (UniqueConstraint("user_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = references("user_account.id")
    linked_at: Mapped[Moment]


class SignInThrottle(Base):
    """Counters of failed sign-ins.

    `email_hash` is the keyed hash of what is counted, such as an account with a network. Unknown accounts are counted, too:
    the response must not show whether an account exists.
    """

    __tablename__ = "sign_in_throttle"

    email_hash: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    window_ends_at: Mapped[Moment]  # from then on the count starts at zero
    blocked_until: Mapped[Moment | None]


class KnownDevice(Base):
    """A device on which a person has signed in. Its token is stored as a hash and replaced at each sign-in."""

    __tablename__ = "known_device"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[Key]
    user_id: Mapped[UUID] = references("user_account.id")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[Moment]


class IntegrationToken(Base):
    """A machine's token (D26): hashed, with scopes, bound to one organisation or to the platform (both ids null)."""

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
