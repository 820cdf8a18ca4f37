"""How much processor a request takes, for whoever changes the code: `python -m benchmarks.cpu`.

Starts the server as `gateway serve` does and asks three documents on one connection. It prints, for each, the
milliseconds of processor time per request of the server and of PostgreSQL, and the median time that an answer takes.
The least of all rounds counts: whatever else the machine does only ever adds.

The database is seeded once (20,000 clients, 200,000 invoices: a quarter of a minute) and kept in `--keep`, a folder
`gateway-bench` where temporary files go unless told otherwise; `--erase` removes it. `--server` measures a peer.
"""

import argparse
import shutil
from pathlib import Path
from statistics import median
from tempfile import gettempdir

from benchmarks.asks import asks
from benchmarks.servers import COMMANDS, Secrets, served
from benchmarks.slices import sliced
from benchmarks.worlds import Sizes, house, say, world
from gateway.db import embedded


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.cpu", description=(__doc__ or "").split("\n", 1)[0])
    words.add_argument("--keep", type=Path, default=Path(gettempdir()) / "gateway-bench")
    words.add_argument("--erase", action="store_true", help="remove the folder and do nothing else")
    words.add_argument("--clients", type=int, default=20_000)
    words.add_argument("--invoices", type=int, default=200_000)
    words.add_argument("--requests", type=int, default=200)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--server", choices=list(COMMANDS), default="gateway")
    told = words.parse_args()
    if told.erase:
        embedded.erase(told.keep / "postgres")
        shutil.rmtree(told.keep, ignore_errors=True)
        return
    secrets = Secrets()
    with house(told.keep) as running:
        place = world(running, Sizes(told.clients, told.invoices))
        with served(told.server, place.url, secrets) as measured:
            say(f"{told.server}: {place.sizes}; least of {told.rounds} rounds of {told.requests} requests")
            for name, ask in asks(measured.name, place, secrets).items():
                sliced(measured, running, ask, requests=min(20, told.requests))
                parts = [sliced(measured, running, ask, requests=told.requests) for _ in range(told.rounds)]
                own = min(part.each for part in parts)
                its = min(part.postgres for part in parts) * 1000 / told.requests
                took = min(median(part.milliseconds) for part in parts)
                size = parts[0].body_bytes
                say(f"{name}: {own:6.2f} ms of processor, PostgreSQL {its:6.2f} ms, p50 {took:6.2f} ms, {size:,} bytes")


if __name__ == "__main__":
    main()
