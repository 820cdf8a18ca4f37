"""Pending work of a client, as far as its members and its firms may see it (H44, H59)."""

from collections.abc import Awaitable

from gateway.context import Info
from gateway.loaders import VisibleRow
from gateway.resolvers.core.connections import PageArguments, nested
from gateway.resolvers.core.formats import Connection
from gateway.schema.core.arguments import After, Before, First, Last, OneSection


def kpis(root: VisibleRow, info: Info) -> Awaitable[list[VisibleRow]]:
    return info.context.load.kpis_of(root.id)


async def pending_total(root: VisibleRow, info: Info) -> int:
    """Returns the total of the counts of the visible kinds (D45), from the same rows and the same statement as `kpis`."""
    return sum(kpi.row.items or 0 for kpi in await info.context.load.kpis_of(root.id))


def pending_activities(
    root: VisibleRow,
    info: Info,
    section: OneSection = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Awaitable[Connection] | None:
    """Lists all visible tasks, or those of one section: null with a reason where that section is not shared (D45)."""
    arguments = PageArguments(first, after, last, before)
    if section is None:
        return nested("Client.pendingActivities", root, info, arguments)
    part = f"pendingActivities({section.value})"
    if not root.situation.sees(part):
        info.context.denials.add(root.type_name, part, root.situation, info.path)
        return None
    return nested("Client.pendingActivities", root, info, arguments, section.value)
