"""Load while things break: 32 connections for ten minutes, and meanwhile the database goes, comes, hangs and dies.

`python -m benchmarks.faults` starts a PostgreSQL and a gateway of its own, breaks them on a timetable, and says what came
of it; `--write` puts it under "Load and faults" in docs/operations.md. It ends with 1 unless every answer was either the
right one, byte for byte, or a 503 while something was broken, nothing hung, and the speed came back.
"""

import asyncio
import json
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from os import kill
from pathlib import Path
from typing import Annotated, Any, Final

import asyncpg
import httpx
import typer

from benchmarks.load import Ask
from benchmarks.questions import ACCOUNT, INVOICES, OVERVIEW, PORTFOLIO
from benchmarks.servers import Secrets, served
from benchmarks.worlds import Sizes, World, connected, postmaster, world
from gateway.db import embedded

PAGE: Final = Path(__file__).parent.parent / "docs" / "operations.md"
SETTINGS: Final = {
    "GATEWAY_POOL_SIZE": "6",
    "GATEWAY_POOL_OVERFLOW": "6",
    "GATEWAY_POOL_TIMEOUT_SECONDS": "3",
    "GATEWAY_STATEMENT_SECONDS": "6",
    "GATEWAY_REQUEST_SECONDS": "10",
}
HUNG: Final = 15.0  # seconds; no request may take longer than GATEWAY_REQUEST_SECONDS and what it waits for a processor
GRACE: Final = 6.0  # seconds after the end of a fault in which its last victims are still answered
AWAY: Final = 4.0  # seconds for which the database is down
THEIRS: Final = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
CODES: Final = {"SERVICE_UNAVAILABLE", "TIMEOUT"}


@dataclass(frozen=True, slots=True)
class Answer:
    begun: float
    took: float
    status: int
    code: str
    right: bool


@dataclass(slots=True)
class Fault:
    """Something that breaks at a point of the run, from 0 to 1, for as long as `happen` takes."""

    name: str
    at: float
    happen: Callable[[], Awaitable[None]]
    begun: float = 0.0
    ended: float = 0.0

    def covers(self, answer: Answer) -> bool:
        return bool(self.begun) and self.begun - HUNG <= answer.begun <= self.ended + GRACE


