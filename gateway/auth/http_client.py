"""HTTP requests to the identity provider, limited in time and size, without redirects."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import orjson

MAX_SIZE: Final = 262_144  # bytes; documents of providers have some thousands


class NotAnswered(Exception):
    """The provider sent no usable response. The text is the reason, for the log; `status` is the HTTP status, if there was one."""

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


def is_safe_address(text: str) -> bool:
    """Whether requests to the address cannot be read or changed in transit: https, or http to this machine."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.fragment or parts.username is not None or not text.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class HttpClient:
    """`seconds` limits the time for a whole response, even if it arrives slowly."""

    client: httpx.AsyncClient
    seconds: float

    async def read(self, address: str, *, token: str | None = None) -> Mapping[str, Any]:
        """Returns the JSON object at an address. Raises NotAnswered if there is none; a redirect is not followed."""
        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        try:
            async with asyncio.timeout(self.seconds), self.client.stream("GET", address, headers=headers) as response:
                if response.status_code != httpx.codes.OK:
                    raise NotAnswered(f"status {response.status_code}", response.status_code)
                body = await _bounded(response)
        except TimeoutError:
            raise NotAnswered("no response in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotAnswered(type(error).__name__) from None
        try:
            read = orjson.loads(body)
        except ValueError:
            raise NotAnswered("not JSON") from None
        if not isinstance(read, dict):
            raise NotAnswered("not a JSON object")
        return read


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > MAX_SIZE:
            raise NotAnswered("too long")
    return bytes(body)
