"""Trusted documents: published, sent by id, and required of some kinds of viewers."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.db.engine import make_engine
from gateway.db.queries import trusted_documents
from gateway.documents.manifests import Shipped, read_manifest
from gateway.documents.publication import Publisher, store
from gateway.http.trusted_documents import modes_of
from gateway.policy import Policy
from gateway.schema.build import build_schema
from gateway.schema.core.list_bounds import list_sizes
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.conftest import Answer, Ask, asker

PAGE: Final = (
    "query Page($n: Int = 10) { clients(first: $n) { totalCount nodes { name wallet { balance { amount } } } } }"
)
NAMES: Final = "query Names { viewer { pages } }"
HASH: Final = hashlib.sha256(PAGE.encode()).hexdigest()
MD5: Final = hashlib.md5(NAMES.encode(), usedforsecurity=False).hexdigest()
OTHER: Final = "{ viewer { menus } }"


@pytest.fixture(scope="module")
async def engine_of_documents(copy: Copy) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(await copy(), statement_seconds=120)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
def publisher(settings: Settings, policy: Policy) -> Publisher:
    schema = build_schema(policy)
    return Publisher(schema, policy, settings, dict(list_sizes(schema)))


@pytest.fixture
async def documents(engine_of_documents: AsyncEngine, publisher: Publisher) -> AsyncIterator[AsyncEngine]:
    checked = [publisher.checked(Shipped(HASH, PAGE)), publisher.checked(Shipped(MD5, NAMES))]
    async with engine_of_documents.begin() as connection:
        await store(connection, checked, "portal", datetime.now(UTC))
    yield engine_of_documents
    async with engine_of_documents.begin() as connection:
        await connection.execute(text("DELETE FROM trusted_document"))


def limited(settings: Settings, *modes: str, seconds: float = 3600) -> Settings:
    return settings.model_copy(update={"trusted_documents": modes, "trusted_documents_seconds": seconds})


async def sent(ask: Ask, who: str, **body: Any) -> Answer:
    return await ask.sent(body, ask.headers(who))


# ---- manifests


def written(folder: Path, value: Any) -> Path:
    file = folder / "manifest.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return file


def test_the_manifests_of_three_tools_are_read(tmp_path: Path) -> None:
    apollo = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": HASH, "body": PAGE, "name": "Page", "type": "query"}],
    }

    assert read_manifest(written(tmp_path, apollo)) == [Shipped(HASH, PAGE)]
    assert read_manifest(written(tmp_path, {MD5: NAMES})) == [Shipped(MD5, NAMES)]  # Relay
    assert read_manifest(written(tmp_path, {f"sha256:{HASH}": PAGE})) == [Shipped(HASH, PAGE)]  # codegen


@pytest.mark.parametrize("wrong", ["{", "[]", "{}", '{"a": 1}', {"": PAGE}, {"x" * 129: PAGE}, {"ä": PAGE},
                                   {"format": "apollo-persisted-query-manifest", "operations": [{"id": "a"}]}], ids=str)  # fmt: skip
def test_what_is_no_manifest_is_refused(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"manifest\.json"):
        read_manifest(written(tmp_path, wrong))


# ---- publishing


def test_a_published_document_is_costed_and_compiled_for_every_role(publisher: Publisher) -> None:
    page, names = publisher.checked(Shipped("a", PAGE)), publisher.checked(Shipped("b", NAMES))
    mutation = publisher.checked(
        Shipped("c", "mutation M($i: ID!) { removeAccess(input: {id: $i}) { collaboration { id } } }")
    )

    assert page.cost > names.cost > 0
    assert page.compiled > 10
    assert not page.walked
    assert mutation.compiled == 0
    assert set(mutation.walked) == {"mutation"}


@pytest.mark.parametrize(("document", "fault"), [
    ("{ nothing }", "Cannot query field"),
    ("{", "Syntax Error"),
    ("fragment F on Client { id }", "never used"),
    ("{ clients(first: 500) { nodes { collaborations(first: 500) { nodes { id } } } } }", "at most"),
])  # fmt: skip
def test_a_document_that_cannot_be_executed_is_not_published(publisher: Publisher, document: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        publisher.checked(Shipped("a", document))


async def test_an_id_keeps_its_text(documents: AsyncEngine, publisher: Publisher) -> None:
    other = [publisher.checked(Shipped(HASH, NAMES))]
    async with documents.begin() as connection:
        with pytest.raises(ValueError, match="another text"):
            await store(connection, other, "portal", datetime.now(UTC))


# ---- by id


async def test_a_document_is_executed_by_its_id(settings: Settings, policy: Policy, documents: AsyncEngine) -> None:
    async with asker(limited(settings), policy, documents) as ask:
        wanted = await ask("ada", PAGE, n=2)
        persisted = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
        answers = [
            await sent(ask, "ada", documentId=HASH, variables={"n": 2}),
            await sent(ask, "ada", documentId=f"sha256:{HASH}", variables={"n": 2}),
            await sent(ask, "ada", doc_id=HASH, variables={"n": 2}),
            await sent(ask, "ada", extensions=persisted, variables={"n": 2}),
            await sent(ask, "ada", query=PAGE, extensions=persisted, variables={"n": 2}),
        ]
        got = await ask.http.get(
            "/graphql", params={"documentId": HASH, "variables": '{"n": 2}'}, headers=ask.headers("ada")
        )
        pages = await sent(ask, "ada", documentId=MD5)

    assert {answer.text for answer in answers} == {wanted.text}
    assert got.text == wanted.text
    assert pages.data["viewer"]["pages"]


async def test_an_id_that_is_not_published_is_refused(
    settings: Settings, policy: Policy, documents: AsyncEngine
) -> None:
    async with asker(limited(settings), policy, documents) as ask:
        unknown = await sent(ask, "ada", documentId="0" * 64)
        hashed = await sent(ask, "ada", extensions={"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}})
        both = await sent(ask, "ada", documentId=HASH, query=NAMES)
        two = await sent(ask, "ada", documentId=HASH, doc_id=MD5)
        wrong = [await sent(ask, "ada", documentId=id) for id in ("", "x" * 129, 7, ["a"])]

    assert unknown.errors == hashed.errors
    assert (unknown.codes, unknown.errors[0]["message"]) == (["PERSISTED_QUERY_NOT_FOUND"], "PersistedQueryNotFound")
    assert [each.codes for each in (both, two, *wrong)] == [["BAD_USER_INPUT"]] * 6


async def test_where_nothing_is_published_clients_send_whole_documents(
    settings: Settings, policy: Policy, engine_of_documents: AsyncEngine
) -> None:
    async with asker(limited(settings), policy, engine_of_documents) as ask:
        answer = await sent(ask, "ada", extensions={"persistedQuery": {"version": 1, "sha256Hash": HASH}})

    assert answer.codes == ["PERSISTED_QUERY_NOT_SUPPORTED"]


# ---- modes


@pytest.mark.parametrize("twice", ["walked", "compiled"])
async def test_a_kind_of_viewer_can_be_limited_to_published_documents(
    settings: Settings, policy: Policy, documents: AsyncEngine, twice: str
) -> None:
    async with asker(limited(settings, "FirmViewer=require", "ClientViewer=log"), policy, documents) as ask:
        ask.paths.off = twice == "walked"
        for _ in range(2):
            firm, client = await ask("ada", OTHER), await ask("cora", OTHER)
            token, page = await ask("firm-sync", OTHER), await ask("ada", PAGE)
        ask.paths.off = False
        lines = [call.kwargs for call in ask.log.calls if call.kwargs.get("event") == "document not trusted"]
        change = await ask("ada", "mutation { setLocale(input: {locale: SV}) { user { locale } } }")

    assert (firm.codes, firm.data) == (["DOCUMENT_NOT_TRUSTED"], None)
    assert (client.errors, token.errors) == ([], [])
    assert page.data["clients"]["totalCount"] == 4  # by its text
    assert {(line["viewer"], line["mode"]) for line in lines} == {("FirmViewer", "require"), ("ClientViewer", "log")}
    assert change.codes == ["DOCUMENT_NOT_TRUSTED"]


async def test_all_others_can_be_limited_and_nobody_gets_around_it(
    settings: Settings, policy: Policy, documents: AsyncEngine
) -> None:
    async with asker(limited(settings, "*=require", "PlatformViewer=off"), policy, documents) as ask:
        anonymous = await ask("anonymous", "{ publicDirectory(first: 1) { totalCount } }")
        introspection = await ask("ada", "{ __schema { types { name } } }")
        sign_in = 'mutation { signIn(input: {email: "ada@advisers.example", password: "x"}) { accessToken } }'
        around = [
            await ask("ada", f"{PAGE} "),  # another text
            await ask("ada", PAGE.replace("wallet", "w: wallet")),
            await sent(ask, "ada", query=OTHER, extensions={"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}),
            await ask("anonymous", sign_in),
        ]
        platform = await ask("pia", OTHER)

    assert [each.codes for each in (anonymous, introspection, *around)] == [["DOCUMENT_NOT_TRUSTED"]] * 6
    assert platform.errors == []


async def test_a_retired_document_stops_and_a_new_one_begins(
    settings: Settings, policy: Policy, documents: AsyncEngine, publisher: Publisher
) -> None:
    async with asker(limited(settings, "*=require", seconds=3600), policy, documents) as ask:
        before = await sent(ask, "ada", documentId=MD5)
        async with documents.begin() as connection:
            await connection.execute(trusted_documents.retired([MD5], datetime.now(UTC)))
            await store(connection, [publisher.checked(Shipped("new", OTHER))], "portal", datetime.now(UTC))
        await ask.gateway.documents._read(after=0.0)
        after = await sent(ask, "ada", documentId=MD5)
        new = await sent(ask, "ada", documentId="new")

    assert before.errors == []
    assert after.codes == ["PERSISTED_QUERY_NOT_FOUND"]
    assert new.errors == []


async def test_the_documents_that_are_known_stay_in_force_while_the_database_is_away(
    settings: Settings, policy: Policy, documents: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asker(limited(settings, "*=require", seconds=0.1), policy, documents) as ask:
        known = ask.gateway.documents
        await sent(ask, "ada", documentId=MD5)

        def away() -> Any:
            raise ConnectionRefusedError

        monkeypatch.setattr(known, "_engine", type("Away", (), {"connect": staticmethod(away)})())
        await known._read(after=0.0)
        told = [call for call in ask.log.calls if call.kwargs.get("event") == "trusted documents not read"]
        ask.log.calls.clear()
        answer = await sent(ask, "ada", documentId=MD5)

    assert answer.data["viewer"]["pages"]
    assert told


@pytest.mark.parametrize("word", ["FirmViewer", "FirmViewer=maybe", "Firmviewer=log", "=log", "**=log"])
def test_a_mode_for_no_kind_of_viewer_stops_the_start(settings: Settings, word: str) -> None:
    with pytest.raises(ValueError, match="GATEWAY_TRUSTED_DOCUMENTS"):
        modes_of(limited(settings, word))
