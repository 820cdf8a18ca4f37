"""Changing collaborations, and looking at what came of it: through the graph, and in the tables behind it."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.enums import KPI_KINDS
from gateway.db.seeds.demo import key
from tests.graph.conftest import Answer, Ask

ALL_KPIS: Final = list(KPI_KINDS)
TOLD: Final = """{ id collaborationState level sharedKpis expiresAt billingMode requestedLevel requestMessage
  startedAt endedAt endedBy effectiveAccess { because } billingModePeriods(first: 50) { nodes { mode from to } } viewerActions }"""
READ: Final = f"query ($id: ID!) {{ collaboration(id: $id) {TOLD} }}"
WISHES: Final[dict[str, dict[str, Any]]] = {
    "acceptCollaboration": {"confirm": True},
    "declineCollaboration": {},
    "withdrawCollaboration": {},
    "terminateCollaboration": {"confirm": True},
    "requestAccess": {"level": "FULL"},
    "grantAccess": {"level": "FULL", "sharedKpis": ALL_KPIS, "billingMode": "CLIENT"},
    "changeAccess": {"level": "FULL", "sharedKpis": ALL_KPIS, "billingMode": "CLIENT"},
    "removeAccess": {},
    "setKpiSharing": {"sharedKpis": ["MISSING_RECEIPTS"]},
    "handBackAccess": {},
    "changeBillingMode": {"mode": "PARTNER", "expectedMode": "CLIENT", "confirm": True},
}
"""Every verb, and what it is asked with besides the id."""
TABLES: Final = ("collaboration", "access_grant", "billing_mode_period", "assignment", "notice", "mail")


def document(verb: str, told: str = TOLD) -> str:
    more = "revoked { kind count }" if verb == "terminateCollaboration" else ""
    kind = f"{verb[0].upper()}{verb[1:]}Input"
    return f"mutation ($input: {kind}!) {{ {verb}(input: $input) {{ collaboration {told} {more} }} }}"


async def does(ask: Ask, who: str, verb: str, one: str | UUID, **given: Any) -> Answer:
    """The answer to a change of one collaboration, by its handle such as `F-C1`; without wishes, to the usual ones."""
    wish = {"id": ask.id("Collaboration", one), **(given or WISHES[verb])}
    return await ask(who, document(verb), input=wish)


async def done(ask: Ask, who: str, verb: str, one: str | UUID, **given: Any) -> dict[str, Any]:
    """The collaboration afterwards, as whoever changed it sees it."""
    answer = await does(ask, who, verb, one, **given)
    assert {*answer.codes} <= {"FIELD_NOT_PERMITTED"}, answer.errors
    told: dict[str, Any] = answer.data[verb]["collaboration"]
    return told


async def read(ask: Ask, who: str, one: str | UUID) -> Any:
    """The collaboration as somebody sees it; None where it is not there."""
    return (await ask(who, READ, id=ask.id("Collaboration", one))).data["collaboration"]


async def both(ask: Ask, firm: str, client: str, one: str | UUID, *names: str) -> tuple[Any, ...]:
    """These fields, which both sides must see alike."""
    seen = [await read(ask, who, one) for who in (firm, client)]
    assert [seen[0][name] for name in names] == [seen[1][name] for name in names]
    return tuple(seen[0][name] for name in names)


async def kept(world: AsyncConnection, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that these tables hold; the ones that are changed here, where none is named."""
    return {name: await rows(world, f"SELECT t::text FROM {name} t ORDER BY 1") for name in tables or TABLES}


async def rows(world: AsyncConnection, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await world.execute(text(statement), values)]


async def grants(world: AsyncConnection, one: str | UUID) -> list[tuple[Any, ...]]:
    """(version, level, whether it is the current one), by version."""
    statement = (
        "SELECT version, level, revoked_at IS NULL FROM access_grant WHERE collaboration_id = :id ORDER BY version"
    )
    return await rows(world, statement, id=_key(one))


async def periods(world: AsyncConnection, one: str | UUID) -> list[tuple[Any, ...]]:
    """(mode, whether it is open), the oldest first; they must follow each other without a gap between the open ends."""
    statement = "SELECT mode, to_at = 'infinity' FROM billing_mode_period WHERE collaboration_id = :id ORDER BY from_at"
    return await rows(world, statement, id=_key(one))


async def notices(world: AsyncConnection) -> list[tuple[Any, ...]]:
    """(kind, collaboration, data) of all that somebody is to be told; each has its job, else the mail would come late."""
    await _each_has_its_job(world)
    return await rows(
        world, "SELECT kind, collaboration_id, data FROM notice ORDER BY kind, collaboration_id, data::text"
    )


async def mailed(world: AsyncConnection) -> list[tuple[Any, ...]]:
    """(kind, type, key, priority of its job) of all that somebody is to be told, by what it is about."""
    await _each_has_its_job(world)
    return await rows(
        world,
        """SELECT kind, coalesce(subject_type, 'Collaboration') AS about, coalesce(subject_id, collaboration_id) AS of, priority
      FROM notice JOIN pgqueuer ON payload = uuid_send(notice.id) ORDER BY kind, about, of""",
    )


async def _each_has_its_job(world: AsyncConnection) -> None:
    waits = """SELECT kind FROM notice WHERE addressed_at IS NULL
      AND NOT EXISTS (SELECT FROM pgqueuer WHERE payload = uuid_send(notice.id))"""
    assert await rows(world, waits) == []


async def acts(world: AsyncConnection, one: str | UUID) -> list[tuple[Any, ...]]:
    """(action, outcome, code, side) of what was tried with it in this test."""
    statement = """SELECT action, outcome, code, acting_side FROM audit_entry
      WHERE collaboration_id = :id AND request_id IS NOT NULL ORDER BY action, outcome"""
    return await rows(world, statement, id=_key(one))


def _key(one: str | UUID) -> UUID:
    return key(one) if isinstance(one, str) else one
