"""Re-checks and locks the caller's membership before a mutation changes anything."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.viewers import ClientViewer, FirmToken, FirmViewer, Machine, PlatformViewer, Viewer
from gateway.db.models import ClientMember, FirmMember, IntegrationToken, PlatformMember


async def is_still_member(connection: AsyncConnection, viewer: Viewer) -> bool:
    """Whether the viewer's membership and role, or a machine's token, are the same as when the request began.

    If so, their rows are locked: no other transaction can change them before this one ends.
    """
    for row in _rows(viewer):
        if (await connection.execute(row.with_for_update(read=True))).one_or_none() is None:
            return False
    return True


def _rows(viewer: Viewer) -> list[Select[Any]]:
    match viewer:
        case FirmViewer() | FirmToken():
            membership = select(FirmMember.id).where(
                FirmMember.id == viewer.member_id, FirmMember.role == viewer.role, FirmMember.state == "active"
            )
            return [membership, *_token(viewer)]
        case ClientViewer():
            return [
                select(ClientMember.id).where(
                    ClientMember.id == viewer.member_id,
                    ClientMember.role == viewer.role,
                    ClientMember.state == "active",
                )
            ]
        case PlatformViewer():
            return [
                select(PlatformMember.user_id).where(
                    PlatformMember.user_id == viewer.user_id, PlatformMember.role == viewer.role
                )
            ]
        case _:
            return _token(viewer)


def _token(viewer: Viewer) -> list[Select[Any]]:
    if not isinstance(viewer, Machine):
        return []
    unrevoked = IntegrationToken.revoked_at.is_(None)
    return [select(IntegrationToken.id).where(IntegrationToken.id == viewer.token_id, unrevoked)]
