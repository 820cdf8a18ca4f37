"""The link into the product, as the product meets it: verified by our public keys, good once, and over with the access."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import gateway
from gateway.auth.access_tokens import LEEWAY, Keys
from gateway.auth.handoff_tokens import TTL, HandoffTokens
from gateway.auth.web_addresses import read_address
from gateway.db.enums import SECTIONS, bits
from gateway.db.seeds.demo import key
from gateway.demo.product import HASH, NOBODY, product_page
from gateway.demo.world import with_product
from gateway.http.routes.handoff import MAX_BYTES, MISSING
from gateway.http.routes.jwks import JWKS
from gateway.policy import Policy
from gateway.settings import Settings
from tests.graph.conftest import NOW, Ask, asker, lent, recorded, run
from tests.support.client_sessions import PRODUCT, entered, leaves, token
from tests.support.collaborations import does, rows

PAGE: Final = Path(gateway.__file__).parent.parent / "docs" / "hand-off.md"
PORTAL: Final = "https://portal.example"
ENDS_AT: Final = (NOW + timedelta(minutes=30)).isoformat()
INACTIVE: Final = {"active": False}
REDEEM, STATUS = "/handoff/redeem", "/handoff/status"


@pytest.fixture(scope="module")
async def ask(settings: Settings, policy: Policy, engine: AsyncEngine) -> AsyncIterator[Ask]:
    """The application of an operator who has said where the product is; pages of the portal may ask the graph."""
    given = {"product_url": f"{PRODUCT}/", "cors_origins": (PORTAL,)}
    async with asker(settings.model_copy(update=given), policy, engine) as made:
        yield made


@pytest.mark.parametrize(
    ("product", "address", "is_there"),
    [
        ("https://product.example/app", "https://product.example/journal/3", True),
        ("https://product.example/app", "https://PRODUCT.example:443/", True),
        ("https://product.example/app", "https://product.example:8443/", False),
        ("https://product.example/app", "http://product.example/", False),
        ("https://product.example/app", "https://c1.product.example/", False),
        ("https://product.example/app", "https://evil.example/", False),
        ("https://product.example/app", "https://product.example.evil.example/", False),
        ("https://product.example/app", "https://evilproduct.example/", False),
        ("http://127.0.0.1:8000/product", "http://127.0.0.1:8000/journal/3", True),
        ("http://127.0.0.1:8000/product", "https://anywhere.example/", False),
        ("http://[::1]:8000/product", "http://[::1]:8000/journal/3", True),
    ],
)
def test_a_link_is_the_products_own(settings: Settings, ask: Ask, product: str, address: str, is_there: bool) -> None:
    made = HandoffTokens.of(settings.model_copy(update={"product_url": product}), ask.gateway.tokens.keys)
    assert made is not None
    parts = read_address(address, 2000)
    assert parts is not None
    assert made.leads_there(parts) is is_there


async def asked(ask: Ask, path: str, carried: str) -> Any:
    answer = await ask.http.post(path, json={"token": carried})
    assert answer.status_code == 200
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    return answer.json()


def documented() -> Callable[..., Any]:
    """The function of the page for the product's engineers."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    space: dict[str, Any] = {}
    exec(code, space)  # noqa: S102 - what the page says is what is tested
    found: Callable[..., Any] = space["hand_off"]
    return found


# ---- what the product verifies


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_the_product_verifies_it_as_the_page_says(ask: Ask, world: AsyncConnection) -> None:
    payload = await entered(ask, "ben")
    jwks = (await ask.http.get(JWKS)).json()
    at = int(NOW.timestamp())
    claims = documented()(token(payload), jwks, issuer="partner-gateway", product=PRODUCT, now=at)

    assert re.fullmatch(r"[0-9a-f-]{36}", claims.pop("jti"))
    assert claims == {
        "iss": "partner-gateway",
        "aud": PRODUCT,
        "sub": ask.id("User", "ben"),
        "iat": at,
        "nbf": at,
        "exp": at + 60,
        "sid": payload["session"]["id"],
        "session_exp": at + 1800,
        "act": {
            "firm": ask.id("Firm", "F"),
            "collaboration": ask.id("Collaboration", "F-C1"),
            "onBehalfOf": ask.id("Client", "C1"),
        },
    }


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_the_page_takes_nothing_else(ask: Ask, world: AsyncConnection) -> None:
    good, jwks, at = token(await entered(ask)), (await ask.http.get(JWKS)).json(), int(NOW.timestamp())
    others = {"issuer": "partner-gateway", "product": PRODUCT, "now": at}
    for bad, expected in [
        (ask.token("ada"), others),  # an access token
        (good, others | {"product": "https://other.example"}),
        (good, others | {"issuer": "somebody"}),
        (good, others | {"now": at + 66}),
        (good[:-4] + "AAAA", others),
    ]:
        with pytest.raises((JoseError, ValueError)):
            documented()(bad, jwks, **expected)


