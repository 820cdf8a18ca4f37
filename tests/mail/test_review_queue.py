"""The platform's people hear of what waits for their decisions: when something is new, once, and of nothing else (M3, L19)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import CapturingLogger

from gateway.db.engine import make_engine
from gateway.db.enums import LOCALES
from gateway.db.models import Client, Firm, FirmProfile, Mail, Notice, PlatformMember, User
from gateway.db.seeds.demo import key
from gateway.mail import read_texts
from gateway.policy import Policy
from gateway.worker.review_reminders import SETTLED, platform_people, remind
from tests.conftest import Copy
from tests.mail.conftest import NOW, ZONE, Desk, Remembering, chores_of, link_to, office_of, text_of, working
from tests.operation.conftest import until
from tests.support import make

SECOND: Final = timedelta(seconds=1)
DAY: Final = timedelta(days=1)


async def reminded(desk: Desk) -> list[str]:
    """Who gets a mail this morning."""
    desk.post.taken.clear()
    await chores_of(desk.office, CapturingLogger()).remind_reviewers(lambda: True)
    await desk.addressed()
    await desk.sent()
    return list(desk.post.to)


async def applies(desk: Desk, at: datetime, firm: str = "H") -> None:
    """The firm's application waits for a decision since then."""
    agreed = update(Firm).where(Firm.id == key(firm)).values(programme_state="agreed", agreed_at=at)
    await desk.connection.execute(agreed)


async def said(desk: Desk, who: str) -> str:
    (mail,) = [each for each in desk.post.taken if each["To"].addresses[0].username == who]
    return text_of(mail).partition("Open the reviews")[0]


async def test_each_is_told_of_what_is_theirs_to_decide_once(desk: Desk) -> None:
    for who in ("pia", "rolf"):
        await desk.speaks(who, "en")
    await applies(desk, NOW - DAY)
    first = await reminded(desk)
    of_pia, of_rolf = await said(desk, "pia"), await said(desk, "rolf")
    desk.later(DAY)
    second = await reminded(desk)

    assert (first, second) == (["pia", "rolf"], [])
    assert "Companies to verify: 1." in of_pia
    assert "Applications for the partner programme: 1." in of_rolf
    assert "Profiles to review: 1." in of_rolf
    for other in ("Applications", "Profiles"):
        assert other not in of_pia
    assert "Companies" not in of_rolf


NEW: Final = {
    "an application": (Firm, "H", {"programme_state": "agreed"}, "agreed_at", ["rolf"]),
    "a profile": (FirmProfile, "F profile 2", {"state": "in_review"}, "submitted_at", ["rolf"]),
    "a company": (Client, "C5", {"state": "verifying"}, "verification_requested_at", ["pia"]),
}


@pytest.mark.parametrize("what", NEW)
async def test_a_mail_comes_with_what_is_new_since_the_last_one(desk: Desk, what: str) -> None:
    table, handle, change, column, whom = NEW[what]
    await reminded(desk)
    desk.later(DAY)
    nothing = await reminded(desk)
    at = desk.at[0] - SETTLED + SECOND
    await desk.connection.execute(update(table).where(table.id == key(handle)).values({**change, column: at}))
    unsettled = await reminded(desk)
    desk.later(SECOND)
    settled = await reminded(desk)
    desk.later(DAY)

    assert (nothing, unsettled, settled, await reminded(desk)) == ([], [], whom, [])


async def test_what_is_committed_late_is_not_missed(desk: Desk) -> None:
    """A request has the moment at which it began: it may be there only after a mail of a later moment."""
    await reminded(desk)
    began = desk.at[0] - SECOND
    desk.later(DAY)
    await applies(desk, began)

    assert await reminded(desk) == ["rolf"]


async def test_nobody_is_told_of_a_decision_that_they_may_not_take(desk: Desk) -> None:
    """M3: a reviewer with a place in the firm, an administrator of the platform in a company."""
    await reminded(desk)
    desk.later(DAY)
    await make.member(desk.connection, firm_id=key("H"), user_id=key("rolf"), role="bookkeeper", state="suspended")
    await make.client_member(desk.connection, client_id=key("C5"), user_id=key("pia"), role="member")
    await applies(desk, desk.at[0] - DAY / 2)
    verifying = {"state": "verifying", "verification_requested_at": desk.at[0] - DAY / 2}
    await desk.connection.execute(update(Client).where(Client.id == key("C5")).values(verifying))

    assert await reminded(desk) == []


async def test_counts_are_those_when_the_mail_is_sent(desk: Desk) -> None:
    await desk.speaks("rolf", "en")
    await desk.connection.execute(delete(PlatformMember).where(PlatformMember.user_id == key("pia")))
    await applies(desk, NOW - DAY)
    await chores_of(desk.office, CapturingLogger()).remind_reviewers(lambda: True)
    await desk.addressed()
    await desk.connection.execute(update(FirmProfile).values(state="unlisted"))
    await desk.sent()

    assert "Applications for the partner programme: 1." in await said(desk, "rolf")
    assert "Profiles" not in await said(desk, "rolf")


