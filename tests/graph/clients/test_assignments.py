"""Who is in charge of clients, over HTTP (P17, H49–H54, X-P3, X-P8, L13, L15)."""

from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.seeds.demo import key
from gateway.messages import text as message
from gateway.resolvers.core.refusals import CONFLICTS, MOVED_ON, NOT_YOURS, RULES
from gateway.schema.clients.inputs import MAX_CLIENTS, MAX_MEMBERS
from tests.graph.conftest import CALLERS, NOW, Answer, Ask, recorded, run
from tests.support import make

ASSIGN: Final = """mutation ($clients: [ID!]!, $members: [ID!]!) {
  assignManagers(input: {clients: $clients, members: $members}) { clients { name accountManagers(first: 50) { nodes { name } } } }
}"""
UNASSIGN: Final = """mutation ($client: ID!, $member: ID!) {
  unassignManager(input: {client: $client, member: $member}) { client { name accountManagers(first: 50) { nodes { name } } } }
}"""
NAMES: Final = "{ clients(first: 20) { nodes { id } } }"
ABSENT: Final = "There is no such object."


async def assigned(ask: Ask, who: str, clients: list[str], members: list[str]) -> Answer:
    return await ask(
        who,
        ASSIGN,
        clients=[ask.id("Client", client) for client in clients],
        members=[ask.id("FirmMember", f"F/{member}" if "/" not in member else member) for member in members],
    )


async def unassigned(ask: Ask, who: str, client: str, member: str) -> Answer:
    return await ask(who, UNASSIGN, client=ask.id("Client", client), member=ask.id("FirmMember", member))


async def charges(world: AsyncConnection) -> list[tuple[Any, ...]]:
    found = await world.execute(
        text("SELECT id, client_id, member_id, assigned_by, assigned_at, ended_at FROM assignment ORDER BY id")
    )
    return [tuple(row) for row in found]


def refused(answer: Answer, code: str, message: str | None = None) -> bool:
    (error,) = answer.errors
    told = error["extensions"]["code"], message or error["message"]
    return told == (code, error["message"]) and set(answer.data.values()) == {None}


# ---- assigning


async def test_several_people_are_put_in_charge_of_several_clients_at_once(ask: Ask, world: AsyncConnection) -> None:
    before = await charges(world)
    answer = await assigned(ask, "ada", ["C5", "C3", "C8"], ["ben", "ada"])
    made = [row for row in await charges(world) if row not in before]

    assert answer.errors == []
    assert [one["name"] for one in answer.data["assignManagers"]["clients"]] == [
        client["name"] for client in [(await ask.data("ada", "query ($id: ID!) { client(id: $id) { name } }",
                                                      id=ask.id("Client", handle)))["client"]
                                      for handle in ("C5", "C3", "C8")]
    ]  # fmt: skip
    assert [sorted(who["name"] for who in one["accountManagers"]["nodes"])
            for one in answer.data["assignManagers"]["clients"]] == [
        ["Ada Nørgård", "Ben Kjærgaard", "Hedda Zürcher"],
        ["Ada Nørgård", "Ben Kjærgaard", "Bo Lindqvist"],
        ["Ada Nørgård", "Ben Kjærgaard"],
    ]  # fmt: skip
    assert {row[1:] for row in made} == {
        (key(client), key(f"F/{member}"), key("ada"), NOW, None)
        for client in ("C5", "C3", "C8")
        for member in ("ben", "ada")
    }


async def test_who_is_put_in_charge_sees_the_client_from_then_on(ask: Ask, world: AsyncConnection) -> None:
    before = ask.handles((await ask.data("ben", NAMES))["clients"]["nodes"])
    await assigned(ask, "ada", ["C3"], ["ben"])
    after = ask.handles((await ask.data("ben", NAMES))["clients"]["nodes"])

    assert sorted(before) == ["C1", "C2"]
    assert sorted(after) == ["C1", "C2", "C3"]


