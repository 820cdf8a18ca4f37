"""Integration tokens over HTTP: who makes, lists and revokes them, and for how long they live (D26, D41)."""

import json
import re
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.enums import chosen
from gateway.db.models import IntegrationToken
from gateway.db.models.accounts import SCOPES
from gateway.db.seeds.demo import key
from gateway.reads.formats import word
from gateway.resolvers.tokens.mutations import MAX_COUNT
from tests.graph.conftest import CALLERS, FIRMS, NOW, TOKENS, Answer, Ask
from tests.support import make
from tests.support.tokens import (
    CREATE,
    LIST,
    NAMES,
    OF_COMPANIES,
    OF_FIRMS,
    PLATFORMS,
    REVOKE,
    is_unauthenticated,
    kept,
    made,
    shown,
)

OFFERED: Final = {
    **dict.fromkeys(("ada", "gus", "hugo"), OF_FIRMS),  # FA
    **dict.fromkeys(
        ("cora", "dag", "mila", "hedda@C3", "elena", "frida", "jonas", "lucia", "saga"), OF_COMPANIES
    ),  # CO
    "pia": PLATFORMS,  # PA
}
"""Who makes tokens, with which scopes: `billing:*` is the platform's alone (D26)."""
MAKERS: Final = {"ada": "F", "cora": "C1", "mila": "C2", "pia": None}
REFUSED: Final = tuple(who for who in CALLERS if who not in OFFERED)


# ---- who makes them


@pytest.mark.parametrize("who", [who for who in CALLERS if who != "anonymous"])
async def test_whoever_makes_tokens_is_told_the_scopes_that_they_may_have(ask: Ask, who: str) -> None:
    data = await ask.data(who, "{ viewer { tokenScopes } }")

    assert data["viewer"]["tokenScopes"] == list(OFFERED.get(who, ()))


@pytest.mark.parametrize("scope", [word(scope) for scope in SCOPES])
@pytest.mark.parametrize("who", MAKERS)
async def test_a_scope_that_is_offered_is_given_and_no_other_is(
    ask: Ask, world: AsyncConnection, who: str, scope: str
) -> None:
    before, owner = await kept(world), MAKERS[who]
    answer = await ask(who, CREATE, input={"name": "Till", "scopes": [scope]})
    (*_, row) = (await world.execute(select(IntegrationToken).order_by(IntegrationToken.id))).all()

    if scope not in OFFERED[who]:
        assert (answer.data, answer.codes) == ({"createToken": None}, ["BAD_USER_INPUT"])
        assert await kept(world) == before
        return
    assert answer.errors == []
    assert answer.data["createToken"]["token"]["scopes"] == [scope]
    assert (row.firm_id, row.client_id) == (
        key(owner) if owner in FIRMS else None,
        key(owner) if owner and owner not in FIRMS else None,
    )
    assert row.created_by == key(who)
    assert [word(each) for each in chosen(SCOPES, row.scopes)] == [scope]
    assert len(await kept(world)) == len(before) + 1


@pytest.mark.parametrize("who", MAKERS)
async def test_scopes_are_a_set_all_of_which_must_be_offered(ask: Ask, world: AsyncConnection, who: str) -> None:
    offered = OFFERED[who]
    every = await made(ask, who, *offered)
    twice = await made(ask, who, *offered[::-1], *offered)
    before = await kept(world)
    missing = next(word(scope) for scope in SCOPES if word(scope) not in offered)
    refused = await ask(who, CREATE, input={"name": "Till", "scopes": [*offered, missing]})

    assert every.told["scopes"] == twice.told["scopes"] == list(offered)
    assert (refused.data, refused.codes) == ({"createToken": None}, ["BAD_USER_INPUT"])
    assert refused.errors[0]["message"] == f"Must be one or more of {', '.join(offered)}."
    assert await kept(world) == before


