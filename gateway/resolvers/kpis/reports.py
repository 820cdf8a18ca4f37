"""What clients have pending, as machines report it: many items at once, and of each client all or none (H44, H61, M13)."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from gateway.auth.handoff_tokens import HandoffTokens
from gateway.auth.web_addresses import read_address
from gateway.context import Context, Info
from gateway.db.bounds import MAX_MINOR, MAX_PENDING
from gateway.db.enums import KPI_AMOUNTS
from gateway.db.ids import uuid7
from gateway.db.models import Client, KpiSnapshot, PendingActivity
from gateway.errors import BadInput, Forbidden, NotFound
from gateway.loaders import KEYS
from gateway.resolvers.core.refusals import NOT_YOURS
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.resolvers.core.validation import moment_in, past
from gateway.schema.kpis.inputs import KpiReport, PendingActivityReport, ReportKpisInput, ReportPendingActivitiesInput
from gateway.text.validation import checked_text

MAX_ITEMS: Final = 10_000
AHEAD: Final = timedelta(minutes=5)  # clocks differ
MAX_TEXT_LENGTH: Final = 200  # characters
MAX_LINK_LENGTH: Final = 2000  # characters
AMOUNT: Final = re.compile(r"-?[0-9]{1,14}\.[0-9]{2}")
NEVER: Final = datetime.max  # noqa: DTZ901 - how asyncpg spells `infinity`
NO_PRODUCT: Final = "`deepLink` is not accepted, because no product is configured. Report the task without it."

Row = dict[str, Any]
Item = KpiReport | PendingActivityReport


class Verdict(NamedTuple):
    """What came of an item. Its message holds no value of the item, so that few verdicts do for many items."""

    status: str
    code: str | None = None
    message: str | None = None


WRITTEN: Final = Verdict("WRITTEN")
UNCHANGED: Final = Verdict("UNCHANGED")
STALE: Final = Verdict("STALE")
MISSING: Final = Verdict("REFUSED", NotFound.code, NotFound().message)


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of report: the policy's word for it, its table, and how a row is known, read, written and compared."""

    word: str
    table: Any
    key: tuple[str, str]  # the client, and what is its own there
    columns: tuple[str, ...]
    known_at: Callable[[Any], sa.ColumnElement[datetime]]  # only what is newer replaces a row
    changes: Callable[[Any, Any], Mapping[str, Any]]
    told: Callable[[Any], tuple[Any, ...]]  # equal for two that say the same

    def key_of(self, row: Any) -> tuple[UUID, str]:
        return row[self.key[0]], row[self.key[1]]


KPIS: Final = Sort(
    "KPIS",
    KpiSnapshot.__table__,
    ("client_id", "kind"),
    ("client_id", "kind", "count", "amount", "currency", "as_of"),
    lambda table: table.c.as_of,
    lambda _, said: {name: said[name] for name in ("count", "amount", "currency", "as_of")},
    lambda row: tuple(row[name] for name in ("count", "amount", "currency", "as_of")),
)

ACTIVITIES: Final = Sort(
    "PENDING_ACTIVITIES",
    PendingActivity.__table__,
    ("client_id", "reference"),
    ("client_id", "reference", "id", "section", "kind", "title", "due_at", "deep_link", "as_of", "done_at"),
    # It may have been done here: what was true before that does not open it again (M13).
    lambda table: sa.func.greatest(table.c.as_of, table.c.done_at, sa.literal_column("timestamptz '-infinity'")),
    lambda table, said: {
        **{name: said[name] for name in ("section", "kind", "title", "due_at", "deep_link", "as_of")},
        "done_at": sa.case((said.done_at.is_not(None), sa.func.coalesce(table.c.done_at, said.done_at))),
    },
    lambda row: (
        *(row[name] for name in ("kind", "title", "due_at", "deep_link", "as_of")),
        row["done_at"] is not None,
    ),
)


async def report_kpis(info: Info, input: ReportKpisInput) -> Any:
    """Counts and amounts by kind (H44, P48–P50)."""
    latest = info.context.viewer.now + AHEAD
    return await _reported(info, KPIS, input.items, lambda item: _kpi(item, latest))


async def report_pending_activities(info: Info, input: ReportPendingActivitiesInput) -> Any:
    """Tasks by the product's own keys; the section of each follows from its kind (H61, D44)."""
    now, section, product = info.context.viewer.now, _sections(info.context), info.context.hand_offs
    return await _reported(info, ACTIVITIES, input.items, lambda item: _activity(item, now, section, product))


@dataclass(frozen=True, slots=True)
class Result:
    index: int
    status: str
    code: str | None
    message: str | None


