"""Allowances of mails: how many may leave, and when the next one may."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from gateway.db.engine import make_engine
from gateway.db.queries.mail_allowances import Bound, MailBounds, mailbox
from gateway.db.seeds.demo import key
from gateway.settings import Settings

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def bounds():
    few = Settings(mails_to_address=3, invitations_to_address=2, mails_of_unapproved_firm=4, anonymous_mails=4,
                   anonymous_mails_of_network=2)  # fmt: skip
    return MailBounds.from_settings(few, b"secret")


async def test_a_burst_is_allowed_and_then_one_mail_each_step(bounds, connection):
    async def sent(at):
        return await bounds.send(connection, key("F"), "a@b.example", at)

    assert [await sent(NOW) for _ in range(4)] == [timedelta()] * 3 + [8 * HOUR]
    assert await sent(NOW + 3 * HOUR) == 5 * HOUR
    assert await sent(NOW + 8 * HOUR) == timedelta()
    assert await sent(NOW + 8 * HOUR) == 8 * HOUR
    assert [await sent(NOW + 99 * HOUR) for _ in range(4)] == [timedelta()] * 3 + [8 * HOUR]


async def test_each_sender_and_each_mailbox_has_its_own(bounds, connection):
    for _ in range(3):
        await bounds.send(connection, key("F"), "a@b.example", NOW)

    assert await bounds.send(connection, key("F"), "A+more@B.example", NOW)
    assert not await bounds.send(connection, key("F"), "c@b.example", NOW)
    assert not await bounds.send(connection, key("C1"), "a@b.example", NOW)


async def test_invitations_are_counted_by_what_was_typed_alone(bounds, connection):
    for _ in range(3):
        await bounds.send(connection, key("F"), "a@b.example", NOW)

    assert not await bounds.invite(connection, key("F"), ["a@b.example"], NOW)
    assert not await bounds.invite(connection, key("F"), ["a+1@b.example", "c@b.example"], NOW)
    assert await bounds.invite(connection, key("F"), ["a+2@b.example"], NOW) == 12 * HOUR


async def test_a_firm_that_is_not_approved_sends_so_many_to_all_together(bounds, connection):
    for number in range(4):
        assert not await bounds.invite(connection, key("H"), [f"{number}@b.example"], NOW)
        assert not await bounds.send(connection, key("H"), f"{number}@b.example", NOW)

    assert await bounds.invite(connection, key("H"), ["9@b.example"], NOW) == 6 * HOUR
    assert await bounds.send(connection, key("H"), "9@b.example", NOW) == 6 * HOUR
    for number in range(9):
        assert not await bounds.send(connection, key("F"), f"{number}@b.example", NOW)


async def test_more_than_there_can_ever_be_is_refused(bounds, connection):
    assert await bounds.invite(connection, key("H"), [f"{number}@b.example" for number in range(5)], NOW)


async def test_anonymous_callers_share_what_there_is_and_one_network_has_a_part(bounds, connection):
    async def asked(network, kind="RESET"):
        return bool(await bounds.ask(connection, kind, network, NOW))

    assert [await asked("192.0.2.1") for _ in range(3)] == [False, False, True]
    assert [await asked("192.0.2.2") for _ in range(2)] == [False, False]
    assert await asked("192.0.2.3")
    assert not await asked("192.0.2.3", "SIGN_UP")


@pytest.mark.parametrize("same", [
    ["a@b.example", "A@B.EXAMPLE", " a+x@b.example", "a+@b.example", "a+x+y@B.example"],
    ["a@bücher.example", "a@xn--bcher-kva.example", "A@BÜCHER.example"],
    ["+a@b.example", "+A@b.example"],
    ["åsa@b.example", "ÅSA@b.example"],
])  # fmt: skip
def test_spellings_that_reach_one_mailbox_are_one(same):
    assert len({mailbox(each) for each in same}) == 1


def test_other_mailboxes_are_others():
    assert len({mailbox(each) for each in ("a@b.example", "b@b.example", "a@c.example", "+a@b.example", "")}) == 5


@pytest.mark.parametrize("most", [1, 3, 7, 11, 500])
async def test_a_bound_allows_as_many_as_it_says(bounds, connection, most):
    object.__setattr__(bounds, "to_address", Bound(most, HOUR))
    waits = [await bounds.send(connection, key("F"), "a@b.example", NOW) for _ in range(most + 1)]

    assert [bool(wait) for wait in waits] == [False] * most + [True]


async def test_many_at_once_take_no_more_than_there_is(copy, bounds):
    engine = make_engine(await copy(), pool_size=10)

    async def take(turn):
        async with engine.begin() as connection:
            # Callers name the addresses in different orders and must not deadlock.
            addresses = ["a@b.example", "c@b.example"][:: 1 if turn % 2 else -1]
            wait = await bounds.invite(connection, key("F"), addresses, NOW)
            if wait:
                await connection.rollback()
            return bool(wait)

    waits = await asyncio.gather(*(take(turn) for turn in range(10)))
    async with engine.connect() as connection:
        kept = await connection.scalar(text("SELECT count(*) FROM mail_allowance"))
    await engine.dispose()

    assert (sorted(waits), kept) == ([False] * 2 + [True] * 8, 2)
