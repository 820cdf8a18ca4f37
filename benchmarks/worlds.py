"""The worlds that are measured: databases of one PostgreSQL of our own, each seeded once."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

import asyncpg
from rich.progress import Progress
from sqlalchemy import make_url

from gateway.db import embedded, migrate
from gateway.db.seeds.large import seed_large
from gateway.db.seeds.people import LARGE_PEOPLE

ADMIN, BOOKKEEPER = (person.email for person in LARGE_PEOPLE)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is in a world; staff and firms fall with the clients, so that small worlds are quickly made."""

    clients: int = 100_000
    invoices: int = 1_000_000

    @property
    def firms(self) -> int:
        return max(5, min(200, self.clients // 100))

    @property
    def staff(self) -> int:
        return self.firms * 10

    def __str__(self) -> str:
        return f"{self.clients:,} clients and {self.invoices:,} invoices"


@dataclass(frozen=True, slots=True)
class World:
    """A seeded database, who asks there, one client of the bookkeeper's to ask about, and what is hidden from them, by type."""

    url: str
    version: str
    sizes: Sizes
    admin: UUID
    bookkeeper: UUID
    client: UUID
    hidden: Mapping[str, UUID]


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (a command speaks to its terminal)


@contextmanager
def house(kept: Path | None) -> Iterator[embedded.Server]:
    """A server on a folder that stays, or on one that goes with us."""
    if kept is not None:
        with embedded.start(kept / "postgres", durable=False) as running:
            yield running
        return
    with TemporaryDirectory(prefix="gateway-bench-") as folder:
        data = Path(folder) / "postgres"
        with embedded.start(data, durable=False) as running:
            yield running
        embedded.erase(data)


def postmaster(running: embedded.Server) -> int:
    """The process of the embedded, whose children are its own."""
    return int((running.room / "data" / "postmaster.pid").read_text().split()[0])


def world(running: embedded.Server, sizes: Sizes, progress: Progress | None = None) -> World:
    """The world of these sizes: the one that is there, or a new one."""
    return asyncio.run(_world(running, sizes, progress))


async def _world(running: embedded.Server, sizes: Sizes, progress: Progress | None) -> World:
    name = f"world_{sizes.clients}_{sizes.invoices}"
    async with connected(running.url) as postgres:
        # It is made under another name: what bears its own is whole.
        if not await postgres.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await postgres.execute(f"DROP DATABASE IF EXISTS {name}_unfinished")
            await postgres.execute(f"CREATE DATABASE {name}_unfinished")
            await _fill(running.url_of(f"{name}_unfinished"), sizes, progress)
            await postgres.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")
    async with connected(running.url_of(name)) as connection:
        admin, bookkeeper = [await connection.fetchval(PERSON, email) for email in (ADMIN, BOOKKEEPER)]
        client = await connection.fetchval(BUSIEST, bookkeeper)
        hidden = {name: await connection.fetchval(text, bookkeeper) for name, text in HIDDEN.items()}
        version = (await connection.fetchval("SHOW server_version")).split()[0]
    return World(running.url_of(name), version, sizes, admin, bookkeeper, client, hidden)


async def _fill(url: str, sizes: Sizes, progress: Progress | None) -> None:
    await migrate.upgrade(url)
    await seed_large(
        url,
        firms=sizes.firms,
        clients=sizes.clients,
        invoices=sizes.invoices,
        staff=sizes.staff,
        progress=progress,
    )
    async with connected(url) as connection:
        await connection.execute(RELIEVED, await connection.fetchval(PERSON, BOOKKEEPER))
        await connection.execute("VACUUM (ANALYZE) assignment")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(plain(url))
    try:
        yield connection
    finally:
        await connection.close()


def plain(url: str) -> str:
    """The address as asyncpg reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


PERSON: Final = "SELECT id FROM user_account WHERE email_key = $1"
# Nothing that the bookkeeper asks for is hidden then, so that servers which hide nothing give the same answers.
RELIEVED: Final = """
    UPDATE assignment SET ended_at = now()
    WHERE member_id = (SELECT id FROM firm_member WHERE user_id = $1) AND NOT EXISTS (
        SELECT FROM collaboration k JOIN access_grant g ON g.collaboration_id = k.id AND g.revoked_at IS NULL
        WHERE k.client_id = assignment.client_id AND k.state = 'active' AND g.expires_at > now()
          AND k.firm_id = (SELECT firm_id FROM firm_member WHERE user_id = $1)
    )
"""
HIDDEN: Final = {
    "Client": """
        SELECT client_id FROM collaboration k WHERE state = 'active' AND NOT EXISTS (
            SELECT FROM collaboration o JOIN firm_member m USING (firm_id) WHERE o.client_id = k.client_id AND m.user_id = $1
        ) ORDER BY id LIMIT 1
    """,
    "Invoice": """
        SELECT i.id FROM invoice i JOIN firm_member m ON i.firm_id <> m.firm_id
        WHERE m.user_id = $1 AND i.state = 'open' ORDER BY i.id LIMIT 1
    """,
    "Collaboration": """
        SELECT k.id FROM collaboration k JOIN firm_member m ON k.firm_id <> m.firm_id
        WHERE m.user_id = $1 AND k.state = 'active' ORDER BY k.id LIMIT 1
    """,
}
"""Objects of other firms, by type."""
BUSIEST: Final = """
    SELECT a.client_id FROM assignment a JOIN firm_member m ON m.id = a.member_id
    LEFT JOIN invoice i ON i.client_id = a.client_id AND i.firm_id = m.firm_id AND i.billing_mode = 'partner'
    WHERE m.user_id = $1 AND a.ended_at IS NULL
    GROUP BY a.client_id ORDER BY count(i.id) DESC, a.client_id LIMIT 1
"""