@dataclass(slots=True)
class House:
    """The database, which is taken away and given back."""

    folder: Path
    running: embedded.Server
    problems: list[str] = field(default_factory=list)

    async def restart(self) -> None:
        """As an operator does it: cleanly."""
        await asyncio.to_thread(self.running.stop)
        await asyncio.sleep(AWAY)
        self.running = await asyncio.to_thread(embedded.start, self.folder, durable=False)

    async def crash(self) -> None:
        """As a power cut does it: at once, with recovery at the start."""
        kill(postmaster(self.running), signal.SIGQUIT)
        await asyncio.sleep(AWAY)
        self.running.users.close()
        self.running = await asyncio.to_thread(embedded.start, self.folder, durable=False)

    async def cut(self, url: str) -> None:
        """Every connection of the gateway ends, five times."""
        for _ in range(5):
            async with connected(url) as connection:
                await connection.execute(f"SELECT pg_terminate_backend(pid) {THEIRS}")
            await asyncio.sleep(1)

    async def kill_backend(self, url: str) -> None:
        """One connection's process dies of a bug; PostgreSQL ends all others and recovers."""
        with suppress(asyncpg.PostgresError, OSError):  # ours ends, too
            async with connected(url) as connection:
                kill(await connection.fetchval(f"SELECT pid {THEIRS} LIMIT 1"), signal.SIGKILL)

    async def lock(self, url: str, seconds: float) -> None:
        """A table is locked, so that every statement on it waits."""
        async with connected(url) as connection, connection.transaction():
            await connection.execute("LOCK TABLE client IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(seconds)


def asks_of(made: World, secrets: Secrets) -> list[Ask]:
    """Two people, the same documents, different answers: one that went to the wrong person would not be the right one."""
    client = secrets.seal.id("Client", made.client)
    documents: list[tuple[str, dict[str, Any]]] = [
        (PORTFOLIO, {"first": 20}),
        (OVERVIEW, {"first": 100}),
        (INVOICES, {"first": 50}),
        (ACCOUNT, {"id": client}),
    ]
    people = [secrets.token(made.bookkeeper), secrets.token(made.admin)]
    return [Ask(query, variables, token) for query, variables in documents for token in people]


async def load(port: int, asks: list[Ask], connections: int, until: Callable[[], bool], answers: list[Answer]) -> None:
    """Ask in turn on so many connections; the first answer to each, given in peace, is the right one."""
    turn = count()
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    right: dict[int, bytes] = {}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=HUNG) as client:

        async def one(number: int) -> None:
            ask = asks[number]
            body = json.dumps({"query": ask.query, "variables": ask.variables}).encode()
            headers = {"Authorization": f"Bearer {ask.token}", "Content-Type": "application/json"}
            begun = time.perf_counter()
            try:
                told = await client.post("/graphql", content=body, headers=headers)
            except httpx.HTTPError as error:
                answers.append(Answer(begun, time.perf_counter() - begun, 0, type(error).__name__, False))
                return
            took = time.perf_counter() - begun
            if told.status_code == 200:
                known = right.setdefault(number, told.content)
                if told.content != known:
                    sys.stderr.write(f"         wrong, {differing(told.content, known)}\n")
                answers.append(Answer(begun, took, 200, "", told.content == known))
            else:
                errors = re.findall(rb'"code":"(\w+)"', told.content) or [b"?"]
                answers.append(Answer(begun, took, told.status_code, errors[0].decode(), False))

        for number in range(len(asks)):
            await one(number)
        answers.clear()

        async def connection() -> None:
            while not until():
                await one(next(turn) % len(asks))

        await asyncio.gather(*(connection() for _ in range(connections)))


def differing(given: bytes, known: bytes) -> str:
    """Where two bodies part."""
    at = next((at for at, pair in enumerate(zip(given, known, strict=False)) if pair[0] != pair[1]), 0)
    there = slice(at, at + 200)
    return f"{len(given)} bytes instead of {len(known)}, from {at}: {given[there]!r}, and not {known[there]!r}"


async def broken(house: House, made: World, asks: list[Ask], port: int, seconds: float, connections: int) -> str:
    faults = [
        Fault("the database is restarted", 0.12, house.restart),
        Fault("its connections are ended, five times", 0.26, lambda: house.cut(made.url)),
        Fault("a table is locked for 5 s: the pool runs dry", 0.38, lambda: house.lock(made.url, 5)),
        Fault("a table is locked for 15 s: statements run into their time", 0.50, lambda: house.lock(made.url, 15)),
        Fault("a process of the database is killed", 0.64, lambda: house.kill_backend(made.url)),
        Fault("the database is cut off and recovers", 0.76, house.crash),
    ]
    answers: list[Answer] = []
    begun = time.perf_counter()
    end = begun + seconds

    async def timetable() -> None:
        for fault in faults:
            await asyncio.sleep(begun + fault.at * seconds - time.perf_counter())
            fault.begun = time.perf_counter()
            sys.stderr.write(f"{fault.begun - begun:6.0f} s  {fault.name}\n")
            await fault.happen()
            fault.ended = time.perf_counter()

    going = asyncio.create_task(timetable())
    await load(port, asks, connections, lambda: time.perf_counter() >= end, answers)
    await going
    return verdict(answers, faults, begun, end, house)


