"""Reports of pending work by machines: many items at once, and for each client all of its items or none (H44, H61, M13)."""

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
from gateway.auth.viewers import Viewer
from gateway.auth.web_addresses import read_address
from gateway.context import Context, Info
from gateway.db.bounds import MAX_MINOR, MAX_PENDING
from gateway.db.enums import KPI_AMOUNTS
from gateway.db.ids import uuid7
from gateway.db.models import Client, KpiSnapshot, PendingActivity
from gateway.errors import Fault, Forbidden, InvalidInput, NotFound
from gateway.forms import gathered
from gateway.policy import Plan
from gateway.reads.declarations import KEYS
from gateway.resolvers.core.refusals import NOT_YOURS
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.kpis.inputs import (
    KpiReport,
    MoneyInput,
    PendingActivityReport,
    ReportKpisInput,
    ReportPendingActivitiesInput,
)
from gateway.text.timestamps import moment_in, past
from gateway.text.validation import checked_text

MAX_ITEMS: Final = 10_000
AHEAD: Final = timedelta(minutes=5)  # tolerance for a clock that is ahead
MAX_TEXT_LENGTH: Final = 200  # characters
MAX_LINK_LENGTH: Final = 2000  # characters
AMOUNT: Final = re.compile(r"-?[0-9]{1,14}\.[0-9]{2}")
NEVER: Final = datetime.max  # noqa: DTZ901 - how asyncpg spells `infinity`
NO_PRODUCT: Final = "`deepLink` is not accepted, because no product is configured. Report the task without it."

Row = dict[str, Any]
Item = KpiReport | PendingActivityReport


class Verdict(NamedTuple):
    """The outcome of an item. Its message contains no value of the item, so that many items share few verdicts."""

    status: str
    code: str | None = None
    message: str | None = None


WRITTEN: Final = Verdict("WRITTEN")
UNCHANGED: Final = Verdict("UNCHANGED")
STALE: Final = Verdict("STALE")
MISSING: Final = Verdict("REFUSED", NotFound.code, NotFound().message)


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of report: the policy's word for it, its table, and how a row is identified, read, written and compared."""

    word: str
    table: Any
    key: tuple[str, str]  # the client, and the column that identifies a row within it
    columns: tuple[str, ...]
    known_at: Callable[[Any], sa.ColumnElement[datetime]]  # a row is replaced only by a report that is newer than this
    changes: Callable[[Any, Any], Mapping[str, Any]]
    content: Callable[[Any], tuple[Any, ...]]  # equal for two rows with the same content

    def key_of(self, row: Any) -> tuple[UUID, str]:
        return row[self.key[0]], row[self.key[1]]


KPIS: Final = Sort(
    "KPIS",
    KpiSnapshot.__table__,
    ("client_id", "kind"),
    ("client_id", "kind", "count", "amount", "currency", "as_of"),
    lambda table: table.c.as_of,
    lambda _, reported: {name: reported[name] for name in ("count", "amount", "currency", "as_of")},
    lambda row: tuple(row[name] for name in ("count", "amount", "currency", "as_of")),
)

ACTIVITIES: Final = Sort(
    "PENDING_ACTIVITIES",
    PendingActivity.__table__,
    ("client_id", "reference"),
    ("client_id", "reference", "id", "section", "kind", "title", "due_at", "deep_link", "as_of", "done_at"),
    # The task may have been marked as done in the gateway: an older report does not open it again (M13).
    lambda table: sa.func.greatest(table.c.as_of, table.c.done_at, sa.literal_column("timestamptz '-infinity'")),
    lambda table, reported: {
        **{name: reported[name] for name in ("section", "kind", "title", "due_at", "deep_link", "as_of")},
        "done_at": sa.case((reported.done_at.is_not(None), sa.func.coalesce(table.c.done_at, reported.done_at))),
    },
    lambda row: (
        *(row[name] for name in ("kind", "title", "due_at", "deep_link", "as_of")),
        row["done_at"] is not None,
    ),
)


async def report_kpis(info: Info, input: ReportKpisInput) -> Any:
    """Stores counts and amounts by kind (H44, P48–P50)."""
    latest = info.context.viewer.now + AHEAD
    return await _reported(info, KPIS, input.items, lambda item: _kpi(item, latest))


async def report_pending_activities(info: Info, input: ReportPendingActivitiesInput) -> Any:
    """Stores tasks by the product's own keys. The kind of a task determines its section (H61, D44)."""
    now, section, product = info.context.viewer.now, _sections(info.context), info.context.hand_offs
    return await _reported(info, ACTIVITIES, input.items, lambda item: _activity(item, now, section, product))


@dataclass(frozen=True, slots=True)
class Result:
    index: int
    status: str
    code: str | None
    message: str | None


def results(root: Any) -> list[Result]:
    """Returns a verdict for each item, also for a repeated request."""
    given = [Verdict(*verdict) for verdict in root.report["verdicts"]]
    return [Result(index, *given[number]) for index, number in enumerate(root.report["of"])]