async def test_a_new_token_tells_all_about_itself(ask: Ask, world: AsyncConnection) -> None:
    token = await made(
        ask, "ada", "CLIENTS_READ", name="  Till at the “Ærø” shop ", expiresAt="2027-01-01T01:00:00+01:00"
    )

    assert token.told == {
        "id": token.id,
        "name": "Till at the “Ærø” shop",
        "scopes": ["CLIENTS_READ"],
        "createdBy": "Ada Nørgård",
        "createdAt": NOW.isoformat(),
        "expiresAt": "2027-01-01T00:00:00+00:00",
        "lastUsedAt": None,
        "revokedAt": None,
        "viewerActions": ["REVOKE_TOKEN"],
    }
    assert (await ask.data("ada", LIST))["integrationTokens"]["nodes"][0] == token.told
    assert (await made(ask, "ada", expiresAt=None)).told["expiresAt"] is None


@pytest.mark.parametrize("who", REFUSED)
async def test_nobody_else_makes_one_whatever_it_is_to_be(ask: Ask, world: AsyncConnection, who: str) -> None:
    before = await kept(world)
    wishes = [
        *({"name": "Till", "scopes": [word(scope)]} for scope in SCOPES),
        {"name": "", "scopes": [], "expiresAt": "yesterday"},  # authorization comes first
    ]
    answers = [await ask(who, CREATE, input=wish) for wish in wishes]
    expected = "UNAUTHENTICATED" if who == "anonymous" else "FORBIDDEN"

    assert len({answer.text for answer in answers}) == 1
    assert (answers[0].data, answers[0].codes) == ({"createToken": None}, [expected])
    assert await kept(world) == before


# ---- the secret


async def test_the_secret_is_shown_once_and_only_its_hash_is_kept(ask: Ask, world: AsyncConnection) -> None:
    token, other = await made(ask, "ada"), await made(ask, "ada")
    everything = "{ __typename ... on IntegrationToken { name scopes createdBy createdAt expiresAt lastUsedAt } }"
    why = (
        "query ($id: ID!, $fields: [FieldName!]!) { whyHidden(id: $id, fields: $fields) { visible reason statements } }"
    )
    answers = [
        await ask("ada", LIST),
        await ask("ada", f"query ($id: ID!) {{ node(id: $id) {everything} }}", id=token.id),
        await ask("ada", why, id=token.id, fields=sorted(ask.gateway.policy.bits("IntegrationToken"))),
        await shown(ask, token.secret, "{ viewer { actingAs { name } } }"),
        await ask("ada", REVOKE, id=token.id),
    ]
    hashed = sha256(token.secret.encode())
    rows = (await world.execute(text("SELECT t::text, token_hash FROM integration_token t"))).all()

    assert re.fullmatch(r"gwt_[A-Za-z0-9_-]{43}", token.secret)
    assert token.secret != other.secret
    assert hashed.digest() in {row.token_hash for row in rows}
    for secret in (token.secret, token.secret.removeprefix("gwt_")):
        assert not any(secret in answer.text for answer in answers)
        assert not any(secret in row[0] for row in rows)
        assert secret not in repr(ask.log.calls)
    assert not any(hashed.hexdigest() in answer.text for answer in answers)


# ---- the list


LISTED: Final = {"ada": {"firm-sync", "ben-sync"}, "cora": {"shop-sync"}, "pia": {"billing"}}


@pytest.mark.parametrize("who", CALLERS)
async def test_tokens_are_listed_for_those_who_make_them_and_there_for_nobody_else(ask: Ask, who: str) -> None:
    listed = (await ask.data(who, LIST))["integrationTokens"]
    nodes = await ask(
        who,
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        ids=[ask.id("IntegrationToken", handle) for handle in TOKENS],
    )
    expected = LISTED.get(who, set())

    assert set(ask.handles(listed["nodes"])) == expected
    assert listed["totalCount"] == len(expected)
    assert {handle for handle, node in zip(TOKENS, nodes.data["nodes"], strict=True) if node} == expected
    assert nodes.codes == ["NOT_FOUND"] * (len(TOKENS) - len(expected))


