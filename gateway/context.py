"""What a resolver is given: who asks, the policy, one connection's reads and loaders. Made for one request, gone with it."""

from dataclasses import dataclass
from typing import TypeAlias

import strawberry
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.auth.hand_offs import HandOffs
from gateway.auth.memberships import Identity
from gateway.auth.sign_in import FrontDoor
from gateway.auth.viewers import Viewer
from gateway.denials import Denials
from gateway.loaders import Loaders, Reads
from gateway.policy import Plan, Policy
from gateway.sealing import Seal


@dataclass(frozen=True, slots=True)
class Envelope:
    """What came around a mutation's document: `fingerprint` is a hash of the whole body."""

    request_id: str
    idempotency_key: str | None
    fingerprint: bytes


@dataclass(slots=True)
class Context:
    identity: Identity
    policy: Policy
    seal: Seal
    door: FrontDoor
    reads: Reads
    engine: AsyncEngine  # for changes: reads have their own connection
    load: Loaders
    denials: Denials
    envelope: Envelope | None = None  # of a mutation
    hand_offs: HandOffs | None = None  # where the product is known

    @property
    def viewer(self) -> Viewer:
        return self.identity.viewer

    @property
    def signed_in(self) -> bool:
        return self.identity.signed_in

    @property
    def caller(self) -> dict[str, str]:
        acting = self.identity.acting
        known = {"viewer": type(self.viewer).__name__, "role": self.viewer.role}
        return known if acting is None else {**known, "organisation": str(acting.organisation_id)}

    @property
    def statements(self) -> int:
        return self.reads.statements

    def plan(self, type_name: str) -> Plan:
        return self.policy.plan(self.viewer, type_name)


Info: TypeAlias = strawberry.Info[Context, None]
