"""The demo world is the world of product.md, section 5, with what D51 adds to it."""

from collections import defaultdict
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from gateway.auth.integration_tokens import PREFIX
from gateway.auth.viewers import PLATFORM_ID
from gateway.db.enums import (
    CLIENT_ROLES,
    FIRM_ROLES,
    KPI_KINDS,
    LEVELS,
    ORIGINS,
    PLATFORM_ROLES,
    SECTIONS,
    bits,
    chosen,
)
from gateway.db.models.accounts import SCOPES
from gateway.db.seeds.companies import LIMITED_SECTIONS, WORK
from gateway.db.seeds.demo import DEMO_NOW, DEMO_PASSWORD, MACHINES, PEOPLE, key, seed_demo, world
from gateway.db.seeds.keys import DAYS_AGO
from gateway.db.seeds.people import CLIENT_PLACES, FIRM_PLACES, PLATFORM_PLACES

CLIENTS = [f"C{number}" for number in range(1, 9)]
HANDLES = {
    key(handle): handle for handle in [*CLIENTS, "F", "G", "H", *DAYS_AGO, *(person.handle for person in PEOPLE)]
}


@pytest.fixture
def rows(connection):
    """What a SELECT gives, with handles for keys."""

    async def select(statement: str, **values):
        result = await connection.execute(text(statement), values)
        return [tuple(HANDLES.get(value, value) for value in row) for row in result]

    return select


async def test_the_world_has_eight_clients_and_three_firms(rows):
    clients = await rows("SELECT id, state FROM client ORDER BY company_number")
    firms = await rows("SELECT id, programme_state FROM firm")

    assert dict(clients) == dict.fromkeys(CLIENTS[:7], "verified") | {"C8": "verifying"}
    assert dict(firms) == {"F": "approved", "G": "approved", "H": "submitted"}


async def test_who_works_for_whom(rows):
    found = await rows(
        """
        SELECT firm_id, collaboration.client_id, collaboration.state, origin, level,
            CASE WHEN level = 'full' THEN (SELECT mode FROM billing_mode_period AS period
                WHERE period.collaboration_id = collaboration.id AND to_at = 'infinity') END
        FROM collaboration LEFT JOIN access_grant ON collaboration_id = collaboration.id AND revoked_at IS NULL
        """
    )

    assert sorted(found, key=lambda row: (row[1], row[0])) == [
        ("F", "C1", "active", "client_added_firm", "full", "client"),
        ("F", "C2", "active", "marketplace", "limited", None),
        ("F", "C3", "active", "firm_invitation", "full", "partner"),
        ("F", "C4", "ended", "firm_invitation", None, None),
        ("G", "C4", "active", "marketplace", "full", "partner"),
        ("F", "C5", "active", "client_added_firm", None, None),
        ("G", "C6", "active", "marketplace", "full", "partner"),
        ("F", "C7", "pending", "client_added_firm", None, None),
        ("F", "C8", "pending", "firm_invitation", None, None),
    ]
    assert {row[3] for row in found} == set(ORIGINS)


async def test_who_is_in_charge(rows):
    charges = defaultdict(set)
    for person, client in await rows(
        "SELECT user_id, client_id FROM assignment JOIN firm_member AS m ON m.id = member_id WHERE ended_at IS NULL"
    ):
        charges[person].add(client)

    assert charges == {"ben": {"C1", "C2"}, "bo": {"C1", "C3"}, "hedda": {"C5"}}


async def test_all_kpis_are_shared_but_one(rows):
    for handle, shared in await rows("SELECT collaboration_id, shared_kpis FROM access_grant WHERE revoked_at IS NULL"):
        missing = set(KPI_KINDS) - set(chosen(KPI_KINDS, shared))
        assert missing == ({"EXPENSES_READY_FOR_EXPORT"} if handle == "F-C1" else set())


async def test_six_clients_have_every_kpi_and_as_many_tasks_as_it_counts(rows):
    kpis = await rows("SELECT client_id, kind, count FROM kpi_snapshot")
    tasks = {
        (client, kind): number
        for client, kind, number in await rows(
            "SELECT client_id, kind, count(*) FROM pending_activity WHERE done_at IS NULL GROUP BY 1, 2"
        )
    }

    assert sorted((client, kind) for client, kind, _ in kpis) == sorted(
        (client, kind) for client in CLIENTS[:6] for kind in KPI_KINDS
    )
    for client, kind, count in kpis:
        assert tasks.get((client, kind), 0) == (1 if kind == "WALLET_BALANCE" else count)


async def test_each_task_stands_in_the_section_that_its_kind_needs(rows):
    found = await rows("SELECT DISTINCT kind, section FROM pending_activity")

    assert dict(found) == {kind: work.section for kind, work in WORK.items()}
    assert list(WORK) == list(KPI_KINDS)