async def test_the_newest_stands_first_and_what_was_revoked_stays_in_the_list(ask: Ask, world: AsyncConnection) -> None:
    for number, days in enumerate((3, 1, 2)):
        await make.token(
            world,
            f"gwt_{number}",
            name=f"{days} days old",
            id=make.new_key(NOW - timedelta(days=days)),
            firm_id=key("F"),
            created_by=key("ben"),
            revoked_at=NOW if days == 2 else None,
        )
    listed = (await ask.data("ada", LIST))["integrationTokens"]

    assert [node["name"] for node in listed["nodes"]][:3] == ["1 days old", "2 days old", "3 days old"]
    assert [node["viewerActions"] for node in listed["nodes"]][:3] == [["REVOKE_TOKEN"], [], ["REVOKE_TOKEN"]]
    assert {node["createdBy"] for node in listed["nodes"][:3]} == {"Ben Kjærgaard"}
    assert listed["totalCount"] == 5


async def test_a_cursor_of_the_list_is_of_no_use_to_a_colleague(ask: Ask, world: AsyncConnection) -> None:
    page = "query ($after: String) { integrationTokens(first: 1, after: $after) { pageInfo { endCursor } } }"
    await make.token(world, "gwt_1", client_id=key("C2"), created_by=key("dag"))
    cursor = (await ask.data("dag", page))["integrationTokens"]["pageInfo"]["endCursor"]
    answer = await ask("mila", page, after=cursor)  # who may see the same tokens

    assert (answer.data, answer.codes) == ({"integrationTokens": None}, ["BAD_USER_INPUT"])


# ---- the end of a token


