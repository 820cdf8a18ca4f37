"""Which network a request comes from, and that no network keeps people of another one from signing in."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import httpx
import pytest
from pydantic import SecretStr
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gateway.app import build_app
from gateway.db.seeds.demo import DEMO_PASSWORD
from gateway.http.network import UNKNOWN, network_of
from gateway.policy import Policy
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.conftest import SEALING_KEY
from tests.support.accounts import EMAILS
from tests.support.served import served

CROWD: Final = 45


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        (None, UNKNOWN),
        ("", UNKNOWN),
        ("unknown", UNKNOWN),
        ("_hidden", UNKNOWN),
        ("203.0.113.7:80", UNKNOWN),
        ("192.0.2.7.evil", UNKNOWN),
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_a_network_is_an_address_or_a_prefix_of_64_bits(peer: str | None, network: str) -> None:
    assert network_of(None if peer is None else (peer, 1)) == network


# ---- over HTTP


class People:
    """Sign-ins from one address of this machine, or behind the proxy that is this machine's."""

    def __init__(self, **transport: Any) -> None:
        self.http = httpx.AsyncClient(timeout=600, **transport)

    async def sign_in(self, who: str, password: str, **more: Any) -> dict[str, Any]:
        """What came of it: the session, or the code of the refusal."""
        headers = {"X-Forwarded-For": more.pop("forwarded", "203.0.113.1")}
        given = {"email": EMAILS.get(who, who), "password": password, **more}
        answer = await self.http.post("/graphql", json={"query": QUERY, "variables": {"input": given}}, headers=headers)
        told = answer.json()
        errors = told.get("errors", [])
        return {"code": errors[0]["extensions"]["code"]} if errors else dict(told["data"]["signIn"])


QUERY: Final = "mutation ($input: SignInInput!) { signIn(input: $input) { accessToken deviceToken } }"


@pytest.fixture
async def app(copy: Copy, policy: Policy) -> Any:
    settings = Settings(
        database_url=SecretStr(await copy()),
        sealing_key=SecretStr(SEALING_KEY),
        request_seconds=600,
        pool_timeout_seconds=600,
        statement_seconds=120,
    )
    return build_app(settings, policy=policy)


@pytest.fixture
def port(app: Any) -> Iterator[int]:
    with served(app) as port:
        yield port


@pytest.fixture
async def addresses(port: int) -> AsyncIterator[dict[str, People]]:
    """People at three addresses of this machine."""
    found = {
        address: People(
            transport=httpx.AsyncHTTPTransport(local_address=address, limits=httpx.Limits(max_connections=None)),
            base_url=f"http://127.0.0.1:{port}",
        )
        for address in ("127.0.0.2", "127.0.0.3", "127.0.0.4")
    }
    yield found
    for people in found.values():
        await people.http.aclose()


async def test_a_crowd_at_one_address_keeps_nobody_at_another_from_signing_in(addresses: dict[str, People]) -> None:
    crowd, honest = addresses["127.0.0.2"], addresses["127.0.0.3"]
    flood = [asyncio.ensure_future(crowd.sign_in(f"x{number}@nowhere.example", "wrong")) for number in range(CROWD)]
    await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
    sessions = [await honest.sign_in(who, DEMO_PASSWORD) for who in ("ada", "ben", "cora")]
    told = {each["code"] for each in await asyncio.gather(*flood)}

    assert all(session.get("accessToken") for session in sessions)
    assert told <= {"UNAUTHENTICATED", "RATE_LIMITED"}


async def test_six_wrong_passwords_at_one_address_leave_the_right_one_at_another(addresses: dict[str, People]) -> None:
    stranger, home, new = addresses.values()
    device = (await home.sign_in("ada", DEMO_PASSWORD))["deviceToken"]
    wrong = [(await stranger.sign_in("ada", "wrong"))["code"] for _ in range(7)]
    at_home = await home.sign_in("ada", DEMO_PASSWORD)
    elsewhere = await new.sign_in("ada", DEMO_PASSWORD)
    delayed = await stranger.sign_in("ada", DEMO_PASSWORD)
    known = await stranger.sign_in("ada", DEMO_PASSWORD, deviceToken=device)

    assert wrong == ["UNAUTHENTICATED"] * 5 + ["RATE_LIMITED"] * 2
    assert at_home.get("accessToken")
    assert elsewhere.get("accessToken")
    assert delayed == {"code": "RATE_LIMITED"}
    assert known.get("accessToken")


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_forwarded_address_counts_from_a_trusted_proxy_alone(app: Any, trusted: bool) -> None:
    proxies = ["127.0.0.1"] if trusted else []
    behind = ProxyHeadersMiddleware(app, trusted_hosts=proxies)
    people = People(transport=httpx.ASGITransport(behind), base_url="http://gateway.example")
    for _ in range(6):
        last = await people.sign_in("ben", "wrong", forwarded="198.51.100.7")
    other = await people.sign_in("ben", DEMO_PASSWORD, forwarded="198.51.100.8")
    spoofed = await people.sign_in("ben", DEMO_PASSWORD, forwarded="198.51.100.9, 198.51.100.7")
    await people.http.aclose()
    await app.state.gateway.engine.dispose()
    await app.state.readiness.close()

    assert last == {"code": "RATE_LIMITED"}
    assert bool(other.get("accessToken")) is trusted
    assert spoofed == {"code": "RATE_LIMITED"}
