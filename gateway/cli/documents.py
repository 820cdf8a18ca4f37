"""The commands `gateway documents`: publish, list, retire and check the documents of shipped clients."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from graphql import GraphQLSchema, build_schema
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.app import load_policy, policy_folder, rows_of_tables
from gateway.db.engine import make_engine
from gateway.db.queries import trusted_documents
from gateway.documents.changes import changes
from gateway.documents.manifests import Shipped, read_manifest
from gateway.documents.publication import Checked, Publisher, store
from gateway.policy import Policy
from gateway.schema.build import build_schema as executable_schema
from gateway.schema.core.list_bounds import list_sizes
from gateway.settings import Settings

Result = TypeVar("Result")


def in_database(url: str, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
    """Runs `work` in one transaction."""

    async def run() -> Result:
        engine = make_engine(url, pool_size=1, overflow=0)
        try:
            async with engine.begin() as connection:
                return await work(connection)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def published(files: list[Path], application: str, settings: Settings, url: str) -> list[str]:
    """Publishes all documents of the manifests, or none. Returns a line for each. Raises ValueError with all faults."""
    policy = load_policy(policy_folder(settings))
    schema = executable_schema(policy)
    publisher = Publisher(schema, policy, settings, dict(list_sizes(schema)))
    checked: list[Checked] = []
    faults = []
    for shipped in dict.fromkeys(document for file in files for document in read_manifest(file)):
        try:
            checked.append(publisher.checked(shipped))
        except ValueError as fault:
            faults.append(f"{shipped.id}: {fault}")
    if faults:
        raise ValueError("Nothing was published.\n" + "\n".join(faults))
    in_database(url, lambda connection: store(connection, checked, application, datetime.now(UTC)))
    return [_line(each) for each in checked]


def _line(document: Checked) -> str:
    walked = ", ".join(f"{count} {reason}" for reason, count in sorted(document.walked.items()))
    return f"{document.id}  cost {document.cost}, compiled for {document.compiled} roles" + (
        f", not for: {walked}" if walked else ""
    )


def listed(application: str | None, url: str) -> list[str]:
    async def read(connection: AsyncConnection) -> list[str]:
        rows = await connection.execute(trusted_documents.all_of(application))
        return [
            f"{row.id}  {row.application}  cost {row.cost}  published {row.published_at:%Y-%m-%d}"
            + (f"  retired {row.retired_at:%Y-%m-%d}" if row.retired_at else "")
            for row in rows
        ]

    return in_database(url, read)


def retired(ids: list[str], url: str) -> list[str]:
    """Retires documents. Returns those ids that are not in force. Servers notice it after some seconds."""

    async def write(connection: AsyncConnection) -> list[str]:
        done = set((await connection.execute(trusted_documents.retired(ids, datetime.now(UTC)))).scalars())
        return [id for id in ids if id not in done]

    return in_database(url, write)


def in_force(url: str) -> list[Shipped]:
    async def read(connection: AsyncConnection) -> list[Shipped]:
        return [Shipped(*row) for row in await connection.execute(trusted_documents.in_force())]

    return in_database(url, read)


def changed(old: Path, new: Path, documents: list[Shipped], wanted: Path | None) -> list[str]:
    """A line for each document and change."""
    mapped = rows_of_tables()
    before, after = Policy.load(old, mapped), Policy.load(new, mapped)
    next_schema: GraphQLSchema | None = None if wanted is None else build_schema(wanted.read_text("utf-8"))
    return [
        f"{change.document.id}: {change.text}"
        for change in changes(documents, before, after, executable_schema(load_policy(old)), next_schema)
    ]
