"""Stable keys of the demo world's rows, by handle."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from gateway.db.ids import uuid7

DEMO_NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""The clock of the tests: a Monday morning."""

DAYS_AGO: Final = {
    "F-C1": 430,
    "F-C2": 310,
    "F-C3": 450,
    "F-C4": 410,
    "G-C4": 110,
    "F-C5": 45,
    "G-C6": 360,
    "F-C7": 3,
    "F-C8": 14,
    "F-C1 talk": 430,
    "F-C2 talk": 310,
    "F-C4 talk": 390,
    "G-C4 talk": 110,
    "F-C5 talk": 45,
    "F-C6 talk": 6,
    "G-C6 talk": 360,
    "F-C7 talk": 3,
    "C1#1": 330,
    "C1#2": 210,
    "C1#3": 60,
    "C1#4": 1,
    "C2#1": 150,
    "C3#1": 420,
    "C3#2": 300,
    "C3#3": 240,
    "C3#4": 120,
    "C3#5": 20,
    "C4#1": 380,
    "C4#2": 320,
    "C4#3": 260,
    "C4#4": 200,
    "C4#5": 140,
    "C4#6": 80,
    "C4#7": 40,
    "C6#1": 335,
    "C6#2": 160,
    "C6#3": 10,
}
"""When a collaboration was requested or an invoice ordered. Lists of these are sorted by key, and a key begins with its time."""


def key(handle: str, days: int | None = None) -> UUID:
    """The key of `C1`, `ada`, `F`, `F-C4` or `C4#2`, equal in every demo world, for the time `days` before DEMO_NOW."""
    ago = DAYS_AGO.get(handle, 500) if days is None else days
    return uuid7(DEMO_NOW - timedelta(days=ago), int.from_bytes(sha256(handle.encode()).digest()[:10]))
