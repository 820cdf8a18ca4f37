"""What came of a change: ids and words, or the refusal. Kept for a day for who asks again with the same Idempotency-Key."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, ClassVar, Final, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import errors
from gateway.auth.viewers import Anonymous, Machine
from gateway.context import Context
from gateway.db.models import KeptOutcome
from gateway.errors import Conflict, Refused

KEPT_FOR: Final = timedelta(hours=24)
ANOTHER_BODY: Final = "This Idempotency-Key came with another request before."
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

    TRIED_AGAIN: ClassVar = (errors.Unauthenticated, errors.RateLimited, errors.Unavailable, errors.TimedOut)

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
class Keeping:
    """The place where the outcome of one mutation is kept: of this caller, acting for this organisation, under this key."""

    caller: bytes
    key: str
    field: str
    fingerprint: bytes
    now: datetime

    @classmethod
    def of(cls, context: Context, field: str) -> Self | None:
        """None without an Idempotency-Key, and for nobody: there is nobody to keep it for."""
        envelope, viewer = context.envelope, context.viewer
        if envelope is None or envelope.idempotency_key is None or isinstance(viewer, Anonymous):
            return None
        return cls(_caller(viewer), envelope.idempotency_key, field, envelope.fingerprint, viewer.now)

    async def begin(self, connection: AsyncConnection) -> Outcome | None:
        """What came of it before, or None where it is ours to do. Whoever asks at the same time waits for us here.

        Conflict for another body under the same key.
        """
        row = {"caller": self.caller, "key": self.key, "field": self.field, "fingerprint": self.fingerprint}
        mine = insert(KeptOutcome).values(**row, kept_until=self.now + KEPT_FOR)
        mine = mine.on_conflict_do_update(
            index_elements=["caller", "key", "field"],
            set_={"fingerprint": self.fingerprint, "outcome": None, "kept_until": self.now + KEPT_FOR},
            where=KeptOutcome.kept_until <= self.now,
        )
        if (await connection.execute(mine.returning(KeptOutcome.key))).one_or_none() is not None:
            return None
        known = (await connection.execute(sa.select(KeptOutcome).where(*self._mine()))).one()
        if known.fingerprint != self.fingerprint:
            raise Conflict(ANOTHER_BODY)
        return Outcome.of_kept(known.outcome)

    async def is_known(self, connection: AsyncConnection) -> bool:
        """Whether there is an outcome of the same request."""
        same = sa.select(KeptOutcome.key).where(*self._mine(), KeptOutcome.fingerprint == self.fingerprint)
        living = same.where(KeptOutcome.outcome.is_not(None), KeptOutcome.kept_until > self.now)
        return (await connection.execute(living)).one_or_none() is not None

    async def end(self, connection: AsyncConnection, outcome: Outcome) -> None:
        if isinstance(outcome.refusal, Outcome.TRIED_AGAIN):
            await connection.execute(sa.delete(KeptOutcome).where(*self._mine()))
        else:
            await connection.execute(sa.update(KeptOutcome).where(*self._mine()).values(outcome=outcome.kept()))

    def _mine(self) -> tuple[sa.ColumnElement[bool], ...]:
        return KeptOutcome.caller == self.caller, KeptOutcome.key == self.key, KeptOutcome.field == self.field


def _caller(viewer: Any) -> bytes:
    who = viewer.token_id if isinstance(viewer, Machine) else viewer.user_id
    return sha256(f"{who}/{viewer.acting_id}".encode()).digest()
