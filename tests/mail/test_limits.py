"""Mails beyond the bound of their organisation: held back, and the last state is always sent (L9)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from structlog.testing import CapturingLogger

from gateway.db.models import AccessGrant, MailAllowance
from gateway.db.queries.mail_allowances import DAY, Bound
from gateway.db.seeds.demo import key
from gateway.mail import TemporaryFailure
from tests.mail.conftest import NOW, chores_of, text_of


@pytest.fixture
def few(desk):
    """An office that sends two mails a day of one organisation to one address."""
    desk.office.__dict__["bounds"] = replace(desk.office.bounds, to_address=Bound(2, DAY))
    return desk


async def caused(desk, kind="BILLING_MODE_CHANGED", sender="C1", **given):
    """Something of C1's that only ada is told of."""
    await desk.noticed(kind, "F-C1", sender_id=sender and key(sender), **given)
    await desk.addressed()
    return [each.state for each in await desk.sent()]


async def test_mails_beyond_the_bound_become_one_that_is_sent_when_there_is_room(few):
    for _ in range(2):
        assert await caused(few) == ["sent"]
    for _ in range(5):
        assert await caused(few) == ["waiting"]
        few.later(timedelta(minutes=1))
    states = sorted(each.state for each in await few.mails())
    [last] = [each for each in await few.mails() if each.state == "waiting"]

    assert states == [*["dropped"] * 4, "sent", "sent", "waiting"]
    assert (last.attempts, last.problem, last.due_at) == (0, None, NOW + DAY / 2)
    few.at[0] = last.due_at
    assert [each.state for each in await few.sent()] == ["sent"]
    assert len(few.post.taken) == 3


async def test_the_mail_that_is_sent_at_last_says_what_is_true_then(few):
    await few.speaks("ada", "en")
    for _ in range(2):
        await caused(few, "ACCESS_CHANGED")
    await caused(few, "ACCESS_CHANGED")
    grant = update(AccessGrant).where(AccessGrant.collaboration_id == key("F-C1"))
    await few.connection.execute(grant.values(level="full"))
    few.later(DAY)
    await few.sent()
    mine = [mail for mail in few.post.taken if mail["To"].addresses[0].username == "ada"]

    assert "Access now: full access." in text_of(mine[-1])


async def test_what_was_held_leaves_before_what_came_later(few):
    for _ in range(3):
        await caused(few)
    few.later(DAY / 2)
    assert await caused(few) == ["sent", "waiting"]


async def test_other_senders_and_mails_of_the_platform_are_not_held(few):
    for _ in range(3):
        await caused(few)

    assert await caused(few, sender="C2") == ["sent"]
    assert await caused(few, sender=None) == ["sent"]


async def test_what_is_held_of_one_kind_stays_beside_what_is_held_of_another(few):
    for _ in range(3):
        await caused(few)
    await caused(few, "COLLABORATION_ACCEPTED")
    waiting = [mail for mail in await few.mails() if mail.state == "waiting" and mail.user_id == key("ada")]

    assert len(waiting) == 2


async def test_a_second_attempt_is_no_other_mail(few):
    few.post.problems = [TemporaryFailure("421"), TemporaryFailure("421")]
    assert await caused(few) == ["waiting"]
    for _ in range(2):
        few.later(timedelta(minutes=2))
        await few.sent()

    assert len(few.post.taken) == 1
    assert await caused(few) == ["sent"]


async def test_a_firm_that_is_not_approved_is_bounded_over_all_addresses(desk):
    desk.office.__dict__["bounds"] = replace(desk.office.bounds, unapproved=Bound(1, DAY))
    await desk.noticed("COLLABORATION_REQUESTED", "F-C7", sender_id=key("H"))
    await desk.noticed("BILLING_MODE_CHANGED", "F-C1", sender_id=key("H"))
    await desk.addressed()
    states = sorted(each.state for each in await desk.sent())

    assert states.count("sent") == 1
    assert set(states) == {"sent", "waiting"}


async def test_an_allowance_that_is_full_again_is_swept_away(few):
    await caused(few)
    await caused(few, sender="C2")
    chores = chores_of(few.office, CapturingLogger())
    few.later(DAY / 2)
    await caused(few)
    await chores.sweep(lambda: True)
    assert await few.connection.scalar(select(func.count()).select_from(MailAllowance)) == 2
    few.later(timedelta(seconds=1))
    await chores.sweep(lambda: True)

    assert await few.connection.scalar(select(func.count()).select_from(MailAllowance)) == 1