async def test_who_is_in_charge_already_stays_so(ask: Ask, world: AsyncConnection) -> None:
    before = await charges(world)
    answer = await assigned(ask, "ada", ["C1", "C1"], ["ben", "bo", "ben"])

    assert answer.errors == []
    assert len(answer.data["assignManagers"]["clients"]) == 1
    assert await charges(world) == before


async def test_assignment_may_come_before_the_clients_verification(ask: Ask, world: AsyncConnection) -> None:
    assert (await assigned(ask, "ada", ["C7", "C8"], ["ben"])).errors == []
    assert (await ask.data("ben", "{ clientTabs { tab totalCount } }"))["clientTabs"] == [
        {"tab": "ONBOARDING", "totalCount": 1},
        {"tab": "MINE", "totalCount": 2},
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [("role = 'staff'", "STAFF"), ("state = 'suspended'", "INACTIVE"), ("state = 'invited'", "INACTIVE")],
)
async def test_only_active_admins_and_bookkeepers_are_put_in_charge(
    ask: Ask, world: AsyncConnection, change: str, why: str
) -> None:
    await run(world, f"UPDATE firm_member SET {change} WHERE id = :id", id=key("F/hedda"))
    before = await charges(world)

    assert refused(await assigned(ask, "ada", ["C1"], ["ben", "hedda"]), "CONFLICT", CONFLICTS[why])
    assert await charges(world) == before


async def test_a_firm_that_is_not_in_the_programme_assigns_nobody(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE firm SET programme_state = 'suspended' WHERE id = :id", id=key("F"))
    before = await charges(world)

    assert refused(await assigned(ask, "ada", ["C1"], ["hedda"]), "FORBIDDEN", RULES["PROGRAMME"])
    assert await charges(world) == before


WRONG: Final = {
    "a client of another firm": (["C6"], ["ben"]),
    "a client of before": (["C4"], ["ben"]),
    "a client that is none": (["nothing"], ["ben"]),
    "a client of another firm among one's own": (["C1", "C3", "C6"], ["ben"]),
    "a person of another firm": (["C3"], ["G/gus"]),
    "a person who is nobody": (["C3"], ["F/nobody"]),
    "a person of another firm among one's own": (["C3"], ["ben", "G/gus", "bo"]),
    "a person who was removed": (["C3"], ["hedda"]),
    "a client that may not be seen, for who may not be assigned": (["C6"], ["finn"]),
    "a person of another firm beside one who may not be assigned": (["C3"], ["finn", "G/gus"]),
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_is_not_the_firms_is_not_found_in_one_way(ask: Ask, world: AsyncConnection, case: str) -> None:
    await run(world, "UPDATE firm_member SET state = 'removed' WHERE id = :id", id=key("F/hedda"))
    before = await charges(world)
    answer = await assigned(ask, "ada", *WRONG[case])

    assert [(error["message"], error["extensions"], error["path"]) for error in answer.errors] == [
        (ABSENT, {"code": "NOT_FOUND"}, ["assignManagers"])
    ]
    assert answer.data == {"assignManagers": None}
    assert await charges(world) == before


async def test_an_id_of_another_type_is_none_and_rubbish_is_refused(ask: Ask, world: AsyncConnection) -> None:
    client, member = ask.id("Client", "C1"), ask.id("FirmMember", "F/ben")

    assert refused(await ask("ada", ASSIGN, clients=[member], members=[member]), "NOT_FOUND")
    assert refused(await ask("ada", ASSIGN, clients=[client], members=[client]), "NOT_FOUND")
    assert refused(await ask("ada", ASSIGN, clients=["rubbish"], members=[member]), "BAD_USER_INPUT")
    assert refused(await ask("ada", ASSIGN, clients=[client], members=["rubbish"]), "BAD_USER_INPUT")


@pytest.mark.parametrize(("clients", "members"), [(0, 1), (1, 0), (MAX_CLIENTS + 1, 1), (1, MAX_MEMBERS + 1)], ids=str)
async def test_there_is_a_limit_to_what_is_assigned_at_once(
    ask: Ask, world: AsyncConnection, clients: int, members: int
) -> None:
    answer = await assigned(ask, "ada", ["C1"] * clients, ["ben"] * members)

    assert refused(
        answer,
        "BAD_USER_INPUT",
        message("input", "ENTRIES", least=1, most=MAX_MEMBERS if 0 < clients <= MAX_CLIENTS else MAX_CLIENTS),
    )


@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("ada", "anonymous")])
async def test_nobody_but_the_firms_admin_assigns(ask: Ask, world: AsyncConnection, who: str) -> None:
    before = await charges(world)
    sees = (await ask(who, "query ($id: ID!) { node(id: $id) { id } }", id=ask.id("Client", "C1"))).errors == []
    answer = await assigned(ask, who, ["C1"], ["bo"])

    assert refused(answer, "FORBIDDEN", NOT_YOURS) if sees else refused(answer, "NOT_FOUND", ABSENT)
    assert await charges(world) == before


