"""Documents, variables and limits: what cannot run has its code, our words and no data."""

import json
import re

import pytest
from graphql import parse

from gateway.http.documents import Documents
from gateway.http.errors import RequestRefused
from gateway.http.variables import MAX_MISFITS, check_variables
from tests.http.stub import GRAPHQL, JSON, Stub, codes, stub_schema
from tests.http.test_limits import calls


@pytest.fixture
def stub():
    return Stub()


DEEP_WISH = json.loads('{"inner": ' * 14 + "null" + "}" * 14)
NINES = "9" * 10_000

REQUEST_ERRORS = [
    ("{", {}, "GRAPHQL_PARSE_FAILED"),
    ("", {}, "GRAPHQL_PARSE_FAILED"),
    ("\0", {}, "GRAPHQL_PARSE_FAILED"),
    ("{ hello(name: '1') }", {}, "GRAPHQL_PARSE_FAILED"),
    ('{ hello(name: "\\uD800") }', {}, "GRAPHQL_PARSE_FAILED"),
    ("{ " + "row { " * 250 + "id" + " }" * 251, {}, "GRAPHQL_PARSE_FAILED"),
    ("{ nope }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("{ hello @nope }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("{ hello @defer }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("{ ...A } fragment A on Query { ...A }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("fragment A on Query { hello }", {}, "BAD_USER_INPUT"),
    ("type Query { a: Int }", {}, "BAD_USER_INPUT"),
    ("{ hello } type Query { a: Int }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("subscription { ticks }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("{ hello } { hello }", {}, "BAD_USER_INPUT"),
    ("{ hello }", {"operationName": "Nope"}, "BAD_USER_INPUT"),
    ("query A { hello }", {"operationName": "B\nforged: 1"}, "BAD_USER_INPUT"),
    ("query A { hello } query B { hello }", {}, "BAD_USER_INPUT"),
    ("query A { hello } query B { hello }", {"operationName": ""}, "BAD_USER_INPUT"),
    ("query A { hello } query B { hello }", {"operationName": None}, "BAD_USER_INPUT"),
    ("query A { hello } query B { hello }", {"operationName": "a"}, "BAD_USER_INPUT"),
    ("query A { hello } query A { hello }", {"operationName": "A"}, "BAD_USER_INPUT"),
    ("query A { hello }", {"operationName": "x" * 100_000}, "BAD_USER_INPUT"),
    ("{ hello @skip }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ('{ hello @skip(if: "true") }', {}, "BAD_USER_INPUT"),
    ("{ hello @include(if: null) }", {}, "BAD_USER_INPUT"),
    ("{ hello @include(if: $f) }", {"variables": {"f": True}}, "GRAPHQL_VALIDATION_FAILED"),
    ("query ($f: Boolean) { hello @include(if: $f) }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("query ($f: Int!) { hello @include(if: $f) }", {"variables": {"f": 1}}, "GRAPHQL_VALIDATION_FAILED"),
    ("query ($f: Boolean!) { hello @include(if: $f) }", {"variables": {"f": "true"}}, "BAD_USER_INPUT"),
    ("{ hello " + "@skip(if: false) " * 600 + "}", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("{ hello " + "@nope " * 2_000 + "}", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("query " + "@skip(if: true) " * 600 + "{ hello }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("{ " + " ".join(f"a{each}: hello" for each in range(51)) + " }", {}, "COST_LIMIT_EXCEEDED"),
    ("{ ...A } " + " ".join(f"fragment {each} on Query {{ ...Z }}" for each in "ABC"), {}, "GRAPHQL_VALIDATION_FAILED"),
    ("query (" + "$n: Int " * 1_000 + ") { hello }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ("query ($w: [[[[Wish]]]]) { hello }", {"variables": {"w": [[[[[]]]]]}}, "GRAPHQL_VALIDATION_FAILED"),
    ("query ($d: Wish) { echo(wish: $d) }", {"variables": {"d": [[[[[]]]]]}}, "BAD_USER_INPUT"),
    ("{ echo(count: " + NINES + ") }", {}, "BAD_USER_INPUT"),
    ("{ echo(count: 1.5) }", {}, "BAD_USER_INPUT"),
    ("{ echo(count: 4294967296) }", {}, "BAD_USER_INPUT"),
    ("{ echo(colour: GREY) }", {}, "BAD_USER_INPUT"),
    ("{ echo(wish: {}) }", {}, "BAD_USER_INPUT"),
    ("{ echo(wish: {colour: GREEN, no: 1}) }", {}, "BAD_USER_INPUT"),
    ('{ echo(day: "yesterday") }', {}, "BAD_USER_INPUT"),
    ('{ hello(name: "\\u0000") }', {}, "BAD_USER_INPUT"),
    ('{ hello(name: "\\u{0}") }', {}, "BAD_USER_INPUT"),
    ('{ echo(wish: {colour: GREEN, days: ["2024\\u0000"]}) }', {}, "BAD_USER_INPUT"),
    ("query ($n: Int!) { echo(count: $n) }", {}, "BAD_USER_INPUT"),
    ("query ($n: Int!) { echo(count: $n) }", {"variables": {"n": None}}, "BAD_USER_INPUT"),
    ("query ($n: Int) { echo(count: $n) }", {"variables": {"n": "1"}}, "BAD_USER_INPUT"),
    ("query ($n: Int) { echo(count: $n) }", {"variables": {"n": 2**40}}, "BAD_USER_INPUT"),
    ("query ($n: Int) { echo(count: $n) }", {"variables": {"n": 1e300}}, "BAD_USER_INPUT"),
    ("query ($n: Int) { echo(count: $n) }", {"variables": {"n": True}}, "BAD_USER_INPUT"),
    ("query ($n: Int = " + NINES + ") { echo(count: $n) }", {}, "BAD_USER_INPUT"),
    ("query ($c: Colour) { echo(colour: $c) }", {"variables": {"c": "GREY"}}, "BAD_USER_INPUT"),
    ("query ($c: Colour) { echo(colour: $c) }", {"variables": {"c": {"a": 1}}}, "BAD_USER_INPUT"),
    ("query ($w: Wish) { echo(wish: $w) }", {"variables": {"w": {"colour": "GREEN", "nope": 1}}}, "BAD_USER_INPUT"),
    ("query ($w: Wish) { echo(wish: $w) }", {"variables": {"w": []}}, "BAD_USER_INPUT"),
    ("query ($w: Wish) { echo(wish: $w) }", {"variables": {"w": DEEP_WISH}}, "BAD_USER_INPUT"),
    ("query ($d: Day) { echo(day: $d) }", {"variables": {"d": "yesterday"}}, "BAD_USER_INPUT"),
    ("query ($n: String) { hello(name: $n) }", {"variables": {"n": "a\0b"}}, "BAD_USER_INPUT"),
    ("query ($w: Wish) { echo(wish: $w) }", {"variables": {"w": {"days": [{"\0": 1}]}}}, "BAD_USER_INPUT"),
    ("{ hello }", {"variables": {"unused": "\0"}}, "BAD_USER_INPUT"),
    ("query ($f: Boolean = true) { hello @include(if: $f) }", {"variables": {"f": None}}, "BAD_USER_INPUT"),
    ("{ " + "hello " * 5001 + "}", {}, "COST_LIMIT_EXCEEDED"),
    ("{ hello }" + "#\n" * 5001, {}, "COST_LIMIT_EXCEEDED"),
    ("{ " + "hello " * 21 + "}", {}, "COST_LIMIT_EXCEEDED"),
    ("{ row { " + " ".join(f"a{each}: id" for each in range(51)) + " } }", {}, "COST_LIMIT_EXCEEDED"),
    ("{ row { " + "rows { " * 15 + "id" + " }" * 17, {}, "COST_LIMIT_EXCEEDED"),
    ("{ rows(first: 500) { nodes { rows { rows { rows { id } } } } } }", {}, "COST_LIMIT_EXCEEDED"),
    ("", {"query": None, "extensions": {"persistedQuery": {"version": 1}}}, "PERSISTED_QUERY_NOT_SUPPORTED"),
]


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), (JSON, 200)])
@pytest.mark.parametrize(("query", "parameters", "code"), REQUEST_ERRORS, ids=range(len(REQUEST_ERRORS)))
async def test_a_request_that_cannot_run_has_its_code_and_no_data(stub, query, parameters, code, accept, status):
    parameters = {"query": query, **parameters}

    answer = await stub.send(json=parameters, headers={"accept": accept})

    assert answer.status_code == status
    assert set(codes(answer)) == {code}
    assert answer.json().keys() == {"errors"}
    assert stub.lines("bug") == []
    # Nothing of Python shows in what callers read.
    for error in answer.json()["errors"]:
        assert not re.search(r"None|Undefined|isoformat|sys\.|str\(|\bdict\b|Traceback|Did you mean", error["message"])


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        ("query ($n: Int!) { echo(count: $n) }", {}, "Variable $n does not fit its type Int!."),
        ("query ($d: Day) { echo(day: $d) }", {"d": "doomsday"}, "That day will not come."),
        ('{ echo(day: "doomsday") }', {}, "That day will not come."),
        ("{ echo(colour: GREY) }", {}, "The value does not fit its type Colour."),
        (
            "query ($w: Wish) { echo(wish: $w) }",
            {"w": {"colour": "GREEN", "inner": {"colour": "BLUE", "days": ["2024", "soon"]}}},
            "Variable $w.inner.days[1] does not fit its type Day!.",
        ),
        ('{ echo(wish: {colour: BLUE, days: ["soon"]}) }', {}, "The value.days[0] does not fit its type Day!."),
        ('{ echo(wish: {colour: BLUE, days: "soon"}) }', {}, "The value.days does not fit its type [Day!]."),
    ],
)
async def test_values_are_refused_in_our_words(stub, query, variables, message):
    answer = await stub.ask(query, variables=variables)

    assert [error["message"] for error in answer.json()["errors"]] == [message]
    assert codes(answer) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ helo }", {}),
        ("{ row { nam } }", {}),
        ("{ hello(nam: 1) }", {}),
        ("{ ... on Rowe { id } }", {}),
        ("fragment F on Rowe { id } { ...F }", {}),
        ("query ($x: Stringg) { hello(name: $x) }", {}),
        ("{ echo(colour: GREEM) }", {}),
        ('{ echo(colour: "GREEN") }', {}),
        ("{ echo(wish: {color: GREEN}) }", {}),
        ("{ hello @skp(if: true) }", {}),
        ("{ hello @skip(iff: true) }", {}),
        ("query ($c: Colour) { echo(colour: $c) }", {"c": "GREEM"}),
        ("query ($w: Wish) { echo(wish: $w) }", {"w": {"color": "GREEN"}}),
        ("query ($w: Wish) { echo(wish: $w) }", {"w": {"colour": "GREN"}}),
        ("query ($c: Colour = GREEM) { echo(colour: $c) }", {}),
    ],
)
async def test_nothing_is_suggested(stub, query, variables):
    answer = await stub.ask(query, variables=variables)

    assert answer.status_code == 400
    assert "mean" not in answer.text
    for name in ("GREEN", "name:", "colour.", "String?"):
        assert name not in answer.text.replace(query, "")


async def test_a_null_variable_where_an_argument_may_not_be_null_is_the_callers_fault(stub):
    query = "query ($f: Boolean = true) { hello echo(flag: $f) }"

    answer = await stub.ask(query, variables={"f": None})

    assert answer.json()["data"] == {"hello": "Hello, you!", "echo": None}
    assert codes(answer) == ["BAD_USER_INPUT"]
    assert stub.lines("bug") == []


async def test_the_cost_is_told_to_those_who_ask(stub):
    asked = await stub.ask("{ rows(first: 7) { nodes { id } } }", extensions={"cost": True})
    silent = await stub.ask("{ rows(first: 7) { nodes { id } } }", extensions={"cost": 1})

    assert asked.json()["extensions"] == {"cost": {"requested": 7, "limit": 200_000}}
    assert "extensions" not in silent.json()


async def test_persisted_queries_are_declined_in_the_words_that_clients_look_for(stub):
    answer = await stub.send("GET", params={"extensions": '{"persistedQuery": {"version": 1, "sha256Hash": "ab"}}'})

    assert (answer.status_code, answer.json()["errors"]) == (
        200,
        [{"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}],
    )


@pytest.mark.parametrize(
    "query",
    [
        "{ row { " + "rows { id } " * 1000 + "} }",
        "{ row { " + "id " * 4900 + "} }",
        "{ row { " + " ".join(f"rows(first: {each}) {{ id }}" for each in range(500)) + "} }",
    ],
)
async def test_a_document_that_repeats_itself_is_refused_before_it_is_compared_with_itself(stub, query):
    answer = await stub.ask(query)

    assert (answer.status_code, codes(answer)) == (400, ["COST_LIMIT_EXCEEDED"])


async def test_fragments_that_double_sixty_times_are_answered(stub):
    doubling = " ".join(f"fragment F{each} on Row {{ ...F{each + 1} ...F{each + 1} }}" for each in range(60))

    answer = await stub.ask("{ row { ...F0 } } " + doubling + " fragment F60 on Row { id }")

    assert answer.json() == {"data": {"row": {"id": "r"}}}


def bomb(last):
    """744 bytes that ask for 131,072 times what they say last."""
    doubling = " ".join(f"fragment F{each} on Row {{ ...F{each + 1} ...F{each + 1} }}" for each in range(17))
    return f"{{ row {{ ...F0 }} }} {doubling} fragment F17 on Row {{ {last} }}".ljust(744, "#")


async def test_a_bomb_of_744_bytes_is_answered_once(stub):
    answer = await stub.ask(bomb("id"))

    assert answer.json() == {"data": {"row": {"id": "r"}}}


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("...F0", "GRAPHQL_VALIDATION_FAILED"),
        ("nope", "GRAPHQL_VALIDATION_FAILED"),
        ("a: rows { ...F9 }", "COST_LIMIT_EXCEEDED"),
    ],
)
async def test_a_bomb_of_744_bytes_that_does_not_fit_is_refused(stub, last, code):
    answer = await stub.ask(bomb(last))

    assert (answer.status_code, set(codes(answer))) == (400, {code})


@pytest.mark.parametrize(
    "query",
    [
        "{ " + "x" * 100_000 + " }",
        "{ hello(" + "x" * 100_000 + ": 1) }",
        "{ hello @" + "x" * 100_000 + " }",
        "{ ..." + "x" * 100_000 + " }",
        "{ ... on " + "x" * 100_000 + " { id } }",
        "query ($" + "x" * 50_000 + ": Int) { hello }",
        "query " + "x" * 100_000 + " ($a: Int, $b: Int, $c: Int) { hello }",
        "{ hello } " + "x" * 100_000,
        "{ echo(colour: " + "x" * 100_000 + ") }",
        '{ echo(count: "' + "x" * 100_000 + '") }',
    ],
)
async def test_what_was_sent_is_not_sent_back_at_length(stub, query):
    answer = await stub.ask(query)

    assert answer.status_code == 400
    assert len(answer.content) < 2_000


def wish(count):
    return {"w": {"colour": "GREEN", **{f"x{each}": each for each in range(count)}}}


def days(count):
    return {"w": {"colour": "GREEN", "days": ["soon"] * count}}


# The library writes the whole value out, each time that it reports one of its misfits.
REPORTS = ("report_invalid_value", "report_invalid_literal")


@pytest.mark.parametrize("variables", [wish, days])
def test_a_variable_that_does_not_fit_is_written_out_a_few_times_at_most(variables):
    schema = stub_schema()
    [operation] = parse("query ($w: Wish) { echo(wish: $w) }").definitions

    def refuse():
        with pytest.raises(RequestRefused) as refused:
            check_variables(schema, operation, variables(5_000))
        assert len(refused.value.errors) == MAX_MISFITS

    assert calls(refuse, *REPORTS) == 1 + MAX_MISFITS


@pytest.mark.parametrize("literal", ["no{}: 1", 'days{}: "soon"'])
def test_a_literal_that_does_not_fit_is_written_out_a_few_times_at_most(literal):
    documents = Documents(stub_schema(), max_tokens=10_000, cache_bytes=0)
    document = documents.read(f"{{ echo(wish: {{ {' '.join(literal.format(each) for each in range(1_000))} }}) }}")

    def refuse():
        with pytest.raises(RequestRefused) as refused:
            documents.check(document)
        assert len(refused.value.errors) == MAX_MISFITS

    assert calls(refuse, *REPORTS) == MAX_MISFITS


@pytest.mark.parametrize("variables", [wish(30), days(30)])
async def test_of_one_value_the_first_misfits_are_told(stub, variables):
    answer = await stub.ask("query ($w: Wish) { echo(wish: $w) }", variables=variables)

    assert codes(answer) == ["BAD_USER_INPUT"] * MAX_MISFITS
