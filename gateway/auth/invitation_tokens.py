"""Tokens of offers to an e-mail address, by the kind of mail. Each sending has its own token; only the last one works (L18)."""

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
    """Returns the token in the mail of an offer, after `sendings` sendings of this offer."""
    return derived_token(secret, PREFIXES[kind], key, sendings)