async def test_a_bookkeeper_does_not_take_a_client(ask: Ask, world: AsyncConnection) -> None:
    before = await charges(world)

    assert refused(await assigned(ask, "ben", ["C3"], ["ben"]), "NOT_FOUND", ABSENT)
    assert refused(await assigned(ask, "ben", ["C1"], ["ben"]), "FORBIDDEN", NOT_YOURS)
    assert refused(await assigned(ask, "anonymous", ["C1"], ["ben"]), "UNAUTHENTICATED")
    assert await charges(world) == before


ENTRIES: Final = """SELECT action, outcome, code, subject_type, subject_id, client_id, firm_id, collaboration_id
  FROM audit_entry WHERE at > '2026-03-02' AND action IN ('ASSIGN_MANAGERS', 'UNASSIGN_MANAGER') ORDER BY subject_id"""


async def test_each_client_has_an_entry_in_its_collaborations_trail(ask: Ask, world: AsyncConnection) -> None:
    await assigned(ask, "ada", ["C1", "C5"], ["ben"])
    entries = [tuple(row) for row in await world.execute(text(ENTRIES))]
    trail = "query ($id: ID!) { collaboration(id: $id) { auditEntries(first: 1) { nodes { action actorName } } } }"
    told = await ask.data("ada", trail, id=ask.id("Collaboration", "F-C1"))

    assert entries == sorted(
        [
            ("ASSIGN_MANAGERS", "done", None, "Client", key(client), key(client), key("F"), key(f"F-{client}"))
            for client in ("C1", "C5")
        ],
        key=lambda entry: str(entry[4]),
    )
    assert told["collaboration"]["auditEntries"]["nodes"] == [{"action": "ASSIGN_MANAGERS", "actorName": "Ada Nørgård"}]


