"""The message that a mail becomes.

Its headers are written by us, word for word, so that no library decodes or folds them again. Before it leaves, its bytes
are parsed and compared with what was meant.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from email import message_from_string
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any, Final, Self, cast
from uuid import UUID

import idna

from gateway.mail.content import Letter, Unwritable, html, line, plain
from gateway.text.header_text import ENCODED_WORD, is_header_text

WRITTEN: Final = SMTP.clone(refold_source="none", utf8=True)
"""Each header goes out as it was written; `utf8` matters for the local part of an address alone."""
WORD_BYTES: Final = 39  # of UTF-8 in one encoded word: with `Subject: ` before it, its line has at most 76 characters
NAME_BYTES: Final = 45  # in an encoded word of 75 characters, the longest that there may be
LINE: Final = 78  # characters
ENCODING: Final = "quoted-printable"
NO_ADDRESS: Final = "the address is not valid"

_LOCAL: Final = re.compile(r"[^\s\"(),:;<>@\[\\\].\x00-\x20\x7f-\x9f]+(?:\.[^\s\"(),:;<>@\[\\\].\x00-\x20\x7f-\x9f]+)*")
_ATOMS: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_WORDS: Final = re.compile(r"[!-~]+(?: [!-~]+)*")


class HeaderLine(str):
    """A header's value with the text in which it is written: the email package folds what has a `name` by its `fold`."""

    __slots__ = ("name", "written")
    name: str
    written: str

    @classmethod
    def of(cls, name: str, value: str, written: str) -> Self:
        made = cls(value)
        made.name, made.written = name, written
        return made

    def fold(self, *, policy: EmailPolicy) -> str:
        return f"{self.name}: {self.written}{policy.linesep}"


def recipient(name: str, address: str) -> Address:
    """Where a mail goes, its domain as the domain name system has it. Unwritable where that is not an address."""
    local, _, domain = address.rpartition("@")
    # A last dot, the root of the domain name system, is none of an address (RFC 5321).
    if not is_header_text(address) or not _LOCAL.fullmatch(local) or domain.endswith("."):
        raise Unwritable(NO_ADDRESS)
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise Unwritable(NO_ADDRESS) from None
    return Address(_display_name(line(name)), local, domain if domain.isascii() else ascii_domain)


def message(letter: Letter, key: UUID, *, sender: Address, to: Address, at: datetime) -> EmailMessage:
    """The mail in plain text and HTML, as a parser reads its bytes; Unwritable where it reads something else than was meant.

    Its Message-ID is the mail's own key: a recipient who gets it twice can tell (RFC 5322).
    """
    texts = {
        "From": str(sender),
        "To": str(to),
        "Subject": letter.subject,
        "Date": format_datetime(at),
        "Message-ID": f"<{key}@{sender.domain}>",
        "Auto-Submitted": "auto-generated",  # keeps automatic replies away (RFC 3834)
    }
    written = texts | {
        "From": _mailbox("From", sender),
        "To": _mailbox("To", to),
        "Subject": _phrase("Subject", letter.subject),
    }
    bodies = {"plain": plain(letter), "html": html(letter)}
    made = EmailMessage(WRITTEN)
    for name, text in texts.items():
        made[name] = HeaderLine.of(name, text, written[name])
    made.set_content(bodies["plain"], cte=ENCODING)
    made.add_alternative(bodies["html"], subtype="html", cte=ENCODING)
    # No line of a quoted-printable body begins with `=_`.
    made.set_boundary(f"=_{key.hex}")
    made["Content-Language"] = letter.locale
    kinds = {"MIME-Version": "1.0", "Content-Type": f'multipart/alternative; boundary="=_{key.hex}"'}
    read = _read(made)
    meant = [[*(texts | kinds | {"Content-Language": letter.locale}).items()], *_parts(bodies)]
    if list(_shape(read)) != meant or _mailboxes(read) != [sender, to]:
        raise Unwritable("it would be read as something else than it is")
    return read


def _read(made: EmailMessage) -> EmailMessage:
    """The message as a parser reads its bytes. It is written as the same bytes again."""
    raw = made.as_bytes()
    # A local part outside ASCII is UTF-8 in the headers (RFC 6532); everything else is ASCII.
    read = message_from_string(raw.decode(), policy=WRITTEN)
    if read.as_bytes() != raw:
        raise Unwritable("it cannot be read again")
    return read


def _parts(bodies: dict[str, str]) -> Iterator[Any]:
    """What `_shape` finds of these bodies."""
    for kind, body in bodies.items():
        headers = [("Content-Type", f'text/{kind}; charset="utf-8"'), ("Content-Transfer-Encoding", ENCODING)]
        yield headers if kind == "plain" else [*headers, ("MIME-Version", "1.0")]
        yield body


def _shape(read: EmailMessage) -> Iterator[Any]:
    """All headers in their order, and the headers and the body of each part."""
    yield [(name, str(value)) for name, value in read.items()]
    for part in cast(Iterator[EmailMessage], read.iter_parts()):
        yield [(name, str(value)) for name, value in part.items()]
        yield part.get_content().replace("\r\n", "\n")


def _mailboxes(read: EmailMessage) -> list[Address]:
    return [address for name in ("From", "To") for header in read.get_all(name, []) for address in header.addresses]


# ---- headers


def _mailbox(name: str, address: Address) -> str:
    """A name in front of an address. ASCII is quoted where it must be and never folded within the quotes."""
    shown = address.display_name
    if not shown:
        return address.addr_spec
    if not shown.isascii():
        shown = _encoded(shown)
    elif not _ATOMS.fullmatch(shown):
        shown = '"' + re.sub(r'(["\\])', r"\\\1", shown) + '"'
    fits = len(f"{name}: {shown} <{address.addr_spec}>") <= LINE
    return f"{shown}{' ' if fits else f'{SMTP.linesep} '}<{address.addr_spec}>"


def _phrase(name: str, text: str) -> str:
    """Any text: as it is, or in encoded words (RFC 2047)."""
    if len(f"{name}: {text}") <= LINE and _WORDS.fullmatch(text) and ENCODED_WORD not in text:
        return text
    return f"{SMTP.linesep} ".join(_encoded(each) for each in _pieces(text, WORD_BYTES))


def _encoded(text: str) -> str:
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def _pieces(text: str, size: int) -> Iterator[str]:
    """`text` in pieces of whole characters and at most so many bytes."""
    piece = ""
    for character in text:
        if len((piece + character).encode()) > size:
            yield piece
            piece = ""
        piece += character
    yield piece


def _display_name(name: str) -> str:
    """Cut to one encoded word where it needs any: parsers disagree on the space between two of them in front of an address."""
    if name.isascii() or len(name.encode()) <= NAME_BYTES:
        return name
    return next(_pieces(name, NAME_BYTES - len("…".encode()))).rstrip() + "…"
