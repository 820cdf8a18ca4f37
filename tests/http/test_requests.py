"""Bodies, headers and query strings: nothing that a caller sends makes a 500."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.stub import GRAPHQL, JSON, Stub, codes


@pytest.fixture
def stub():
    return Stub()


HOSTILE_BODIES = {
    "nothing": b"",
    "a space": b" ",
    "a string": b'"query"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "a list": b"[]",
    "a batch": b'[{"query": "{ hello }"}]',
    "an empty object": b"{}",
    "not UTF-8": b'{"query": "\xff\xfe"}',
    "UTF-16": '{"query": "{ hello }"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"query": "{ hello }"}',
    "UTF-16 without a mark": '{"query": "{ hello }"}'.encode("utf-16-le"),
    "half an object": b'{"query": "{ hello }"',
    "two objects": b'{"query": "{ hello }"}{"query": "{ hello }"}',
    "lists nested 60,000 deep": b"[" * 60_000 + b"]" * 60_000,
    "lists opened 100,000 deep": b"[" * 100_000,
    "objects nested 20,000 deep": b'{"a":' * 20_000,
    "variables nested 10,000 deep": b'{"query": "{ hello }", "variables": {"a": '
    + b"[" * 10_000
    + b"]" * 10_000
    + b"}}",
    "an integer of 10,000 digits": b'{"query": "{ hello }", "variables": {"n": ' + b"9" * 10_000 + b"}}",
    "a number past all floats": b'{"query": "{ hello }", "variables": {"n": 1e999}}',
    "NaN": b'{"query": "{ hello }", "variables": {"n": NaN}}',
    "Infinity": b'{"query": "{ hello }", "variables": {"n": -Infinity}}',
    "half a surrogate pair": rb'{"query": "{ hello }", "variables": {"n": "\ud800"}}',
    "a query that is a number": b'{"query": 1}',
    "a query that is null": b'{"query": null}',
    "a query that is a list": b'{"query": ["{ hello }"]}',
    "a query that is an object": b'{"query": {"hello": true}}',
    "variables that are a string": b'{"query": "{ hello }", "variables": "{}"}',
    "variables that are a list": b'{"query": "{ hello }", "variables": []}',
    "variables that are a number": b'{"query": "{ hello }", "variables": 7}',
    "an operation name that is a number": b'{"query": "{ hello }", "operationName": 7}',
    "an operation name that is an object": b'{"query": "{ hello }", "operationName": {}}',
    "extensions that are a string": b'{"query": "{ hello }", "extensions": "{}"}',
    "extensions that are a list": b'{"query": "{ hello }", "extensions": [1]}',
}


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
async def test_a_bad_body_is_a_400_in_the_shape_of_graphql(stub, body, accept):
    answer = await stub.send(content=body, headers={"content-type": JSON, "accept": accept})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
    assert codes(answer) == ["BAD_USER_INPUT"]
    assert answer.json().keys() == {"errors"}


async def test_unknown_and_repeated_keys_do_no_harm(stub):
    body = b'{"query": "{ x }", "query": "{ hello }", "id": 7, "variables": null, "operationName": null}'

    answer = await stub.send(content=body, headers={"content-type": JSON})

    assert (answer.status_code, answer.json()) == (200, {"data": {"hello": "Hello, you!"}})


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON", 200),
        ("application/json; charset=utf-8", 200),
        ('application/json;charset="UTF-8"', 200),
        (None, 415),
        ("", 415),
        ("text/plain", 415),
        ("text/plain; application/json", 415),
        ("application/jsonp", 415),
        ("application/json, text/plain", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=utf-8; x=y", 415),
        ("application/graphql", 415),
        ("application/graphql+json", 415),
        ("application/graphql-response+json", 415),
        ("application/json;charset=latin-1", 415),
        ("application/json" + " " * 20_000 + ";", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
    ],
)
async def test_content_types_are_matched_exactly(stub, content_type, status):
    headers = {} if content_type is None else {"content-type": content_type}

    answer = await stub.send(content=b'{"query": "{ hello }"}', headers=headers)

    assert answer.status_code == status
    assert codes(answer) == ([] if status == 200 else ["BAD_USER_INPUT"])


async def test_a_compressed_body_is_refused(stub):
    answer = await stub.send(content=b"\x1f\x8b", headers={"content-type": JSON, "content-encoding": "gzip"})

    assert answer.status_code == 415


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_past_the_cap_is_a_413(declared):
    stub = Stub(max_body_bytes=2048)
    body = json.dumps({"query": "{ hello }", "variables": {"x": "y" * 4096}}).encode()

    async def chunks():
        for start in range(0, len(body), 512):
            yield body[start : start + 512]

    answer = await stub.send(content=body if declared else chunks(), headers={"content-type": JSON})

    assert (answer.status_code, codes(answer)) == (413, ["BAD_USER_INPUT"])


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "ten", "١٠"])
async def test_a_strange_content_length_does_no_harm(stub, length):
    headers = [(b"content-type", b"application/json"), (b"content-length", length.encode())]

    answer = await stub.send(content=b'{"query": "{ hello }"}', headers=headers)

    assert answer.status_code in (200, 413)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"])
async def test_other_methods_are_a_405_that_names_those_that_do(stub, method):
    answer = await stub.send(method, json={"query": "{ hello }"})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON};q=0.9, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.9", JSON),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{GRAPHQL}, application/graphql+json, {JSON}, text/event-stream, multipart/mixed", GRAPHQL),
        (f"*/*;q=0.1, {GRAPHQL};q=0", JSON),
        (f"{GRAPHQL};q=0.1, */*;q=0.1", GRAPHQL),
        ("application/json, text/plain, */*", JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        (f"{GRAPHQL}, {JSON}, text/event-stream, multipart/mixed", GRAPHQL),
        (f"multipart/mixed;deferSpec=20220824, {GRAPHQL}, {JSON}", GRAPHQL),
        (f"text/event-stream, {JSON};q=0.1", JSON),
        (f"{JSON};q=0, {GRAPHQL}", GRAPHQL),
        ("*/*;q=0.001", JSON),
        (GRAPHQL.upper(), GRAPHQL),
        (f"{JSON};q=nan, {GRAPHQL};q=0.5", GRAPHQL),
    ],
)
async def test_accept_decides_the_media_type(stub, accept, media_type):
    headers = [] if accept is None else [("accept", accept)]
    request = httpx_request(headers, {"query": "{ hello }"})

    answer = await stub.send(**request)

    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{media_type}; charset=utf-8")


def httpx_request(headers, body):
    return {"content": json.dumps(body).encode(), "headers": [("content-type", JSON), *headers]}


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/event-stream",
        "*/json",
        ";;;,,,",
        f"{JSON};q=0",
        f"{JSON};q=2",
        f"{JSON};charset=utf-16",
        "x" * 30_000,
        "text/html," * 200 + JSON,
        f"{JSON};q=0, {GRAPHQL};q=0, */*",
        "multipart/mixed, text/event-stream",
    ],
)
async def test_what_accepts_none_of_ours_is_a_406_in_json(stub, accept):
    answer = await stub.ask("{ hello }", accept=accept)

    assert (answer.status_code, codes(answer)) == (406, ["BAD_USER_INPUT"])
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_headers_that_are_too_long_together_are_a_431(stub):
    answer = await stub.ask("{ hello }", headers={f"x-{each}": "y" * 1000 for each in range(40)})

    assert (answer.status_code, codes(answer)) == (431, ["BAD_USER_INPUT"])
    assert stub.seen == []


async def test_every_answer_is_private_and_has_an_id_of_our_own(stub):
    for answer in (
        await stub.ask("{ hello }", headers={"x-request-id": "mine"}),
        await stub.ask("{"),
        await stub.send("PUT"),
        await stub.ask('{ fails(how: "bug") }'),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"query": "{ hello }"}, 200),
        ({"query": "query ($n: String) { hello(name: $n) }", "variables": '{"n": "Bo"}'}, 200),
        ({"query": "query A { hello } query B { row { id } }", "operationName": "A"}, 200),
        ({"query": "{ hello }", "variables": "", "extensions": "", "operationName": ""}, 200),
        ({"query": "{ hello }", "extensions": "{}"}, 200),
        ({}, 400),
        ({"query": "{"}, 400),
        ({"query": "{ hello }", "variables": "[1]"}, 400),
        ({"query": "{ hello }", "variables": "{"}, 400),
        ({"query": "{ hello }", "variables": "1"}, 400),
        ({"query": "{ hello }", "variables": '{"n": NaN}'}, 400),
        ({"query": "{ hello }", "extensions": "cost"}, 400),
        ({"query": "{ hello }", "operationName": "\ud7ff" * 9}, 400),
        ({"query": "query A { hello } query B { hello }", "operationName": ""}, 400),
        ({"query": "{ hello }", "extensions": '"x"'}, 400),
        ({"query": "{ hello }", **{f"x{each}": "y" for each in range(100)}}, 400),
        ({"query": "mutation { change }"}, 405),
        ({"query": "query A { hello } mutation B { change }", "operationName": "B"}, 405),
        ({"query": "query A { hello } mutation B { change }", "operationName": "A"}, 200),
        ({"query": "subscription { ticks }"}, 400),
    ],
)
async def test_queries_may_come_by_get_and_mutations_may_not(stub, parameters, status):
    answer = await stub.send("GET", params=parameters, headers={"accept": GRAPHQL})

    assert answer.status_code == status
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)
    assert stub.changes == []


@pytest.mark.parametrize(
    ("query_string", "status"),
    [
        (b"query=%ff", 400),
        (b"query=%", 400),
        (b"%00=%00", 400),
        (b"query=%7B+hello+%7D&query=%00", 400),
        (b"&&&===", 400),
        (b"&" * 100_000, 400),
        (b"query={hello}&variables=" + b"[" * 100_000, 400),
        (b"query={hello}&extensions=" + b"9" * 100_000, 400),
        (b"query={hello}%23" + b"x" * 131_072, 413),
        (b"query={row{id}}&query={hello}", 400),
        (b"query={hello}&query={hello}", 400),
        (b"query={hello}&%71uery={hello}", 400),
        (b"query=&query={hello}", 400),
        (b"query={hello}&variables={}&variables=", 400),
        (b"query={hello}&extensions={}&extensions={}", 400),
        (b"query={hello}&operationName=&operationName=A", 400),
        (b"query={hello}&other=1&other=2", 200),
    ],
)
async def test_a_strange_query_string_is_refused(stub, query_string, status):
    assert await raw(stub, query_string) == status


async def test_a_repeated_parameter_is_named(stub):
    answer = await stub.send("GET", params=[("query", "{ hello }"), ("query", "{ row { id } }")])

    assert (answer.status_code, codes(answer)) == (400, ["BAD_USER_INPUT"])
    assert answer.json()["errors"][0]["message"] == "The query string must not repeat the parameter `query`."
    assert stub.opened == []


def nested(levels):
    value = 1
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


DEEP = {
    "a mutation that uses the variable": "mutation ($a: String) { change(text: $a) }",
    "a mutation that declares none": "mutation { change }",
    "a query": "query ($a: Wish) { echo(wish: $a) }",
}


@pytest.mark.parametrize("levels", [15, 200, 253, 254, 255, 400])  # orjson writes 254 levels and reads 1024
@pytest.mark.parametrize("document", DEEP.values(), ids=DEEP)
async def test_variables_nest_no_deeper_than_documents(stub, document, levels):
    """`variables` itself is the first level."""
    for headers in ({}, {"Authorization": "Bearer good", "Idempotency-Key": "deep"}):
        answer = await stub.ask(document, variables={"a": nested(levels)}, headers=headers)

        assert (answer.status_code, codes(answer)) == (400, ["BAD_USER_INPUT"])
        assert answer.json()["errors"][0]["message"] == "The body must not nest more than 16 lists and objects."
    assert (stub.opened, stub.changes) == ([], [])


@pytest.mark.parametrize("name", ["variables", "extensions"])
async def test_what_nests_as_deep_as_a_document_may_is_taken(stub, name):
    taken = await stub.ask("mutation { change }", **{name: {"a": nested(14)}})
    refused = await stub.ask("mutation { change }", **{name: {"a": nested(15)}})
    by_get = [
        await stub.send("GET", params={"query": "{ hello }", name: json.dumps({"a": nested(levels)})})
        for levels in (14, 15)
    ]

    assert (taken.status_code, refused.status_code) == (200, 400)
    assert [answer.status_code for answer in by_get] == [200, 400]
    assert by_get[1].json()["errors"][0]["message"] == f"`{name}` must not nest more than 15 lists and objects."


ACCEPTS = [(b"accept", GRAPHQL.encode())]


async def raw(stub, query_string):
    sent = []
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": query_string, "headers": ACCEPTS}

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    await stub.app(scope, receive, send)
    return sent[0]["status"]


async def test_a_caller_who_leaves_before_the_body_ends_does_no_harm(stub):
    sent = []
    headers = [(b"content-type", b"application/json")]

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await stub.app(
        {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}, receive, send
    )

    assert sent[0]["status"] == 400
    assert stub.lines("bug") == []


SOUP = (
    "{ } ( ) : $ @ ! [ ] ... = | & query mutation subscription fragment on F Row Query hello row rows id name secret "
    'echo first skip include if true null 1 -1 1e9 GREEN wish colour __typename __schema "x" """y""" \\ # \0 é'
)
WORDS = st.sampled_from(SOUP.split())
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
PARAMETERS = st.dictionaries(st.sampled_from(["query", "variables", "operationName", "extensions", "x"]), JSON_VALUES)


TRIALS = settings(deadline=None, max_examples=60, derandomize=True)


@TRIALS
@given(
    body=st.one_of(
        st.binary(max_size=60),
        PARAMETERS.map(lambda value: json.dumps(value).encode()),
        st.builds(
            lambda words, variables: json.dumps({"query": " ".join(words), "variables": variables}).encode(),
            st.lists(WORDS, max_size=30),
            st.dictionaries(st.sampled_from(["n", "F"]), JSON_VALUES),
        ),
    ),
    accept=st.sampled_from([GRAPHQL, JSON, "*/*"]) | st.text("abjson/*;q=0.1, +", max_size=20),
)
async def test_nothing_that_a_caller_sends_makes_a_500(body, accept):
    stub = Stub()

    answer = await stub.send(content=body, headers={"content-type": JSON, "accept": accept})

    assert answer.status_code in (200, 400, 406)
    assert answer.json().keys() & {"data", "errors"}
    assert stub.lines("bug") == []
    assert all(error["extensions"]["code"] for error in answer.json().get("errors", []))


READ_HEADERS = "accept authorization content-encoding content-length content-type expect host x-acting-as x-request-id"


@TRIALS
@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from(READ_HEADERS.split()).map(str.encode),
            st.binary(max_size=40) | st.sampled_from([b"application/json", b"*/*;q=", b"Bearer good", b"0", b"9" * 30]),
        ),
        max_size=6,
    )
)
async def test_no_header_makes_a_500(headers):
    stub = Stub()

    answer = await stub.send(
        content=b'{"query": "{ hello }"}', headers=[(b"content-type", b"application/json"), *headers]
    )

    assert answer.status_code in (200, 400, 401, 406, 413, 415)
    assert answer.json().keys() in ({"data"}, {"errors"})
    assert stub.lines("bug") == []


@TRIALS
@given(
    parameters=st.dictionaries(
        st.sampled_from(["query", "variables", "operationName", "extensions", "x"]),
        st.text(max_size=20) | JSON_VALUES.map(json.dumps) | st.lists(WORDS, max_size=20).map(" ".join),
    )
)
async def test_nothing_in_an_address_makes_a_500(parameters):
    stub = Stub()

    answer = await stub.send("GET", params=parameters)

    assert answer.status_code in (200, 400, 405)
    assert answer.json().keys() & {"data", "errors"}
    assert stub.changes == []
    assert stub.lines("bug") == []
