"""What a firm says of itself: written by its admins, reviewed, published, and nowhere to be found before (M3, H8, H15–H21)."""

from collections import Counter
from typing import Any, Final

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.enums import PROFILE_STATES
from gateway.db.models import AuditEntry, FirmProfile
from gateway.db.seeds.demo import key
from gateway.messages import text as message
from gateway.resolvers.core.refusals import RULES
from tests.graph.conftest import CALLERS, TOKENS, Answer, Ask, run
from tests.support import make

PUBLIC: Final = "id displayName description specialties location languages website"
TOLD: Final = f"{PUBLIC} profileState revision comment viewerActions"
SAVE: Final = (
    f"mutation ($input: SaveProfileDraftInput!) {{ saveProfileDraft(input: $input) {{ profile {{ {TOLD} }} }} }}"
)
SUBMIT: Final = f"mutation ($id: ID!) {{ submitProfile(input: {{id: $id}}) {{ profile {{ {TOLD} }} }} }}"
DECIDE: Final = f"""mutation ($id: ID!, $decision: ProfileDecision!, $comment: String) {{
  decideProfileRevision(input: {{id: $id, decision: $decision, comment: $comment}}) {{ profile {{ {TOLD} }} }}
}}"""
WITHDRAW: Final = f"mutation ($id: ID!) {{ withdrawProfile(input: {{id: $id}}) {{ profile {{ {TOLD} }} }} }}"
REVISIONS: Final = f"{{ firm {{ profile {{ id }} profileRevisions(first: 50) {{ nodes {{ {TOLD} }} }} }} }}"
NODE: Final = f"query ($id: ID!) {{ node(id: $id) {{ ... on FirmProfile {{ {TOLD} }} }} }}"
LISTS: Final = """query ($search: String) {
  publicDirectory(search: $search, first: 10) { totalCount nodes { id displayName } }
  marketplace(search: $search, first: 10) { totalCount nodes { id displayName } }
  reviewQueue(first: 10) { totalCount nodes { id displayName } }
}"""

SAYING: Final[dict[str, Any]] = {
    "displayName": "Ærlig & Co. – books",
    "description": "We keep books.\n\nAlso on Sundays.",
    "specialties": ["payroll", "annual accounts"],
    "location": "Ærøskøbing",
    "languages": ["da", "gsw"],
    "website": "https://books.example/da?from=here",
}
BOTH: Final = ("F profile 1", "G profile 1")
CLIENTS_PEOPLE: Final = ("cora", "emil", "dag", "mila", "hedda@C3", "elena", "frida", "jonas", "lucia", "saga")
MINDERS: Final = ("ada", "pia", "rolf")
"""Who may know of F's revisions before they are published: FA, PA and PR (§4.6 A, D11)."""


async def stored(world: AsyncConnection) -> list[tuple[Any, ...]]:
    """All that the table holds."""
    return [tuple(row) for row in await world.execute(select(FirmProfile.__table__).order_by(FirmProfile.id))]


async def put(world: AsyncConnection, handle: str, state: str, programme: str = "approved") -> None:
    """A revision of F, which is in this state, and the only one that could be published."""
    await run(world, "UPDATE firm SET programme_state = :state WHERE id = :id", state=programme, id=key("F"))
    await run(world, "UPDATE firm_profile SET state = 'unlisted' WHERE firm_id = :id", id=key("F"))
    await run(world, "UPDATE firm_profile SET state = :state WHERE id = :id", state=state, id=key(handle))


async def save(ask: Ask, who: str, **given: Any) -> Answer:
    return await ask(who, SAVE, input={**SAYING, **given})


async def decide(ask: Ask, who: str, handle: str, decision: str, comment: str | None = "Say more.") -> Answer:
    return await ask(who, DECIDE, id=ask.id("FirmProfile", handle), decision=decision, comment=comment)


async def acts(ask: Ask, action: str, who: str, handle: str) -> Answer:
    """One of the actions on one revision."""
    match action:
        case "EDIT":
            return await save(ask, who)
        case "SUBMIT" | "WITHDRAW":
            document = SUBMIT if action == "SUBMIT" else WITHDRAW
            return await ask(who, document, id=ask.id("FirmProfile", handle))
        case _:
            return await decide(ask, who, handle, action)


def profile(answer: Answer) -> dict[str, Any]:
    """What a change gives back."""
    assert answer.errors == []
    (payload,) = answer.data.values()
    told: dict[str, Any] = payload["profile"]
    return told


