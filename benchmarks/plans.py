"""Write docs/query-plans.md: what drives the main reads, in two worlds; fails if it is another index than is declared here.

`python -m benchmarks.plans` seeds both worlds in a server of its own and erases it afterwards. The statements are those that
the gateway compiles. They are planned as on its connections: once for all parameters.
"""

import asyncio
import json
import logging
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import asyncpg
import httpx

from benchmarks.questions import (
    ACCOUNT,
    CLIENTS_PAGE,
    COUNT,
    DASHBOARD,
    INVOICES,
    LIST,
    NODE,
    OVERVIEW,
    PORTFOLIO,
    TABS,
)
from benchmarks.worlds import Sizes, plain, say
from gateway.app import build_app
from gateway.db import embedded, migrate
from gateway.db.seeds.keys import DEMO_NOW
from gateway.db.seeds.large import seed_large
from gateway.db.seeds.people import LARGE_PEOPLE
from gateway.db.statements import PLANNER, Statements
from gateway.observability.logs import make_log
from gateway.settings import Settings

PAGE: Final = Path(__file__).parent.parent / "docs" / "query-plans.md"
SIZES: Final = Sizes(20_000, 200_000)
ROUNDS: Final = 30
MAX_WIDTH: Final = 140  # characters of a line of a plan
WORLDS: Final = ("even", "skewed")
SKEWED: Final = "skewed"

Who = Literal["admin", "bookkeeper", "owner", "idle"]


