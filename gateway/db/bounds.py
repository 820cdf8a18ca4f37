"""Upper bounds of stored data: they keep lists without pagination short and prevent sums from overflowing."""

from typing import Final

MAX_PENDING: Final = 100_000_000
"""Maximum count of one kind of pending work of one client: the sum of all kinds must fit into a GraphQL Int."""
MAX_MINOR: Final = 10**15
"""Maximum absolute amount of money in minor units: the sum of several thousand amounts must fit into a bigint."""
MAX_OF_ONE: Final = 1_000_000
MAX_LINES: Final = 100
MAX_SPECIALTIES: Final = 20
MAX_LANGUAGES: Final = 20
MAX_PLACES: Final = 100
"""Maximum number of firms and companies that one person can belong to."""