async def _reported(info: Info, sort: Sort, items: Sequence[Any], read: Callable[[Any], Row]) -> Any:
    """Stores a report in one transaction, with as many statements for ten thousand items as for one."""

    async def work(change: MutationContext) -> dict[str, Any]:
        clients = _clients(change, items)
        _require_reporter(change, sort)
        known = await _reports_for(change, sort, clients)
        rows, verdicts = _judged(items, clients, known, read)
        verdicts |= await _written(change, sort, rows)
        change.missing = sum(verdict is MISSING for verdict in verdicts.values())
        return _outcome([verdicts[index] for index in range(len(items))])

    return await run_mutation(info, work)


def _outcome(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Returns the outcome that is kept for a repeated request: each verdict once, and for each item the number of its verdict."""
    different = {verdict: number for number, verdict in enumerate(dict.fromkeys(verdicts))}
    many = Counter(verdict.status for verdict in verdicts)
    counts = {name.lower(): many[name] for name in ("WRITTEN", "UNCHANGED", "STALE", "REFUSED")}
    report = {"verdicts": [list(each) for each in different], "of": [different[verdict] for verdict in verdicts]}
    return {"report": report, **counts}


# ---- authorization


def _clients(change: MutationContext, items: Sequence[Item]) -> list[UUID]:
    """Returns the client of each item. Raises InvalidInput for ids that the gateway did not make, before any data is read (D36)."""
    with gathered() as faults:
        for index, item in enumerate(items):
            if not change.context.seal.is_id(item.client):
                faults.add(Fault.of("ID", "items", index, "client"))
    keys = {item.client: change.key_of("Client", item.client) for item in items}
    return [keys[item.client] for item in items]


def _reporter(change: MutationContext) -> tuple[Viewer, Plan]:
    identity = change.context.identity
    reporter = identity.reporter or identity.viewer
    return reporter, change.context.policy.plan(reporter, "Client")


def _require_reporter(change: MutationContext, sort: Sort) -> None:
    """Raises Forbidden for a viewer whose role never makes such reports."""
    _, plan = _reporter(change)
    if not plan.can_ever("reports", sort.word):
        raise Forbidden(NOT_YOURS)


async def _reports_for(change: MutationContext, sort: Sort, clients: Sequence[UUID]) -> set[UUID]:
    """Returns those of these clients that the token reports for. The token reads no client, and learns nothing of the others (D26).

    Raises InvalidInput for too few or too many items.
    """
    reporter, plan = _reporter(change)
    if not 0 < len(clients) <= MAX_ITEMS:
        raise InvalidInput.of("ENTRIES", "items", least=1, most=MAX_ITEMS)
    found = sa.select(Client.id).select_from(plan.source)
    found = found.where(Client.id == sa.any_(KEYS), plan.blind("reports", sort.word))
    parameters = {**plan.bind(reporter), "keys": list(set(clients))}
    return set((await change.connection.execute(found, parameters)).scalars())


def _judged(
    items: Sequence[Any], clients: Sequence[UUID], known: set[UUID], read: Callable[[Any], Row]
) -> tuple[dict[int, Row], dict[int, Verdict]]:
    """Returns the rows of the items to write, by index, and verdicts on all other items.

    If one item of a client is refused, so are all items of that client.
    """
    rows: dict[int, Row] = {}
    verdicts: dict[int, Verdict] = {}
    for index, (item, client_id) in enumerate(zip(items, clients, strict=True)):
        if client_id not in known:
            verdicts[index] = MISSING
            continue
        try:
            rows[index] = {"client_id": client_id, **read(item)}
        except InvalidInput as refused:
            verdicts[index] = Verdict("REFUSED", refused.code, refused.described)
    first: dict[UUID, int] = {}
    for index in verdicts:
        first.setdefault(clients[index], index)
    others = {client_id: _with_another(index, verdicts[index]) for client_id, index in first.items()}
    verdicts |= {index: others[clients[index]] for index in rows if clients[index] in others}
    return {index: row for index, row in rows.items() if index not in verdicts}, verdicts


def _with_another(index: int, refused: Verdict) -> Verdict:
    """Returns the verdict on an item that is not written because the item at `index` of the same client was refused."""
    return Verdict("REFUSED", "WITH_ANOTHER", f"Item {index} of the same client was refused: {refused.message}")


# ---- validation


def _kpi(item: KpiReport, latest: datetime) -> Row:
    kind = item.kind.value
    given = {"count": item.count, "amount": item.amount}
    wanted = "amount" if kind in KPI_AMOUNTS else "count"
    row: Row = {"kind": kind, "count": item.count, "amount": None, "currency": None}
    with gathered() as faults:
        if [name for name, value in given.items() if value is not None] != [wanted]:
            faults.add(Fault.of("AMOUNT_OR_COUNT", wanted))
        if item.count is not None and not 0 <= item.count <= MAX_PENDING:
            faults.add(Fault.of("NUMBER", "count", least=0, most=MAX_PENDING))
        if item.amount is not None:
            with faults.at("amount"):
                row |= _money(item.amount)
        with faults.at("asOf"):
            row["as_of"] = past(item.as_of, latest)
    return row


def _money(given: MoneyInput) -> Row:
    if AMOUNT.fullmatch(given.amount) is None:
        raise InvalidInput.of("AMOUNT", "amount")
    amount = int(given.amount.replace(".", ""))
    if abs(amount) > MAX_MINOR:
        most = f"{MAX_MINOR // 100}.00"
        raise InvalidInput.of("NUMBER", "amount", least=f"-{most}", most=most)
    return {"amount": amount, "currency": given.currency.value}


def _activity(
    item: PendingActivityReport, now: datetime, section: Callable[[str], str], product: HandoffTokens | None
) -> Row:
    row: Row = {"id": uuid7(now), "section": section(item.kind.value), "kind": item.kind.value}
    row |= {"due_at": NEVER, "deep_link": None}
    with gathered() as faults:
        with faults.at("asOf"):
            row["as_of"] = past(item.as_of, now + AHEAD)
            row["done_at"] = row["as_of"] if item.done else None
        with faults.at("reference"):
            row["reference"] = _reference(item.reference)
        with faults.at("title"):
            row["title"] = checked_text(item.title, MAX_TEXT_LENGTH)
        if item.due_at is not None:
            with faults.at("dueAt"):
                row["due_at"] = moment_in(item.due_at)
        if item.deep_link is not None:
            with faults.at("deepLink"):
                row["deep_link"] = _deep_link(item.deep_link, product)
    return row


def _deep_link(address: str, product: HandoffTokens | None) -> str:
    """Returns an address of the product. Raises InvalidInput for any other, since readers would follow it to any site.

    Without a configured product no address is accepted.
    """
    if product is None:
        raise InvalidInput.of("NO_PRODUCT")
    parts = read_address(address, MAX_LINK_LENGTH)
    if parts is None or not product.leads_there(parts):
        raise InvalidInput.of("DEEP_LINK", product=product.audience, most=MAX_LINK_LENGTH)
    return address


def _reference(text: str) -> str:
    """Returns the product's key of a task. Keys are compared unchanged, so white space around one raises InvalidInput."""
    if checked_text(text, MAX_TEXT_LENGTH) != text:
        raise InvalidInput.of("SPACE_AROUND")
    return text


def _sections(context: Context) -> Callable[[str], str]:
    """Returns the function that gives the section of a kind, from the policy's own table."""
    plan = context.plan("KpiSnapshot")
    return cache(lambda kind: plan.first("section", plan.supposed(kind=kind)) or "")


# ---- writes


async def _written(change: MutationContext, sort: Sort, rows: Mapping[int, Row]) -> dict[int, Verdict]:
    """Writes the rows and returns a verdict on each.

    Of two rows with the same key the newer one wins, of two with the same timestamp the first, in one report or in two.
    """
    newest: dict[tuple[UUID, str], int] = {}
    for index, row in rows.items():
        known = newest.setdefault(sort.key_of(row), index)
        if row["as_of"] > rows[known]["as_of"]:
            newest[sort.key_of(row)] = index
    if not newest:
        return {}
    # Sorted: two reports about the same clients lock their rows in the same order and cannot deadlock.
    first = await change.connection.execute(
        _upsert(sort), _arrays(sort, [rows[at] for _, at in sorted(newest.items())])
    )
    new = {newest[tuple(key)] for key in first}
    others = {index: row for index, row in rows.items() if index not in new}
    verdicts = dict.fromkeys(new, WRITTEN)
    if others:
        found = await change.connection.execute(_stored(sort), _arrays(sort, list(others.values())))
        stored = {sort.key_of(row): sort.content(row) for row in found.mappings()}
        for index, row in others.items():
            verdicts[index] = UNCHANGED if stored[sort.key_of(row)] == sort.content(row) else STALE
    return verdicts


def _arrays(sort: Sort, rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {f"reported_{name}": [row[name] for row in rows] for name in sort.columns}


@cache
def _report_rows(sort: Sort) -> Any:
    """Returns the rows of a report as a table, from one array parameter for each column."""
    columns = [sort.table.c[name] for name in sort.columns]
    arrays = [sa.bindparam(f"reported_{column.name}", type_=ARRAY(column.type)) for column in columns]
    table = sa.func.unnest(*arrays).table_valued(*(sa.column(column.name, column.type) for column in columns))
    return table.render_derived(name="reported")


@cache
def _upsert(sort: Sort) -> Any:
    """Builds the statement that writes the rows and returns their keys.

    A stored row that is not older than the report is locked and stays unchanged.
    """
    table = sort.table
    written = insert(table).from_select(list(sort.columns), sa.select(*_report_rows(sort).c))
    written = written.on_conflict_do_update(
        index_elements=list(sort.key),
        set_=sort.changes(table, written.excluded),
        where=written.excluded.as_of > sort.known_at(table),
    )
    return written.returning(*(table.c[name] for name in sort.key))


@cache
def _stored(sort: Sort) -> Any:
    """Builds the statement that reads the stored rows that a report is about, including those just written."""
    same = sa.and_(*(sort.table.c[name] == _report_rows(sort).c[name] for name in sort.key))
    return sa.select(*(sort.table.c[name] for name in sort.columns)).join(_report_rows(sort), same).distinct()
