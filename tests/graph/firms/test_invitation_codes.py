"""The code of an approved firm, by which a client adds it also where it is not listed (P15, D68)."""

from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.invitation_codes import new_code, with_check
from gateway.db.queries.code_guesses import MAX_COUNT
from gateway.db.seeds.demo import CODES, key
from tests.graph.conftest import NOW, Answer, Ask, recorded, run
from tests.support.collaborations import kept, rows

ADD: Final = """mutation ($input: AddFirmAsBookkeeperInput!) {
  addFirmAsBookkeeper(input: $input) { collaboration { firmName collaborationState origin } }
}"""
ROTATE: Final = (
    "mutation ($confirm: Boolean!) { rotateInvitationCode(input: {confirm: $confirm}) { firm { invitationCode } } }"
)
CODE_OF_H: Final = with_check("H0000000000")
CODE: Final = "{ firm { invitationCode viewerActions } }"


async def adds(ask: Ask, code: str, who: str = "cora", **more: Any) -> Answer:
    return await ask(who, ADD, input={"code": code, **more})


async def test_a_client_adds_a_firm_that_is_not_listed_by_its_code(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE firm_profile SET state = 'unlisted' WHERE firm_id = :id", id=key("G"))
    code = (await ask.data("gus", CODE))["firm"]["invitationCode"]
    answer = await adds(ask, code.lower(), message="Hello.")

    assert answer.errors == []
    assert code.replace("-", "") == CODES["G"]
    assert answer.data["addFirmAsBookkeeper"]["collaboration"] == {
        "firmName": "Steinfirn Treuhand",
        "collaborationState": "PENDING",
        "origin": "CLIENT_ADDED_FIRM",
    }


@pytest.mark.parametrize("who", ["ben", "cora", "pia", "billing", "firm-sync"])
async def test_the_code_is_for_the_firms_admins(ask: Ask, world: AsyncConnection, who: str) -> None:
    document = "query ($id: ID!) { firm(id: $id) { invitationCode } }"
    answer = await ask(who, document, id=ask.id("Firm", "F"))

    assert answer.data["firm"] == {"invitationCode": None}
    assert answer.codes == ["FIELD_NOT_PERMITTED"]
    assert CODES["F"][:4] not in answer.text


async def test_a_rotated_code_finds_nothing_any_more(ask: Ask, world: AsyncConnection) -> None:
    unconfirmed = await ask("gus", ROTATE, confirm=False)
    fresh = (await ask.data("gus", ROTATE, confirm=True))["rotateInvitationCode"]["firm"]["invitationCode"]
    old, new = await adds(ask, CODES["G"]), await adds(ask, fresh)

    assert unconfirmed.codes == ["BAD_USER_INPUT"]
    assert fresh.replace("-", "") != CODES["G"]
    assert (old.codes, new.codes) == (["NOT_FOUND"], [])


async def test_a_firm_outside_the_programme_has_no_code_and_cannot_rotate_it(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE firm SET programme_state = 'suspended' WHERE id = :id", id=key("G"))
    seen = (await ask.data("gus", CODE))["firm"]
    rotated = await ask("gus", ROTATE, confirm=True)

    assert (seen["invitationCode"], "ROTATE_INVITATION_CODE" in seen["viewerActions"]) == (None, False)
    assert rotated.codes == ["FORBIDDEN"]


async def test_unknown_and_disabled_codes_are_one_refusal_with_the_same_work(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    await run(world, "UPDATE firm SET programme_state = 'suspended' WHERE id = :id", id=key("G"))
    await run(world, "UPDATE firm SET account_state = 'closed', invitation_code = :code WHERE id = :id",
              code=CODE_OF_H, id=key("H"))  # fmt: skip
    await adds(ask, new_code())
    state = await kept(world, "collaboration", "conversation", "notice")
    found = []
    for code in (new_code(), CODES["G"], CODE_OF_H):
        with recorded(engine) as statements:
            answer = await adds(ask, code)
        found.append((answer.text, len(statements)))

    assert found[0][0].count("NOT_FOUND") == 1
    assert found[0] == found[1] == found[2]
    assert await kept(world, *state) == state


async def test_wrong_codes_are_limited_for_a_company_and_a_right_one_does_not_count(
    ask: Ask, world: AsyncConnection
) -> None:
    assert (await adds(ask, CODES["G"])).codes == []
    wrong = [(await adds(ask, new_code())).codes for _ in range(MAX_COUNT)]
    refused = await adds(ask, CODES["F"])
    others = await adds(ask, CODES["G"], "dag")
    await run(world, "UPDATE invitation_code_guess SET window_ends_at = :now", now=NOW)
    later = await adds(ask, new_code())

    assert wrong == [["NOT_FOUND"]] * MAX_COUNT
    assert refused.codes == ["RATE_LIMITED"]
    assert refused.errors[0]["extensions"]["retryAfter"] == 3600
    assert (others.codes, later.codes) == ([], ["NOT_FOUND"])


async def test_typing_errors_and_people_who_may_not_ask_count_nothing(ask: Ask, world: AsyncConnection) -> None:
    typo = CODES["G"][:-1] + ("0" if CODES["G"][-1] != "0" else "1")
    codes = [(await adds(ask, typo)).codes, (await adds(ask, CODES["G"], "emil")).codes]

    assert codes == [["BAD_USER_INPUT"], ["FORBIDDEN"]]
    assert await rows(world, "SELECT guesses FROM invitation_code_guess") == []


@pytest.mark.parametrize("given", [False, True])
async def test_exactly_one_of_profile_and_code_is_named(ask: Ask, world: AsyncConnection, given: bool) -> None:
    both = {"profile": ask.id("FirmProfile", "G profile 1"), "code": CODES["G"]}
    answer = await ask("cora", ADD, input=both if given else {})

    assert [error["extensions"]["rule"] for error in answer.errors] == ["EXACTLY_ONE_OF"] * 2
    assert {error["message"] for error in answer.errors} == {"Give exactly one of profile, code."}
