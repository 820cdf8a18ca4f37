"""Moments as mails print them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

_REGIONS: Final[Mapping[str, str]] = {"en": "en_GB"}
"""English is written as in Europe: the day before the month, and 24 hours."""


def moment(at: datetime, zone: ZoneInfo, locale: str, form: str) -> str:
    """Day, time and time zone as the language writes them. `form` joins them: `{day} at {time}`."""
    local, spoken = at.astimezone(zone), _REGIONS.get(locale, locale)
    time = f"{format_time(local, 'short', locale=spoken)} {format_time(local, 'z', tzinfo=zone, locale=spoken)}"
    return form.format(day=format_date(local, "long", locale=spoken), time=time)
