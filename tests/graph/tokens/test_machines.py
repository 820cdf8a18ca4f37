"""What a machine does with an integration token: it reads what its scope names, as far as its creator may today (D41, L10)."""

from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.integration_tokens import OPENS_NOTHING
from gateway.db.seeds.demo import key
from tests.graph.conftest import TOKENS, Ask, run
from tests.support import make
from tests.support.tokens import CREATE, LIST, NAMES, OF_FIRMS, PLATFORMS, REVOKE, kept, made, shown


async def test_a_token_works_at_once_and_reads_what_its_creators_other_tokens_do(
    ask: Ask, world: AsyncConnection
) -> None:
    of_firm, of_client, of_platform = (
        await made(ask, "ada", *OF_FIRMS),
        await made(ask, "cora"),
        await made(ask, "pia", *PLATFORMS),
    )
    bills = "{ invoices(first: 50) { totalCount nodes { id number } } }"

    assert (await shown(ask, of_firm.secret, NAMES)).data == await ask.data("firm-sync", NAMES)
    assert (await shown(ask, of_client.secret, NAMES)).data == await ask.data("shop-sync", NAMES)
    assert (await shown(ask, of_platform.secret, bills)).data == await ask.data("billing", bills)


@pytest.mark.parametrize(("who", "scope"), [
    ("ada", "PAYROLL_READ"),
    ("cora", "PAYROLL_READ"),
])  # fmt: skip
async def test_a_scope_that_names_nothing_to_read_opens_nothing(
    ask: Ask, world: AsyncConnection, who: str, scope: str
) -> None:
    answer = await shown(ask, (await made(ask, who, scope)).secret, NAMES)

    assert (answer.status, answer.codes, answer.data) == (403, ["FORBIDDEN"], None)
    assert answer.errors[0]["message"] == OPENS_NOTHING


ROLE_OF: Final = "UPDATE firm_member SET role = :role WHERE id = :id"
STATE_OF: Final = "UPDATE firm_member SET state = :state WHERE id = :id"


async def test_a_token_reads_what_its_creator_may_today(ask: Ask, world: AsyncConnection) -> None:
    async def found() -> str | list[str]:
        answer = await ask("firm-sync", NAMES)
        return ask.handles(answer.data["clients"]["nodes"]) if answer.status == 200 else answer.codes

    everything = ["C1", "C2", "C5", "C3"]
    seen = [await found()]
    await run(world, ROLE_OF, role="bookkeeper", id=key("F/ada"))
    seen.append(await found())
    for client in ("C5", "C7", "C4"):  # C7 is pending, and C4's collaboration has ended
        await make.assignment(world, member_id=key("F/ada"), client_id=key(client))
    seen.append(await found())
    await run(world, ROLE_OF, role="staff", id=key("F/ada"))
    seen.append(await found())
    await run(world, ROLE_OF, role="admin", id=key("F/ada"))
    seen.append(await found())
    for state in ("suspended", "active", "removed"):
        await run(world, STATE_OF, state=state, id=key("F/ada"))
        seen.append(await found())

    assert seen == [
        everything,
        [],
        ["C5"],
        [],
        everything,
        ["UNAUTHENTICATED"],
        everything,
        ["UNAUTHENTICATED"],
    ]


async def test_a_client_that_is_taken_from_its_creator_is_gone_from_the_next_answer(
    ask: Ask, world: AsyncConnection
) -> None:
    question = "query ($id: ID!) { clients(first: 20) { nodes { id } } client(id: $id) { name } }"
    before = await ask("ben-sync", question, id=ask.id("Client", "C2"))
    await run(
        world,
        "UPDATE assignment SET ended_at = now() WHERE member_id = :ben AND client_id = :c2",
        ben=key("F/ben"),
        c2=key("C2"),
    )
    after = await ask("ben-sync", question, id=ask.id("Client", "C2"))

    assert ask.handles(before.data["clients"]["nodes"]) == ["C1", "C2"]
    assert (ask.handles(after.data["clients"]["nodes"]), after.data["client"]) == (["C1"], None)
    assert after.codes == ["NOT_FOUND"]


