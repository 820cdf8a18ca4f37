"""Running: errors at their paths, bugs masked, a database that is away, who asks, and the log."""

import asyncio
import os
from hashlib import sha256

import pytest
from graphql import get_introspection_query

from gateway.errors import Forbidden, RateLimited, Unauthenticated
from tests.http.stub import GRAPHQL, HOW, JSON, Stub, codes


@pytest.fixture
def stub():
    return Stub()


# Running


async def test_partial_answers_are_200_with_every_error_at_its_path(stub):
    answer = await stub.ask('{ hello a: refused(how: "not-found") row { id boom } fails(how: "conflict") }')

    request_id = answer.headers["x-request-id"]
    assert answer.status_code == 200
    assert answer.json()["data"] == {"hello": "Hello, you!", "a": None, "row": {"id": "r", "boom": None}, "fails": None}
    assert sorted(answer.json()["errors"], key=lambda error: error["path"]) == [
        {
            "message": "There is no such object.",
            "locations": [{"line": 1, "column": 9}],
            "path": ["a"],
            "extensions": {"code": "NOT_FOUND"},
        },
        {
            "message": "It is closed already.",
            "locations": [{"line": 1, "column": 54}],
            "path": ["fails"],
            "extensions": {"code": "CONFLICT", "state": "CLOSED"},
        },
        {
            "message": "Internal error.",
            "locations": [{"line": 1, "column": 47}],
            "path": ["row", "boom"],
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id},
        },
    ]


@pytest.mark.parametrize(
    "query",
    [
        '{ fails(how: "bug") }',
        '{ refused(how: "bug") }',
        '{ fails(how: "graphql") }',
        '{ fails(how: "no-file") }',
        '{ fails(how: "shared") }',
        '{ fails(how: "data") }',
        "{ number }",
        "{ must }",
        "{ row { must } }",
        "{ rows(first: 9) { nodes { boom } } }",
        "mutation { boom }",
    ],
)
async def test_a_bug_is_masked_and_logged_once_under_the_id_that_goes_out(stub, query):
    answer = await stub.ask(query)

    [bug] = stub.lines("bug")
    assert set(codes(answer)) == {"INTERNAL_SERVER_ERROR"}
    assert {error["message"] for error in answer.json()["errors"]} == {"Internal error."}
    assert bug["request_id"] == answer.headers["x-request-id"]
    assert bug["request_id"] == answer.json()["errors"][0]["extensions"]["requestId"]
    assert "Error" in bug["exception"] or "Sealed" in bug["exception"]
    assert "secret" not in answer.text


async def test_an_answer_that_cannot_be_written_is_a_masked_bug(stub):
    answer = await stub.ask("{ hello odd }")

    assert (answer.status_code, codes(answer)) == (500, ["INTERNAL_SERVER_ERROR"])
    assert len(stub.lines("bug")) == 1


AWAY = [
    "oserror",
    "refused-connection",
    "starting",
    "shutdown",
    "gone",
    "full",
    "closed",
    "pool",
    "operational",
    "invalidated",
    "wrapped",
    "grouped",
]
ENDINGS = {**dict.fromkeys(AWAY, "SERVICE_UNAVAILABLE"), "cancelled": "TIMEOUT", "timeout": "TIMEOUT"}


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize("where", ["field", "sync field", "identify_fails", "open_fails", "close_fails"])
@pytest.mark.parametrize(("how", "code"), ENDINGS.items())
async def test_a_database_that_is_away_refuses_the_whole_request(stub, how, code, where, accept):
    query = "{ hello }"
    if where == "field":
        query = f'{{ hello fails(how: "{how}") }}'
    elif where == "sync field":
        query = f'{{ hello refused(how: "{how}") }}'
    else:
        setattr(stub, where, HOW[how]())

    answer = await stub.ask(query, accept=accept)

    assert (answer.status_code, codes(answer)) == (503, [code])
    assert answer.json().keys() == {"errors"}
    assert int(answer.headers["retry-after"]) > 0
    assert stub.lines("bug") == []
    assert stub.lines()[0]["cause"]


async def test_a_database_that_goes_away_below_rows_refuses_the_whole_request(stub):
    answer = await stub.ask("{ hello rows(first: 3) { nodes { id rows { away } } } }")

    assert (answer.status_code, codes(answer)) == (503, ["SERVICE_UNAVAILABLE"])


async def test_two_changes_at_one_moment_are_a_conflict(stub):
    answer = await stub.ask('{ hello fails(how: "deadlock") }')

    assert (answer.status_code, codes(answer)) == (200, ["CONFLICT"])


