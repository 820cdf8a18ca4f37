"""Lists without pages are short: each has a bound, the bound is held where rows are written, and the cost limit knows it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from graphql import build_schema, parse
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.bounds import MAX_LINES, MAX_PLACES
from gateway.db.enums import KPI_KINDS, bits
from gateway.db.models.accounts import SCOPES
from gateway.db.seeds.demo import DEMO_NOW, key
from gateway.db.seeds.people import PEOPLE
from gateway.http.directives import Executed
from gateway.http.limits import Limits, measure
from gateway.reads.roots import MAX_FIELDS, MAX_NODES
from gateway.resolvers.clients.queries import TABS
from gateway.resolvers.memberships.recipients import require_room
from gateway.schema.build import declared
from gateway.schema.clients.enums import ClientTab
from gateway.schema.collaborations.enums import RevokedKind
from gateway.schema.core.list_bounds import (
    ACTED_ON,
    BOUNDS,
    MASKED,
    MAX_ACTIONS,
    MAX_REQUIREMENTS,
    MAX_STATEMENTS,
    list_sizes,
)
from gateway.schema.firms.enums import PreconditionCode
from tests.graph.conftest import Ask
from tests.support import make

Proof = Callable[[Ask, AsyncConnection], Awaitable[None]]


def test_every_list_of_the_schema_has_pages_or_a_bound() -> None:
    assert BOUNDS.items() <= list_sizes(declared()).items()


@pytest.mark.parametrize(
    ("field", "missing"),
    [
        ("tasks: [Task!]", "Query.tasks"),
        ("tasks: [Task!]!", "Query.tasks"),
        ("names: [String!]!", "Query.names"),
        ("grid: [[Task!]!]", "Query.grid"),
        ("task: Task", "Query.gone"),
    ],
)
def test_a_list_without_pages_and_bound_is_found_by_name(field: str, missing: str) -> None:
    schema = build_schema(f"type Task {{ id: ID }} type Query {{ {field} hues: [Hue!]! }} enum Hue {{ RED BLUE }}")

    with pytest.raises(ValueError, match=missing):
        list_sizes(schema, {"Query.gone": 3} if missing.endswith("gone") else {})


def test_the_words_of_an_enum_bound_their_lists_and_pages_need_no_bound() -> None:
    schema = build_schema("""type Task { id: ID } type Info { more: Boolean } enum Hue { RED BLUE }
      type Tasks { nodes: [Task!]! pageInfo: Info } type Query { tasks: Tasks hues: [Hue!]! few: [Task!] }""")

    assert list_sizes(schema, {"Query.few": 3}) == {"Query.hues": 2, "Query.few": 3}


@pytest.mark.parametrize("place", sorted(BOUNDS))
def test_the_cost_limit_counts_a_list_at_its_bound(place: str) -> None:
    schema = declared()
    type_name, field = place.split(".")
    known = schema.type_map[type_name].fields[field]  # type: ignore[attr-defined]
    below = "" if str(known.type).strip("[]!") == "String" else "{ __typename }"
    arguments = '(ids: ["a", "b"])' if place == "Query.nodes" else ""
    document = parse(f"query {{ ...F }} fragment F on {type_name} {{ {field}{arguments} {below} }}")
    limits = Limits(depth=9, aliases=9, root_fields=9, mutations=9, cost=10**9, list_sizes=list_sizes(schema))
    cost = measure(Executed(document, document.definitions[0]), schema, limits).cost  # type: ignore[arg-type]

    assert cost == (2 if place == "Query.nodes" else BOUNDS[place] if below else 1)


def test_twenty_lists_of_tasks_cost_what_they_may_bring() -> None:
    schema = declared()
    limits = Limits(depth=15, aliases=50, root_fields=20, mutations=1, cost=200_000, list_sizes=list_sizes(schema))
    lists = " ".join(f"a{number}: pendingActivities(first: 500) {{ nodes {{ title }} }}" for number in range(20))
    document = parse(f'{{ client(id: "x") {{ {lists} }} }}')

    assert measure(Executed(document, document.definitions[0]), schema, limits).cost == 1 + 20 * 500  # type: ignore[arg-type]


# ---- each bound, where it is held


async def kpis(_: Ask, connection: AsyncConnection) -> None:
    client = await make.client(connection)
    for kind in KPI_KINDS:
        await make.kpi(connection, client_id=client, kind=kind)
    assert (
        await refused(connection, lambda: make.kpi(connection, client_id=client, kind=KPI_KINDS[0]))
        == "pk_kpi_snapshot"
    )
    assert (
        await refused(connection, lambda: make.kpi(connection, client_id=client, kind="ANOTHER"))
        == "ck_kpi_snapshot_kind"
    )


async def lines(_: Ask, connection: AsyncConnection) -> None:
    invoice = await make.invoice(connection, client_id=key("C1"))
    for position in range(2, MAX_LINES + 1):
        await make.line(connection, invoice_id=invoice, position=position)
    for position in (0, MAX_LINES + 1):
        line = lambda position=position: make.line(connection, invoice_id=invoice, position=position)  # noqa: E731
        assert await refused(connection, line) == "ck_invoice_line_position"
    assert await refused(connection, lambda: make.line(connection, invoice_id=invoice)) == "uq_invoice_line_position"


def words_of_profile(column: str) -> Proof:
    async def proof(_: Ask, connection: AsyncConnection) -> None:
        bound = BOUNDS[f"FirmProfile.{column}"]
        for revision, many in ((90, bound), (91, bound + 1)):
            profile = lambda revision=revision, many=many: make.profile(  # noqa: E731
                connection, firm_id=key("F"), revision=revision, state="draft", **{column: ["x"] * many}
            )
            assert await refused(connection, profile) == (None if many == bound else f"ck_firm_profile_{column}")

    return proof


async def memberships(ask: Ask, connection: AsyncConnection) -> None:
    held = len((await ask.data("ada", "{ viewer { memberships { id } } }"))["viewer"]["memberships"])
    for _ in range(MAX_PLACES - held):
        await require_room(connection, key("ada"))
        await make.client_member(connection, client_id=await make.client(connection), user_id=key("ada"))
    assert len((await ask.data("ada@F", "{ viewer { memberships { id } } }"))["viewer"]["memberships"]) == MAX_PLACES
    await make.invitation(
        connection,
        "the one too many",
        firm_id=key("G"),
        invited_by=key("gus"),
        email=next(person.email for person in PEOPLE if person.handle == "ada"),
    )
    accept = 'mutation { acceptStaffInvitation(input: {token: "%s"}) { membership { id } } }'
    answer = await ask("ada@F", accept % "the one too many")
    assert answer.codes == ["CONFLICT"]
    own = await ask(
        "ada@F", 'mutation { createOwnAccount(input: {companyName: "Own", country: DE}) { membership { id } } }'
    )
    assert own.codes == ["CONFLICT"]


async def nodes(ask: Ask, _: AsyncConnection) -> None:
    answer = await ask(
        "ada", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[ask.id("Client", "C1")] * (MAX_NODES + 1)
    )
    assert answer.codes == ["BAD_USER_INPUT"]


def fields(type_name: str) -> Proof:
    async def proof(ask: Ask, _: AsyncConnection) -> None:
        assert 0 < len(ask.gateway.policy.bits(type_name)) <= MAX_FIELDS

    return proof


def actions(type_name: str) -> Proof:
    async def proof(ask: Ask, _: AsyncConnection) -> None:
        words = {
            words
            for plan in ask.gateway.policy.plans()
            if plan.type_name == type_name
            for words in plan.decisions["may"].sums
        }
        assert 0 < len(words) <= MAX_ACTIONS

    return proof


async def explained_fields(ask: Ask, _: AsyncConnection) -> None:
    document = "query ($id: ID!, $f: [FieldName!]!) { whyHidden(id: $id, fields: $f) { visible } }"
    answer = await ask("ada", document, id=ask.id("Client", "C1"), f=["name"] * (MAX_FIELDS + 1))
    assert answer.codes == ["BAD_USER_INPUT"]


async def statements(ask: Ask, _: AsyncConnection) -> None:
    grounds = ask.gateway.policy.compiled.grounds
    of_a_reason = max(len(found) for (type_name, _), found in grounds.items() if type_name == "FieldReason")
    of_a_field = max(len(found) for (type_name, _), found in grounds.items() if type_name != "FieldReason")
    assert 0 < of_a_field + of_a_reason <= MAX_STATEMENTS


async def requirements(ask: Ask, _: AsyncConnection) -> None:
    known = [
        len(cube.keys() & {"role", *(word for word, _ in plan.sums("disclosed_fact"))})
        for plan in ask.gateway.policy.plans()
        for rule in ("see", "may")
        if rule in plan.decisions
        for total in plan.decisions[rule].sums.values()
        for cube in total
    ]
    assert max(known) == MAX_REQUIREMENTS


async def tabs(_: Ask, __: AsyncConnection) -> None:
    assert set(TABS) == {tab.value for tab in ClientTab}
    assert len(TABS) == len(set(TABS))


async def preconditions(ask: Ask, _: AsyncConnection) -> None:
    told = await ask.data("ada", "{ firm { application { preconditions { code } } } }")
    codes = [each["code"] for each in told["firm"]["application"]["preconditions"]]
    assert sorted(codes) == sorted(code.value for code in PreconditionCode)


async def revoked(ask: Ask, _: AsyncConnection) -> None:
    answer = await ask.data(
        "cora",
        """mutation ($id: ID!) { terminateCollaboration(input: {id: $id, confirm: true}) { revoked { kind } } }""",
        id=ask.id("Collaboration", "F-C1"),
    )
    kinds = [each["kind"] for each in answer["terminateCollaboration"]["revoked"]]
    assert 0 < len(kinds) == len(set(kinds)) <= len(RevokedKind)


async def _one_too_many(
    ask: Ask, who: str, field: str, of: str, place: str, item: Callable[[int], Any], more: str = ""
) -> None:
    """The mutation that fills the list at `place` takes no more items than that may hold."""
    bound = BOUNDS[place]
    document = f"mutation ($items: [{of}!]!) {{ {field}(input: {{ {more} }}) {{ __typename }} }}"
    for many in (0, bound + 1):
        items = [item(number) for number in range(many)]
        body = {"query": document, "variables": {"items": items}}
        answer = await ask.sent(
            body, ask.headers(who) if who in ("ada", "cora") else {"Authorization": f"Bearer {who}"}
        )
        assert answer.codes == ["BAD_USER_INPUT"], answer.text[:300]
        assert f"1 to {bound}" in answer.errors[0]["message"]


async def reports(ask: Ask, connection: AsyncConnection) -> None:
    await make.token(connection, "gwt_reports", created_by=key("pia"), scopes=bits(SCOPES, ["kpis:write"]))
    at = DEMO_NOW.isoformat()
    kpi = {"client": ask.id("Client", "C1"), "kind": "JOURNAL_PENDING", "count": 1, "asOf": at}
    task = {"client": ask.id("Client", "C1"), "kind": "JOURNAL_PENDING", "reference": "r", "title": "t", "asOf": at}
    task["deepLink"] = "https://product.example/"
    for field, of, item in (
        ("reportKpis", "KpiReport", kpi),
        ("reportPendingActivities", "PendingActivityReport", task),
    ):
        place = f"{field[0].upper()}{field[1:]}Payload.results"
        await _one_too_many(ask, "gwt_reports", field, of, place, lambda _, item=item: item, "items: $items")


async def invited_staff(ask: Ask, _: AsyncConnection) -> None:
    place, item = "InviteStaffPayload.invitations", lambda n: {"email": f"n{n}@people.example", "role": "STAFF"}
    await _one_too_many(ask, "ada", "inviteStaff", "StaffAddress", place, item, "addresses: $items")


async def invited_members(ask: Ask, _: AsyncConnection) -> None:
    place, item = "InviteMemberPayload.invitations", lambda n: {"email": f"n{n}@people.example", "role": "MEMBER"}
    await _one_too_many(ask, "cora", "inviteMember", "MemberAddress", place, item, "addresses: $items")


async def assigned(ask: Ask, _: AsyncConnection) -> None:
    place, member = "AssignManagersPayload.clients", ask.id("FirmMember", "F/ben")
    more = f'clients: $items, members: ["{member}"]'
    await _one_too_many(ask, "ada", "assignManagers", "ID", place, lambda n: ask.id("Client", f"{n}"), more)


async def sections(ask: Ask, _: AsyncConnection) -> None:
    found = (await ask.data("anonymous", "{ sections { section } }"))["sections"]
    assert len(found) == len({each["section"] for each in found}) <= BOUNDS["Query.sections"]


PROOFS: Final[dict[str, Proof]] = {
    "Query.clientTabs": tabs,
    "Query.nodes": nodes,
    "Query.sections": sections,
    "Viewer.memberships": memberships,
    "Client.kpis": kpis,
    "Client.visibleFields": fields("Client"),
    "Collaboration.visibleFields": fields("Collaboration"),
    "FirmProfile.specialties": words_of_profile("specialties"),
    "FirmProfile.languages": words_of_profile("languages"),
    "FirmApplication.preconditions": preconditions,
    "Invoice.lines": lines,
    "FieldExplanation.statements": statements,
    "FieldExplanation.requires": requirements,
    "HiddenField.requires": requirements,
    "Query.whyHidden": explained_fields,
    "UnavailableAction.requires": requirements,
    **{f"{name}.{field}": actions(name) for name in ACTED_ON for field in ("viewerActions", "unavailableActions")},
    **{f"{name}.hiddenFields": fields(name) for name in MASKED},
    "TerminateCollaborationPayload.revoked": revoked,
    "ReportKpisPayload.results": reports,
    "ReportPendingActivitiesPayload.results": reports,
    "InviteStaffPayload.invitations": invited_staff,
    "InviteMemberPayload.invitations": invited_members,
    "AssignManagersPayload.clients": assigned,
}


def test_every_bound_has_a_proof() -> None:
    assert PROOFS.keys() == BOUNDS.keys()


@pytest.mark.parametrize("place", sorted(set(PROOFS) - {"ReportPendingActivitiesPayload.results"}))
async def test_a_bound_is_held_where_rows_are_written(ask: Ask, world: AsyncConnection, place: str) -> None:
    await PROOFS[place](ask, world)


async def refused(connection: AsyncConnection, write: Callable[[], Awaitable[Any]]) -> str | None:
    """The constraint that a write breaks, and None where it is taken; it is undone if it is refused."""
    try:
        async with connection.begin_nested():
            await write()
    except IntegrityError as error:
        name: str = error.orig.__cause__.constraint_name  # type: ignore[union-attr]
        return name
    return None
