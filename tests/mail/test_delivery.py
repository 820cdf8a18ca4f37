"""How letters leave: encrypted, to one recipient each, again after trouble, never again after a final no."""

import asyncio
import re
import socket
import ssl
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update
from starlette.applications import Starlette

from gateway.db.models import User
from gateway.db.seeds.demo import key
from gateway.demo.mailbox import mail_page
from gateway.mail import (
    FolderTransport,
    MailDelivery,
    PermanentFailure,
    SmtpTransport,
    TemporaryFailure,
    sender_of,
    transport_of,
)
from gateway.mail.delivery import ATTEMPTS, FIRST_PAUSE, LEASE, MAX_PAUSE, pause
from gateway.mail.transport import _trusted
from gateway.settings import Settings
from tests.mail.conftest import NOW, PASSWORD, Remembering, serving


async def waiting(desk) -> None:
    """One letter, to Ada."""
    await desk.noticed("BILLING_MODE_CHANGED", "F-C1")
    assert await desk.addressed() == ["ada"]


async def state(desk):
    [mail] = await desk.mails()
    return mail.state, mail.attempts, mail.problem


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
async def test_a_temporary_no_is_tried_again(posted, server, command):
    await waiting(posted)
    server.answers[command] = ["451 4.7.1 Greylisted, come back"]
    [first] = await posted.sent()
    assert (first.state, first.number) == ("waiting", 1)
    assert await state(posted) == ("waiting", 1, "451 4.7.1 Greylisted, come back")
    assert [mail.due_at for mail in await posted.mails()] == [NOW + FIRST_PAUSE]
    assert await posted.sent() == []

    posted.later(FIRST_PAUSE)
    assert [each.state for each in await posted.sent()] == ["sent"]
    assert await state(posted) == ("sent", 2, None)
    assert len(server.letters) == 1


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
async def test_a_final_no_is_kept_with_the_servers_words(posted, server, command):
    await waiting(posted)
    server.answers[command] = ["550 5.1.1 No\tsuch \x1b[31muser"]
    assert [each.state for each in await posted.sent()] == ["parked"]
    posted.later(timedelta(days=9))

    assert await posted.sent() == []
    assert await state(posted) == ("parked", 1, "550 5.1.1 No such [31muser")
    assert server.letters == []


async def test_a_server_that_is_away_is_tried_again_and_again_and_then_no_more(desk):
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
    desk = type(desk)(desk.connection, desk.office, None, desk.at)
    object.__setattr__(desk.office, "post", SmtpTransport.of_url(f"smtp+plain://localhost:{port}"))
    await waiting(desk)
    pauses = []
    while not (done := await desk.sent()) or done[0].state == "waiting":
        [mail] = await desk.mails()
        pauses.append(mail.due_at - desk.at[0])
        desk.later(pauses[-1])

    assert len(pauses) == ATTEMPTS - 1
    assert pauses == [pause(attempts) for attempts in range(1, ATTEMPTS)]
    assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(pauses) == MAX_PAUSE == timedelta(hours=6)
    assert timedelta(days=2) < sum(pauses, timedelta()) < timedelta(days=4)
    assert (await state(desk))[:2] == ("parked", ATTEMPTS)


async def test_a_wrong_password_of_ours_is_no_fault_of_the_letter(posted, server, believing):
    url = server.url.replace("look", "book")
    object.__setattr__(posted.office, "post", SmtpTransport.of_url(url, 10.0, believing))
    await waiting(posted)

    assert [each.state for each in await posted.sent()] == ["waiting"]
    assert (await state(posted))[2].startswith("535 ")
    assert PASSWORD not in repr(posted.office.post)


async def test_without_starttls_nothing_is_said(desk, believing):
    async with serving(None) as server:
        object.__setattr__(
            desk.office, "post", SmtpTransport.of_url(f"smtp://gateway:secret@localhost:{server.port}", 10.0, believing)
        )
        await waiting(desk)

        assert [each.state for each in await desk.sent()] == ["waiting"]
        assert "STARTTLS" in (await state(desk))[2]
        assert server.letters == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(posted, server):
    object.__setattr__(posted.office, "post", SmtpTransport.of_url(server.url, 10.0, ssl.create_default_context()))
    await waiting(posted)

    assert [each.state for each in await posted.sent()] == ["waiting"]
    assert "CERTIFICATE" in (await state(posted))[2].upper()
    assert server.letters == []


async def test_a_server_that_says_nothing_is_left_after_a_while(desk):
    async def listen(_, writer) -> None:
        await ended.wait()
        writer.close()

    ended = asyncio.Event()
    silent = await asyncio.start_server(listen, "localhost", 0)
    port = silent.sockets[0].getsockname()[1]
    object.__setattr__(desk.office, "post", SmtpTransport.of_url(f"smtp+plain://localhost:{port}", 0.2))
    await waiting(desk)
    done = await desk.sent()
    ended.set()
    silent.close()

    assert [each.state for each in done] == ["waiting"]
    assert "Timeout" in (await state(desk))[2]


