"""The mail that `test_add_a_mail.py` adds, from its cause over HTTP to a mail server. Run in a copy of the project, not by itself."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.enums import LOCALES
from gateway.db.queries.jobs import Priority
from gateway.db.seeds.demo import key
from gateway.mail import SmtpTransport, read_texts
from gateway.policy import Policy
from tests.graph.conftest import Ask, run
from tests.mail.conftest import ZONE, Desk, MailServer, desk_of, serving, text_of
from tests.support.collaborations import mailed

KIND = "ACCESS_REQUEST_DISMISSED"
ASKED = "UPDATE collaboration SET requested_level = 'full' WHERE id = :id"
DISMISS = """mutation ($id: ID!) {
  dismissAccessRequest(input: {id: $id}) { collaboration { requestedLevel } }
}"""
SIDES = {"ada": "firm", "mila": "client"}
"""The admins of F and of C2. The owner of C2 dismisses the request, and gets no mail about it."""
NAMES = {"firm": "Havlygte Revision", "client": "Björkdunge Bageri"}


PostOffice = tuple[Desk, MailServer]


@pytest.fixture
async def post_office(connection: AsyncConnection, policy: Policy) -> AsyncIterator[PostOffice]:
    """A desk with a mail server behind it."""
    async with serving(None) as server:
        post = SmtpTransport.of_url(f"smtp+plain://localhost:{server.port}", 10.0)
        yield desk_of(connection, policy, post), server


@pytest.mark.parametrize("locale", LOCALES)
async def test_it_reaches_both_sides_in_their_language(
    ask: Ask, world: AsyncConnection, post_office: PostOffice, locale: str
) -> None:
    desk, server = post_office
    for who in SIDES:
        await desk.speaks(who, locale)
    await run(world, ASKED, id=key("F-C2"))
    done = await ask.data("dag", DISMISS, id=ask.id("Collaboration", "F-C2"))
    queued = await mailed(world)
    await desk.addressed()
    results = await desk.sent()
    mails = {mail["To"].addresses[0].username: mail for mail in server.letters}

    assert done["dismissAccessRequest"]["collaboration"] == {"requestedLevel": None}
    assert queued == [(KIND, "Collaboration", key("F-C2"), int(Priority.INTERACTIVE))]
    assert {result.state for result in results} == {"sent"}
    assert mails.keys() == SIDES.keys()
    for who, side in SIDES.items():
        words = read_texts(ZONE)[locale].texts[KIND, side]
        assert mails[who]["Content-Language"] == locale
        assert mails[who]["Subject"] == words.subject.format(**NAMES)
        assert words.paragraphs[0].format(**NAMES) in text_of(mails[who])


async def test_after_the_end_it_is_dropped(ask: Ask, world: AsyncConnection, post_office: PostOffice) -> None:
    desk, server = post_office
    await run(world, ASKED, id=key("F-C2"))
    await ask.data("dag", DISMISS, id=ask.id("Collaboration", "F-C2"))
    await desk.addressed()
    ended = "UPDATE collaboration SET state = 'ended', ended_by = 'client', ended_at = now() WHERE id = :id"
    await run(world, ended, id=key("F-C2"))

    assert {result.state for result in await desk.sent()} == {"dropped"}
    assert server.letters == []
