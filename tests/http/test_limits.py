"""Limits: one walk, each fragment once, whatever a document says."""

import sys

import pytest
from graphql import OperationDefinitionNode, build_schema, get_introspection_query, parse

from gateway.errors import BadInput, CostLimitExceeded
from gateway.http.directives import Executed
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
WIDE = Limits(
    depth=10**9, aliases=10**99, root_fields=10**99, mutations=10**9, cost=10**999, list_sizes={"Client.days": 31}
)


def measured(text, variables=None, limits=WIDE):
    document = parse(text)
    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    return measure(Executed(document, operation, variables), SCHEMA, limits)


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
        ("{ clients { nodes { id } } }", 50),
        ("{ clients(first: null) { nodes { id } } }", 50),
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
        ("query ($n: Boolean = false) { clients(first: 10) @include(if: $n) @skip(if: true) { nodes { id } } }", 0),
        ('{ clients(first: 10) @include(if: "no") @skip(if: null) { nodes { id } } }', 10),
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
        ("$n: Int = 6", {"n": None}, 50),
        ("$n: Int", {}, 50),
        ("$n: Int", {"n": 10**40}, 500),
        ("$n: Int", {"n": -(10**40)}, 0),
        ("$n: Int", {"n": True}, 500),
        ("$n: Int", {"n": 10.0}, 10),
        ("$n: Int", {"n": -0.0}, 0),
        ("$n: Int", {"n": 10.5}, 500),
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


LEFT_OUT = {
    "a field": "{ hello clients(first: 9) @LEAVE { nodes { id } } }",
    "an inline fragment": "{ hello ... @LEAVE { clients(first: 9) { nodes { id } } } }",
    "a fragment": "{ hello ...F @LEAVE } fragment F on Query { a: hello clients(first: 9) { nodes { id } } }",
    "a fragment in a fragment": "{ hello ...F } fragment F on Query { ...G @LEAVE } fragment G on Query { a: hello }",
    "what has an alias": "{ hello a: hello @LEAVE }",
    "a page that no list gives": "{ hello clients(first: 1) @LEAVE { nodes { invoices(first: 501) { nodes { id } } } } }",
    "what lies deep": "{ hello client @LEAVE { staff { staff { staff { id } } } } }",
}
WAYS_TO_LEAVE = {
    "skip(if: true)": {},
    "include(if: false)": {},
    "skip(if: $yes)": {"yes": True},
    "include(if: $no)": {"no": False},
    "skip(if: $yesByDefault)": {},
    "include(if: $noByDefault)": {},
    "include(if: true) @skip(if: true)": {},
    "include(if: false) @skip(if: false)": {},
}
BOOLEANS = (
    "($yes: Boolean! = false, $no: Boolean! = true, $yesByDefault: Boolean! = true, $noByDefault: Boolean! = false)"
)


