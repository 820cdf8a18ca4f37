"""What the triggers refuse, each with its neighbour that they take."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.db.seeds.keys import DEMO_NOW
from tests.support import make

LATER = DEMO_NOW + timedelta(days=10)
LATEST = DEMO_NOW + timedelta(days=20)


@pytest.fixture
async def client(connection):
    return await make.client(connection, name="Before")


@pytest.fixture
async def firm(connection):
    return await make.firm(connection, name="Before")


@pytest.fixture
async def pair(connection, firm, client):
    return await make.collaboration(connection, firm_id=firm, client_id=client)


@pytest.fixture
async def other_pair(connection, client):
    return await make.collaboration(connection, firm_id=await make.firm(connection), client_id=client)


async def test_periods_of_one_collaboration_follow_each_other(connection, pair):
    await make.period(connection, collaboration_id=pair, mode="partner", to_at=LATER)
    await make.period(connection, collaboration_id=pair, from_at=LATER, to_at=LATEST)
    await make.period(connection, collaboration_id=pair, mode="partner", from_at=LATEST)


@pytest.mark.parametrize(
    ("from_at", "to_at"),
    [
        (DEMO_NOW - timedelta(days=1), DEMO_NOW + timedelta(microseconds=1)),
        (DEMO_NOW + timedelta(days=1), LATER - timedelta(days=1)),
        (LATER - timedelta(microseconds=1), make.FOREVER),
        (DEMO_NOW - timedelta(days=1), make.FOREVER),
        (DEMO_NOW, LATER),
    ],
)
async def test_periods_of_one_collaboration_do_not_overlap(connection, pair, from_at, to_at):
    await make.period(connection, collaboration_id=pair, to_at=LATER)

    with pytest.raises(IntegrityError, match="overlaps another"):
        await make.period(connection, collaboration_id=pair, mode="partner", from_at=from_at, to_at=to_at)


async def test_two_firms_do_not_pay_for_one_client_at_a_time(connection, pair, other_pair):
    await make.period(connection, collaboration_id=pair, mode="partner", to_at=LATER)
    await make.period(connection, collaboration_id=other_pair, to_at=LATER)
    await make.period(connection, collaboration_id=other_pair, mode="partner", from_at=LATER)

    with pytest.raises(IntegrityError, match="overlaps another"):
        await make.period(connection, collaboration_id=pair, mode="partner", from_at=LATER, to_at=LATEST)


async def test_a_period_is_not_prolonged_into_another(connection, pair, other_pair):
    first = await make.period(connection, collaboration_id=pair, mode="partner", to_at=LATER)
    await make.period(connection, collaboration_id=other_pair, mode="partner", from_at=LATER)

    await _run(connection, "UPDATE billing_mode_period SET to_at = :at WHERE id = :id", id=first, at=LATER)
    with pytest.raises(IntegrityError, match="overlaps another"):
        await _run(connection, "UPDATE billing_mode_period SET to_at = :at WHERE id = :id", id=first, at=LATEST)


async def test_of_two_switches_to_partner_at_once_the_later_is_refused(copy):
    engine = make_engine(await copy())
    async with engine.begin() as connection:
        client = await make.client(connection)
        pairs = [
            await make.collaboration(connection, firm_id=await make.firm(connection), client_id=client)
            for _ in range(2)
        ]
    async with engine.connect() as one, engine.connect() as other:
        await make.period(one, collaboration_id=pairs[0], mode="partner", to_at=LATER)
        waiting = asyncio.create_task(make.period(other, collaboration_id=pairs[1], mode="partner", to_at=LATEST))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await one.commit()

        with pytest.raises(IntegrityError, match="overlaps another"):
            await waiting
    await engine.dispose()


async def test_where_the_first_switch_is_taken_back_the_second_succeeds(copy):
    engine = make_engine(await copy())
    async with engine.begin() as connection:
        client = await make.client(connection)
        pair = await make.collaboration(connection, firm_id=await make.firm(connection), client_id=client)
    async with engine.connect() as one, engine.connect() as other:
        await make.period(one, collaboration_id=pair)
        waiting = asyncio.create_task(make.period(other, collaboration_id=pair))
        await asyncio.sleep(0.1)
        await one.rollback()
        await waiting
        await other.commit()
    await engine.dispose()


async def test_periods_are_not_written_from_an_old_snapshot(engine):
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")

        with pytest.raises(DBAPIError, match="repeatable read"):
            await make.period(connection, collaboration_id=key("F-C5"))


@pytest.mark.parametrize("build", [make.period, make.grant])
async def test_periods_and_grants_name_the_client_of_their_collaboration(connection, pair, build):
    await build(connection, collaboration_id=pair)

    with pytest.raises(IntegrityError, match="client_id_collaboration_id"):
        await build(connection, collaboration_id=pair, client_id=key("C1"))


@pytest.mark.parametrize(
    "change",
    [
        "billing_mode = 'partner', firm_id = (SELECT id FROM firm LIMIT 1)",
        "firm_id = (SELECT id FROM firm LIMIT 1)",
        "client_id = (SELECT id FROM client WHERE name <> 'Before' LIMIT 1)",
        "collaboration_id = (SELECT id FROM collaboration LIMIT 1)",
        "kind = 'credit_note', credits_id = id",
        "number = 'other'",
        "currency = 'SEK'",
        "net = net + 1, total = total + 1",
        "tax = tax + 1, total = total + 1",
        "issued_at = issued_at + interval '1 day'",
        "ordered_at = ordered_at + interval '1 day'",
        "due_at = issued_at",
        "client_name = 'other'",
        "firm_name = 'other'",
        "state = 'draft'",
    ],
)
@pytest.mark.parametrize("state", ["open", "paid"])
async def test_an_issued_invoice_does_not_change(connection, client, state, change):
    invoice = await make.invoice(connection, client_id=client, state=state)

    with pytest.raises(IntegrityError, match="an issued invoice does not change"):
        await _run(connection, f"UPDATE invoice SET {change} WHERE id = :id", id=invoice)


async def test_an_issued_invoice_is_paid_and_credited(connection, client):
    invoice = await make.invoice(connection, client_id=client)

    await _run(connection, "UPDATE invoice SET state = 'paid', paid_at = now() WHERE id = :id", id=invoice)
    await _run(connection, "UPDATE invoice SET state = 'credited' WHERE id = :id", id=invoice)


async def test_a_draft_changes_is_issued_and_deleted(connection, client, firm):
    draft = await make.invoice(connection, client_id=client, state="draft")
    gone = await make.invoice(connection, client_id=client, state="draft")

    await _run(connection, "UPDATE invoice SET billing_mode = 'partner', firm_id = :f WHERE id = :id", f=firm, id=draft)
    await _run(connection, "UPDATE invoice_line SET amount = 1 WHERE invoice_id = :id", id=draft)
    issue = "UPDATE invoice SET state = 'open', number = 'x', issued_at = now() WHERE id = :id RETURNING holder_id"
    assert (await _run(connection, issue, id=draft)).scalar() == firm
    await _run(connection, "DELETE FROM invoice_line WHERE invoice_id = :id", id=gone)
    assert (await _run(connection, "DELETE FROM invoice WHERE id = :id", id=gone)).rowcount == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE invoice_line SET amount = 1 WHERE invoice_id = :id",
        "DELETE FROM invoice_line WHERE invoice_id = :id",
        "DELETE FROM invoice WHERE id = :id",
    ],
)
async def test_nothing_of_an_issued_invoice_is_taken_away(connection, client, change):
    invoice = await make.invoice(connection, client_id=client)

    with pytest.raises(IntegrityError, match="an issued invoice does not change"):
        await _run(connection, change, id=invoice)


async def test_a_line_is_not_slipped_into_an_issued_invoice(connection, client):
    issued = await make.invoice(connection, client_id=client)
    draft = await make.invoice(connection, client_id=client, state="draft")

    with pytest.raises(IntegrityError, match="an issued invoice does not change"):
        await _run(
            connection,
            "UPDATE invoice_line SET invoice_id = :issued, position = 2 WHERE invoice_id = :draft",
            issued=issued,
            draft=draft,
        )


async def test_a_credit_note_copies_the_holder_of_its_original(connection, client, firm):
    original = await make.invoice(connection, client_id=client, firm_id=firm)

    await make.invoice(connection, client_id=client, firm_id=firm, kind="credit_note", credits_id=original)


@pytest.mark.parametrize("wrong", ["mode", "firm", "client", "draft", "note"])
async def test_a_credit_note_goes_nowhere_else(connection, client, firm, wrong):
    state = "draft" if wrong == "draft" else "open"
    original = await make.invoice(connection, client_id=client, firm_id=firm, state=state)
    note = {"client_id": client, "firm_id": firm, "kind": "credit_note", "credits_id": original}
    match wrong:
        case "mode":
            note["billing_mode"] = "client"
        case "firm":
            note["firm_id"] = await make.firm(connection)
        case "client":
            note["client_id"] = await make.client(connection)
        case "note":
            note["credits_id"] = await make.invoice(connection, **note)

    with pytest.raises(IntegrityError, match="a credit note goes to whom its original was issued"):
        await make.invoice(connection, **note)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET action = 'other'",
        "UPDATE audit_entry SET count = count + 1",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ],
)
async def test_the_audit_trail_only_grows(connection, change):
    await make.audit(connection)

    with pytest.raises(IntegrityError, match="append-only"):
        await _run(connection, change)


COUNTING = "UPDATE audit_entry SET {} WHERE repeats = 'r'"


@pytest.mark.parametrize(
    "change",
    [
        "count = count - 1",
        "last_at = last_at - interval '1 second'",
        "last_at = NULL",
        "action = 'other'",
        "actor_name = 'Another', count = count + 1",
        "repeats = 's'",
        "repeats = NULL",
    ],
)
async def test_of_an_entry_that_counts_nothing_but_its_count_and_last_moment_grows(connection, change):
    await make.audit(connection, repeats=b"r", count=2, last_at=DEMO_NOW)
    await _run(connection, COUNTING.format("count = count + 1, last_at = last_at + interval '1 second'"))

    with pytest.raises(IntegrityError, match="append-only"):
        await _run(connection, COUNTING.format(change))


@pytest.mark.parametrize(
    ("state", "firm_after", "client_after"),
    [
        ("active", "After", "Äfter"),
        ("pending", "After", "Äfter"),
        # What a firm typed stays what it typed: it must not learn that such a company exists (D42).
        ("invited", "After", "Before"),
        ("ended", "Before", "Before"),
        ("declined", "Before", "Before"),
    ],
)
async def test_names_stay_true_while_a_collaboration_lives(connection, firm, client, state, firm_after, client_after):
    if state == "invited":
        _, pair = await make.invited(connection, client, firm_id=firm, client_name="Before")
    else:
        pair = await make.collaboration(connection, firm_id=firm, client_id=client, state=state)

    await _run(connection, "UPDATE firm SET name = 'After', name_key = 'after' WHERE id = :id", id=firm)
    await _run(connection, "UPDATE client SET name = 'Äfter', name_key = 'after' WHERE id = :id", id=client)

    names = "SELECT firm_name, client_name, client_name_key FROM collaboration WHERE id = :id"
    expected = (firm_after, client_after, "before" if client_after == "Before" else "after")
    assert (await _run(connection, names, id=pair)).one() == expected


@pytest.mark.parametrize("over", ["ended", "declined", "withdrawn", "expired"])
@pytest.mark.parametrize("again", ["invited", "pending", "active", "blocked"])
async def test_what_is_over_is_not_reopened(connection, firm, client, over, again):
    pair = await make.collaboration(connection, firm_id=firm, client_id=client, state=over)

    with pytest.raises(IntegrityError, match="not reopened"):
        await _run(
            connection,
            "UPDATE collaboration SET state = :again, started_at = now(), ended_at = 'infinity' WHERE id = :id",
            again=again,
            id=pair,
        )


async def test_a_collaboration_goes_its_way_and_may_be_noted_on_after_its_end(connection, firm, client):
    (pair,) = await make.invited(connection, firm_id=firm)

    for change in (
        f"state = 'pending', client_id = '{client}'",
        "state = 'active', started_at = now()",
        "state = 'ended', ended_at = now(), ended_by = 'firm'",
        "state = 'ended', end_reason = 'moved'",
    ):
        await _run(connection, f"UPDATE collaboration SET {change} WHERE id = :id", id=pair)


async def _run(connection, statement, **values):
    return await connection.execute(text(statement), values)
