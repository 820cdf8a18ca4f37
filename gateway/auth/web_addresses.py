"""Parses web addresses that callers provide: absolute, http or https, without credentials or unusual characters."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

# A host name or an IP address, no credentials before it, and after it only characters that are valid in an address.
_ADDRESS: Final = re.compile(
    r"https?://(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?([/?#][!#-;=?-\[\]_a-z~]*)?", re.IGNORECASE
)
# At least two DNS labels, of which the last one is not a number.
_DOMAIN: Final = re.compile(
    r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?![0-9]+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII
)
PORTS: Final = {"https": 443, "http": 80}


def read_address(text: str, longest: int) -> SplitResult | None:
    """Returns the parts of an http or https address of at most `longest` characters; None if `text` is not one."""
    if len(text) > longest or _ADDRESS.fullmatch(text) is None:
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:  # a port above 65535, or an invalid IP address in brackets
        return None
    return parts


def is_public_site(parts: SplitResult) -> bool:
    """Whether it is an https address with a public domain name: not an IP address and not a host name without a dot."""
    host = parts.hostname or ""
    return parts.scheme == "https" and len(host) <= 253 and _DOMAIN.fullmatch(host) is not None


def origin_of(parts: SplitResult) -> tuple[str, str, int]:
    """Returns scheme, host and port in a form that can be compared."""
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