async def listed(ask: Ask, who: str, search: str | None = None) -> dict[str, list[str]]:
    data = await ask.data(who, LISTS, search=search)
    for found in data.values():
        assert found["totalCount"] == len(found["nodes"])
    return {name: [node["displayName"] for node in found["nodes"]] for name, found in data.items()}


# ---- how they change


async def test_a_change_is_reviewed_before_it_takes_the_place_of_what_is_published(
    ask: Ask, world: AsyncConnection
) -> None:
    before = await listed(ask, "cora")
    draft = profile(await save(ask, "ada"))
    submitted = profile(await ask("ada", SUBMIT, id=draft["id"]))
    meanwhile = await listed(ask, "cora")
    queue = (await listed(ask, "rolf"))["reviewQueue"]
    published = profile(await decide(ask, "rolf", "F profile 2", "PUBLISH", None))
    after = await listed(ask, "cora")
    firm = (await ask.data("ada", REVISIONS))["firm"]

    said = {"id": ask.id("FirmProfile", "F profile 2"), **SAYING, "revision": 2, "comment": None}
    assert draft == {**said, "profileState": "DRAFT", "viewerActions": ["SAVE_PROFILE_DRAFT", "SUBMIT_PROFILE"]}
    assert submitted == {**said, "profileState": "IN_REVIEW", "viewerActions": []}
    assert published == {**said, "profileState": "PUBLISHED", "viewerActions": []}
    assert before == meanwhile
    assert SAYING["displayName"] in queue
    assert after["marketplace"] == after["publicDirectory"] == [SAYING["displayName"], "Steinfirn Treuhand"]
    assert firm["profile"] == {"id": said["id"]}
    assert [(each["revision"], each["profileState"]) for each in firm["profileRevisions"]["nodes"]] == [
        (2, "PUBLISHED"),
        (1, "UNLISTED"),
    ]
    row = (await world.execute(select(FirmProfile).where(FirmProfile.id == key("F profile 2")))).one()
    assert (row.submitted_by, row.reviewed_by) == (key("ada"), key("rolf"))
    assert row.name_key == "aerlig & co. - books"


async def test_whoever_has_no_revision_on_its_way_begins_the_next_one(ask: Ask, world: AsyncConnection) -> None:
    first = profile(await save(ask, "gus"))
    again = profile(await save(ask, "gus", location="Elsewhere", website=None))
    revisions = (await ask.data("gus", REVISIONS))["firm"]["profileRevisions"]["nodes"]

    assert (first["revision"], first["profileState"]) == (2, "DRAFT")
    assert again == {**first, "location": "Elsewhere", "website": None}
    assert [(each["revision"], each["profileState"]) for each in revisions] == [(2, "DRAFT"), (1, "PUBLISHED")]


async def test_the_first_profile_of_a_firm_is_its_revision_1(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "DELETE FROM firm_profile WHERE firm_id = :id", id=key("G"))

    assert profile(await save(ask, "gus"))["revision"] == 1


async def test_what_the_reviewer_asks_for_is_told_and_written_on(ask: Ask, world: AsyncConnection) -> None:
    await put(world, "F profile 2", "in_review")
    back = profile(await decide(ask, "rolf", "F profile 2", "REQUEST_CHANGES", " Say more.\r\nMuch more. "))
    seen = [(await ask.data(who, NODE, id=back["id"]))["node"]["comment"] for who in MINDERS]
    draft = profile(await save(ask, "ada"))

    assert (back["profileState"], back["comment"]) == ("CHANGES_REQUESTED", "Say more.\nMuch more.")
    assert seen == ["Say more.\nMuch more."] * 3
    assert (draft["id"], draft["profileState"], draft["viewerActions"]) == (
        back["id"],
        "DRAFT",
        ["SAVE_PROFILE_DRAFT", "SUBMIT_PROFILE"],
    )


async def test_a_profile_that_is_withdrawn_is_listed_no_more_and_what_is_on_its_way_stays(
    ask: Ask, world: AsyncConnection
) -> None:
    (gone,) = set((await listed(ask, "cora"))["marketplace"]) - {"Steinfirn Treuhand"}
    withdrawn = profile(await acts(ask, "WITHDRAW", "ada", "F profile 1"))
    firm = (await ask.data("ada", REVISIONS))["firm"]

    assert (withdrawn["profileState"], withdrawn["displayName"]) == ("UNLISTED", gone)
    assert (await listed(ask, "cora", gone))["marketplace"] == []
    assert firm["profile"] is None
    assert [each["profileState"] for each in firm["profileRevisions"]["nodes"]] == ["DRAFT", "UNLISTED"]


