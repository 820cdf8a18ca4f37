"""What a mail says. What people wrote stays text, whatever it looks like."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final, NamedTuple

from gateway.mail.plain_text import plain_words
from gateway.mail.templates import Language, Text, Values, fields

MAX_NAME_LENGTH: Final = 120  # characters
MAX_MESSAGE_LENGTH: Final = 2_000
QUOTED: Final = frozenset({"{message}", "{reason}", "{comment}"})
"""Lines of a text that are what somebody wrote."""


class Unwritable(Exception):
    """This mail cannot be written. The text says why and names no value."""


class Part(NamedTuple):
    """A paragraph, or what somebody wrote."""

    text: str
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """Words for one reader."""

    locale: str
    subject: str
    greeting: str
    parts: tuple[Part, ...]
    link: str
    address: str  # where the link leads
    reason: str | None


def line(text: str) -> str:
    """What people named something, as plain words in a line: no address, no control character, no change of direction."""
    kept = plain_words("".join(each if each.isprintable() else " " for each in text))
    kept = kept.replace("=?", "= ?")  # in a header it would begin a word in code (RFC 2047)
    return _cut(" ".join(kept.split()), MAX_NAME_LENGTH)


def quoted(text: str) -> str:
    """What somebody wrote, as lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = ("".join(each if each.isprintable() else " " for each in one).rstrip() for one in lines)
    return _cut("\n".join(kept).strip(), MAX_MESSAGE_LENGTH)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def compose(language: Language, text: Text, values: Values, address: str) -> Letter:
    """The letter with its values put in, once: a value that looks like a placeholder stays what it is.

    A paragraph that names something which is not there for this reader is left out; a subject must be whole.
    """
    there = {name: value for name, value in values.items() if value}
    if text.is_of_stranger and "message" in there:
        there["message"] = _cut(plain_words(there["message"]), MAX_MESSAGE_LENGTH)
    if not fields(text.subject) <= there.keys():
        raise Unwritable("what it is about is not theirs to see")

    def filled(part: str) -> str | None:
        return part.format(**there) if fields(part) <= there.keys() else None

    return Letter(
        language.locale,
        text.subject.format(**there),
        filled(text.greeting) or "",
        tuple(part for paragraph in text.paragraphs for part in _parts(paragraph, there)),
        text.link,
        address,
        filled(language.reason),
    )


def _parts(paragraph: str, there: dict[str, str]) -> Iterator[Part]:
    if fields(paragraph) <= there.keys():
        for piece in paragraph.split("\n"):
            yield Part(piece.format(**there), piece in QUOTED)


def plain(letter: Letter) -> str:
    blocks = [letter.greeting]
    blocks += [
        re.sub("^", "> ", part.text, flags=re.MULTILINE) if part.is_quoted else part.text for part in letter.parts
    ]
    blocks += [f"{letter.link}:\n{letter.address}"]
    blocks += [f"-- \n{letter.reason}"] if letter.reason else []
    return "\n\n".join(filter(None, blocks)) + "\n"


def html(letter: Letter) -> str:
    blocks = [f"<p>{escape(letter.greeting)}</p>"] if letter.greeting else []
    blocks += [_block(part) for part in letter.parts]
    blocks += [f'<p><a href="{escape(letter.address)}">{escape(letter.link)}</a></p>']
    blocks += [f"<hr>\n<p><small>{escape(letter.reason)}</small></p>"] if letter.reason else []
    head = f'<meta charset="utf-8"><title>{escape(letter.subject)}</title>'
    body = "\n".join(blocks)
    return f'<!doctype html>\n<html lang="{letter.locale}"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _block(part: Part) -> str:
    text = escape(part.text).replace("\n", "<br>\n")
    return f"<blockquote>{text}</blockquote>" if part.is_quoted else f"<p>{text}</p>"
