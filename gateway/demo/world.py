"""The demo's settings, embedded PostgreSQL server and sample data."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from gateway.auth.http_client import is_safe_address
from gateway.db import embedded, migrate
from gateway.db.engine import make_engine
from gateway.db.seeds.companies import CLIENTS, FIRMS
from gateway.db.seeds.demo import key, seed_demo
from gateway.db.seeds.people import DEMO_PASSWORD, PEOPLE, Person
from gateway.demo.keys import home
from gateway.demo.product import PLACE
from gateway.settings import Settings


def with_explorer(settings: Settings) -> Settings:
    """Returns settings with the explorer at /, unless GATEWAY_EXPLORER is set."""
    return settings if "explorer" in settings.model_fields_set else settings.model_copy(update={"explorer": True})


def with_mails(settings: Settings) -> Settings:
    """Returns settings for the worker: mails are written into files, which the page /mails shows."""
    return settings.model_copy(
        update={
            "mail_folder": mail_folder(settings),
            "mail_from": settings.mail_from or "Partner portal <portal@portal.example>",
            "portal_url": settings.portal_url or "https://portal.example",
        }
    )


def with_product(settings: Settings, host: str, port: int) -> Settings:
    """Returns settings with a product, so that accounts can be entered: the demo's own page, unless a product is configured."""
    if settings.product_url is not None:
        return settings
    here = f"http://{host}:{port}"
    at = here if is_safe_address(here) else f"http://127.0.0.1:{port}"
    return settings.model_copy(update={"product_url": at + PLACE})


def mail_folder(settings: Settings) -> Path:
    return settings.mail_folder or home() / "mails"


def guests() -> list[dict[str, str]]:
    """Returns the people as whom the explorer offers to sign in."""
    return [
        {
            "name": person.name,
            "email": person.email,
            "password": DEMO_PASSWORD,
            "what": described(person),
        }
        for person in PEOPLE
    ]


def rows() -> dict[str, tuple[str, UUID]]:
    """Returns type and key of each object that the examples of the explorer name."""
    return {f"Client:{handle}": ("Client", key(handle)) for handle in CLIENTS}


def described(person: Person) -> str:
    """Returns what the person does, with the names of firms and clients instead of their handles."""
    names = {handle: firm.name for handle, firm in FIRMS.items()}
    names |= {handle: client.name for handle, client in CLIENTS.items()}
    handle = re.compile(rf"\b(?:firm )?({'|'.join(names)})\b")
    return handle.sub(lambda found: names[found[1]], person.what)


@contextmanager
def with_database(settings: Settings) -> Iterator[Settings]:
    """Yields settings with a database: the configured one, or an embedded server that runs until the context is left."""
    if settings.database_url is not None:
        yield settings
        return
    with embedded.start(home() / "postgres") as running:
        yield settings.model_copy(update={"database_url": SecretStr(running.url)})


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal stop the demo like Ctrl-C, so that its PostgreSQL server is stopped as well."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    hangup = signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGHUP, hangup)


async def prepare(url: str) -> None:
    """Migrates the database, and creates the sample data if it does not exist yet."""
    await migrate.upgrade(url)
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.begin() as connection:
            await seed_demo(connection, datetime.now(UTC))
    finally:
        await engine.dispose()


def port_problem(host: str, port: int) -> str | None:
    """Returns an error text if the port cannot be used; None otherwise."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"Port {port} of {host} is not available ({error.strerror}); set PORT to another one."
    return None


def greeting(host: str, port: int) -> str:
    """Returns the text at start-up: who can sign in, and two example queries."""
    people = "\n".join(f"  {person.handle:8} {person.email:40} {described(person)}" for person in PEOPLE)
    endpoint = f"http://{host}:{port}/graphql"
    return f"""
The gateway runs at {endpoint}. The password of every account is {DEMO_PASSWORD}
The explorer at http://{host}:{port}/ signs in as any of these people with one click.
Mails are not sent. They are shown at http://{host}:{port}/mails.

{people}

The same query as two people, with two results (from another terminal, in this folder):

{_curl(endpoint, "ada")}

{_curl(endpoint, "ben")}

Press Ctrl-C to stop.
"""


def _curl(endpoint: str, person: str) -> str:
    query = json.dumps({"query": "{ clients(first: 10) { totalCount nodes { name kpis { kind count } } } }"})
    return (
        f'  curl -s {endpoint} -H "Authorization: Bearer $(.venv/bin/gateway token --as {person} | tail -n 1)" \\\n'
        f"    -H 'Content-Type: application/json' -d '{query}'"
    )
