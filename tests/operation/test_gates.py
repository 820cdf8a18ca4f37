"""The name a request came by, the page that sent it, and the proxies that are believed."""

import pytest

from gateway.app import build_app
from gateway.db.engine import make_engine
from gateway.http.middleware import request_middleware
from gateway.server.run import server
from gateway.settings import Settings
from tests.operation.conftest import SETTINGS

NAME = "{ __typename }"
PORTAL = "https://portal.example"
PREFLIGHT = {
    "Origin": PORTAL,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, content-type, x-acting-as, x-request-id",
}


async def preflight(running, **changed):
    return await running.http.options("/graphql", headers={**PREFLIGHT, **changed})


async def test_without_settings_there_is_nothing_in_the_way():
    assert request_middleware((), ()) == []


async def test_without_origins_no_page_of_another_origin_may_ask(run):
    async with run() as running:
        before = await preflight(running)
        answer = await running.ask(None, NAME, {"Origin": PORTAL})

    assert before.status_code == 405
    assert not [name for name in (*before.headers, *answer.headers) if name.startswith("access-control")]


async def test_a_page_of_a_named_origin_may_ask_and_read_what_it_needs(run):
    async with run(cors_origins=(PORTAL,)) as running:
        before = await preflight(running)
        answer = await running.ask(None, NAME, {"Origin": PORTAL})
        refused = await running.ask(None, NAME, {"Origin": PORTAL, "Authorization": "Bearer bad"})

    assert before.status_code == 200
    assert before.headers["access-control-allow-origin"] == PORTAL
    assert before.headers["access-control-allow-methods"] == "GET, POST"
    assert before.headers["access-control-max-age"] == "7200"
    assert answer.headers["access-control-allow-origin"] == PORTAL
    assert answer.headers["access-control-expose-headers"] == "X-Request-Id, Retry-After, Idempotency-Replayed"
    assert answer.headers["vary"] == "Origin"
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, PORTAL)
    assert "access-control-allow-credentials" not in {**before.headers, **answer.headers}


@pytest.mark.parametrize(
    "origin", ["https://portal.example.evil.example", "http://portal.example", "https://portal.example:8443", "null"]
)
async def test_an_origin_is_the_named_one_or_a_stranger(run, origin):
    async with run(cors_origins=(PORTAL,)) as running:
        before = await preflight(running, Origin=origin)
        answer = await running.ask(None, NAME, {"Origin": origin})

    assert before.status_code == 400
    assert "access-control-allow-origin" not in {**before.headers, **answer.headers}


@pytest.mark.parametrize("header", ["apollographql-client-name", "traceparent"])
async def test_what_clients_send_of_themselves_is_let_through(run, header):
    async with run(cors_origins=(PORTAL,)) as running:
        before = await preflight(running, **{"Access-Control-Request-Headers": header})

    assert before.status_code == 200


@pytest.mark.parametrize("wrong", ["*", "portal.example", "https://portal.example/", "https://*.portal.example"])
def test_what_is_no_origin_is_refused_at_start(wrong):
    with pytest.raises(ValueError, match=r"GATEWAY_CORS_ORIGINS: .* is not an origin such as"):
        request_middleware((), (wrong,))


HOSTS = ("gateway.example", "*.portal.example", "[::1]")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("gateway.example", 200),
        ("GATEWAY.example:8000", 200),
        ("a.portal.example", 200),
        ("[::1]:8000", 200),
        ("portal.example", 400),
        ("evil.example", 400),
        ("gateway.example.evil.example", 400),
        ("evilportal.example", 400),
        ("", 400),
    ],
)
async def test_a_request_is_taken_by_the_names_that_are_set(run, host, status):
    async with run(trusted_hosts=HOSTS) as running:
        answer = await running.ask(None, NAME, {"Host": host})

    assert answer.status_code == status
    if status == 400:
        [error] = answer.json()["errors"]
        assert error == {
            "message": "Unknown Host header.",
            "extensions": {"code": "BAD_USER_INPUT"},
        }
        assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_probes_come_by_address(run):
    async with run(trusted_hosts=HOSTS) as running:
        for path in ("/healthz", "/readyz"):
            assert (await running.http.get(path, headers={"Host": "10.0.0.7"})).status_code == 200


def test_no_proxy_is_believed_unless_it_is_named(run, policy):
    engine = make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    app = build_app(SETTINGS, policy=policy, engine=engine)
    named = SETTINGS.model_copy(update={"trusted_proxies": ("10.0.0.0/8", "::1")})

    assert server(app, SETTINGS).config.proxy_headers is False
    assert server(app, named).config.proxy_headers is True
    assert server(app, named).config.forwarded_allow_ips == ["10.0.0.0/8", "::1"]


def test_lists_in_the_environment_are_set_off_by_commas_or_spaces(monkeypatch):
    monkeypatch.setenv("GATEWAY_CORS_ORIGINS", "https://a.example, https://b.example https://c.example")

    assert Settings().cors_origins == ("https://a.example", "https://b.example", "https://c.example")
