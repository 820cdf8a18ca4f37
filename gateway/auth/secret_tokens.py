"""Tokens that say nothing: random texts, shown once and kept as their hash."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from uuid import UUID


def new_token(prefix: str) -> str:
    """A text that nobody can guess: 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def derived_token(secret: bytes, prefix: str, key: UUID, number: int) -> str:
    """The text of one sending of one invitation: whoever has our secret makes the same one again, and nobody else can.

    So it is kept nowhere, and the letter that carries it can be written later.
    """
    said = f"{prefix} {key} {number}".encode()
    return prefix + urlsafe_b64encode(hmac.digest(secret, said, "sha256")).rstrip(b"=").decode()


def hash_of(token: str) -> bytes:
    """What is kept of a token. So many random bits need no slow hash."""
    return sha256(token.encode()).digest()
