"""The viewers. `Anonymous` is a separate type, so that no rule for people can match an anonymous caller (D4, D49)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

PLATFORM_ID: Final = UUID(int=0)
"""The platform is an organisation with an id (D49)."""
PLATFORM_NAME: Final = "Platform"


@dataclass(frozen=True, slots=True)
class FirmViewer:
    """A person acting for a firm, in one role."""

    user_id: UUID
    member_id: UUID
    firm_id: UUID
    role: Literal["admin", "bookkeeper", "staff"]
    now: datetime

    @property
    def acting_id(self) -> UUID:
        return self.firm_id

    @property
    def day_ago(self) -> datetime:
        return self.now - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClientViewer:
    """A person acting for a client company."""

    user_id: UUID
    member_id: UUID
    client_id: UUID
    role: Literal["owner", "admin", "member"]
    now: datetime

    @property
    def acting_id(self) -> UUID:
        return self.client_id


@dataclass(frozen=True, slots=True)
class PlatformViewer:
    """A person acting for the platform."""

    user_id: UUID
    role: Literal["admin", "reviewer"]
    now: datetime

    @property
    def acting_id(self) -> UUID:
        return PLATFORM_ID


@dataclass(frozen=True, slots=True)
class SystemViewer:
    """A machine with the platform's token for `billing:write`, in the present role of the token's creator (D26, D41)."""

    token_id: UUID
    role: Literal["admin", "reviewer"]
    now: datetime

    @property
    def acting_id(self) -> UUID:
        return PLATFORM_ID


@dataclass(frozen=True, slots=True)
class FirmToken:
    """A machine with a firm's token for `clients:read`, in the present role of the token's creator (D26, D41)."""

    token_id: UUID
    member_id: UUID
    firm_id: UUID
    role: Literal["admin", "bookkeeper", "staff"]
    now: datetime

    @property
    def acting_id(self) -> UUID:
        return self.firm_id


@dataclass(frozen=True, slots=True)
class ClientToken:
    """A machine with a client company's token for `clients:read`, in the present role of the token's creator (D26, D41)."""

    token_id: UUID
    client_id: UUID
    role: Literal["owner", "admin", "member"]
    now: datetime

    @property
    def acting_id(self) -> UUID:
        return self.client_id


@dataclass(frozen=True, slots=True)
class PlatformReporter:
    """A machine that reports pending work with the platform's token for `kpis:write`: it writes and cannot read (H44, D26)."""

    token_id: UUID
    role: Literal["admin", "reviewer"]
    now: datetime

    @property
    def acting_id(self) -> UUID:
        return PLATFORM_ID


@dataclass(frozen=True, slots=True)
class ClientReporter:
    """Like `PlatformReporter`, with a client company's own token (H44, D26)."""

    token_id: UUID
    client_id: UUID
    role: Literal["owner", "admin", "member"]
    now: datetime

    @property
    def acting_id(self) -> UUID:
        return self.client_id


@dataclass(frozen=True, slots=True)
class Memberless:
    """A person who is signed in and belongs to no organisation (D49)."""

    user_id: UUID
    role: Literal["none"]
    now: datetime

    @property
    def acting_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class Anonymous:
    """An anonymous caller. It has no id, so there is nothing to compare with."""

    role: Literal["none"]
    now: datetime


Reporter = PlatformReporter | ClientReporter
Machine = SystemViewer | FirmToken | ClientToken | Reporter
Viewer = FirmViewer | ClientViewer | PlatformViewer | Machine | Memberless | Anonymous


@dataclass(frozen=True, slots=True)
class Membership:
    """One organisation for which a person or a machine may act."""

    kind: Literal["firm", "client", "platform"]
    organisation_id: UUID
    organisation_name: str
    member_id: UUID | None
    role: str
    is_default: bool = True
    """Whether a request that names no organisation acts for this one (D71)."""
