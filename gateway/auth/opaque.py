"""Tokens that say nothing: random texts, shown once and kept as their hash."""

import secrets
from hashlib import sha256


def new_token(prefix: str) -> str:
    """A text that nobody can guess: 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """What is kept of a token. So many random bits need no slow hash."""
    return sha256(token.encode()).digest()
