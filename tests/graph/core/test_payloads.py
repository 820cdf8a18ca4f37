"""Payloads of mutations by compiled statements: one for each object, the same as the walker reads, denials included."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.seeds.demo import key
from tests.graph.conftest import Ask
from tests.graph.core.test_compiled import Counted, counted, walks
from tests.support.collaborations import READ, TOLD

__all__ = ["counted", "walks"]

COLLABORATION: Final = """{ ...Told
  client { name wallet { balance { amount } } kpis { kind count } members(first: 2) { nodes { name } } }
  firm { name staff(first: 2) { totalCount nodes { name email } pageInfo { hasNextPage endCursor } } } }"""
SHARING: Final = f"""mutation ($input: SetKpiSharingInput!) {{
  setKpiSharing(input: $input) {{ collaboration {COLLABORATION} }} }}
  fragment Told on Collaboration {TOLD}"""
REQUEST: Final = f"""mutation ($input: RequestAccessInput!) {{
  requestAccess(input: $input) {{ collaboration {COLLABORATION} }} }}
  fragment Told on Collaboration {TOLD}"""
TWICE: Final = f"""mutation ($first: SetKpiSharingInput!, $second: SetKpiSharingInput!) {{
  one: setKpiSharing(input: $first) {{ collaboration {COLLABORATION} }}
  two: setKpiSharing(input: $second) {{
    collaboration {COLLABORATION}
    again: collaboration {{ id client {{ wallet {{ balance {{ amount }} }} }} }} }} }}
  fragment Told on Collaboration {TOLD}"""
RENAME: Final = """mutation ($input: RenameFirmInput!, $wanted: Boolean!) { renameFirm(input: $input) { firm {
  id name @include(if: $wanted) __typename clientCount application { state preconditions { code ok } }
  staff(first: 3) { totalCount nodes { id name email firmRole viewerActions } } } } }"""
UNASSIGN: Final = (
    """mutation ($input: UnassignManagerInput!) { unassignManager(input: $input) { client { id name } } }"""
)
ASSIGN: Final = f"""mutation ($input: AssignManagersInput!) {{ assignManagers(input: $input) {{ clients {{
  name accountManagers(first: 5) {{ nodes {{ name email }} pageInfo {{ endCursor }} }} wallet {{ balance {{ amount }} }}
  collaboration {COLLABORATION} }} }} }}
  fragment Told on Collaboration {TOLD}"""

Variables = Callable[[Ask], dict[str, Any]]
CHANGES: Final[list[tuple[str, str, Variables]]] = [
    ("ada", RENAME, lambda ask: {"input": {"name": "Renamed"}, "wanted": True}),
    ("ada", RENAME, lambda ask: {"input": {"name": "Renamed"}, "wanted": False}),
    ("cora", SHARING, lambda ask: {"input": {"id": ask.id("Collaboration", "F-C1"), "sharedKpis": []}}),
    (
        "cora",
        TWICE,
        lambda ask: {
            "first": {"id": ask.id("Collaboration", "F-C1"), "sharedKpis": []},
            "second": {"id": ask.id("Collaboration", "F-C1"), "sharedKpis": ["WALLET_BALANCE"]},
        },
    ),
    ("ada", REQUEST, lambda ask: {"input": {"id": ask.id("Collaboration", "F-C2"), "level": "FULL"}}),
    ("ada", REQUEST, lambda ask: {"input": {"id": ask.id("Collaboration", key("nowhere")), "level": "FULL"}}),
    (
        "ada",
        ASSIGN,
        lambda ask: {
            "input": {
                "clients": [ask.id("Client", handle) for handle in ("C3", "C1", "C2")],
                "members": [ask.id("FirmMember", "F/bo")],
            }
        },
    ),
    (
        "ben",
        UNASSIGN,
        lambda ask: {"input": {"client": ask.id("Client", "C1"), "member": ask.id("FirmMember", "F/ben")}},
    ),
]


async def both(ask: Ask, world: AsyncConnection, who: str, document: str, variables: dict[str, Any]) -> list[Any]:
    """The answers by compiled statements and by the walker, each from the same world, with errors for hidden cells."""
    found = []
    for off in (False, True):
        ask.paths.off = off
        async with world.begin_nested() as savepoint:
            body = {"query": document, "variables": variables, "extensions": {"hidden": "first"}}
            found.append(await ask.sent(body, ask.headers(who)))
            await savepoint.rollback()
    ask.paths.off = False
    return found


@pytest.mark.parametrize("change", range(len(CHANGES)))
async def test_a_payload_is_the_same_on_both_ways(ask: Ask, world: AsyncConnection, change: int) -> None:
    who, document, variables = CHANGES[change]
    compiled, walked = await both(ask, world, who, document, variables(ask))

    assert compiled.text == walked.text
    assert compiled.denials == walked.denials


async def test_denials_of_several_payloads_are_counted_together(ask: Ask, world: AsyncConnection) -> None:
    who, document, variables = CHANGES[3]
    compiled, walked = await both(ask, world, who, document, variables(ask))

    assert compiled.denials == walked.denials
    # Two members in each of the two payloads, and none in the object that is read a second time.
    assert [denial[:4] for denial in compiled.denials] == [("FirmMember", "email", "ROLE", 4)]


async def test_each_object_of_a_payload_is_one_statement(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine, counted: Counted
) -> None:
    who, document, variables = CHANGES[3]
    await ask(who, document, **variables(ask))

    assert len(counted.texts) == 3


async def test_a_payload_whose_statement_fails_is_walked(
    ask: Ask, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, document, variables = CHANGES[0]

    async def broken(*_: object) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(ask.paths.compiled.statements, "row", broken, raising=False)
    answer = await ask.http.post(
        "/graphql", json={"query": document, "variables": variables(ask)}, headers=ask.headers(who)
    )
    events = [call.kwargs["event"] for call in ask.log.calls if call.kwargs.get("exc_info")]
    ask.log.calls.clear()

    assert answer.json()["data"]["renameFirm"]["firm"]["name"] == "Renamed"
    assert events == ["compiled statement failed"]


async def test_what_was_changed_is_read_by_the_next_query(ask: Ask, world: AsyncConnection) -> None:
    who, document, variables = CHANGES[2]
    before = await ask.data("cora", READ, id=ask.id("Collaboration", "F-C1"))
    answer = await ask(who, document, **variables(ask))
    after = await ask.data("cora", READ, id=ask.id("Collaboration", "F-C1"))

    assert before["collaboration"]["sharedKpis"] != []
    assert answer.data["setKpiSharing"]["collaboration"]["sharedKpis"] == after["collaboration"]["sharedKpis"] == []
