"""Mails to people who do not know the sender: no line of the sender's in a subject, and nothing that becomes a link."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.db.enums import LOCALES
from gateway.db.models import Collaboration, Firm
from gateway.db.seeds.demo import key
from gateway.mail import read_texts
from gateway.mail.content import MAX_MESSAGE_LENGTH, MAX_NAME_LENGTH, compose, line
from gateway.mail.plain_text import plain_words
from gateway.mail.templates import OF_STRANGERS, fields
from tests.mail.conftest import PORTAL, ZONE, text_of
from tests.mail.test_content import Reading

PIECES = some.sampled_from(
    ["https://", "http:", "//", "/", ":", "@", ".", "．", "。", "․", "：", "／", "＠", "www.", "win", "example", "com", "ly",
     "mailto:", "javascript:", "1", "192.168.0.1", "é", "❤", " ", "\n", "-", "\\", "data:text"]
)  # fmt: skip
EVIL = "Ihr Konto für Gewinn! https://win.example/x www.win.example a@win.example"


def has_address(text: str) -> bool:
    """What mail readers make a link of: a scheme, a name of a host, an address."""
    hosts = re.sub(r"(?<![\d.])\d+[.．]\d+(?![\d.．])", "", text)
    return bool(re.search(r"://|//|[@＠﹫]|\w:\S|[^\s.．。｡․]\s*(?<!\s)[.．。｡․](?=[^\s.．。｡․])", hosts))


@pytest.mark.parametrize(("text", "kept"), [
    ("https://win.example/x", " win. example/x"),
    ("HTTPS:/win.example", "HTTPS: /win. example"),
    ("www.win.example", "www. win. example"),
    ("a@win.example", "a win. example"),
    ("mailto:a", "mailto: a"),
    ("win。example", "win. example"),
    ("https：／／win․example", " win. example"),
    ("http:@//win", "http:  win"),
    ("127.0.0.1", "127. 0. 0. 1"),
    ("Nørgård & Co. ApS", "Nørgård & Co. ApS"),
    ("Havlygte A/S", "Havlygte A/S"),
    ("4.5 stars", "4.5 stars"),
    ("St.Gallen e.K.", "St. Gallen e. K."),
    ("Why not... now", "Why not... now"),
])  # fmt: skip
def test_an_address_in_a_text_is_broken(text, kept):
    assert plain_words(text) == kept


@settings(max_examples=400, deadline=None)
@given(some.lists(PIECES | some.text(max_size=3), max_size=12).map("".join))
def test_no_text_keeps_an_address(text):
    assert not has_address(plain_words(text))
    assert len(line(text * 30)) <= MAX_NAME_LENGTH
    assert not has_address(line(text))


@pytest.mark.parametrize("evil", ["https://a", "a.b", "a@b", "a:b", "1.2.3.4", "．a．b"])
def test_the_test_knows_an_address(evil):
    assert has_address(evil)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_subject_of_a_mail_from_a_stranger_names_nothing(locale):
    texts = read_texts(ZONE)[locale].texts

    assert texts.keys() >= OF_STRANGERS
    assert {case for case, text in texts.items() if case[1] == "address"} <= OF_STRANGERS
    assert [case for case in OF_STRANGERS if fields(texts[case].subject)] == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("case", OF_STRANGERS)
def test_a_mail_from_a_stranger_has_no_link_but_ours(case, locale):
    text = read_texts(ZONE)[locale].texts[case]
    named = {"firm", "client", "organisation", "name"}
    values = {
        name: line(EVIL) if name in named else EVIL if name == "message" else "x"
        for name in fields("".join(text.paragraphs)) | named
    }
    made = compose(read_texts(ZONE)[locale], text, values, f"{PORTAL}/x")

    assert made.subject == text.subject
    assert not has_address("\n".join([made.greeting, *(part.text for part in made.parts), made.reason or ""]))


def test_a_long_message_is_cut_after_its_addresses_were_broken():
    language = read_texts(ZONE)["en"]
    made = compose(
        language,
        language.texts["CLIENT_INVITATION", "address"],
        {"firm": "F", "client": "C", "until": "U", "message": "a.b" * 700},
        "x",
    )

    assert max(len(part.text) for part in made.parts if part.is_quoted) in (MAX_MESSAGE_LENGTH - 1, MAX_MESSAGE_LENGTH)


async def test_names_and_a_strangers_message_are_plain_words_in_the_mail(desk):
    await desk.connection.execute(Firm.__table__.update().where(Firm.id == key("F")).values(name=EVIL))
    asked = {"firm_name": EVIL, "request_message": EVIL, "client_name": EVIL}
    await desk.connection.execute(Collaboration.__table__.update().where(Collaboration.id == key("F-C7")).values(asked))
    await desk.speaks("ada", "en")
    await desk.told("COLLABORATION_REQUESTED", "F-C7")
    [letter] = desk.post.taken
    plain, page = text_of(letter), Reading(text_of(letter, "html"))

    assert letter["Subject"] == "A company would like to work with you"
    assert re.findall(r"https?://\S+", plain) == page.links
    assert len(page.links) == 1
    assert "@" not in plain
    assert "www.win" not in plain