async def test_the_trusted_certificates_are_read_once_for_all_mails(monkeypatch):
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
    read, context = [], ssl.create_default_context()
    monkeypatch.setattr(ssl, "create_default_context", lambda: read.append(1) or context)
    _trusted.cache_clear()
    for _ in range(3):
        with pytest.raises(TemporaryFailure):
            await SmtpTransport.of_url(f"smtp://localhost:{port}").send(letter())

    assert len(read) == 1


async def test_a_letter_that_was_taken_is_sent_whatever_the_goodbye(posted, server):
    await waiting(posted)
    server.answers["QUIT"] = ["554 You may not leave"]

    assert [each.state for each in await posted.sent()] == ["sent"]


async def test_each_letter_has_one_recipient(posted, server):
    await posted.noticed("ACCESS_CHANGED", "F-C1")
    await posted.addressed()
    await posted.sent()

    assert sorted(server.recipients) == [
        ["ada@havlygte-revision.example"],
        ["ben@havlygte-revision.example"],
        ["bo@havlygte-revision.example"],
        ["cora@aeroe-tovvaerk.example"],
    ]
    assert all(len(letter["To"].addresses) == 1 for letter in server.letters)
    assert all(letter["Cc"] is letter["Bcc"] is None for letter in server.letters)


async def test_a_letter_that_is_sent_again_is_known_to_be_the_same(posted, server):
    await waiting(posted)
    server.answers["DATA"] = ["250 Good.", "250 Good."]
    await posted.sent()
    # As after a crash between the server's yes and our own word of it.
    await posted.connection.exec_driver_sql("UPDATE mail SET state = 'waiting', sent_at = NULL")
    assert await posted.sent() == []
    posted.later(LEASE)
    await posted.sent()

    assert len(server.letters) == 2
    assert len({letter["Message-ID"] for letter in server.letters}) == 1
    assert re.fullmatch(r"<[0-9a-f-]{36}@portal\.example>", server.letters[0]["Message-ID"])


async def test_an_address_with_other_letters_needs_a_server_that_knows_them(posted, server):
    await posted.connection.execute(update(User).where(User.id == key("ada")).values(email="åda@havlygte.example"))
    await waiting_for(posted)

    assert [each.state for each in await posted.sent()] == ["parked"]
    assert "SMTPUTF8" in (await state(posted))[2]


async def waiting_for(desk) -> None:
    await desk.noticed("BILLING_MODE_CHANGED", "F-C1")
    await desk.addressed()


async def test_a_letter_that_is_on_its_way_is_put_off_for_everyone_else(desk):
    await waiting(desk)
    [mail] = await desk.mails()
    seen = []

    class Looking(Remembering):
        async def send(self, message):
            seen.append(await desk.office.send(mail.id))
            await super().send(message)

    object.__setattr__(desk.office, "post", Looking())
    done = await desk.office.send(mail.id)

    assert [(each.state, each.again) for each in seen] == [("waiting", LEASE)]
    assert (done.state, done.again) == ("sent", None)
    assert await desk.office.send(mail.id) is None


async def test_when_its_claim_is_over_another_worker_sends_it_and_keeps_the_record(desk):
    await waiting(desk)
    [mail] = await desk.mails()
    other = Remembering()

    class Slow(Remembering):
        async def send(self, message):
            desk.later(LEASE)
            object.__setattr__(desk.office, "post", other)
            assert (await desk.office.send(mail.id)).state == "sent"
            raise TemporaryFailure("The first one waited in vain.")

    object.__setattr__(desk.office, "post", Slow())
    await desk.office.send(mail.id)

    assert len(other.taken) == 1
    assert await state(desk) == ("sent", 1, None)


async def test_a_worker_whose_claim_is_over_leaves_the_next_attempt_as_another_has_set_it(desk):
    await waiting(desk)
    [mail] = await desk.mails()
    other = Remembering()
    other.problems = [TemporaryFailure("The second")]

    class Slow(Remembering):
        async def send(self, message):
            desk.later(LEASE)
            object.__setattr__(desk.office, "post", other)
            await desk.office.send(mail.id)
            desk.later(timedelta(seconds=1))
            raise TemporaryFailure("The first")

    object.__setattr__(desk.office, "post", Slow())
    await desk.office.send(mail.id)

    assert await state(desk) == ("waiting", 1, "The second")
    assert [each.due_at for each in await desk.mails()] == [NOW + LEASE + FIRST_PAUSE]


