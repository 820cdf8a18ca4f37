"""What nobody answers is over after thirty days, once, and the side that had asked is mailed (M5, M6)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text, update

from gateway.db.engine import make_engine
from gateway.db.models import Assignment, AuditEntry, ClientInvitation, Collaboration
from gateway.db.seeds.demo import key
from gateway.worker.expired_requests import TTL, lapse_next
from tests.mail.conftest import NOW, text_of
from tests.support import make

SECOND = timedelta(seconds=1)


async def invited(connection, *, expires_at=None, **given):
    """An invitation of G's, with a letter where it says until when it is good, and a copy for each of `companies`."""
    companies = [key(each) for each in given.pop("companies", ())]
    made, *_ = await make.invited(connection, *companies, firm_id=key("G"), **{"created_at": NOW} | given)
    if expires_at is not None:
        offer = {"id": make.new_key(), "email": "x@x.example", "email_key": "x", "token_hash": made.bytes}
        offer |= {"expires_at": expires_at, "collaboration_id": made, "invited_by": key("gus"), "invited_at": NOW}
        await connection.execute(insert(ClientInvitation).values(**offer, discount_percent=10, discount_plans=4))
    return made


async def lapsed(desk, now=NOW):
    """The keys of all that is over by then."""
    found = []
    while (each := await lapse_next(desk.office.engine, now)) is not None:
        found.append(each)
    return found


async def standing(desk, of):
    columns = (Collaboration.state, Collaboration.ended_by, ClientInvitation.state.label("offer"))
    of_it = select(*columns).outerjoin(ClientInvitation, ClientInvitation.collaboration_id == Collaboration.id)
    return tuple((await desk.connection.execute(of_it.where(Collaboration.id == of))).one())


@pytest.mark.parametrize("companies", [(), ("C1",), ("C1", "C2", "C5")])
async def test_an_invitation_is_as_good_as_its_last_letter(desk, companies):
    made = await invited(desk.connection, companies=companies, expires_at=NOW, created_at=NOW - TTL * 2)
    later = await invited(desk.connection, expires_at=NOW + SECOND, created_at=NOW - TTL * 2)

    assert await lapsed(desk) == [made]
    assert await standing(desk, made) == ("expired", "platform", "void")
    assert await standing(desk, later) == ("invited", None, "open")
    copies = select(Collaboration.state, Collaboration.ended_by).where(Collaboration.copy_of == made)
    assert (await desk.connection.execute(copies)).all() == [("expired", "platform")] * len(companies)


async def test_one_without_a_letter_is_as_good_as_its_age(desk):
    old = await invited(desk.connection, created_at=NOW - TTL)
    await invited(desk.connection, created_at=NOW - TTL + SECOND)

    assert await lapsed(desk) == [old]


@pytest.mark.parametrize("origin", ["client_added_firm", "marketplace"])
async def test_a_request_that_the_firm_does_not_answer_is_over(desk, origin):
    asked = update(Collaboration).where(Collaboration.id == key("F-C7"))
    await desk.connection.execute(asked.values(origin=origin, created_at=NOW - TTL + SECOND))
    await make.assignment(desk.connection, member_id=key("F/ben"), client_id=key("C7"))
    await make.assignment(desk.connection, member_id=key("G/gus"), client_id=key("C7"))

    assert await lapsed(desk) == []
    assert await lapsed(desk, NOW + SECOND) == [key("F-C7")]
    assert await standing(desk, key("F-C7")) == ("expired", "platform", None)
    still = select(Assignment.member_id).where(Assignment.client_id == key("C7"), Assignment.ended_at.is_(None))
    assert (await desk.connection.execute(still)).scalars().all() == [key("G/gus")]


async def test_what_was_accepted_waits_for_the_platform_however_long(desk):
    await desk.connection.execute(
        update(Collaboration).where(Collaboration.id == key("F-C8")).values(created_at=NOW - TTL * 10)
    )

    assert await lapsed(desk) == []


