"""Pages and ids, for any size and any way round: nothing twice, nothing left out, nothing of somebody else's."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import DEMO_NOW, key
from gateway.policy import Policy
from gateway.settings import Settings
from gateway.text.keys import fold
from tests.conftest import Copy
from tests.graph.conftest import Ask, asker, recorded, run
from tests.support import make

MANY: Final = 23
NAMES: Final = [
    # Alike but for case and accents, with signs that LIKE knows, and in no order.
    f"{word} {number % 7}"
    for number, word in enumerate(["Äpfel", "apfel", "APFEL", "Zürich 50%", "_x", "a\\b", "Ω", "ø"] * 3)
][:MANY]
TRIALS = trials(
    max_examples=40, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
async def full(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Ask]:
    """A copy of the demo world in which F has many more clients, bills and collaborations than a page holds."""
    engine = make_engine(await copy())
    async with engine.begin() as connection:
        for number, name in enumerate(NAMES):
            client = await make.client(connection, name=name, id=key(f"many {number}"))
            pair = await make.collaboration(connection, firm_id=key("F"), client_id=client)
            await make.grant(connection, collaboration_id=pair)
            await make.kpi(connection, client_id=client, count=number % 2)
            asked = await make.collaboration(
                connection, firm_id=key("F"), state="invited", origin="firm_invitation", client_id=None
            )
            await make.client_invitation(connection, name, collaboration_id=asked, invited_by=key("ada"))
            at = DEMO_NOW - timedelta(days=number * 13)
            await make.invoice(
                connection, client_id=key("C3"), firm_id=key("F"), id=make.new_key(at), number=f"M{number}"
            )
            await make.audit(connection, id=make.new_key(at), at=at, collaboration_id=key("F-C1"), client_id=key("C1"))
            await make.profile(connection, firm_id=await make.firm(connection, name=name), display_name=name)
            await make.token(
                connection, name + str(number), id=make.new_key(at), created_by=key("ada"), firm_id=key("F")
            )
            await _hangs_on(connection, number, name)
    async with asker(settings, policy, engine) as made:
        yield made
    await engine.dispose()


async def _hangs_on(connection: AsyncConnection, number: int, name: str) -> None:
    """One more of all that hangs on F, C1 and C3. Tasks are due at four moments or never."""
    worker = await make.member(connection, firm_id=key("F"), user_id=await make.user(connection, name=name))
    await make.assignment(connection, member_id=worker, client_id=key("C3"))
    person = await make.user(connection, name=name)
    await make.client_member(connection, client_id=key("C3"), user_id=person, role="member")
    due = {"due_at": DEMO_NOW + timedelta(days=number % 4)} if number % 5 else {}
    for section, kind in (("RECEIPTS", "MISSING_RECEIPTS"), ("JOURNAL", "JOURNAL_PENDING")):
        await make.activity(connection, client_id=key("C1"), section=section, kind=kind, **due)
    await make.invitation(connection, f"staff {number}", firm_id=key("F"), invited_by=key("ada"))
    await make.member_invitation(connection, f"member {number}", client_id=key("C3"), invited_by=key("hedda"))
    await make.profile(connection, firm_id=key("F"), revision=10 + number, state="unlisted")
    await make.collaboration(connection, firm_id=await make.firm(connection), client_id=key("C3"), state="ended")
    begin = DEMO_NOW - timedelta(days=1000 + number)
    await make.period(connection, collaboration_id=key("F-C1"), from_at=begin, to_at=begin + timedelta(days=1))


LISTS: Final = {
    "clients": "clients(tab: ALL, %s)",
    "clients descending": "clients(tab: ALL, orderBy: {field: NAME, direction: DESC}, %s)",
    "clients found": 'clients(search: "apfel", %s)',
    "clients with receipts": "clients(onlyMissingReceipts: true, %s)",
    "collaborations": "collaborations(%s)",
    "invitations": "clientInvitations(%s)",
    "open invitations": "clientInvitations(states: [OPEN], %s)",
    "active collaborations": "collaborations(states: [ACTIVE], %s)",
    "invoices": "invoices(%s)",
    "open invoices": "invoices(states: [OPEN], %s)",
    "invoices about C3": 'invoices(client: "C3", %s)',
    "nested invoices": 'client(id: "C3") { invoices(%s)',
    "nested audit": 'collaboration(id: "F-C1") { auditEntries(%s)',
    "managers": 'client(id: "C3") { accountManagers(%s)',
    "members": 'client(id: "C3") { members(%s)',
    "tasks": 'client(id: "C1") { pendingActivities(%s)',
    "tasks of a section": 'client(id: "C1") { pendingActivities(section: JOURNAL, %s)',
    "invitations of members": 'client(id: "C3") { memberInvitations(%s)',
    "nested collaborations": 'client(id: "C3") { collaborations(%s)',
    "staff": "firm { staff(%s)",
    "invitations of staff": "firm { staffInvitations(%s)",
    "revisions": "firm { profileRevisions(%s)",
    "periods": 'collaboration(id: "F-C1") { billingModePeriods(%s)',
    "integration tokens": "integrationTokens(%s)",
    "firms of the platform": "firms(%s)",
    "firms found": 'firms(search: "apfel", %s)',
}
CALLER: Final = {
    **dict.fromkeys(("firms of the platform", "firms found"), "pia"),
    **dict.fromkeys(("invitations of members", "nested collaborations"), "hedda@C3"),
}
PAGE: Final = "edges { cursor node { id } } nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


async def paged(ask: Ask, name: str, arguments: str) -> Any:
    """The page of the list, however deep it lies."""
    document = LISTS[name]
    for type_name, handle in (("Client", "C1"), ("Client", "C3"), ("Collaboration", "F-C1")):
        document = document.replace(f'"{handle}"', f'"{ask.id(type_name, handle)}"')
    closing = "}" if document.count("{") > document.count("}") else ""
    listed = document.replace("%s", arguments)
    page = PAGE.replace("{ id }", "{ id: from }") if name == "periods" else PAGE
    data = await ask.data(CALLER.get(name, "ada"), f"{{ {listed} {{ {page} }} {closing} }}")
    (found,) = data.values()
    return found if "edges" in found else next(iter(found.values()))


def ids(page: Any) -> list[str]:
    assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]
    ends = [edge["cursor"] for edge in page["edges"]][:: max(1, len(page["edges"]) - 1)]
    assert [page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]] == (
        [ends[0], ends[-1]] if ends else [None] * 2
    )
    return [node["id"] for node in page["nodes"]]


@pytest.mark.parametrize("name", LISTS)
async def test_the_whole_list_has_each_once_and_counts_them(full: Ask, name: str) -> None:
    whole = await paged(full, name, "first: 500")
    backward = await paged(full, name, "last: 500")
    found = ids(whole)

    assert len(found) == len(set(found)) == whole["totalCount"] > 5
    assert whole["pageInfo"]["hasNextPage"] is whole["pageInfo"]["hasPreviousPage"] is False
    assert ids(backward) == found


@pytest.mark.parametrize("name", LISTS)
async def test_pages_forward_and_backward_make_up_the_list(full: Ask, name: str) -> None:
    whole = ids(await paged(full, name, "first: 500"))
    for size in (2, 7, len(whole)):
        for from_start in (True, False):
            found: list[str] = []
            cursor, more = "", True
            while more:
                arguments = f"first: {size} {cursor}" if from_start else f"last: {size} {cursor}"
                page = await paged(full, name, arguments)
                assert len(page["nodes"]) <= size
                assert page["totalCount"] == len(whole)
                found = found + ids(page) if from_start else ids(page) + found
                info = page["pageInfo"]
                more = info["hasNextPage"] if from_start else info["hasPreviousPage"]
                cursor = f'after: "{info["endCursor"]}"' if from_start else f'before: "{info["startCursor"]}"'
            assert found == whole


@TRIALS
@given(data=st.data())
async def test_any_stretch_between_two_cursors_is_that_of_the_list(full: Ask, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(LISTS)))
    whole = await paged(full, name, "first: 500")
    edges = whole["edges"]
    low = data.draw(st.integers(-1, len(edges) - 1))
    high = data.draw(st.integers(0, len(edges)))
    size = data.draw(st.integers(0, len(edges) + 1))
    from_start = data.draw(st.booleans())
    after = f'after: "{edges[low]["cursor"]}"' if low >= 0 else ""
    before = f'before: "{edges[high]["cursor"]}"' if high < len(edges) else ""
    page = await paged(full, name, f"{'first' if from_start else 'last'}: {size} {after} {before}")
    between = [edge["node"]["id"] for edge in edges[low + 1 : high]]
    expected = between[:size] if from_start else between[max(0, len(between) - size) :]

    assert ids(page) == expected
    assert page["totalCount"] == len(edges)
    beyond = len(between) > size
    assert page["pageInfo"]["hasNextPage" if from_start else "hasPreviousPage"] == beyond


@pytest.mark.parametrize(("who", "search", "found"), [
    ("ada", "APFEL", 9),
    ("ada", "äPFEL", 9),
    ("ada", "apfel 1", 2),
    ("ada", "%", 3),
    ("ada", "50%", 3),
    ("ada", "_", 3),
    ("ada", "\\", 3),
    ("ada", "a\\b", 3),
    ("ada", "a_b", 0),
    ("ada", "a%b", 0),
    ("ada", "O", None),
    ("ada", "zurich", 3),
    ("ada", "  ", None),
    ("ada", "", None),
])  # fmt: skip
async def test_search_takes_every_letter_as_it_is_but_for_case_and_accents(
    full: Ask, who: str, search: str, found: int | None
) -> None:
    data = await full.data(
        who, "query ($s: String) { clients(tab: ALL, first: 500, search: $s) { totalCount nodes { name } } }", s=search
    )

    assert data["clients"]["totalCount"] == len(data["clients"]["nodes"])
    if found is None:
        assert data["clients"]["totalCount"] > 0
    else:
        assert data["clients"]["totalCount"] == found


async def test_clients_stand_by_name_without_case_and_accents(full: Ask) -> None:
    data = await full.data("ada", '{ clients(tab: ALL, search: "apfel", first: 500) { nodes { name } } }')
    numbers = [int(node["name"].rpartition(" ")[2]) for node in data["clients"]["nodes"]]

    assert numbers == sorted(numbers)
    assert {node["name"].rpartition(" ")[0] for node in data["clients"]["nodes"]} == {"Äpfel", "apfel", "APFEL"}


async def test_people_stand_by_name_without_case_and_accents(full: Ask) -> None:
    question = """query ($id: ID!) { firm { staff(first: 500) { nodes { name } } }
      client(id: $id) { accountManagers(first: 500) { nodes { name } } members(first: 500) { nodes { name } } } }"""
    data = await full.data("ada", question, id=full.id("Client", "C3"))
    for people in (data["firm"]["staff"], data["client"]["accountManagers"], data["client"]["members"]):
        names = [fold(person["name"]) for person in people["nodes"]]

        assert len(names) > MANY
        assert names == sorted(names)


async def test_tasks_stand_by_their_due_date_and_those_without_come_last(full: Ask) -> None:
    question = "query ($id: ID!) { client(id: $id) { pendingActivities(first: 500) { nodes { dueAt } } } }"
    data = await full.data("ada", question, id=full.id("Client", "C1"))
    due = [task["dueAt"] for task in data["client"]["pendingActivities"]["nodes"]]
    known = [moment for moment in due if moment is not None]

    assert known == sorted(known)
    assert due == known + [None] * (len(due) - len(known))
    assert 0 < len(known) < len(due)


async def test_revisions_stand_the_newest_first_and_periods_the_oldest(full: Ask) -> None:
    question = """query ($id: ID!) { firm { profileRevisions(first: 500) { nodes { revision } } }
      collaboration(id: $id) { billingModePeriods(first: 500) { nodes { from } } } }"""
    data = await full.data("ada", question, id=full.id("Collaboration", "F-C1"))
    revisions = [each["revision"] for each in data["firm"]["profileRevisions"]["nodes"]]
    periods = [each["from"] for each in data["collaboration"]["billingModePeriods"]["nodes"]]

    assert revisions == sorted(revisions, reverse=True)
    assert periods == sorted(periods)
    assert min(len(revisions), len(periods)) >= MANY


# ---- while the world goes on


async def test_rows_that_come_and_go_between_pages_neither_repeat_nor_hide_others(
    ask: Ask, world: AsyncConnection
) -> None:
    document = """query ($after: String) { clients(tab: ALL, first: 1, after: $after) {
      totalCount edges { cursor node { name } } pageInfo { hasNextPage } } }"""
    first = (await ask.data("ada", document))["clients"]
    # Before the cursor one comes, behind it one comes and one goes.
    for name in ("Aaa", "Ccc"):
        client = await make.client(world, name=name)
        await make.collaboration(world, firm_id=key("F"), client_id=client)
    await run(
        world,
        "UPDATE collaboration SET state = 'ended', ended_at = :now, ended_by = 'client' WHERE id = :id",
        id=key("F-C5"),
        now=DEMO_NOW,
    )
    found, page = [edge["node"]["name"] for edge in first["edges"]], first
    while page["pageInfo"]["hasNextPage"]:
        page = (await ask.data("ada", document, after=page["edges"][-1]["cursor"]))["clients"]
        found += [edge["node"]["name"] for edge in page["edges"]]

    assert found == ["Ærø Tovværk", "Björkdunge Bageri", "Ccc", "Zürcher Käsekeller"]
    assert page["totalCount"] == 5


async def test_a_cursor_outlives_the_row_it_was_made_for(ask: Ask, world: AsyncConnection) -> None:
    document = (
        "query ($after: String) { clients(tab: MINE, first: 1, after: $after) { edges { cursor node { name } } } }"
    )
    cursor = (await ask.data("ben", document))["clients"]["edges"][0]["cursor"]
    await run(
        world,
        "UPDATE assignment SET ended_at = now() WHERE member_id = :ben AND client_id = :c1",
        ben=key("F/ben"),
        c1=key("C1"),
    )
    after = await ask.data("ben", document, after=cursor)

    assert [edge["node"]["name"] for edge in after["clients"]["edges"]] == ["Björkdunge Bageri"]


# ---- whose cursor it is


CURSOR_OF: Final = {
    "another list": ("ada", "collaborations(first: 1%s)"),
    "another list of clients": ("ada", "clients(first: 1, tab: MINE%s)"),
    "another search": ("ada", 'clients(first: 1, tab: ALL, search: "a"%s)'),
    "another filter": ("ada", "clients(first: 1, tab: ALL, onlyMissingReceipts: true%s)"),
    "the other direction": ("ada", "clients(first: 1, tab: ALL, orderBy: {field: NAME, direction: DESC}%s)"),
    "another firm's admin": ("gus", "clients(first: 1, tab: ALL%s)"),
    "a colleague": ("ben", "clients(first: 1, tab: MINE%s)"),
    "a client": ("cora", "clients(first: 1%s)"),
    "nobody": ("anonymous", "clients(first: 1%s)"),
    "a machine of their own": ("firm-sync", "clients(first: 1%s)"),
    "the platform": ("pia", "clients(first: 1%s)"),
}


@pytest.mark.parametrize("case", CURSOR_OF)
async def test_a_cursor_of_another_viewer_list_order_or_filter_is_refused(ask: Ask, case: str) -> None:
    own = await ask.data("ada", "{ clients(first: 1, tab: ALL) { pageInfo { endCursor } } }")
    cursor = own["clients"]["pageInfo"]["endCursor"]
    who, listed = CURSOR_OF[case]
    good = await ask(who, "{ %s { totalCount } }" % (listed % ""))
    for place in ("after", "before"):
        answer = await ask(who, "{ %s { totalCount } }" % (listed % f', {place}: "{cursor}"'))

        assert good.errors == []
        assert answer.codes == ["BAD_USER_INPUT"]
        assert set(answer.data.values()) == {None}


@pytest.mark.parametrize(("states", "other"), [("[OPEN]", "[PAID]"), ("[OPEN]", ""), ("[OPEN]", "[OPEN, PAID]")])
async def test_a_cursor_of_other_states_is_refused(ask: Ask, states: str, other: str) -> None:
    first = await ask.data("ada", f"{{ invoices(first: 1, states: {states}) {{ pageInfo {{ endCursor }} }} }}")
    cursor = first["invoices"]["pageInfo"]["endCursor"]
    narrowed = f", states: {other}" if other else ""
    answer = await ask("ada", f'{{ invoices(first: 1{narrowed}, after: "{cursor}") {{ totalCount }} }}')

    assert (answer.data, answer.codes) == ({"invoices": None}, ["BAD_USER_INPUT"])


async def test_the_order_in_which_states_are_given_does_not_matter_to_a_cursor(ask: Ask) -> None:
    first = await ask.data("ada", "{ invoices(first: 1, states: [OPEN, PAID, PAID]) { pageInfo { endCursor } } }")
    cursor = first["invoices"]["pageInfo"]["endCursor"]
    second = await ask.data(
        "ada", f'{{ invoices(first: 1, states: [PAID, OPEN], after: "{cursor}") {{ nodes {{ id }} }} }}'
    )

    assert ask.handles(second["invoices"]["nodes"]) == ["C4#7"]


async def test_a_cursor_of_another_parent_is_refused(ask: Ask) -> None:
    nested = "query ($id: ID!, $after: String) { client(id: $id) { invoices(first: 1, after: $after) { pageInfo { endCursor } } } }"
    first = await ask.data("pia", nested, id=ask.id("Client", "C4"))
    cursor = first["client"]["invoices"]["pageInfo"]["endCursor"]
    own = await ask("pia", nested, id=ask.id("Client", "C4"), after=cursor)
    other = await ask("pia", nested, id=ask.id("Client", "C3"), after=cursor)
    root = await ask("pia", f'{{ invoices(first: 1, after: "{cursor}") {{ totalCount }} }}')

    assert own.errors == []
    assert (other.data, other.codes) == ({"client": {"invoices": None}}, ["BAD_USER_INPUT"])
    assert (root.data, root.codes) == ({"invoices": None}, ["BAD_USER_INPUT"])


@TRIALS
@given(data=st.data())
async def test_a_cursor_with_any_bit_flipped_is_refused(ask: Ask, data: st.DataObject) -> None:
    page = await ask.data("ada", "{ clients(first: 1, tab: ALL) { pageInfo { endCursor } } }")
    cursor = altered(page["clients"]["pageInfo"]["endCursor"], data)
    answer = await ask("ada", "query ($c: String) { clients(first: 1, tab: ALL, after: $c) { totalCount } }", c=cursor)

    assert (answer.data, answer.codes) == ({"clients": None}, ["BAD_USER_INPUT"])


@TRIALS
@given(data=st.data())
async def test_an_id_with_any_bit_flipped_is_refused(ask: Ask, data: st.DataObject) -> None:
    changed = altered(ask.id("Client", "C1"), data)
    answer = await ask("ada", "query ($id: ID!) { client(id: $id) { id } node(id: $id) { id } }", id=changed)

    assert answer.data == {"client": None, "node": None}
    assert answer.codes == ["BAD_USER_INPUT"] * 2


def altered(sealed: str, data: st.DataObject) -> str:
    """The text with one letter changed, cut short, or longer."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    at = data.draw(st.integers(0, len(sealed) - 1))
    letter = data.draw(st.sampled_from(alphabet + "=+/ .é").filter(lambda letter: letter != sealed[at]))
    return data.draw(st.sampled_from([sealed[:at] + letter + sealed[at + 1 :], sealed[:at], sealed + letter]))


