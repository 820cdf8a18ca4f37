"""A company and a firm change their names: who may, what shows the new name, and what keeps the old one (D42, D56, H63)."""

from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from tests.graph.conftest import CALLERS, Ask
from tests.graph.firms.test_staff import refused, rows
from tests.support import make

COMPANY: Final = """mutation ($name: String!) {
  renameCompany(input: {name: $name}) { client { name viewerActions } }
}"""
FIRM: Final = "mutation ($name: String!) { renameFirm(input: {name: $name}) { firm { name viewerActions } } }"
ACTS: Final = (
    "SELECT action, outcome, code, client_id, firm_id FROM audit_entry WHERE action LIKE 'RENAME%' ORDER BY id DESC"
)
SEARCH: Final = "query ($search: String) { clients(first: 10, search: $search) { nodes { name } } }"
GOVERNING: Final = {"cora", "dag", "mila", "hedda@C3", "elena", "frida", "jonas", "lucia", "saga"}
ADMINS: Final = {"ada", "gus", "hugo"}


async def names_of(world: AsyncConnection, side: str, handle: str) -> dict[str, Any]:
    """Which names the collaborations of a firm or of a client show, by their state."""
    found = await rows(
        world, f"SELECT state, {side}_name AS name FROM collaboration WHERE {side}_id = :id", id=key(handle)
    )
    return {state: {name for each, name in found if each == state} for state, _ in found}


async def test_a_company_is_found_and_sorted_by_its_new_name(ask: Ask, world: AsyncConnection) -> None:
    answer = await ask.data(
        "cora", COMPANY, name=" Bj\N{COMBINING DIAERESIS}orkens Gåård ".replace("j\u0308o", "jo\u0308")
    )

    assert answer["renameCompany"]["client"]["name"] == "Björkens Gåård"
    assert "RENAME_COMPANY" in answer["renameCompany"]["client"]["viewerActions"]
    (row,) = await rows(world, "SELECT name, name_key, spelled_key FROM client WHERE id = :id", id=key("C1"))
    assert row == ("Björkens Gåård", "bjorkens gaard", "bjoerkens gaaaard")
    for search in ("björkens", "bjorkens", "BJOERKENS", "gåård"):
        assert (await ask.data("ada", SEARCH, search=search))["clients"]["nodes"] == [{"name": "Björkens Gåård"}]
    assert (await ask.data("ada", SEARCH, search="Tovværk"))["clients"]["nodes"] == []
    assert (await rows(world, ACTS))[0] == ("RENAME_COMPANY", "done", None, key("C1"), None)


async def test_living_collaborations_show_a_companys_new_name_and_what_is_over_keeps_the_old_one(
    ask: Ask, world: AsyncConnection
) -> None:
    keys = "SELECT DISTINCT client_name_key, client_spelled_key FROM collaboration WHERE client_id = :id AND client_name = 'Ny Ål'"
    invoices = "SELECT client_name, count(*) FROM invoice WHERE client_id = :id GROUP BY 1"
    before = {each: await names_of(world, "client", each) for each in ("C1", "C3", "C4")}
    billed = await rows(world, invoices, id=key("C4"))
    assert billed

    for owner, handle in (("cora", "C1"), ("hedda@C3", "C3"), ("elena", "C4")):
        await ask.data(owner, COMPANY, name="Ny Ål")
        after = await names_of(world, "client", handle)
        for state, names in after.items():
            assert names == ({"Ny Ål"} if state in ("pending", "active") else before[handle][state]), (handle, state)

    assert {"active", "ended"} <= {state for each in before.values() for state in each}
    assert await rows(world, keys, id=key("C1")) == [("ny al", "ny aal")]
    assert await rows(world, invoices, id=key("C4")) == billed


async def test_an_invitation_that_was_not_accepted_keeps_what_the_firm_typed(ask: Ask, world: AsyncConnection) -> None:
    """D42: a renamed company must not show whom an invitation reached."""
    both = await make.invited(world, key("C1"), firm_id=key("G"), client_name="Typed")
    await ask.data("cora", COMPANY, name="Renamed")

    for each in both:
        typed = await rows(world, "SELECT client_name, client_name_key FROM collaboration WHERE id = :id", id=each)
        assert typed == [("Typed", "typed")]


async def test_an_invitation_and_its_copies_have_a_firms_new_name(ask: Ask, world: AsyncConnection) -> None:
    both = await make.invited(world, key("C1"), firm_id=key("G"))
    await ask.data("gus", FIRM, name="Renamed")

    for each in both:
        assert await rows(world, "SELECT firm_name FROM collaboration WHERE id = :id", id=each) == [("Renamed",)]


async def test_a_firms_new_name_is_shown_but_for_what_ended_and_what_is_published(
    ask: Ask, world: AsyncConnection
) -> None:
    before = await names_of(world, "firm", "F")
    profile = "SELECT display_name FROM firm_profile WHERE firm_id = :id ORDER BY id"
    published = await rows(world, profile, id=key("F"))

    answer = await ask.data("ada", FIRM, name="Zürcher Bücher")

    assert answer["renameFirm"]["firm"]["name"] == "Zürcher Bücher"
    assert "RENAME_FIRM" in answer["renameFirm"]["firm"]["viewerActions"]
    (row,) = await rows(world, "SELECT name_key, spelled_key FROM firm WHERE id = :id", id=key("F"))
    assert row == ("zurcher bucher", "zuercher buecher")
    after = await names_of(world, "firm", "F")
    assert {"active", "ended"} <= set(after)
    for state, names in after.items():
        assert names == ({"Zürcher Bücher"} if state in ("invited", "pending", "active") else before[state]), state
    assert await rows(world, profile, id=key("F")) == published
    assert (await rows(world, ACTS))[0] == ("RENAME_FIRM", "done", None, None, key("F"))


@pytest.mark.parametrize("who", [each for each in CALLERS if each not in GOVERNING])
async def test_a_company_is_renamed_by_those_who_govern_it_alone(ask: Ask, world: AsyncConnection, who: str) -> None:
    names = await rows(world, "SELECT id, name FROM client ORDER BY id")
    answer = await ask(who, COMPANY, name="Somebody Else")

    assert refused(answer, "UNAUTHENTICATED" if who == "anonymous" else "FORBIDDEN")
    assert await rows(world, "SELECT id, name FROM client ORDER BY id") == names


@pytest.mark.parametrize("who", [each for each in CALLERS if each not in ADMINS])
async def test_a_firm_is_renamed_by_its_admins_alone(ask: Ask, world: AsyncConnection, who: str) -> None:
    names = await rows(world, "SELECT id, name FROM firm ORDER BY id")
    answer = await ask(who, FIRM, name="Somebody Else")

    assert refused(answer, "UNAUTHENTICATED" if who == "anonymous" else "FORBIDDEN")
    assert await rows(world, "SELECT id, name FROM firm ORDER BY id") == names


@pytest.mark.parametrize("name", ["", " ", "\u3164", "a\u202eb", "a\nb", "x" * 101, "ﷺ" * 40])
@pytest.mark.parametrize(("who", "document"), [("cora", COMPANY), ("ada", FIRM)])
async def test_what_is_no_name_is_refused(ask: Ask, world: AsyncConnection, who: str, document: str, name: str) -> None:
    tables = "SELECT name FROM client UNION ALL SELECT name FROM firm ORDER BY 1"
    names = await rows(world, tables)
    answer = await ask(who, document, name=name)

    assert refused(answer, "BAD_USER_INPUT")
    assert answer.errors[0]["extensions"]["input"] == ["name"]
    assert await rows(world, tables) == names
