"""Who a company is: the platform rejects it with a reason, nothing new begins with it, and its owner asks again (M5, D67)."""

from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from gateway.messages import text as message
from gateway.resolvers.core.refusals import CONFLICTS, NOT_YOURS
from tests.graph.collaborations.test_requests import ACCEPT, DECIDE, asks
from tests.graph.conftest import CALLERS, Answer, Ask
from tests.support import make
from tests.support.collaborations import notices, rows

REASON: Final = "The register does not know this number."
AGAIN: Final = """mutation ($input: RequestVerificationInput!) {
  requestVerification(input: $input) { client { name verificationState companyNumber address verificationReason viewerActions } }
}"""
SEEN: Final = "query ($id: ID!) { client(id: $id) { verificationState verificationReason viewerActions } }"
WRITE: Final = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }"


async def reject(ask: Ask, reason: str | None = REASON) -> Answer:
    return await ask("pia", DECIDE, id=ask.id("Client", "C8"), decision="REJECT", reason=reason)


async def again(ask: Ask, who: str = "saga", **given: Any) -> Answer:
    return await ask(who, AGAIN, input={"confirm": True, **given})


@pytest.mark.parametrize(
    ("decision", "reason", "told"),
    [
        ("REJECT", None, message("input", "REQUIRED")),
        ("REJECT", "  ", message("input", "REQUIRED")),
        ("VERIFY", "Fine.", message("input", "NOT_ACCEPTED")),
    ],
)
async def test_a_rejection_has_a_reason_and_nothing_else_has(
    ask: Ask, world: AsyncConnection, decision: str, reason: str | None, told: str
) -> None:
    answer = await ask("pia", DECIDE, id=ask.id("Client", "C8"), decision=decision, reason=reason)

    assert (answer.codes, answer.errors[0]["message"]) == (["BAD_USER_INPUT"], told)
    assert await rows(world, "SELECT state FROM client WHERE id = :id", id=key("C8")) == [("verifying",)]


async def test_what_had_not_begun_is_declined_whoever_had_asked(ask: Ask, world: AsyncConnection) -> None:
    asked = await asks(ask, world, "saga", "addFirmAsBookkeeper", "G")
    alone, _ = await make.invited(world, key("C8"), firm_id=key("H"))
    shared, *_ = await make.invited(world, key("C8"), key("C1"), firm_id=await make.firm(world))
    answer = await reject(ask)
    left = await rows(world, "SELECT DISTINCT state FROM collaboration WHERE client_id = :id", id=key("C8"))
    entries = """SELECT count(*) FROM audit_entry
      WHERE action = 'DECLINE_COLLABORATION' AND acting_side = 'platform' AND client_id = :id"""

    assert (asked.errors, answer.errors) == ([], [])
    assert left == [("declined",)]
    assert await rows(world, entries, id=key("C8")) == [(4,)]
    # An invitation is declined with its last copy.
    state = "SELECT state FROM collaboration WHERE id = :id"
    assert [await rows(world, state, id=each) for each in (alone, shared)] == [[("declined",)], [("invited",)]]
    assert await rows(world, "SELECT collaboration_id FROM offered_terms") == []
    for firm in ("ada", "gus"):
        assert (await ask(firm, SEEN, id=ask.id("Client", "C8"))).codes == ["NOT_FOUND"]


async def test_those_who_govern_it_and_the_platform_read_why(ask: Ask, world: AsyncConnection) -> None:
    await make.client_member(world, client_id=key("C8"), user_id=key("emil"), role="member")
    await reject(ask)
    told = {who: await ask(who, SEEN, id=ask.id("Client", "C8")) for who in ("saga", "pia", "emil@C8")}
    firm = await ask("ada", SEEN, id=ask.id("Client", "C1"))

    assert [told[who].data["client"]["verificationReason"] for who in told] == [REASON, REASON, None]
    assert [denial[1:3] for denial in told["emil@C8"].denials] == [
        ("verificationState", "ROLE"),
        ("verificationReason", "ROLE"),
    ]
    assert [denial[1:3] for denial in firm.denials] == [("verificationReason", "ROLE")]


async def test_nothing_new_begins_with_a_rejected_company(ask: Ask, world: AsyncConnection) -> None:
    opened = await ask("saga", WRITE, input={"profile": await _profile(ask, world), "body": "Are you there?"})
    await reject(ask)
    actions = (await ask("saga", SEEN, id=ask.id("Client", "C8"))).data["client"]["viewerActions"]
    (talk,) = await rows(world, "SELECT id FROM conversation WHERE client_id = :id", id=key("C8"))
    refused = [
        await asks(ask, world, "saga", "addFirmAsBookkeeper", "G"),
        await asks(ask, world, "saga", "requestCollaboration", "G"),
        await ask("saga", WRITE, input={"profile": await _profile(ask, world), "body": "Hello?"}),
        await ask("saga", WRITE, input={"conversation": ask.id("Conversation", talk[0]), "body": "Hello?"}),
    ]

    assert opened.errors == []
    assert [answer.codes for answer in refused] == [["CONFLICT"]] * 4
    assert {answer.errors[0]["message"] for answer in refused} == {CONFLICTS["REJECTED"]}
    assert set(actions) == {"CREATE_TOKEN", "INVITE_MEMBER", "RENAME_COMPANY", "REQUEST_VERIFICATION"}


