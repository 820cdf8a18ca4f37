"""The tokens of invitations: each sending has its own, and the last one works (L18)."""

from typing import Final
from uuid import UUID

from gateway.auth.opaque import derived_token

STAFF_PREFIX: Final = "gws_"


def staff_token(secret: bytes, invitation_id: UUID, sendings: int) -> str:
    """What stands in the letter of so many sendings of an invitation of staff."""
    return derived_token(secret, STAFF_PREFIX, invitation_id, sendings)
