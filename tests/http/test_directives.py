"""What is taken to be executed is what the executor executes."""

from typing import Any

from graphql import OperationDefinitionNode, build_schema, execute, parse
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.directives import Executed
from gateway.http.limits import Limits, measure

SCHEMA = build_schema("type Query { leaf: Int  query: Query! }")
WIDE = Limits(depth=10**9, aliases=10**9, root_fields=10**9, mutations=10**9, cost=10**99)
VARIABLES = {"given": True, "denied": False}
HEAD = "($given: Boolean!, $denied: Boolean!, $yes: Boolean! = true, $no: Boolean! = false)"
CONDITIONS = ("true", "false", "$given", "$denied", "$yes", "$no")

conditions = st.sampled_from(CONDITIONS)
directives = st.one_of(
    st.just(""),
    st.builds("@skip(if: {})".format, conditions),
    st.builds("@include(if: {})".format, conditions),
    st.builds("@include(if: {}) @skip(if: {})".format, conditions, conditions),
)
keys = st.sampled_from(("leaf", "a: leaf", "b: leaf", "__typename"))


def selections(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    selection = st.one_of(
        st.builds("{} {}".format, keys, directives),
        st.builds("query {} {}".format, directives, inner),
        st.builds("q: query {} {}".format, directives, inner),
        st.builds("... {} {}".format, directives, inner),
        st.builds("...{} {}".format, st.sampled_from("FG"), directives),
    )
    return st.lists(selection, min_size=1, max_size=3).map(lambda each: "{ leaf " + " ".join(each) + " }")


texts = st.recursive(st.just("{ leaf }"), selections, max_leaves=8)
flat = st.lists(st.builds("{} {}".format, keys, directives), min_size=1).map(lambda each: "{ " + " ".join(each) + " }")


def depth(data: Any) -> int:
    return 1 + max(map(depth, data.values()), default=0) if isinstance(data, dict) else 0


class Root:
    leaf = 1

    @property
    def query(self) -> "Root":
        return self


@given(texts, flat, flat)
def test_the_executor_executes_the_same(text: str, f: str, g: str) -> None:
    document = parse(f"query {HEAD} {text} fragment F on Query {f} fragment G on Query {g}")
    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    executed = Executed(document, operation, VARIABLES)
    result = execute(SCHEMA, document, Root(), variable_values=VARIABLES)

    assert result.errors is None
    assert executed.root_fields.keys() == result.data.keys()
    assert measure(executed, SCHEMA, WIDE).depth == depth(result.data)
