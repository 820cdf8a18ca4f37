"""The credentials that a request shows."""

import re
from collections.abc import Mapping
from typing import Final

from gateway.auth.access_tokens import NOT_GOOD
from gateway.errors import Unauthenticated

MAX_LENGTH: Final = 16_384  # characters; ours have about 500, those of a provider with many claims some thousands

_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The bearer token in headers whose names are looked up without regard to case; `Unauthenticated` for anything else."""
    header = headers.get("Authorization")
    if header is None:
        return None
    read = _BEARER.fullmatch(header) if len(header) <= MAX_LENGTH else None
    if read is None:
        raise Unauthenticated(NOT_GOOD)
    return read[1]
