"""Sets that are replaced as a whole, by a caller who saw an earlier one (D73)."""

from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.graph.conftest import Answer, Ask

READ: Final = "query ($id: ID!) { collaboration(id: $id) { sharedKpis } }"
SHARE: Final = (
    "mutation ($input: SetKpiSharingInput!) { setKpiSharing(input: $input) { collaboration { sharedKpis } } }"
)
CHANGE: Final = (
    "mutation ($input: ChangeAccessInput!) { changeAccess(input: $input) { collaboration { sharedKpis level } } }"
)
DRAFT: Final = "mutation ($input: SaveProfileDraftInput!) { saveProfileDraft(input: $input) { profile { specialties languages } } }"
PROFILE: Final = {"displayName": "Havlygte", "description": "Books.", "location": "Aarhus"}


async def standing(ask: Ask) -> list[str]:
    shared: list[str] = (await ask.data("cora", READ, id=ask.id("Collaboration", "F-C1")))["collaboration"][
        "sharedKpis"
    ]
    return shared


async def shared(ask: Ask, mutation: str, **more: Any) -> Answer:
    return await ask(
        "cora", mutation, input={"id": ask.id("Collaboration", "F-C1"), "sharedKpis": ["WALLET_BALANCE"], **more}
    )


@pytest.mark.parametrize(("mutation", "more"), [(SHARE, {}), (CHANGE, {"level": "FULL", "billingMode": "CLIENT"})])
async def test_it_is_replaced_where_it_is_what_the_caller_saw(
    ask: Ask, world: AsyncConnection, mutation: str, more: dict[str, Any]
) -> None:
    seen = await standing(ask)
    answer = await shared(ask, mutation, expectedSharedKpis=seen[::-1], **more)

    assert answer.codes == []
    assert await standing(ask) == ["WALLET_BALANCE"]


@pytest.mark.parametrize(("mutation", "more"), [(SHARE, {}), (CHANGE, {"level": "FULL", "billingMode": "CLIENT"})])
async def test_a_stale_click_changes_nothing(
    ask: Ask, world: AsyncConnection, mutation: str, more: dict[str, Any]
) -> None:
    seen = await standing(ask)
    for stale in (seen[1:], [], [*seen, "EXPENSES_READY_FOR_EXPORT"]):
        answer = await shared(ask, mutation, expectedSharedKpis=stale, **more)
        assert answer.codes == ["CONFLICT"]

    assert await standing(ask) == seen


async def test_the_second_of_two_who_saw_the_same_is_refused(ask: Ask, world: AsyncConnection) -> None:
    seen = await standing(ask)
    answers = [await shared(ask, SHARE, expectedSharedKpis=seen) for _ in range(2)]

    assert [answer.codes for answer in answers] == [[], ["CONFLICT"]]


async def test_a_draft_replaces_the_lists_that_its_author_saw(ask: Ask, world: AsyncConnection) -> None:
    async def saved(specialties: list[str], **expected: Any) -> Answer:
        given = {**PROFILE, "specialties": specialties, "languages": ["da"], **expected}
        return await ask("ada", DRAFT, input=given)

    first = await saved(["payroll", "audits"])
    second = await saved(["payroll"], expectedSpecialties=["audits", "payroll"], expectedLanguages=["da"])
    stale = await saved(["crafts"], expectedSpecialties=["audits", "payroll"])
    other = await saved(["crafts"], expectedLanguages=["sv"])

    assert [answer.codes for answer in (first, second, stale, other)] == [[], [], ["CONFLICT"], ["CONFLICT"]]
    assert second.data["saveProfileDraft"]["profile"]["specialties"] == ["payroll"]
