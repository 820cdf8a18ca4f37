"""Write docs/query-plans.md: the main reads of the large world, with the plans that PostgreSQL makes for them.

`python -m benchmarks.plans` seeds the large world in a server of its own and erases it afterwards; with `DATABASE_URL`
it reads the one that is seeded there.
"""

import asyncio
import json
import logging
import os
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import httpx
from sqlalchemy import event, text

from benchmarks.questions import CLIENT, COUNT, DASHBOARD, INVOICES, LIST, NODE, TABS
from gateway.app import Gateway, build_app
from gateway.db import embedded, migrate
from gateway.db.seeds.keys import DEMO_NOW
from gateway.db.seeds.large import seed_large
from gateway.db.seeds.people import LARGE_PEOPLE
from gateway.observability.logs import make_log
from gateway.settings import Settings

PAGE: Final = Path(__file__).parent.parent / "docs" / "query-plans.md"
ROUNDS: Final = 30
MAX_WIDTH: Final = 140  # letters of a line of a plan
MAX_LENGTH: Final = 900  # letters of a statement

Who = Literal["admin", "bookkeeper", "owner"]


class Statement(NamedTuple):
    """One statement as the driver was given it."""

    sql: str
    parameters: Any


@dataclass(frozen=True, slots=True)
class Case:
    """A request whose statements are shown; `only` picks one of them where the others were shown before."""

    title: str
    who: Who
    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    only: int | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """One of the main reads: its text, what to look for, and the cases."""

    title: str
    query: str
    look: str
    cases: Sequence[Case]


NOISE: Final = re.compile(
    r"\s*(Buffers|Planning:|Planning Time|Index Searches|Heap Fetches|Cache |Hits|Memory|Buckets|Disabled|Storage"
    r"|Rows Removed by \w+( \w+)?: 0$)"
)


