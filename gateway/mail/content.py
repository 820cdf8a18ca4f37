"""Composes the content of a mail as plain text and HTML. Text that people wrote is always escaped or quoted."""

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
"""Template lines that consist of text that a person wrote. They are shown as quotations."""


class Unwritable(Exception):
    """The mail cannot be written. The text is the reason and contains no value of the mail."""


class Part(NamedTuple):
    """A paragraph, or a quotation of text that a person wrote."""

    text: str
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class ComposedMail:
    """The content of a mail for one recipient, with all values filled in."""

    locale: str
    subject: str
    greeting: str
    parts: tuple[Part, ...]
    link: str
    address: str  # the target of the link
    reason: str | None


def line(text: str) -> str:
    """Returns a name that a person chose as one line of plain words: no address, control or direction-changing character."""
    kept = plain_words("".join(each if each.isprintable() else " " for each in text))
    kept = kept.replace("=?", "= ?")  # in a header this would begin an encoded word (RFC 2047)
    return _cut(" ".join(kept.split()), MAX_NAME_LENGTH)


def quoted(text: str) -> str:
    """Returns text that a person wrote, as lines without control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = ("".join(each if each.isprintable() else " " for each in one).rstrip() for one in lines)
    return _cut("\n".join(kept).strip(), MAX_MESSAGE_LENGTH)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def compose(language: Language, text: Text, values: Values, address: str) -> ComposedMail:
    """Returns the mail's content with its values filled in. A value that looks like a placeholder is not replaced again.

    Omits a paragraph if one of its values is missing or hidden from the recipient. Raises Unwritable if the subject lacks a
    value.
    """
    present = {name: value for name, value in values.items() if value}
    if text.is_of_stranger and "message" in present:
        present["message"] = _cut(plain_words(present["message"]), MAX_MESSAGE_LENGTH)
    if not fields(text.subject) <= present.keys():
        raise Unwritable("the recipient may not see a value of the subject line")

    def filled(part: str) -> str | None:
        return part.format(**present) if fields(part) <= present.keys() else None

    return ComposedMail(
        language.locale,
        text.subject.format(**present),
        filled(text.greeting) or "",
        tuple(part for paragraph in text.paragraphs for part in _parts(paragraph, present)),
        text.link,
        address,
        filled(language.reason),
    )


def _parts(paragraph: str, present: dict[str, str]) -> Iterator[Part]:
    if fields(paragraph) <= present.keys():
        for piece in paragraph.split("\n"):
            yield Part(piece.format(**present), piece in QUOTED)


def plain(letter: ComposedMail) -> str:
    blocks = [letter.greeting]
    blocks += [
        re.sub("^", "> ", part.text, flags=re.MULTILINE) if part.is_quoted else part.text for part in letter.parts
    ]
    blocks += [f"{letter.link}:\n{letter.address}"]
    blocks += [f"-- \n{letter.reason}"] if letter.reason else []
    return "\n\n".join(filter(None, blocks)) + "\n"


def html(letter: ComposedMail) -> str:
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
