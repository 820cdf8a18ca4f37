"""What the rule that `test_add_a_rule.py` changes shows, over HTTP. Run in a copy of the project, not by itself."""

import pytest

from tests.graph.conftest import Ask

READ = "query ($id: ID!) { node(id: $id) { ... on Firm { name accountState trialEndsAt hasOwnAccount } } }"
STATE = {"accountState", "trialEndsAt"}
ALL = STATE | {"hasOwnAccount"}


@pytest.mark.parametrize(("who", "visible"), [("ada", ALL), ("ben", ALL), ("finn", set()), ("pia", ALL)])
async def test_who_sees_the_state_of_a_firm(ask: Ask, who: str, visible: set[str]) -> None:
    answer = await ask(who, READ, id=ask.id("Firm", "F"))
    firm = answer.data["node"]

    assert firm["name"] == "Havlygte Revision"
    assert {name for name in ALL if firm[name] is not None} == visible
    assert {denial[:3] for denial in answer.denials} == {("Firm", name, "ROLE") for name in ALL - visible}