@pytest.mark.parametrize("way", WAYS_TO_LEAVE)
@pytest.mark.parametrize("text", LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_not_executed_is_not_measured(text, way):
    text, variables = f"query {BOOLEANS} {text.replace('LEAVE', way)}", WAYS_TO_LEAVE[way]

    assert measured(text, variables) == Measure(depth=1, aliases=0, root_fields=1, cost=0)


@pytest.mark.parametrize("text", LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_not_left_out_is_measured(text):
    with pytest.raises((CostLimitExceeded, BadInput)):
        measured(text.replace("LEAVE", "skip(if: false) @include(if: true)"), limits=Limits(1, 0, 1, 1, 0))


def test_a_fragment_that_is_left_out_once_is_measured_where_it_is_not():
    text = """{ client @skip(if: true) { ...F } other: client { ...F } }
      fragment F on Client { invoices(first: 501) { nodes { id } } }"""

    with pytest.raises(BadInput, match="between 0 and 500"):
        measured(text)


NESTED = "query ($n: Int) { client { invoices(first: $n) { nodes { id } } } }"


@pytest.mark.parametrize(("n", "cost"), [(10, 11), (10.0, 11), (0.0, 1), (500.0, 501)])
def test_a_page_within_a_list_takes_the_numbers_that_the_executor_takes(n, cost):
    assert measured(NESTED, {"n": n}).cost == cost


@pytest.mark.parametrize("n", [501, 501.0, -1, -1.0, 1e30, 10**40])
def test_a_page_within_a_list_has_its_bounds(n):
    with pytest.raises(BadInput, match="between 0 and 500"):
        measured(NESTED, {"n": n})


@pytest.mark.parametrize("n", [10.5, "10", True, [1]])
def test_what_is_no_whole_number_is_left_to_the_validation_of_values(n):
    assert measured(NESTED, {"n": n}).cost == 501


MUTATIONS = build_schema("type Query { a: Int } type Mutation { change: Int }")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("{ a: change b: change c: change }", 3),
        ("{ change change ...F } fragment F on Mutation { change }", 1),
        ("{ change a: __typename b: __typename }", 1),
        ("{ a: change b: change @skip(if: true) ... @include(if: false) { c: change } }", 1),
        ("{ a: change ...F ...F } fragment F on Mutation { b: change ... { c: change } }", 3),
    ],
)
def test_mutations_are_counted_as_they_are_executed(text, count):
    document = parse(f"mutation {text}")
    executed = Executed(document, document.definitions[0])
    limits = {"depth": 9, "aliases": 9, "root_fields": 9, "cost": 9}

    measure(executed, MUTATIONS, Limits(**limits, mutations=count))
    with pytest.raises(CostLimitExceeded, match=f"at most {count - 1} mutations"):
        measure(executed, MUTATIONS, Limits(**limits, mutations=count - 1))


def test_shape_is_counted_through_fragments():
    text = "{ a: hello ...F ...F } fragment F on Query { b: hello c: client { d: staff { id } } }"

    assert measured(text) == Measure(depth=3, aliases=7, root_fields=5, cost=1002)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(depth=2, aliases=9, root_fields=9, mutations=5, cost=99), "nest fields at most 2 levels"),
        (Limits(depth=9, aliases=0, root_fields=9, mutations=5, cost=99), "at most 0 aliases"),
        (Limits(depth=9, aliases=9, root_fields=1, mutations=5, cost=99), "at most 1 root fields"),
        (Limits(depth=9, aliases=9, root_fields=9, mutations=5, cost=4), "at most 4 nodes"),
    ],
)
def test_a_passed_limit_is_named(limits, words):
    with pytest.raises(CostLimitExceeded, match=words):
        measured("{ a: hello clients(first: 5) { nodes { id } } }", limits=limits)


def test_what_lies_at_the_limit_passes():
    text = "{ a: hello clients(first: 5) { nodes { id } } }"

    assert measured(text, limits=Limits(depth=3, aliases=1, root_fields=2, mutations=5, cost=5)).cost == 5


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

    assert calls(lambda: measure(Executed(document, document.definitions[0]), SCHEMA, WIDE)) < 60 * selections


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
    return measure(Executed(document, document.definitions[0]), SCHEMA, WIDE)


def test_doubling_fragments_pass_a_limit_where_they_would_double_the_answer():
    limits = Limits(depth=500, aliases=50, root_fields=20, mutations=5, cost=200_000)

    with pytest.raises(CostLimitExceeded, match="aliases"):
        measured(doubled(60, "a: staff { ...F{next} } b: staff { ...F{next} }"), limits=limits)


def test_a_long_chain_of_fragments_is_refused_before_the_interpreter_gives_up():
    with pytest.raises(CostLimitExceeded, match="nest fields and fragments at most"):
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
    limits = Limits(depth=15, aliases=50, root_fields=20, mutations=5, cost=200_000)

    assert measured(get_introspection_query(input_value_deprecation=True), limits=limits).depth <= 8
