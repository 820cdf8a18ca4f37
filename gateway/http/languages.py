"""The language of messages for people, by the header Accept-Language (D74)."""

from functools import lru_cache
from typing import Final

from starlette.requests import HTTPConnection

from gateway.http.preferences import weighted
from gateway.messages import ENGLISH, LANGUAGES

MAX_LENGTH: Final = 1000
"""Characters of the header. A longer one is ignored."""


def language_of(request: HTTPConnection) -> str:
    """Returns the one of LANGUAGES that the caller prefers, or English."""
    header = ",".join(request.headers.getlist("accept-language"))
    return preferred(header) if 0 < len(header) <= MAX_LENGTH else ENGLISH


@lru_cache(maxsize=256)
def preferred(header: str) -> str:
    """Returns the language for a header: `de-CH` is German (RFC 4647, 3.4). Of equal weights, the first in the header wins."""
    best, most = ENGLISH, 0.0
    for name, weight in weighted(header).items():
        language = ENGLISH if name == "*" else name.partition("-")[0]
        if language in LANGUAGES and weight > most:
            best, most = language, weight
    return best