async def test_a_failure_at_the_end_of_the_transaction_shows_no_data(stub):
    stub.close_fails = RuntimeError("secret_table")

    answer = await stub.ask('mutation { change(text: "x") }')

    assert (answer.status_code, codes(answer)) == (500, ["INTERNAL_SERVER_ERROR"])
    assert answer.json().keys() == {"errors"}
    assert "secret" not in answer.text


async def test_a_request_that_takes_too_long_is_ended():
    stub = Stub(request_seconds=0.05)

    answer = await stub.ask("{ hello slow(seconds: 5) }")

    assert (answer.status_code, codes(answer)) == (503, ["TIMEOUT"])
    assert int(answer.headers["retry-after"]) > 0


async def test_a_body_that_never_ends_is_ended():
    stub = Stub(request_seconds=0.05)

    async def chunks():
        yield b'{"query":'
        await asyncio.sleep(5)

    answer = await stub.send(content=chunks(), headers={"content-type": JSON})

    assert (answer.status_code, codes(answer)) == (503, ["TIMEOUT"])


async def test_a_field_asked_for_too_often_says_when_to_come_back(stub):
    answer = await stub.ask('{ hello fails(how: "rate") }')

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 60}
    assert "retry-after" not in answer.headers


async def test_hidden_fields_are_told_once(stub):
    answer = await stub.ask('{ rows(first: 4) { nodes { a: secret secret name } } fails(how: "not-found") }')

    assert codes(answer) == ["NOT_FOUND", "FIELD_NOT_PERMITTED"]
    assert answer.json()["errors"][1] == {
        "message": "You do not have permission to read this field.",
        "path": ["rows", "nodes", 0, "a"],
        "extensions": {"code": "FIELD_NOT_PERMITTED", "type": "Row", "field": "secret", "reason": "LEVEL", "count": 8},
    }


# Who asks


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize(
    ("refused", "status", "headers"),
    [
        (Unauthenticated("Sign in again."), 401, {"www-authenticate": "Bearer"}),
        (Forbidden("That organisation is not yours."), 403, {}),
        (RateLimited("Too many requests.", retry_after=9), 429, {"retry-after": "9"}),
    ],
)
async def test_a_caller_who_is_refused_gets_the_status_of_the_refusal(stub, refused, status, headers, accept):
    stub.identify_fails = refused

    answer = await stub.ask("{ hello }", accept=accept)

    assert answer.status_code == status
    assert answer.json().keys() == {"errors"}
    assert codes(answer) == [refused.code]
    assert headers.items() <= answer.headers.items()
    assert stub.opened == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("mutation { signIn }", 200),
        ("mutation { a: refresh signOut }", 200),
        ("mutation { ...F } fragment F on Mutation { signIn ... { refresh } }", 200),
        ("mutation { signIn change }", 401),
        ("mutation { ...F } fragment F on Mutation { signIn ... { change } }", 401),
        ("mutation { signIn: change }", 401),
        ("{ hello }", 401),
    ],
)
async def test_operations_about_credentials_alone_ignore_a_bad_token(stub, query, status):
    answer = await stub.ask(query, headers={"authorization": "Bearer stale"})

    assert answer.status_code == status
    assert stub.changes == []


@pytest.mark.parametrize(
    "query",
    [
        "mutation { a: signIn b: signIn }",
        "mutation { signIn ...F } fragment F on Mutation { again: signIn }",
        "mutation ($no: Boolean! = false) { a: signIn ... @skip(if: $no) { b: signIn } }",
    ],
)
async def test_one_request_gets_one_guess_at_a_password(stub, query):
    answer = await stub.ask(query)

    assert (answer.status_code, codes(answer)) == (400, ["BAD_USER_INPUT"])
    assert stub.opened == []


@pytest.mark.parametrize(
    "query",
    [
        "mutation { a: signIn b: signIn @skip(if: true) }",
        "mutation { signIn signIn __typename }",
        "mutation { signIn ...F @include(if: false) change @skip(if: true) } fragment F on Mutation { again: signIn }",
    ],
)
async def test_what_is_not_executed_is_no_guess_and_needs_no_good_token(stub, query):
    answer = await stub.ask(query, headers={"authorization": "Bearer stale"})

    assert (answer.status_code, codes(answer)) == (200, [])
    assert stub.opened == [("nobody", True)]


