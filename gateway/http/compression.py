"""Compression of responses, for callers with a bearer token.

The length of a compressed response depends on its contents. An attacker who can choose parts of a request of another person, as a
page of another origin can where cookies identify a caller, could guess the other parts from it. A bearer token is sent by none
but its holder. Responses that may hold a token are not compressed at all.
"""

import gzip
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Final

import brotli
import zstandard

from gateway.http.preferences import weighted

ENCODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "br": partial(brotli.compress, quality=4),
    "zstd": lambda body: zstandard.ZstdCompressor(level=3).compress(body),
    "gzip": partial(gzip.compress, compresslevel=5, mtime=0),
}
"""By the names of their content codings, the preferred one first. Some libraries accept zstd where their runtime cannot read it."""
MAX_AT_ONCE: Final = 262_144
"""Bytes that are compressed within some milliseconds. More are compressed in another thread."""


@lru_cache(maxsize=256)
def accepted(header: str) -> str | None:
    """Returns the coding for an Accept-Encoding header (RFC 9110, 12.5.3); None for a response without one.

    Of those that it prefers equally, the first of ENCODINGS is returned. What cannot be read counts as not accepted.
    """
    qualities = weighted(header)
    best = max(ENCODINGS, key=lambda name: qualities.get(name, qualities.get("*", 0.0)))
    quality = qualities.get(best, qualities.get("*", 0.0))
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else None
