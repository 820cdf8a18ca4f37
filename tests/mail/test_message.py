"""Whatever people wrote, a finished message parses into exactly the headers, recipients and bodies that were meant."""

from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, message_from_string
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, default
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as some

from gateway.mail import SmtpTransport
from gateway.mail import message as written
from gateway.mail.content import ComposedMail, Part, Unwritable, html, line, plain, quoted
from gateway.mail.message import NAME_BYTES, message, recipient
from gateway.text.header_text import is_header_text
from tests.mail.conftest import NOW, SENDER, MailServer, serving, text_of

KEY = UUID(int=7)
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
           "Content-Language"]  # fmt: skip
HOSTILE = some.sampled_from(
    [
        "=?utf-8?q?x=0d=0aBcc=3Aevil=40e.example?=",
        "=?utf-8?b?DQoNClBBWQ==?=",
        "=?utf-8?q?a=0d=0a=0d=0aPAY?=",
        "=?iso-8859-1*en?Q?a?=",
        "=?",
        "?=",
        "=",
        "?",
        "\r\nBcc: evil@e.example",
        "\r\n\r\nPAY",
        "\n.\n",
        "\r",
        "\n ",
        "\r\n\t",
        "\x00",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
        "\u2028",
        '"',
        '""',
        "\\",
        '\\"',
        ",",
        ";",
        ":",
        "(",
        ")",
        "<",
        ">",
        "<evil@e.example>",
        "@",
        "evil@e.example, ",
        "undisclosed:;",
        ".",
        " ",
        "  ",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufdfa",
        "Ærø",
        "日本",
        "👩‍👩‍👧",
        "--=_00000000000000000000000000000007",
        "From ",
        ".\r\n",
        "x" * 60,
        "word " * 15,
        "Å" * 40,
    ]
)
TEXT = some.lists(HOSTILE | some.text(max_size=8), max_size=8).map("".join)
LOCAL = some.lists(HOSTILE | some.text("abc.+-_!#'=?", max_size=8), min_size=1, max_size=4).map("".join)
DOMAIN = some.sampled_from(["a.example", "bücher.example", "xn--bcher-kva.example"]) | LOCAL
ADDRESS = some.builds("{}@{}".format, LOCAL, DOMAIN) | some.just("ada@a.example")


def letter_of(subject: str, body: str) -> ComposedMail:
    """As `compose` puts people's words in."""
    parts = (Part("The access has changed."), Part(quoted(body), is_quoted=True))
    return ComposedMail("en", f"The access of {line(subject)} has changed", f"Hello {line(body)},", parts, "Open",
                  "https://portal.example/x#y", f"You belong to {line(subject)}.")  # fmt: skip


def require_meant(read: EmailMessage, letter: ComposedMail, to: Address) -> None:
    values = dict(read.items())
    assert list(values) == HEADERS
    assert len(read.items()) == len(values)
    assert list(read["From"].addresses) == [SENDER]
    assert list(read["To"].addresses) == [to]
    assert read["Subject"] == letter.subject
    assert read["Message-ID"] == f"<{KEY}@portal.example>"
    assert (text_of(read), text_of(read, "html")) == (plain(letter), html(letter))
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert (read.preamble, read.epilogue, read.defects) == (None, "", [])


@settings(max_examples=400, deadline=None)
@given(TEXT, TEXT, TEXT, ADDRESS)
@example('A, "B" <c@d.example>; ' + "x" * 90, "", "", "ada@a.example")
@example("", "", "", "=?utf-8?q?x=0d=0aBcc=3Aevil=40e.example?=@a.example")
@example("", "", "", "?=@a.")
@example("", "", "", "a@=?utf-8?q?a=0d=0a=0d=0aPAY?=.example")
def test_a_message_parses_into_what_was_meant_or_is_not_written(
    name: str, subject: str, body: str, address: str
) -> None:
    letter = letter_of(subject, body)
    try:
        to = recipient(name, address)
    except Unwritable:
        return
    raw = message(letter, KEY, sender=SENDER, to=to, at=NOW).as_bytes()

    lines = raw.split(b"\r\n")
    assert all(b"\r" not in each and b"\n" not in each and len(each) <= 400 for each in lines)
    assert is_header_text(address)
    assert to.addr_spec == f"{address.rpartition('@')[0]}@{to.domain}"
    if to.addr_spec.isascii():
        assert raw.isascii()
        for policy in (default, SMTP):
            require_meant(cast(EmailMessage, message_from_bytes(raw, policy=policy)), letter, to)
    else:
        require_meant(cast(EmailMessage, message_from_string(raw.decode(), policy=SMTPUTF8)), letter, to)


