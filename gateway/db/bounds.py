"""How much is stored of anything: lists without pages stay short, and no sum leaves the number that carries it."""

from typing import Final

MAX_PENDING: Final = 100_000_000
"""Of one kind of pending work of one client: the sum of all kinds is a GraphQL Int."""
MAX_MINOR: Final = 10**15
"""Of an amount of money in minor units, either way: the sum of some thousand of them is a bigint."""
MAX_OF_ONE: Final = 1_000_000
MAX_LINES: Final = 100
MAX_SPECIALTIES: Final = 20
MAX_LANGUAGES: Final = 20
MAX_PLACES: Final = 100
"""Firms and companies that one person belongs to."""
