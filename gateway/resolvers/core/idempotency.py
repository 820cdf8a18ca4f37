"""Outcomes of mutations, as ids and words or as a refusal, kept for a day for a retry with the same Idempotency-Key."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar, Final, Self
from uuid import UUID

import sqlalchemy as sa
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import errors
from gateway.context import Context
from gateway.db.models import KeptOutcome
from gateway.errors import Conflict, Fault, InvalidInput, Refused
from gateway.idempotency import ANOTHER_BODY, KEPT_FOR, Reservation
from gateway.messages import Text
from gateway.resolvers.core.places import Place

REFUSALS: Final[dict[str, type[Refused]]] = {
    kind.code: kind for kind in (errors.BadInput, errors.NotFound, errors.Forbidden, errors.Conflict)
}


@dataclass(frozen=True, slots=True)
class Node:
    """An object of a payload. It is read for each response, as the viewer may see it at that time."""

    type_name: str
    key: UUID


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is shown once: it is never stored, and is null in the response to a retry."""

    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A payload by field name, or a refusal. A field is a `Node`, a list of them, a `Place`, a `Secret`, a word or a number."""

    fields: dict[str, Any]
    refusal: Refused | None = None

    TRIED_AGAIN: ClassVar = (
        errors.Unauthenticated,
        errors.RateLimited,
        errors.Unavailable,
        errors.TimedOut,
        errors.Busy,
    )

    async def payload(self, context: Context) -> Any:
        """Returns the payload, with every object loaded like any other; raises the refusal if there is one."""
        if self.refusal is not None:
            raise self.refusal
        return SimpleNamespace(**{name: await _shown(value, context) for name, value in self.fields.items()})

    def kept(self) -> dict[str, Any]:
        if self.refusal is None:
            return {"fields": {name: _written(value) for name, value in self.fields.items()}}
        if isinstance(self.refusal, InvalidInput):
            faults = [[fault.text.word, dict(fault.text.values), list(fault.path)] for fault in self.refusal.faults]
            return {"refused": self.refusal.code, "faults": faults}
        message = self.refusal.message
        known = {"text": [message.section, message.word, dict(message.values)]} if isinstance(message, Text) else {}
        return {"refused": self.refusal.code, "message": message, **known}

    @classmethod
    def of_kept(cls, kept: dict[str, Any]) -> Self:
        if "fields" in kept:
            return cls({name: _read(value) for name, value in kept["fields"].items()})
        if "faults" in kept:
            return cls({}, InvalidInput(Fault.of(rule, *path, **values) for rule, values, path in kept["faults"]))
        kind = REFUSALS[kept["refused"]]
        message = Text(*kept["text"]) if "text" in kept else kept.get("message", "")
        return cls({}, kind() if kind is errors.NotFound else kind(message))


async def _shown(value: Any, context: Context) -> Any:
    match value:
        case Node() if context.payloads is not None:
            return PayloadNode(context, value)
        case Node():
            return await context.load.node(value.type_name, value.key)
        case Secret():
            return value.text
        case [Node(type_name), *_] if all(each.type_name == type_name for each in value):
            keys = [each.key for each in value]
            return (
                await _listed(context, type_name, keys)
                if context.payloads is None
                else PayloadNodes(context, type_name, keys)
            )
        case list():
            return [await _shown(each, context) for each in value]
        case _:
            return value


async def _listed(context: Context, type_name: str, keys: Sequence[UUID]) -> list[Any]:
    """The objects in a list: one is left out if the viewer may not see it."""
    found = await asyncio.gather(*(context.load.node(type_name, key) for key in keys))
    return [each for each in found if each is not None]


@dataclass(frozen=True, slots=True)
class PayloadNode:
    """An object of a payload, which is read by one statement when the selection below it is known."""

    context: Context
    node: Node
    is_unread: ClassVar = True

    async def read(self, details: FieldDetailsList, path: Path) -> Any:
        payloads, node = self.context.payloads, self.node
        found = None if payloads is None else await payloads.read(node.type_name, node.key, details, path)
        return await self.context.load.node(node.type_name, node.key) if found is None else found


@dataclass(frozen=True, slots=True)
class PayloadNodes:
    """A list of objects of a payload, which are read by one statement when the selection below them is known."""

    context: Context
    type_name: str
    keys: Sequence[UUID]
    is_unread: ClassVar = True

    async def read(self, details: FieldDetailsList, path: Path) -> Any:
        payloads = self.context.payloads
        found = None if payloads is None else await payloads.read(self.type_name, self.keys, details, path)
        return await _listed(self.context, self.type_name, self.keys) if found is None else found


def _written(value: Any) -> Any:
    match value:
        case Node():
            return {"node": [value.type_name, str(value.key)]}
        case Secret():
            return None
        case Place():
            return {"membership": list(value)}
        case list():
            return [_written(each) for each in value]
        case _:
            return value


def _read(value: Any) -> Any:
    match value:
        case {"node": [type_name, key]}:
            return Node(type_name, UUID(key))
        case {"membership": place}:
            return Place(*place)
        case list():
            return [_read(each) for each in value]
        case _:
            return value


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """The row that keeps the outcome of one mutation of a request with an Idempotency-Key."""

    reservation: Reservation
    field: str

    @classmethod
    def of(cls, context: Context, field: str) -> Self | None:
        """Returns None if the request has reserved no key."""
        return None if context.reservation is None else cls(context.reservation, field)

    async def begin(self, connection: AsyncConnection) -> Outcome | None:
        """Returns the stored outcome, or None if the mutation is to be executed. A concurrent retry waits here for the first."""
        request = self.reservation
        mine = insert(KeptOutcome).values(
            **self._mine(), fingerprint=request.fingerprint, kept_until=request.now + KEPT_FOR
        )
        mine = mine.on_conflict_do_nothing()
        if (await connection.execute(mine.returning(KeptOutcome.key))).one_or_none() is not None:
            return None
        known = (await connection.execute(sa.select(KeptOutcome).filter_by(**self._mine()))).one()
        if known.fingerprint != request.fingerprint:  # written by a release in which each key was for one mutation
            raise Conflict(ANOTHER_BODY)
        return Outcome.of_kept(known.outcome)

    async def is_known(self, connection: AsyncConnection) -> bool:
        """Returns whether an outcome of the same request is stored."""
        own = {**self._mine(), "fingerprint": self.reservation.fingerprint}
        same = sa.select(KeptOutcome.key).filter_by(**own).where(KeptOutcome.outcome.is_not(None))
        return (await connection.execute(same)).one_or_none() is not None

    async def end(self, connection: AsyncConnection, outcome: Outcome) -> None:
        if isinstance(outcome.refusal, Outcome.TRIED_AGAIN):
            await connection.execute(sa.delete(KeptOutcome).filter_by(**self._mine()))
        else:
            await connection.execute(sa.update(KeptOutcome).filter_by(**self._mine()).values(outcome=outcome.kept()))

    def _mine(self) -> dict[str, Any]:
        return {"caller": self.reservation.caller, "key": self.reservation.key, "field": self.field}