async def test_a_worker_that_stood_still_before_it_sent_sends_nothing(desk, monkeypatch):
    await waiting(desk)
    [mail] = await desk.mails()
    draft = MailDelivery._draft

    async def slow(*given):
        made = await draft(*given)
        desk.later(LEASE / 2 + timedelta(seconds=1))
        return made

    monkeypatch.setattr(MailDelivery, "_draft", slow)
    done = await desk.office.send(mail.id)

    assert (done.state, done.again) == ("waiting", LEASE / 2 - timedelta(seconds=1))
    assert desk.post.taken == []


# ---- settings


def letter() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Message-ID"] = "a@portal.example", "b@people.example", "<key-1@portal.example>"
    made["Subject"] = "Æ <b>"
    made["Date"] = "Mon, 02 Mar 2026 09:05:00 +0000"
    made.set_content("<script>alert(1)</script>\n")
    return made


@pytest.mark.parametrize(
    ("url", "reads"),
    [
        ("smtp://mail.example", ("smtp", "mail.example", 587, None, None)),
        ("smtps://u:p%40ss@mail.example", ("smtps", "mail.example", 465, "u", "p@ss")),
        ("smtp+plain://localhost:1025", ("smtp+plain", "localhost", 1025, None, None)),
        ("smtp://u%40x:p@[::1]:25/", ("smtp", "::1", 25, "u@x", "p")),
    ],
)
def test_addresses_of_mail_servers(url, reads):
    post = SmtpTransport.of_url(url)

    assert (post.scheme, post.host, post.port, post.user, post.password) == reads


@pytest.mark.parametrize(
    "url",
    ["mail.example", "http://mail.example", "smtp://", "smtp://a:b", "smtp://a/b", "smtp://a?x", "smtp+plain://u:p@a"],
)
def test_what_is_no_address_of_a_mail_server_is_refused_without_repeating_it(url):
    with pytest.raises(ValueError, match="GATEWAY_SMTP_URL") as refused:
        SmtpTransport.of_url(url.replace("u:p@", "user:sesame@"))
    assert "sesame" not in str(refused.value)


def test_settings_say_where_letters_go():
    said = Settings(smtp_url=SecretStr("smtps://mail.example"), smtp_seconds=7)

    assert transport_of(said) == SmtpTransport("smtps", "mail.example", 465, seconds=7)
    assert transport_of(Settings(mail_folder=Path("letters"))) == FolderTransport(Path("letters"))
    with pytest.raises(ValueError, match="GATEWAY_SMTP_URL is not set"):
        transport_of(Settings())


@pytest.mark.parametrize(
    "text",
    ["", "nobody", "a@", "@b", "Portal <a@b> <c@d>", "a@b\r\nBcc: c@d", "a b@c", "=?utf-8?q?a=0d=0ab?= <a@b.example>"],
)
def test_a_sender_without_an_address_is_refused(text):
    with pytest.raises(ValueError, match="GATEWAY_MAIL_FROM"):
        sender_of(Settings(mail_from=text))


def test_a_sender_may_have_a_name():
    assert sender_of(Settings(mail_from="Ærø Portal <a@b.example>")) == Address("Ærø Portal", "a", "b.example")
    assert sender_of(Settings(mail_from="a@b.example")) == Address("", "a", "b.example")
    with pytest.raises(ValueError, match="GATEWAY_MAIL_FROM is not set"):
        sender_of(Settings())


# ---- the folder


async def test_letters_in_a_folder_are_files_and_the_same_one_is_one_file(tmp_path):
    post = FolderTransport(tmp_path / "letters")
    await post.send(letter())
    await post.send(letter())

    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["key-1.eml"]


async def test_a_folder_that_cannot_be_had_is_tried_again(tmp_path):
    (tmp_path / "letters").write_text("a file")

    with pytest.raises(TemporaryFailure):
        await FolderTransport(tmp_path / "letters").send(letter())


async def test_the_page_shows_the_newest_first_and_as_text(tmp_path):
    app = Starlette(routes=[mail_page(tmp_path)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://demo.example") as http:
        before = await http.get("/mails")
        post = FolderTransport(tmp_path)
        await post.send(letter())
        newer = letter()
        del newer["Message-ID"]
        del newer["Subject"]
        newer["Message-ID"], newer["Subject"] = "<key-2@portal.example>", "Newer"
        await post.send(newer)
        page = await http.get("/mails")
        assert (await http.post("/mails")).status_code == 405

    assert "There are none yet." in before.text
    assert page.text.index("Newer") < page.text.index("Æ &lt;b&gt;")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script" not in page.text
    (nonce,) = re.findall(r'<style nonce="([^"]+)">', page.text)
    assert page.headers["content-security-policy"].startswith(f"default-src 'none'; style-src 'nonce-{nonce}'; ")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"


def test_refusals_are_two_kinds():
    assert not issubclass(PermanentFailure, TemporaryFailure)
