"""docs/performance.md and its picture, from what was measured."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import cleandoc
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.picture import bars, said
from benchmarks.questions import ACCOUNT, OVERVIEW, PORTFOLIO
from benchmarks.servers import COMMANDS, ROOT, Name
from benchmarks.slices import Figures
from benchmarks.worlds import World

PICTURE: Final = ROOT / "docs" / "performance.svg"
DOCUMENTS: Final = {
    "Q1": ("the first 50 clients of a bookkeeper, by name, with payer, pending work and newest invoices", PORTFOLIO),
    "Q2": ("one client, the same of it", ACCOUNT),
    "Q3": ("500 clients of a firm, with pending work, for its administrator", OVERVIEW),
}
CONNECTIONS: Final = (1, 32)

INTRODUCTION: Final = """
Four servers give the same answers over the same database:

- **floor**: Starlette, an asyncpg pool and one statement per document, written by hand, whose JSON is passed through. The
  least that an answer can cost. ([benchmarks/peers/floor.py](../benchmarks/peers/floor.py))
- **open**: the gateway with authorization off: no field guarded, no mask, no fact read beside a row to make one. What
  deciding costs is the difference. ([benchmarks/peers/open.py](../benchmarks/peers/open.py))
- **gateway**: `gateway serve`, as in production.
- **naive**: as it is written first: strawberry by its defaults, SQLAlchemy's objects behind data loaders, Oso asked in
  every field. ([benchmarks/peers/naive.py](../benchmarks/peers/naive.py))

Each is one process of uvicorn with uvloop and httptools, its pool of 20 connections, PostgreSQL and whoever asks on the
same machine. Before anything is timed the answers are compared as JSON. Ids are opened first, as floor and naive write
bare keys; moments are compared as moments. Nothing that Q1 and Q2 ask for is hidden from whoever asks; in Q3 a hidden
list is null, with its reason in `errors`, and empty in *open*.
"""
METHOD: Final = """
## How it is measured

```sh
scripts/bench                                              # all of it: some twenty minutes
scripts/bench --clients 5000 --invoices 50000 --rounds 3   # less; --help tells the rest
```

It starts a PostgreSQL of its own, seeds the world once, and starts the four servers. Rounds are interleaved: every server
is asked every document for a few seconds before the next round begins, so the moods of the machine meet all alike. Rates
are the median of rounds; p50 and p99 are taken over all answers. One process asks all of them, HTTP/1.1 on connections
that are kept alive; each answer must be 200 and byte for byte what it was before. Processor time is that of the
server's process, and of all of PostgreSQL's, by the clocks of the system, on one connection. Statements are counted in
PostgreSQL's log, those that begin and end transactions too. What deciding costs is the median of many pairs of slices,
the gateway's and the open one's in turn.

*naive* is asked Q1 on 32 connections and Q3 on one in the first round alone, 32 times and once or more; Q3 on 32
connections would take minutes and say nothing new.

`python -m benchmarks.cpu` measures processor time alone, in a minute, for whoever changes the code.
"""


class Judgement(NamedTuple):
    """A promise, the figure, and whether it holds."""

    promise: str
    figure: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """All that the page tells."""

    place: World
    load: float  # of the machine, before it began
    rounds: int
    figures: Mapping[tuple[Name, str, int], Figures]
    costs: Mapping[str, float]
    statements: Mapping[tuple[Name, str], int]
    judged: Sequence[Judgement]


def write(page: Path, measured: Measured) -> None:
    """The page, and the picture beside it."""
    page.write_text(_page(measured, page.with_suffix(".svg").name), "utf-8")
    groups = {
        f"{document}: {what}": [
            (name, one.rate if (one := measured.figures.get((name, document, 32))) else None) for name in COMMANDS
        ]
        for document, (what, _) in DOCUMENTS.items()
    }
    title = "Requests per second on 32 connections (of the floor), logarithmic"
    page.with_suffix(".svg").write_text(bars(title, groups, ours="gateway"), "utf-8")


def _page(measured: Measured, picture: str) -> str:
    parts = [
        "# Performance",
        f"Written by `scripts/bench` on {datetime.now(UTC):%d %B %Y}: {measured.place.sizes}; rounds: {measured.rounds}."
        f" {os.cpu_count()} cores for everything, with a load of {measured.load:.1f} before it began."
        f" PostgreSQL {measured.place.version}, Python {platform.python_version()}.",
        INTRODUCTION.strip(),
        f"![Requests per second of the four servers]({picture})",
        "## What is promised",
        _table(
            ("", "", "figure"),
            [("holds" if one.holds else "**fails**", one.promise, one.figure) for one in measured.judged],
        ),
        "Processor time that the gateway takes over *open*: "
        + ", ".join(f"{document} {over:+.1%}" for document, over in measured.costs.items())
        + ".",
    ]
    for document, (what, text) in DOCUMENTS.items():
        parts += [f"## {document}: {what}", f"```graphql\n{cleandoc(text)}\n```", _figures(measured, document)]
    return "\n\n".join(parts) + f"\n\n{METHOD.strip()}\n"


def _figures(measured: Measured, document: str) -> str:
    rows = []
    for name in COMMANDS:
        alone, many = (measured.figures.get((name, document, connections)) for connections in CONNECTIONS)
        floor = measured.figures["floor", document, 32].rate
        rows.append(
            (
                f"**{name}**" if name == "gateway" else name,
                *(("–",) * 4 if many is None else (said(many.rate), f"{many.rate / floor:.2g}", *_times(many))),
                *(("–",) * 6 if alone is None else (said(alone.rate), *_times(alone), *_work(alone))),
                f"{measured.statements[name, document]}",
            )
        )
    head = "32 connections: requests/s", "of floor", "p50 ms", "p99 ms", "one: requests/s", "p50 ms", "p99 ms"
    return _table(("", *head, "server CPU ms", "PostgreSQL CPU ms", "bytes", "statements"), rows)


def _times(figures: Figures) -> tuple[str, str]:
    return said(figures.p50), said(figures.p99)


def _work(figures: Figures) -> tuple[str, str, str]:
    return said(figures.server), said(figures.postgres), f"{figures.body_bytes:,}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = "|".join("---" if number == 0 or len(head) == 3 else "---:" for number in range(len(head)))
    return "\n".join([f"| {' | '.join(head)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)])
