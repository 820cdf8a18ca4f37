"""What clients have pending, reported by machines: who may, of each client all or none, the newest wins (H44, H61, M13, D26)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.engine import make_engine
from gateway.db.enums import KPI_KINDS, bits
from gateway.db.models.accounts import SCOPES
from gateway.db.seeds.demo import key
from gateway.messages import text as message
from gateway.policy import Policy
from gateway.settings import Settings
from tests.graph.conftest import CALLERS, NOW, Answer, Ask, asker, lent, recorded, run
from tests.support import make
from tests.support.tokens import NAMES, made, shown

KPIS: Final = """mutation ($items: [KpiReport!]!) { reportKpis(input: {items: $items}) {
  written unchanged stale refused results { index status code message }
} }"""
ACTIVITIES: Final = """mutation ($items: [PendingActivityReport!]!) { reportPendingActivities(input: {items: $items}) {
  written unchanged stale refused results { index status code message }
} }"""
PRODUCT: Final = {"product_url": "https://product.example/app"}
LATER: Final = NOW - timedelta(minutes=1)  # than what the demo says
REPORTS: Final = bits(SCOPES, ["kpis:write"])
TOKEN: Final = "gwt_reports"
FOR_C1: Final = "gwt_reports_for_c1"


@pytest.fixture(scope="module")
async def ask(settings: Settings, policy: Policy, engine: AsyncEngine) -> AsyncIterator[Ask]:
    """The application with a product, to which the links of tasks lead."""
    async with asker(settings.model_copy(update=PRODUCT), policy, engine) as made:
        yield made


@pytest.fixture
async def reporting(world: AsyncConnection) -> AsyncConnection:
    """With a token of the platform and one of C1."""
    await make.token(world, TOKEN, created_by=key("pia"), scopes=REPORTS)
    await make.token(world, FOR_C1, created_by=key("cora"), client_id=key("C1"), scopes=REPORTS)
    return world


def kpi(ask: Ask, client: str = "C1", kind: str = "MISSING_RECEIPTS", at: Any = LATER, **what: Any) -> dict[str, Any]:
    return {"client": ask.id("Client", client), "kind": kind, "asOf": at.isoformat(), **(what or {"count": 41})}


def activity(ask: Ask, client: str = "C1", reference: str = "r-1", at: Any = LATER, **what: Any) -> dict[str, Any]:
    given = {"kind": "JOURNAL_PENDING", "title": "Close March", "deepLink": "https://product.example/journal/3"}
    return {"client": ask.id("Client", client), "reference": reference, "asOf": at.isoformat(), **given, **what}


def told(answer: Answer) -> list[str]:
    """The status of each item, or the code of its refusal."""
    assert answer.errors == []
    (report,) = answer.data.values()
    results = report["results"]
    assert [result["index"] for result in results] == list(range(len(results)))
    for status in ("WRITTEN", "UNCHANGED", "STALE", "REFUSED"):
        assert report[status.lower()] == sum(result["status"] == status for result in results)
    assert all((result["code"] is None) == (result["status"] != "REFUSED") for result in results)
    return [result["code"] or result["status"] for result in results]


async def snapshots(world: AsyncConnection, client: str = "C1") -> dict[str, tuple[Any, ...]]:
    rows = await world.execute(
        text("SELECT kind, count, amount, currency, as_of FROM kpi_snapshot WHERE client_id = :id"),
        {"id": key(client)},
    )
    return {row.kind: tuple(row)[1:] for row in rows}


async def tasks(world: AsyncConnection, client: str = "C1") -> dict[str, Any]:
    rows = await world.execute(text("SELECT * FROM pending_activity WHERE client_id = :id"), {"id": key(client)})
    return {row.reference: row for row in rows}


async def everything(world: AsyncConnection) -> list[Any]:
    return [
        (await world.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))).all()
        for table in ("kpi_snapshot", "pending_activity")
    ]


# ---- who


@pytest.mark.parametrize("who", CALLERS)
async def test_whoever_has_no_token_for_it_reports_nothing(ask: Ask, world: AsyncConnection, who: str) -> None:
    before = await everything(world)
    for document, item in ((KPIS, kpi(ask)), (ACTIVITIES, activity(ask))):
        answer = await ask(who, document, items=[item])

        assert answer.codes == ["UNAUTHENTICATED" if who == "anonymous" else "FORBIDDEN"]
        assert [*answer.data.values()] == [None]
    assert await everything(world) == before


async def test_the_platforms_token_reports_for_every_client_and_a_companys_for_the_company(
    ask: Ask, reporting: AsyncConnection
) -> None:
    every = [kpi(ask, client) for client in ("C1", "C2", "C4", "C6")]
    of_c1 = await shown(ask, FOR_C1, KPIS, items=every)
    unknown = [kpi(ask, "nobody"), {**kpi(ask), "client": ask.id("Firm", "F")}]
    of_platform = await shown(ask, TOKEN, KPIS, items=[*every, *unknown])
    unseen = await shown(ask, FOR_C1, KPIS, items=[kpi(ask, "C2"), *unknown])

    assert told(of_c1) == ["WRITTEN", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]
    assert told(of_platform) == ["UNCHANGED", "WRITTEN", "WRITTEN", "WRITTEN", "NOT_FOUND", "NOT_FOUND"]
    assert told(unseen) == ["NOT_FOUND"] * 3
    assert len({result["message"] for result in unseen.data["reportKpis"]["results"]}) == 1


async def test_a_token_reports_while_whoever_made_it_is_who_may(ask: Ask, reporting: AsyncConnection) -> None:
    await make.client_member(reporting, client_id=key("C1"))  # a client is never without an owner
    await run(reporting, "UPDATE client_member SET role = 'member' WHERE user_id = :cora", cora=key("cora"))
    await run(reporting, "UPDATE platform_member SET role = 'reviewer' WHERE user_id = :pia", pia=key("pia"))
    before = await everything(reporting)

    for secret in (TOKEN, FOR_C1):
        answer = await shown(ask, secret, KPIS, items=[kpi(ask)])
        assert (answer.data, answer.codes) == ({"reportKpis": None}, ["FORBIDDEN"])
    assert await everything(reporting) == before


async def test_a_firms_token_reports_nothing_whatever_its_scopes(ask: Ask, reporting: AsyncConnection) -> None:
    both = bits(SCOPES, ["clients:read", "kpis:write"])
    await make.token(reporting, "gwt_firm", created_by=key("ada"), firm_id=key("F"), scopes=both)

    assert (await shown(ask, "gwt_firm", KPIS, items=[kpi(ask)])).codes == ["FORBIDDEN"]
    assert (await shown(ask, "gwt_firm", NAMES)).data == await ask.data("firm-sync", NAMES)
    assert (await ask.data("ada", "{ viewer { tokenScopes } }"))["viewer"]["tokenScopes"] == [
        "CLIENTS_READ",
        "PAYROLL_READ",
    ]


async def test_a_token_for_reports_alone_reads_nothing(ask: Ask, reporting: AsyncConnection) -> None:
    who = "{ viewer { user { name } actingAs { name role } tokenScopes memberships { id } menus banners } }"
    lists = "{ clients(first: 9) { totalCount } invoices(first: 9) { totalCount } auditLog(first: 9) { totalCount } }"
    one = "query ($id: ID!) { client(id: $id) { name } node(id: $id) { id } }"
    places = []
    for secret in (TOKEN, FOR_C1):
        places.append((await shown(ask, secret, who)).data["viewer"].pop("actingAs"))
        found = await shown(ask, secret, lists)
        sought = await shown(ask, secret, one, id=ask.id("Client", "C1"))

        assert [each["totalCount"] for each in found.data.values()] == [0, 0, 0]
        assert (sought.data, sought.codes) == ({"client": None, "node": None}, ["NOT_FOUND"] * 2)
    assert places == [
        {"name": "Platform", "role": "REPORTING"},
        {"name": "Ærø Tovværk", "role": "OWNER"},
    ]


async def test_a_token_with_two_scopes_does_both_and_neither_opens_the_other(
    ask: Ask, reporting: AsyncConnection
) -> None:
    of_client = await made(ask, "cora", "CLIENTS_READ", "KPIS_WRITE")
    of_platform = await made(ask, "pia", "BILLING_WRITE", "KPIS_WRITE")
    bills = "{ invoices(first: 50) { totalCount nodes { id number } } }"

    assert (await shown(ask, of_client.secret, NAMES)).data == await ask.data("shop-sync", NAMES)
    assert (await shown(ask, of_platform.secret, bills)).data == await ask.data("billing", bills)
    assert told(await shown(ask, of_client.secret, KPIS, items=[kpi(ask), kpi(ask, "C2")])) == ["WRITTEN", "NOT_FOUND"]
    assert told(await shown(ask, of_platform.secret, KPIS, items=[kpi(ask), kpi(ask, "C2")])) == [
        "UNCHANGED",
        "WRITTEN",
    ]


async def test_a_token_for_reports_changes_nothing_else(ask: Ask, reporting: AsyncConnection) -> None:
    other = 'mutation { createToken(input: {name: "Child", scopes: [KPIS_WRITE]}) { secret } }'

    for secret in (TOKEN, FOR_C1):
        assert (await shown(ask, secret, other)).codes == ["FORBIDDEN"]


# ---- counts and amounts


async def test_what_is_reported_is_seen_at_once_by_whom_it_is_shared_with(ask: Ask, reporting: AsyncConnection) -> None:
    question = (
        "query ($id: ID!) { client(id: $id) { pendingTotal kpis { kind count amount { amount currency } asOf } } }"
    )
    before = (await ask.data("ada", question, id=ask.id("Client", "C1")))["client"]
    items = [
        kpi(ask, kind="MISSING_RECEIPTS", count=41),
        kpi(ask, kind="WALLET_BALANCE", amount={"amount": "-12.05", "currency": "DKK"}),
        kpi(ask, kind="EXPENSES_READY_FOR_EXPORT", count=7),  # which C1 does not share
    ]
    report = await shown(ask, TOKEN, KPIS, items=items)
    after = (await ask.data("ada", question, id=ask.id("Client", "C1")))["client"]
    kinds = {each["kind"]: each for each in after["kpis"]}

    assert told(report) == ["WRITTEN"] * 3
    assert (kinds["MISSING_RECEIPTS"]["count"], kinds["MISSING_RECEIPTS"]["asOf"]) == (41, LATER.isoformat())
    assert kinds["WALLET_BALANCE"]["amount"] == {"amount": "-12.05", "currency": "DKK"}
    assert kinds.keys() == {each["kind"] for each in before["kpis"]}
    assert "EXPENSES_READY_FOR_EXPORT" not in kinds
    assert (await snapshots(reporting))["EXPENSES_READY_FOR_EXPORT"] == (7, None, None, LATER)


async def test_older_never_replaces_newer_and_asking_again_changes_nothing(
    ask: Ask, reporting: AsyncConnection
) -> None:
    steps = [
        (LATER, 41, "WRITTEN"),
        (LATER, 41, "UNCHANGED"),
        (LATER, 42, "STALE"),
        (LATER - timedelta(microseconds=1), 42, "STALE"),
        (LATER + timedelta(microseconds=1), 41, "WRITTEN"),
        (NOW + timedelta(minutes=5), 43, "WRITTEN"),
        (NOW, 44, "STALE"),
    ]
    for at, count, expected in steps:
        assert told(await shown(ask, TOKEN, KPIS, items=[kpi(ask, at=at, count=count)])) == [expected]

    assert (await snapshots(reporting))["MISSING_RECEIPTS"] == (43, None, None, NOW + timedelta(minutes=5))


async def test_of_two_in_one_report_the_newer_counts_and_of_the_same_moment_the_first(
    ask: Ask, reporting: AsyncConnection
) -> None:
    second = LATER - timedelta(seconds=1)
    counts = [(second, 1), (LATER, 2), (LATER, 3), (LATER, 2)]
    answer = await shown(ask, TOKEN, KPIS, items=[kpi(ask, at=at, count=count) for at, count in counts])

    assert told(answer) == ["STALE", "WRITTEN", "STALE", "UNCHANGED"]
    assert (await snapshots(reporting))["MISSING_RECEIPTS"] == (2, None, None, LATER)


WRONG: Final[list[dict[str, Any]]] = [
    {"count": -1},
    {"count": 1_000_000_001},
    {"amount": {"amount": "1.00", "currency": "DKK"}},
    {"count": 1, "amount": {"amount": "1.00", "currency": "DKK"}},
    {"count": None},
    {"kind": "WALLET_BALANCE", "count": 1},
    {"kind": "WALLET_BALANCE", "amount": {"amount": "1", "currency": "DKK"}},
    {"kind": "WALLET_BALANCE", "amount": {"amount": "1.000", "currency": "DKK"}},
    {"kind": "WALLET_BALANCE", "amount": {"amount": "1" * 16 + ".00", "currency": "DKK"}},
    {"count": 1, "at": NOW + timedelta(minutes=5, seconds=1)},
    {"count": 1, "asOf": "yesterday"},
    {"count": 1, "asOf": "2026-01-01T00:00:00"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
async def test_of_a_client_all_items_are_taken_or_none(
    ask: Ask, reporting: AsyncConnection, wrong: dict[str, Any]
) -> None:
    before = await snapshots(reporting)
    given = {"kind": "JOURNAL_PENDING", **wrong}
    bad = {**kpi(ask, at=given.pop("at", LATER), count=1), "count": None, **given}
    answer = await shown(ask, TOKEN, KPIS, items=[kpi(ask), kpi(ask, "C2"), bad, kpi(ask, "C3")])

    assert told(answer) == ["WITH_ANOTHER", "WRITTEN", "BAD_USER_INPUT", "WRITTEN"]
    assert await snapshots(reporting) == before


async def test_a_report_that_is_malformed_is_refused_as_a_whole(ask: Ask, reporting: AsyncConnection) -> None:
    before = await everything(reporting)
    good = kpi(ask)
    for items in ([], [good, {**good, "client": "rubbish"}]):
        answer = await shown(ask, TOKEN, KPIS, items=items)
        assert (answer.data, answer.codes) == ({"reportKpis": None}, ["BAD_USER_INPUT"])
    for wrong in ({"kind": "SECRETS"}, {"count": 2**31}):
        assert (await shown(ask, TOKEN, KPIS, items=[{**good, **wrong}])).codes == ["BAD_USER_INPUT"]
    # Whoever may not report is told that before, and that the id is none of ours before that (D36).
    assert (await ask("ada", KPIS, items=[])).codes == ["FORBIDDEN"]
    assert (await ask("ada", KPIS, items=[{**good, "client": "rubbish"}])).codes == ["BAD_USER_INPUT"]
    assert await everything(reporting) == before


# ---- tasks


async def test_a_task_is_opened_in_the_section_of_its_kind_changed_and_done(
    ask: Ask, reporting: AsyncConnection
) -> None:
    listed = """query ($id: ID!) { client(id: $id) { pendingActivities(section: JOURNAL, first: 50) {
      nodes { title section kpiKind dueAt deepLink } } } }"""

    async def mine() -> list[dict[str, Any]]:
        found = (await ask.data("ada", listed, id=ask.id("Client", "C1")))["client"]["pendingActivities"]["nodes"]
        return [each for each in found if "March" in each["title"]]

    due = (NOW + timedelta(days=3)).isoformat()
    seen = []
    for seconds, what in ((0, {"dueAt": due}), (1, {"title": "Reopen March"}), (2, {"done": True})):
        item = activity(ask, at=LATER + timedelta(seconds=seconds), **what)
        assert told(await shown(ask, TOKEN, ACTIVITIES, items=[item])) == ["WRITTEN"]
        assert told(await shown(ask, TOKEN, ACTIVITIES, items=[item])) == ["UNCHANGED"]
        seen.append(await mine())

    told_of = {"section": "JOURNAL", "kpiKind": "JOURNAL_PENDING", "deepLink": "https://product.example/journal/3"}
    assert seen == [
        [{**told_of, "title": "Close March", "dueAt": due}],
        [{**told_of, "title": "Reopen March", "dueAt": None}],
        [],
    ]


async def test_what_is_done_is_not_opened_again_by_what_was_true_before(ask: Ask, reporting: AsyncConnection) -> None:
    known = next(each for each in (await tasks(reporting)).values() if each.done_at is None)
    done = NOW - timedelta(minutes=2)
    await run(reporting, "UPDATE pending_activity SET done_at = :at WHERE id = :id", at=done, id=known.id)
    found = []
    for seconds in (-1, 0, 1):
        item = activity(ask, reference=known.reference, at=done + timedelta(seconds=seconds))
        found += told(await shown(ask, TOKEN, ACTIVITIES, items=[item]))
        found.append((await tasks(reporting))[known.reference].done_at is None)

    assert found == ["STALE", False, "STALE", False, "WRITTEN", True]
    assert (await tasks(reporting))[known.reference].id == known.id


@pytest.mark.parametrize("wrong", [
    {"reference": ""},
    {"reference": " r"},
    {"reference": "r" * 201},
    {"title": ""},
    {"title": "two\nlines"},
    {"title": "t" * 201},
    {"deepLink": "http://product.example/"},
    {"deepLink": "javascript:alert(1)"},
    {"deepLink": "https://"},
    {"deepLink": "https://me:secret@product.example/"},
    {"deepLink": "https://product.example\\@elsewhere.example/"},
    {"deepLink": "https://product.example/ now"},
    {"deepLink": 'https://product.example/"><b>'},
    {"deepLink": "https://product.example/" + "a" * 1977},
    {"deepLink": "https://elsewhere.example/journal/3"},
    {"deepLink": "https://product.example.elsewhere.example/"},
    {"deepLink": "https://product.example:99999/"},
    {"dueAt": "tomorrow"},
    {"asOf": "2200-01-01T00:00:00Z"},
], ids=str)  # fmt: skip
async def test_a_task_that_does_not_fit_takes_its_clients_others_with_it(
    ask: Ask, reporting: AsyncConnection, wrong: dict[str, Any]
) -> None:
    before = await tasks(reporting)
    items = [activity(ask), activity(ask, "C2"), {**activity(ask, reference="r-2"), **wrong}]

    assert told(await shown(ask, TOKEN, ACTIVITIES, items=items)) == ["WITH_ANOTHER", "WRITTEN", "BAD_USER_INPUT"]
    assert await tasks(reporting) == before


async def test_without_a_product_no_link_is_accepted_and_a_task_needs_none(
    settings: Settings, policy: Policy, engine: AsyncEngine, connection: AsyncConnection
) -> None:
    await make.token(connection, TOKEN, created_by=key("pia"), scopes=REPORTS)
    async with asker(settings, policy, engine) as ask:
        with lent(ask, connection):
            links = ["https://product.example/journal/3", "https://elsewhere.example/", "https://127.0.0.1/"]
            refused = [await shown(ask, TOKEN, ACTIVITIES, items=[activity(ask, deepLink=link)]) for link in links]
            before = await tasks(connection)
            bare = await shown(ask, TOKEN, ACTIVITIES, items=[activity(ask, deepLink=None)])
            again = await shown(ask, TOKEN, ACTIVITIES, items=[activity(ask, deepLink=None)])

    for answer in refused:
        (result,) = answer.data["reportPendingActivities"]["results"]
        assert (result["code"], result["message"]) == (
            "BAD_USER_INPUT",
            f"`deepLink`: {message('input', 'NO_PRODUCT')}",
        )
    assert "r-1" not in before
    assert (told(bare), told(again)) == (["WRITTEN"], ["UNCHANGED"])
    assert (await tasks(connection))["r-1"].deep_link is None


async def test_a_title_of_pasted_text_is_taken_as_it_is(ask: Ask, reporting: AsyncConnection) -> None:
    titles = [
        "1\N{NO-BREAK SPACE}234,50\N{NARROW NO-BREAK SPACE}kr",
        "a\tb",
        "Foto\N{SOFT HYPHEN}studio",
        "👩\u200d💻 ☂\ufe0f",
    ]
    items = [activity(ask, reference=f"r-{number}", title=title) for number, title in enumerate(titles)]
    answer = await shown(ask, TOKEN, ACTIVITIES, items=[*items, activity(ask, reference="r-9", title=" trimmed\xa0")])

    assert told(answer) == ["WRITTEN"] * 5
    stored = "SELECT title FROM pending_activity WHERE reference LIKE 'r-%' ORDER BY reference"
    assert [title for (title,) in await reporting.execute(text(stored))] == [*titles, "trimmed"]


async def test_the_other_items_of_a_client_say_which_item_was_refused_and_why(
    ask: Ask, reporting: AsyncConnection
) -> None:
    items = [
        activity(ask, reference="r-0"),
        activity(ask, "C2", reference="r-1"),
        activity(ask, reference="r-2", title="a\x07b"),
        activity(ask, reference="r-3", deepLink="nowhere"),
    ]
    answer = await shown(ask, TOKEN, ACTIVITIES, items=items)
    results = answer.data["reportPendingActivities"]["results"]

    assert told(answer) == ["WITH_ANOTHER", "WRITTEN", "BAD_USER_INPUT", "BAD_USER_INPUT"]
    why = "`title`: Control characters are not allowed."
    assert results[2]["message"] == why
    assert results[0]["message"] == f"Item 2 of the same client was refused: {why}"


async def test_a_reference_is_a_clients_own(ask: Ask, reporting: AsyncConnection) -> None:
    items = [activity(ask, client) for client in ("C1", "C2", "C3")]

    assert told(await shown(ask, TOKEN, ACTIVITIES, items=items)) == ["WRITTEN"] * 3
    assert len({(await tasks(reporting, client))["r-1"].id for client in ("C1", "C2", "C3")}) == 3


# ---- what is left behind


async def test_a_report_leaves_one_entry_without_any_value(ask: Ask, reporting: AsyncConnection) -> None:
    await shown(ask, TOKEN, KPIS, items=[kpi(ask, client) for client in ("C1", "C2", "C3")])
    await shown(ask, FOR_C1, ACTIVITIES, items=[activity(ask)])
    await ask("ada", KPIS, items=[kpi(ask)])
    entries = (await reporting.execute(text("SELECT * FROM audit_entry WHERE action LIKE 'REPORT_%'"))).all()

    assert sorted(
        (each.action, each.acting_side, each.token_id is not None, each.subject_id, each.client_id, each.outcome)
        for each in entries
    ) == [
        ("REPORT_KPIS", "firm", False, None, None, "refused"),
        ("REPORT_KPIS", "platform", True, None, None, "done"),
        ("REPORT_PENDING_ACTIVITIES", "client", True, None, None, "done"),
    ]


async def test_a_replay_gives_the_same_and_does_nothing(ask: Ask, reporting: AsyncConnection) -> None:
    items = [kpi(ask), kpi(ask, "C2"), kpi(ask, "C2", count=-1), kpi(ask, "nobody")]
    sent = {"query": KPIS, "variables": {"items": items}}
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "march"}
    first = await ask.sent(sent, headers)
    await run(reporting, "UPDATE kpi_snapshot SET count = 5 WHERE client_id = :id AND count IS NOT NULL", id=key("C1"))
    again = await ask.sent(sent, headers)

    assert told(first) == ["WRITTEN", "WITH_ANOTHER", "BAD_USER_INPUT", "NOT_FOUND"]
    assert again.text == first.text
    assert (await snapshots(reporting))["MISSING_RECEIPTS"][0] == 5


# ---- many


def many(ask: Ask, count: int) -> list[dict[str, Any]]:
    clients = ("C1", "C2", "C3", "C4")
    return [activity(ask, clients[n % 4], f"bulk-{n}", title=f"Look at {n}") for n in range(count)]


async def test_ten_thousand_items_take_as_many_statements_as_one_and_fit_into_one_request(
    ask: Ask, engine: AsyncEngine, reporting: AsyncConnection
) -> None:
    await shown(ask, TOKEN, KPIS, items=[kpi(ask)])  # the first use of a token is noted
    counts, answers = [], []
    for items in (many(ask, 1), many(ask, 10_000)):
        with recorded(engine) as said:
            answers.append(await shown(ask, TOKEN, ACTIVITIES, items=items))
        counts.append([each for each in said if "SAVEPOINT" not in each])
    more = await shown(ask, TOKEN, ACTIVITIES, items=many(ask, 10_001))

    assert told(answers[0]) == ["WRITTEN"]
    assert told(answers[1]) == ["UNCHANGED", *["WRITTEN"] * 9_999]
    # The token, the time for locks, whether it lives still, its clients, the rows, the entry; of many, also who sends so much,
    # and what was there.
    assert [len(each) for each in counts] == [6, 8], counts
    assert more.codes == ["BAD_USER_INPUT"]


async def test_only_a_machine_that_reports_sends_so_much(ask: Ask, world: AsyncConnection) -> None:
    long = {"query": "{ __typename }", "variables": {"pad": "x" * 200_000}}
    unknown = {"Authorization": "Bearer gwt_unknown"}
    answers = [await ask.sent(long, who) for who in ({}, ask.headers("pia"), ask.headers("billing"), unknown)]

    assert [answer.status for answer in answers] == [413, 413, 413, 401]


# ---- two at once


@pytest.fixture
async def apart(settings: Settings, policy: Policy, copy: Any) -> AsyncIterator[tuple[Ask, AsyncEngine]]:
    """A copy of the demo world, asked over real connections."""
    engine = make_engine(await copy())
    async with engine.begin() as connection:
        await make.token(connection, TOKEN, created_by=key("pia"), scopes=REPORTS)
    async with asker(settings.model_copy(update=PRODUCT), policy, engine) as ask:
        yield ask, engine
    await engine.dispose()


async def test_reports_that_cross_never_refuse_each_other_and_the_newest_stays(apart: tuple[Ask, AsyncEngine]) -> None:
    ask, engine = apart
    pairs = [(client, kind) for client in ("C1", "C2", "C3") for kind in KPI_KINDS if kind != "WALLET_BALANCE"]
    start = NOW - timedelta(minutes=30)
    for turn in range(20):
        at = [start + timedelta(seconds=2 * turn + ahead) for ahead in (0, 1)]
        there = [kpi(ask, client, kind, at[0], count=turn) for client, kind in pairs]
        back = [kpi(ask, client, kind, at[1], count=100 + turn) for client, kind in reversed(pairs)]
        tasks_there = [activity(ask, "C1", f"x-{turn}-{n}", at[0]) for n in range(10)]
        tasks_back = [activity(ask, "C1", f"x-{turn}-{n}", at[1], done=True) for n in reversed(range(10))]
        found = [
            told(answer)
            for answer in await asyncio.gather(
                shown(ask, TOKEN, KPIS, items=there),
                shown(ask, TOKEN, KPIS, items=back),
                shown(ask, TOKEN, ACTIVITIES, items=tasks_there),
                shown(ask, TOKEN, ACTIVITIES, items=tasks_back),
            )
        ]

        assert {*found[0]} <= {"WRITTEN", "STALE"}
        assert {*found[2]} <= {"WRITTEN", "STALE"}
        assert {*found[1], *found[3]} == {"WRITTEN"}
    async with engine.connect() as connection:
        assert {row[0] for kind, row in (await snapshots(connection)).items() if kind != "WALLET_BALANCE"} == {119}
        ours = [row for reference, row in (await tasks(connection)).items() if reference.startswith("x-")]
        assert [row.done_at is not None for row in ours] == [True] * 200