async def test_our_own_api_takes_no_hand_off(ask: Ask, world: AsyncConnection) -> None:
    carried = token(await entered(ask))
    answer = await ask.sent({"query": "{ viewer { menus } }"}, {"Authorization": f"Bearer {carried}"})

    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])


async def test_an_access_token_of_the_same_audience_enters_nothing_and_no_hand_off_signs_in(
    settings: Settings, policy: Policy, engine: AsyncEngine, connection: AsyncConnection
) -> None:
    """The type alone keeps the two apart, whatever an operator calls the audience."""
    same = settings.model_copy(update={"product_url": PRODUCT, "audience": PRODUCT})
    async with asker(same, policy, engine) as ask:
        with lent(ask, connection):
            carried = token(await entered(ask))
            signed_in = await ask.sent({"query": "{ viewer { menus } }"}, {"Authorization": f"Bearer {carried}"})

            assert signed_in.codes == ["UNAUTHENTICATED"]
            assert await asked(ask, REDEEM, ask.token("ada")) == INACTIVE


# ---- once


async def test_it_lets_in_once(ask: Ask, world: AsyncConnection) -> None:
    carried = token(await entered(ask))

    assert await asked(ask, STATUS, carried) == INACTIVE  # nobody has come by it yet
    assert await asked(ask, REDEEM, carried) == {"active": True, "expiresAt": ENDS_AT}
    assert await asked(ask, REDEEM, carried) == INACTIVE
    assert await asked(ask, STATUS, carried) == {"active": True, "expiresAt": ENDS_AT}


async def test_it_lets_in_for_a_minute_and_is_told_of_as_long_as_its_session_may_last(
    ask: Ask, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, late = [token(await entered(ask, who)) for who in ("ada", "ben")]
    assert (await asked(ask, REDEEM, used))["active"]

    monkeypatch.setattr(ask.gateway, "clock", lambda: NOW + TTL + LEEWAY)
    assert await asked(ask, REDEEM, late) == INACTIVE
    assert (await asked(ask, STATUS, used))["active"]

    monkeypatch.setattr(ask.gateway, "clock", lambda: NOW + timedelta(minutes=30))
    assert await asked(ask, STATUS, used) == INACTIVE

    monkeypatch.setattr(ask.gateway, "clock", lambda: NOW + timedelta(minutes=40))
    with recorded(world.engine) as said:
        assert await asked(ask, STATUS, used) == INACTIVE
    assert said == []


# ---- over with the access


async def test_leaving_ends_it(ask: Ask, world: AsyncConnection) -> None:
    payload = await entered(ask)
    await asked(ask, REDEEM, token(payload))
    await leaves(ask, "ada", payload["session"]["id"])

    assert await asked(ask, STATUS, token(payload)) == INACTIVE


async def test_entering_another_account_ends_it(ask: Ask, world: AsyncConnection) -> None:
    first = token(await entered(ask))
    await asked(ask, REDEEM, first)
    second = token(await entered(ask, client="C3"))

    assert await asked(ask, STATUS, first) == INACTIVE
    assert (await asked(ask, REDEEM, second))["active"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE plan SET sections = 0",
        "UPDATE access_grant SET level = 'limited'",
        "UPDATE access_grant SET revoked_at = granted_at",
        "UPDATE firm SET programme_state = 'suspended'",
        "UPDATE firm_member SET state = 'suspended'",
        "UPDATE firm_member SET state = 'removed'",
        "UPDATE firm_member SET role = 'staff'",
        "UPDATE assignment SET ended_at = now()",
    ],
)
async def test_whoever_takes_the_access_the_link_and_the_session_are_over(
    ask: Ask, world: AsyncConnection, statement: str
) -> None:
    used = token(await entered(ask, "ben"))
    fresh = token(await entered(ask, "bo"))
    assert (await asked(ask, REDEEM, used))["active"]
    await run(world, statement)

    assert await asked(ask, STATUS, used) == INACTIVE
    assert await asked(ask, REDEEM, fresh) == INACTIVE


async def test_l11_the_end_of_the_collaboration_is_the_end_of_the_session(ask: Ask, world: AsyncConnection) -> None:
    carried = token(await entered(ask))
    await asked(ask, REDEEM, carried)
    await does(ask, "cora", "terminateCollaboration", "F-C1")

    assert await asked(ask, STATUS, carried) == INACTIVE


# ---- who asks what else


