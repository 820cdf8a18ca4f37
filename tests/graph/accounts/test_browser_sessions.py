"""Sessions of browsers: the refresh token is in a cookie, which only pages of permitted origins can use (D72)."""

from typing import Any, Final

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.sign_in import ENDED, WRONG
from gateway.db.seeds.demo import DEMO_PASSWORD
from gateway.db.seeds.people import PEOPLE
from gateway.http.middleware import OF_SESSIONS
from gateway.http.routes.session import FOREIGN, MISSING
from tests.graph.conftest import Ask
from tests.support.collaborations import rows

pytestmark = pytest.mark.usefixtures("world")

OWN: Final = {"Origin": "http://gateway.example"}
EMAILS: Final = {person.handle: person.email for person in PEOPLE}
ADA: Final = {"email": EMAILS["ada"], "password": DEMO_PASSWORD}
ATTRIBUTES: Final = {"HttpOnly", "Path=/session", "SameSite=strict", "Secure"}


async def send(
    ask: Ask, path: str = OF_SESSIONS, body: Any = None, cookie: str | None = None, **headers: str
) -> httpx.Response:
    sent = {"Host": "gateway.example", **OWN, **headers}
    if cookie is not None:
        sent["Cookie"] = cookie
    return await ask.http.request(sent.pop("method", "POST"), path, json=body, headers=sent)


def cookies(response: httpx.Response) -> dict[str, tuple[str, str]]:
    """The value and the attributes of each cookie that a response sets."""
    found = {}
    for line in response.headers.get_list("set-cookie"):
        pair, _, attributes = line.partition("; ")
        name, _, value = pair.partition("=")
        found[name] = value, attributes
    return found


async def signed_in(ask: Ask) -> tuple[dict[str, Any], str]:
    """The body of the response, and the cookies as a browser sends them."""
    response = await send(ask, body=ADA)
    assert response.status_code == 200
    return response.json(), "; ".join(f"{name}={value}" for name, (value, _) in cookies(response).items())


async def test_the_refresh_token_is_in_a_cookie_and_nowhere_else(ask: Ask) -> None:
    response = await send(ask, body=ADA)
    found = cookies(response)

    assert found.keys() == {"refresh", "device"}
    for value, attributes in found.values():
        assert set(attributes.split("; ")) >= ATTRIBUTES
        assert value not in response.text
    assert response.json().keys() == {"accessToken", "expiresAt", "refreshExpiresAt"}
    assert response.headers["cache-control"] == "no-store"
    seen = await ask.sent(
        {"query": "{ viewer { user { email } } }"}, {"Authorization": f"Bearer {response.json()['accessToken']}"}
    )
    assert seen.data == {"viewer": {"user": {"email": EMAILS["ada"]}}}


async def test_a_cookie_alone_identifies_a_caller_to_no_other_path(ask: Ask) -> None:
    _, cookie = await signed_in(ask)
    answer = await ask.sent({"query": "{ viewer { user { email } } }"}, {"Cookie": cookie})

    assert answer.data == {"viewer": None}


async def test_a_reload_goes_on_and_each_refresh_changes_the_cookie(ask: Ask) -> None:
    _, cookie = await signed_in(ask)
    first = await send(ask, f"{OF_SESSIONS}/refresh", cookie=cookie)
    second = await send(ask, f"{OF_SESSIONS}/refresh", cookie=f"refresh={cookies(first)['refresh'][0]}")

    assert (first.status_code, second.status_code) == (200, 200)
    assert cookies(first)["refresh"][0] != cookies(second)["refresh"][0] not in cookie


async def test_two_tabs_that_refresh_at_the_same_time_both_go_on(ask: Ask) -> None:
    """Both send the same cookie; the later response sets the one that both use from then on."""
    _, cookie = await signed_in(ask)
    tabs = [await send(ask, f"{OF_SESSIONS}/refresh", cookie=cookie) for _ in range(2)]
    after = await send(ask, f"{OF_SESSIONS}/refresh", cookie=f"refresh={cookies(tabs[1])['refresh'][0]}")

    assert [each.status_code for each in (*tabs, after)] == [200] * 3


async def test_signing_out_ends_the_session_and_removes_the_cookie(ask: Ask) -> None:
    _, cookie = await signed_in(ask)
    out = await send(ask, cookie=cookie, method="DELETE")
    after = await send(ask, f"{OF_SESSIONS}/refresh", cookie=cookie)

    assert (out.status_code, out.content) == (204, b"")
    assert (after.status_code, after.json()["errors"][0]["message"]) == (401, ENDED)
    for each in (out, after):
        value, attributes = cookies(each)["refresh"]
        assert (value.strip('"'), "Max-Age=0" in attributes) == ("", True)


async def test_a_page_without_a_session_gets_no_error(ask: Ask) -> None:
    refreshed = await send(ask, f"{OF_SESSIONS}/refresh")
    out = await send(ask, method="DELETE")

    assert (refreshed.status_code, refreshed.content, cookies(refreshed)) == (204, b"", {})
    assert out.status_code == 204


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("path", [OF_SESSIONS, f"{OF_SESSIONS}/refresh"])
@pytest.mark.parametrize(
    "origin",
    [None, "null", "https://evil.example", "http://gateway.example.evil.example", "http://gateway.example:81", ""],
)
async def test_a_page_of_another_origin_can_do_nothing(
    ask: Ask, world: AsyncConnection, origin: str | None, path: str, method: str
) -> None:
    if method == "DELETE" and path != OF_SESSIONS:
        return
    _, cookie = await signed_in(ask)
    before = await rows(world, "SELECT id, used_at, revoked_at FROM refresh_token ORDER BY id")
    given = {"Host": "gateway.example", "Cookie": cookie, **({} if origin is None else {"Origin": origin})}
    response = await ask.http.request(method, path, json=ADA, headers=given)

    assert (response.status_code, response.json()["errors"][0]["message"]) == (403, FOREIGN)
    assert cookies(response) == {}
    assert await rows(world, "SELECT id, used_at, revoked_at FROM refresh_token ORDER BY id") == before


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, MISSING),
        ([], 400, MISSING),
        ({"email": 1, "password": "x"}, 400, MISSING),
        ({"email": "a@b.example"}, 400, MISSING),
        ({**ADA, "password": "wrong"}, 401, WRONG),
        ({"email": "nobody@nowhere.example", "password": "wrong"}, 401, WRONG),
    ],
)
async def test_what_is_no_credential_is_refused(ask: Ask, body: Any, status: int, message: str) -> None:
    response = await send(ask, body=body)

    assert (response.status_code, response.json()["errors"][0]["message"]) == (status, message)


async def test_only_json_is_read(ask: Ask) -> None:
    """A form of another origin cannot send it without a preflight request."""
    response = await ask.http.post(OF_SESSIONS, data=ADA, headers={"Host": "gateway.example", **OWN})

    assert response.status_code == 415