async def test_an_id_is_the_same_each_time_and_as_long_for_every_type(ask: Ask) -> None:
    question = "{ clients(first: 1) { nodes { id } } firm { id } invoices(first: 1) { nodes { id } } }"
    once, again = await ask.data("ada", question), await ask.data("ada", question)

    assert once == again
    found = [once["firm"]["id"], once["clients"]["nodes"][0]["id"], once["invoices"]["nodes"][0]["id"]]
    assert {len(one) for one in found} == {44}


# ---- how much at once


SIZES: Final = {
    "neither": ("", True),
    "both": ("(first: 1, last: 1)", False),
    "none": ("(first: 0)", True),
    "none from the end": ("(last: 0)", True),
    "the most": ("(first: 500)", True),
    "the most from the end": ("(last: 500)", True),
    "too many": ("(first: 501)", False),
    "too many from the end": ("(last: 501)", False),
    "fewer than none": ("(first: -1)", False),
    "fewer than none from the end": ("(last: -1)", False),
    "null for both": ("(first: null, last: null)", True),
    "null for one": ("(first: null, last: 3)", True),
}


@pytest.mark.parametrize("case", SIZES)
@pytest.mark.parametrize("name", ["clients", "collaborations", "invoices", "firms", "integrationTokens"])
async def test_at_most_one_of_first_and_last_from_none_to_five_hundred(ask: Ask, name: str, case: str) -> None:
    arguments, is_good = SIZES[case]
    answer = await ask("ada", f"{{ {name}{arguments} {{ nodes {{ id }} totalCount }} }}")

    if is_good:
        assert answer.errors == []
        assert answer.data[name]["totalCount"] > 0
        assert (answer.data[name]["nodes"] == []) == ("0)" in arguments and "500" not in arguments)
    else:
        assert (answer.data, answer.codes) == ({name: None}, ["BAD_USER_INPUT"])


async def test_a_page_without_a_size_has_the_first_fifty(ask: Ask) -> None:
    fields = "{ edges { cursor } pageInfo { hasNextPage endCursor } }"
    fifty = await ask("ada", f"{{ invoices(first: 50) {fields} }}")
    without = await ask("ada", f"query ($n: Int) {{ invoices(first: $n) {fields} }}")
    nested = "{ clients(first: 5) { nodes { invoices%s { edges { cursor } pageInfo { hasNextPage } } } } }"
    inner, inner_without = [await ask("ada", nested % size) for size in ("(first: 50)", "")]

    assert fifty.data == without.data
    assert inner.data == inner_without.data


@pytest.mark.parametrize("case", [case for case, (_, is_good) in SIZES.items() if not is_good])
async def test_a_page_of_a_nested_list_is_judged_once_before_anything_is_read(ask: Ask, engine, case: str) -> None:
    arguments, _ = SIZES[case]
    with recorded(engine) as statements:
        answer = await ask("ada", f"{{ clients(first: 5) {{ nodes {{ invoices{arguments} {{ totalCount }} }} }} }}")

    assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])
    assert statements == []