async def test_the_trail_says_who_did_it(desk):
    made = await invited(desk.connection, companies=["C1"], expires_at=NOW)
    await lapsed(desk)
    its_own = Collaboration.id == AuditEntry.collaboration_id
    columns = (AuditEntry.action, AuditEntry.actor_name, AuditEntry.actor_id, AuditEntry.client_id, AuditEntry.firm_id)
    entries = select(*columns).join(Collaboration, its_own).order_by(Collaboration.copy_of.nulls_first())
    found = await desk.connection.execute(entries.where((Collaboration.id == made) | (Collaboration.copy_of == made)))

    common = ("COLLABORATION_EXPIRED", "Platform", None)
    assert found.all() == [(*common, None, key("G")), (*common, key("C1"), key("G"))]


@pytest.mark.parametrize("companies", [[], ["C1"], ["C1", "C2"]])
async def test_the_firm_is_mailed_of_its_invitation_whoever_was_asked(desk, companies):
    await desk.speaks("gus", "en")
    await invited(desk.connection, companies=companies, expires_at=NOW)
    await lapsed(desk)
    await desk.addressed()
    await desk.sent()
    (mail,) = desk.post.taken

    assert await noticed(desk) == [("COLLABORATION_EXPIRED", None, "ClientInvitation", 0)]
    assert desk.post.to == ["gus"]
    assert mail["Subject"] == "Your invitation to As Typed has expired"
    assert "As Typed did not answer the invitation of Steinfirn Treuhand within 30 days" in text_of(mail)


async def test_the_client_is_mailed_of_its_request(desk):
    await desk.speaks("lucia", "en")
    asked = update(Collaboration).where(Collaboration.id == key("F-C7"))
    await desk.connection.execute(asked.values(created_at=NOW - TTL))
    await lapsed(desk)
    await desk.addressed()
    await desk.sent()
    (mail,) = desk.post.taken

    assert await noticed(desk) == [("COLLABORATION_EXPIRED", key("F-C7"), None, 0)]
    assert desk.post.to == ["lucia"]
    assert "Havlygte Revision did not answer the request of Azulejos Marduña within 30 days" in text_of(mail)


async def test_of_an_invitation_without_an_offer_nobody_is_mailed(desk):
    await invited(desk.connection, companies=["C1"], created_at=NOW - TTL)
    await lapsed(desk)

    assert await desk.addressed() == []


async def noticed(desk):
    """(kind, collaboration, type, priority of its job) of each notice."""
    of = text(
        "SELECT kind, collaboration_id, subject_type, priority FROM notice JOIN pgqueuer"
        " ON payload = uuid_send(notice.id) AND entrypoint = 'address'"
    )
    return [tuple(row) for row in await desk.connection.execute(of)]


async def test_several_workers_end_each_once(copy):
    engine = make_engine(await copy())
    async with engine.begin() as connection:
        for number in range(6):
            await invited(connection, expires_at=NOW, companies=[f"C{number}"] if number in (1, 2) else [])

    async def work():
        while await lapse_next(engine, NOW):
            pass

    await asyncio.gather(*(work() for _ in range(4)))
    async with engine.connect() as connection:
        ended = await connection.scalar(text("SELECT count(*) FROM audit_entry WHERE action = 'COLLABORATION_EXPIRED'"))
        noticed = await connection.scalar(text("SELECT count(*) FROM notice WHERE kind = 'COLLABORATION_EXPIRED'"))
        states = (
            (
                await connection.execute(
                    text("SELECT state FROM collaboration WHERE firm_id = :g AND origin = 'firm_invitation'"),
                    {"g": key("G")},
                )
            )
            .scalars()
            .all()
        )
    await engine.dispose()

    assert (ended, noticed) == (6 + 2, 6)
    assert states == ["expired"] * (6 + 2)
