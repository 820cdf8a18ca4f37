"""What the tables themselves refuse, each with its neighbour that they take."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gateway.db.seeds.keys import DEMO_NOW
from tests.support import make


@pytest.fixture
async def firm(connection):
    return await make.firm(connection)


@pytest.fixture
async def client(connection):
    return await make.client(connection)


@pytest.mark.parametrize("state", ["invited", "pending", "active"])
async def test_a_pair_has_one_living_collaboration(connection, firm, client, state):
    if state == "invited":
        await make.invited(connection, client, firm_id=firm)
    else:
        await make.collaboration(connection, firm_id=firm, client_id=client, state=state)

    with pytest.raises(IntegrityError, match="uq_collaboration_living"):
        await make.invited(connection, client, firm_id=firm)


async def test_an_invitation_has_no_client_and_its_copies_have(connection, firm, client):
    (invitation,) = await make.invited(connection, firm_id=firm)
    copy = {"firm_id": firm, "copy_of": invitation}

    for wrong, refused in (
        ({"firm_id": firm, "client_id": client, "state": "invited"}, "ck_collaboration_invited"),
        ({**copy, "state": "invited"}, "ck_collaboration_invited"),
        *(({**copy, "client_id": client, "state": begun}, "ck_collaboration_copy") for begun in ("pending", "active")),
    ):
        with pytest.raises(IntegrityError, match=refused):
            async with connection.begin_nested():
                await make.collaboration(connection, **wrong)


async def test_an_invitation_has_one_copy_for_each_company(connection, firm, client):
    (invitation,) = await make.invited(connection, firm_id=firm)
    await make.collaboration(connection, firm_id=firm, client_id=client, state="declined", copy_of=invitation)

    with pytest.raises(IntegrityError, match="uq_collaboration_copy"):
        await make.collaboration(connection, firm_id=firm, client_id=client, state="invited", copy_of=invitation)


@pytest.mark.parametrize("over", ["ended", "declined", "withdrawn", "expired"])
async def test_a_pair_that_parted_may_begin_again(connection, firm, client, over):
    await make.collaboration(connection, firm_id=firm, client_id=client, state=over)
    await make.collaboration(connection, firm_id=firm, client_id=client, state=over)

    await make.collaboration(connection, firm_id=firm, client_id=client)


async def test_a_client_may_have_two_firms(connection, firm, client):
    await make.collaboration(connection, firm_id=firm, client_id=client)

    await make.collaboration(connection, firm_id=await make.firm(connection), client_id=client)


async def test_only_an_invitation_may_be_without_a_client(connection, firm):
    await make.collaboration(connection, firm_id=firm, state="invited")

    with pytest.raises(IntegrityError, match="client_known"):
        await make.collaboration(connection, firm_id=firm, state="pending")


@pytest.mark.parametrize(
    "given", [{"state": "active", "ended_at": DEMO_NOW}, {"state": "ended", "ended_at": make.FOREVER}]
)
async def test_an_end_and_its_moment_come_together(connection, firm, client, given):
    with pytest.raises(IntegrityError, match="ck_collaboration_ended_at"):
        await make.collaboration(connection, firm_id=firm, client_id=client, **given)


async def test_a_collaboration_has_one_grant_at_a_time(connection, firm, client):
    pair = await make.collaboration(connection, firm_id=firm, client_id=client)
    await make.grant(connection, collaboration_id=pair, revoked_at=DEMO_NOW)
    await make.grant(connection, collaboration_id=pair, version=2)

    with pytest.raises(IntegrityError, match="uq_access_grant_current"):
        await make.grant(connection, collaboration_id=pair, version=3)


async def test_invoice_numbers_are_unique_for_one_holder_and_free_across_holders(connection, firm, client):
    await make.invoice(connection, client_id=client, number="00001")
    await make.invoice(connection, client_id=client, number="00001", firm_id=firm)
    await make.invoice(connection, client_id=await make.client(connection), number="00001")

    for holder in ({}, {"firm_id": firm}):
        with pytest.raises(IntegrityError, match="uq_invoice_number"):
            async with connection.begin_nested():
                await make.invoice(connection, client_id=client, number="00001", **holder)


async def test_drafts_have_no_number_yet(connection, client):
    await make.invoice(connection, client_id=client, state="draft")
    await make.invoice(connection, client_id=client, state="draft")

    with pytest.raises(IntegrityError, match="ck_invoice_issued"):
        await make.invoice(connection, client_id=client, number=None)


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"billing_mode": "partner"}, "ck_invoice_holder|holder_id"),
        ({"total": 1}, "ck_invoice_total"),
        ({"kind": "credit_note"}, "ck_invoice_credits"),
        ({"state": "overdue"}, "ck_invoice_state"),
    ],
)
async def test_an_invoice_is_whole(connection, client, given, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        await make.invoice(connection, client_id=client, **given)


@pytest.mark.parametrize(
    "given",
    [
        {"amount": 1, "currency": "EUR"},
        {"count": None},
        {"count": None, "amount": 1},
        {"count": -1},
    ],
)
async def test_a_kpi_is_a_count_or_an_amount_with_its_currency(connection, client, given):
    await make.kpi(connection, client_id=client, kind="WALLET_BALANCE")

    with pytest.raises(IntegrityError, match="ck_kpi_snapshot"):
        await make.kpi(connection, client_id=client, **given)


async def test_a_person_is_assigned_to_a_client_once_at_a_time(connection, firm, client):
    member = await make.member(connection, firm_id=firm)
    await make.assignment(connection, member_id=member, client_id=client, ended_at=DEMO_NOW)
    await make.assignment(connection, member_id=member, client_id=client)

    with pytest.raises(IntegrityError, match="uq_assignment_current"):
        await make.assignment(connection, member_id=member, client_id=client)


async def test_a_firm_has_one_published_profile(connection, firm):
    await make.profile(connection, firm_id=firm)
    await make.profile(connection, firm_id=firm, revision=2, state="draft")

    with pytest.raises(IntegrityError, match="uq_firm_profile_published"):
        await make.profile(connection, firm_id=firm, revision=3)


async def test_a_removed_person_may_come_back(connection, firm):
    user = await make.user(connection)
    await make.member(connection, firm_id=firm, user_id=user, state="removed")
    await make.member(connection, firm_id=firm, user_id=user)

    with pytest.raises(IntegrityError, match="uq_firm_member_living"):
        await make.member(connection, firm_id=firm, user_id=user, state="suspended")


async def test_an_address_belongs_to_one_person(connection):
    await make.user(connection, email="Somebody@people.example")

    with pytest.raises(IntegrityError, match="uq_user_account_email_key"):
        await make.user(connection, email="somebody@PEOPLE.example")


async def test_names_sort_by_code_point_whatever_the_machine(connection):
    for name in ("zebra", "Äpfel", "apfel 2", "Ærø"):
        await make.client(connection, name=name, country="CH")

    names = await connection.execute(
        text("SELECT name FROM client WHERE country = 'CH' AND state = 'verified' ORDER BY name_key")
    )

    assert names.scalars().all() == ["Ærø", "Äpfel", "apfel 2", "zebra", "Zürcher Käsekeller"]