async def test_an_operation_without_any_field_to_execute_takes_no_bad_token(stub):
    answer = await stub.ask("mutation { change @skip(if: true) }", headers={"authorization": "Bearer stale"})

    assert (answer.status_code, stub.opened) == (401, [])


async def test_the_bound_of_mutations_comes_before_all_of_them(stub):
    five, six = (" ".join(f'm{n}: change(text: "{n}")' for n in range(count)) for count in (5, 6))

    refused = await stub.ask(f"mutation {{ {six} }}")
    assert (refused.status_code, codes(refused), stub.changes) == (400, ["COST_LIMIT_EXCEEDED"], [])
    taken = await stub.ask(f"mutation {{ {five} }}")
    assert (taken.status_code, codes(taken), stub.changes) == (200, [], list("01234"))


async def test_the_context_is_opened_for_the_caller_and_told_of_changes(stub):
    await stub.ask("{ hello }", headers={"authorization": "Bearer good", "x-acting-as": "F"})
    await stub.ask('mutation { change(text: "x") }')

    assert stub.opened == [("ada", False), ("nobody", True)]
    assert stub.seen[0]["x-acting-as"] == "F"
    assert stub.changes == ["x"]


@pytest.mark.parametrize(
    ("setting", "token", "status"),
    [("on", None, 200), ("signed-in", None, 400), ("signed-in", "Bearer good", 200), ("off", "Bearer good", 400)],
)
@pytest.mark.parametrize(
    "query",
    [
        get_introspection_query(),
        '{ __type(name: "Row") { name } }',
        "{ ...F } fragment F on Query { x: __schema { queryType { name } } }",
        "{ hello ...F } fragment F on Query { ... on Query { ...G } } fragment G on Query { __schema { __typename } }",
        "query ($no: Boolean! = false) { hello @skip(if: true) __schema @skip(if: $no) { __typename } }",
    ],
)
async def test_introspection_is_open_by_setting(setting, token, status, query):
    stub = Stub(introspection=setting)

    answer = await stub.ask(query, headers={"authorization": token} if token else {})

    assert answer.status_code == status
    assert codes(answer) == ([] if status == 200 else ["GRAPHQL_VALIDATION_FAILED"])


@pytest.mark.parametrize(
    ("query", "more"),
    [
        ("{ __typename row { __typename } }", {}),
        ("{ hello } # no __schema here", {}),
        ('{ hello(name: "__type me in") }', {}),
        ('{ hello(name: """__schema""") }', {}),
        ("query __schema { hello }", {}),
        ("query __schema { hello ...__type } fragment __type on Query { hello }", {}),
        ("{ __schema: hello }", {}),
        ("query ($__type: String) { hello(name: $__type) }", {"variables": {"__type": "x"}}),
        ("query A { hello } query B { __schema { queryType { name } } }", {"operationName": "A"}),
        ("{ hello __schema @skip(if: true) { queryType { name } } }", {}),
        ("{ hello ...F @include(if: false) } fragment F on Query { __schema { queryType { name } } }", {}),
        ('mutation { change(text: "__schema") }', {}),
    ],
)
async def test_what_does_not_read_the_schema_is_no_introspection(query, more):
    answer = await Stub(introspection="off").ask(query, **more)

    assert (answer.status_code, codes(answer)) == (200, [])


# The log


async def test_one_line_is_logged_for_a_request_and_no_word_of_the_caller(stub):
    query = 'query Mine($n: String) { hello(name: $n) refused(how: "not-found") }'

    answer = await stub.ask(query, variables={"n": "Ada Private"}, headers={"authorization": "Bearer good"})

    [line] = stub.lines()
    assert {**line, "ms": 0, "timestamp": ""} == {
        "event": "request",
        "level": "info",
        "timestamp": "",
        "request_id": answer.headers["x-request-id"],
        "status": 200,
        "ms": 0,
        "codes": ["NOT_FOUND"],
        "operation": "query",
        "fingerprint": sha256(b"Mine").hexdigest()[:12],
        "cost": 0,
        "statements": 3,
        "denials": 0,
        "viewer": "Stub",
        "pid": os.getpid(),
    }
    assert "Mine" not in stub.log.getvalue()
    assert "Private" not in stub.log.getvalue()
    assert "good" not in stub.log.getvalue()


async def test_no_line_can_be_forged(stub):
    name = "A" * 500
    await stub.ask(f"query {name} {{ hello }}", operationName=name)
    await stub.ask("{ hello }", operationName='x\n{"event": "request", "status": 200}', headers={"x-request-id": "y"})

    assert [(line["fingerprint"], line["status"]) for line in stub.lines()] == [
        (sha256(name.encode()).hexdigest()[:12], 200),
        (None, 400),
    ]
    assert len(stub.log.getvalue().splitlines()) == 2


