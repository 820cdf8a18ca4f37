"""The texts of mails: one file for each language, with a text for each kind of notice and side of the recipient."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Formatter
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from gateway.db.enums import LOCALES, SIDES
from gateway.mail.dates import moment
from gateway.mail.recipients import ABOUT
from gateway.policy import Policy

TEXTS: Final = Path(__file__).parent / "texts"
PLAIN: Final = "address"
"""The side of a recipient who may not have an account yet."""
VALUES: Final = frozenset(
    {
        *("name", "organisation", "firm", "client", "level", "requested", "message", "mode", "by", "reason", "comment"),
        *("applications", "profiles", "companies"),
    }
)
OFFERED: Final[Mapping[str, frozenset[str]]] = {
    "STAFF_INVITATION": frozenset({"firm", "role", "until"}),
    "CLIENT_MEMBER_INVITATION": frozenset({"client", "role", "until"}),
    "CLIENT_INVITATION": frozenset({"firm", "client", "message", "requested", "percent", "plans", "until"}),
    "ACCOUNT_CREATED": frozenset({"firm"}),
    "PASSWORD_RESET": frozenset(),
}
"""The values that mails to an e-mail address can contain, by the kind of mail."""
OF_STRANGERS: Final = frozenset(
    {
        *((kind, PLAIN) for kind in OFFERED),
        ("COLLABORATION_REQUESTED", "firm"),
        ("COLLABORATION_REQUESTED", "client"),
        ("MESSAGE", "firm"),
    }
)
"""Mails whose recipient may not know the sender: their subject contains no value, and their only link is the gateway's own."""

Values = Mapping[str, str | None]


def fields(text: str) -> set[str]:
    """Returns the names of the placeholders in `text`."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a mail with placeholders."""

    greeting: str
    subject: str
    paragraphs: tuple[str, ...]
    link: str
    is_of_stranger: bool

    def problems(self, known: frozenset[str]) -> Iterator[str]:
        for part in (self.greeting, self.subject, *self.paragraphs):
            yield from sorted(fields(part) - known)


@dataclass(frozen=True, slots=True)
class Language:
    """All texts in one language. Timestamps are shown in the time zone `zone`."""

    locale: str
    zone: ZoneInfo
    reason: str
    words: Mapping[str, Any]
    texts: Mapping[tuple[str, str], Text]

    @classmethod
    def of(cls, locale: str, zone: ZoneInfo, written: Mapping[str, Any]) -> Self:
        texts = {
            (kind, side): Text(
                text.get("greeting", written["greeting"]),
                text["subject"],
                tuple(text["paragraphs"]),
                text["link"],
                (kind, side) in OF_STRANGERS,
            )
            for kind, sides in written.items()
            if kind.isupper()
            for side, text in sides.items()
        }
        return cls(locale, zone, written["reason"], written["words"], texts)

    @property
    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.texts}

    def word(self, side: str, name: str) -> str:
        """Returns the word for a value on this side. Raises KeyError if there is none."""
        mine = self.words.get(side, {})
        found: str = mine.get(name) or self.words[name]
        return found

    def moment(self, at: datetime) -> str:
        return moment(at, self.zone, self.locale, self.words["MOMENT"])


def read_texts(zone: ZoneInfo, folder: Path = TEXTS) -> dict[str, Language]:
    """Returns all supported languages. Timestamps are shown in the time zone `zone`."""
    return {
        locale: Language.of(locale, zone, tomllib.loads((folder / f"{locale}.toml").read_text("utf-8")))
        for locale in LOCALES
    }


def require_texts(languages: Mapping[str, Language], policy: Policy) -> None:
    """Raises ValueError if a kind of mail in the policy has no text, or a text has an unknown placeholder."""
    wanted = {*((kind, PLAIN) for kind in OFFERED), *_notified(policy)}
    problems = []
    for locale, language in languages.items():
        problems += [f"{locale}: no text {kind}.{side}" for kind, side in sorted(wanted - language.texts.keys())]
        for (kind, side), text in language.texts.items():
            known = OFFERED.get(kind, frozenset()) if side == PLAIN else VALUES
            problems += [f"{locale}: {kind}.{side} names {name}" for name in text.problems(known)]
            named = sorted(fields(text.subject)) if text.is_of_stranger else ()
            problems += [f"{locale}: the subject of {kind}.{side} names {name}" for name in named]
    if problems:
        raise ValueError("The mail texts do not match the policy: " + "; ".join(problems) + ".")


def _notified(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yields the kinds of mail that the policy permits, with the side of their recipients."""
    for plan in policy.plans():
        if plan.type_name in ABOUT and plan.kind.side in SIDES:
            kinds = (str(words[-1]) for words in plan.decisions["notify"].sums)
            yield from ((kind, plan.kind.side) for kind in kinds if plan.can_ever("notify", kind))
