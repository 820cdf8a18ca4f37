"""What each person of the demo world finds, typed by hand from the matrix and D41, D43, D49 and D51: sets by handle."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.graph.conftest import CALLERS, CLIENTS, TOKENS, Ask

WORLD = """{
  clientTabs { tab totalCount }
  clients(first: 50) { totalCount nodes { id } pageInfo { hasNextPage } }
  collaborations(first: 50) { totalCount nodes { id } }
  invoices(first: 50) { totalCount nodes { id } }
  firms(first: 50) { totalCount nodes { id } }
  publicDirectory(first: 50) { totalCount nodes { id } }
}"""
LISTS = ("clients", "collaborations", "invoices", "firms")


class Found(NamedTuple):
    """What one caller finds; lists in their order: clients and firms by name, the others the newest first."""

    tabs: str = ""
    clients: str = ""
    collaborations: str = ""
    invoices: str = ""
    firms: str = ""


OF_THE_PLATFORM = (
    "C1 C7 C2 C6 C8 C4 C5 C3",
    "F-C7 F-C8 F-C5 G-C4 F-C2 G-C6 F-C4 F-C1 F-C3",
    "C1#4 C6#3 C3#5 C4#7 C1#3 C4#6 C3#4 C4#5 C2#1 C6#2 C4#4 C1#2 C3#3 C4#3 C3#2 C4#2 C1#1 C6#1 C4#1 C3#1",
    "F H G",
)
FOUND = {
    "ada": Found(
        "INVITES=1 ONBOARDING=1 MINE=0 ALL=4",
        "C1 C2 C5 C3",
        "F-C7 F-C8 F-C5 F-C2 F-C4 F-C1 F-C3",
        "C3#5 C4#7 C3#4 C3#3 C4#2",
        "F",
    ),
    "ben": Found("MINE=2", "C1 C2", "F-C2 F-C1", "", "F"),
    "bo": Found("MINE=2", "C1 C3", "F-C1 F-C3", "C3#5 C3#4 C3#3", "F"),
    "hedda@F": Found("MINE=1", "C5", "F-C5", "", "F"),
    "finn": Found(firms="F"),
    "gus": Found("MINE=0 ALL=2", "C6 C4", "G-C4 G-C6", "C6#3 C4#6 C6#2 C6#1", "G"),
    "hugo": Found("MINE=0 ALL=0", firms="H"),
    "cora": Found("", "C1", "F-C1", "C1#3 C1#2 C1#1", "F"),
    "emil": Found("", "C1", "F-C1"),
    "dag": Found("", "C2", "F-C2", "C2#1", "F"),
    "mila": Found("", "C2", "F-C2", "C2#1", "F"),
    "hedda@C3": Found("", "C3", "F-C3", "C3#2 C3#1", "F"),
    "elena": Found("", "C4", "G-C4 F-C4", "C4#5 C4#4 C4#3 C4#1", "G"),
    "frida": Found("", "C5", "F-C5", "", "F"),
    "jonas": Found("", "C6", "G-C6", "", "G"),
    "lucia": Found("", "C7", "F-C7", "", "F"),
    "saga": Found("", "C8", "F-C8", "", "F"),
    "pia": Found("", *OF_THE_PLATFORM),
    "rolf": Found(firms="H"),
    "nora": Found(),
    "billing": Found("", OF_THE_PLATFORM[0], "", OF_THE_PLATFORM[2], OF_THE_PLATFORM[3]),
    # Tokens with clients:read (D41): the active clients that their creators reach today, what runs with them, and for whom
    # they work. Tabs are a page for people.
    "firm-sync": Found("", "C1 C2 C5 C3", "F-C5 F-C2 F-C1 F-C3", "", "F"),
    "ben-sync": Found("", "C1 C2", "F-C2 F-C1", "", "F"),
    "shop-sync": Found("", "C1"),
    "anonymous": Found(),
}


@pytest.mark.parametrize("who", CALLERS)
async def test_everybody_finds_what_is_theirs_and_counts_nothing_else(ask: Ask, who: str) -> None:
    data = await ask.data(who, WORLD)

    assert " ".join(f"{each['tab']}={each['totalCount']}" for each in data["clientTabs"]) == FOUND[who].tabs
    for name in LISTS:
        expected = getattr(FOUND[who], name).split()
        assert (name, ask.handles(data[name]["nodes"])) == (name, expected)
        assert (name, data[name]["totalCount"]) == (name, len(expected))
    assert data["clients"]["pageInfo"] == {"hasNextPage": False}
    # A token reads what its scope names, and that is not the directory (D41).
    published = [] if who in TOKENS else ["F profile 1", "G profile 1"]
    assert ask.handles(data["publicDirectory"]["nodes"]) == published
    assert data["publicDirectory"]["totalCount"] == len(published)


@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize(("root", "type_name"), [("client", "Client"), ("invoice", "Invoice"), ("firm", "Firm")])
async def test_what_is_not_in_a_list_is_not_found_by_its_id_either(
    ask: Ask, who: str, root: str, type_name: str
) -> None:
    every = {"client": CLIENTS, "invoice": OF_THE_PLATFORM[2].split(), "firm": ("F", "G", "H")}[root]
    # A firm's tabs ALL and MINE leave out what is pending, which its admin reaches all the same (D42, Table B).
    reached = {*getattr(FOUND[who], f"{root}s").split(), *(("C7", "C8") if (who, root) == ("ada", "client") else ())}
    answer = await ask(
        who, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[ask.id(type_name, handle) for handle in every]
    )

    assert {handle for handle, node in zip(every, answer.data["nodes"], strict=True) if node} == reached
    assert answer.codes == ["NOT_FOUND"] * (len(every) - len(reached))


TABS = ("INVITES", "ONBOARDING", "MINE", "ALL")
IN_TABS = {
    "ada": {"INVITES": "C7", "ONBOARDING": "C8", "MINE": "", "ALL": "C1 C2 C5 C3"},
    "ben": {"ONBOARDING": "", "MINE": "C1 C2"},
    "bo": {"ONBOARDING": "", "MINE": "C1 C3"},
    "hedda@F": {"ONBOARDING": "", "MINE": "C5"},
    "gus": {"INVITES": "", "ONBOARDING": "", "MINE": "", "ALL": "C6 C4"},
    "hugo": {"INVITES": "", "ONBOARDING": "", "MINE": "", "ALL": ""},
}


@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize("tab", TABS)
async def test_a_tab_lists_its_own_and_one_that_the_role_never_has_is_forbidden(ask: Ask, who: str, tab: str) -> None:
    answer = await ask(
        who, "query ($tab: ClientTab) { clients(tab: $tab, first: 50) { totalCount nodes { id } } }", tab=tab
    )
    expected = IN_TABS.get(who, {}).get(tab)

    if expected is None:
        assert answer.codes == ["FORBIDDEN"]
        assert answer.errors[0]["message"] == "Your role does not have this tab."
        assert answer.data == {"clients": None}
    else:
        assert answer.errors == []
        assert ask.handles(answer.data["clients"]["nodes"]) == expected.split()
        assert answer.data["clients"]["totalCount"] == len(expected.split())


VIEWER = "{ viewer { user { email } actingAs { id kind role } memberships { id } menus banners } firm { id } }"


class Me(NamedTuple):
    email: str | None
    acting: str | None
    role: str | None
    memberships: str
    banners: str = ""


ME = {
    "ada": Me("ada@havlygte-revision.example", "F", "ADMIN", "F", "CREATE_OWN_ACCOUNT"),
    "ben": Me("ben@havlygte-revision.example", "F", "BOOKKEEPER", "F"),
    "bo": Me("bo@havlygte-revision.example", "F", "BOOKKEEPER", "F"),
    "hedda@F": Me("hedda@havlygte-revision.example", "F", "BOOKKEEPER", "F C3"),
    "hedda@C3": Me("hedda@havlygte-revision.example", "C3", "OWNER", "F C3"),
    "finn": Me("finn@havlygte-revision.example", "F", "STAFF", "F"),
    "gus": Me("gus@steinfirn-treuhand.example", "G", "ADMIN", "G", "CREATE_OWN_ACCOUNT"),
    "hugo": Me("hugo@norrdunge-ekonomi.example", "H", "ADMIN", "H", "CREATE_OWN_ACCOUNT"),
    "cora": Me("cora@aeroe-tovvaerk.example", "C1", "OWNER", "C1"),
    "emil": Me("emil@aeroe-tovvaerk.example", "C1", "MEMBER", "C1"),
    "dag": Me("dag@bjorkdunge-bageri.example", "C2", "OWNER", "C2"),
    "mila": Me("mila@bjorkdunge-bageri.example", "C2", "ADMIN", "C2"),
    "elena": Me("elena@talleres-riomanso.example", "C4", "OWNER", "C4"),
    "frida": Me("frida@uhren-gaenseblum.example", "C5", "OWNER", "C5"),
    "jonas": Me("jonas@lichtwerk-morgengrau.example", "C6", "OWNER", "C6"),
    "lucia": Me("lucia@azulejos-marduna.example", "C7", "OWNER", "C7"),
    "saga": Me("saga@skogslykta.example", "C8", "OWNER", "C8"),
    "pia": Me("pia@platform.example", "Platform", "ADMIN", "Platform"),
    "rolf": Me("rolf@platform.example", "Platform", "REVIEWER", "Platform"),
    "billing": Me(None, "Platform", "BILLING", ""),
    "firm-sync": Me(None, "F", "ADMIN", ""),
    "ben-sync": Me(None, "F", "BOOKKEEPER", ""),
    "shop-sync": Me(None, "C1", "OWNER", ""),
    "nora": Me("nora@elsewhere.example", None, None, ""),
}
KINDS = {"F": "FIRM", "G": "FIRM", "H": "FIRM", "Platform": "PLATFORM"}


@pytest.mark.parametrize("who", ME)
async def test_the_viewer_is_told_who_they_are_and_for_whom_they_act(ask: Ask, who: str) -> None:
    me = ME[who]
    data = await ask.data(who, VIEWER)

    assert data["viewer"] == {
        "user": me.email and {"email": me.email},
        "actingAs": me.acting
        and {"id": ask.organisation(me.acting), "kind": KINDS.get(me.acting, "CLIENT"), "role": me.role},
        "memberships": [{"id": ask.organisation(handle)} for handle in me.memberships.split()],
        "menus": ["PARTNER_PORTAL"] if KINDS.get(me.acting or "") == "FIRM" and who not in TOKENS else [],
        "banners": me.banners.split(),
    }
    own_firm = {"id": ask.organisation(me.acting)} if me.acting and KINDS.get(me.acting) == "FIRM" else None
    assert data["firm"] == own_firm


async def test_nobody_is_nobody(ask: Ask) -> None:
    assert await ask.data("anonymous", VIEWER) == {"viewer": None, "firm": None}


MINE = "{ viewer { actingAs { id isDefault } memberships { id kind role isDefault } } }"
DEFAULT = """mutation ($id: ID!) {
  setDefaultOrganisation(input: {organisation: $id}) { membership { id name isDefault } }
}"""


async def test_with_two_hats_one_acts_for_the_default(ask: Ask) -> None:
    """D71: the first one, unless a header names another."""
    unnamed, named = [(await ask.data(who, MINE))["viewer"] for who in ("hedda", "hedda@C3")]

    assert unnamed["actingAs"] == {"id": ask.organisation("F"), "isDefault": True}
    assert named["actingAs"] == {"id": ask.organisation("C3"), "isDefault": False}
    assert (
        unnamed["memberships"]
        == named["memberships"]
        == [
            {"id": ask.organisation("F"), "kind": "FIRM", "role": "BOOKKEEPER", "isDefault": True},
            {"id": ask.organisation("C3"), "kind": "CLIENT", "role": "OWNER", "isDefault": False},
        ]
    )


async def test_the_default_is_chosen_and_holds_at_once_with_the_same_token(ask: Ask, world: AsyncConnection) -> None:
    before = (await ask.data("hedda", MINE))["viewer"]["actingAs"]["id"]
    chosen = await ask.data("hedda", DEFAULT, id=ask.organisation("C3"))
    after = [(await ask.data("hedda", MINE))["viewer"] for _ in range(3)]  # the later ones by a compiled statement

    assert before == ask.organisation("F")
    assert chosen["setDefaultOrganisation"]["membership"] == {
        "id": ask.organisation("C3"),
        "name": "Zürcher Käsekeller",
        "isDefault": True,
    }
    assert {each["actingAs"]["id"] for each in after} == {ask.organisation("C3")}
    assert [[place["isDefault"] for place in each["memberships"]] for each in after] == [[False, True]] * 3


async def test_only_an_organisation_of_ones_own_is_a_default(ask: Ask, world: AsyncConnection) -> None:
    refused = [await ask("hedda", DEFAULT, id=ask.organisation(each)) for each in ("G", "C1", "Platform")]
    absent = await ask("hedda", DEFAULT, id=ask.id("Firm", "nowhere"))
    machine = await ask("firm-sync", DEFAULT, id=ask.organisation("F"))

    assert {each.text for each in refused} == {absent.text}
    assert (absent.codes, machine.codes) == (["FORBIDDEN"], ["FORBIDDEN"])
    assert (await ask("anonymous", DEFAULT, id=ask.organisation("F"))).codes == ["UNAUTHENTICATED"]


PAGES = {
    "ada": "CLIENTS REQUESTS INVITATIONS CONVERSATIONS INVOICES STAFF PROFILE PROGRAMME TOKENS AUDIT",
    "ben": "CLIENTS INVOICES STAFF AUDIT",
    "finn": "STAFF",
    "cora": "COMPANY FIRMS CONVERSATIONS INVOICES MEMBERS TOKENS AUDIT",
    "emil": "COMPANY FIRMS MEMBERS",
    "pia": "CLIENTS FIRMS REVIEWS INVOICES TOKENS AUDIT",
    "rolf": "FIRMS REVIEWS",
    "nora": "",
    "billing": "",
    "firm-sync": "",
}


@pytest.mark.parametrize("who", PAGES)
async def test_the_pages_of_the_portal_follow_the_role(ask: Ask, who: str) -> None:
    viewer = (await ask.data(who, "{ viewer { pages membership { __typename id } } }"))["viewer"]

    assert sorted(viewer["pages"]) == sorted(PAGES[who].split())
    kind = {
        "ada": "FirmMember",
        "ben": "FirmMember",
        "finn": "FirmMember",
        "cora": "ClientMember",
        "emil": "ClientMember",
    }
    places = {"ada": "F/ada", "ben": "F/ben", "finn": "F/finn", "cora": "C1/cora", "emil": "C1/emil"}
    own = {"__typename": kind[who], "id": ask.id(kind[who], places[who])} if who in kind else None
    assert viewer["membership"] == own


OF_PAGES = {
    "REQUESTS": "collaborationRequests",
    "INVITATIONS": "clientInvitations",
    "CONVERSATIONS": "conversations",
    "INVOICES": "invoices",
    "TOKENS": "integrationTokens",
    "AUDIT": "auditLog",
    "REVIEWS": "reviewQueue",
    "FIRMS": "firms",
}


@pytest.mark.parametrize("who", PAGES)
async def test_what_is_no_page_of_a_role_has_nothing_to_show(ask: Ask, who: str) -> None:
    """A page is there exactly for the roles that can read its list; a firm that works for a company shows in both."""
    for page, field in OF_PAGES.items():
        answer = await ask(who, f"{{ {field}(first: 1) {{ nodes {{ id }} }} }}")
        if page in PAGES[who].split():
            assert answer.errors == []
        elif page != "FIRMS" and field in answer.data and answer.data[field] and (who, page) != ("billing", "INVOICES"):
            assert answer.data[field]["nodes"] == []


async def test_an_organisation_that_is_not_mine_is_forbidden_whether_it_exists_or_not(ask: Ask) -> None:
    texts = {(await ask(f"hedda@{handle}", VIEWER)).text for handle in ("G", "C1", "Platform", "nowhere", "F-C3")}
    answer = await ask("hedda@nowhere", VIEWER)

    assert len(texts) == 1
    assert (answer.status, answer.codes, answer.data) == (403, ["FORBIDDEN"], None)


@pytest.mark.parametrize(("who", "organisation"), [
    ("nora", "F"),
    ("anonymous", "F"),
    ("billing", "F"),
    ("firm-sync", "G"),
    ("firm-sync", "C1"),
    ("ben-sync", "Platform"),
    ("shop-sync", "F"),
    ("shop-sync", "C2"),
])  # fmt: skip
async def test_whoever_does_not_belong_there_does_not_act_for_it(ask: Ask, who: str, organisation: str) -> None:
    headers = {**ask.headers(who), "X-Acting-As": ask.organisation(organisation)}
    answer = await ask.sent({"query": VIEWER}, headers)

    assert (answer.status, answer.codes, answer.data) == (403, ["FORBIDDEN"], None)


SIDES = {
    "ada": {"C1": "F", "C2": "F", "C3": "F", "C4": None, "C5": "F", "C7": "F", "C8": "F"},
    "ben": {"C1": "F", "C2": "F", "C3": None},
    "gus": {"C4": "G", "C6": "G", "C1": None},
    "firm-sync": {"C1": "F", "C2": "F", "C3": "F", "C4": None, "C5": "F", "C6": None},
    "ben-sync": {"C1": "F", "C2": "F", "C3": None},
}


@pytest.mark.parametrize("who", SIDES)
async def test_a_firm_finds_its_own_collaboration_with_a_client_and_no_other(ask: Ask, who: str) -> None:
    for client, firm in SIDES[who].items():
        answer = await ask(
            who,
            "query ($id: ID!) { client(id: $id) { collaboration { id } collaborations(first: 50) { nodes { id } } } }",
            id=ask.id("Client", client),
        )
        if firm is None:
            assert (answer.data, answer.codes) == ({"client": None}, ["NOT_FOUND"])
        else:
            only = {"id": ask.id("Collaboration", f"{firm}-{client}")}
            assert answer.data == {"client": {"collaboration": only, "collaborations": {"nodes": [only]}}}
            assert answer.errors == []


STAFF = {
    "ada": "ada ben bo finn hedda",
    "ben": "ben bo",  # they share C1
    "bo": "ben bo",
    "hedda@F": "hedda",
    "finn": "finn",
    "cora": "ben bo",  # assigned to C1
    "dag": "ben",
    "hedda@C3": "bo",
    "frida": "hedda",
    "lucia": "",
    "pia": "ada ben bo finn hedda",
}
NAMES = {
    "Ada Nørgård": "ada",
    "Ben Kjærgaard": "ben",
    "Bo Lindqvist": "bo",
    "Finn Østergaard": "finn",
    "Hedda Zürcher": "hedda",
}


@pytest.mark.parametrize("who", STAFF)
async def test_people_of_a_firm_are_known_to_whom_they_concern(ask: Ask, who: str) -> None:
    data = await ask.data(
        who, "query ($id: ID!) { firm(id: $id) { staff(first: 50) { nodes { name } } } }", id=ask.id("Firm", "F")
    )

    assert sorted(NAMES[person["name"]] for person in data["firm"]["staff"]["nodes"]) == STAFF[who].split()


CLIENT_COUNTS = {"ada": 4, "ben": 2, "bo": 2, "hedda@F": 1, "pia": 4}


@pytest.mark.parametrize("who", CLIENT_COUNTS)
async def test_a_firms_clients_are_counted_as_far_as_one_may_know_them(ask: Ask, who: str) -> None:
    data = await ask.data(who, "query ($id: ID!) { firm(id: $id) { clientCount } }", id=ask.id("Firm", "F"))

    assert data["firm"]["clientCount"] == CLIENT_COUNTS[who]


@pytest.mark.parametrize("who", ["finn", "cora", "hedda@C3", "billing", "firm-sync", "ben-sync"])
async def test_nobody_else_learns_how_many_clients_a_firm_has(ask: Ask, who: str) -> None:
    answer = await ask(who, "query ($id: ID!) { firm(id: $id) { clientCount } }", id=ask.id("Firm", "F"))

    assert answer.data == {"firm": {"clientCount": None}}
    assert answer.denials == [("Firm", "clientCount", "ROLE", 1, ["firm", "clientCount"])]


@pytest.mark.parametrize(("place", "who"), [(0, "ada"), (1, "ben")])
async def test_the_readme_shows_what_its_query_is_answered(ask: Ask, place: int, who: str) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    (query,) = re.findall(r"```graphql\n(.*?)\n```", readme, re.DOTALL)
    answers = re.findall(r"```json\n(.*?)\n```", readme, re.DOTALL)

    answer = await ask(who, query)

    assert answer.text == answers[place]