@pytest.mark.parametrize(
    "value", ["Bearer \xff", "Bearer " + "x" * 10_000, "Basic YTpi", "\t", "Bearer good, Bearer good"]
)
async def test_strange_credentials_are_a_401(stub, value):
    answer = await stub.ask("{ hello }", headers={"authorization": value.encode("latin-1")})

    assert (answer.status_code, codes(answer)) == (401, ["UNAUTHENTICATED"])


WIDE = " ".join(["{ rows(first: 500) { nodes {", *(f"a{n}: id" for n in range(50)), "} } }"])


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), (JSON, 200)])
async def test_a_response_over_its_limit_is_an_error_without_data(accept, status):
    stub = Stub(max_response_bytes=100_000)
    answer = await stub.ask(WIDE, accept=accept)

    assert (answer.status_code, codes(answer), answer.json().keys()) == (status, ["COST_LIMIT_EXCEEDED"], {"errors"})
    assert answer.json()["errors"][0]["message"] == "The response would have more than 100000 bytes. Request less data."
    assert stub.lines("bug") == []


async def test_a_response_is_measured_as_it_is_written():
    """Escapes are longer than the characters that they stand for."""
    query, variables = "query ($n: String) { hello(name: $n) }", {"n": "\x01" * 400}  # six bytes each
    length = len((await Stub().ask(query, variables=variables)).content)
    at, below = [await Stub(max_response_bytes=most).ask(query, variables=variables) for most in (length, length - 1)]

    assert length > 2_400
    assert (codes(at), codes(below)) == ([], ["COST_LIMIT_EXCEEDED"])


async def test_a_change_whose_response_is_too_long_says_that_it_may_be_done():
    stub = Stub(max_response_bytes=1_024)
    stub.commits = True
    answer = await stub.ask("mutation ($t: String) { change(text: $t) }", variables={"t": "x" * 2_000})

    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "COST_LIMIT_EXCEEDED", "mayHaveCommitted": True}
    assert stub.changes == ["x" * 2_000]


async def test_a_bug_after_a_change_says_that_it_may_be_done():
    stub = Stub()
    stub.commits, stub.close_fails = True, ValueError("secret_table")
    answer = await stub.ask("mutation { change }")

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["mayHaveCommitted"]) == (500, True)


async def test_a_lock_that_could_not_be_had_is_a_conflict_to_try_again():
    stub = Stub()
    answer = await stub.ask('{ hello fails(how: "locked") }')

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]) == (200, {"code": "CONFLICT", "rule": "BUSY", "retryAfter": 1})
    assert answer.json()["data"] == {"hello": "Hello, you!", "fails": None}
    assert stub.lines("bug") == []


async def test_a_whole_request_that_waits_for_a_lock_in_vain_says_when_to_come_again():
    stub = Stub()
    stub.open_fails = HOW["locked"]()
    answer = await stub.ask("{ hello }")

    assert (answer.status_code, codes(answer), answer.headers["retry-after"]) == (409, ["CONFLICT"], "1")


# The edition of September 2026, by setting

EDITION = [
    ("{ hello }", {}, 200),
    ('{ hello refused(how: "not-found") }', {}, 294),
    ('{ refused(how: "conflict") }', {}, 294),
    ("{ row { secret } }", {}, 294),
    ("{ nothing }", {}, 422),
    ("query ($c: Int!) { echo(count: $c) }", {"c": "many"}, 422),
    ("{ hello", {}, 400),
]


@pytest.mark.parametrize(("query", "variables", "status"), EDITION)
async def test_the_edition_of_2026_has_its_own_status_codes(query, variables, status):
    edition = Stub(http_edition="2026")
    new, old = [await edition.ask(query, variables=variables, accept=accept) for accept in (GRAPHQL, JSON)]
    audited = await Stub().ask(query, variables=variables, accept=GRAPHQL)

    assert (new.status_code, old.status_code) == (status, 200)
    assert audited.status_code == (200 if status in (200, 294) else 400)
    assert new.json() == old.json() == audited.json()


async def test_in_both_editions_what_is_no_request_is_a_bad_one():
    for stub in (Stub(), Stub(http_edition="2026")):
        assert (await stub.ask("{ hello }", variables=[], accept=GRAPHQL)).status_code == 400