@pytest.mark.parametrize("path", [REDEEM, STATUS])
async def test_what_we_have_not_signed_is_looked_up_nowhere(ask: Ask, world: AsyncConnection, path: str) -> None:
    good = token(await entered(ask))
    stranger = HandoffTokens.of(Settings(product_url=PRODUCT), Keys.of(OKPKey.generate_key("Ed25519")))
    assert stranger is not None
    ids = {name: ask.id("ClientSession", "C1") for name in ("person", "session", "firm", "collaboration", "client")}
    forged = stranger.link(NOW, **ids).partition("#")[2]
    with recorded(world.engine) as said:
        for bad in ("", "x", "a.b.c", good[:-4] + "AAAA", forged, ask.token("ada"), "x" * 5000):
            assert await asked(ask, path, bad) == INACTIVE

    assert said == []


@pytest.mark.parametrize("path", [REDEEM, STATUS])
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": []}, 400),
        ({"json": {"token": 5}}, 400),
        ({"json": {}}, 400),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"data": {"token": "x"}}, 415),
        ({"json": {"token": "x" * MAX_BYTES}}, 413),
    ],
)
async def test_another_body_is_refused(ask: Ask, path: str, sent: Any, status: int) -> None:
    answer: httpx.Response = await ask.http.post(path, **sent)

    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    if sent.get("json") == {}:
        assert answer.json()["errors"][0]["message"] == MISSING


@pytest.mark.parametrize("path", [REDEEM, STATUS])
async def test_it_is_asked_by_post_and_leads_nowhere(ask: Ask, path: str) -> None:
    answer = await ask.http.get(path)

    assert (answer.status_code, "Location" in answer.headers) == (405, False)
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", [REDEEM, STATUS])
async def test_no_page_reads_the_answer(ask: Ask, path: str) -> None:
    """Not even one that may ask the graph."""
    asked_for = {"Origin": PORTAL, "Access-Control-Request-Method": "POST"}
    before = await ask.http.options(path, headers=asked_for)
    answer = await ask.http.post(path, json={"token": "x"}, headers={"Origin": PORTAL})
    graph = await ask.http.options("/graphql", headers=asked_for)

    assert before.status_code == 405
    assert not [name for reply in (before, answer) for name in reply.headers if name.startswith("access-control-")]
    assert graph.headers["Access-Control-Allow-Origin"] == PORTAL


async def test_the_log_keeps_no_link(ask: Ask, world: AsyncConnection) -> None:
    carried = token(await entered(ask))
    await asked(ask, REDEEM, carried)

    assert carried.rpartition(".")[2] not in str(ask.log.calls)
    rows = (await world.execute(text("SELECT t::text FROM client_session t"))).scalars().all()
    assert carried.rpartition(".")[2] not in str(rows)


# ---- where the product is


