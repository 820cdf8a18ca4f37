"""What clients and firms write to each other: who reads it, who writes, and what a firm takes no more of (H30–H37, X-H2, D22, D58)."""

from typing import Any, Final
from uuid import UUID

import pytest
from graphql import GraphQLObjectType
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.seeds.demo import DEMO_NOW, key
from gateway.resolvers.core.refusals import CONFLICTS, RULES
from gateway.schema.build import declared
from tests.graph.collaborations.test_requests import PUBLISHED, asks
from tests.graph.conftest import CALLERS, NOW, Answer, Ask, recorded, run
from tests.support import make
from tests.support.collaborations import does, rows

TALK: Final = """{
  id firmName clientName firm { id } client { id } collaboration { id collaborationState } openedAt blockedAt viewerActions
  messages(first: 50) { totalCount nodes { id side authorName body sentAt } }
}"""
LISTS: Final = f"{{ conversations(first: 50) {{ totalCount nodes {TALK} }} }}"
REQUESTS: Final = """query ($answered: Boolean) {
  collaborationRequests(answered: $answered, first: 50) { totalCount nodes { id } }
}"""
READ: Final = f"query ($id: ID!) {{ node(id: $id) {{ ... on Conversation {TALK} }} }}"
SEND: Final = f"""mutation ($input: SendMessageInput!) {{
  sendMessage(input: $input) {{ message {{ id side authorName body sentAt }} conversation {TALK} }}
}}"""
BLOCK: Final = f"""mutation ($id: ID!, $confirm: Boolean! = true) {{
  blockConversation(input: {{id: $id, confirm: $confirm}}) {{ conversation {TALK} }}
}}"""
UNBLOCK: Final = f"""mutation ($id: ID!) {{ unblockConversation(input: {{id: $id}}) {{ conversation {TALK} }} }}"""
OF_COLLABORATION: Final = "query ($id: ID!) { collaboration(id: $id) { collaborationState conversation { id } } }"

OWN: Final = {
    "ada": "F-C7 F-C6 F-C5 F-C2 F-C4 F-C1",
    "gus": "G-C4 G-C6",
    "cora": "F-C1",
    "dag": "F-C2",
    "mila": "F-C2",
    "elena": "G-C4 F-C4",
    "frida": "F-C5",
    "jonas": "F-C6 G-C6",
    "lucia": "F-C7",
}
"""The admins of the two, in all states (X-H2, D22), the newest first; nobody else has any."""
EVERY: Final = tuple(sorted({f"{pair} talk" for pairs in OWN.values() for pair in pairs.split()}))
ADMINS: Final = ("cora", "dag", "mila", "hedda@C3", "elena", "frida", "jonas", "lucia", "saga")


def talks_of(who: str) -> list[str]:
    return [f"{pair} talk" for pair in OWN.get(who, "").split()]


async def wrote(ask: Ask, who: str, talk: str | UUID, body: str = "Hello.") -> Answer:
    return await ask(who, SEND, input={"conversation": ask.id("Conversation", talk), "body": body})


async def wrote_to(ask: Ask, world: AsyncConnection, who: str, firm: str, body: str = "Hello.") -> Answer:
    """To a firm of the marketplace."""
    profile = (await world.execute(PUBLISHED, {"firm": key(firm)})).scalar_one()
    return await ask(who, SEND, input={"profile": ask.id("FirmProfile", profile), "body": body})


async def read(ask: Ask, who: str, talk: str | UUID) -> Any:
    """The conversation as somebody sees it, None where it is not there."""
    return (await ask(who, READ, id=ask.id("Conversation", talk))).data["node"]


async def requests(ask: Ask, who: str, answered: bool | None = None) -> list[str]:
    found = (await ask.data(who, REQUESTS, answered=answered))["collaborationRequests"]
    assert found["totalCount"] == len(found["nodes"])
    return ask.handles(found["nodes"])


async def notices(world: AsyncConnection) -> list[tuple[Any, ...]]:
    rows = await world.execute(
        text("SELECT kind, subject_type, subject_id, collaboration_id, data FROM notice ORDER BY id")
    )
    return [tuple(row) for row in rows]


def lines(talk: Any) -> list[tuple[str, str | None, str]]:
    """side, name of who wrote it, text: the oldest first."""
    assert talk["messages"]["totalCount"] == len(talk["messages"]["nodes"])
    return [(each["side"], each["authorName"], each["body"]) for each in reversed(talk["messages"]["nodes"])]


