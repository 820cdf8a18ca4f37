"""Which hidden cells a request has errors for (D70), and what rows say of their own (`hiddenFields`)."""

from collections import Counter
from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.execution import denials
from gateway.http import compiled, endpoint
from tests.graph.conftest import CALLERS, Answer, Ask, recorded
from tests.graph.core.test_compiled import Counted, counted, walks
from tests.graph.core.test_payloads import CHANGES

__all__ = ["counted", "walks"]

PAGE: Final = """query ($first: Int!) { clients(first: $first) { nodes {
  name wallet { balance { amount } } plan { tier }
  collaboration { billingMode requestMessage } accountManagers(first: 5) { nodes { name email } }
  hiddenFields { field reason requires { fact value } } } } }"""
HIDDEN: Final = "hiddenFields { field reason requires { fact value } }"
EVERY_TYPE: Final = f"""query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename
  ... on Client {{ {HIDDEN} visibleFields }} ... on Collaboration {{ {HIDDEN} visibleFields }} ... on Firm {{ {HIDDEN} }}
  ... on FirmMember {{ {HIDDEN} }} ... on FirmProfile {{ {HIDDEN} }} ... on Invoice {{ {HIDDEN} }} }} }}"""


async def sent(ask: Ask, who: str, hidden: Any = None, document: str = PAGE, **variables: Any) -> Answer:
    extensions = {} if hidden is None else {"hidden": hidden}
    body = {"query": document, "variables": variables or {"first": 20}, "extensions": extensions}
    return await ask.sent(body, ask.headers(who))


def cells(data: Any, path: list[Any]) -> Any:
    for step in path:
        data = data[step]
    return data


@pytest.mark.parametrize("who", CALLERS)
async def test_each_hidden_cell_has_an_error_of_its_own_if_that_is_asked_for(ask: Ask, who: str) -> None:
    first, each, none = [await sent(ask, who, hidden) for hidden in ("first", "each", "none")]

    assert first.data == each.data == none.data
    assert none.errors == []
    assert {denial[3] for denial in each.denials} <= {1}
    assert len({str(denial[4]) for denial in each.denials}) == len(each.denials)
    assert all(cells(each.data, denial[4]) is None for denial in each.denials)
    counts = Counter(denial[:3] for denial in each.denials)
    assert {denial[:3]: denial[3] for denial in first.denials} == counts
    firsts = {denial[:3]: denial[4] for denial in reversed(each.denials)}
    assert {denial[:3]: denial[4] for denial in first.denials} == firsts


async def test_the_default_of_a_query_is_the_first(ask: Ask) -> None:
    assert (await sent(ask, "ben")).text == (await sent(ask, "ben", "first")).text
    assert (await sent(ask, "ben")).denials != []


@pytest.mark.parametrize("wanted", ["FIRST", "all", "", 1, True, [], {"first": 1}])
async def test_another_word_is_refused_before_anything_is_read(ask: Ask, engine: AsyncEngine, wanted: Any) -> None:
    with recorded(engine) as said:
        answer = await sent(ask, "ben", wanted)

    assert answer.codes == ["BAD_USER_INPUT"]
    assert "extensions.hidden" in answer.errors[0]["message"]
    assert said == []


@pytest.mark.parametrize("own", [0, 1, 2, 3])
async def test_beyond_a_number_of_cells_the_others_are_counted(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, own: int
) -> None:
    every = (await sent(ask, "ben", "each")).denials
    for module in (denials, compiled, endpoint):
        monkeypatch.setattr(module, "MAX_EACH", own)
    some = (await sent(ask, "ben", "each")).denials

    assert len(every) > 3
    assert some[:own] == every[:own]
    assert sum(denial[3] for denial in some) == len(every)
    rest = Counter(denial[:3] for denial in every[own:])
    assert {denial[:3]: denial[3] for denial in some[own:]} == rest


async def test_a_mutation_has_no_errors_for_hidden_cells_unless_they_are_asked_for(
    ask: Ask, world: AsyncConnection
) -> None:
    who, document, variables = CHANGES[3]
    found = {}
    for hidden in (None, "none", "first", "each"):
        for off in (False, True):
            ask.paths.off = off
            async with world.begin_nested() as savepoint:
                found[hidden, off] = await sent(ask, who, hidden, document, **variables(ask))
                await savepoint.rollback()
    ask.paths.off = False

    assert found[None, False].errors == found["none", False].errors == []
    assert [denial[:4] for denial in found["first", False].denials] == [("FirmMember", "email", "ROLE", 4)]
    assert [denial[:4] for denial in found["each", False].denials] == [("FirmMember", "email", "ROLE", 1)] * 4
    for hidden in (None, "none", "first", "each"):
        assert found[hidden, False].text == found[hidden, True].text


async def test_a_page_with_its_hidden_fields_is_one_statement(ask: Ask, engine: AsyncEngine, counted: Counted) -> None:
    await sent(ask, "ben")
    counted.texts.clear()
    with recorded(engine) as others:
        answer = await sent(ask, "ben")

    assert any(node["hiddenFields"] for node in answer.data["clients"]["nodes"])
    assert len(counted.texts) == 1
    assert others == []


@pytest.mark.parametrize("who", CALLERS)
async def test_what_is_hidden_and_what_is_visible_is_everything(ask: Ask, who: str) -> None:
    ids = [ask.id("Client", f"C{number}") for number in range(1, 9)]
    ids += [ask.id("Collaboration", f"F-C{number}") for number in (1, 2, 3, 4, 5, 7, 8)]
    ids += [ask.id("Firm", firm) for firm in ("F", "G", "H")] + [ask.id("FirmMember", "F/ben")]
    answer = await sent(ask, who, document=EVERY_TYPE, ids=ids)

    for node in filter(None, answer.data["nodes"]):
        hidden = [each["field"] for each in node["hiddenFields"]]
        assert len(hidden) == len(set(hidden))
        if "visibleFields" in node:
            known = {name.replace("(", "_").removesuffix(")") for name in ask.gateway.policy.bits(node["__typename"])}
            assert set(hidden) | set(node["visibleFields"]) == known
            assert set(hidden).isdisjoint(node["visibleFields"])
