"""A firm's admins list what they sent to companies, and it is equal whether a company was found or not (D66, D42, L18)."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.seeds.demo import key
from gateway.worker.expired_requests import lapse_next
from tests.graph.collaborations.test_invitations import (
    ACCEPT_HERE,
    DECLINE,
    DECLINE_HERE,
    RESEND,
    WISH,
    WITHDRAW,
    accepted,
    copy_for,
    invited,
    later,
    letter,
)
from tests.graph.conftest import CALLERS, NOW, Ask, Clock, Lent, recorded, run
from tests.graph.firms.test_staff import EMAILS

LIST: Final = """query ($states: [ClientInvitationState!]) {
  clientInvitations(states: $states, first: 9) {
    totalCount
    nodes {
      id email companyName country clientInvitationState sentAt expiresAt requestedLevel message
      discountOffer { percent plans state } collaboration { id viewerActions } viewerActions
    }
  }
  clientInvitationCount
}"""
STATES: Final = ("OPEN", "EXPIRED", "ACCEPTED", "DECLINED", "VOID")
UNKNOWN: Final = "someone@new.example"
ADDRESSES: Final = [UNKNOWN, EMAILS["cora"]]


async def listed(ask: Ask, who: str = "gus", **given: Any) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await ask.data(who, LIST, **given))["clientInvitations"]["nodes"]
    return nodes


async def test_the_list_says_what_was_sent(ask: Ask, world: AsyncConnection) -> None:
    made = await invited(ask)
    (found,) = await listed(ask)

    assert found == {
        "id": found["id"],
        "email": "Someone@new.example",
        "companyName": "Neue Käserei",
        "country": "DE",
        "clientInvitationState": "OPEN",
        "sentAt": NOW.isoformat(),
        "expiresAt": (NOW + timedelta(days=30)).isoformat(),
        "requestedLevel": "FULL",
        "message": WISH["message"],
        "discountOffer": {"percent": 20, "plans": ["PLUS", "PRO"], "state": "OFFERED"},
        "collaboration": {"id": made["id"], "viewerActions": ["WITHDRAW_COLLABORATION"]},
        "viewerActions": ["WITHDRAW_COLLABORATION"],
    }
    node = "query ($id: ID!) { node(id: $id) { ... on ClientInvitation { email clientInvitationState } } }"
    assert (await ask.data("gus", node, id=found["id"]))["node"] == {
        "email": "Someone@new.example",
        "clientInvitationState": "OPEN",
    }


async def test_the_newest_comes_first_and_states_narrow_the_list(
    ask: Ask, world: AsyncConnection, clock: Clock
) -> None:
    first = await invited(ask)
    clock.goes_on(seconds=1)
    second = await invited(ask, email="other@new.example")
    await ask.data("gus", WITHDRAW, id=second["id"])
    data = await ask.data("gus", LIST)

    assert [each["email"] for each in data["clientInvitations"]["nodes"]] == ["other@new.example", WISH["email"]]
    assert (data["clientInvitations"]["totalCount"], data["clientInvitationCount"]) == (2, 1)
    assert [each["collaboration"]["id"] for each in await listed(ask, states=["OPEN"])] == [first["id"]]
    assert [each["email"] for each in await listed(ask, states=["VOID", "DECLINED"])] == ["other@new.example"]
    assert await listed(ask, states=[]) == []


@pytest.mark.parametrize("email", ADDRESSES)
@pytest.mark.parametrize("state", STATES)
async def test_the_state_follows_the_answer(ask: Ask, world: AsyncConnection, email: str, state: str) -> None:
    made = await invited(ask, email=email)
    await answered(ask, world, made["id"], email, state)
    (found,) = await listed(ask, states=[state])
    others = await listed(ask, states=[each for each in STATES if each != state])

    assert (found["email"], found["clientInvitationState"], others) == (email, state, [])
    assert (await ask.data("gus", LIST))["clientInvitationCount"] == (1 if state == "OPEN" else 0)
    is_withdrawable = state == "OPEN" or (state, email) == ("ACCEPTED", UNKNOWN)
    assert found["viewerActions"] == (["WITHDRAW_COLLABORATION"] if is_withdrawable else [])
    assert (found["collaboration"] is None) is (state not in ("OPEN", "ACCEPTED"))


async def answered(ask: Ask, world: AsyncConnection, id: str, email: str, state: str) -> None:
    def of_cora() -> Awaitable[str]:
        return copy_for(ask, world, id, key("C1"))

    match state, email:
        case "EXPIRED", _:
            await run(world, "UPDATE client_invitation SET expires_at = :now", now=NOW)
            assert await lapse_next(Lent(world), NOW)  # type: ignore[arg-type]
        case "VOID", _:
            await ask.data("gus", WITHDRAW, id=id)
        case "ACCEPTED", "someone@new.example":
            assert (await accepted(ask, await letter(ask, world, id))).errors == []
        case "ACCEPTED", _:
            await ask.data("cora", ACCEPT_HERE, input={"id": await of_cora(), "confirm": True})
        case "DECLINED", "someone@new.example":
            await ask.data("anonymous", DECLINE, token=await letter(ask, world, id))
        case "DECLINED", _:
            await ask.data("cora", DECLINE_HERE, id=await of_cora())


@pytest.mark.parametrize("state", ["OPEN", "EXPIRED", "DECLINED", "VOID"])
async def test_l18_the_list_is_equal_for_known_and_unknown_addresses(
    ask: Ask, world: AsyncConnection, state: str
) -> None:
    told = set()
    for email in ADDRESSES:
        undone = await world.begin_nested()
        made = await invited(ask, email=email)
        await answered(ask, world, made["id"], email, state)
        (found,) = await listed(ask)
        text = (await ask("gus", LIST)).text
        told.add(text.replace(made["id"], "COLLABORATION").replace(found["id"], "ID").replace(email, "ADDRESS"))
        await undone.rollback()

    assert len(told) == 1


async def test_one_whose_time_is_over_is_expired_before_the_worker_finds_it(ask: Ask, world: AsyncConnection) -> None:
    await invited(ask)
    sent_at = NOW - timedelta(days=30)
    await run(world, "UPDATE client_invitation SET invited_at = :sent_at, expires_at = :now", sent_at=sent_at, now=NOW)
    (found,) = await listed(ask)

    assert (found["clientInvitationState"], (await ask.data("gus", LIST))["clientInvitationCount"]) == ("EXPIRED", 0)
    assert found["viewerActions"] == ["RESEND_CLIENT_INVITATION", "WITHDRAW_COLLABORATION"]


async def test_sending_again_moves_both_times(ask: Ask, world: AsyncConnection) -> None:
    made = await invited(ask)
    await later(world)
    (rested,) = await listed(ask)
    await ask.data("gus", RESEND, id=made["id"])
    (found,) = await listed(ask)

    both = ["RESEND_CLIENT_INVITATION", "WITHDRAW_COLLABORATION"]
    assert [sorted(each["viewerActions"]) for each in (rested, rested["collaboration"])] == [both, both]
    assert found["viewerActions"] == ["WITHDRAW_COLLABORATION"]
    assert found["sentAt"] == NOW.isoformat()
    assert found["expiresAt"] == (NOW + timedelta(days=30)).isoformat()


@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("gus", "anonymous")])
async def test_others_find_nothing(ask: Ask, world: AsyncConnection, who: str) -> None:
    await invited(ask)
    id = (await listed(ask))[0]["id"]
    data = await ask.data(who, LIST)

    assert data == {"clientInvitations": {"totalCount": 0, "nodes": []}, "clientInvitationCount": 0}
    node = await ask(who, "query ($id: ID!) { node(id: $id) { id } }", id=id)
    assert [error["extensions"]["code"] for error in node.errors] == ["NOT_FOUND"]


async def test_one_statement_lists_and_one_counts(ask: Ask, world: AsyncConnection, engine: AsyncEngine) -> None:
    for number in range(3):
        await invited(ask, email=f"{number}@new.example")
    document = "{ clientInvitations(first: 9) { nodes { id email clientInvitationState discountOffer { percent } viewerActions } } }"
    with recorded(engine) as said:
        await listed(ask, "gus")
    with recorded(engine) as without_unused_joins:
        await ask.data("gus", document)

    assert [statement for statement in without_unused_joins if "client_invitation" in statement] == [
        next(statement for statement in said if "client_invitation" in statement)
    ]
