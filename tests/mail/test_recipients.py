"""Who is told: whom the policy names, as things are when the letter leaves, and each of them once (I30, L19)."""

import asyncio

import pytest
from sqlalchemy import func, select, text, update

from gateway.db.engine import make_engine
from gateway.db.models import Collaboration, Firm, FirmMember, Mail, Notice
from gateway.db.seeds.demo import key
from gateway.mail.recipients import told
from tests.mail.conftest import NOW, Remembering, happened, office_of
from tests.support import make

BOTH_ADMINS = ["ada", "cora"]


@pytest.mark.parametrize(
    ("kind", "collaboration", "whom"),
    [
        ("COLLABORATION_REQUESTED", "F-C7", ["ada"]),
        ("COLLABORATION_REQUESTED", "F-C8", []),
        ("COLLABORATION_REQUESTED", "F-C1", []),
        ("COLLABORATION_ACCEPTED", "F-C1", BOTH_ADMINS),
        ("COLLABORATION_ACCEPTED", "F-C4", []),
        ("ACCESS_REQUEST", "F-C1", ["cora"]),
        ("ACCESS_REQUEST", "F-C2", ["dag", "mila"]),
        ("ACCESS_REQUEST", "F-C4", []),
        ("ACCESS_CHANGED", "F-C1", ["ada", "ben", "bo", "cora"]),
        ("ACCESS_CHANGED", "F-C4", []),
        ("KPI_SHARING_CHANGED", "F-C1", ["ada", "ben", "bo"]),
        ("BILLING_MODE_CHANGED", "F-C1", ["ada"]),
        ("BILLING_MODE_CHANGED", "G-C4", ["gus"]),
        ("BILLING_MODE_CHANGED", "F-C4", ["ada"]),
        ("COLLABORATION_ENDED", "F-C4", ["ada", "elena"]),
        ("COLLABORATION_ENDED", "F-C1", []),
    ],
)
async def test_those_are_told_whom_the_policy_names(desk, kind, collaboration, whom):
    assert await desk.told(kind, collaboration) == whom


@pytest.mark.parametrize(
    ("kind", "collaboration", "state", "whom"),
    [
        ("BILLING_MODE_PAUSED", "F-C1", "suspended", BOTH_ADMINS),
        ("BILLING_MODE_PAUSED", "F-C1", "approved", []),  # it is over by then
        ("BILLING_MODE_PAUSED", "F-C4", "suspended", []),  # so is the collaboration
        ("BILLING_MODE_RESUMED", "G-C6", "approved", ["gus", "jonas"]),
        ("BILLING_MODE_RESUMED", "G-C6", "suspended", []),
        ("BILLING_MODE_RESUMED", "F-C1", "approved", []),  # the client has changed it by then
    ],
)
async def test_both_sides_are_told_of_a_suspended_payer_as_long_as_it_is_so(desk, kind, collaboration, state, whom):
    await desk.connection.execute(update(Firm).values(programme_state=state))

    assert await desk.told(kind, collaboration) == whom


async def test_who_did_it_is_not_told_in_any_hat(desk):
    # Hedda owns C3; as a bookkeeper of F she gets charge of it.
    await make.assignment(desk.connection, member_id=key("F/hedda"), client_id=key("C3"))

    assert await desk.told("ACCESS_CHANGED", "F-C3", actor_id=key("hedda")) == ["ada", "bo"]


async def test_who_wears_two_hats_gets_a_letter_for_each(desk):
    await make.assignment(desk.connection, member_id=key("F/hedda"), client_id=key("C3"))

    assert await desk.told("ACCESS_CHANGED", "F-C3") == ["ada", "bo", "hedda", "hedda"]


async def test_a_notice_is_addressed_once(desk):
    await desk.noticed("ACCESS_CHANGED", "F-C1")

    assert await desk.addressed() == await desk.addressed() == ["ada", "ben", "bo", "cora"]
    assert [each.due_at for each in await desk.mails()] == [NOW] * 4


async def test_a_member_who_was_suspended_or_removed_is_not_told(desk):
    await desk.connection.execute(update(FirmMember).where(FirmMember.id == key("F/ben")).values(state="suspended"))
    await desk.connection.execute(update(FirmMember).where(FirmMember.id == key("F/bo")).values(state="removed"))

    assert await desk.told("ACCESS_CHANGED", "F-C1") == BOTH_ADMINS


LATER = {
    "an assignment ended": ("UPDATE assignment SET ended_at = now() WHERE member_id = :ben", ["ada", "bo", "cora"]),
    "a member was suspended": ("UPDATE firm_member SET state = 'suspended' WHERE id = :ben", ["ada", "bo", "cora"]),
    "a member was removed": ("UPDATE client_member SET state = 'removed' WHERE user_id = :cora", ["ada", "ben", "bo"]),
    "a role was taken": ("UPDATE firm_member SET role = 'staff' WHERE id = :ben", ["ada", "bo", "cora"]),
    "it ended": (
        "UPDATE collaboration SET state = 'ended', ended_at = now(), ended_by = 'client' WHERE id = :of",
        [],
    ),
}