@pytest.mark.parametrize(("machine", "statement", "code"), [
    ("shop-sync", "UPDATE client_member SET role = 'admin' WHERE user_id = :cora", None),
    ("shop-sync", "UPDATE client_member SET role = 'member' WHERE user_id = :cora", None),
    ("shop-sync", "UPDATE client_member SET state = 'removed' WHERE user_id = :cora", "UNAUTHENTICATED"),
    ("billing", "DELETE FROM platform_member WHERE user_id = :pia", "UNAUTHENTICATED"),
])  # fmt: skip
async def test_a_token_dies_with_its_creators_place(
    ask: Ask, world: AsyncConnection, machine: str, statement: str, code: str | None
) -> None:
    before = await ask.data(machine, NAMES)
    await make.client_member(world, client_id=key("C1"))  # a client is never without an owner
    await run(world, statement, **{who: key(who) for who in ("cora", "pia") if f":{who}" in statement})
    after = await ask(machine, NAMES)

    assert before["clients"]["totalCount"] > 0
    assert (after.data, after.codes) == ((before, []) if code is None else (None, [code]))


PARTICULARS: Final = "companyNumber address plan { tier }"
CONTENT: Final = """wallet { balance { amount } } members(first: 50) { nodes { name } } kpis { kind } pendingTotal
  pendingActivities(first: 50) { nodes { title } }
  invoices(first: 5) { totalCount } accountManagers(first: 50) { nodes { name } } contactEmail viewerActions"""
OF_THE_PAIR: Final = "level expiresAt sharedKpis billingMode effectiveAccess { level }"
OF_PEOPLE: Final = """requestedLevel requestMessage invitedEmail invitedCountry discountOffer { percent }
  billingModePeriods(first: 50) { nodes { mode } } endReason auditEntries(first: 5) { totalCount } viewerActions endedAt endedBy"""
WHOLE: Final = f"""query ($id: ID!) {{ client(id: $id) {{
  id name country verificationState {PARTICULARS} {CONTENT} collaboration {{
    id collaborationState stage origin firmName clientName firm {{ name }} client {{ name }} startedAt {OF_THE_PAIR} {OF_PEOPLE} }}
}} }}"""
CONTENT_FIELDS: Final = {
    "wallet", "members", "kpis", "pendingTotal", "pendingActivities", "invoices", "accountManagers", "contactEmail",
}  # fmt: skip
PEOPLE_FIELDS: Final = {
    "requestedLevel", "requestMessage", "invitedEmail", "invitedCountry", "discountOffer", "billingModePeriods", "endReason",
    "auditEntries", "endedAt", "endedBy",
}  # fmt: skip
SECTION: Final = {"companyNumber", "address", "plan"}
BY_LEVEL: Final[dict[str, set[str]]] = {
    "C1": set(),  # FULL
    "C2": SECTION,  # LIMITED
    "C5": SECTION,  # NONE
}


@pytest.mark.parametrize("client", BY_LEVEL)
async def test_level_opens_as_for_a_person_and_content_stays_shut_at_every_level(ask: Ask, client: str) -> None:
    of_client = BY_LEVEL[client]
    answer = await ask("firm-sync", WHOLE, id=ask.id("Client", client))
    hidden = {(type_name, field): reason for type_name, field, reason, *_ in answer.denials}

    assert hidden == {
        **{("Client", field): "LEVEL" for field in of_client},
        **{("Client", field): "ROLE" for field in CONTENT_FIELDS},
        **{("Collaboration", field): "ROLE" for field in PEOPLE_FIELDS},
    }
    found = answer.data["client"]
    assert {field for field in SECTION if found[field] is None} == of_client
    assert {found[field] for field in CONTENT_FIELDS} == {None}
    assert {found["collaboration"][field] for field in PEOPLE_FIELDS} == {None}
    assert (found["viewerActions"], found["collaboration"]["viewerActions"]) == ([], [])