@pytest.mark.parametrize(
    ("given", "audience"),
    [
        ("https://product.example", "https://product.example"),
        ("https://product.example/", "https://product.example"),
        ("https://product.example:8443/app/", "https://product.example:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_the_audience_is_the_products_origin(given: str, audience: str) -> None:
    made = HandoffTokens.of(Settings(product_url=given), Keys.of(OKPKey.generate_key("Ed25519")))

    assert made is not None
    assert made.audience == audience
    assert not made.product.endswith("/")


@pytest.mark.parametrize("given", ["http://product.example", "https://somebody@product.example"])
def test_an_address_that_gives_the_link_away_is_refused_at_the_start(given: str) -> None:
    with pytest.raises(ValueError, match="GATEWAY_PRODUCT_URL"):
        HandoffTokens.of(Settings(product_url=given), Keys.of(OKPKey.generate_key("Ed25519")))


# ---- the demo's product


async def test_the_demos_product_says_who_is_in_whose_account_and_lets_in_once(
    settings: Settings, policy: Policy, engine: AsyncEngine, connection: AsyncConnection
) -> None:
    demo = with_product(settings, "127.0.0.1", 8000)
    async with asker(demo, policy, engine) as ask:
        ask.app.router.routes.append(product_page())
        with lent(ask, connection):
            page, _, carried = (await entered(ask, "ben"))["url"].partition("#")
            shown = await ask.http.get(page)
            said = [(await ask.http.post(page, json={"token": each})).json() for each in (carried, carried, "x")]

    assert page == "http://127.0.0.1:8000/product/enter"
    assert f"'sha256-{HASH}'" in shown.headers["Content-Security-Policy"]
    assert said == [
        {"message": f"You are in the account of Ærø Tovværk as Ben Kjærgaard of Havlygte Revision, until {ENDS_AT}."},
        {"message": NOBODY},
        {"message": NOBODY},
    ]


@pytest.mark.parametrize(
    ("host", "given", "address"),
    [
        ("127.0.0.1", None, "http://127.0.0.1:8000/product"),
        ("localhost", None, "http://localhost:8000/product"),
        ("192.0.2.1", None, "http://127.0.0.1:8000/product"),
        ("127.0.0.1", PRODUCT, PRODUCT),
    ],
)
def test_the_demos_product_is_its_own_page_unless_one_is_named(host: str, given: str | None, address: str) -> None:
    assert with_product(Settings(product_url=given), host, 8000).product_url == address


# ---- where to go in the account

GO: Final = """mutation ($client: ID!, $activity: ID, $section: Section) {
  enterClientAccount(input: {client: $client, activity: $activity, section: $section}) { url session { id } }
}"""
TASKS: Final = """query ($id: ID!) { client(id: $id) {
  pendingActivities(first: 50) { nodes { id section deepLink } }
} }"""


async def target(ask: Ask, who: str, client: str, **given: Any) -> Any:
    """The claim of the token."""
    payload = (await ask.data(who, GO, client=ask.id("Client", client), **given))["enterClientAccount"]
    return json.loads(urlsafe_b64decode(token(payload).split(".")[1] + "=="))["target"]


async def tasks(ask: Ask, who: str, client: str) -> list[dict[str, Any]]:
    answer = await ask(who, TASKS, id=ask.id("Client", client))
    found: list[dict[str, Any]] = answer.data["client"]["pendingActivities"]["nodes"]
    return found


async def test_a_task_leads_to_its_page(ask: Ask, world: AsyncConnection) -> None:
    """H62."""
    one, other = (await tasks(ask, "ben", "C1"))[:2]
    page = "https://product.example/receipts/7"
    key = ask.gateway.seal.open_id(one["id"])[1]
    await run(world, "UPDATE pending_activity SET deep_link = :page WHERE id = :id", page=page, id=key)
    other_key = ask.gateway.seal.open_id(other["id"])[1]
    await run(world, "UPDATE pending_activity SET deep_link = NULL WHERE id = :id", id=other_key)

    assert await target(ask, "ben", "C1", activity=one["id"]) == {"section": one["section"], "address": page}
    assert await target(ask, "ben", "C1", activity=other["id"]) == {"section": other["section"]}


async def test_a_section_is_named(ask: Ask, world: AsyncConnection) -> None:
    assert await target(ask, "ben", "C1", section="JOURNAL") == {"section": "JOURNAL"}


async def test_nobody_goes_to_what_is_not_there_for_them(ask: Ask, world: AsyncConnection) -> None:
    c1, (task, *_) = ask.id("Client", "C1"), await tasks(ask, "bo", "C3")
    await run(world, "UPDATE plan SET sections = sections & ~CAST(:bit AS integer)"
              " FROM client c WHERE c.plan_id = plan.id AND c.id = :id",
              bit=bits(SECTIONS, ["SALES"]), id=key("C1"))  # fmt: skip
    hidden = await ask("ben", GO, client=c1, activity=task["id"])
    absent = await ask("ben", GO, client=c1, activity=ask.id("PendingActivity", "nowhere"))
    another_type = await ask("ben", GO, client=c1, activity=c1)
    of_another = await ask("ada", GO, client=c1, activity=task["id"])
    unplanned = await ask("ben", GO, client=c1, section="SALES")
    two = await ask("ben", GO, client=c1, section="JOURNAL", activity=task["id"])

    assert hidden.text == absent.text == another_type.text == of_another.text
    assert (absent.codes, unplanned.codes, two.codes) == (["NOT_FOUND"], ["FORBIDDEN"], ["BAD_USER_INPUT"] * 2)
    assert await rows(world, "SELECT id FROM client_session WHERE opened_at = :now", now=NOW) == []


async def test_at_limited_a_task_has_no_dead_link(ask: Ask) -> None:
    """V15: who may not enter gets no address in the account, and is told why."""
    document = """query ($id: ID!) { client(id: $id) { pendingActivities(first: 50) { nodes {
      title deepLink hiddenFields { field reason requires { fact value } }
    } } } }"""
    limited = await ask("ben", document, id=ask.id("Client", "C2"))
    full = await ask("ben", document, id=ask.id("Client", "C1"))
    hidden = [{"field": "deepLink", "reason": "LEVEL", "requires": [{"fact": "LEVEL", "value": "FULL"}]}]

    found = limited.data["client"]["pendingActivities"]["nodes"]
    assert found
    assert [(each["deepLink"], each["hiddenFields"]) for each in found] == [(None, hidden)] * len(found)
    assert {denial[:3] for denial in limited.denials} == {("PendingActivity", "deepLink", "LEVEL")}
    assert [each["hiddenFields"] for each in full.data["client"]["pendingActivities"]["nodes"]].count([]) > 0
    assert full.denials == []
