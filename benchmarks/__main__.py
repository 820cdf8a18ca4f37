"""Measure the gateway beside its peers, judge what it promises, and write docs/performance.md: `scripts/bench`."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import geometric_mean, median
from typing import Final
from uuid import uuid4

import asyncpg
from rich.progress import Progress

from benchmarks.answers import answer, same
from benchmarks.asks import ABSENT, asks
from benchmarks.load import Ask
from benchmarks.page import PICTURE, Judgement, Measured, write
from benchmarks.servers import COMMANDS, Name, Running, Secrets, served
from benchmarks.slices import Figures, Slice, sliced
from benchmarks.statements import counted, logged
from benchmarks.worlds import Sizes, World, house, plain, say, world
from gateway.db.embedded import Server

MANY: Final = 32
QUIET: Final = 0.5  # load
SMALL: Final = Sizes(1_000, 10_000)
RATED: Final = ("Q1", "Q2", "Q3", "Q4")
"""Documents that are measured by the floor's rate. Of Q5, the time that one answer takes counts."""
NODE_OF_ANY_TYPE: Final = "query ($id: ID!) { node(id: $id) { id } }"
ONCE: Final = {("naive", "Q1", MANY), ("naive", "Q3", 1)}
"""Slices that take the better part of a minute: in the first round alone."""
NEVER: Final = {("naive", "Q3", MANY)}
"""It takes minutes, and says no more than the same on one connection: it is one processor's work all the time."""
DIFFERENT: Final = 300
"""Documents that differ in their text alone: each is a statement of its own."""
MIX: Final = 18  # of one client, for each page and each overview


