"""Access that ends by itself: the period ends at that moment, both sides are told, once (D46, H38, I4, I30)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from gateway.db.engine import make_engine
from gateway.db.models import AccessGrant, AuditEntry, BillingModePeriod, Notice
from gateway.db.seeds.demo import key
from gateway.worker.expired_grants import expire_next
from tests.mail.conftest import NOW

HOUR = timedelta(hours=1)


async def expires(connection, collaboration, at) -> None:
    done = await connection.execute(
        update(AccessGrant)
        .where(AccessGrant.collaboration_id == key(collaboration), AccessGrant.revoked_at.is_(None))
        .values(expires_at=at)
    )
    assert done.rowcount == 1


async def last_period(connection, collaboration):
    statement = (
        select(BillingModePeriod.mode, BillingModePeriod.to_at)
        .where(BillingModePeriod.collaboration_id == key(collaboration))
        .order_by(BillingModePeriod.from_at.desc())
        .limit(1)
    )
    return (await connection.execute(statement)).one()


async def notices(connection):
    return sorted((await connection.execute(select(Notice.kind, Notice.collaboration_id))).all())


async def pays(connection, collaboration, mode) -> None:
    """It has this mode now, and no other of its client is in PARTNER."""
    others = "UPDATE billing_mode_period SET mode = 'client' WHERE client_id = :client AND to_at = 'infinity'"
    mine = "UPDATE billing_mode_period SET mode = :mode WHERE collaboration_id = :of AND to_at = 'infinity'"
    await connection.execute(text(others), {"client": key(collaboration.partition("-")[2])})
    await connection.execute(text(mine), {"of": key(collaboration), "mode": mode})


async def test_the_period_ends_with_the_access_and_not_with_its_discovery(desk):
    await expires(desk.connection, "F-C1", NOW - HOUR)

    assert await expire_next(desk.office.engine, NOW) is not None
    assert await expire_next(desk.office.engine, NOW) is None
    assert (await last_period(desk.connection, "F-C1")).to_at == NOW - HOUR


@pytest.mark.parametrize(
    ("mode", "kinds"), [("client", ["ACCESS_CHANGED"]), ("partner", ["ACCESS_CHANGED", "BILLING_MODE_CHANGED"])]
)
async def test_both_sides_are_told_and_the_firm_of_the_mode_if_it_paid(desk, mode, kinds):
    await pays(desk.connection, "F-C1", mode)
    await expires(desk.connection, "F-C1", NOW - HOUR)
    await expire_next(desk.office.engine, NOW)

    assert await notices(desk.connection) == [(kind, key("F-C1")) for kind in kinds]
    await desk.addressed()
    await desk.sent()
    assert desk.post.to == sorted(["ada", "ben", "bo", "cora", *(["ada"] if mode == "partner" else [])])


async def test_the_firm_is_told_of_the_mode_also_where_somebody_else_closed_the_period(desk):
    await pays(desk.connection, "F-C1", "partner")
    await expires(desk.connection, "F-C1", NOW - HOUR)
    await desk.connection.execute(
        text("UPDATE billing_mode_period SET to_at = :at WHERE collaboration_id = :of AND to_at = 'infinity'"),
        {"at": NOW - HOUR, "of": key("F-C1")},
    )
    await expire_next(desk.office.engine, NOW)

    assert [kind for kind, _ in await notices(desk.connection)] == ["ACCESS_CHANGED", "BILLING_MODE_CHANGED"]


async def test_the_letter_says_that_there_is_no_access_now(desk):
    for who in ("ada", "cora"):
        await desk.speaks(who, "en")
    # What is read asks the clock as well: the firm lost its access at the expiry itself.
    await expires(desk.connection, "F-C1", NOW - HOUR)
    await expire_next(desk.office.engine, NOW)
    await desk.addressed()
    await desk.sent()
    said = {letter["To"].addresses[0].username: letter.get_body(("plain",)).get_content() for letter in desk.post.taken}

    assert "Access now: no access." in said["ada"]
    assert "Access now: no access." in said["cora"]


async def test_it_is_in_the_audit_trail_as_an_act_of_the_platform(desk):
    await expires(desk.connection, "F-C1", NOW - HOUR)
    await expire_next(desk.office.engine, NOW)
    statement = select(
        AuditEntry.actor_name, AuditEntry.actor_id, AuditEntry.acting_side, AuditEntry.firm_id, AuditEntry.client_id
    ).where(AuditEntry.action == "ACCESS_EXPIRED", AuditEntry.collaboration_id == key("F-C1"))

    assert (await desk.connection.execute(statement)).all() == [("Platform", None, "platform", key("F"), key("C1"))]


async def test_what_has_not_expired_or_was_revoked_or_ended_is_left_alone(desk):
    await expires(desk.connection, "F-C1", NOW + timedelta(seconds=1))
    await desk.connection.execute(
        update(AccessGrant).where(AccessGrant.collaboration_id == key("F-C4")).values(expires_at=NOW - HOUR)
    )

    assert await expire_next(desk.office.engine, NOW) is None
    assert await notices(desk.connection) == []


async def test_at_the_very_moment_it_has_expired(desk):
    await expires(desk.connection, "F-C1", NOW)

    assert await expire_next(desk.office.engine, NOW) is not None


async def test_a_limited_access_expires_without_a_period(desk):
    await expires(desk.connection, "F-C2", NOW - HOUR)

    assert await expire_next(desk.office.engine, NOW) is not None
    assert await notices(desk.connection) == [("ACCESS_CHANGED", key("F-C2"))]


async def test_several_workers_notice_each_expiry_once(copy):
    engine = make_engine(await copy())
    async with engine.begin() as connection:
        for collaboration in ("F-C1", "F-C2", "F-C3"):
            await expires(connection, collaboration, NOW - HOUR)

    async def work():
        while await expire_next(engine, NOW):
            pass

    await asyncio.gather(*(work() for _ in range(4)))
    async with engine.connect() as connection:
        told = await connection.scalar(select(func.count()).select_from(Notice).where(Notice.kind == "ACCESS_CHANGED"))
    await engine.dispose()

    assert told == 3
