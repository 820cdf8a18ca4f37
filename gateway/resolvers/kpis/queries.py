"""Pending work of a client, as far as its members and its firms may see it (H44, H59)."""

from collections.abc import Awaitable, Callable

from gateway.context import Info
from gateway.loaders import VisibleRow
from gateway.reads.edges import PagesOf
from gateway.reads.pages import PageArguments
from gateway.resolvers.core.connections import Connection, nested
from gateway.schema.core.arguments import After, Before, First, Last, OneSection


def pending_activities(edge: PagesOf) -> Callable[..., Awaitable[Connection] | None]:
    """Returns the resolver of all visible tasks, or those of one section: null with a reason if it is not shared (D45)."""

    def resolve(
        root: VisibleRow,
        info: Info,
        section: OneSection = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Awaitable[Connection] | None:
        arguments = PageArguments(first, after, last, before)
        if section is None:
            return nested(edge, root, info, arguments)
        part = edge.name_of_part(section.value)
        if not root.situation.sees(part):
            info.context.denials.add(root.type_name, part, root.situation, info.path)
            return None
        return nested(edge, root, info, arguments, section.value)

    return resolve
