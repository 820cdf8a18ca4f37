"""What a resolver is given: who asks, the policy, one connection's reads and loaders. Made for one request, gone with it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.auth.handoff_tokens import HandoffTokens
from gateway.auth.memberships import Identity
from gateway.auth.sign_in import SignInService
from gateway.auth.viewers import Viewer
from gateway.db.queries.mail_allowances import MailBounds
from gateway.execution.denials import Denials
from gateway.global_ids import Seal
from gateway.idempotency import Reservation
from gateway.loaders import Loaders, ReadConnection
from gateway.policy import Plan, Policy


@dataclass(frozen=True, slots=True)
class Envelope:
    """What came around a mutation's document: `fingerprint` is a hash of the whole body.

    `network` is where it came from, see `gateway.http.network`: limits of anonymous callers count by it.
    """

    request_id: str
    network: str
    idempotency_key: str | None
    fingerprint: bytes


@dataclass(slots=True)
class Context:
    identity: Identity
    policy: Policy
    seal: Seal
    door: SignInService
    reads: ReadConnection
    engine: AsyncEngine  # for changes: reads have their own connection
    load: Loaders
    denials: Denials
    bounds: MailBounds
    envelope: Envelope | None = None  # of a mutation
    missing: Counter[str] = field(default_factory=Counter)  # how often each field of a query found nothing
    hand_offs: HandoffTokens | None = None  # where the product is known
    lock_seconds: float = 4.0  # that a change waits for another one
    reservation: Reservation | None = None  # of the request's Idempotency-Key
    may_have_committed: bool = False  # a change, or its COMMIT has been sent
    done: int = 0  # mutations of this request
    replayed: int = 0  # mutations of an earlier one with the same key

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

    @property
    def is_replay(self) -> bool:
        return self.replayed > 0 and self.done == 0

    async def reserve_key(self) -> None:
        """Comes before any mutation of the request; Conflict where its Idempotency-Key belongs to another body."""
        if self.envelope is None:
            return
        self.reservation = Reservation.of(self.viewer, self.envelope.idempotency_key, self.envelope.fingerprint)
        if self.reservation is not None:
            async with self.engine.begin() as connection:
                await self.reservation.reserve(connection)

    def plan(self, type_name: str) -> Plan:
        return self.policy.plan(self.viewer, type_name)


Info: TypeAlias = strawberry.Info[Context, None]