async def test_plans_cut_some_clients_and_not_others(rows):
    plans = dict(await rows("SELECT client.id, sections FROM client JOIN plan ON plan.id = plan_id"))
    everything = bits(SECTIONS, SECTIONS)
    limited = bits(SECTIONS, LIMITED_SECTIONS)

    assert plans["C1"] == everything
    assert set(SECTIONS) - set(chosen(SECTIONS, plans["C3"])) == {"JOURNAL", "INBOX", "INTEGRATIONS"}
    assert plans["C2"] & limited == limited != plans["C2"]
    assert plans["C2"] != everything


async def test_the_seven_rows_of_table_e(rows):
    found = await rows(
        """
        SELECT invoice.id, coalesce(invoice.firm_id, client_id), kind, credits_id, state
        FROM invoice WHERE client_id = :client ORDER BY id
        """,
        client=key("C4"),
    )

    assert found == [
        ("C4#1", "C4", "invoice", None, "paid"),
        ("C4#2", "F", "invoice", None, "credited"),
        ("C4#3", "C4", "invoice", None, "paid"),
        ("C4#4", "C4", "invoice", None, "paid"),
        ("C4#5", "C4", "invoice", None, "paid"),
        ("C4#6", "G", "invoice", None, "paid"),
        ("C4#7", "F", "credit_note", "C4#2", "paid"),
    ]


async def test_the_history_of_c4_gives_each_invoice_its_holder(rows):
    """The seven rows follow from the periods, by the rule of D47."""
    found = await rows(
        """
        SELECT invoice.id, invoice.billing_mode, coalesce(payer.mode, 'client'), invoice.firm_id, payer.firm_id
        FROM invoice LEFT JOIN (billing_mode_period AS period JOIN collaboration ON collaboration.id = collaboration_id)
            AS payer (pid, cid, pclient, mode, from_at, to_at, changed_by, collaboration, firm_id)
            ON pclient = invoice.client_id AND mode = 'partner' AND from_at <= ordered_at AND ordered_at < to_at
        WHERE kind = 'invoice'
        """
    )

    assert found
    for handle, mode, expected, firm, payer in found:
        assert (handle, mode, firm) == (handle, expected, payer)


async def test_levels_of_c4_over_time(rows):
    found = await rows(
        "SELECT collaboration_id, level, revoked_at IS NULL FROM access_grant WHERE client_id = :c ORDER BY granted_at",
        c=key("C4"),
    )
    modes = await rows(
        "SELECT collaboration_id, mode FROM billing_mode_period WHERE client_id = :c ORDER BY from_at", c=key("C4")
    )

    assert found == [("F-C4", "full", False), ("F-C4", "limited", False), ("G-C4", "full", True)]
    assert modes == [("F-C4", "client"), ("F-C4", "partner"), ("F-C4", "client"), ("G-C4", "partner")]
    assert {level for _, level, _ in found} == set(LEVELS)


async def test_invoices_lie_with_the_client_or_with_the_firm(rows):
    holders = defaultdict(list)
    for handle, holder in await rows("SELECT id, holder_id FROM invoice WHERE state <> 'draft' ORDER BY ordered_at"):
        holders[holder].append(handle)

    assert holders == {
        "C1": ["C1#1", "C1#2", "C1#3"],
        "C2": ["C2#1"],
        "C3": ["C3#1", "C3#2"],
        "C4": ["C4#1", "C4#3", "C4#4", "C4#5"],
        "F": ["C4#2", "C3#3", "C3#4", "C4#7", "C3#5"],
        "G": ["C6#1", "C6#2", "C4#6", "C6#3"],
    }


async def test_each_holder_has_a_number_series_of_its_own_without_gaps(rows):
    numbers = defaultdict(list)
    for holder, number in await rows("SELECT holder_id, number FROM invoice WHERE state <> 'draft' ORDER BY id"):
        numbers[holder].append(number)

    for series in numbers.values():
        assert series == [f"{n:05}" for n in range(1, len(series) + 1)]


async def test_lines_add_up(rows):
    found = await rows(
        "SELECT invoice.id, net, sum(amount) FROM invoice JOIN invoice_line ON invoice_id = invoice.id GROUP BY 1, 2"
    )

    assert len(found) == sum(1 for handle in DAYS_AGO if "#" in handle)
    assert [handle for handle, net, lines in found if net != lines] == []


@pytest.mark.parametrize("years", [0, 1, 10])
async def test_whatever_the_day_one_invoice_is_overdue_and_nothing_has_expired(rows, years):
    today = DEMO_NOW + timedelta(days=366 * years)
    overdue = await rows("SELECT id FROM invoice WHERE state = 'open' AND due_at < :today", today=today)
    expired = await rows(
        """
        SELECT 'grant' FROM access_grant WHERE expires_at < 'infinity' UNION ALL
        SELECT 'token' FROM integration_token WHERE expires_at < 'infinity'
        """
    )

    assert overdue == [("C1#3",)]
    assert expired == []


