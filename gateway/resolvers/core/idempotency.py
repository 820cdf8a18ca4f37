"""What came of a change: ids and words, or the refusal. Kept for a day for who asks again with the same Idempotency-Key."""

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar, Final, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import errors
from gateway.context import Context
from gateway.db.models import KeptOutcome
from gateway.errors import Conflict, Refused
from gateway.idempotency import ANOTHER_BODY, KEPT_FOR, Reservation

REFUSALS: Final[dict[str, type[Refused]]] = {
    kind.code: kind for kind in (errors.BadInput, errors.NotFound, errors.Forbidden, errors.Conflict)
}


@dataclass(frozen=True, slots=True)
class Node:
    """An object of a payload: read anew, as whoever asks may see it then."""

    type_name: str
    key: UUID


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is shown once: never kept, and null when the answer is asked for again."""

    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A payload by its fields' names: a `Node`, a list of them, a `Secret`, or words and numbers. Or a refusal."""

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
        """What the graph shows of it: every object by the normal way."""
        if self.refusal is not None:
            raise self.refusal
        return SimpleNamespace(**{name: await _shown(value, context) for name, value in self.fields.items()})

    def kept(self) -> dict[str, Any]:
        if self.refusal is None:
            return {"fields": {name: _written(value) for name, value in self.fields.items()}}
        return {"refused": self.refusal.code, "message": self.refusal.message}

    @classmethod
    def of_kept(cls, kept: dict[str, Any]) -> Self:
        if "fields" in kept:
            return cls({name: _read(value) for name, value in kept["fields"].items()})
        kind = REFUSALS[kept["refused"]]
        return cls({}, kind() if kind is errors.NotFound else kind(kept["message"]))


async def _shown(value: Any, context: Context) -> Any:
    match value:
        case Node():
            return await context.load.node(value.type_name, value.key)
        case Secret():
            return value.text
        case list():
            shown = await asyncio.gather(*(_shown(each, context) for each in value))
            return [found for found in shown if found is not None]
        case _:
            return value


def _written(value: Any) -> Any:
    match value:
        case Node():
            return {"node": [value.type_name, str(value.key)]}
        case Secret():
            return None
        case list():
            return [_written(each) for each in value]
        case _:
            return value


def _read(value: Any) -> Any:
    match value:
        case {"node": [type_name, key]}:
            return Node(type_name, UUID(key))
        case list():
            return [_read(each) for each in value]
        case _:
            return value


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """The place where the outcome of one mutation of a request with an Idempotency-Key is kept."""

    reservation: Reservation
    field: str

    @classmethod
    def of(cls, context: Context, field: str) -> Self | None:
        """None without a reserved key."""
        return None if context.reservation is None else cls(context.reservation, field)

    async def begin(self, connection: AsyncConnection) -> Outcome | None:
        """The outcome that is kept, or None where the mutation is to be done. The same request at once waits here."""
        request = self.reservation
        mine = insert(KeptOutcome).values(
            **self._mine(), fingerprint=request.fingerprint, kept_until=request.now + KEPT_FOR
        )
        mine = mine.on_conflict_do_nothing()
        if (await connection.execute(mine.returning(KeptOutcome.key))).one_or_none() is not None:
            return None
        known = (await connection.execute(sa.select(KeptOutcome).filter_by(**self._mine()))).one()
        if known.fingerprint != request.fingerprint:  # written by a release whose keys were of one mutation each
            raise Conflict(ANOTHER_BODY)
        return Outcome.of_kept(known.outcome)

    async def is_known(self, connection: AsyncConnection) -> bool:
        """Whether there is an outcome of the same request."""
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