ALLOWED: Final = {
    "draft": {"EDIT", "SUBMIT"},
    "in_review": {"PUBLISH", "REQUEST_CHANGES"},
    "changes_requested": {"EDIT"},
    "published": {"WITHDRAW"},
    "unlisted": set[str](),
}
AFTERWARDS: Final = {
    "EDIT": "DRAFT",
    "SUBMIT": "IN_REVIEW",
    "PUBLISH": "PUBLISHED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "WITHDRAW": "UNLISTED",
}
"""M3."""
WORDS: Final = {
    "EDIT": "SAVE_PROFILE_DRAFT",
    "SUBMIT": "SUBMIT_PROFILE",
    "WITHDRAW": "WITHDRAW_PROFILE",
    "PUBLISH": "DECIDE_PROFILE_REVISION",
    "REQUEST_CHANGES": "DECIDE_PROFILE_REVISION",
}
"""D63: the action that each of them is."""


@pytest.mark.parametrize("state", PROFILE_STATES)
@pytest.mark.parametrize("action", AFTERWARDS)
async def test_each_action_has_its_states_and_all_others_are_a_conflict(
    ask: Ask, world: AsyncConnection, action: str, state: str
) -> None:
    await put(world, "F profile 2", state)
    who = "rolf" if action in ALLOWED["in_review"] else "ada"
    offered = (await ask.data(who, NODE, id=ask.id("FirmProfile", "F profile 2")))["node"]["viewerActions"]
    before = await stored(world)
    answer = await acts(ask, action, who, "F profile 2")

    assert (WORDS[action] in offered) == (action in ALLOWED[state])
    if action in ALLOWED[state]:
        assert profile(answer)["profileState"] == AFTERWARDS[action]
        assert profile(answer)["revision"] == 2
    elif action == "EDIT" and state in ("published", "unlisted"):
        assert profile(answer)["revision"] == 3  # nothing is on its way: the next one begins
    else:
        assert answer.codes == ["CONFLICT"]
        assert await stored(world) == before


@pytest.mark.parametrize("programme", ["draft", "submitted", "agreed", "rejected", "suspended"])
@pytest.mark.parametrize(
    ("action", "state"),
    [("EDIT", "draft"), ("EDIT", "unlisted"), ("SUBMIT", "draft"), ("WITHDRAW", "published"), ("PUBLISH", "in_review")],
)
async def test_only_firms_in_the_programme_use_a_profile(
    ask: Ask, world: AsyncConnection, action: str, state: str, programme: str
) -> None:
    await put(world, "F profile 2", state, programme)
    before = await stored(world)
    answer = await acts(ask, action, "rolf" if action == "PUBLISH" else "ada", "F profile 2")

    told = (
        ("CONFLICT", message("conflict", "PROFILE_UNAPPROVED"))
        if action == "PUBLISH"
        else ("FORBIDDEN", RULES["PROGRAMME"])
    )
    assert (answer.codes, answer.errors[0]["message"]) == ([told[0]], told[1])
    assert await stored(world) == before


async def test_a_profile_of_a_firm_outside_the_programme_is_sent_back_all_the_same(
    ask: Ask, world: AsyncConnection
) -> None:
    await put(world, "F profile 2", "in_review", "suspended")

    assert profile(await decide(ask, "rolf", "F profile 2", "REQUEST_CHANGES"))["profileState"] == "CHANGES_REQUESTED"


# ---- who changes them


@pytest.mark.parametrize("decision", ["PUBLISH", "REQUEST_CHANGES"])
@pytest.mark.parametrize(
    ("place", "codes"), [("active", ["FORBIDDEN"]), ("suspended", ["FORBIDDEN"]), ("removed", []), (None, [])]
)
async def test_nobody_reviews_the_firm_in_which_they_have_a_place(
    ask: Ask, world: AsyncConnection, place: str | None, codes: list[str], decision: str
) -> None:
    if place:
        await make.member(world, firm_id=key("F"), user_id=key("rolf"), role="staff", state=place)
    await make.member(world, firm_id=key("G"), user_id=key("rolf"), role="staff")
    await put(world, "F profile 2", "in_review")
    before = await stored(world)
    found = (await ask.data("rolf@Platform", NODE, id=ask.id("FirmProfile", "F profile 2")))["node"]
    answer = await decide(ask, "rolf@Platform", "F profile 2", decision)

    assert found["viewerActions"] == ([] if codes else ["DECIDE_PROFILE_REVISION"])
    assert answer.codes == codes
    assert (await stored(world) == before) == bool(codes)


