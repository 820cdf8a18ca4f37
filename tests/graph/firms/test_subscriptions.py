"""What a firm has paid for its own subscription: reported, judged by the clock, shown when it lapses (H13, D10)."""

from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from tests.graph.conftest import NOW, Ask, Clock, run

REPORT: Final = """mutation ($input: ReportSubscriptionInput!) {
  reportSubscription(input: $input) { firm { name subscription { paid paidUntil lapsed } } }
}"""
DECIDE: Final = "mutation ($id: ID!) { decideApplication(input: {id: $id, decision: APPROVE}) { firm { id } } }"
SEEN: Final = "query ($id: ID!) { firm(id: $id) { subscription { paid paidUntil lapsed } application { state } } }"
LAPSED: Final = "{ firms(first: 50, subscriptionLapsed: true) { totalCount nodes { name } } }"
UNPAID: Final = "UPDATE firm SET subscription_paid = false, programme_state = :state WHERE id = :id"


async def reports(ask: Ask, who: str, firm: str = "H", **given: Any) -> Any:
    return await ask(who, REPORT, input={"id": ask.id("Firm", firm), **given})


@pytest.mark.parametrize("who", ["pia", "billing"])
async def test_a_firm_that_has_paid_is_approved(ask: Ask, world: AsyncConnection, who: str) -> None:
    await run(world, UNPAID, state="agreed", id=key("H"))
    before = await ask("rolf", DECIDE, id=ask.id("Firm", "H"))
    until = NOW + timedelta(days=30)
    reported = await reports(ask, who, paid=True, until=until.isoformat())
    approved = await ask("rolf", DECIDE, id=ask.id("Firm", "H"))

    assert (before.codes, approved.codes) == (["CONFLICT"], [])
    shown = {"paid": True, "paidUntil": until.isoformat(), "lapsed": False}
    assert reported.data["reportSubscription"]["firm"] == {"name": "Norrdunge Ekonomi", "subscription": shown}


async def test_every_unmet_precondition_is_named(ask: Ask, world: AsyncConnection) -> None:
    await run(world, UNPAID, state="agreed", id=key("H"))
    met = "UPDATE firm SET subscription_paid = :paid WHERE id = :id"
    unpaid = await ask("rolf", DECIDE, id=ask.id("Firm", "H"))
    await run(world, met, paid=True, id=key("H"))
    paid = await ask("rolf", DECIDE, id=ask.id("Firm", "H"))

    text = "The firm cannot be approved while these preconditions are not met: SUBSCRIPTION_PAID."
    assert [error["message"] for error in unpaid.errors] == [text]
    assert paid.errors == []


async def test_a_lapse_is_shown_to_the_platform_and_changes_nothing(
    ask: Ask, world: AsyncConnection, clock: Clock
) -> None:
    assert (await reports(ask, "pia", "F", paid=True, until=(NOW + timedelta(minutes=2)).isoformat())).errors == []
    before = [await ask.data("pia", LAPSED), await ask.data("ada", SEEN, id=ask.id("Firm", "F"))]
    clock.goes_on(minutes=2)
    after = [await ask.data("pia", LAPSED), await ask.data("ada", SEEN, id=ask.id("Firm", "F"))]
    others = [(await ask.data(who, LAPSED))["firms"]["totalCount"] for who in ("cora", "rolf", "gus", "anonymous")]

    assert before[0] == {"firms": {"totalCount": 0, "nodes": []}}
    assert before[1]["firm"]["subscription"]["paid"] is True
    assert after[0] == {"firms": {"totalCount": 1, "nodes": [{"name": "Havlygte Revision"}]}}
    assert after[1]["firm"]["subscription"] == {
        "paid": False,
        "paidUntil": (NOW + timedelta(minutes=2)).isoformat(),
        "lapsed": True,
    }
    assert after[1]["firm"]["application"]["state"] == "APPROVED"
    assert others == [0, 0, 0, 0]


@pytest.mark.parametrize("given", [
    {"paid": True, "until": NOW.isoformat()},
    {"paid": True, "until": "2099-01-01"},
    {"paid": True, "until": "soon"},
    {"paid": False, "until": "2099-01-01T00:00:00Z"},
])  # fmt: skip
async def test_a_bad_report_is_refused(ask: Ask, world: AsyncConnection, given: Any) -> None:
    assert (await reports(ask, "pia", **given)).codes == ["BAD_USER_INPUT"]


async def test_nobody_else_reports(ask: Ask, world: AsyncConnection) -> None:
    codes = {who: (await reports(ask, who, paid=True)).codes for who in ("hugo", "rolf", "ada", "cora", "anonymous")}

    assert codes == {
        "hugo": ["FORBIDDEN"],
        "rolf": ["FORBIDDEN"],
        "ada": ["NOT_FOUND"],
        "cora": ["NOT_FOUND"],
        "anonymous": ["UNAUTHENTICATED"],
    }


@pytest.mark.parametrize(("ends", "state", "menus"), [
    (1, "TRIAL", ["PARTNER_PORTAL", "EMPLOYEES", "PAYROLL", "RECEIPTS", "OUTLAYS", "REPORTS", "SETTINGS"]),
    (0, "TRIAL_ENDED", ["ACTIVATE"]),
])  # fmt: skip
async def test_a_trial_ends_with_its_time(
    ask: Ask, world: AsyncConnection, ends: int, state: str, menus: list[str]
) -> None:
    await run(
        world,
        "UPDATE firm SET account_state = 'trial', trial_ends_at = :at WHERE id = :id",
        at=NOW + timedelta(seconds=ends),
        id=key("H"),
    )
    data = await ask.data("hugo", "{ firm { accountState } viewer { menus } }")

    assert (data["firm"]["accountState"], data["viewer"]["menus"]) == (state, menus)


@pytest.mark.parametrize("state", ["draft", "submitted", "agreed", "rejected", "suspended"])
async def test_staff_are_invited_once_the_firm_is_approved(ask: Ask, world: AsyncConnection, state: str) -> None:
    invite = (
        'mutation { inviteStaff(input: {addresses: [{email: "x@y.example", role: STAFF}]}) { invitations { id } } }'
    )
    resend = "mutation ($id: ID!) { resendStaffInvitation(input: {id: $id}) { invitation { id } } }"
    sent = (await ask.data("ada", invite))["inviteStaff"]["invitations"][0]["id"]
    await run(world, "UPDATE firm SET programme_state = :state WHERE id = :id", state=state, id=key("F"))
    answers = [await ask("ada", invite), await ask("ada", resend, id=sent)]
    offered = (
        await ask.data("ada", "{ firm { viewerActions staffInvitations(first: 9) { nodes { viewerActions } } } }")
    )["firm"]

    assert [answer.codes for answer in answers] == [["FORBIDDEN"]] * 2
    assert {answer.errors[0]["message"] for answer in answers} == {"Only firms in the partner programme can do this."}
    assert "INVITE_STAFF" not in offered["viewerActions"]
    assert offered["staffInvitations"]["nodes"] == [{"viewerActions": ["REVOKE_STAFF_INVITATION"]}]
