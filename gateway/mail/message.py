"""Builds the MIME message of a mail.

This module writes the headers itself, so that no library decodes or folds them again. Before the message is sent, its
bytes are parsed and compared with the intended content.
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

from gateway.mail.content import ComposedMail, Unwritable, html, line, plain
from gateway.text.header_text import ENCODED_WORD, is_header_text

WRITTEN: Final = SMTP.clone(refold_source="none", utf8=True)
"""Each header is sent exactly as it was written. `utf8` matters only for the local part of an address."""
WORD_BYTES: Final = 39  # of UTF-8 in one encoded word: with `Subject: ` before it, the line has at most 76 characters
NAME_BYTES: Final = 45  # in an encoded word of 75 characters, which is the maximum
LINE: Final = 78  # characters
ENCODING: Final = "quoted-printable"
NO_ADDRESS: Final = "the address is not valid"

_LOCAL: Final = re.compile(r"[^\s\"(),:;<>@\[\\\].\x00-\x20\x7f-\x9f]+(?:\.[^\s\"(),:;<>@\[\\\].\x00-\x20\x7f-\x9f]+)*")
_ATOMS: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_WORDS: Final = re.compile(r"[!-~]+(?: [!-~]+)*")


class HeaderLine(str):
    """A header's value with its encoded text. The email package calls `fold` of a value that has a `name`."""

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
    """Returns the recipient's address with its domain in DNS form. Raises Unwritable if the address is not valid."""
    local, _, domain = address.rpartition("@")
    # A final dot, the DNS root, is not permitted in an address (RFC 5321).
    if not is_header_text(address) or not _LOCAL.fullmatch(local) or domain.endswith("."):
        raise Unwritable(NO_ADDRESS)
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise Unwritable(NO_ADDRESS) from None
    return Address(_display_name(line(name)), local, domain if domain.isascii() else ascii_domain)


def message(letter: ComposedMail, key: UUID, *, sender: Address, to: Address, at: datetime) -> EmailMessage:
    """Returns the message in plain text and HTML, as a parser reads its bytes.

    Raises Unwritable if the parser reads something other than the intended content. The Message-ID contains the mail's key,
    so that a mail program can detect a duplicate (RFC 5322).
    """
    texts = {
        "From": str(sender),
        "To": str(to),
        "Subject": letter.subject,
        "Date": format_datetime(at),
        "Message-ID": f"<{key}@{sender.domain}>",
        "Auto-Submitted": "auto-generated",  # prevents automatic replies (RFC 3834)
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
        raise Unwritable("a parser would read it differently from what was intended")
    return read


def _read(made: EmailMessage) -> EmailMessage:
    """Returns the message as a parser reads its bytes. Raises Unwritable unless it serialises to the same bytes again."""
    raw = made.as_bytes()
    # A local part outside ASCII is UTF-8 in the headers (RFC 6532); everything else is ASCII.
    read = message_from_string(raw.decode(), policy=WRITTEN)
    if read.as_bytes() != raw:
        raise Unwritable("it cannot be parsed without a change")
    return read


def _parts(bodies: dict[str, str]) -> Iterator[Any]:
    """Yields what `_shape` must find for these bodies."""
    for kind, body in bodies.items():
        headers = [("Content-Type", f'text/{kind}; charset="utf-8"'), ("Content-Transfer-Encoding", ENCODING)]
        yield headers if kind == "plain" else [*headers, ("MIME-Version", "1.0")]
        yield body


def _shape(read: EmailMessage) -> Iterator[Any]:
    """Yields all headers in their order, and then the headers and the body of each part."""
    yield [(name, str(value)) for name, value in read.items()]
    for part in cast(Iterator[EmailMessage], read.iter_parts()):
        yield [(name, str(value)) for name, value in part.items()]
        yield part.get_content().replace("\r\n", "\n")


def _mailboxes(read: EmailMessage) -> list[Address]:
    return [address for name in ("From", "To") for header in read.get_all(name, []) for address in header.addresses]


# ---- headers


def _mailbox(name: str, address: Address) -> str:
    """Returns a display name and an address as a header value. ASCII names are quoted if necessary, and never folded inside quotes."""
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
    """Returns the text unchanged if possible; in encoded words otherwise (RFC 2047)."""
    if len(f"{name}: {text}") <= LINE and _WORDS.fullmatch(text) and ENCODED_WORD not in text:
        return text
    return f"{SMTP.linesep} ".join(_encoded(each) for each in _pieces(text, WORD_BYTES))


def _encoded(text: str) -> str:
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def _pieces(text: str, size: int) -> Iterator[str]:
    """Yields `text` in pieces of whole characters, each of at most `size` bytes."""
    piece = ""
    for character in text:
        if len((piece + character).encode()) > size:
            yield piece
            piece = ""
        piece += character
    yield piece


def _display_name(name: str) -> str:
    """Cuts a name that needs encoding to one encoded word: parsers disagree about the space between two of them before an
    address."""
    if name.isascii() or len(name.encode()) <= NAME_BYTES:
        return name
    return next(_pieces(name, NAME_BYTES - len("…".encode()))).rstrip() + "…"
