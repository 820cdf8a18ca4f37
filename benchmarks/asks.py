"""The three documents as requests, for each server: the same but for the ids, which each writes in its own way."""

from benchmarks.load import Ask
from benchmarks.questions import ACCOUNT, OVERVIEW, PORTFOLIO
from benchmarks.servers import Name, Secrets
from benchmarks.worlds import World


def asks(server: Name, world: World, secrets: Secrets) -> dict[str, Ask]:
    client = secrets.seal.id("Client", world.client) if server in ("gateway", "open") else str(world.client)
    bookkeeper, admin = secrets.token(world.bookkeeper), secrets.token(world.admin)
    return {
        "Q1": Ask(PORTFOLIO, {"first": 50}, bookkeeper),
        "Q2": Ask(ACCOUNT, {"id": client}, bookkeeper),
        "Q3": Ask(OVERVIEW, {"first": 500}, admin),
    }
