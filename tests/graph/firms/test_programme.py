"""A firm's account and its way into the partner programme: every step in its turn, by whom it is for (M1, M2)."""

from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.models import Notice
from gateway.db.seeds.demo import key
from tests.graph.conftest import CALLERS, NOW, Ask, run

STATE: Final = """{ firm { accountState viewerActions application {
  state submittedAt webinarWatchedAt agreedAt decidedAt reason preconditions { code ok }
} } viewer { menus } }"""
STEPS: Final = ("submitPartnerApplication", "webinarWatched", "acceptAgreement")
QUEUED: Final = "UPDATE firm SET programme_state = :state WHERE id = :id"
SET: Final = "UPDATE firm SET account_state = :state, trial_ends_at = :at WHERE id = :id"


def step(name: str, confirm: bool = True) -> str:
    return (
        f"mutation {{ {name}(input: {{confirm: {str(confirm).lower()}}}) {{ firm {{ id application {{ state }} }} }} }}"
    )


DECIDE: Final = """mutation ($id: ID!, $decision: ApplicationDecision!, $reason: String) {
  decideApplication(input: {id: $id, decision: $decision, reason: $reason}) { firm { id } }
}"""
SUSPEND: Final = (
    'mutation ($id: ID!) { suspendFirm(input: {id: $id, reason: "Unpaid."}) { firm { application { state } } } }'
)
REINSTATE: Final = "mutation ($id: ID!) { reinstateFirm(input: {id: $id}) { firm { application { state } } } }"


async def standing(ask: Ask, who: str) -> Any:
    return (await ask.data(who, STATE))["firm"]


async def notices(world: AsyncConnection) -> list[tuple[str, Any]]:
    rows = await world.execute(select(Notice.kind, Notice.subject_id).order_by(Notice.kind.desc()))
    return [(row.kind, row.subject_id) for row in rows]


async def test_a_firm_comes_into_the_programme_step_by_step(ask: Ask, world: AsyncConnection) -> None:
    await run(world, QUEUED, state="draft", id=key("H"))
    states = [(await standing(ask, "hugo"))["application"]["state"]]
    for name in STEPS:
        (await ask.data("hugo", step(name)))[name]["firm"]["application"]["state"]
        states.append((await standing(ask, "hugo"))["application"]["state"])
    decided = await ask.data("rolf", DECIDE, id=ask.id("Firm", "H"), decision="APPROVE")
    application = (await standing(ask, "hugo"))["application"]

    assert states == ["DRAFT", "SUBMITTED", "WEBINAR_WATCHED", "AGREED"]
    assert decided == {"decideApplication": {"firm": None}}  # a reviewer sees who waits, and nobody else (D40)
    assert (application["state"], application["reason"]) == ("APPROVED", None)
    assert None not in [application[f"{name}At"] for name in ("submitted", "webinarWatched", "agreed", "decided")]
    assert await notices(world) == [("WEBINAR", key("H")), ("APPLICATION_APPROVED", key("H")), ("AGREEMENT", key("H"))]


@pytest.mark.parametrize(("state", "allowed"), [
    ("draft", STEPS[0]),
    ("submitted", STEPS[1]),
    ("webinar_watched", STEPS[2]),
    ("agreed", None),
    ("approved", None),
    ("rejected", STEPS[0]),
    ("suspended", None),
])  # fmt: skip
async def test_every_other_step_is_a_conflict(
    ask: Ask, world: AsyncConnection, state: str, allowed: str | None
) -> None:
    await run(world, QUEUED, state=state, id=key("H"))
    for name in STEPS:
        if name != allowed:
            assert (await ask("hugo", step(name))).codes == ["CONFLICT"], name

    assert (await standing(ask, "hugo"))["application"]["state"] == state.upper()
    assert await notices(world) == []


async def test_an_unmet_precondition_is_shown_and_keeps_from_approval_alone(ask: Ask, world: AsyncConnection) -> None:
    await run(
        world, "UPDATE firm SET programme_state = 'agreed', subscription_paid = false WHERE id = :id", id=key("H")
    )
    conditions = (await standing(ask, "hugo"))["application"]["preconditions"]
    approved = await ask("rolf", DECIDE, id=ask.id("Firm", "H"), decision="APPROVE")
    rejected = await ask("rolf", DECIDE, id=ask.id("Firm", "H"), decision="REJECT", reason="Pay first.")

    assert [condition["ok"] for condition in conditions] == [True, False, True]
    assert (approved.codes, rejected.errors) == (["CONFLICT"], [])
    assert approved.errors[0]["message"].endswith("not met: SUBSCRIPTION_PAID.")
    assert (await standing(ask, "hugo"))["application"]["reason"] == "Pay first."


