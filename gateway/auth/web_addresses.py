"""Addresses of web pages that callers give: absolute, of one scheme, without credentials and without odd characters."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

# A host by name or by number, no credentials before it, and then nothing that an address does not hold.
_ADDRESS: Final = re.compile(
    r"https?://(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?([/?#][!#-;=?-\[\]_a-z~]*)?", re.IGNORECASE
)
# Labels as DNS has them, two at least, the last one not a number.
_DOMAIN: Final = re.compile(
    r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?![0-9]+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII
)
PORTS: Final = {"https": 443, "http": 80}


def read_address(text: str, longest: int) -> SplitResult | None:
    """The parts of an http or https address of at most `longest` characters, or None where `text` is not one."""
    if len(text) > longest or _ADDRESS.fullmatch(text) is None:
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:  # a port above 65535, or a number in brackets that is no address
        return None
    return parts


def is_public_site(parts: SplitResult) -> bool:
    """Whether it is an https address with a domain name: not a number, and not a name of one machine's own network."""
    host = parts.hostname or ""
    return parts.scheme == "https" and len(host) <= 253 and _DOMAIN.fullmatch(host) is not None


def origin_of(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port, in the one spelling that is compared."""
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
