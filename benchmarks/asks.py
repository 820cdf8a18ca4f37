"""The five documents as requests, for each server: the same but for the ids, which each writes in its own way."""

from typing import Final

from benchmarks.load import Ask
from benchmarks.questions import ACCOUNT, CLIENTS_PAGE, LEDGER, OVERVIEW, PORTFOLIO
from benchmarks.servers import Name, Secrets
from benchmarks.worlds import World

ABSENT: Final = {("naive", "Q4"), ("open", "Q4"), ("naive", "Q5")}
"""Documents whose fields the server does not have, or whose words it does not decide."""


def asks(server: Name, world: World, secrets: Secrets) -> dict[str, Ask]:
    client = (
        secrets.seal.id("Client", world.client)
        if server in ("gateway", "gateway+", "walker", "open")
        else str(world.client)
    )
    bookkeeper, admin = secrets.token(world.bookkeeper), secrets.token(world.admin)
    return {
        "Q1": Ask(PORTFOLIO, {"first": 50}, bookkeeper),
        "Q2": Ask(ACCOUNT, {"id": client}, bookkeeper),
        "Q3": Ask(OVERVIEW, {"first": 500}, admin),
        "Q4": Ask(CLIENTS_PAGE, {}, bookkeeper),
        "Q5": Ask(LEDGER, {"first": 500}, admin),
    }
