"""Whatever is sent, asked of, or taken away: an answer with a code, and nothing broken afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.app import build_app, load_policy, policy_folder
from gateway.db import embedded, migrate
from gateway.db.engine import make_engine
from gateway.db.seeds.demo import seed_demo
from gateway.policy import Policy, PolicyError
from gateway.settings import Settings
from tests.graph.conftest import Ask, asker

# ---- values


SEARCH: Final = (
    "query ($s: String) { clients(first: 9, search: $s) { totalCount } firms(first: 9, search: $s) { totalCount } }"
)
TAB: Final = "query ($t: ClientTab) { clients(first: 1, tab: $t) { totalCount } }"
ORDER: Final = "query ($o: ClientOrder) { clients(first: 1, orderBy: $o) { totalCount } }"
STATES: Final = "query ($s: [InvoiceState!]) { invoices(first: 1, states: $s) { totalCount } }"
FIRST: Final = "query ($n: Int) { clients(first: $n) { totalCount } }"
NODE: Final = "query ($id: ID!) { node(id: $id) { id } }"
AFTER: Final = "query ($c: String) { clients(first: 1, after: $c) { totalCount } }"
FIELD: Final = 'query ($f: FieldName!) { whyHidden(id: "x", fields: [$f]) { visible } }'
VALUES: Final[dict[str, tuple[str, dict[str, Any], str]]] = {
    "an unknown enum value": (TAB, {"t": "all"}, "BAD_USER_INPUT"),
    "an enum value that is a number": (TAB, {"t": 4}, "BAD_USER_INPUT"),
    "an unknown enum literal": ("{ clients(first: 1, tab: EVERYTHING) { totalCount } }", {}, "BAD_USER_INPUT"),
    "an unknown order": (ORDER, {"o": {"field": "WALLET"}}, "BAD_USER_INPUT"),
    "an order with more": (ORDER, {"o": {"field": "NAME", "x": 1}}, "BAD_USER_INPUT"),
    "null in a list of states": (STATES, {"s": [None]}, "BAD_USER_INPUT"),
    "a huge number": (FIRST, {"n": 10**30}, "BAD_USER_INPUT"),
    "a number past 32 bits": (FIRST, {"n": 2**31}, "BAD_USER_INPUT"),
    "a huge literal": ("{ clients(first: 99999999999999999999) { totalCount } }", {}, "BAD_USER_INPUT"),
    "a float": (FIRST, {"n": 1.5}, "BAD_USER_INPUT"),
    "a number as a text": (FIRST, {"n": "1"}, "BAD_USER_INPUT"),
    "true as a number": (FIRST, {"n": True}, "BAD_USER_INPUT"),
    "a search of 101 letters": (SEARCH, {"s": "é" * 101}, "BAD_USER_INPUT"),
    "a search that is a number": (SEARCH, {"s": 7}, "BAD_USER_INPUT"),
    "a NUL in a search": (SEARCH, {"s": "a\0b"}, "BAD_USER_INPUT"),
    "a NUL in a literal": ('{ clients(first: 1, search: "a\\u0000b") { totalCount } }', {}, "BAD_USER_INPUT"),
    "a NUL in an id": (NODE, {"id": "\0"}, "BAD_USER_INPUT"),
    "an id that is an object": (NODE, {"id": {"a": 1}}, "BAD_USER_INPUT"),
    "an id that is null": (NODE, {"id": None}, "BAD_USER_INPUT"),
    "an id that is missing": (NODE, {}, "BAD_USER_INPUT"),
    "an id of 100,000 letters": (NODE, {"id": "A" * 100_000}, "BAD_USER_INPUT"),
    "an id in other letters": (NODE, {"id": "Ａ" * 44}, "BAD_USER_INPUT"),
    "a uuid for an id": (NODE, {"id": "019c0000-0000-7000-8000-000000000000"}, "BAD_USER_INPUT"),
    "a cursor of 100,000 letters": (AFTER, {"c": "A" * 100_000}, "BAD_USER_INPUT"),
    "an empty cursor": (AFTER, {"c": ""}, "BAD_USER_INPUT"),
    "a field to explain of 100,000 letters": (FIELD, {"f": "x" * 100_000}, "BAD_USER_INPUT"),
    "a field that there is not": ("{ invoices(first: 1) { nodes { secret } } }", {}, "GRAPHQL_VALIDATION_FAILED"),
    "not GraphQL at all": ("SELECT * FROM client", {}, "GRAPHQL_PARSE_FAILED"),
    "a mutation that there is not": ("mutation { dropEverything { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
}


@pytest.mark.parametrize("case", VALUES)
async def test_a_wrong_value_is_answered_with_its_code_and_no_data(ask: Ask, case: str) -> None:
    document, variables, code = VALUES[case]
    answer = await ask("ada", document, **variables)

    assert answer.codes
    assert set(answer.codes) == {code}
    assert answer.data is None or set(answer.data.values()) == {None}
    assert len(answer.text) < 2_000  # nothing that was sent is sent back
    for word in ("asyncpg", "sqlalchemy", "Traceback", "SELECT "):
        assert word not in answer.text


@pytest.mark.parametrize(("search", "found"), [
    ("ærø", "C1"),
    ("AERO", "C1"),
    ("ÆRØ TOVVÆRK", "C1"),
    ("bjorkdunge", "C2"),
    ("BJÖRK", "C2"),
    ("gänseblum", "C5"),
    ("ganse", "C5"),
    ("zurcher kasekeller", "C3"),
    ("zuercher", "C3"),
    ("gaense", "C5"),
    ("BJOERK", "C2"),
    ("aeroe", "C1"),
    ("er", "C1 C2 C5 C3"),
    ("riomanso", ""),  # no client any more
    ("morgengrau", ""),  # another firm's
    ("%", ""),
    ("_", ""),
    ("\\", ""),
    ("%%%", ""),
    ("tov%rk", ""),
    ("tov_aerk", ""),
    ("'", ""),
    ('"', ""),
    ("x' OR '1'='1", ""),
    ("\u202e", None),
    ("\U0001f600", ""),
    ("é" * 100, ""),
    (" ", None),
])  # fmt: skip
async def test_search_goes_by_name_without_case_and_accents_within_what_is_visible(
    ask: Ask, search: str, found: str | None
) -> None:
    data = await ask.data(
        "ada", "query ($s: String) { clients(first: 9, search: $s) { totalCount nodes { id } } }", s=search
    )
    handles = ask.handles(data["clients"]["nodes"])

    assert data["clients"]["totalCount"] == len(handles)
    if found is not None:
        assert handles == found.split()


async def test_half_a_surrogate_pair_is_refused(ask: Ask) -> None:
    body = b'{"query": "query ($s: String) { clients(first: 1, search: $s) { totalCount } }", "variables": {"s": "\\ud800"}}'
    headers = {**ask.headers("ada"), "Content-Type": "application/json"}
    response = await ask.http.post("/graphql", content=body, headers=headers)

    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("bearer", [
    "Bearer x",
    "Bearer gwt_wrong",
    "Basic YWRhOmE=",
    "Bearer",
    "Bearer eyJhbGciOiJub25lIn0.e30.",
    "Bearer " + "A" * 20_000,
])  # fmt: skip
async def test_bad_credentials_never_make_anybody_anonymous(ask: Ask, bearer: str) -> None:
    answer = await ask.sent({"query": "{ publicDirectory(first: 1) { totalCount } }"}, {"Authorization": bearer})

    assert (answer.status, answer.codes, answer.data) == (401, ["UNAUTHENTICATED"], None)
    assert answer.response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("acting", ["", "x", "F", "\u00e9", "A" * 5_000])
async def test_a_malformed_organisation_is_refused(ask: Ask, acting: str) -> None:
    headers = {
        **{name.encode(): value.encode() for name, value in ask.headers("ada").items()},
        b"X-Acting-As": acting.encode(),
    }
    response = await ask.http.post("/graphql", json={"query": "{ viewer { menus } }"}, headers=headers)

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(("path", "status"), [("/", 404), ("/graphql/", 404), ("/graphiql", 404), ("/healthz", 200)])
async def test_there_is_nothing_beside_the_graph(ask: Ask, path: str, status: int) -> None:
    response = await ask.http.get(path, follow_redirects=True)

    assert response.status_code == status or (path == "/graphql/" and "errors" in response.json())


# ---- a database that goes away


@pytest.fixture
def folder() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="gw-"))
    yield parent / "db"
    embedded.erase(parent / "db")
    shutil.rmtree(parent)


async def test_without_its_database_the_service_says_when_to_come_back_and_resumes_by_itself(
    settings: Settings, policy: Policy, folder: Path
) -> None:
    question = "{ viewer { user { name } } clients(first: 1) { totalCount } }"
    running = embedded.start(folder, durable=False)
    engine = make_engine(running.url, pool_timeout=1)
    try:
        await migrate.upgrade(running.url)
        async with engine.begin() as connection:
            await seed_demo(connection)
        async with asker(settings, policy, engine) as ask:
            before = await ask("ada", question)
            running.stop()
            away = [await ask("ada", question) for _ in range(3)]
            public = await ask("anonymous", "{ publicDirectory(first: 1) { totalCount } }")
            running = embedded.start(folder, durable=False)
            after = [await ask("ada", question) for _ in range(3)]
    finally:
        await engine.dispose()
        running.stop()

    assert before.errors == []
    for answer in (*away, public):
        assert (answer.status, answer.codes, answer.data) == (503, ["SERVICE_UNAVAILABLE"], None)
        assert int(answer.response.headers["retry-after"]) > 0
        assert str(folder) not in answer.text
    assert {answer.text for answer in after} == {before.text}


# ---- a policy that cannot be read


CONTACT: Final = 'see(f: ClientFacts, "contactEmail") if read(f) and f.side = "firm" and f.role = "admin";'
PLATFORM: Final = "read(f: ClientFacts) if platform(f);"
BROKEN: Final = {
    "a token that is missing": (PLATFORM, "read(f: ClientFacts) if platform(f;", r"^clients\.polar:\d+: .*"),
    "a text that is no rule": (PLATFORM, "?????", r"^clients\.polar:\d+: "),
    "a fact that there is not": (
        PLATFORM,
        'read(f: ClientFacts) if f.standng = "x";',
        r"^clients\.polar:\d+: read: .*`standng`",
    ),
    "a value that it never has": (
        PLATFORM,
        'read(f: ClientFacts) if f.level = "ful";',
        r"^clients\.polar:\d+: read: .*'ful'",
    ),
    "a cut": (PLATFORM, "read(f: ClientFacts) if platform(f) and cut;", r"^clients\.polar:\d+: read: `cut`"),
    "a field that there is not": (CONTACT, CONTACT.replace("contact", "kontakt"), r"Client\.kontaktEmail"),
}


@pytest.fixture
def policies(settings: Settings, tmp_path: Path) -> Path:
    return Path(shutil.copytree(policy_folder(settings), tmp_path / "policies"))


def edit(policies: Path, old: str, new: str) -> None:
    file = policies / "clients.polar"
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_policy_stops_the_start_and_says_where(
    settings: Settings, engine: AsyncEngine, policies: Path, case: str
) -> None:
    old, new, said = BROKEN[case]
    edit(policies, old, new)

    with pytest.raises(PolicyError, match=said):
        build_app(settings.model_copy(update={"policies": policies}), engine=engine)


def test_without_a_policy_there_is_no_start(settings: Settings, engine: AsyncEngine, tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"there is no vocabulary\.polar"):
        build_app(settings.model_copy(update={"policies": tmp_path}), engine=engine)


async def test_a_policy_is_reloaded_as_a_whole_or_not_at_all(
    settings: Settings, engine: AsyncEngine, policies: Path
) -> None:
    question = "query ($id: ID!) { client(id: $id) { contactEmail } }"
    own = settings.model_copy(update={"policies": policies})
    async with asker(own, load_policy(policies), engine) as ask:
        gateway, c1 = ask.gateway, ask.id("Client", "C1")
        first = gateway.policy
        before = await ask("ada", question, id=c1)

        edit(policies, PLATFORM, BROKEN["a fact that there is not"][1])
        with pytest.raises(PolicyError, match=r"^clients\.polar:\d+: read: "):
            gateway.reload_policy()
        kept = gateway.policy
        meanwhile = await ask("ada", question, id=c1)

        edit(policies, BROKEN["a fact that there is not"][1], PLATFORM)
        edit(policies, CONTACT, CONTACT.replace('"admin"', '"bookkeeper"'))
        gateway.reload_policy()
        after = await ask("ada", question, id=c1)
        assigned = await ask("ben", question, id=c1)

    assert kept is first
    assert gateway.policy.version != first.version
    assert before.data == {"client": {"contactEmail": "cora@aeroe-tovvaerk.example"}}
    assert meanwhile.text == before.text
    assert after.data == {"client": {"contactEmail": None}}
    assert after.denials == [("Client", "contactEmail", "ROLE", 1, ["client", "contactEmail"])]
    assert assigned.data == before.data


@pytest.mark.parametrize("name", ["Authorization", "X-Acting-As"])
async def test_a_header_of_which_there_are_two_says_nothing(ask: Ask, name: str) -> None:
    twice = [*ask.headers("ada").items(), (name, "one"), (name, "another")]

    answer = await ask.http.post("/graphql", json={"query": "{ viewer { user { name } } }"}, headers=twice)

    assert answer.status_code == 400
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["BAD_USER_INPUT"]
    assert "data" not in answer.json()


async def test_no_answer_leads_where_the_host_header_says(ask: Ask) -> None:
    answer = await ask.http.post(
        "/graphql/", json={"query": "{ viewer { user { name } } }"}, headers={"Host": "evil.example"}
    )

    assert answer.status_code == 404
    assert "location" not in answer.headers


async def test_a_leaf_that_is_missing_is_not_suggested(ask: Ask) -> None:
    answer = await ask("ada", "{ viewer }")

    assert "Did you mean" not in answer.text