def results(root: Any) -> list[Result]:
    """A verdict for each item, also when it is asked for again."""
    given = [Verdict(*verdict) for verdict in root.report["verdicts"]]
    return [Result(index, *given[number]) for index, number in enumerate(root.report["of"])]


async def _reported(info: Info, sort: Sort, items: Sequence[Any], read: Callable[[Any], Row]) -> Any:
    """One transaction, in as many statements for ten thousand items as for one."""

    async def work(change: MutationContext) -> dict[str, Any]:
        clients = _clients(change, items)
        known = await _reports_for(change, sort, clients)
        rows, verdicts = _judged(items, clients, known, read)
        verdicts |= await _written(change, sort, rows)
        change.missing = sum(verdict is MISSING for verdict in verdicts.values())
        return _outcome([verdicts[index] for index in range(len(items))])

    return await run_mutation(info, work)


def _outcome(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """What is kept for who asks again: each verdict once, and which of them is each item's."""
    different = {verdict: number for number, verdict in enumerate(dict.fromkeys(verdicts))}
    many = Counter(verdict.status for verdict in verdicts)
    counts = {name.lower(): many[name] for name in ("WRITTEN", "UNCHANGED", "STALE", "REFUSED")}
    report = {"verdicts": [list(each) for each in different], "of": [different[verdict] for verdict in verdicts]}
    return {"report": report, **counts}


# ---- who may, and of which clients


def _clients(change: MutationContext, items: Sequence[Item]) -> list[UUID]:
    """The client of each item. BadInput for an id that is none of ours, before any data is read (D36)."""
    keys = {item.client: change.key_of("Client", item.client) for item in items}
    return [keys[item.client] for item in items]


async def _reports_for(change: MutationContext, sort: Sort, clients: Sequence[UUID]) -> set[UUID]:
    """Those of these clients that the token reports for. It reads none of them: of the others it learns nothing (D26)."""
    identity = change.context.identity
    reporter = identity.reporter or identity.viewer
    plan = change.context.policy.plan(reporter, "Client")
    if not plan.can_ever("reports", sort.word):
        raise Forbidden(NOT_YOURS)
    if not 0 < len(clients) <= MAX_ITEMS:
        raise BadInput(f"`items` are 1 to {MAX_ITEMS}.")
    found = sa.select(Client.id).select_from(plan.source)
    found = found.where(Client.id == sa.any_(KEYS), plan.blind("reports", sort.word))
    parameters = {**plan.bind(reporter), "keys": list(set(clients))}
    return set((await change.connection.execute(found, parameters)).scalars())


def _judged(
    items: Sequence[Any], clients: Sequence[UUID], known: set[UUID], read: Callable[[Any], Row]
) -> tuple[dict[int, Row], dict[int, Verdict]]:
    """The rows of the items that fit, by index, and verdicts on all others: one that does not fit takes its client's with it."""
    rows: dict[int, Row] = {}
    verdicts: dict[int, Verdict] = {}
    for index, (item, client_id) in enumerate(zip(items, clients, strict=True)):
        if client_id not in known:
            verdicts[index] = MISSING
            continue
        try:
            rows[index] = {"client_id": client_id, **read(item)}
        except BadInput as refused:
            verdicts[index] = Verdict("REFUSED", refused.code, refused.message)
    first: dict[UUID, int] = {}
    for index in verdicts:
        first.setdefault(clients[index], index)
    others = {client_id: _with_another(index, verdicts[index]) for client_id, index in first.items()}
    verdicts |= {index: others[clients[index]] for index in rows if clients[index] in others}
    return {index: row for index, row in rows.items() if index not in verdicts}, verdicts


def _with_another(index: int, refused: Verdict) -> Verdict:
    """Of an item that is not written because the item at `index` of the same client was refused."""
    return Verdict("REFUSED", "WITH_ANOTHER", f"Item {index} of the same client was refused: {refused.message}")


# ---- what callers write


def _kpi(item: KpiReport, latest: datetime) -> Row:
    kind = item.kind.value
    given = {"count": item.count, "amount": item.amount}
    wanted = "amount" if kind in KPI_AMOUNTS else "count"
    if [name for name, value in given.items() if value is not None] != [wanted]:
        raise BadInput("An item has an `amount` where its kind is one, else a `count`, and never both.")
    row: Row = {"kind": kind, "count": item.count, "amount": None, "currency": None}
    if item.count is not None and not 0 <= item.count <= MAX_PENDING:
        raise BadInput(f"`count` is 0 to {MAX_PENDING}.")
    if item.amount is not None:
        if AMOUNT.fullmatch(item.amount.amount) is None:
            raise BadInput("`amount` is a decimal number with two decimals.")
        row["amount"] = int(item.amount.amount.replace(".", ""))
        if abs(row["amount"]) > MAX_MINOR:
            raise BadInput(f"`amount` is at most {MAX_MINOR // 100}.00 either way.")
        row["currency"] = item.amount.currency.value
    return {**row, "as_of": past(item.as_of, latest, "asOf")}


def _activity(
    item: PendingActivityReport, now: datetime, section: Callable[[str], str], product: HandoffTokens | None
) -> Row:
    as_of = past(item.as_of, now + AHEAD, "asOf")
    return {
        "id": uuid7(now),
        "reference": _reference(item.reference),
        "section": section(item.kind.value),
        "kind": item.kind.value,
        "title": checked_text(item.title, "title", MAX_TEXT_LENGTH),
        "due_at": NEVER if item.due_at is None else moment_in(item.due_at, "dueAt"),
        "deep_link": None if item.deep_link is None else _deep_link(item.deep_link, product),
        "as_of": as_of,
        "done_at": as_of if item.done else None,
    }


def _deep_link(address: str, product: HandoffTokens | None) -> str:
    """An address of the product. Without a product none can be right: readers would follow it to any site."""
    if product is None:
        raise BadInput(NO_PRODUCT)
    parts = read_address(address, MAX_LINK_LENGTH)
    if parts is None or not product.leads_there(parts):
        raise BadInput(
            f"`deepLink` must be an address below {product.audience}, of at most {MAX_LINK_LENGTH} characters."
        )
    return address


def _reference(text: str) -> str:
    """The product's key of a task, which is compared as it is."""
    if checked_text(text, "reference", MAX_TEXT_LENGTH) != text:
        raise BadInput("`reference` must not begin or end with white space.")
    return text


def _sections(context: Context) -> Callable[[str], str]:
    """The section of a kind, by the policy's own table."""
    plan = context.plan("KpiSnapshot")
    return cache(lambda kind: plan.first("section", plan.supposed(kind=kind)) or "")


# ---- writing it


async def _written(change: MutationContext, sort: Sort, rows: Mapping[int, Row]) -> dict[int, Verdict]:
    """Of two for the same key the newer counts, of two of the same moment the first, whether in one report or in two."""
    newest: dict[tuple[UUID, str], int] = {}
    for index, row in rows.items():
        known = newest.setdefault(sort.key_of(row), index)
        if row["as_of"] > rows[known]["as_of"]:
            newest[sort.key_of(row)] = index
    if not newest:
        return {}
    # In one order: two reports about the same clients wait for each other and never cross.
    first = await change.connection.execute(
        _upsert(sort), _arrays(sort, [rows[at] for _, at in sorted(newest.items())])
    )
    new = {newest[tuple(key)] for key in first}
    others = {index: row for index, row in rows.items() if index not in new}
    verdicts = dict.fromkeys(new, WRITTEN)
    if others:
        found = await change.connection.execute(_stored(sort), _arrays(sort, list(others.values())))
        stored = {sort.key_of(row): sort.told(row) for row in found.mappings()}
        for index, row in others.items():
            verdicts[index] = UNCHANGED if stored[sort.key_of(row)] == sort.told(row) else STALE
    return verdicts


def _arrays(sort: Sort, rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {f"said_{name}": [row[name] for row in rows] for name in sort.columns}


@cache
def _said(sort: Sort) -> Any:
    """The rows of a report as a table, from one array for each column."""
    columns = [sort.table.c[name] for name in sort.columns]
    arrays = [sa.bindparam(f"said_{column.name}", type_=ARRAY(column.type)) for column in columns]
    table = sa.func.unnest(*arrays).table_valued(*(sa.column(column.name, column.type) for column in columns))
    return table.render_derived(name="said")


@cache
def _upsert(sort: Sort) -> Any:
    """Gives the keys of the rows that are written; an older one is locked and stays as it is."""
    table = sort.table
    told = insert(table).from_select(list(sort.columns), sa.select(*_said(sort).c))
    told = told.on_conflict_do_update(
        index_elements=list(sort.key),
        set_=sort.changes(table, told.excluded),
        where=told.excluded.as_of > sort.known_at(table),
    )
    return told.returning(*(table.c[name] for name in sort.key))


@cache
def _stored(sort: Sort) -> Any:
    """As they are now, those that are written included: the rows that a report is about."""
    same = sa.and_(*(sort.table.c[name] == _said(sort).c[name] for name in sort.key))
    return sa.select(*(sort.table.c[name] for name in sort.columns)).join(_said(sort), same).distinct()
