"""Sessions in clients' accounts, as they are read (M11)."""

from collections.abc import Awaitable

from gateway.auth.viewers import FirmViewer
from gateway.context import Info
from gateway.loaders import Seen
from gateway.resolvers.pages import Asked, Listing, by_id
from gateway.resolvers.values import Connection
from gateway.schema.inputs import After, Before, First, Last


def client(root: Seen, info: Info) -> Awaitable[Seen | None]:
    return info.context.load.node("Client", root.row.client_id)


def own(info: Info) -> Awaitable[Seen | None] | None:
    """The one that the viewer is in now."""
    viewer = info.context.viewer
    return info.context.load.session_of(viewer.member_id) if isinstance(viewer, FirmViewer) else None


def of_client(
    root: Seen,
    info: Info,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Awaitable[Connection]:
    load = info.context.load
    listing = Listing(info.context, "Client.sessions", (root.id,), by_id)
    page = listing.page(Asked(first, after, last, before))
    return listing.connected(load.sessions_of(root.id, page), lambda: load.sessions_counted_of(root.id))
