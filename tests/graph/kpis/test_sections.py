"""What each level of access opens, as the policy says it: for the choice of a grant."""

import pytest

from gateway.db.enums import KPI_KINDS, SECTIONS
from tests.graph.conftest import CALLERS, Ask
from tests.policies.tables.client import LIMITED, NEEDS

QUESTION = "{ sections { section kinds levels } }"


async def test_each_section_has_its_kinds_and_its_levels(ask: Ask) -> None:
    """V9–V13, D24, H59: typed from the statements, not from the rules."""
    found = {each["section"]: each for each in (await ask.data("cora", QUESTION))["sections"]}

    assert found.keys() == set(SECTIONS) - {"ACCOUNT_LOGIN"}
    assert {name for name, each in found.items() if "LIMITED" in each["levels"]} == LIMITED
    assert all("FULL" in each["levels"] for each in found.values())
    assert {kind: name for name, each in found.items() for kind in each["kinds"]} == NEEDS
    assert sorted(NEEDS) == sorted(KPI_KINDS)


@pytest.mark.parametrize("who", CALLERS)
async def test_they_are_the_same_for_everybody(ask: Ask, who: str) -> None:
    assert (await ask(who, QUESTION)).text == (await ask("cora", QUESTION)).text