@pytest.mark.parametrize("client", ["C7", "C8"])
async def test_a_client_whose_collaboration_is_pending_is_not_there(ask: Ask, client: str) -> None:
    of_client = await ask("firm-sync", WHOLE, id=ask.id("Client", client))
    of_pair = await ask(
        "firm-sync",
        "query ($id: ID!) { collaboration(id: $id) { id } }",
        id=ask.id("Collaboration", f"F-{client}"),
    )

    assert (of_client.data, of_client.codes) == ({"client": None}, ["NOT_FOUND"])
    assert (of_pair.data, of_pair.codes) == ({"collaboration": None}, ["NOT_FOUND"])


async def test_the_plan_cuts_a_tokens_answer_too(ask: Ask, world: AsyncConnection) -> None:
    question = f"query ($id: ID!) {{ client(id: $id) {{ {PARTICULARS} }} }}"
    before = await ask.data("firm-sync", question, id=ask.id("Client", "C1"))
    await run(
        world, "UPDATE plan SET sections = 0 WHERE id = (SELECT plan_id FROM client WHERE id = :id)", id=key("C1")
    )
    after = await ask("firm-sync", question, id=ask.id("Client", "C1"))

    assert None not in before["client"].values()
    assert after.data["client"] == {**before["client"], "companyNumber": None, "address": None}
    assert [denial[1:3] for denial in after.denials] == [("companyNumber", "PLAN"), ("address", "PLAN")]


async def test_a_companys_own_token_reads_its_particulars_and_no_content(ask: Ask) -> None:
    about = f"name {PARTICULARS} {CONTENT} collaborations(first: 9) {{ nodes {{ id }} }}"
    question = f"query ($id: ID!) {{ client(id: $id) {{ {about} }} }}"
    answer = await ask("shop-sync", question, id=ask.id("Client", "C1"))
    opened = {field for field, value in answer.data["client"].items() if value is not None}

    assert opened == {"name", "viewerActions", *SECTION}
    assert answer.data["client"]["viewerActions"] == []
    assert {denial[1:3] for denial in answer.denials} == {
        (field, "ROLE") for field in (*CONTENT_FIELDS, "collaborations")
    }


async def test_a_token_whose_creator_lost_the_role_opens_what_the_role_has_left(
    ask: Ask, world: AsyncConnection
) -> None:
    await make.client_member(world, client_id=key("C1"))  # a client is never without an owner
    await run(world, "UPDATE client_member SET role = 'member' WHERE user_id = :cora", cora=key("cora"))
    await run(world, "UPDATE platform_member SET role = 'reviewer' WHERE user_id = :pia", pia=key("pia"))
    of_client = await ask(
        "shop-sync", f"query ($id: ID!) {{ client(id: $id) {{ name {PARTICULARS} }} }}", id=ask.id("Client", "C1")
    )
    of_platform = await ask("billing", "{ invoices(first: 5) { totalCount } clients(first: 5) { totalCount } }")

    assert of_client.data["client"] == {"name": "Ærø Tovværk", **dict.fromkeys(SECTION)}
    assert of_platform.data == {"invoices": {"totalCount": 0}, "clients": {"totalCount": 0}}


@pytest.mark.parametrize("machine", TOKENS)
async def test_l10_a_machine_makes_and_revokes_no_token_not_even_its_own(
    ask: Ask, world: AsyncConnection, machine: str
) -> None:
    before = await kept(world)
    for handle in TOKENS:
        answer = await ask(machine, REVOKE, id=ask.id("IntegrationToken", handle))

        assert (answer.data, answer.codes) == ({"revokeToken": None}, ["NOT_FOUND"])
    made_by_machine = await ask(machine, CREATE, input={"name": "Child", "scopes": ["CLIENTS_READ"]})
    listed = await ask.data(machine, LIST)

    assert (made_by_machine.data, made_by_machine.codes) == ({"createToken": None}, ["FORBIDDEN"])
    assert listed["integrationTokens"] == {"totalCount": 0, "nodes": []}
    assert await kept(world) == before