# ---- who reads


@pytest.mark.parametrize("who", CALLERS)
async def test_everybody_finds_the_conversations_that_are_theirs(ask: Ask, who: str) -> None:
    answer = await ask(who, LISTS)
    found, mine = answer.data["conversations"], talks_of(who)
    by_id = await ask(
        who, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[ask.id("Conversation", each) for each in EVERY]
    )

    assert ask.handles(found["nodes"]) == mine
    assert found["totalCount"] == len(mine)
    assert set(answer.codes) <= {"FIELD_NOT_PERMITTED"}
    assert {handle for handle, node in zip(EVERY, by_id.data["nodes"], strict=True) if node} == set(mine)
    assert by_id.codes == ["NOT_FOUND"] * (len(EVERY) - len(mine))


@pytest.mark.parametrize("who", CALLERS)
async def test_a_message_is_there_for_whoever_reads_its_conversation(
    ask: Ask, world: AsyncConnection, who: str
) -> None:
    rows = await world.execute(text("SELECT id, conversation_id FROM message ORDER BY id"))
    messages = [(row.id, row.conversation_id) for row in rows]
    answer = await ask(
        who,
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Message { body } } }",
        ids=[ask.id("Message", message) for message, _ in messages],
    )
    mine = {key(talk) for talk in talks_of(who)}

    assert [node is not None for node in answer.data["nodes"]] == [of in mine for _, of in messages]


async def test_a_firm_reads_the_name_and_the_conversation_of_a_client_that_only_wrote_and_nothing_else(
    ask: Ask,
) -> None:
    talk = await read(ask, "ada", "F-C6 talk")

    assert talk["clientName"] == "Lichtwerk Morgengrau"
    assert (talk["client"], talk["collaboration"]) == (None, None)
    assert talk["firm"] == {"id": ask.id("Firm", "F")}
    assert lines(talk) == [
        ("CLIENT", "Jonas Köhlbrand", "Would you look after our payroll alone?\nWe are eleven people.")
    ]
    assert talk["viewerActions"] == ["SEND_MESSAGE", "BLOCK_CONVERSATION"]


async def test_each_message_has_the_name_of_its_author_for_both_sides(ask: Ask) -> None:
    """D69: a conversation between people, of whom each side knows the name and the side, and nothing else."""
    mine, theirs = [lines(await read(ask, who, "F-C2 talk")) for who in ("ada", "dag")]

    assert mine == theirs
    assert [(side, name) for side, name, _ in mine] == [("CLIENT", "Dag Åkerlund"), ("FIRM", "Ada Nørgård")]


async def test_after_the_end_both_read_on_and_nobody_writes(ask: Ask, world: AsyncConnection) -> None:
    await run(
        world, "UPDATE client SET name = 'Quite Another', name_key = 'quite another' WHERE id = :id", id=key("C4")
    )
    theirs, ours = await read(ask, "elena", "F-C4 talk"), await read(ask, "ada", "F-C4 talk")
    refused = [await wrote(ask, who, "F-C4 talk") for who in ("ada", "elena")]

    assert [side for side, _, _ in lines(ours)] == [side for side, _, _ in lines(theirs)] == ["CLIENT", "FIRM"]
    assert ours["viewerActions"] == ["BLOCK_CONVERSATION"]
    assert theirs["viewerActions"] == ["REQUEST_COLLABORATION", "ADD_FIRM_AS_BOOKKEEPER"]
    assert (ours["client"], ours["collaboration"]["collaborationState"]) == (None, "ENDED")
    assert ours["clientName"] == "Talleres Riomanso"  # as it was then (D50)
    assert [each.codes for each in refused] == [["CONFLICT"], ["CONFLICT"]]
    assert {each.errors[0]["message"] for each in refused} == {
        "The conversation ended with the collaboration. A new request opens it again."
    }


async def test_l26_another_firm_reads_nothing_of_what_the_former_one_wrote(ask: Ask) -> None:
    answer = await ask("gus", READ, id=ask.id("Conversation", "F-C4 talk"))
    nowhere = await ask("gus", READ, id=ask.id("Conversation", key("nowhere")))

    assert answer.text == nowhere.text
    assert "fair" not in (await ask("gus", LISTS)).text


def test_l5_no_edge_leads_from_a_message_to_a_person() -> None:
    message = declared().type_map["Message"]

    assert isinstance(message, GraphQLObjectType)
    assert {name: str(field.type) for name, field in message.fields.items()} == {
        "id": "ID!",
        "side": "Side!",
        "authorName": "String",
        "body": "String!",
        "sentAt": "DateTime!",
    }


