"""UUIDv7 keys (RFC 9562, section 5.7): ordered by the time they were made."""

import secrets
from datetime import datetime
from uuid import UUID


def uuid7(at: datetime, entropy: int | None = None) -> UUID:
    """A key for `at`, to the millisecond; `entropy` (74 bits) makes it reproducible."""
    noise = secrets.randbits(74) if entropy is None else entropy & (1 << 74) - 1
    value = (int(at.timestamp() * 1000) & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (noise >> 62) << 64 | 0b10 << 62 | noise & (1 << 62) - 1
    return UUID(int=value)