async def test_a_token_ends_at_its_moment(ask: Ask, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    end = NOW + timedelta(hours=1)
    token = await made(ask, "ada", expiresAt=end.isoformat())
    answers = []
    for moment in (end - timedelta(microseconds=1), end, end + timedelta(days=400)):
        monkeypatch.setattr(ask.gateway, "clock", lambda moment=moment: moment)
        answers.append(await shown(ask, token.secret, NAMES))

    assert answers[0].errors == []
    assert is_unauthenticated(answers[1])
    assert is_unauthenticated(answers[2])


@pytest.mark.parametrize(
    ("who", "handle"), [("ada", "firm-sync"), ("ada", "ben-sync"), ("cora", "shop-sync"), ("pia", "billing")]
)
async def test_a_token_that_is_revoked_opens_nothing_from_the_next_request_on(
    ask: Ask, world: AsyncConnection, who: str, handle: str
) -> None:
    before, token = await ask(handle, NAMES), ask.id("IntegrationToken", handle)
    answer = await ask.data(who, REVOKE, id=token)
    state = await kept(world)
    again = await ask(who, REVOKE, id=token)

    assert before.errors == []
    told = answer["revokeToken"]["token"]
    assert (told["id"], told["revokedAt"], told["viewerActions"]) == (token, NOW.isoformat(), [])
    assert is_unauthenticated(await ask(handle, NAMES))
    assert (again.data, again.codes) == ({"revokeToken": None}, ["CONFLICT"])
    assert await kept(world) == state


@pytest.mark.parametrize("who", CALLERS)
async def test_a_token_that_is_not_ones_own_is_not_there_to_revoke(ask: Ask, world: AsyncConnection, who: str) -> None:
    foreign = [ask.id("IntegrationToken", handle) for handle in TOKENS if handle not in LISTED.get(who, set())]
    nothing = [ask.id("IntegrationToken", make.new_key()), ask.id("Client", "C1"), ask.id("Firm", "F")]
    own = [ask.id("Client", handle) for handle in LISTED.get(who, set())]  # the right key under another type
    before = await kept(world)
    answers = [await ask(who, REVOKE, id=each) for each in (*foreign, *nothing, *own)]
    rubbish = await ask(who, REVOKE, id="rubbish")

    assert len({answer.text for answer in answers}) == 1
    is_nobody = who == "anonymous"
    assert answers[0].data == {"revokeToken": None}
    assert answers[0].codes == ["UNAUTHENTICATED" if is_nobody else "NOT_FOUND"]
    assert rubbish.codes == ["UNAUTHENTICATED" if is_nobody else "BAD_USER_INPUT"]
    assert await kept(world) == before


async def test_the_last_use_is_told_to_the_minute(
    ask: Ask, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, told = await made(ask, "ada"), []
    for seconds in (0, 59, 60, 119, 120):
        moment = NOW + timedelta(seconds=seconds)
        monkeypatch.setattr(ask.gateway, "clock", lambda moment=moment: moment)
        await shown(ask, token.secret, "{ viewer { menus } }")
        newest = (await ask.data("ada", LIST))["integrationTokens"]["nodes"][0]
        told.append((datetime.fromisoformat(newest["lastUsedAt"]) - NOW).total_seconds())

    assert told == [0, 0, 60, 60, 120]


# ---- what is written


BAD: Final[dict[str, dict[str, Any]]] = {
    "an empty name": {"name": ""},
    "a blank name": {"name": " \u2003 "},
    "a name of 101 characters": {"name": "é" * 101},
    "a name with a line's end": {"name": "Till\n2"},
    "a name that turns around": {"name": "Till\u202e2"},
    "a name with an escape": {"name": "Till \x1b[31m"},
    "a name with NUL": {"name": "Till\0"},
    "a name that turns the line around": {"name": "Till \u202e2"},
    "a name with half a letter": {"name": "Till \ud800"},
    "a name with half a letter alone": {"name": "\udfff"},
    "no name": {"name": None},
    "a name that is a number": {"name": 7},
    "no scope": {"scopes": []},
    "null for scopes": {"scopes": None},
    "null among the scopes": {"scopes": ["CLIENTS_READ", None]},
    "a scope that there is not": {"scopes": ["EVERYTHING"]},
    "a scope as it is stored": {"scopes": ["clients:read"]},
    "a scope that is the platform's": {"scopes": ["BILLING_WRITE"]},
    "an end that is now": {"expiresAt": NOW.isoformat()},
    "an end that was": {"expiresAt": "2026-03-02T09:04:59.999999+00:00"},
    "an end that was, elsewhere": {"expiresAt": "2026-03-02T23:04:00+14:00"},
    "an end in the year 1": {"expiresAt": "0001-01-01T00:00:00+23:59"},
    "an end without an offset": {"expiresAt": "2027-01-01T00:00:00"},
    "an end without a time": {"expiresAt": "2027-01-01"},
    "an end in the year 9999": {"expiresAt": "9999-12-31T23:59:59-23:59"},
    "an end in the year 9001": {"expiresAt": "9001-01-01T00:00:00+00:00"},
    "an end in the year 10000": {"expiresAt": "10000-01-01T00:00:00+00:00"},
    "an end on a day that there is not": {"expiresAt": "2027-02-30T00:00:00+00:00"},
    "an end at no time": {"expiresAt": "2027-01-01T25:00:00+00:00"},
    "an end in words": {"expiresAt": "tomorrow"},
    "an end that never comes": {"expiresAt": "infinity"},
    "an end in other digits": {"expiresAt": "２０２７-01-01T00:00:00+00:00"},
    "an empty end": {"expiresAt": ""},
    "an end with NUL": {"expiresAt": "2027-01-01T00:00:00+00:00\0"},
    "an end with half a letter": {"expiresAt": "2027-01-01\ud80000:00:00+00:00"},
    "an end that is a number": {"expiresAt": 1798761600},
    "an owner": {"firmId": "F"},
}


async def create_by_hand(ask: Ask, given: dict[str, Any]) -> Answer:
    """Letters that a library would refuse to send are sent, too."""
    body = json.dumps({"query": CREATE, "variables": {"input": {"name": "Till", "scopes": ["CLIENTS_READ"], **given}}})
    headers = {**ask.headers("ada"), "Content-Type": "application/json"}
    return Answer(await ask.http.post("/graphql", content=body, headers=headers))


@pytest.mark.parametrize("case", BAD)
async def test_what_is_no_name_no_scope_or_no_end_is_refused(ask: Ask, world: AsyncConnection, case: str) -> None:
    before = await kept(world)
    answer = await create_by_hand(ask, BAD[case])

    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert len(answer.codes) == 1
    assert answer.data in (None, {"createToken": None})
    assert len(answer.text) < 500
    assert await kept(world) == before


@pytest.mark.parametrize(("given", "field", "told"), [
    ({"name": "é" * 100}, "name", "é" * 100),
    ({"name": f" {'x' * 100}\n"}, "name", "x" * 100),
    ({"name": "\U0001f600 'till' \"2\" ; --"}, "name", "\U0001f600 'till' \"2\" ; --"),
    ({"expiresAt": "2026-03-02T09:05:00.000001Z"}, "expiresAt", "2026-03-02T09:05:00.000001+00:00"),
    ({"expiresAt": "2027-01-01T00:00:00+05:30"}, "expiresAt", "2026-12-31T18:30:00+00:00"),
    ({"expiresAt": "9000-12-31T23:59:59-23:59"}, "expiresAt", "9001-01-01T23:58:59+00:00"),
    ({"scopes": "PAYROLL_READ"}, "scopes", ["PAYROLL_READ"]),  # GraphQL makes a list of one
])  # fmt: skip
async def test_what_is_just_good_is_taken(
    ask: Ask, world: AsyncConnection, given: dict[str, Any], field: str, told: object
) -> None:
    answer = await create_by_hand(ask, given)

    assert answer.errors == []
    assert answer.data["createToken"]["token"][field] == told


async def test_an_organisation_has_a_hundred_living_tokens_and_no_more(ask: Ask, world: AsyncConnection) -> None:
    async def spare(number: int, **more: Any) -> UUID:
        return await make.token(world, f"gwt_{number}", created_by=key("ada"), **{"firm_id": key("F"), **more})

    last = [await spare(number) for number in range(MAX_COUNT - 2)][-1]  # beside the two of the demo world
    uncounted: list[dict[str, Any]] = [
        {"revoked_at": NOW},
        {"expires_at": NOW},
        {"firm_id": key("G")},
        {"firm_id": None},
    ]
    for number, over in enumerate(uncounted):
        await spare(MAX_COUNT + number, **over)
    before = await kept(world)
    refused = await ask("ada", CREATE, input={"name": "One more", "scopes": ["CLIENTS_READ"]})
    state = await kept(world)
    others = [
        await ask(who, CREATE, input={"name": "One", "scopes": [scope]})
        for who, scope in (("gus", "CLIENTS_READ"), ("cora", "KPIS_WRITE"), ("pia", "KPIS_WRITE"))
    ]
    await ask.data("ada", REVOKE, id=ask.id("IntegrationToken", last))
    freed = await ask("ada", CREATE, input={"name": "One more", "scopes": ["CLIENTS_READ"]})

    assert (refused.data, refused.codes) == ({"createToken": None}, ["CONFLICT"])
    assert refused.errors[0]["message"] == "The organisation already has 100 active tokens. Revoke one first."
    assert state == before
    assert [answer.errors for answer in (*others, freed)] == [[]] * 4


async def test_of_two_changes_in_one_request_the_good_one_stays(ask: Ask, world: AsyncConnection) -> None:
    before = await kept(world)
    answer = await ask(
        "ada",
        """mutation { one: createToken(input: {name: "One", scopes: [CLIENTS_READ]}) { token { name } }
          two: createToken(input: {name: "", scopes: [CLIENTS_READ]}) { token { name } } }""",
    )

    assert answer.data == {"one": {"token": {"name": "One"}}, "two": None}
    assert [(error["path"], error["extensions"]["code"]) for error in answer.errors] == [(["two"], "BAD_USER_INPUT")]
    assert len(await kept(world)) == len(before) + 1
