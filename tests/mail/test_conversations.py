"""Letters of messages: to the other side's admins alone, as they see it when it leaves, in their language (X-H2, L19)."""

import pytest
from sqlalchemy import insert, text

from gateway.db.enums import LOCALES
from gateway.db.models import Message
from gateway.db.seeds.demo import key
from gateway.global_ids import Seal
from gateway.mail import read_texts
from tests.mail.conftest import NOW, PORTAL, SEALING_KEY, ZONE, text_of
from tests.support import make


async def said(desk, pair: str, side: str, who: str, body: str = "Well?") -> None:
    """A message, and its notice."""
    message = make.new_key(NOW)
    talk = {"client_id": key(pair.partition("-")[2]), "conversation_id": key(f"{pair} talk")}
    row = talk | {"id": message, "side": side, "author_id": key(who), "body": body}
    await desk.connection.execute(insert(Message).values(sent_at=NOW, **row))
    await desk.noticed("MESSAGE", subject_type="Message", subject_id=message, actor_id=key(who))


@pytest.mark.parametrize(
    ("pair", "side", "who", "whom"),
    [
        ("F-C6", "client", "jonas", ["ada"]),  # before any request (H31)
        ("G-C6", "client", "jonas", ["gus"]),
        ("F-C6", "firm", "ada", ["jonas"]),
        ("F-C2", "firm", "ada", ["dag", "mila"]),
        ("F-C2", "client", "mila", ["ada"]),  # not Dag, whose side wrote it
        ("F-C1", "firm", "ada", ["cora"]),
        ("F-C4", "client", "elena", ["ada"]),
    ],
)
async def test_the_other_sides_admins_are_told(desk, pair, side, who, whom):
    await said(desk, pair, side, who)
    assert await desk.addressed() == whom
    await desk.sent()
    assert desk.post.to == whom


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("side", "who", "whom"), [("client", "dag", "ada"), ("firm", "ada", "dag")])
async def test_a_letter_quotes_what_was_written_and_leads_to_the_conversation(desk, locale, side, who, whom):
    await desk.speaks(whom, locale)
    await said(desk, "F-C2", side, who, "Two lines,\nand <b>nothing</b> more. {client}")
    await desk.addressed()
    await desk.sent()
    (letter,) = [each for each in desk.post.taken if each["To"].addresses[0].username == whom]
    plain, html = text_of(letter), text_of(letter, "html")
    other = {"firm": "Havlygte Revision", "client": "Björkdunge Bageri"}[side]

    assert (other in letter["Subject"]) == (side == "firm")
    assert "> Two lines,\n> and <b>nothing</b> more. {client}" in plain
    assert "and &lt;b&gt;nothing&lt;/b&gt; more. {client}" in html
    link = f"{PORTAL}/conversations/{Seal(bytes.fromhex(SEALING_KEY)).id('Conversation', key('F-C2 talk'))}"
    assert plain.count(link) == 1
    assert read_texts(ZONE)[locale].texts["MESSAGE", "client" if side == "firm" else "firm"].link in plain


async def test_nobody_of_the_other_side_is_named(desk):
    await said(desk, "F-C2", "client", "dag")
    await desk.addressed()
    await desk.sent()

    (letter,) = desk.post.taken
    assert "Dag" not in text_of(letter)


LATER = {
    "the firm blocked it": ("UPDATE conversation SET blocked_at = now() WHERE id = :talk", []),
    "an admin was made a bookkeeper": ("UPDATE firm_member SET role = 'bookkeeper' WHERE id = :ada", []),
    "an admin was suspended": ("UPDATE firm_member SET state = 'suspended' WHERE id = :ada", []),
    "the firm was suspended": ("UPDATE firm SET programme_state = 'suspended' WHERE id = :firm", ["ada"]),  # reads stay
}


@pytest.mark.parametrize("what", LATER)
async def test_what_happened_between_the_message_and_the_letter_counts(desk, what):
    change, still = LATER[what]
    await said(desk, "F-C6", "client", "jonas")
    assert await desk.addressed() == ["ada"]
    values = {"talk": key("F-C6 talk"), "ada": key("F/ada"), "firm": key("F")}
    mentioned = {name: value for name, value in values.items() if f":{name}" in change}
    assert (await desk.connection.execute(text(change), mentioned)).rowcount > 0
    await desk.sent()

    assert desk.post.to == still


async def test_a_client_is_told_of_what_the_firm_wrote_before_it_blocked(desk):
    await said(desk, "F-C6", "firm", "ada")
    await desk.connection.execute(text("UPDATE conversation SET blocked_at = now()"))

    assert await desk.addressed() == ["jonas"]


async def test_a_name_in_a_letter_after_the_end_is_the_one_of_then(desk):
    await desk.connection.execute(
        text("UPDATE client SET name = 'Another', name_key = 'another' WHERE id = :id"), {"id": key("C4")}
    )
    await said(desk, "F-C4", "client", "elena")
    await desk.addressed()
    await desk.sent()

    (letter,) = desk.post.taken
    assert "Talleres Riomanso" in text_of(letter)
    assert "Another" not in text_of(letter)
