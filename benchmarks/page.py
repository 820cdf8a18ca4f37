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
from benchmarks.questions import ACCOUNT, CLIENTS_PAGE, LEDGER, OVERVIEW, PORTFOLIO
from benchmarks.servers import COMMANDS, ROOT, Name
from benchmarks.slices import Figures
from benchmarks.worlds import World

PICTURE: Final = ROOT / "docs" / "performance.svg"
DOCUMENTS: Final = {
    "Q1": ("the first 50 clients of a bookkeeper, by name, with payer, pending work and newest invoices", PORTFOLIO),
    "Q2": ("one client, the same of it", ACCOUNT),
    "Q3": ("500 clients of a firm, with pending work, for its administrator", OVERVIEW),
    "Q4": ("the Clients page of the explorer, as a bookkeeper opens it", CLIENTS_PAGE),
    "Q5": ("500 clients of a firm, with the ten newest invoices of each, for its administrator", LEDGER),
}
CONNECTIONS: Final = (1, 32)

INTRODUCTION: Final = """
These servers return the same responses over the same database:

- **floor**: Starlette, an asyncpg pool and one hand-written statement per document, whose JSON is passed through. The
  lowest possible cost of a response. ([benchmarks/peers/floor.py](../benchmarks/peers/floor.py))
- **open**: the gateway without authorization: no field is guarded, no mask is computed, no fact is read with a row. The
  difference to the gateway is the cost of authorization. ([benchmarks/peers/open.py](../benchmarks/peers/open.py))
- **gateway**: `gateway serve`, as in production. From the second request on, a query is one compiled statement.
- **walker**: the gateway without compiled statements (`GATEWAY_COMPILE_AFTER=0`): each level of a query is read in batches.
- **floor+** and **gateway+** remember for a minute that they have verified a token. All others verify it in each request.
- **naive**: the usual first implementation: strawberry with its defaults, SQLAlchemy objects behind data loaders, Oso
  called for every field. ([benchmarks/peers/naive.py](../benchmarks/peers/naive.py))

Each is one process of uvicorn with uvloop and httptools. The peers have a pool of 20 connections, the gateway up to
16 for compiled statements. PostgreSQL and the measuring client run on the same machine. Before the measurement the
responses are compared as JSON. Global ids are decrypted first, because floor and naive write plain keys; timestamps
are compared as points in time. Nothing that Q1 and Q2 request is hidden from the caller. In Q3 a hidden list is null,
with its reason in `errors`, and empty in *open*. In Q4, plan and wallet are hidden where access is LIMITED; *open*
and *naive* have no such page. *naive* has no Q5.
"""
METHOD: Final = """
## Method

```sh
scripts/bench                                              # everything: about half an hour
scripts/bench --clients 5000 --invoices 50000 --rounds 3   # less; --help shows the other options
```

The script starts a PostgreSQL of its own, creates the data once, and starts the four servers. Rounds are interleaved: every
server receives every document for a few seconds before the next round begins, so variations of the machine affect all
servers alike. Rates are the median of the rounds; p50 and p99 are computed over all responses. One process sends all
requests, HTTP/1.1 on keep-alive connections; each response must be 200 and equal to the previous one byte for byte.
Processor time is that of the server's process, and of all PostgreSQL processes, by the system's clocks, on one connection.
Statements are counted in PostgreSQL's log, including those that begin and end transactions. The cost of authorization is
the median of many pairs of slices, the gateway's and the open server's in turn.

Q5 is measured on one connection alone. *naive* receives Q1 on 32 connections and Q3 on one in the first round only, 32
times and at least once; Q3 on 32 connections would take minutes and show nothing new.

`python -m benchmarks.cpu` measures processor time only, in a minute, for developers who change the code.
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
        if ("floor", document, 32) in measured.figures
    }
    title = "Requests per second on 32 connections (of the floor), logarithmic"
    page.with_suffix(".svg").write_text(bars(title, groups, ours="gateway"), "utf-8")


def _page(measured: Measured, picture: str) -> str:
    parts = [
        "# Performance",
        f"Written by `scripts/bench` on {datetime.now(UTC):%d %B %Y}: {measured.place.sizes}; rounds: {measured.rounds}."
        f" {os.cpu_count()} cores for everything, with a load of {measured.load:.1f} before the start."
        f" PostgreSQL {measured.place.version}, Python {platform.python_version()}.",
        INTRODUCTION.strip(),
        f"![Requests per second of the servers]({picture})",
        "## Promises",
        _table(
            ("", "", "figure"),
            [("holds" if one.holds else "**fails**", one.promise, one.figure) for one in measured.judged],
        ),
        "PostgreSQL's processor time for the gateway in addition to *open*: "
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
        floor = measured.figures.get(("floor+" if name.endswith("+") else "floor", document, 32))
        rows.append(
            (
                f"**{name}**" if name == "gateway" else name,
                *(
                    ("–",) * 4
                    if many is None or floor is None
                    else (said(many.rate), f"{many.rate / floor.rate:.2g}", *_times(many))
                ),
                *(("–",) * 6 if alone is None else (said(alone.rate), *_times(alone), *_work(alone))),
                f"{measured.statements.get((name, document), '–')}",
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