async def test_every_role_can_sign_in(rows):
    firm = await rows("SELECT user_id, role, firm_id FROM firm_member WHERE state = 'active'")
    client = await rows("SELECT user_id, role, client_id FROM client_member WHERE state = 'active'")
    platform = await rows("SELECT user_id, role FROM platform_member")

    assert {role for _, role, _ in firm} == set(FIRM_ROLES)
    assert {role for _, role, _ in client} == set(CLIENT_ROLES)
    assert {role for _, role in platform} == set(PLATFORM_ROLES)
    assert {organisation for _, role, organisation in client if role == "owner"} == set(CLIENTS)
    assert {("ada", "admin", "F"), ("ben", "bookkeeper", "F"), ("bo", "bookkeeper", "F")} < set(firm)
    assert {("gus", "admin", "G"), ("hugo", "admin", "H"), ("finn", "staff", "F")} < set(firm)
    assert {("cora", "owner", "C1"), ("emil", "member", "C1")} < set(client)


def test_one_person_has_two_hats_and_one_has_none():
    hats = [place.person for place in (*FIRM_PLACES, *CLIENT_PLACES)] + list(PLATFORM_PLACES)

    assert sorted({person for person in hats if hats.count(person) > 1}) == ["hedda"]
    assert {person.handle for person in PEOPLE} - set(hats) == {"nora"}


async def test_the_passwords_are_all_the_demo_password(rows):
    hashes = {found for (found,) in await rows("SELECT password_hash FROM user_account")}

    assert [PasswordHasher().verify(one, DEMO_PASSWORD) for one in hashes] == [True]


async def test_the_platform_two_members_of_f_and_the_owner_of_c1_have_a_machine_each(rows):
    found = await rows(
        """
        SELECT token_hash, firm_id, client_id, created_by, scopes FROM integration_token
        WHERE revoked_at IS NULL AND expires_at = 'infinity'
        """
    )
    hashes = {machine.handle: sha256(machine.token.encode()).digest() for machine in MACHINES}
    reads, bills = bits(SCOPES, ["clients:read"]), bits(SCOPES, ["billing:write"])

    assert len(found) == len(hashes)
    assert set(found) == {
        (hashes["billing"], None, None, "pia", bills),
        (hashes["firm-sync"], "F", None, "ada", reads),
        (hashes["ben-sync"], "F", None, "ben", reads),
        (hashes["shop-sync"], None, "C1", "cora", reads),
    }


def test_the_texts_of_the_machines_are_told_from_other_credentials_and_from_each_other():
    texts = [machine.token for machine in MACHINES]

    assert len(set(texts)) == len(texts)
    assert all(text.startswith(PREFIX) for text in texts)


async def test_the_directory_lists_f_and_g_while_h_waits(rows):
    profiles = await rows("SELECT firm_id, revision, state FROM firm_profile ORDER BY 1, 2")

    assert sorted(profiles) == [
        ("F", 1, "published"),
        ("F", 2, "draft"),
        ("G", 1, "published"),
        ("H", 1, "in_review"),
    ]


async def test_the_trail_tells_nobody_of_an_invoice_that_is_not_theirs(rows):
    found = await rows(
        """
        SELECT audit_entry.client_id, audit_entry.firm_id, audit_entry.collaboration_id, holder_id
        FROM audit_entry JOIN invoice ON invoice.id = subject_id
        """
    )

    assert len(found) == sum(1 for handle in DAYS_AGO if "#" in handle) - 1
    for client, firm, collaboration, holder in found:
        assert [one for one in (client, firm) if one] == [holder]
        assert collaboration is None


async def test_the_trail_holds_what_happened_to_c4(rows):
    found = await rows(
        "SELECT action, collaboration_id FROM audit_entry WHERE client_id = :client ORDER BY at, id", client=key("C4")
    )

    actions = [action for action, pair in found if pair == "F-C4"]
    assert actions[:2] == ["INVITE_CLIENT", "ACCEPT_CLIENT_INVITATION"]
    assert actions.count("CHANGE_BILLING_MODE") == 2
    assert actions[-1] == "TERMINATE_COLLABORATION"
    assert "CHANGE_ACCESS" in actions


async def test_seeding_again_changes_nothing(connection):
    before = await _counts(connection)

    await seed_demo(connection)

    assert await _counts(connection) == before
    assert all(before[name] for name in world())


def test_keys_stay_when_the_world_moves_in_time():
    then, later = world(), world(datetime(2031, 1, 1, tzinfo=DEMO_NOW.tzinfo))

    for table, rows in then.items():
        assert [row.get("id") for row in rows] == [row.get("id") for row in later[table]]


def test_the_platform_is_the_organisation_that_viewers_act_for():
    assert {row["acting_id"] for row in world()["audit_entry"] if row["acting_side"] == "platform"} == {PLATFORM_ID}


def test_every_key_is_a_key_of_its_own():
    keys = [row["id"] for rows in world().values() for row in rows if "id" in row]

    assert len(keys) == len(set(keys))


async def _counts(connection):
    return {name: await connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in world()}