@pytest.mark.parametrize("first", [1, 9])
async def test_a_list_takes_as_many_statements_for_one_conversation_as_for_all(
    ask: Ask, engine: AsyncEngine, first: int
) -> None:
    told = """query ($first: Int!) { conversations(first: $first) { nodes {
      messages(first: 5) { totalCount nodes { body } } collaboration { conversation { id } } client { name } } } }"""
    with recorded(engine) as said:
        await ask("ada", told, first=first)

    assert len(said) == len({"who", "list", "messages", "counts", "collaborations", "back", "clients"})


ON_COLLABORATIONS: Final = {
    "ada": {"F-C1": "F-C1 talk", "F-C3": None, "F-C4": "F-C4 talk", "F-C7": "F-C7 talk", "F-C8": None},
    "ben": {"F-C1": "ROLE"},
    "cora": {"F-C1": "F-C1 talk"},
    "emil": {"F-C1": "ROLE"},
    "elena": {"F-C4": "F-C4 talk", "G-C4": "G-C4 talk"},
    "pia": {"F-C1": "ROLE", "F-C4": "ROLE"},
    "firm-sync": {"F-C1": "ROLE"},
}


@pytest.mark.parametrize("who", ON_COLLABORATIONS)
async def test_a_collaboration_leads_to_its_conversation(ask: Ask, who: str) -> None:
    for handle, expected in ON_COLLABORATIONS[who].items():
        answer = await ask(who, OF_COLLABORATION, id=ask.id("Collaboration", handle))
        found = answer.data["collaboration"]["conversation"]
        if expected == "ROLE":
            assert (found, [denial[:3] for denial in answer.denials]) == (
                None,
                [("Collaboration", "conversation", "ROLE")],
            )
        else:
            assert (found and ask.handles([found])[0], answer.errors) == (expected, [])


async def test_an_invitation_that_was_not_accepted_is_not_told_to_be_of_whoever_wrote(
    ask: Ask, world: AsyncConnection
) -> None:
    """D42: whom an invitation reached must not show by a conversation."""
    await make.invited(world, key("C6"), firm_id=key("F"), key=key("F-C6"))
    talk = await read(ask, "ada", "F-C6 talk")
    pair = await ask("ada", OF_COLLABORATION, id=ask.id("Collaboration", key("F-C6")))

    assert (talk["collaboration"], talk["clientName"]) == (None, "Lichtwerk Morgengrau")
    assert talk["viewerActions"] == ["SEND_MESSAGE", "BLOCK_CONVERSATION"]
    assert pair.data == {"collaboration": {"collaborationState": "PENDING", "conversation": None}}
    assert pair.denials[0][:3] == ("Collaboration", "conversation", "LEVEL")
    assert await requests(ask, "ada") == ["F-C6 talk"]


# ---- the Requests tab


@pytest.mark.parametrize("who", CALLERS)
async def test_the_requests_tab_is_what_clients_write_before_they_work_with_the_firm(ask: Ask, who: str) -> None:
    assert await requests(ask, who) == {"ada": ["F-C6 talk"]}.get(who, [])


async def test_a_request_stands_there_until_it_is_accepted_and_an_answer_is_told_apart(
    ask: Ask, world: AsyncConnection
) -> None:
    await asks(ask, world, "jonas", "requestCollaboration", "F", message="Shall we?")
    asked = await requests(ask, "ada"), await requests(ask, "ada", False), await requests(ask, "ada", True)
    await wrote(ask, "ada", "F-C6 talk")
    told = await requests(ask, "ada"), await requests(ask, "ada", False), await requests(ask, "ada", True)
    request = (await read(ask, "ada", "F-C6 talk"))["collaboration"]["id"]
    await ask.data(
        "ada",
        "mutation ($id: ID!) { acceptCollaboration(input: {id: $id, confirm: true}) { collaboration { id } } }",
        id=request,
    )

    assert asked == (["F-C6 talk"], ["F-C6 talk"], [])
    assert told == (["F-C6 talk"], [], ["F-C6 talk"])
    assert await requests(ask, "ada") == []


async def test_what_was_added_as_a_bookkeeper_is_among_the_invites_and_not_here(ask: Ask) -> None:
    assert (await read(ask, "ada", "F-C7 talk"))["collaboration"]["collaborationState"] == "PENDING"
    assert "F-C7 talk" not in await requests(ask, "ada")