@pytest.mark.parametrize("who", CALLERS)
async def test_nobody_else_changes_one_whatever_they_say(ask: Ask, world: AsyncConnection, who: str) -> None:
    """§4.7: FA writes and submits, PR decides, and PA, bookkeepers, staff, clients and machines do not."""
    await run(world, "UPDATE firm_profile SET state = 'in_review' WHERE id = :id", id=key("F profile 2"))
    ids = {"hidden": ask.id("FirmProfile", "F profile 2"), "shown": ask.id("FirmProfile", "F profile 1")}
    before = await stored(world)
    told: dict[str, list[str]] = {}
    for name, id in ids.items():
        told |= (
            {
                f"submit {name}": (await ask(who, SUBMIT, id=id)).codes,
                f"publish {name}": (await ask(who, DECIDE, id=id, decision="PUBLISH")).codes,
                f"send back {name}": (await ask(who, DECIDE, id=id, decision="REQUEST_CHANGES", comment="")).codes,
                f"withdraw {name}": (await ask(who, WITHDRAW, id=id)).codes,
            }
            if (who, name) != ("rolf", "hidden") and (who, name) != ("ada", "shown")
            else {}
        )
    told["save"] = (await ask(who, SAVE, input={**SAYING, "displayName": ""})).codes

    refused = {code for codes in told.values() for code in codes}
    assert await stored(world) == before
    match who:
        case "anonymous":
            assert refused == {"UNAUTHENTICATED"}
        case "ada":
            assert refused == {"FORBIDDEN", "CONFLICT", "BAD_USER_INPUT"}
            assert {name for name, codes in told.items() if codes == ["CONFLICT"]} == {
                "submit hidden",
                "withdraw hidden",
            }
            assert told["save"] == ["BAD_USER_INPUT"]
        case "rolf":
            assert refused == {"FORBIDDEN", "CONFLICT", "BAD_USER_INPUT"}
            assert {name for name, codes in told.items() if codes == ["CONFLICT"]} == {"publish shown"}
            assert told["send back shown"] == ["BAD_USER_INPUT"]
        case "pia":
            assert refused == {"FORBIDDEN"}
        case _:
            own = {"gus": ["BAD_USER_INPUT"], "hugo": ["BAD_USER_INPUT"]}.get(who, ["FORBIDDEN"])
            shown = ["NOT_FOUND"] if who in TOKENS else ["FORBIDDEN"]
            assert told == {name: ["NOT_FOUND"] if "hidden" in name else shown for name in told} | {"save": own}


@pytest.mark.parametrize("document", [SUBMIT, WITHDRAW, DECIDE.replace("$decision: ProfileDecision!, ", "")])
async def test_an_id_that_is_none_or_of_something_else_is_refused(
    ask: Ask, world: AsyncConnection, document: str
) -> None:
    document = document.replace("decision: $decision", "decision: PUBLISH")

    assert (await ask("ada", document, id="rubbish")).codes == ["BAD_USER_INPUT"]
    assert (await ask("ada", document, id=ask.id("Firm", "F"))).codes == ["NOT_FOUND"]


# ---- what they say


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("displayName", value) for value in ("", "  ", "x" * 101, "a\nb", "a\u0007b", "a\u202eb")),
        *(("description", value) for value in ("", "\n", "x" * 5001, "a\u0007b", "\u3164")),
        *(("specialties", value) for value in ([], [""], ["x" * 51], [f"s{n}" for n in range(21)], ["a\nb"])),
        *(("location", value) for value in ("", "x" * 101, "a\nb")),
        *(("languages", value) for value in ([], ["DA"], ["dansk"], ["d"], ["da "], [f"a{c}" for c in "abcdefghijklmnopqrstu"])),
        *(
            ("website", value)
            for value in (
                "",
                "http://books.example",
                "javascript:alert(1)",
                "https://",
                "https://user@books.example",
                "https://books.example/a b",
                'https://books.example/"><script>',
                "https://books.example\n",
                "https://books.example/" + "x" * 179,
                "https://127.0.0.1/",
                "https://[::1]/",
                "https://localhost/",
                "https://books..example/",
                "https://books.example:99999/",
            )
        ),
    ],
)  # fmt: skip
async def test_what_is_not_as_it_should_be_is_refused_with_a_sentence(
    ask: Ask, world: AsyncConnection, name: str, value: Any
) -> None:
    before = await stored(world)
    answer = await save(ask, "ada", **{name: value})

    assert (answer.data, answer.codes) == ({"saveProfileDraft": None}, ["BAD_USER_INPUT"])
    assert answer.errors[0]["extensions"]["input"][0] == name
    assert await stored(world) == before