async def test_a_firm_accepts_no_request_before_the_company_is_verified(ask: Ask, world: AsyncConnection) -> None:
    """Else a company that nobody has verified would open itself to a firm (M5)."""
    asked = await asks(ask, world, "saga", "addFirmAsBookkeeper", "G")
    one = asked.data["addFirmAsBookkeeper"]["collaboration"]["id"]
    early = await ask("gus", ACCEPT, id=one)
    await ask.data("pia", DECIDE, id=ask.id("Client", "C8"), decision="VERIFY")
    accepted = await ask.data("gus", ACCEPT, id=one)

    assert (early.codes, early.errors[0]["message"]) == (["CONFLICT"], CONFLICTS["UNVERIFIED"])
    assert accepted["acceptCollaboration"]["collaboration"]["collaborationState"] == "ACTIVE"


async def _profile(ask: Ask, world: AsyncConnection) -> str:
    published = "SELECT id FROM firm_profile WHERE firm_id = :firm AND state = 'published'"
    return ask.id("FirmProfile", (await rows(world, published, firm=key("G")))[0][0])


async def test_its_owner_corrects_its_data_and_asks_again(ask: Ask, world: AsyncConnection) -> None:
    await reject(ask)
    told = (await again(ask, companyName="Skogslykta AB", companyNumber="SE-1", address="Mora")).data
    twice = await again(ask)
    before = await notices(world)
    await ask.data("pia", DECIDE, id=ask.id("Client", "C8"), decision="VERIFY")
    verified = await again(ask)

    client = told["requestVerification"]["client"]
    assert client.pop("viewerActions")
    assert client == {
        "name": "Skogslykta AB",
        "verificationState": "VERIFYING",
        "companyNumber": "SE-1",
        "address": "Mora",
        "verificationReason": None,
    }
    assert (twice.codes, verified.codes) == (["CONFLICT"], ["CONFLICT"])
    keys = "SELECT name_key, spelled_key FROM client WHERE id = :id"
    assert await rows(world, keys, id=key("C8")) == [("skogslykta ab", "skogslykta ab")]
    assert [kind for kind, *_ in before] == ["CLIENT_REJECTED"]
    assert [kind for kind, *_ in await notices(world)] == ["CLIENT_REJECTED", "CLIENT_VERIFIED"]
    # What was declined stays so: a new beginning is a new collaboration (M6).
    states = "SELECT DISTINCT state FROM collaboration WHERE client_id = :id"
    assert await rows(world, states, id=key("C8")) == [("declined",)]


@pytest.mark.parametrize(
    "given",
    [
        {"confirm": False},
        {"companyName": "\u3164"},
        {"companyName": ""},
        {"companyNumber": "x" * 51},
        {"address": "a\u0007b"},
    ],
)
async def test_bad_data_changes_nothing(ask: Ask, world: AsyncConnection, given: dict[str, Any]) -> None:
    await reject(ask)
    answer = await again(ask, **given)

    assert answer.codes == ["BAD_USER_INPUT"]
    state = "SELECT state, verification_reason FROM client WHERE id = :id"
    assert await rows(world, state, id=key("C8")) == [("rejected", REASON)]


async def test_only_those_who_govern_a_rejected_company_ask_again(ask: Ask, world: AsyncConnection) -> None:
    await make.client_member(world, client_id=key("C8"), user_id=key("emil"), role="member")
    await make.client_member(world, client_id=key("C8"), user_id=key("dag"), role="admin")
    await reject(ask)
    member = await again(ask, "emil@C8")
    others = {who: await again(ask, who) for who in CALLERS if who not in ("saga", "anonymous", "emil", "dag")}
    admin = await again(ask, "dag@C8")

    assert (member.codes, member.errors[0]["message"]) == (["FORBIDDEN"], NOT_YOURS)
    assert {tuple(answer.codes) for answer in others.values()} == {("FORBIDDEN",), ("CONFLICT",)}
    assert {who for who, answer in others.items() if answer.codes == ["CONFLICT"]} == {
        "cora", "mila", "hedda@C3", "elena", "frida", "jonas", "lucia",
    }  # fmt: skip
    assert admin.errors == []
