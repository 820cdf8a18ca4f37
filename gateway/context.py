"""The context of one request, as resolvers receive it: viewer, policy, read connection and loaders."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias
from uuid import UUID

import strawberry
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.auth.handoff_tokens import HandoffTokens
from gateway.auth.memberships import Identity
from gateway.auth.sign_in import SignInService
from gateway.auth.viewers import Viewer
from gateway.db.queries.mail_allowances import MailBounds
from gateway.execution.breadth_first import JsonText
from gateway.execution.denials import Denials
from gateway.global_ids import Seal
from gateway.idempotency import Reservation
from gateway.loaders import Loaders, ReadConnection
from gateway.policy import Plan, Policy


@dataclass(frozen=True, slots=True)
class Envelope:
    """The HTTP data of a mutation request. `fingerprint` is a hash of the whole body.

    `network` is the network of the caller, see `gateway.http.network`: rate limits of anonymous callers count by it.
    """

    request_id: str
    network: str
    idempotency_key: str | None
    fingerprint: bytes


class Payloads(Protocol):
    """Reads objects of payloads by compiled statements."""

    async def read(
        self, type_name: str, key: UUID | Sequence[UUID], details: FieldDetailsList, path: Path
    ) -> JsonText | None:
        """An object, or a list of those that the viewer may see, as JSON text; None where it is to be executed field by field."""


@dataclass(slots=True)
class Context:
    """The state of one request. It is created for the request and discarded with it."""

    identity: Identity
    policy: Policy
    seal: Seal
    sign_in_service: SignInService
    reads: ReadConnection
    engine: AsyncEngine  # for mutations: reads have their own connection
    load: Loaders
    denials: Denials
    bounds: MailBounds
    envelope: Envelope | None = None  # set for a mutation
    missing: Counter[str] = field(default_factory=Counter)  # per query field, how often no object was found
    hand_offs: HandoffTokens | None = None  # set if a product is configured
    lock_seconds: float = 4.0  # how long a mutation waits for a lock
    payloads: "Payloads | None" = None  # of a mutation that was requested before
    reservation: Reservation | None = None  # of the request's idempotency key
    may_have_committed: bool = False  # a change was committed, or its COMMIT was sent
    done: int = 0  # mutations that this request executed
    replayed: int = 0  # mutations answered from an earlier request with the same idempotency key

    @property
    def viewer(self) -> Viewer:
        return self.identity.viewer

    @property
    def signed_in(self) -> bool:
        return self.identity.signed_in

    @property
    def caller(self) -> dict[str, str]:
        return self.identity.described

    def executed(self) -> None:
        """Count a statement that a compiled payload has executed."""
        self.reads.statements += 1

    @property
    def statements(self) -> int:
        return self.reads.statements

    @property
    def is_replay(self) -> bool:
        """Whether all outcomes are those of an earlier request with the same idempotency key."""
        return self.replayed > 0 and self.done == 0

    async def reserve_key(self) -> None:
        """Reserves the idempotency key before any mutation runs. Raises Conflict if the key belongs to another body."""
        if self.envelope is None:
            return
        self.reservation = Reservation.of(self.viewer, self.envelope.idempotency_key, self.envelope.fingerprint)
        if self.reservation is not None:
            async with self.engine.begin() as connection:
                await self.reservation.reserve(connection)

    def plan(self, type_name: str) -> Plan:
        return self.policy.plan(self.viewer, type_name)


Info: TypeAlias = strawberry.Info[Context, None]
