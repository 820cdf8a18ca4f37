"""Opaque tokens: random texts that are shown once and stored only as a hash."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from uuid import UUID


def new_token(prefix: str) -> str:
    """Returns the prefix and 256 random bits, so that the token cannot be guessed."""
    return prefix + secrets.token_urlsafe(32)


def derived_token(secret: bytes, prefix: str, key: UUID, number: int) -> str:
    """Returns the token of one sending of one offer. It can be derived again, but only with the gateway's secret.

    So the token is not stored, and its mail can be written later.
    """
    sending = f"{prefix} {key} {number}".encode()
    return prefix + urlsafe_b64encode(hmac.digest(secret, sending, "sha256")).rstrip(b"=").decode()


def hash_of(token: str) -> bytes:
    """Returns the stored form of a token. A fast hash is enough, because the token has 256 random bits."""
    return sha256(token.encode()).digest()
