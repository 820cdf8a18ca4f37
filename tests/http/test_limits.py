"""Limits: one walk, each fragment once, whatever a document says."""

import sys

import pytest
from graphql import OperationDefinitionNode, build_schema, get_introspection_query, parse

from gateway.errors import CostLimitExceeded
from gateway.http.limits import Limits, Measure, measure

SCHEMA = build_schema("""
  interface Node { id: ID! }
  type PageInfo { hasNextPage: Boolean! }
  type Client implements Node {
    id: ID!  name: String  tags: [String]
    invoices(first: Int, last: Int): Invoices  staff: [Client]  days: [Client!]!
  }
  type ClientEdge { cursor: String! node: Client }
  type Clients { edges: [ClientEdge!]! nodes: [Client!]! pageInfo: PageInfo! totalCount: Int! }
  type Invoice implements Node { id: ID! client: Client }
  type Invoices { nodes: [Invoice!]! pageInfo: PageInfo! totalCount: Int! }
  type Query {
    hello: String  client: Client  clients(first: Int, last: Int): Clients
    node(id: ID!): Node  nodes(ids: [ID!]!): [Node]!
  }
""")
WIDE = Limits(depth=10**9, aliases=10**99, root_fields=10**99, cost=10**999, list_sizes={"Client.days": 31})


def measured(text, variables=None, limits=WIDE):
    document = parse(text)
    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    return measure(document, SCHEMA, operation, variables or {}, limits)


def calls(work, *names):
    """How many Python functions (of these names) a piece of work calls: a count that no slow machine changes."""
    count = 0

    def note(frame, event, _argument):
        nonlocal count
        count += event == "call" and (not names or frame.f_code.co_name in names)

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ hello }", 0),
        ("{ client { name tags } }", 1 + 1),
        ("{ clients(first: 10) { nodes { a: tags b: tags } } }", 10 + 20),
        ("{ clients(first: 10) { nodes { id } } }", 10),
        ("{ clients(first: 10) { edges { node { id } } } }", 10),
        ("{ clients(last: 7) { nodes { id } } }", 7),
        ("{ clients { nodes { id } } }", 500),
        ("{ clients(first: null) { nodes { id } } }", 500),
        ("{ clients(first: 501) { nodes { id } } }", 500),
        ("{ clients(first: -3) { nodes { id } } }", 0),
        ("{ clients(first: 2, last: 9) { nodes { id } } }", 9),
        ('{ clients(first: "ten") { nodes { id } } }', 500),
        ("{ clients(first: %s) { nodes { id } } }" % ("9" * 10_000), 500),
        ("{ clients(first: -%s) { nodes { id } } }" % ("9" * 10_000), 500),
        ("{ clients(first: 10) { totalCount } }", 10),
        ("{ clients(first: 10) { nodes { invoices(first: 20) { nodes { id } totalCount } } } }", 10 + 10 * (20 + 10)),
        ("{ clients(first: 10) { edges { node { invoices(first: 20) { nodes { client { id } } } } } } }", 10 + 400),
        ("{ clients(first: 3) { ...F } } fragment F on Clients { nodes { id } ... { edges { node { id } } } }", 6),
        ("{ a: clients(first: 3) { ...F } b: clients(first: 4) { ...F } } fragment F on Clients { nodes { id } }", 7),
        ("{ client { staff { id } } }", 1 + 500),
        ("{ client { days { id } } }", 1 + 31),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ('{ nodes(ids: "a") { id } }', 1),
        ('{ node(id: "a") { id ... on Client { invoices(first: 5) { nodes { id } } } } }', 1 + 5),
        ("query ($n: Boolean = false) { clients(first: 10) @include(if: $n) @skip(if: true) { nodes { id } } }", 10),
    ],
)
def test_cost_is_the_number_of_nodes_asked_for(text, cost):
    assert measured(text).cost == cost


@pytest.mark.parametrize(
    ("definition", "variables", "cost"),
    [
        ("$n: Int", {"n": 4}, 4),
        ("$n: Int = 6", {}, 6),
        ("$n: Int = 6", {"n": 4}, 4),
        ("$n: Int = 6", {"n": None}, 500),
        ("$n: Int", {}, 500),
        ("$n: Int", {"n": 10**40}, 500),
        ("$n: Int", {"n": -(10**40)}, 0),
        ("$n: Int", {"n": True}, 500),
        ("$n: Int", {"n": 1e30}, 500),
        ("$n: Int", {"n": [1]}, 500),
        ("$m: Int", {"n": 2}, 2),
    ],
)
def test_pages_are_read_from_variables_and_their_defaults(definition, variables, cost):
    assert measured(f"query ({definition}) {{ clients(first: $n) {{ nodes {{ id }} }} }}", variables).cost == cost


