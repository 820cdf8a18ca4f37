"""The catalogue: a file for each kind of message, in which each word has its text in each language."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

ENGLISH: Final = "en"
LANGUAGES: Final = (ENGLISH, "de", "es", "sv", "da")
SECTIONS: Final = ("input", "state", "permission", "conflict", "forbidden", "general")
WITHOUT_RULE: Final = frozenset({"general"})
"""The sections whose words are no rules for clients: the code of the error is specific enough."""

_WRITTEN: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    name: tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8")) for name in SECTIONS
}


class Text(str):
    """A message in English, which can be shown in the other languages. `values` fill the places in braces."""

    __slots__ = ("section", "values", "word")

    section: str
    word: str
    values: Mapping[str, Any]

    def __new__(cls, section: str, word: str, values: Mapping[str, Any]) -> Self:
        made = super().__new__(cls, _WRITTEN[section][word][ENGLISH].format_map(values))
        made.section, made.word, made.values = section, word, values
        return made

    @property
    def rule(self) -> str | None:
        """The stable word for clients; None for a text of which the code is specific enough."""
        return None if self.section in WITHOUT_RULE else self.word

    def shown_in(self, language: str) -> str:
        """The message in one of LANGUAGES."""
        return _WRITTEN[self.section][self.word][language].format_map(self.values)


def text(section: str, word: str, **values: Any) -> Text:
    """Returns a message. Raises KeyError for a word that the catalogue does not have, or a value that the message needs."""
    return Text(section, word, values)


def in_language(message: str, language: str) -> str:
    """Returns a message in one of LANGUAGES, if it is of the catalogue."""
    return message.shown_in(language) if language != ENGLISH and isinstance(message, Text) else message


def section(name: str) -> Mapping[str, Text]:
    """Returns the messages of a section that need no values, by their words."""
    return {word: Text(name, word, {}) for word, written in _WRITTEN[name].items() if "{" not in written[ENGLISH]}