@pytest.fixture
async def plain_server() -> AsyncIterator[MailServer]:
    async with serving(None, enable_SMTPUTF8=True) as made:
        yield made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, TEXT, TEXT, ADDRESS)
async def test_a_mail_server_takes_what_was_meant(
    plain_server: MailServer, name: str, subject: str, body: str, address: str
) -> None:
    letter, post = letter_of(subject, body), SmtpTransport.of_url(f"smtp+plain://localhost:{plain_server.port}")
    try:
        to = recipient(name, address)
    except Unwritable:
        return
    assume(to.addr_spec.isascii())
    await post.send(message(letter, KEY, sender=SENDER, to=to, at=NOW))

    require_meant(plain_server.letters.pop(), letter, to)
    assert plain_server.recipients.pop() == [to.addr_spec]
    assert (plain_server.letters, plain_server.recipients) == ([], [])


async def test_a_local_part_outside_ascii_is_sent_where_the_server_takes_it(plain_server: MailServer) -> None:
    letter, to = letter_of("Ærø", ""), recipient("Åsa", "åsa@bücher.example")
    post = SmtpTransport.of_url(f"smtp+plain://localhost:{plain_server.port}")
    await post.send(message(letter, KEY, sender=SENDER, to=to, at=NOW))

    assert plain_server.recipients == [["åsa@xn--bcher-kva.example"]]


@pytest.mark.parametrize("address", [
    "=?utf-8?q?x=0d=0aBcc=3Aevil=40e.example?=@a.example", "=?utf-8?q?a=0d=0a=0d=0aPAY?=@a.example", "a@b@c.example",
    '"a b"@c.example', "a..b@c.example", ".a@c.example", "a.@c.example", "a,b@c.example", "a\r\nBcc: b@c.example",
    "a@c.example\n", "a@", "@c.example", "a", "", "a@c..example", "a@-c.example", "a@c example", "a\x00@c.example",
])  # fmt: skip
def test_what_is_not_an_address_is_not_written(address: str) -> None:
    with pytest.raises(Unwritable, match=r"^the address is not valid$"):
        recipient("Ada", address)


@pytest.mark.parametrize(("name", "shown"), [
    ("Ada", "Ada <a@c.example>"),
    ("Nørgård, Ada", "=?utf-8?b?TsO4cmfDpXJkLCBBZGE=?= <a@c.example>"),
    ('A "B" \\ C', '"A \\"B\\" \\\\ C" <a@c.example>'),
    ("X, " + "y" * 90, f'"X, {"y" * 90}"\r\n <a@c.example>'),
    ("", "a@c.example"),
])  # fmt: skip
def test_a_name_is_quoted_or_encoded_and_never_folded(name: str, shown: str) -> None:
    made = message(letter_of("F", ""), KEY, sender=SENDER, to=recipient(name, "a@c.example"), at=NOW)

    assert f"\r\nTo: {shown}\r\nSubject: ".encode() in made.as_bytes()


def test_a_subject_that_looks_encoded_is_encoded() -> None:
    letter = replace(letter_of("F", ""), subject="=?utf-8?q?a=0d=0ab?=")
    made = message(letter, KEY, sender=SENDER, to=recipient("", "a@c.example"), at=NOW)

    assert made["Subject"] == "=?utf-8?q?a=0d=0ab?="


def test_a_long_name_outside_ascii_is_cut_to_one_encoded_word() -> None:
    to = recipient("Å" * 50, "a@c.example")

    assert to.display_name == "Å" * 21 + "…"
    assert len(to.display_name.encode()) <= NAME_BYTES


def test_a_message_that_is_read_otherwise_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever writes it: an encoder that lets a line through is found out."""

    def careless(name: str, text: str) -> str:
        return f"{text}\r\nBcc: evil@e.example"

    monkeypatch.setattr(written, "_phrase", careless)
    with pytest.raises(Unwritable, match="a parser would read it differently"):
        message(letter_of("F", ""), KEY, sender=SENDER, to=Address("", "a", "c.example"), at=NOW)


async def test_a_message_that_is_read_otherwise_is_parked(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "_phrase", lambda name, text: f"{text}\r\n\r\nPAY")
    await desk.noticed("BILLING_MODE_CHANGED", "F-C1")
    await desk.addressed()

    assert [each.state for each in await desk.sent()] == ["parked"]
    assert desk.post.taken == []
    [mail] = await desk.mails()
    assert mail.problem == "a parser would read it differently from what was intended"
