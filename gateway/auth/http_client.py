"""Asking the provider over HTTP: bounded in time and in size, and never led elsewhere."""

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
    """The provider gave no answer that can be used. The text says why, for the log; `status` is its own, if it said one."""

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


def is_safe_address(text: str) -> bool:
    """Whether `text` is an address where nobody between can read or change anything: https, or the machine itself."""
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
    """`seconds` bound a whole answer, however slowly it drips."""

    client: httpx.AsyncClient
    seconds: float

    async def read(self, address: str, *, token: str | None = None) -> Mapping[str, Any]:
        """The JSON object at an address, or NotAnswered. A redirect is no answer."""
        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        try:
            async with asyncio.timeout(self.seconds), self.client.stream("GET", address, headers=headers) as response:
                if response.status_code != httpx.codes.OK:
                    raise NotAnswered(f"status {response.status_code}", response.status_code)
                body = await _bounded(response)
        except TimeoutError:
            raise NotAnswered("no answer in time") from None
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