class World:
    """The application over the large world, and a note of each statement."""

    def __init__(self, url: str) -> None:
        settings = Settings.model_validate({"DATABASE_URL": url, "sealing_key": "ab" * 32, "compile_after": 0})
        # The clock of the world: an invoice that was not due when it was seeded is not overdue now.
        self.app = build_app(settings, clock=lambda: DEMO_NOW, log=make_log(level=logging.CRITICAL))
        self.gateway: Gateway = self.app.state.gateway
        self.noted: list[Statement] = []
        self.people: dict[str, UUID] = {}
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://gateway", timeout=60)
        event.listen(self.gateway.engine.sync_engine, "before_cursor_execute", self._note)

    def _note(self, _: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        self.noted.append(Statement(statement, parameters))

    async def rows(self, sql: str, **parameters: Any) -> Sequence[Any]:
        async with self.gateway.reading.connect() as connection:
            return (await connection.execute(text(sql), parameters)).all()

    async def person(self, email: str) -> UUID:
        found: UUID = (await self.rows("SELECT id FROM user_account WHERE email_key = :email", email=email))[0].id
        return found

    async def ask(self, who: str, query: str, variables: Mapping[str, Any]) -> Any:
        token = self.gateway.tokens.issue(self.people[who], DEMO_NOW).text
        body = {"query": query, "variables": dict(variables)}
        answer = await self.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
        data = answer.json().get("data")
        if data is None:
            raise RuntimeError(answer.text)
        return data

    async def statements(self, case: Case) -> list[Statement]:
        """Those of the request, but for the one that finds out who asks."""
        self.noted.clear()
        await self.ask(case.who, case.query, case.variables)
        return [self.noted[1:][case.only]] if case.only is not None else self.noted[1:]

    async def explained(self, statement: Statement, options: str) -> list[Any]:
        """Of the third run: the first two warm the caches, of pages as of the catalogue."""
        async with self.gateway.reading.connect() as connection:
            for _ in range(3):
                told = await connection.exec_driver_sql(
                    f"EXPLAIN (ANALYZE, BUFFERS, {options}) {statement.sql}", statement.parameters
                )
                lines = [row[0] for row in told.all()]
        return lines

    async def median(self, who: str, query: str, variables: Mapping[str, Any]) -> float:
        """Milliseconds through the whole application, one request at a time."""
        took = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            await self.ask(who, query, variables)
            took.append((time.perf_counter() - begun) * 1000)
        return statistics.median(took)


class Cost(NamedTuple):
    """What a plan really did."""

    given: int
    read: int
    pages: int
    planning: float
    execution: float
    drives: str

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> "Cost":
        root = plan["Plan"]
        scans = list(_scans(root))
        # The first scan from the inside out is what the rest hangs on, but for the look at the one firm.
        driving = next((scan for scan in scans if scan.get("Index Name") != "pk_firm"), scans[0])
        return cls(
            round(root["Actual Rows"]),
            round(sum(_read(scan) for scan in scans)),
            root["Shared Hit Blocks"] + root["Shared Read Blocks"],
            plan["Planning Time"],
            plan["Execution Time"],
            driving.get("Index Name") or f"all of `{driving.get('Relation Name', '')}`",
        )


def _scans(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for child in node.get("Plans", ()):
        yield from _scans(child)
    if "Scan" in node["Node Type"] and ("Index Name" in node or "Relation Name" in node) and not node.get("Plans"):
        yield node


def _read(scan: Mapping[str, Any]) -> float:
    thrown = scan.get("Rows Removed by Filter", 0) + scan.get("Rows Removed by Index Recheck", 0)
    return float((scan["Actual Rows"] + thrown) * scan["Actual Loops"])


def shortened(sql: str) -> str:
    """The statement without its list of columns, a clause a line."""
    flat = re.sub(r"\s+", " ", sql)
    depth = 0
    for place, letter in enumerate(flat):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and flat.startswith(" FROM ", place):
            flat = f"SELECT …{flat[place:]}"
            break
    flat = re.sub(r" (LEFT OUTER JOIN|WHERE|ORDER BY|LIMIT) ", r"\n\1 ", flat)
    return flat if len(flat) <= MAX_LENGTH else f"{flat[:MAX_LENGTH]} …"


def trimmed(lines: Sequence[str]) -> str:
    """The plan without what is the same everywhere, long conditions cut."""
    kept = []
    for number, line in enumerate(lines):
        if NOISE.match(line):
            continue
        told = line.replace("(actual time=", "(").replace(" loops=1)", ")")
        told = re.sub(r"'[0-9a-f]{8}-[0-9a-f-]{27}'|'\{[0-9a-f,-]{36,}\}'", "'…'", told)
        told = re.sub(r"::(text|uuid|timestamp with time zone)(\[\])?", "", told)
        kept.append(told if len(told) <= MAX_WIDTH or number == 0 else f"{told[:MAX_WIDTH]} …")
    return "\n".join(kept)


async def chapters(world: World) -> list[Chapter]:
    cursor = None
    for _ in range(20):
        data = await world.ask("admin", LIST, {"tab": "ALL", "first": 500, "after": cursor})
        cursor = data["clients"]["pageInfo"]["endCursor"]
    one = (await world.ask("bookkeeper", LIST, {"first": 4}))["clients"]["nodes"][3]["id"]
    every = {"tab": "ALL"}
    return [
        Chapter(
            "The dashboard",
            DASHBOARD,
            "The list is driven by `ix_collaboration_by_client_name`, where a page stands together: 51 entries for 50"
            " clients, at the start, after 10,000 clients and at the end alike. For a bookkeeper it is driven by"
            " `uq_assignment_current`, so all assigned clients are read and sorted, some hundred; what hangs on the"
            " page is read by its keys, one statement for each kind. Most is read for a bookkeeper's `accountManagers`:"
            " who is a colleague is asked of each by pairs of assignments.",
            [
                Case("The first page", "admin", DASHBOARD, {**every, "first": 50}),
                Case("After 10,000 clients", "admin", LIST, {**every, "first": 50, "after": cursor}),
                Case("The last page", "admin", LIST, {**every, "last": 50}),
                Case("A bookkeeper's first page", "bookkeeper", DASHBOARD, {"first": 50}),
            ],
        ),
        Chapter(
            "Search",
            LIST,
            "A common word is met soon in the order of names: that index drives, and what is read besides is names"
            " that do not match. A rare word is found by its trigrams in `ix_collaboration_name_search`; one or two"
            " letters have no trigram, so at worst the names of the firm are read, never those of all firms.",
            [
                Case("A common word", "admin", LIST, {**every, "first": 50, "search": "gmbh"}),
                Case("A word that nobody has", "admin", LIST, {**every, "first": 50, "search": "zzqx"}),
                Case("Two letters", "admin", LIST, {**every, "first": 50, "search": "ab"}),
                Case("A letter that nobody has", "admin", LIST, {**every, "first": 50, "search": "x"}),
                Case("A bookkeeper's search", "bookkeeper", LIST, {"first": 50, "search": "gmbh"}),
            ],
        ),
        Chapter(
            "Only missing receipts",
            LIST,
            "The order of names drives again, and a row is dropped by level, plan, sharing or count: some three are"
            " read for each that is given. `ix_kpi_snapshot_pending` answers the count from the index alone.",
            [
                Case("The first page", "admin", LIST, {**every, "first": 50, "missing": True}),
                Case("The last page", "admin", LIST, {**every, "last": 50, "missing": True}),
                Case("A bookkeeper's", "bookkeeper", LIST, {"first": 50, "missing": True}),
            ],
        ),
        Chapter(
            "Tabs and totals",
            TABS,
            "Each tab is counted along an index of its own: `ix_collaboration_pending` for what waits,"
            " `uq_assignment_current` for one's own. The total of ALL is the one number here that grows: it reads all"
            " that it counts and joins it to `client`, so it stands apart from the page and is read only when asked.",
            [
                Case("An administrator's tabs", "admin", TABS),
                Case("A bookkeeper's tabs", "bookkeeper", TABS),
                Case("The total of ALL", "admin", COUNT, every, only=1),
                Case("The total of one's own", "bookkeeper", COUNT, only=1),
            ],
        ),
        Chapter(
            "Invoices, and one client",
            INVOICES,
            "`ix_invoice_of_firm` is the order of the list, `ix_invoice_of_firm_in_state` the same for one state: as"
            " many entries as the page has, of a million. A client's come by `ix_invoice_of_firm_for_client`, its"
            " owner's by `ix_invoice_of_client`, one client by its primary key.",
            [
                Case("The newest of the firm", "admin", INVOICES, {"first": 50}),
                Case("Credited ones", "admin", INVOICES, {"first": 50, "states": ["CREDITED"]}, only=0),
                Case("Open and overdue ones", "admin", INVOICES, {"first": 50, "states": ["OPEN", "OVERDUE"]}, only=0),
                Case("Of one client", "admin", INVOICES, {"first": 50, "client": one}, only=1),
                Case("A bookkeeper's", "bookkeeper", INVOICES, {"first": 50}, only=0),
                Case("An owner's", "owner", INVOICES, {"first": 50}, only=0),
                Case("One client by its id", "bookkeeper", NODE, {"id": one}),
            ],
        ),
    ]


async def page(world: World, seeded: float | None) -> str:
    version = (await world.rows("SHOW server_version"))[0][0].split()[0]
    found = await chapters(world)
    summary, bodies = [], []
    shown: set[str] = set()
    for chapter in found:
        body = [f"## {chapter.title}\n\n{chapter.look}\n\n```graphql\n{dedent(chapter.query).strip()}\n```"]
        for case in chapter.cases:
            asked = {name: "…" if name in {"after", "client", "id"} else said for name, said in case.variables.items()}
            body.append(f"### {case.title}\n\nAsked by the {case.who}, with `{json.dumps(asked, ensure_ascii=False)}`.")
            for statement in await world.statements(case):
                raw = (await world.explained(statement, "FORMAT JSON"))[0]
                cost = Cost.of((json.loads(raw) if isinstance(raw, str) else raw)[0])
                plan = trimmed(await world.explained(statement, "COSTS OFF"))
                summary.append(
                    f"| {chapter.title}: {case.title} | {cost.drives} | {cost.given} | {cost.read:,} |"
                    f" {cost.pages:,} | {cost.planning:.1f} | {cost.execution:.1f} |"
                )
                asks = f"```sql\n{shortened(statement.sql)}\n```\n\n" if statement.sql not in shown else ""
                shown.add(statement.sql)
                body.append(f"{asks}```text\n{plan}\n```")
        bodies.append("\n\n".join(body))
    took = "" if seeded is None else f" The world was seeded in {seeded:.0f} seconds."
    return "\n".join(
        [
            "# Query plans",
            "",
            "Written by `python -m benchmarks.plans`. The large world: 200 firms, 100,000 clients, 1,000,000 invoices,"
            " 2,000 people of firms. The administrator's firm has 20,000 clients, the bookkeeper 120 of them.",
            f"PostgreSQL {version} on a machine of {os.cpu_count()} cores that others share; times are single"
            f" measurements of warm runs, in milliseconds. Look at rows and pages first: they do not vary.{took}",
            "",
            "Rows read are those that all scans of a statement touched together, each table's counted; pages are of"
            " 8 KB. Lists are planned anew each time; what is read by a hundred keys or fewer is planned once for each"
            " connection (`plan_cache_mode`), which saves the time in the column `planning`. All plans here were made"
            " for the values asked. Below, a plan without a statement is one more of a statement that was shown.",
            "",
            "| statement | driven by | rows given | rows read | pages | planning | execution |",
            "|---|---|---:|---:|---:|---:|---:|",
            *summary,
            "",
            "## Through the whole application",
            "",
            f"Medians of {ROUNDS} requests, one at a time, in milliseconds: reading who asks, the policy, all"
            " statements, and the answer's JSON.",
            "",
            *await medians(world),
            "",
            *("\n\n".join(bodies),),
            "",
        ]
    )


async def medians(world: World) -> list[str]:
    """A table: the same requests in a firm of some hundred clients and in the large one."""
    one = {
        who: (await world.ask(who, LIST, {"first": 4}))["clients"]["nodes"][-1]["id"]
        for who in ("small", "admin", "bookkeeper", "owner")
    }
    questions: list[tuple[str, str, dict[str, Any]]] = [
        ("dashboard, 50 clients", DASHBOARD, {"first": 50}),
        ("last page, names only", LIST, {"last": 50}),
        ("search, a common word", LIST, {"first": 50, "search": "gmbh"}),
        ("search, a rare word", LIST, {"first": 50, "search": "zzqx"}),
        ("only missing receipts", LIST, {"first": 50, "missing": True}),
        ("tabs", TABS, {}),
        ("total", COUNT, {}),
        ("50 invoices", INVOICES, {"first": 50}),
        ("50 credited invoices", INVOICES, {"first": 50, "states": ["CREDITED"]}),
    ]
    table = [
        f"| | firm of {await _size(world, 'small'):,} | firm of 20,000 | its bookkeeper | a client's owner |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, query, variables in questions:
        took = [await world.median(who, query, variables) for who in one]
        table.append(f"| {name} | {' | '.join(f'{each:.1f}' for each in took)} |")
    took = [await world.median(who, CLIENT, {"id": key}) for who, key in one.items()]
    table.append(f"| one client with all that hangs on it | {' | '.join(f'{each:.1f}' for each in took)} |")
    return table


async def _size(world: World, who: str) -> int:
    return int((await world.ask(who, COUNT, {}))["clients"]["totalCount"])


@contextmanager
def database() -> Iterator[tuple[str, bool]]:
    """An address, and whether its world is still to be made."""
    if given := os.environ.get("DATABASE_URL"):
        yield given, False
        return
    with tempfile.TemporaryDirectory(prefix="gateway-plans-") as folder:
        with embedded.start(Path(folder) / "postgres", durable=False) as running:
            yield running.url, True
        embedded.erase(Path(folder) / "postgres")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[World]:
    world = World(url)
    async with world.http, world.app.router.lifespan_context(world.app):
        admin, bookkeeper = (person.email for person in LARGE_PEOPLE)
        world.people = {
            "admin": await world.person(admin),
            "bookkeeper": await world.person(bookkeeper),
            "owner": await world.person("owner@client-0.example"),
            "small": (await world.rows(SMALL))[0].user_id,
        }
        yield world


SMALL: Final = """
    SELECT user_id FROM firm_member JOIN (
        SELECT firm_id, abs(count(*) - 300) AS distance FROM collaboration WHERE state = 'active' GROUP BY firm_id
    ) AS sizes USING (firm_id) WHERE is_owner ORDER BY distance, firm_id LIMIT 1
"""


async def main() -> None:
    with database() as (url, is_bare):
        took = None
        if is_bare:
            await migrate.upgrade(url)
            begun = time.perf_counter()
            await seed_large(url)
            took = time.perf_counter() - begun
        async with opened(url) as world:
            PAGE.write_text(await page(world, took), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
