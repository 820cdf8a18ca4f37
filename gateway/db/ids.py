"""UUIDv7 keys (RFC 9562, section 5.7): ordered by their time of creation."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)


def made_at(key: UUID) -> datetime:
    """The time in a key, to the millisecond."""
    return EPOCH + (key.int >> 80) * MILLISECOND


def uuid7(at: datetime, entropy: int | None = None) -> UUID:
    """A key for the time `at`, to the millisecond; `entropy` (74 bits) makes it reproducible."""
    noise = secrets.randbits(74) if entropy is None else entropy & (1 << 74) - 1
    value = ((at - EPOCH) // MILLISECOND & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (noise >> 62) << 64 | 0b10 << 62 | noise & (1 << 62) - 1
    return UUID(int=value)
