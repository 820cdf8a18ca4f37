"""The words of our letters: one file for each language, by what happened and on which side the reader stands."""

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
"""The side of a reader who is nobody here yet."""
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
"""What letters to an address may name, by their kinds."""
OF_STRANGERS: Final = frozenset(
    {
        *((kind, PLAIN) for kind in OFFERED),
        ("COLLABORATION_REQUESTED", "firm"),
        ("COLLABORATION_REQUESTED", "client"),
        ("MESSAGE", "firm"),
    }
)
"""Mails whose reader may not know the sender: their subject names nothing, and nothing in them becomes a link but ours."""

Values = Mapping[str, str | None]


def fields(text: str) -> set[str]:
    """The values that `text` names."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@dataclass(frozen=True, slots=True)
class Text:
    """A letter before its values are put in."""

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
    """All mails in one language. Moments are printed in `zone`."""

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
        """What a reader on this side calls it; KeyError for what has no name."""
        mine = self.words.get(side, {})
        found: str = mine.get(name) or self.words[name]
        return found

    def moment(self, at: datetime) -> str:
        return moment(at, self.zone, self.locale, self.words["MOMENT"])


def read_texts(zone: ZoneInfo, folder: Path = TEXTS) -> dict[str, Language]:
    """All languages that people may have chosen, with moments in `zone`."""
    return {
        locale: Language.of(locale, zone, tomllib.loads((folder / f"{locale}.toml").read_text("utf-8")))
        for locale in LOCALES
    }


def require_texts(languages: Mapping[str, Language], policy: Policy) -> None:
    """ValueError where the policy tells somebody of something that we have no words for, or a text names what there is not."""
    wanted = {*((kind, PLAIN) for kind in OFFERED), *_told(policy)}
    problems = []
    for locale, language in languages.items():
        problems += [f"{locale}: no text {kind}.{side}" for kind, side in sorted(wanted - language.texts.keys())]
        for (kind, side), text in language.texts.items():
            known = OFFERED.get(kind, frozenset()) if side == PLAIN else VALUES
            problems += [f"{locale}: {kind}.{side} names {name}" for name in text.problems(known)]
            named = sorted(fields(text.subject)) if text.is_of_stranger else ()
            problems += [f"{locale}: the subject of {kind}.{side} names {name}" for name in named]
    if problems:
        raise ValueError("The letters do not fit the policy: " + "; ".join(problems) + ".")


def _told(policy: Policy) -> Iterator[tuple[str, str]]:
    """What the policy tells people of a firm, a client or the platform of."""
    for plan in policy.plans():
        if plan.type_name in ABOUT and plan.kind.side in SIDES:
            told = (str(words[-1]) for words in plan.decisions["notify"].sums)
            yield from ((word, plan.kind.side) for word in told if plan.can_ever("notify", word))
