"""Formats timestamps for mails."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

_REGIONS: Final[Mapping[str, str]] = {"en": "en_GB"}
"""English uses the European format: the day before the month, and a 24-hour clock."""


def moment(at: datetime, zone: ZoneInfo, locale: str, form: str) -> str:
    """Returns day, time and time zone in the format of the language. `form` joins them: `{day} at {time}`."""
    local, region = at.astimezone(zone), _REGIONS.get(locale, locale)
    time = f"{format_time(local, 'short', locale=region)} {format_time(local, 'z', tzinfo=zone, locale=region)}"
    return form.format(day=format_date(local, "long", locale=region), time=time)