async def test_what_is_as_long_as_it_may_be_is_kept(ask: Ask, world: AsyncConnection) -> None:
    longest = {
        "displayName": "Ø" * 100,
        "description": "x\n" * 2499 + "xx",
        "specialties": [f"{number:050}" for number in range(20)],
        "location": "L" * 100,
        "languages": [f"a{letter}" for letter in "abcdefghijklmnopqrst"],
        "website": "https://books.example/" + "x" * 178,
    }
    told = profile(await save(ask, "ada", **longest))
    twice = profile(await save(ask, "ada", specialties=["payroll", " payroll "], displayName="  Books "))

    assert {name: told[name] for name in longest} == longest
    assert (twice["specialties"], twice["displayName"]) == (["payroll"], "Books")


@pytest.mark.parametrize("comment", [None, "", " \n", "x" * 2001, "a\u0000b"])
async def test_who_asks_for_changes_says_which(ask: Ask, world: AsyncConnection, comment: str | None) -> None:
    await put(world, "F profile 2", "in_review")
    before = await stored(world)
    answer = await decide(ask, "rolf", "F profile 2", "REQUEST_CHANGES", comment)

    assert answer.codes == ["BAD_USER_INPUT"]
    assert await stored(world) == before


async def test_the_role_comes_before_what_is_said_and_that_before_the_state(ask: Ask, world: AsyncConnection) -> None:
    await put(world, "F profile 2", "in_review")

    assert (await save(ask, "ben", displayName="")).codes == ["FORBIDDEN"]
    assert (await save(ask, "ada", displayName="")).codes == ["BAD_USER_INPUT"]
    assert (await save(ask, "ada")).codes == ["CONFLICT"]
    assert (await decide(ask, "ada", "F profile 2", "REQUEST_CHANGES", "")).codes == ["FORBIDDEN"]
    assert (await decide(ask, "rolf", "F profile 1", "REQUEST_CHANGES", "")).codes == ["BAD_USER_INPUT"]
    assert (await decide(ask, "rolf", "F profile 1", "REQUEST_CHANGES", "More.")).codes == ["CONFLICT"]


# ---- who reads them, and where


@pytest.mark.parametrize("who", CALLERS)
async def test_each_list_is_there_for_whom_it_is_for(ask: Ask, who: str) -> None:
    """H8: the directory for all people, the marketplace for those of clients; H20: the queue for PR and PA. Else nothing."""
    data = await ask.data(who, LISTS)
    found = {name: tuple(ask.handles(one["nodes"])) for name, one in data.items()}

    assert found == {
        "publicDirectory": () if who in TOKENS else BOTH,
        "marketplace": BOTH if who in CLIENTS_PEOPLE else (),
        "reviewQueue": ("H profile 1",) if who in ("pia", "rolf") else (),
    }


@pytest.mark.parametrize("state", [state for state in PROFILE_STATES if state != "published"])
@pytest.mark.parametrize("who", CALLERS)
async def test_l18_an_unpublished_revision_is_found_by_no_search(
    ask: Ask, world: AsyncConnection, who: str, state: str
) -> None:
    before = await listed(ask, who, "grip")
    await run(
        world,
        "UPDATE firm_profile SET state = :state, display_name = 'Nordlys Grip', name_key = 'nordlys grip' WHERE id = :id",
        state=state,
        id=key("F profile 2"),
    )
    found = await listed(ask, who, "grip")

    assert {**found, "reviewQueue": ()} == {**before, "reviewQueue": ()}
    assert ("Nordlys Grip" in found["reviewQueue"]) == (who in ("pia", "rolf") and state == "in_review")


