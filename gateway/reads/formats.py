"""Stored values as the graph shows them."""

from datetime import MAXYEAR, datetime
from typing import Final, NamedTuple

DIGITS: Final = {"JPY": 0, "KRW": 0, "BHD": 3, "KWD": 3}
"""Digits behind the point, of the currencies that do not have two."""


class Money(NamedTuple):
    amount: str
    currency: str


def money(minor: int | None, currency: str | None) -> Money | None:
    """Returns an amount in minor units as a decimal string (D38): 12345 EUR is `123.45`."""
    if minor is None or currency is None:
        return None
    digits = DIGITS.get(currency, 2)
    sign, whole = "-" if minor < 0 else "", str(abs(minor)).rjust(digits + 1, "0")
    return Money(f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}", currency)


def moment(value: datetime | None) -> str | None:
    """Returns an ISO 8601 timestamp with its offset (D37); None for infinity.

    It has six digits behind the seconds, or none for a whole second.
    """
    return None if value is None or value.year == MAXYEAR else value.isoformat()


def word(value: str | None) -> str | None:
    """Returns a stored word as the graph spells it, such as `clients:read` as `CLIENTS_READ`."""
    return None if value is None else value.replace(":", "_").upper()


def percent(basis_points: int) -> str:
    """Returns basis points as a percentage: 1250 is `12.50`."""
    return f"{basis_points // 100}.{basis_points % 100:02}"


def graph_name(field: str) -> str:
    """Returns a name of the policy as the graph spells it: `pendingActivities(JOURNAL)` is `pendingActivities_JOURNAL`."""
    return field.replace("(", "_").removesuffix(")")
