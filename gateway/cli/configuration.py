"""The page docs/configuration.md, generated from the settings."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from gateway.settings import Settings

HEAD: Final = """# Configuration

Generated from `gateway/settings.py` by `gateway configuration`. A test fails when this page is out of date.

The gateway reads its settings from environment variables. It reads no configuration file. Settings that are not valid, or
that contradict each other, end the start with an error that names the setting. `gateway serve` needs `DATABASE_URL`,
`GATEWAY_SIGNING_KEY` and `GATEWAY_SEALING_KEY`; `gateway worker` needs `DATABASE_URL`, `GATEWAY_SEALING_KEY`,
`GATEWAY_SMTP_URL` (or `GATEWAY_MAIL_FOLDER`), `GATEWAY_MAIL_FROM` and `GATEWAY_PORTAL_URL`. The demo sets what it needs.

Lists are separated by commas or spaces. Durations, sizes and counts are numbers in the unit of the setting's name.
[operations.md](operations.md) explains what the settings do in operation.
"""
SECTIONS: Final[Mapping[str, str]] = {
    "database_url": "Address, database and policy",
    "signing_key": "Tokens, ids and sign-in",
    "oidc_issuer": "An OpenID Connect provider",
    "introspection": "Requests and their limits",
    "smtp_url": "Mails",
    "mails_to_address": "Limits of mails",
    "time_zone": "Dates",
    "product_url": "The product",
    "pool_size": "Database connections",
    "worker_database_url": "The worker",
    "workers": "Processes, proxies and monitoring",
}
"""Headings, each by the name of the first setting below it."""
TYPES: Final[Mapping[Any, str]] = {
    bool: "`on` or `off`",
    int: "integer",
    float: "number",
    str: "text",
    SecretStr: "text, secret",
    Path: "path",
    ZoneInfo: "time zone",
    tuple[str, ...]: "list",
}
BOUNDS: Final[Mapping[str, str]] = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "min_length": "at least {} characters"}


def page() -> str:
    """The page as Markdown. ValueError for a heading of a setting that does not exist, or a setting without a meaning."""
    if unknown := SECTIONS.keys() - Settings.model_fields.keys():
        raise ValueError(f"These headings belong to no setting: {', '.join(sorted(unknown))}.")
    return HEAD + "\n".join(_lines()) + "\n"


def write(file: Path, *, check: bool) -> None:
    """Writes the page to `file`. With `check`, compares instead: ValueError if the file is missing or out of date."""
    if not check:
        file.write_text(page(), "utf-8")
    elif not file.is_file() or file.read_text("utf-8") != page():
        raise ValueError(f"{file} is out of date. Run `gateway configuration` and review the diff.")


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a setting."""
    alias = field.validation_alias
    return alias if isinstance(alias, str) else f"GATEWAY_{name.upper()}"


def _lines() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        if name in SECTIONS:
            yield f"\n## {SECTIONS[name]}\n\n| name | variable | type | default | meaning |\n|---|---|---|---|---|"
        if not field.description:
            raise ValueError(f"The setting {name} has no description.")
        cells = (f"`{name}`", f"`{variable(name, field)}`", _type(field), _default(field.default), _linked(field))
        yield f"| {' | '.join(cells)} |"


def _type(field: FieldInfo) -> str:
    kind = next((name for type_, name in TYPES.items() if field.annotation in (type_, type_ | None)), "text")
    bounds = [
        sign.format(_number(bound))
        for constraint in field.metadata
        for attribute, sign in BOUNDS.items()
        if (bound := getattr(constraint, attribute, None)) is not None
    ]
    return ", ".join([kind, *bounds])


def _default(value: Any) -> str:
    match value:
        case None | ():
            return "none"
        case bool():
            return "`on`" if value else "`off`"
        case int() | float():
            return f"`{_number(value)}`"
        case tuple():
            return f"`{', '.join(value)}`"
        case _:
            return f"`{value}`"


def _number(value: Any) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _linked(field: FieldInfo) -> str:
    """The meaning, with links to other pages and with variables set as code."""
    text = re.sub(r"docs/([a-z-]+\.md)", r"[\1](\1)", field.description or "")
    return re.sub(r"(?<!`)\b(GATEWAY_[A-Z_]+|DATABASE_URL|COST_LIMIT_EXCEEDED|RATE_LIMITED|CONFLICT)\b", r"`\1`", text)