async def test_pages_of_conversations_and_of_messages(ask: Ask, world: AsyncConnection) -> None:
    page = """query ($first: Int, $after: String, $last: Int, $before: String) {
      conversations(first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    one = (await ask.data("ada", page, first=2))["conversations"]
    two = (await ask.data("ada", page, first=9, after=one["pageInfo"]["endCursor"]))["conversations"]
    back = (await ask.data("ada", page, last=9, before=two["pageInfo"]["startCursor"]))["conversations"]
    foreign = await ask(
        "ada", "query ($after: String) { collaborationRequests(first: 1, after: $after) { nodes { id } } }",
        after=one["pageInfo"]["endCursor"],
    )  # fmt: skip

    assert ask.handles(one["nodes"]) == ["F-C7 talk", "F-C6 talk"] == ask.handles(back["nodes"])
    assert ask.handles(two["nodes"]) == ["F-C5 talk", "F-C2 talk", "F-C4 talk", "F-C1 talk"]
    assert [each["totalCount"] for each in (one, two, back)] == [6, 6, 6]
    assert (one["pageInfo"]["hasNextPage"], two["pageInfo"]["hasNextPage"]) == (True, False)
    assert foreign.codes == ["BAD_USER_INPUT"]

    of = """query ($id: ID!, $after: String) { node(id: $id) { ... on Conversation { messages(first: 1, after: $after) {
      totalCount nodes { body } pageInfo { hasNextPage endCursor } } } } }"""
    talk = ask.id("Conversation", "F-C2 talk")
    newest = (await ask.data("dag", of, id=talk))["node"]["messages"]
    oldest = (await ask.data("dag", of, id=talk, after=newest["pageInfo"]["endCursor"]))["node"]["messages"]
    assert [each["nodes"][0]["body"] for each in (newest, oldest)] == [
        "With pleasure. We begin on Monday.",
        "Only our payroll.",
    ]
    assert [each["pageInfo"]["hasNextPage"] for each in (newest, oldest)] == [True, False]


# ---- writing


async def test_a_client_begins_with_a_firm_of_the_marketplace_and_the_firm_answers(
    ask: Ask, world: AsyncConnection
) -> None:
    begun = (await wrote_to(ask, world, "cora", "G", "Guten Tag,\r\nhaben Sie Platz? ")).data["sendMessage"]
    key_of = ask.gateway.seal.open_id(begun["conversation"]["id"])[1]
    answered = (await wrote(ask, "gus", key_of, "Ja.")).data["sendMessage"]
    again = (await wrote_to(ask, world, "cora", "G", "Danke.")).data["sendMessage"]
    seen = await read(ask, "gus", key_of)

    assert begun["message"]["body"] == "Guten Tag,\nhaben Sie Platz?"
    assert begun["message"]["side"] == "CLIENT"
    assert begun["conversation"]["openedAt"] == begun["message"]["sentAt"] == NOW.isoformat()
    offered = begun["conversation"]["viewerActions"]
    assert offered == ["SEND_MESSAGE", "REQUEST_COLLABORATION", "ADD_FIRM_AS_BOOKKEEPER"]
    assert begun["conversation"]["firm"] is None  # the profile is public, the firm is not (Table A)
    assert answered["conversation"]["id"] == again["conversation"]["id"] == begun["conversation"]["id"]
    assert sorted(body for _, _, body in lines(seen)) == ["Danke.", "Guten Tag,\nhaben Sie Platz?", "Ja."]
    assert [each["authorName"] is not None for each in seen["messages"]["nodes"] if each["side"] == "FIRM"] == [True]
    assert ask.gateway.seal.open_id(begun["conversation"]["id"])[1] != key("F-C1 talk")


async def test_every_message_is_a_notice_of_its_id_alone(ask: Ask, world: AsyncConnection) -> None:
    said = await wrote(ask, "jonas", "F-C6 talk", "secret words")
    message = ask.gateway.seal.open_id(said.data["sendMessage"]["message"]["id"])[1]

    assert await notices(world) == [("MESSAGE", "Message", message, None, {})]
    entries = (await world.execute(text("SELECT * FROM audit_entry WHERE request_id IS NOT NULL"))).mappings().all()
    (entry,) = entries
    assert (entry["action"], entry["subject_type"], entry["subject_id"]) == (
        "SEND_MESSAGE",
        "Conversation",
        key("F-C6 talk"),
    )
    assert (entry["client_id"], entry["firm_id"], entry["collaboration_id"]) == (key("C6"), key("F"), None)
    assert "secret" not in str(dict(entry))


@pytest.mark.parametrize("who", CALLERS)
async def test_who_may_write_in_a_conversation(ask: Ask, world: AsyncConnection, who: str) -> None:
    codes = {handle: (await wrote(ask, who, handle)).codes for handle in ("F-C6 talk", "F-C1 talk")}
    both = {"ada"}
    allowed = {"F-C6 talk": both | {"jonas"}, "F-C1 talk": both | {"cora"}}

    for handle, found in codes.items():
        refused = ["UNAUTHENTICATED"] if who == "anonymous" else ["NOT_FOUND"]
        assert found == ([] if who in allowed[handle] else refused)


@pytest.mark.parametrize("who", CALLERS)
async def test_only_owners_and_administrators_of_a_company_begin_one(
    ask: Ask, world: AsyncConnection, who: str
) -> None:
    answer = await wrote_to(ask, world, who, "G")
    refused = ["UNAUTHENTICATED"] if who == "anonymous" else ["FORBIDDEN"]

    assert answer.codes == ([] if who in ADMINS else refused)


async def test_a_profile_that_is_not_published_does_not_exist(ask: Ask, world: AsyncConnection) -> None:
    hidden = [ask.id("FirmProfile", handle) for handle in ("F profile 2", "H profile 1", "nowhere")]
    answers = [
        await ask("cora", SEND, input={"profile": id, "body": "Hello."}) for id in (*hidden, ask.id("Firm", "G"))
    ]

    assert len({answer.text for answer in answers}) == 1
    assert answers[0].codes == ["NOT_FOUND"]
    assert (await ask("cora", SEND, input={"profile": "x", "body": "a"})).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("body", ["", " \n ", "x" * 1001, "a\u0007b", "\u200b", "a\u202eb"])
async def test_a_message_says_something_short_and_plain(ask: Ask, world: AsyncConnection, body: str) -> None:
    assert (await wrote(ask, "jonas", "F-C6 talk", body)).codes == ["BAD_USER_INPUT"]
    assert await notices(world) == []
    assert (await wrote(ask, "gus", "F-C6 talk", body)).codes == ["BAD_USER_INPUT"]  # whatever there is (L13)
    assert (await wrote(ask, "gus", "F-C6 talk", "Hello.")).codes == ["NOT_FOUND"]
    assert (await wrote(ask, "elena", "F-C4 talk", body)).codes == ["BAD_USER_INPUT"]
    assert (await wrote(ask, "jonas", "F-C6 talk", "x" * 998 + "\n.")).errors == []


@pytest.mark.parametrize("both", [True, False])
async def test_a_message_goes_to_one_place(ask: Ask, world: AsyncConnection, both: bool) -> None:
    profile = (await world.execute(PUBLISHED, {"firm": key("F")})).scalar_one()
    places = {"profile": ask.id("FirmProfile", profile), "conversation": ask.id("Conversation", "F-C6 talk")}
    answer = await ask("jonas", SEND, input={"body": "Hello.", **(places if both else {})})

    assert [error["extensions"]["rule"] for error in answer.errors] == ["EXACTLY_ONE_OF"] * 2
    assert {error["message"] for error in answer.errors} == {"Give exactly one of conversation, profile."}


async def test_a_firm_outside_the_programme_reads_and_neither_writes_nor_is_written_to(
    ask: Ask, world: AsyncConnection
) -> None:
    await run(world, "UPDATE firm SET programme_state = 'suspended' WHERE id = :id", id=key("F"))

    assert (await read(ask, "ada", "F-C6 talk"))["viewerActions"] == ["BLOCK_CONVERSATION"]
    told = [
        (await wrote(ask, who, talk)).errors[0]
        for who, talk in (("ada", "F-C6 talk"), ("cora", "F-C1 talk"), ("jonas", "F-C6 talk"))
    ]
    # Only a client of the firm is told why (D68).
    assert [(error["extensions"]["code"], error["message"]) for error in told] == [
        ("FORBIDDEN", RULES["PROGRAMME"]),
        ("CONFLICT", CONFLICTS["SUSPENDED"]),
        ("CONFLICT", CONFLICTS["UNAVAILABLE"]),
    ]


async def test_a_firm_that_has_invited_the_company_is_not_asked_by_it(ask: Ask, world: AsyncConnection) -> None:
    await make.invited(world, key("C6"), firm_id=key("F"))
    answer = await asks(ask, world, "jonas", "requestCollaboration", "F")

    assert (await read(ask, "jonas", "F-C6 talk"))["viewerActions"] == ["SEND_MESSAGE"]
    assert (answer.codes, answer.errors[0]["message"]) == (["CONFLICT"], CONFLICTS["TOGETHER"])


async def test_the_twenty_first_message_within_an_hour_waits(ask: Ask, world: AsyncConnection) -> None:
    for number in range(20):
        assert (await wrote(ask, "jonas", "F-C6 talk", f"No. {number}")).errors == []
    more = await wrote(ask, "jonas", "F-C6 talk", "No. 20")
    other = await wrote(ask, "jonas", "G-C6 talk")
    answer = await wrote(ask, "ada", "F-C6 talk")
    bad = await wrote(ask, "jonas", "F-C6 talk", "")
    noticed = len(await notices(world))
    await run(world, "UPDATE message SET sent_at = sent_at - interval '59 minutes' WHERE body LIKE 'No. %'")
    soon = await wrote(ask, "jonas", "F-C6 talk", "No. 20")
    await run(world, "UPDATE message SET sent_at = sent_at - interval '1 minute' WHERE body LIKE 'No. %'")
    later = await wrote(ask, "jonas", "F-C6 talk", "No. 20")

    assert [each.codes for each in (more, soon)] == [["RATE_LIMITED"]] * 2
    assert [each.errors[0]["extensions"]["retryAfter"] for each in (more, soon)] == [3600, 60]
    assert (other.errors, answer.codes, bad.codes) == ([], [], ["BAD_USER_INPUT"])
    assert noticed == 22
    assert later.data["sendMessage"]["message"]["body"] == "No. 20"


async def test_asking_again_with_the_same_key_writes_once(ask: Ask, world: AsyncConnection) -> None:
    body = {
        "query": SEND,
        "variables": {"input": {"conversation": ask.id("Conversation", "F-C6 talk"), "body": "Once."}},
    }
    headers = {**ask.headers("jonas"), "Idempotency-Key": "jonas-1"}
    first, again = [await ask.sent(body, headers) for _ in range(2)]

    assert first.errors == []
    assert first.text == again.text
    assert len(await notices(world)) == 1


# ---- requests


@pytest.mark.parametrize("verb", ["addFirmAsBookkeeper", "requestCollaboration"])
@pytest.mark.parametrize("message", ["Bitte,\nab Januar.", None])
async def test_a_request_is_a_conversation(ask: Ask, world: AsyncConnection, verb: str, message: str | None) -> None:
    asked = await asks(ask, world, "cora", verb, "G", message=message)
    (talk,) = [
        each
        for each in (await ask("gus", LISTS)).data["conversations"]["nodes"]
        if each["collaboration"] and each["collaboration"]["id"] == asked.data[verb]["collaboration"]["id"]
    ]

    assert asked.errors == []
    assert lines(talk) == ([("CLIENT", "Cora Aagaard", message)] if message else [])
    assert talk["client"] == {"id": ask.id("Client", "C1")}
    assert talk["viewerActions"] == ["SEND_MESSAGE", "BLOCK_CONVERSATION"]
    assert [kind for kind, *_ in await notices(world)] == ["COLLABORATION_REQUESTED"]


async def test_a_request_goes_on_in_the_conversation_that_there_is(ask: Ask, world: AsyncConnection) -> None:
    await asks(ask, world, "elena", "requestCollaboration", "F", message="Once more?")
    talk = await read(ask, "ada", "F-C4 talk")

    assert [body for _, _, body in lines(talk)][-1] == "Once more?"
    assert (talk["collaboration"]["collaborationState"], talk["viewerActions"]) == (
        "PENDING",
        ["SEND_MESSAGE", "BLOCK_CONVERSATION"],
    )
    assert await requests(ask, "ada") == ["F-C4 talk", "F-C6 talk"]  # by the last message
    assert (await wrote(ask, "elena", "F-C4 talk")).codes == []


@pytest.mark.parametrize(("verb", "who"), [("declineCollaboration", "ada"), ("withdrawCollaboration", "jonas")])
async def test_a_request_that_came_to_nothing_leaves_the_conversation(
    ask: Ask, world: AsyncConnection, verb: str, who: str
) -> None:
    asked = await asks(ask, world, "jonas", "requestCollaboration", "F")
    request = ask.gateway.seal.open_id(asked.data["requestCollaboration"]["collaboration"]["id"])[1]
    await does(ask, who, verb, request)
    talk = await read(ask, "ada", "F-C6 talk")

    assert (talk["collaboration"], talk["client"], talk["viewerActions"]) == (
        None,
        None,
        ["SEND_MESSAGE", "BLOCK_CONVERSATION"],
    )
    assert await requests(ask, "ada") == ["F-C6 talk"]


# ---- blocking


async def test_a_blocked_client_neither_writes_nor_asks_and_knows_why(ask: Ask, world: AsyncConnection) -> None:
    blocked = (await ask("ada", BLOCK, id=ask.id("Conversation", "F-C6 talk"))).data["blockConversation"]
    refused = [
        await wrote(ask, "jonas", "F-C6 talk"),
        await wrote_to(ask, world, "jonas", "F"),
        await asks(ask, world, "jonas", "requestCollaboration", "F"),
        await asks(ask, world, "jonas", "addFirmAsBookkeeper", "F"),
        await wrote(ask, "ada", "F-C6 talk"),
    ]
    theirs = await read(ask, "jonas", "F-C6 talk")

    assert blocked["conversation"]["blockedAt"] == theirs["blockedAt"] == NOW.isoformat()
    assert blocked["conversation"]["viewerActions"] == ["UNBLOCK_CONVERSATION"]
    assert theirs["viewerActions"] == []
    assert [answer.codes for answer in refused] == [["CONFLICT"]] * 5
    assert {answer.errors[0]["message"] for answer in refused} == {
        "The firm accepts no messages and no requests in this conversation."
    }
    assert await requests(ask, "ada") == []
    assert await notices(world) == []
    assert (await wrote(ask, "jonas", "G-C6 talk")).errors == []  # it is F's alone


async def test_blocking_refuses_the_request_that_waits_and_unblocking_frees_the_two(
    ask: Ask, world: AsyncConnection
) -> None:
    talk = ask.id("Conversation", "F-C7 talk")
    await ask("ada", BLOCK, id=talk)
    state = (await world.execute(text("SELECT state FROM collaboration WHERE id = :id"), {"id": key("F-C7")})).scalar()
    theirs = (await ask("lucia", OF_COLLABORATION, id=ask.id("Collaboration", "F-C7"))).data["collaboration"]
    ours = await ask("ada", OF_COLLABORATION, id=ask.id("Collaboration", "F-C7"))
    freed = (await ask("ada", UNBLOCK, id=talk)).data["unblockConversation"]["conversation"]
    asked = await asks(ask, world, "lucia", "requestCollaboration", "F")

    assert (state, theirs["collaborationState"], ours.codes) == ("blocked", "BLOCKED", ["NOT_FOUND"])
    assert (freed["blockedAt"], freed["collaboration"], freed["viewerActions"]) == (
        None,
        None,
        ["SEND_MESSAGE", "BLOCK_CONVERSATION"],
    )
    assert asked.errors == []
    assert theirs["conversation"] == {"id": talk}


async def test_what_runs_is_ended_first_and_what_the_firm_invited_is_not_blocked(
    ask: Ask, world: AsyncConnection
) -> None:
    running = await ask("ada", BLOCK, id=ask.id("Conversation", "F-C1 talk"))
    await world.execute(
        text(
            "INSERT INTO conversation (id, firm_id, client_id, opened_by, opened_at) "
            "VALUES (:id, :firm, :client, :who, :at)"
        ),
        {"id": key("F-C8 talk"), "firm": key("F"), "client": key("C8"), "who": key("saga"), "at": DEMO_NOW},
    )
    invited = await ask("ada", BLOCK, id=ask.id("Conversation", "F-C8 talk"))

    assert (running.codes, running.errors[0]["message"]) == (["CONFLICT"], "End the collaboration first.")
    assert invited.codes == ["CONFLICT"]


async def test_blocking_takes_a_confirmation_and_is_not_done_twice(ask: Ask, world: AsyncConnection) -> None:
    talk = ask.id("Conversation", "F-C6 talk")
    unsure = await ask("ada", BLOCK, id=talk, confirm=False)
    early = await ask("ada", UNBLOCK, id=talk)
    await ask("ada", BLOCK, id=talk)
    again = await ask("ada", BLOCK, id=talk)

    assert (unsure.codes, early.codes, again.codes) == (["BAD_USER_INPUT"], ["CONFLICT"], ["CONFLICT"])


@pytest.mark.parametrize("document", [BLOCK, UNBLOCK], ids=["block", "unblock"])
@pytest.mark.parametrize("who", CALLERS)
async def test_only_the_firms_admins_block_and_take_it_back(
    ask: Ask, world: AsyncConnection, who: str, document: str
) -> None:
    if document is UNBLOCK:
        await run(world, "UPDATE conversation SET blocked_at = now() WHERE id = :id", id=key("F-C6 talk"))
    answer = await ask(who, document, id=ask.id("Conversation", "F-C6 talk"))
    expected = {"ada": [], "jonas": ["FORBIDDEN"], "anonymous": ["UNAUTHENTICATED"]}.get(who, ["NOT_FOUND"])

    assert answer.codes == expected
    changed = (
        await world.execute(
            text("SELECT blocked_at = :now FROM conversation WHERE id = :id"), {"now": NOW, "id": key("F-C6 talk")}
        )
    ).scalar()
    assert bool(changed) == (who == "ada" and document is BLOCK)


async def test_what_comes_of_it_stands_in_the_audit_trail(ask: Ask, world: AsyncConnection) -> None:
    await ask("ada", BLOCK, id=ask.id("Conversation", "F-C7 talk"))
    await wrote(ask, "lucia", "F-C7 talk")
    rows = await world.execute(
        text(
            "SELECT action, outcome, code, subject_id, client_id, firm_id, collaboration_id FROM audit_entry "
            "WHERE request_id IS NOT NULL ORDER BY action"
        )
    )
    pair = (key("F-C7 talk"), key("C7"), key("F"))

    assert [tuple(row) for row in rows] == [
        ("BLOCK_CONVERSATION", "done", None, *pair, key("F-C7")),
        ("SEND_MESSAGE", "refused", "CONFLICT", *pair, None),
    ]


# ---- order and reading


async def test_what_was_written_last_comes_first(ask: Ask, world: AsyncConnection) -> None:
    before = ask.handles((await ask.data("ada", LISTS))["conversations"]["nodes"])
    await ask.data("cora", SEND, input={"conversation": ask.id("Conversation", "F-C1 talk"), "body": "Good day."})
    after = ask.handles((await ask.data("ada", LISTS))["conversations"]["nodes"])
    seen = await ask.data("ada", SINCE, id=ask.id("Conversation", "F-C1 talk"))

    assert before[0] != "F-C1 talk"
    assert after == ["F-C1 talk", *(each for each in before if each != "F-C1 talk")]
    assert seen["node"]["lastMessageAt"] == NOW.isoformat()


SINCE: Final = "query ($id: ID!) { node(id: $id) { ... on Conversation { unreadCount lastMessageAt } } }"
MARK: Final = """mutation ($id: ID!) {
  markConversationRead(input: {id: $id}) { conversation { unreadCount viewerActions } }
}"""


async def test_what_others_wrote_is_unread_until_one_reads_it(ask: Ask, world: AsyncConnection) -> None:
    talk = ask.id("Conversation", "F-C2 talk")

    async def unread() -> list[int]:
        return [(await ask.data(who, SINCE, id=talk))["node"]["unreadCount"] for who in ("ada", "dag", "mila")]

    found = [await unread()]
    marked = await ask.data("dag", MARK, id=talk)
    found.append(await unread())
    await ask.data("ada", SEND, input={"conversation": talk, "body": "Good day."})
    found.append(await unread())

    assert found == [[1, 1, 2], [1, 0, 2], [1, 1, 3]]
    assert marked["markConversationRead"]["conversation"]["unreadCount"] == 0
    assert "MARK_CONVERSATION_READ" not in marked["markConversationRead"]["conversation"]["viewerActions"]


async def test_reading_is_no_entry_of_the_audit_trail_and_a_refusal_is(ask: Ask, world: AsyncConnection) -> None:
    trail = "SELECT outcome FROM audit_entry WHERE action = 'MARK_CONVERSATION_READ'"
    await ask.data("dag", MARK, id=ask.id("Conversation", "F-C2 talk"))
    before = await rows(world, trail)
    hidden = await ask("ben", MARK, id=ask.id("Conversation", "F-C2 talk"))
    foreign = await ask("gus", MARK, id=ask.id("Conversation", "F-C2 talk"))

    assert (hidden.codes, foreign.codes) == (["NOT_FOUND"], ["NOT_FOUND"])
    assert (before, await rows(world, trail)) == ([], [("refused",), ("refused",)])
