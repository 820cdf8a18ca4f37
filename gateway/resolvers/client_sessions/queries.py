"""Queries for sessions in clients' accounts (M11)."""

from collections.abc import Awaitable

from gateway.auth.viewers import FirmViewer
from gateway.context import Info
from gateway.loaders import VisibleRow


def client(root: VisibleRow, info: Info) -> Awaitable[VisibleRow | None]:
    return info.context.load.node("Client", root.row.client_id)


def own(info: Info) -> Awaitable[VisibleRow | None] | None:
    """Returns the session that the viewer has now."""
    viewer = info.context.viewer
    return info.context.load.session_of(viewer.member_id) if isinstance(viewer, FirmViewer) else None