class Bench:
    """The servers of one run, and what was found of them."""

    def __init__(self, told: argparse.Namespace, database: Server, secrets: Secrets, place: World, load: float) -> None:
        self.told, self.database, self.secrets, self.place, self.load = told, database, secrets, place, load
        self.running: dict[Name, Running] = {}
        self.judged: list[Judgement] = []

    def asks(self, name: Name, first: int | None = None) -> dict[str, Ask]:
        found = asks(name, self.place, self.secrets)
        if first is not None:
            found["Q1"] = replace(found["Q1"], variables={"first": first})
        return found

    def judge(self, promise: str, figure: str, holds: bool) -> None:
        self.judged.append(Judgement(promise, figure, holds))
        say(f"{'PASS' if holds else 'FAIL'}  {promise}: {figure}")

    # ---- the same answers

    def compare(self) -> None:
        for document in self.asks("gateway"):
            alike = {name: one for name, one in self.running.items() if (name, document) not in ABSENT}
            answers = {name: answer(one.port, self.asks(name)[document]) for name, one in alike.items()}
            wanted = same(answers["gateway"]["data"], self.secrets.seal)
            others = [name for name, told in answers.items() if same(told["data"], self.secrets.seal) != wanted]
            hidden = len(answers["gateway"].get("errors", ()))
            self.judge(
                f"{document}: the same answers", f"differ: {', '.join(others)}" if others else "all equal", not others
            )
            if document in ("Q1", "Q2"):
                self.judge(f"{document}: nothing is hidden", f"{hidden} errors", hidden == 0)
            if document == "Q1":
                rows = len(wanted["clients"]["nodes"])
                self.judge("Q1: a full page", f"{rows} clients", rows == 50)

    # ---- rates and times

    def rounds(self) -> dict[tuple[Name, str, int], Figures]:
        found: dict[tuple[Name, str, int], list[Slice]] = {}
        for document in self.asks("gateway"):
            for name, one in self.running.items():
                if (name, document) not in ABSENT:
                    self._slice(one, document, 1, seconds=min(2.0, self.told.seconds))
        for number in range(self.told.rounds):
            begun = time.monotonic()
            for document in self.asks("gateway"):
                for connections in (1, MANY):
                    for name, one in self.running.items():
                        key = (name, document, connections)
                        if key in NEVER or (name, document) in ABSENT or (number and key in ONCE):
                            continue
                        if connections > 1 and document not in RATED:
                            continue
                        found.setdefault(key, []).append(
                            self._slice(one, document, connections, seconds=self.told.seconds)
                        )
            say(f"Round {number + 1} of {self.told.rounds}: {time.monotonic() - begun:.0f} seconds.")
        for (name, document, _), slices in found.items():
            if len({tuple(one.checksums) for one in slices}) > 1:
                raise RuntimeError(f"{name} gives other answers to {document} than it gave before.")
        return {key: Figures.of(slices) for key, slices in found.items()}

    def _slice(self, one: Running, document: str, connections: int, *, seconds: float) -> Slice:
        return sliced(one, self.database, self.asks(one.name)[document], connections=connections, seconds=seconds)

    def judge_rates(self, found: Mapping[tuple[Name, str, int], Figures]) -> None:
        for own, floor, who in (("gateway", "floor", "neither"), ("gateway+", "floor+", "each")):
            ratios = self._ratios(found, own, floor)
            told = ", ".join(f"{document} {alone:.2f} and {many:.2f}" for document, (alone, many) in ratios.items())
            every = [ratio for pair in ratios.values() for ratio in pair]
            mean = geometric_mean(every)
            self.judge(
                f"At least 0.85 of the floor on 1 and on {MANY} connections, where {who} remembers tokens",
                told,
                min(every) >= 0.85,
            )
            self.judge(f"0.95 of it on the geometric mean, where {who} remembers tokens", f"{mean:.2f}", mean >= 0.95)
        times = {document: min(pair) for document, pair in self._ratios(found, "gateway", "walker").items()}
        told = ", ".join(f"{document} {ratio:.1f}" for document, ratio in times.items())
        enough = all(ratio >= (5 if document == "Q3" else 6) for document, ratio in times.items())
        self.judge("At least 6 times the walker (Q3: 5)", told, enough)
        own_rate, naive = (found[name, "Q1", MANY].rate for name in ("gateway", "naive"))
        self.judge("Q1: at least 300 times naive", f"{own_rate / naive:.0f} times", own_rate >= 300 * naive)
        spread = {document: (one := found["gateway", document, 1]).p99 / one.p50 for document in RATED}
        told = ", ".join(f"{document} {ratio:.1f}" for document, ratio in spread.items())
        ledger = found["gateway", "Q5", 1].p50 / found["floor", "Q5", 1].p50
        self.judge(
            "Q5: p50 on one connection is at most 1.5 times that of the floor", f"{ledger:.2f} times", ledger <= 1.5
        )
        asking = max(one.asking for one in found.values())
        say(f"Whoever asks took {asking:.0%} of one core at most.")
        self.judge("p99 is at most 3 times p50, on one connection", told, max(spread.values()) <= 3)

    def _ratios(
        self, found: Mapping[tuple[Name, str, int], Figures], own: Name, other: Name
    ) -> dict[str, tuple[float, float]]:
        """Of each document, the rate over that of another server, on one connection and on many."""
        return {
            document: (
                found[own, document, 1].rate / found[other, document, 1].rate,
                found[own, document, MANY].rate / found[other, document, MANY].rate,
            )
            for document in RATED
        }

    # ---- what deciding costs

    def authorization(self) -> dict[str, float]:
        """PostgreSQL's processor time for the gateway over that for the open one, document by document, in pairs of slices."""
        found = {}
        for document in self.asks("gateway"):
            if ("open", document) in ABSENT:
                continue
            pairs = self.told.pairs if document == "Q1" else self.told.pairs // 3 or 1
            ratios = [self._pair(document, first_open=bool(number % 2)) for number in range(pairs)]
            found[document] = median(ratios) - 1
        told = ", ".join(f"{document} {over:+.1%}" for document, over in found.items())
        most = max(found.values())
        self.judge("Authorization takes at most 5 % of PostgreSQL's processor time", told, most <= 0.05)
        return found

    def _pair(self, document: str, *, first_open: bool) -> float:
        order: Sequence[Name] = ("open", "gateway") if first_open else ("gateway", "open")
        slices = {name: self._slice(self.running[name], document, 1, seconds=self.told.seconds) for name in order}
        each = {name: one.postgres / len(one.milliseconds) for name, one in slices.items()}
        return each["gateway"] / each["open"]

    # ---- statements

    def statements(self) -> dict[tuple[Name, str], int]:
        with logged(self.database):
            found = {
                (name, document): counted(one, ask, self.database)
                for name, one in self.running.items()
                for document, ask in self.asks(name).items()
                if (name, document) not in ABSENT
            }
            pages = {
                first: counted(self.running["gateway"], self.asks("gateway", first)["Q1"], self.database)
                for first in (1, 10, 50)
            }
        told = ", ".join(f"{count} for {first}" for first, count in pages.items())
        self.judge("Q1: as many statements whatever the page", told, len(set(pages.values())) == 1)
        return found

    # ---- what is hidden

    def secrecy(self) -> None:
        """How long an object that is hidden takes, and one that does not exist, in turn; each twice, to know the noise."""
        token = self.secrets.token(self.place.bookkeeper)
        for type_name, key in self.place.hidden.items():
            keys = (key, uuid4(), key, uuid4())
            queries = [Ask(NODE_OF_ANY_TYPE, {"id": self.secrets.seal.id(type_name, each)}, token) for each in keys]
            found: list[list[float]] = [[] for _ in keys]
            for number in range(self.told.pairs * 3):
                for turn in range(len(keys)):
                    place = (turn + number) % len(keys)
                    part = sliced(self.running["gateway"], self.database, queries[place], requests=50)
                    found[place] += part.milliseconds
            hidden, absent, hidden_again, absent_again = map(median, found)
            noise = max(abs(hidden / hidden_again - 1), abs(absent / absent_again - 1))
            difference = (hidden + hidden_again) / (absent + absent_again) - 1
            self.judge(
                f"{type_name}: a hidden one takes as long as none, within 3 % or the noise",
                f"{difference:+.1%} of {absent:.2f} ms; equal ones differ by {noise:.1%}",
                abs(difference) <= max(0.03, noise),
            )

    # ---- growth

    def growth(self) -> None:
        """Pages of two worlds, in turn, from servers that have just begun."""
        found: list[tuple[partial[Slice], list[Slice]]] = []
        with ExitStack() as stack:
            for place in (world(self.database, SMALL), self.place):
                one = stack.enter_context(served("gateway", place.url, self.secrets))
                take = partial(sliced, one, self.database, asks("gateway", place, self.secrets)["Q1"])
                take(requests=20)
                found.append((take, []))
            for _ in range(self.told.rounds * 2):
                for take, slices in found:
                    slices.append(take(seconds=self.told.seconds))
        before, after = (Figures.of(slices) for _, slices in found)
        self.judge(
            f"Q1: p50 grows by less than 1.2 from {SMALL.clients:,} to {self.place.sizes.clients:,} clients",
            f"{after.p50 / before.p50:.2f}, from {before.p50:.1f} to {after.p50:.1f} ms"
            f" ({before.body_bytes:,} and {after.body_bytes:,} bytes)",
            after.p50 < 1.2 * before.p50,
        )

    # ---- memory

    def memory(self) -> None:
        one, told = self.running["gateway"], self.asks("gateway")
        mix = [told["Q1"], *[told["Q2"]] * MIX, told["Q3"]]
        mix += [replace(told["Q2"], query=f"# {number}\n{told['Q2'].query}") for number in range(DIFFERENT)]
        part = max(len(mix), self.told.requests // 10)
        sliced(one, self.database, *mix, connections=MANY, requests=part)
        found = [one.memory()]
        for _ in range(10):
            sliced(one, self.database, *mix, connections=MANY, requests=part)
            found.append(one.memory())
        least, most = min(found), max(found)
        self.judge("Memory of the process is below 250 MiB", f"{most / 2**20:.0f} MiB", most < 250 * 2**20)
        backends = asyncio.run(private_bytes(self.place.url))
        self.judge(
            "Memory of a connection for compiled statements is below 100 MiB in PostgreSQL",
            f"{len(backends)} connections, at most {max(backends, default=0) / 2**20:.0f} MiB each",
            0 < max(backends, default=0) < 100 * 2**20,
        )
        self.judge(
            f"Memory is flat (±10 %) over {part * 10:,} requests",
            f"{found[0] / 2**20:.0f} MiB before, {least / 2**20:.0f} to {most / 2**20:.0f} during",
            0.9 * found[0] <= least and most <= 1.1 * found[0],
        )


async def private_bytes(url: str) -> list[int]:
    """Memory of PostgreSQL's processes of connections for compiled statements, without what all of them share."""
    connection = await asyncpg.connect(plain(url))
    try:
        sought = "SELECT pid FROM pg_stat_activity WHERE application_name = 'partner-gateway-compiled'"
        pids = [row["pid"] for row in await connection.fetch(sought)]
    finally:
        await connection.close()
    return [_private(pid) for pid in pids]


def _private(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def words() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="scripts/bench", description=(__doc__ or "").split(":", 1)[0] + ".")
    found.add_argument("--clients", type=int, default=Sizes().clients, help="of the world that is measured")
    found.add_argument("--invoices", type=int, default=Sizes().invoices, help="of the world that is measured")
    found.add_argument("--rounds", type=int, default=5, help="each asks every server every document")
    found.add_argument("--seconds", type=float, default=3.0, help="the length of a slice")
    found.add_argument("--pairs", type=int, default=30, help="slices of the gateway beside the open one")
    found.add_argument("--requests", type=int, default=20_000, help="over which memory is watched")
    found.add_argument(
        "--keep",
        type=Path,
        help="a folder for the database, used again by the next run; nobody else must use it meanwhile",
    )
    found.add_argument("--skip-growth", action="store_true", help="measure one world alone")
    found.add_argument(
        "--page", type=Path, default=PICTURE.with_suffix(".md"), help="the page; the picture goes beside"
    )
    return found


def stages(bench: Bench) -> Iterator[str]:
    """The whole run; each stage is named before it begins."""
    yield "The same answers"
    bench.compare()
    yield "Rounds"
    found = bench.rounds()
    bench.judge_rates(found)
    yield "What deciding costs"
    costs = bench.authorization()
    yield "Statements"
    counts = bench.statements()
    yield "What is hidden"
    bench.secrecy()
    if not bench.told.skip_growth:
        yield "Growth"
        bench.growth()
    yield "Memory"
    bench.memory()
    made = Measured(bench.place, bench.load, bench.told.rounds, found, costs, counts, bench.judged)
    write(bench.told.page, made)


def main() -> None:
    told = words().parse_args()
    begun, busy = time.monotonic(), os.getloadavg()[0]
    if busy > QUIET:
        say(f"The machine is at work already (load {busy:.1f}): times will be longer than they need be.")
    with house(told.keep) as database, ExitStack() as stack:
        with Progress() as progress:
            place = world(database, Sizes(told.clients, told.invoices), progress)
        bench = Bench(told, database, Secrets(), place, busy)
        say(f"{place.sizes}, after {time.monotonic() - begun:.0f} seconds")
        for name in COMMANDS:
            bench.running[name] = stack.enter_context(served(name, place.url, bench.secrets))
        for stage in stages(bench):
            say(f"\n{stage} ({time.monotonic() - begun:.0f} s)")
    failed = [one for one in bench.judged if not one.holds]
    say(f"\n{len(bench.judged) - len(failed)} of {len(bench.judged)} hold; {time.monotonic() - begun:.0f} seconds.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
