"""What nobody's client sends, over real connections to the gateway as it ships."""

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.served import exchanged

BY_ID = ["client", "collaboration", "firm", "node"]
NOBODYS = {
    "empty": "",
    "a space": " ",
    "a number": "1",
    "a uuid": "019c0000-0000-7000-8000-000000000000",
    "base64 of a type and a number": base64.b64encode(b"Client:1").decode(),
    "44 letters that we did not make": "A" * 44,
    "no base64": "!" * 76,
    "other letters": "Ａ" * 76,
    "letters beyond the plane": "\U0001f600" * 76,
    "half a pair": "\\ud800",
    "padding": "=" * 76,
    "a line break": "A" * 75 + "\n",
    "100,000 letters": "A" * 100_000,
    "SQL": "' OR 1=1 --",
    "a path": "../../etc/passwd",
}


def post(gateway, body, *headers, who="ada"):
    token = [b"Authorization: Bearer " + gateway.token(who).encode()] if who else []
    lines = [b"POST /graphql HTTP/1.1", b"Host: x", b"Content-Type: application/json"]
    sent = b"\r\n".join([*lines, *token, *headers, b"Content-Length: %d" % len(body), b"", body])
    [reply] = exchanged(gateway.port, sent)
    return reply, json.loads(reply.body)


def asked(gateway, query, who="ada", **variables):
    return post(gateway, json.dumps({"query": query, "variables": variables}).encode(), who=who)


def codes(answer):
    return [error["extensions"]["code"] for error in answer["errors"]]


@pytest.mark.parametrize("case", NOBODYS)
def test_an_id_that_we_did_not_make_is_refused_in_our_words(gateway, case):
    asking = " ".join(f"{name}(id: $id) {{ id }}" for name in BY_ID)

    reply, answer = asked(gateway, f"query ($id: ID!) {{ {asking} }}", id=NOBODYS[case])

    assert (reply.status, answer["data"]) == (200, dict.fromkeys(BY_ID))
    assert {error["message"] for error in answer["errors"]} == {"This is not a valid global id."}
    assert codes(answer) == ["BAD_USER_INPUT"] * len(BY_ID)


@pytest.mark.parametrize("case", NOBODYS)
@pytest.mark.parametrize("place", ["first: 1, after", "last: 1, before"])
def test_a_cursor_that_we_did_not_make_is_refused_in_our_words(gateway, case, place):
    asking = " ".join(f"{name}({place}: $c) {{ totalCount }}" for name in ("clients", "invoices", "firms"))

    _, answer = asked(gateway, f"query ($c: String) {{ {asking} }}", c=NOBODYS[case])

    assert set(answer["data"].values()) == {None}
    assert {error["message"] for error in answer["errors"]} == {
        "This is not a cursor of this list with this order and filter."
    }
    assert codes(answer) == ["BAD_USER_INPUT"] * 3


def test_an_id_of_a_megabyte_does_not_arrive(gateway):
    reply, answer = asked(gateway, "query ($id: ID!) { node(id: $id) { id } }", id="A" * 1_000_000)

    assert (reply.status, codes(answer)) == (413, ["BAD_USER_INPUT"])


def test_an_id_of_another_type_is_answered_like_one_that_is_not_there(gateway):
    _, answer = asked(gateway, "{ clients(first: 1) { nodes { id } } }")
    [client] = answer["data"]["clients"]["nodes"]

    _, answer = asked(gateway, "query ($id: ID!) { collaboration(id: $id) { id } }", id=client["id"])

    assert (answer["data"], codes(answer)) == ({"collaboration": None}, ["NOT_FOUND"])


