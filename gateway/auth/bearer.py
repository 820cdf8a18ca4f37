"""Reads the bearer token of a request."""

import re
from collections.abc import Mapping
from typing import Final

from gateway.auth.access_tokens import NOT_GOOD
from gateway.errors import Unauthenticated

MAX_LENGTH: Final = 16_384  # characters; the gateway's tokens have about 500, those of providers up to some thousands

_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """Returns the bearer token, or None if there is no Authorization header.

    Raises `Unauthenticated` for any other header value. `headers` must look names up without regard to case.
    """
    header = headers.get("Authorization")
    if header is None:
        return None
    read = _BEARER.fullmatch(header) if len(header) <= MAX_LENGTH else None
    if read is None:
        raise Unauthenticated(NOT_GOOD)
    return read[1]
