"""Objects by global id, and why a field of an object is hidden. Every lookup has the same scope as the lists (L4)."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from gateway.context import Context, Info
from gateway.errors import BadInput, NotFound
from gateway.loaders import VisibleRow
from gateway.policy.explain import Explanation, explained
from gateway.reads.declarations import is_declared
from gateway.reads.requests import NO_OBJECT
from gateway.reads.roots import MAX_NODES, require_few, require_known
from gateway.schema.core.arguments import Fields, Id, Ids


async def found(context: Context, type_name: str, text: str) -> VisibleRow:
    """Returns the object of this type. Raises NotFound for an id of another type, an unknown id or a hidden object."""
    known, key = context.seal.open_id(text)
    # An id of another type is looked up like any other: each NotFound costs the same work, and so the same time.
    row = await context.load.node(type_name, key)
    if row is None or known != type_name:
        raise NotFound
    return row


async def seen_or_refused(context: Context, type_name: str, key: UUID) -> VisibleRow:
    row = await context.load.node(type_name, key)
    if row is None:
        raise NotFound
    return row


async def _node(context: Context, text: str) -> VisibleRow:
    type_name, key = context.seal.open_id(text)
    # An order or the platform has an id, but is no object of the graph: its key is looked up among objects that cannot have it,
    # so that this NotFound costs the same work, too.
    return await seen_or_refused(context, type_name if is_declared(type_name) else NO_OBJECT, key)


async def node(info: Info, id: Id) -> VisibleRow:
    return await _node(info.context, id)


async def nodes(info: Info, ids: Ids) -> list[VisibleRow | BaseException]:
    """Returns the objects in the order of the ids. An object that is not found is null with an error of its own."""
    if len(ids) > MAX_NODES:
        raise BadInput(f"`ids` must contain at most {MAX_NODES} ids.")
    for text in ids:
        info.context.seal.open_id(text)  # malformed ids are refused before anything is read
    answers = await asyncio.gather(*(_node(info.context, text) for text in ids), return_exceptions=True)
    return list(answers)


async def why_hidden(info: Info, id: Id, fields: Fields) -> list[Explanation]:
    return await explain(info.context, id, [str(field.value) for field in fields])


async def explain(context: Context, id: str, fields: Sequence[str]) -> list[Explanation]:
    """Explains of each field whether and why it is hidden. Raises NotFound for an object that the viewer may not see.

    Raises BadInput for a field that the type does not have.
    """
    require_few(fields)
    row = await _node(context, id)
    require_known(row.situation.plan, fields)
    return [explained(context.policy, row.situation, field) for field in fields]