@pytest.mark.parametrize("reason", [None, "", "  ", "x" * 1001, "a\u0000b"])
async def test_a_rejection_has_a_reason(ask: Ask, world: AsyncConnection, reason: str | None) -> None:
    await run(world, QUEUED, state="agreed", id=key("H"))
    answer = await ask("rolf", DECIDE, id=ask.id("Firm", "H"), decision="REJECT", reason=reason)

    assert answer.codes == ["BAD_USER_INPUT"]
    assert (await standing(ask, "hugo"))["application"]["state"] == "AGREED"


async def test_nobody_else_takes_a_step_or_decides(ask: Ask, world: AsyncConnection) -> None:
    await run(world, QUEUED, state="agreed", id=key("H"))
    told: dict[str, set[str]] = {}
    for who in CALLERS:
        if who not in ("hugo", "rolf"):
            for answer in (
                await ask(who, DECIDE, id=ask.id("Firm", "H"), decision="APPROVE"),
                await ask(who, SUSPEND, id=ask.id("Firm", "H")),
            ):
                told.setdefault(",".join(answer.codes), set()).add(who)

    assert {code: people for code, people in told.items() if code != "NOT_FOUND"} == {
        "FORBIDDEN": {"pia", "billing"},
        "CONFLICT": {"pia"},  # may suspend, but only who is in the programme
        "UNAUTHENTICATED": {"anonymous"},
    }
    assert (await ask("hugo", DECIDE, id=ask.id("Firm", "H"), decision="APPROVE")).codes == ["FORBIDDEN"]
    assert {
        code
        for who in CALLERS
        if who not in ("ada", "gus", "hugo", "anonymous")
        for code in (await ask(who, step(STEPS[0]))).codes
    } == {"FORBIDDEN"}


@pytest.mark.parametrize(("account", "days", "codes"), [
    ("trial", 1, ["CONFLICT"]),
    ("trial", 0, []),
    ("trial", -3, []),
    ("active", -3, ["CONFLICT"]),
    ("closed", -3, ["CONFLICT"]),
])  # fmt: skip
async def test_an_account_is_activated_when_its_trial_is_over(
    ask: Ask, world: AsyncConnection, account: str, days: int, codes: list[str]
) -> None:
    await run(world, SET, state=account, at=NOW + timedelta(days=days), id=key("H"))
    answer = await ask("hugo", step("activateFirmAccount"))
    after = await ask.data("hugo", STATE)

    assert answer.codes == codes
    if not codes:
        assert (after["firm"]["accountState"], after["viewer"]["menus"]) == ("ACTIVE", ["PARTNER_PORTAL"])


async def test_without_confirmation_nothing_happens(ask: Ask, world: AsyncConnection) -> None:
    await run(world, QUEUED, state="draft", id=key("H"))
    assert (await ask("hugo", step(STEPS[0], confirm=False))).codes == ["BAD_USER_INPUT"]
    assert (await standing(ask, "hugo"))["application"]["state"] == "DRAFT"


async def test_a_suspended_firm_has_no_access_until_it_is_back(ask: Ask, world: AsyncConnection) -> None:
    level = "query ($id: ID!) { client(id: $id) { collaboration { level effectiveAccess { because } } } }"
    seen = []
    for mutation in (None, SUSPEND, REINSTATE):
        if mutation:
            await ask.data("pia", mutation, id=ask.id("Firm", "F"))
        found = (await ask.data("ada", level, id=ask.id("Client", "C1")))["client"]["collaboration"]
        seen.append((found["level"], found["effectiveAccess"]["because"]))

    assert seen == [("FULL", "GRANTED"), ("NONE", "FIRM_SUSPENDED"), ("FULL", "GRANTED")]
    assert (await ask("pia", REINSTATE, id=ask.id("Firm", "F"))).codes == ["CONFLICT"]