@pytest.mark.parametrize(
    "meanwhile",
    [
        update(FirmProfile).values(state="unlisted"),
        delete(PlatformMember),
        update(PlatformMember).values(role="admin"),
    ],
)
async def test_a_mail_of_which_nothing_is_left_is_dropped(desk: Desk, meanwhile: Any) -> None:
    await desk.connection.execute(delete(PlatformMember).where(PlatformMember.user_id == key("pia")))
    await desk.connection.execute(update(Client).values(state="verified"))
    await chores_of(desk.office, CapturingLogger()).remind_reviewers(lambda: True)
    assert await desk.addressed() == ["rolf"]
    await desk.connection.execute(meanwhile)

    assert [each.state for each in await desk.sent()] == ["dropped"]
    assert desk.post.taken == []


async def test_the_notice_names_a_person_and_nothing_that_waits(desk: Desk) -> None:
    await chores_of(desk.office, CapturingLogger()).remind_reviewers(lambda: True)
    columns = (Notice.kind, Notice.subject_type, Notice.subject_id, Notice.data, Notice.sender_id)
    found = (await desk.connection.execute(select(*columns).order_by(Notice.id))).all()

    assert sorted(map(tuple, found), key=str) == sorted(
        [("REVIEWS_WAITING", "User", key(who), {}, None) for who in ("pia", "rolf")], key=str
    )


async def test_it_stops_between_two_people(desk: Desk) -> None:
    left = iter([True, False, False])
    await chores_of(desk.office, CapturingLogger()).remind_reviewers(lambda: next(left))

    assert len(await desk.addressed()) == 1


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_mail_arrives_in_each_language(posted: Desk, server: Any, locale: str) -> None:
    await posted.speaks("rolf", locale)
    await applies(posted, NOW - DAY)
    await chores_of(posted.office, CapturingLogger()).remind_reviewers(lambda: True)
    await posted.addressed()
    done = await posted.sent()
    (mail,) = [each for each in server.letters if each["To"].addresses[0].username == "rolf"]
    words = read_texts(ZONE)[locale].texts["REVIEWS_WAITING", "platform"]
    there = [words.paragraphs[0], *(each.format(applications=1, profiles=1) for each in words.paragraphs[1:3])]

    assert {each.state for each in done} == {"sent"}
    assert mail["Subject"] == words.subject
    assert mail["Content-Language"] == locale
    assert text_of(mail).split("\n\n")[1:] == [*there, f"{words.link}:\n{link_to('reviews', 'platform', 'rolf')}\n"]


# ---- several workers, or none


@pytest.fixture
async def engine(copy: Copy) -> AsyncIterator[AsyncEngine]:
    made = make_engine(await copy())
    yield made
    await made.dispose()


async def test_of_workers_that_remind_at_once_one_does(engine: AsyncEngine, policy: Policy) -> None:
    people = await platform_people(engine)
    reminders = [remind(engine, policy, person, NOW) for person in people for _ in range(4)]
    done = await asyncio.gather(*reminders)
    async with engine.connect() as connection:
        told = (await connection.scalars(select(Notice.subject_id))).all()

    assert sum(done) == len(people) == 2
    assert sorted(told) == sorted(people)


async def test_a_morning_without_a_worker_is_made_up_for_once(engine: AsyncEngine, policy: Policy) -> None:
    async with engine.begin() as connection:
        missed = text(
            "INSERT INTO pgqueuer_schedules (expression, entrypoint, next_run)"
            " VALUES ('0 5 * * *', 'remind_reviewers', now() - interval '3 days')"
        )
        await connection.execute(missed)
    post = Remembering()
    workers = [chores_of(office_of(engine, policy, post, lambda: NOW), CapturingLogger()) for _ in range(2)]

    async def is_mailed() -> bool:
        return len(post.taken) >= 2

    async with working(workers[0]), working(workers[1]):
        await until(is_mailed)
    async with engine.connect() as connection:
        mails = (await connection.execute(select(User.email).join(Mail, Mail.user_id == User.id))).all()
        due = await connection.scalar(
            text("SELECT next_run > now() FROM pgqueuer_schedules WHERE entrypoint = 'remind_reviewers'")
        )

    assert post.to == sorted(email.partition("@")[0] for (email,) in mails) == ["pia", "rolf"]
    assert due


async def test_somebody_new_to_the_platform_hears_of_all_that_waits(desk: Desk) -> None:
    await reminded(desk)
    desk.later(DAY)
    person = await make.user(desk.connection, email="new@platform.example")
    await desk.connection.execute(insert(PlatformMember).values(user_id=person, role="reviewer"))

    assert await reminded(desk) == ["new"]