@pytest.mark.parametrize("state", PROFILE_STATES)
@pytest.mark.parametrize("who", CALLERS)
async def test_d11_only_its_minders_know_of_a_revision_before_it_is_published(
    ask: Ask, world: AsyncConnection, who: str, state: str
) -> None:
    await put(world, "F profile 2", state)
    await run(world, "UPDATE firm_profile SET comment = 'Say more.' WHERE id = :id", id=key("F profile 2"))
    answer = await ask(who, NODE, id=ask.id("FirmProfile", "F profile 2"))
    found = answer.data["node"]

    if who in MINDERS:
        assert (found["profileState"], found["revision"], found["comment"]) == (state.upper(), 2, "Say more.")
        assert answer.errors == []
    elif state == "published" and who not in TOKENS:
        hidden = ("profileState", "revision", "comment")
        assert {name: found[name] for name in hidden} == dict.fromkeys(hidden)
        assert [denial[:4] for denial in answer.denials] == [("FirmProfile", name, "ROLE", 1) for name in hidden]
    else:
        assert (found, answer.codes) == (None, ["NOT_FOUND"])


async def test_the_revisions_of_a_firm_are_for_its_admins_and_the_platform(ask: Ask, world: AsyncConnection) -> None:
    revisions = "query ($id: ID!) { firm(id: $id) { profileRevisions(first: 50) { nodes { id } } } }"
    both = [ask.id("FirmProfile", "F profile 2"), ask.id("FirmProfile", "F profile 1")]
    for who in ("ada", "pia"):
        data = await ask.data(who, revisions, id=ask.id("Firm", "F"))
        assert [each["id"] for each in data["firm"]["profileRevisions"]["nodes"]] == both
    data = await ask.data("rolf", revisions, id=ask.id("Firm", "H"))  # in its queue (D40)

    assert data["firm"]["profileRevisions"]["nodes"] == [{"id": ask.id("FirmProfile", "H profile 1")}]
    for who in ("ben", "finn", "cora"):
        answer = await ask(who, revisions, id=ask.id("Firm", "F"))
        assert answer.data == {"firm": {"profileRevisions": None}}
        assert [denial[:3] for denial in answer.denials] == [("Firm", "profileRevisions", "ROLE")]


async def test_a_page_of_the_marketplace_is_bound_to_who_asks_and_to_what_they_search(ask: Ask) -> None:
    page = """query ($after: String, $search: String) {
      marketplace(first: 1, after: $after, search: $search) { nodes { id } pageInfo { hasNextPage endCursor } }
    }"""
    first = (await ask.data("cora", page))["marketplace"]
    second = (await ask.data("cora", page, after=first["pageInfo"]["endCursor"]))["marketplace"]
    directory = page.replace("marketplace", "publicDirectory")

    assert ask.handles([*first["nodes"], *second["nodes"]]) == list(BOTH)
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    for who, document, search in (("dag", page, None), ("cora", directory, None), ("cora", page, "er")):
        answer = await ask(who, document, after=first["pageInfo"]["endCursor"], search=search)
        assert answer.codes == ["BAD_USER_INPUT"]


# ---- what is kept of it


async def test_the_audit_trail_tells_what_was_done_and_refused_and_no_word_of_the_profile(
    ask: Ask, world: AsyncConnection
) -> None:
    await save(ask, "ada")
    await acts(ask, "SUBMIT", "ada", "F profile 2")
    await acts(ask, "SUBMIT", "ada", "F profile 2")
    await acts(ask, "WITHDRAW", "gus", "F profile 1")
    await decide(ask, "rolf", "F profile 2", "PUBLISH")
    entries = select(AuditEntry).where(AuditEntry.action.like("%PROFILE%"))
    rows = (await world.execute(entries)).all()

    assert Counter((row.action, row.actor_id, row.outcome, row.code) for row in rows) == Counter(
        [
            ("SAVE_PROFILE_DRAFT", key("ada"), "done", None),
            ("SUBMIT_PROFILE", key("ada"), "done", None),
            ("SUBMIT_PROFILE", key("ada"), "refused", "CONFLICT"),
            ("WITHDRAW_PROFILE", key("gus"), "refused", "FORBIDDEN"),
            ("DECIDE_PROFILE_REVISION", key("rolf"), "done", None),
        ]
    )
    assert {(row.subject_type, row.firm_id) for row in rows} == {("FirmProfile", key("F"))}
    assert SAYING["displayName"] not in str([tuple(row) for row in rows])
