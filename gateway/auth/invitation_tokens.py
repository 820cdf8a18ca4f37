"""The tokens of offers to an address, by the kinds of their letters: each sending has its own, and the last one works (L18)."""

from typing import Final
from uuid import UUID

from gateway.auth.secret_tokens import derived_token

PREFIXES: Final = {
    "STAFF_INVITATION": "gws_",
    "CLIENT_MEMBER_INVITATION": "gwm_",
    "CLIENT_INVITATION": "gwc_",
    "ACCOUNT_CREATED": "gwf_",
    "PASSWORD_RESET": "gwp_",
}


def offered_token(secret: bytes, kind: str, key: UUID, sendings: int = 1) -> str:
    """What stands in the letter of so many sendings of one offer."""
    return derived_token(secret, PREFIXES[kind], key, sendings)
