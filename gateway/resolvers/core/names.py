"""Renaming of companies and firms. Database triggers copy a new name to the collaborations that show it (D42, H63)."""

from typing import Any

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import Client, Firm
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.clients.inputs import RenameCompanyInput, RenameFirmInput
from gateway.text.keys import sort_key, spelled_key


async def rename_company(info: Info, input: RenameCompanyInput) -> Any:
    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize(*change.subject(), "RENAME_COMPANY")
        await change.connection.execute(sa.update(Client).where(Client.id == row.id).values(named(input.name)))
        return {"client": Node("Client", row.id)}

    return await run_mutation(info, work)


async def rename_firm(info: Info, input: RenameFirmInput) -> Any:
    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize(*change.subject(), "RENAME_FIRM")
        await change.connection.execute(sa.update(Firm).where(Firm.id == row.id).values(named(input.name)))
        return {"firm": Node("Firm", row.id)}

    return await run_mutation(info, work)


def named(name: str) -> dict[str, str]:
    """Returns the columns of a name that the form has checked."""
    return {"name": name, "name_key": sort_key(name), "spelled_key": spelled_key(name)}