@pytest.mark.parametrize("what", LATER)
async def test_what_happened_between_the_cause_and_the_sending_counts(desk, what):
    change, still = LATER[what]
    await desk.noticed("ACCESS_CHANGED", "F-C1")
    assert await desk.addressed() == ["ada", "ben", "bo", "cora"]
    values = {"ben": key("F/ben"), "cora": key("cora"), "of": key("F-C1")}
    mentioned = {name: value for name, value in values.items() if f":{name}" in change}
    assert (await desk.connection.execute(text(change), mentioned)).rowcount > 0

    done = await desk.sent()
    states = sorted(each.state for each in done)
    assert desk.post.to == still
    assert states == ["dropped"] * (4 - len(still)) + ["sent"] * len(still)
    assert {each.state for each in await desk.mails()} == set(states)


async def test_the_level_that_a_letter_names_is_the_one_when_it_is_sent(desk):
    await desk.speaks("ada", "en")
    await desk.noticed("ACCESS_CHANGED", "F-C1")
    await desk.addressed()
    await desk.connection.execute(
        text("UPDATE access_grant SET level = 'limited' WHERE collaboration_id = :of"), {"of": key("F-C1")}
    )
    await desk.sent()
    said = {
        message["To"].addresses[0].username: message.get_body(("plain",)).get_content() for message in desk.post.taken
    }

    assert "Access now: limited access." in said["ada"]


async def test_a_role_that_is_never_told_costs_no_statement(desk, policy, monkeypatch):
    asked = []

    async def noting(connection, policy, viewer, *rest):
        asked.append((viewer.role, policy.plan(viewer, "Collaboration").can_ever("notify", rest[0])))
        return await told(connection, policy, viewer, *rest)

    monkeypatch.setattr("gateway.mail.delivery.told", noting)
    await desk.noticed("COLLABORATION_REQUESTED", "F-C7")
    await desk.addressed()

    assert ("admin", True) in asked
    assert ("staff", False) in asked


async def test_a_notice_that_nobody_is_to_be_told_of_is_done_with(desk):
    await desk.noticed("COLLABORATION_REQUESTED", "F-C8")

    assert await desk.addressed() == []
    assert await unaddressed(desk) == 0


@pytest.mark.parametrize("given", [{"kind": "OF_A_NEWER_RELEASE", "collaboration": "F-C1"}, {"kind": "ACCESS_CHANGED"}])
async def test_a_notice_that_this_release_does_not_understand_stays_for_one_that_does(desk, given):
    notice = await desk.noticed(**given)

    with pytest.raises((LookupError, TypeError)):
        await desk.office.address(notice)
    assert await unaddressed(desk) == 1


async def unaddressed(desk) -> int:
    return await desk.connection.scalar(select(func.count()).select_from(Notice).where(Notice.addressed_at.is_(None)))


@pytest.mark.parametrize(
    ("kind", "state", "whom"),
    [
        ("WEBINAR", "submitted", ["hugo"]),
        ("WEBINAR", "webinar_watched", []),
        ("AGREEMENT", "webinar_watched", ["hugo"]),
        ("AGREEMENT", "submitted", []),
    ],
)
async def test_a_firms_way_into_the_programme_is_told_to_its_admins_who_takes_the_step_too(desk, kind, state, whom):
    await desk.connection.execute(update(Firm).where(Firm.id == key("H")).values(programme_state=state))
    await make.member(desk.connection, firm_id=key("H"), role="bookkeeper")

    assert await desk.told(kind, subject_type="Firm", subject_id=key("H"), actor_id=key("hugo")) == whom


async def test_of_two_who_address_a_notice_at_once_one_finds_it_done(copy, policy):
    engine = make_engine(await copy())
    [notice] = await happened(engine, {"kind": "ACCESS_CHANGED", "collaboration_id": key("F-C1")})
    office = office_of(engine, policy, Remembering(), lambda: NOW)
    first, second = await asyncio.gather(office.address(notice), office.address(notice))
    async with engine.connect() as connection:
        letters = await connection.scalar(select(func.count()).select_from(Mail))
        jobs = await connection.scalar(text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'send'"))
    await engine.dispose()

    assert sorted([first is None, second is None]) == [False, True]
    assert letters == jobs == 4


async def test_the_names_in_a_letter_after_the_end_are_those_at_the_end(desk):
    await desk.speaks("ada", "en")
    await desk.connection.execute(
        text("UPDATE client SET name = 'Renamed', name_key = 'renamed' WHERE id = :c"), {"c": key("C4")}
    )
    name = await desk.connection.scalar(select(Collaboration.client_name).where(Collaboration.id == key("F-C4")))
    await desk.told("COLLABORATION_ENDED", "F-C4")
    [mine] = [message for message in desk.post.taken if message["To"].addresses[0].username == "ada"]

    assert name == "Talleres Riomanso"
    assert mine["Subject"] == "Your collaboration with Talleres Riomanso has ended"