async def test_a_hundred_clients_take_as_many_statements_as_one(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    plan = await make.plan(world)
    clients = []
    for number in range(MAX_CLIENTS):
        clients.append(await make.client(world, name=f"No. {number}", plan_id=plan))
        await make.collaboration(world, firm_id=key("F"), client_id=clients[-1])
    members = [await make.member(world, firm_id=key("F")) for _ in range(MAX_MEMBERS)]
    taken = []
    for some, people in ((clients[:1], members[:1]), (clients, members), (clients, members)):
        with recorded(engine) as said:
            answer = await ask(
                "ada",
                ASSIGN,
                clients=[ask.id("Client", client) for client in some],
                members=[ask.id("FirmMember", member) for member in people],
            )
        taken.append([each for each in said if "SAVEPOINT" not in each])
        assert answer.errors == []
        assert {len(one["accountManagers"]["nodes"]) for one in answer.data["assignManagers"]["clients"]} == {
            len(people)
        }

    assert [len(said) for said in taken] == [len(taken[0])] * 3, "\n\n".join(taken[1])


# ---- unassigning


async def test_the_admin_ends_anybodys_charge(ask: Ask, world: AsyncConnection) -> None:
    answer = await unassigned(ask, "ada", "C1", "F/ben")
    again = await unassigned(ask, "ada", "C1", "F/ben")
    ended = [row[1:3] for row in await charges(world) if row[5] == NOW]

    assert answer.errors == []
    assert [one["name"] for one in answer.data["unassignManager"]["client"]["accountManagers"]["nodes"]] == [
        "Bo Lindqvist"
    ]
    assert ended == [(key("C1"), key("F/ben"))]
    assert ask.handles((await ask.data("ben", NAMES))["clients"]["nodes"]) == ["C2"]
    assert refused(
        await ask("ben", "query ($id: ID!) { node(id: $id) { id } }", id=ask.id("Client", "C1")), "NOT_FOUND"
    )
    assert refused(again, "CONFLICT", MOVED_ON)


async def test_a_bookkeeper_gives_up_a_client_and_is_shown_it_no_more(ask: Ask, world: AsyncConnection) -> None:
    answer = await unassigned(ask, "ben", "C1", "F/ben")
    entries = [tuple(row) for row in await world.execute(text(ENTRIES))]

    assert (answer.data, answer.errors) == ({"unassignManager": {"client": None}}, [])
    assert ask.handles((await ask.data("ben", NAMES))["clients"]["nodes"]) == ["C2"]
    assert entries == [("UNASSIGN_MANAGER", "done", None, "Client", key("C1"), key("C1"), key("F"), key("F-C1"))]
    assert refused(await unassigned(ask, "ben", "C1", "F/ben"), "NOT_FOUND", ABSENT)


async def test_an_admin_gives_up_a_client_of_its_own_and_keeps_seeing_it(ask: Ask, world: AsyncConnection) -> None:
    before = await unassigned(ask, "ada", "C1", "F/ada")
    await assigned(ask, "ada", ["C1"], ["ada"])
    answer = await unassigned(ask, "ada", "C1", "F/ada")

    assert refused(before, "CONFLICT", MOVED_ON)
    assert answer.errors == []
    assert sorted(one["name"] for one in answer.data["unassignManager"]["client"]["accountManagers"]["nodes"]) == [
        "Ben Kjærgaard",
        "Bo Lindqvist",
    ]


@pytest.mark.parametrize(("who", "client", "member", "code"), [
    ("ben", "C1", "F/bo", "FORBIDDEN"),  # a colleague on the same client
    ("ben", "C1", "F/hedda", "FORBIDDEN"),
    ("ben", "C1", "G/gus", "FORBIDDEN"),
    ("ben", "C3", "F/bo", "NOT_FOUND"),
    ("ben", "C3", "F/ben", "NOT_FOUND"),
    ("ada", "C6", "F/ben", "NOT_FOUND"),
    ("ada", "C1", "G/gus", "NOT_FOUND"),
    ("ada", "C1", "F/nobody", "NOT_FOUND"),
    ("ada", "C3", "F/ben", "CONFLICT"),
    ("gus", "C1", "F/ben", "NOT_FOUND"),
    ("finn", "C1", "F/ben", "NOT_FOUND"),
    ("cora", "C1", "F/ben", "FORBIDDEN"),
    ("emil", "C1", "F/ben", "FORBIDDEN"),
    ("pia", "C1", "F/ben", "FORBIDDEN"),
    ("rolf", "C1", "F/ben", "NOT_FOUND"),
    ("ben-sync", "C1", "F/ben", "FORBIDDEN"),
    ("billing", "C1", "F/ben", "FORBIDDEN"),
    ("nora", "C1", "F/ben", "NOT_FOUND"),
    ("anonymous", "C1", "F/ben", "UNAUTHENTICATED"),
])  # fmt: skip
async def test_nobody_else_ends_a_charge(
    ask: Ask, world: AsyncConnection, who: str, client: str, member: str, code: str
) -> None:
    before = await charges(world)

    assert refused(await unassigned(ask, who, client, member), code)
    assert await charges(world) == before