@pytest.mark.parametrize(
    "acting", [b"", b" ", b"\xff\xfe", "é".encode(), b"F", b"1" * 76, b"x" * 20_000, b"a,b", b"%00", b"null"]
)
def test_an_organisation_that_cannot_be_one_is_refused(gateway, acting):
    reply, answer = post(gateway, b'{"query": "{ viewer { menus } }"}', b"X-Acting-As: " + acting, who="hedda")

    assert (reply.status, codes(answer)) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    "authorization",
    [b"", b"Bearer", b"Bearer \xff\xfe", "Bearer é".encode(), b"Basic eDp5", b"Bearer a b", b"Bearer " + b"x." * 9_000],
)
def test_credentials_that_cannot_be_any_are_refused(gateway, authorization):
    reply, answer = post(gateway, b'{"query": "{ __typename }"}', b"Authorization: " + authorization, who=None)

    assert (reply.status, codes(answer)) == (401, ["UNAUTHENTICATED"])
    assert reply.headers["www-authenticate"] == "Bearer"


ODD_SIZES = [-1, 501, 2**31 - 1, 2**31, -(2**31) - 1, 2**63, 10**4_000, 1.5, "1", True, [], {}]


@pytest.mark.parametrize("size", ODD_SIZES, ids=[str(size)[:12] for size in ODD_SIZES])
def test_a_page_of_a_size_that_there_is_not_is_refused(gateway, size):
    body = b'{"query": "query ($n: Int) { clients(first: $n) { totalCount } }", "variables": {"n": %s}}'
    number = b"1" + b"0" * 4_000 if size == 10**4_000 else json.dumps(size).encode()

    reply, answer = post(gateway, body % number)

    assert reply.status in (200, 400)
    assert (answer.get("data") or {"clients": None}, codes(answer)) == ({"clients": None}, ["BAD_USER_INPUT"])


def test_a_subscription_is_refused_before_anything_is_opened(gateway):
    _, answer = asked(gateway, "subscription { clients { id } }")
    event_stream, refused = post(gateway, b'{"query": "subscription { x }"}', b"Accept: text/event-stream")

    assert set(codes(answer)) == {"GRAPHQL_VALIDATION_FAILED"}
    assert (event_stream.status, codes(refused)) == (406, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(("path", "status"), [(b"/graphql", 400), (b"/", 404), (b"/healthz", 200)])
def test_a_web_socket_is_not_opened_and_its_request_is_answered_as_any_other(gateway, path, status):
    key = base64.b64encode(b"sixteen letters!")
    lines = [b"GET " + path + b" HTTP/1.1", b"Host: x", b"Connection: Upgrade", b"Upgrade: websocket"]
    lines += [b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Protocol: graphql-transport-ws"]

    [reply] = exchanged(gateway.port, b"\r\n".join([*lines, b"Sec-WebSocket-Key: " + key, b"", b""]))

    assert reply.status == status
    assert "upgrade" not in reply.headers


TRIALS = settings(
    deadline=None, max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
HEADERS = [b"Accept", b"Authorization", b"X-Acting-As", b"Content-Encoding", b"Expect", b"Cookie", b"X-Forwarded-For"]
PRINTABLE = st.binary(max_size=60).map(lambda value: bytes(byte for byte in value if byte >= 32 and byte != 127))


@TRIALS
@given(
    body=st.binary(max_size=80)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode),
    headers=st.lists(st.tuples(st.sampled_from(HEADERS), PRINTABLE), max_size=4),
)
def test_no_bytes_make_a_500(gateway, body, headers):
    reply, answer = post(gateway, body, *(name + b": " + value for name, value in headers))

    assert 400 <= reply.status < 500
    assert all(codes(answer))


@TRIALS
@given(
    variables=st.dictionaries(
        st.sampled_from(["id", "n", "c", "s", "o", "t"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["field", "x"]), inner),
            max_leaves=4,
        ),
    )
)
def test_no_variables_make_a_500(gateway, variables):
    query = """
      query ($id: ID!, $n: Int = 1, $c: String, $s: String, $o: ClientOrder, $t: [InvoiceState!]) {
        node(id: $id) { id } clients(first: $n, after: $c, search: $s, orderBy: $o) { totalCount }
        invoices(client: $id, first: $n, states: $t) { totalCount }
      }"""

    reply, answer = asked(gateway, query, **{"id": "x", **variables})

    assert reply.status in (200, 400)
    assert set(codes(answer)) == {"BAD_USER_INPUT"}
