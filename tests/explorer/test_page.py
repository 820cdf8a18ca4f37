"""The page at / over HTTP: only where it is switched on, under a strict policy, and nothing but its own files."""

import re

import httpx
import pytest
from starlette.applications import Starlette

from gateway.app import build_app
from gateway.db.seeds.people import DEMO_PASSWORD, PEOPLE
from gateway.demo import world
from gateway.http.routes.explorer import NO_MATRIX, NOT_BUILT, explorer_routes
from gateway.settings import Settings

GUEST = {"name": "Ada", "email": "ada@firm.example", "password": "secret", "what": "Administers the firm."}
IDS = {"Client:C2": "an-id"}
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; font-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def asking(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.example")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "explorer").mkdir()
    (tmp_path / "index.html").write_text('<meta property="csp-nonce" nonce="NONCE"><script nonce="NONCE"></script>')
    (tmp_path / "explorer" / "index-1a2b.js").write_text("export {}")
    (tmp_path / "explorer" / "index-3c4d.css").write_text("p {}")
    (tmp_path / "licenses.md").write_text("licenses")
    return tmp_path


@pytest.fixture
async def http(folder):
    app = Starlette(
        routes=explorer_routes("signed-in", [GUEST], ids=IDS, mails="/mails", version=lambda: "v1", folder=folder)
    )
    async with asking(app) as client:
        yield client


async def test_every_page_has_a_policy_with_a_nonce_of_its_own(http):
    nonces = set()
    for _ in range(2):
        page = await http.get("/")
        (nonce,) = set(re.findall(r'nonce="([^"]+)"', page.text))
        nonces.add(nonce)

        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["content-security-policy"] == POLICY.format(nonce=nonce)
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert len(nonce) >= 22
    assert len(nonces) == 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [("index-1a2b.js", "text/javascript; charset=utf-8"), ("index-3c4d.css", "text/css; charset=utf-8")],
)
async def test_files_carry_their_hash_and_may_be_kept_for_ever(http, name, kind):
    file = await http.get(f"/explorer/{name}")

    assert file.status_code == 200
    assert file.headers["content-type"] == kind
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")


@pytest.mark.parametrize(
    "path",
    [
        "/explorer/",
        "/explorer/nothing.js",
        "/explorer/index.html",
        "/explorer/licenses.md",
        "/explorer/..%2flicenses.md",
        "/explorer/../licenses.md",
        "/explorer/%2e%2e%2flicenses.md",
        "/explorer/..%5clicenses.md",
        "/explorer/explorer%2findex-1a2b.js",
        "/explorer/index-1a2b.js%00",
        "/explorer//etc/passwd",
        "/licenses.md",
        "/index.html",
    ],
)
async def test_nothing_but_the_files_of_the_page_is_there(http, path):
    assert (await http.get(httpx.URL("http://gateway.example", raw_path=path.encode()))).status_code == 404


@pytest.mark.parametrize("path", ["/", "/explorer.json", "/explorer/index-1a2b.js"])
async def test_the_page_is_asked_for_by_get_and_head_and_by_nothing_else(http, path):
    told = await http.head(path)
    refused = await http.post(path)

    assert told.status_code == 200
    assert refused.status_code == 405
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_the_page_is_told_of_introspection_and_whom_it_may_offer(http):
    told = await http.get("/explorer.json")

    assert told.json() == {
        "introspection": "signed-in",
        "guests": [GUEST],
        "ids": {"Client:C2": "an-id"},
        "mails": "/mails",
    }
    assert told.headers["cache-control"] == "no-store"
    assert told.headers["x-content-type-options"] == "nosniff"


async def test_without_a_build_the_page_says_how_to_get_it(tmp_path):
    async with asking(Starlette(routes=explorer_routes("signed-in", version=lambda: "v1", folder=tmp_path))) as http:
        page = await http.get("/")

    assert page.status_code == 503
    assert page.text == f"<!doctype html><title>Partner gateway</title><p>{NOT_BUILT}</p>"
    nonce = re.search(r"'nonce-(.+?)'", page.headers["content-security-policy"])[1]
    assert page.headers["content-security-policy"] == POLICY.format(nonce=nonce)


MATRIX = '<meta name="policy" content="{version}"><style nonce="NONCE"></style><script nonce="NONCE"></script>'


async def test_the_decisions_of_the_policy_in_force_are_shown_under_a_nonce(folder):
    (folder / "matrix.html").write_text(MATRIX.format(version="v1"))
    async with asking(Starlette(routes=explorer_routes("on", version=lambda: "v1", folder=folder))) as http:
        page = await http.get("/matrix")

    (nonce,) = set(re.findall(r'nonce="([^"]+)"', page.text))
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("written", [None, MATRIX.format(version="another")])
async def test_without_a_page_of_this_policy_there_is_none(folder, written):
    if written is not None:
        (folder / "matrix.html").write_text(written)
    async with asking(Starlette(routes=explorer_routes("on", version=lambda: "v1", folder=folder))) as http:
        page = await http.get("/matrix")

    assert page.status_code == 404
    assert NO_MATRIX.format(file=f"gateway/{folder.name}/matrix.html") in page.text


async def test_only_a_gateway_that_is_told_to_serves_it(settings, policy, engine):
    for given, status in ((settings, 404), (settings.model_copy(update={"explorer": True}), 200)):
        async with asking(build_app(given, policy=policy, engine=engine)) as http:
            assert (await http.get("/explorer.json")).status_code == status


async def test_outside_the_demo_nobody_is_offered(settings, policy, engine):
    app = build_app(settings.model_copy(update={"explorer": True}), policy=policy, engine=engine)
    async with asking(app) as http:
        assert (await http.get("/explorer.json")).json() == {
            "introspection": "on",
            "guests": [],
            "ids": {},
            "mails": None,
        }


@pytest.mark.parametrize(("set_to", "served"), [(None, True), (True, True), (False, False)])
def test_the_demo_has_it_unless_it_is_switched_off(set_to, served):
    given = Settings() if set_to is None else Settings(explorer=set_to)

    assert given.explorer is bool(set_to)
    assert world.with_explorer(given).explorer is served


def test_the_demos_people_are_told_by_the_names_of_their_organisations():
    guests = world.guests()

    assert [guest["email"] for guest in guests] == [person.email for person in PEOPLE]
    assert {guest["password"] for guest in guests} == {DEMO_PASSWORD}
    assert guests[1]["what"] == "Keeps books at Havlygte Revision, for Ærø Tovværk and Björkdunge Bageri only."
    assert [guest["what"] for guest in guests if re.search(r"\b([FGH]|C\d)\b", guest["what"])] == []