@dataclass(frozen=True, slots=True)
class Case:
    """A request. `drives` has the driving index of each of its pages and counts, in the order of the document.

    Where two are equally good, `|` stands between them: the planner then decides by the size of the firm that it expects.
    """

    title: str
    who: Who
    query: str
    drives: Sequence[str]
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One of the main reads: its text, what to look for, and the cases."""

    title: str
    query: str
    look: str
    cases: Sequence[Case]


class Statement(NamedTuple):
    """One compiled statement as the driver was given it."""

    sql: str
    parameters: Sequence[Any]


class Noted:
    """In the place of the connections for compiled statements: notes what they run."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self.last: Statement | None = None

    async def row(self, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        self.last = Statement(sql, parameters)
        return await self._statements.row(sql, parameters)

    async def close(self) -> None:
        await self._statements.close()


class World:
    """The application over one world, and a connection that plans as its own do."""

    def __init__(self, url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        settings = Settings.model_validate({"DATABASE_URL": url, "sealing_key": "ab" * 32, "compile_after": 1})
        # The clock of the world: an invoice that was not due when it was seeded is not overdue now.
        self.app = build_app(settings, clock=lambda: DEMO_NOW, log=make_log(level=logging.CRITICAL))
        self.gateway = self.app.state.gateway
        compiled = self.app.state.compiled
        compiled.wait_seconds = 600
        compiled.statements = self.noted = Noted(compiled.statements)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://gateway", timeout=60)
        self.connection = connection
        self.people: dict[str, UUID] = {}
        self._number = 0

    async def ask(self, who: str, query: str, variables: Mapping[str, Any]) -> Any:
        token = self.gateway.tokens.issue(self.people[who], DEMO_NOW).text
        body = {"query": query, "variables": dict(variables)}
        answer = await self.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
        data = answer.json().get("data")
        if data is None:
            raise RuntimeError(answer.text)
        return data

    async def statement(self, case: Case) -> Statement:
        """That of the request. Raises RuntimeError if none was compiled."""
        self.noted.last = None
        await self.ask(case.who, case.query, case.variables)
        if self.noted.last is None:
            raise RuntimeError(f"{case.title}: not compiled")
        return self.noted.last

    async def plan(self, statement: Statement) -> Mapping[str, Any]:
        """The plan of the third run: the first two warm the caches, of pages as of the catalogue."""
        self._number += 1
        name, values = f"plan_{self._number}", ", ".join(map(literal, statement.parameters))
        await self.connection.execute(f"PREPARE {name} AS {statement.sql}")
        for _ in range(3):
            explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE {name}({values})"
            text = await self.connection.fetchval(explained if values else explained.removesuffix("()"))
        await self.connection.execute(f"DEALLOCATE {name}")
        found: Mapping[str, Any] = json.loads(text)[0]
        return found

    async def median(self, who: str, query: str, variables: Mapping[str, Any]) -> float:
        """Milliseconds through the whole application, one request at a time."""
        took = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            await self.ask(who, query, variables)
            took.append((time.perf_counter() - begun) * 1000)
        return statistics.median(took)


def literal(value: Any) -> str:
    """A parameter as SQL."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case bytes():
            return f"'\\x{value.hex()}'"
        case datetime():
            return f"'{value.isoformat()}'"
        case list() | tuple():
            return f"ARRAY[{', '.join(map(literal, value))}]"
        case _:
            return "'" + str(value).replace("'", "''") + "'"


class Cost(NamedTuple):
    """What a plan really did. `choices` has, of each root field, the part of the plan that chooses its rows."""

    read: int
    pages: int
    planning: float
    execution: float
    choices: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> "Cost":
        root = plan["Plan"]
        *begun, _ = _once(root)  # the last is the proof of who asks
        return cls(
            round(sum(_read(scan) for scan in _scans(root))),
            root["Shared Hit Blocks"] + root["Shared Read Blocks"],
            plan["Planning Time"],
            plan["Execution Time"],
            [choice for each in begun for choice in _choices(each)],
        )

    @property
    def drives(self) -> list[str]:
        return [driving(choice) for choice in self.choices]

    def fits(self, wanted: Sequence[str]) -> bool:
        """Whether each index is the one that is wanted, or one of several."""
        drives = self.drives
        return len(drives) == len(wanted) and all(
            index in either.split("|") for index, either in zip(drives, wanted, strict=True)
        )


def _below(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The parts that rows come from, without those that are executed once or for each row."""
    return [each for each in node.get("Plans", ()) if each["Parent Relationship"] not in ("InitPlan", "SubPlan")]


def _once(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The parts that are executed once, without the lists of the viewer's own rows."""
    parts = [each for each in node.get("Plans", ()) if each["Parent Relationship"] == "InitPlan"]
    return [each for each in parts if not each["Subplan Name"].startswith("CTE ")]


def _choices(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The pages that a root field begins at; without a page, what it counts, or the row itself."""
    place: Mapping[str, Any] | None = node
    while place is not None:
        if place["Node Type"] == "Limit":
            return [place]
        place = next(iter(_below(place)), None)
    if any(True for _ in _leaves(node)):
        return [node] if driving(node) != NOTHING else []
    return [choice for each in _once(node) for choice in _choices(each)]


def driving(node: Mapping[str, Any]) -> str:
    """The index of the first scan from the inside out, but for the look at the one firm."""
    scans = [scan for scan in _leaves(node) if scan.get("Index Name") != "pk_firm"]
    if not scans:
        return NOTHING
    return scans[0].get("Index Name") or f"all of {scans[0].get('Relation Name', '')}"


def _leaves(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for child in _below(node):
        yield from _leaves(child)
    if not _below(node) and "Scan" in node["Node Type"]:
        yield node


def _scans(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for child in node.get("Plans", ()):
        yield from _scans(child)
    if "Scan" in node["Node Type"] and ("Index Name" in node or "Relation Name" in node) and not _below(node):
        yield node


def _read(scan: Mapping[str, Any]) -> float:
    thrown = scan.get("Rows Removed by Filter", 0) + scan.get("Rows Removed by Index Recheck", 0)
    return float((scan["Actual Rows"] + thrown) * scan["Actual Loops"])


NOTHING: Final = "nothing"
CONDITIONS: Final = ("Index Cond", "Recheck Cond", "Hash Cond", "Join Filter", "Filter", "Sort Key")


def shown(node: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """A part of a plan as lines: what is done, to what, how often and for how many rows, and by which conditions."""
    at = " using " + node["Index Name"] if "Index Name" in node else ""
    at += " on " + node["Relation Name"] if "Relation Name" in node else ""
    kind = node["Node Type"] + (f" ({node['Join Type'].lower()})" if node.get("Join Type", "Inner") != "Inner" else "")
    yield "  " * depth + f"{kind}{at}: {node['Actual Rows']:.0f} rows × {node['Actual Loops']}"
    for name in CONDITIONS:
        if name in node:
            said = node[name] if isinstance(node[name], str) else ", ".join(node[name])
            said = re.sub(r"::(text|uuid|timestamp with time zone)(\[\])?", "", said)
            line = "  " * (depth + 1) + f"{name}: {said}"
            yield line if len(line) <= MAX_WIDTH else f"{line[:MAX_WIDTH]} …"
    for child in _below(node):
        yield from shown(child, depth + 1)


async def chapters(world: World) -> list[Chapter]:
    """The main reads. Their variables have ids and cursors of this world."""
    cursor = None
    for _ in range(4):
        data = await world.ask("admin", LIST, {"tab": "ALL", "first": 20, "after": cursor})
        cursor = data["clients"]["pageInfo"]["endCursor"]
    one = (await world.ask("bookkeeper", LIST, {"first": 4}))["clients"]["nodes"][3]["id"]
    every = {"tab": "ALL"}
    by_name, of_firm, own = "ix_collaboration_by_client_name", "ix_invoice_of_firm", "pk_client"
    living, pending = "uq_collaboration_living", "ix_collaboration_pending"
    return [
        Chapter(
            "Pages of clients",
            PORTFOLIO,
            f"`{by_name}` drives the list of a whole firm: a page stands together there. A bookkeeper's begins at the keys of the"
            " assigned clients, which are read once; some hundred are read and sorted. What only the page shows is joined to"
            " its rows.",
            [
                Case("Q1, a bookkeeper's first page", "bookkeeper", PORTFOLIO, [own], {"first": 50}),
                Case("Q1 for all clients", "admin", ALL_CLIENTS, [by_name], {"first": 50}),
                Case("Q3, 500 clients", "admin", OVERVIEW, [by_name], {"first": 500}),
                Case("the dashboard", "admin", DASHBOARD, [by_name], {**every, "first": 50}),
                Case("a bookkeeper's dashboard", "bookkeeper", DASHBOARD, [own], {"first": 50}),
                Case("after some pages", "admin", LIST, [by_name], {**every, "first": 50, "after": cursor}),
                Case("the last page", "admin", LIST, [by_name], {**every, "last": 50}),
                Case("an empty firm", "idle", LIST, [by_name], {**every, "first": 50}),
            ],
        ),
        Chapter(
            "The Clients page of the explorer",
            CLIENTS_PAGE,
            "The caller, the tabs, the invitations that wait, and the list with its total.",
            [
                Case("Q4, a bookkeeper's", "bookkeeper", CLIENTS_PAGE, [PERSON_KEY, own, own, own, by_name, own]),
                Case(
                    "Q4, an administrator's",
                    "admin",
                    CLIENTS_PAGE,
                    [PERSON_KEY, *[pending] * 4, ASSIGNED, living, "ix_collaboration_of_firm", by_name],
                ),
            ],
        ),
        Chapter(
            "Search",
            LIST,
            "All words are planned alike: the names of the firm are read, never those of another firm; where the firm is large, they"
            " are found by their trigrams.",
            [
                Case("a common word", "admin", LIST, [living], {**every, "first": 50, "search": "gmbh"}),
                Case("a word without matches", "admin", LIST, [living], {**every, "first": 50, "search": "zzqx"}),
                Case("a bookkeeper's", "bookkeeper", LIST, [f"{own}|{living}"], {"first": 50, "search": "gmbh"}),
                Case(
                    "only missing receipts",
                    "admin",
                    LIST,
                    [f"{by_name}|{living}"],
                    {**every, "first": 50, "missing": True},
                ),
            ],
        ),
        Chapter(
            "Tabs and totals",
            TABS,
            "A total reads all that it counts: it is the one number here that grows with the firm.",
            [
                Case("an administrator's tabs", "admin", TABS, [*[pending] * 4, ASSIGNED, living]),
                Case("a bookkeeper's tabs", "bookkeeper", TABS, [own, own, own]),
                Case("the total of all", "admin", COUNT, [living], every),
                Case("the total of one's own", "bookkeeper", COUNT, [own]),
            ],
        ),
        Chapter(
            "Invoices, and one client",
            INVOICES,
            f"`{of_firm}` is the order of the list: as many entries as the page has are read. The invoices of one client are found"
            " after the client, or another invoice about it; a bookkeeper's by the clients that are assigned.",
            [
                Case("Q2, one client", "bookkeeper", ACCOUNT, ["uq_collaboration_of_client"], {"id": one}),
                Case("one client by its id", "bookkeeper", NODE, [own], {"id": one}),
                Case("the newest of the firm", "admin", INVOICES, [of_firm], {"first": 50}),
                Case(
                    "credited ones", "admin", INVOICES, [f"{of_firm}_in_state"], {"first": 50, "states": ["CREDITED"]}
                ),
                Case("of one client", "admin", INVOICES, [own, OF_BOTH, OF_BOTH], {"first": 50, "client": one}),
                Case("a bookkeeper's", "bookkeeper", INVOICES, [OF_BOTH], {"first": 50}),
                Case("an owner's", "owner", INVOICES, ["ix_invoice_of_client"], {"first": 50}),
            ],
        ),
        Chapter(
            "A client and its firms",
            FIRMS,
            "The first client of the skewed world has had 30 firms.",
            [Case("all collaborations", "owner", FIRMS, ["uq_collaboration_of_client"], {"first": 50})],
        ),
    ]


PERSON_KEY: Final = "pk_user_account"
OF_BOTH: Final = "ix_invoice_of_firm_for_client"
ASSIGNED: Final = "uq_assignment_current|uq_collaboration_living"
ALL_CLIENTS: Final = PORTFOLIO.replace("clients(", "clients(tab: ALL, ")

FIRMS: Final = """
query ($first: Int) {
  collaborations(first: $first) { totalCount nodes { id collaborationState level firm { name } } }
}
"""


class Report:
    """The page, and what drives other than is declared."""

    def __init__(self) -> None:
        self.summary: list[str] = []
        self.bodies: list[str] = []
        self.faults: list[str] = []

    def add(self, chapter: Chapter, case: Case, costs: Mapping[str, Cost]) -> None:
        for name, cost in costs.items():
            if not cost.fits(case.drives):
                self.faults.append(
                    f"{chapter.title}, {case.title}, {name} world: {cost.drives}, not {list(case.drives)}"
                )
        drives = ", ".join(f"`{each}`" for each in costs[SKEWED].drives) or "–"
        figures = (f"{cost.read:,} | {cost.pages:,} | {cost.execution:.1f}" for cost in costs.values())
        self.summary.append(f"| {chapter.title}: {case.title} | {drives} | {' | '.join(figures)} |")
        asked = {name: "…" if name in {"after", "client", "id"} else said for name, said in case.variables.items()}
        with_ = f", with `{json.dumps(asked, ensure_ascii=False)}`" if asked else ""
        self.bodies.append(f"### {case.title}\n\nAsked by the {PEOPLE[case.who]}{with_}.")
        for choice in costs[SKEWED].choices:
            self.bodies.append("```text\n" + "\n".join(shown(choice)) + "\n```")

    def text(self, version: str, medians: Sequence[str]) -> str:
        return "\n".join(
            [
                "# Query plans",
                "",
                f"Written by `python -m benchmarks.plans`, which fails if another index drives a read. {SIZES},"
                f" {SIZES.firms} firms. In the even world each firm has 100 clients. In the skewed one a firm has 4,000 of them, its"
                " bookkeeper 120; one client has had 30 firms, and one firm has no clients.",
                f"PostgreSQL {version} on a machine of {os.cpu_count()} cores that others share; times are single measurements of"
                " warm runs, in milliseconds. Look at rows and pages first: they do not vary.",
                "",
                "Each read is one compiled statement, planned once for all parameters with these settings of its connection:"
                f" {', '.join(f'`{name} = {value}`' for name, value in PLANNER.items())}. Migration 0023 also tells the planner to"
                " expect 2.5 % of all collaborations in a firm.",
                "Rows read are those that all scans of the statement touched together, each table's counted; pages are of 8 KB.",
                "",
                "| read | driven by | even: rows read | pages | ms | skewed: rows read | pages | ms |",
                "|---|---|---:|---:|---:|---:|---:|---:|",
                *self.summary,
                "",
                "## Through the whole application",
                "",
                f"Medians of {ROUNDS} requests, one at a time, in milliseconds, in the skewed world.",
                "",
                *medians,
                "",
                "Below is the part of each plan that chooses the rows of a root field, in the skewed world.",
                "",
                "\n\n".join(self.bodies),
                "",
            ]
        )


PEOPLE: Final[Mapping[Who, str]] = {
    "admin": "administrator of the large firm",
    "bookkeeper": "bookkeeper of the large firm",
    "owner": "owner of the first client",
    "idle": "administrator of the firm without clients",
}


async def report(worlds: Mapping[str, World]) -> Report:
    made = Report()
    of_worlds = {name: await chapters(world) for name, world in worlds.items()}
    for number, chapter in enumerate(of_worlds[SKEWED]):
        made.bodies.append(f"## {chapter.title}\n\n{chapter.look}\n\n```graphql\n{dedent(chapter.query).strip()}\n```")
        for place, case in enumerate(chapter.cases):
            costs = {}
            for name, world in worlds.items():
                statement = await world.statement(of_worlds[name][number].cases[place])
                costs[name] = Cost.of(await world.plan(statement))
            made.add(chapter, case, costs)
    return made


async def medians(world: World) -> list[str]:
    """A table of the same requests of different people."""
    people = ("admin", "bookkeeper", "owner", "idle")
    questions: list[tuple[str, str, dict[str, Any]]] = [
        ("Q1, 50 clients", PORTFOLIO, {"first": 50}),
        ("the dashboard, 50 clients", DASHBOARD, {"first": 50}),
        ("last page, names only", LIST, {"last": 50}),
        ("search, a common word", LIST, {"first": 50, "search": "gmbh"}),
        ("search, a rare word", LIST, {"first": 50, "search": "zzqx"}),
        ("only missing receipts", LIST, {"first": 50, "missing": True}),
        ("tabs", TABS, {}),
        ("total", COUNT, {}),
        ("50 invoices", INVOICES, {"first": 50}),
        ("50 credited invoices", INVOICES, {"first": 50, "states": ["CREDITED"]}),
    ]
    table = [f"| | {' | '.join(PEOPLE[who] for who in people)} |", "|---|---:|---:|---:|---:|"]
    for name, query, variables in questions:
        took = [await world.median(who, query, variables) for who in people]
        table.append(f"| {name} | {' | '.join(f'{each:.1f}' for each in took)} |")
    return table


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[World]:
    settings = {**PLANNER, "jit": "off", "timezone": "UTC"}
    connection = await asyncpg.connect(plain(url), server_settings=settings)
    world = World(url, connection)
    async with world.http, world.app.router.lifespan_context(world.app):
        emails = {
            "admin": LARGE_PEOPLE[0].email,
            "bookkeeper": LARGE_PEOPLE[1].email,
            "owner": "owner@client-0.example",
        }
        found = {who: await connection.fetchval(PERSON, email) for who, email in emails.items()}
        world.people = {**found, "idle": await connection.fetchval(IDLE)}
        yield world
    await connection.close()


PERSON: Final = "SELECT id FROM user_account WHERE email_key = $1"
IDLE: Final = """
    SELECT user_id FROM firm_member WHERE is_owner
    ORDER BY (SELECT count(*) FROM collaboration k WHERE k.firm_id = firm_member.firm_id), firm_id LIMIT 1
"""


async def measured(running: embedded.Server) -> Report:
    urls = {name: running.url_of(name) for name in WORLDS}
    for name, url in urls.items():
        admin = await asyncpg.connect(plain(running.url))
        await admin.execute(f"CREATE DATABASE {name}")
        await admin.close()
        await migrate.upgrade(url)
        await seed_large(
            url,
            firms=SIZES.firms,
            clients=SIZES.clients,
            invoices=SIZES.invoices,
            staff=SIZES.staff,
            even=name != SKEWED,
        )
    async with opened(urls[WORLDS[0]]) as even, opened(urls[WORLDS[1]]) as skewed:
        made = await report(dict(zip(WORLDS, (even, skewed), strict=True)))
        version = (await skewed.connection.fetchval("SHOW server_version")).split()[0]
        PAGE.write_text(made.text(version, await medians(skewed)), "utf-8")
    return made


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gateway-plans-") as folder:
        data = Path(folder) / "postgres"
        with embedded.start(data, durable=False) as running:
            made = asyncio.run(measured(running))
        embedded.erase(data)
    for fault in made.faults:
        say(f"FAIL  {fault}")
    sys.exit(1 if made.faults else 0)


if __name__ == "__main__":
    main()
