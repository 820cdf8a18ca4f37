"""Scalars: texts with a form of their own. Each is a JSON string; the resolvers check the form of arguments (D37, D38).

A value that is not a string is refused with the variables or the document, and a string of the wrong form by the field.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NewType

import strawberry

DateTime = NewType("DateTime", str)
Decimal = NewType("Decimal", str)
EmailAddress = NewType("EmailAddress", str)
URL = NewType("URL", str)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("A string is expected.")
    return value


def _scalar(name: str, url: str, description: str) -> Any:
    return strawberry.scalar(name=name, description=description, specified_by_url=url, serialize=str, parse_value=_text)


_MOMENT: Final = _scalar(
    "DateTime",
    "https://scalars.graphql.org/andimarek/date-time.html",
    "A point in time: an ISO 8601 timestamp with a UTC offset, such as `2026-03-01T09:30:00+00:00`."
    " Results are in UTC, with six digits after the seconds or none.",
)
SCALARS: Final[Mapping[Any, Any]] = {
    DateTime: _MOMENT,
    datetime: _MOMENT,  # in inputs, where the check of the form reads the text
    Decimal: _scalar(
        "Decimal",
        "https://scalars.graphql.org/chillicream/decimal.html",
        "A decimal number as a string, such as `123.45`. Negative numbers begin with a minus.",
    ),
    EmailAddress: _scalar(
        "EmailAddress",
        "https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address",
        "A mail address, at most 254 characters.",
    ),
    URL: _scalar("URL", "https://www.rfc-editor.org/rfc/rfc3986", "An absolute web address."),
}