@pytest.mark.parametrize(("ids", "cost"), [(["a"] * 1000, 1000), ([], 0), ("a", 1), (None, 1)])
def test_nodes_cost_as_many_as_there_are_ids(ids, cost):
    assert measured("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}).cost == cost


def test_shape_is_counted_through_fragments():
    text = "{ a: hello ...F ...F } fragment F on Query { b: hello c: client { d: staff { id } } }"

    assert measured(text) == Measure(depth=3, aliases=7, root_fields=5, cost=1002)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(depth=2, aliases=9, root_fields=9, cost=99), "nest at most 2 fields"),
        (Limits(depth=9, aliases=0, root_fields=9, cost=99), "at most 0 aliases"),
        (Limits(depth=9, aliases=9, root_fields=1, cost=99), "at most 1 fields at its root"),
        (Limits(depth=9, aliases=9, root_fields=9, cost=4), "at most 4 nodes"),
    ],
)
def test_a_passed_limit_is_named(limits, words):
    with pytest.raises(CostLimitExceeded, match=words):
        measured("{ a: hello clients(first: 5) { nodes { id } } }", limits=limits)


def test_what_lies_at_the_limit_passes():
    text = "{ a: hello clients(first: 5) { nodes { id } } }"

    assert measured(text, limits=Limits(depth=3, aliases=1, root_fields=2, cost=5)).cost == 5


def doubled(count, body="...F{next} ...F{next}"):
    bodies = [body.replace("{next}", str(each + 1)) for each in range(count)] + ["id"]
    fragments = (f"fragment F{each} on Client {{ {body} }}" for each, body in enumerate(bodies))
    return "{ client { ...F0 } } " + " ".join(fragments)


@pytest.mark.parametrize(
    "text",
    [
        doubled(17),
        doubled(60),
        doubled(60, "a: staff { ...F{next} } b: staff { ...F{next} }"),
        doubled(60, "invoices(first: 1) { nodes { client { ...F{next} } } } staff { ...F{next} }"),
        doubled(3, " ".join(["...F{next}"] * 300)),
        "{ client { ...A } } fragment A on Client { ...B ...B } fragment B on Client { ...A ...A id }",
        "{ ...A ...A } fragment A on Query { ...A client { staff { ...A } } }",
    ],
)
def test_fragments_that_multiply_or_go_round_cost_one_visit_each(text):
    document = parse(text)
    selections = text.count("...") + text.count("{") + text.count("id")

    assert calls(lambda: measure(document, SCHEMA, document.definitions[0], {}, WIDE)) < 60 * selections


def test_the_walk_grows_with_the_document_and_no_faster():
    short, long = (
        calls(lambda text=text: measured_only(text))
        for text in (
            doubled(50, "...F{next} ...F{next} staff { id }"),
            doubled(100, "...F{next} ...F{next} staff { id }"),
        )
    )

    assert long < 2.2 * short


def measured_only(text, cache={}):  # noqa: B006
    document = cache.setdefault(text, parse(text))
    return measure(document, SCHEMA, document.definitions[0], {}, WIDE)


def test_doubling_fragments_pass_a_limit_where_they_would_double_the_answer():
    limits = Limits(depth=500, aliases=50, root_fields=20, cost=200_000)

    with pytest.raises(CostLimitExceeded, match="aliases"):
        measured(doubled(60, "a: staff { ...F{next} } b: staff { ...F{next} }"), limits=limits)


def test_a_long_chain_of_fragments_is_refused_before_the_interpreter_gives_up():
    with pytest.raises(CostLimitExceeded, match="nest at most"):
        measured(doubled(1000, "...F{next}"))


@pytest.mark.parametrize(
    "text",
    [
        "{ nothing { of { this } } }",
        "{ ...Missing }",
        "{ ... on Missing { a { b } } }",
        "mutation { a }",
    ],
)
def test_documents_that_do_not_fit_the_schema_are_measured_by_their_shape(text):
    assert measured(text).cost == 0


def test_the_usual_introspection_query_passes_the_usual_limits():
    limits = Limits(depth=15, aliases=50, root_fields=20, cost=200_000)

    assert measured(get_introspection_query(input_value_deprecation=True), limits=limits).depth <= 8