def verdict(answers: list[Answer], faults: list[Fault], begun: float, end: float, house: House) -> str:
    """The page's section; what must not have been goes to `house.problems`."""
    wrong = [a for a in answers if a.status == 200 and not a.right]
    hung = [a for a in answers if a.took >= HUNG]
    others = Counter(
        f"{a.status} {a.code}" for a in answers if a.status not in (200, 503) or a.code not in {"", *CODES}
    )
    stray = [a for a in answers if a.status == 503 and not any(fault.covers(a) for fault in faults)]
    for one in stray[:10]:
        sys.stderr.write(f"{one.begun - begun:6.0f} s  {one.code} though nothing was broken, after {one.took:.1f} s\n")
    before = rate(answers, begun, faults[0].begun)
    after = rate(answers, faults[-1].ended + GRACE, end)
    house.problems += [
        sentence
        for sentence, holds in [
            (f"{len(wrong)} answers were wrong", not wrong),
            (f"{len(hung)} requests hung", not hung),
            (f"answers that are neither right nor 503: {dict(others)}", not others),
            (f"{len(stray)} times 503 while nothing was broken", not stray),
            (f"the speed afterwards is {after / before:.2f} of what it was", after >= 0.9 * before),
        ]
        if not holds
    ]
    slowest = max(a.took for a in answers)
    rows = [
        f"| {fault.name} | {fault.ended - fault.begun:.1f} s | {told(answers, fault)} | {back(answers, fault)} |"
        for fault in faults
    ]
    lines = [
        f"`python -m benchmarks.faults`: {len(answers):,} requests in {end - begun:.0f} s; right, byte for byte, or 503. "
        f"Wrong answers: {len(wrong)}. Hung: {len(hung)} (the slowest took {slowest:.1f} s, the limit being 10). "
        f"Anything else: {sum(others.values())}. 503 while nothing was broken: {len(stray)}. "
        f"Requests/s before the first fault {before:.0f}, after the last {after:.0f}.",
        "",
        "| what broke | for | what was answered instead | right answers again |",
        "|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines)


def rate(answers: list[Answer], since: float, until: float) -> float:
    return sum(1 for a in answers if a.right and since <= a.begun + a.took <= until) / (until - since)


def told(answers: list[Answer], fault: Fault) -> str:
    codes = Counter(a.code for a in answers if a.status == 503 and fault.covers(a))
    return ", ".join(f"{number:,} times {code}" for code, number in codes.most_common()) or "nothing"


def back(answers: list[Answer], fault: Fault) -> str:
    """From the end of the fault to the last request that was refused, or at once."""
    last = max((a.begun + a.took for a in answers if a.status == 503 and fault.covers(a)), default=fault.ended)
    return "at once" if last <= fault.ended else f"after {last - fault.ended:.1f} s"


def into_page(section: str) -> None:
    head, heading, rest = PAGE.read_text("utf-8").partition("## Load and faults\n")
    following = rest.find("\n## ")
    PAGE.write_text(head + heading + "\n" + section + "\n" + (rest[following:] if following >= 0 else ""), "utf-8")


def main(
    seconds: Annotated[float, typer.Option(help="How long.")] = 600,
    connections: Annotated[int, typer.Option(help="How many at once.")] = 32,
    clients: Annotated[int, typer.Option(help="The size of the world.")] = 5_000,
    folder: Annotated[Path, typer.Option("--keep", help="Where the database stays.")] = Path(".bench"),
    write: Annotated[bool, typer.Option("--write", help="Put what came of it into docs/operations.md.")] = False,
) -> None:
    data = folder / "postgres"
    house = House(data, embedded.start(data, durable=False))
    try:
        made = world(house.running, Sizes(clients, clients * 10))
        secrets = Secrets()
        with served("gateway", made.url, secrets, SETTINGS) as gateway:
            asks = asks_of(made, secrets)
            section = asyncio.run(broken(house, made, asks, gateway.port, seconds, connections))
    finally:
        house.running.stop()
    sys.stdout.write(section + "\n")
    if write:
        into_page(section)
    if house.problems:
        raise SystemExit("FAIL: " + "; ".join(house.problems))


if __name__ == "__main__":
    typer.run(main)
