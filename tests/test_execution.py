"""Breadth first answers what graphql-core answers, and asks each field of all its objects at once."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
import pytest
from aiodataloader import DataLoader
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    execute,
    get_introspection_query,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import CostLimitExceeded
from gateway.execution.breadth_first import BreadthFirst, Column, read_by
from gateway.schema.build import declared

SCHEMA: Final = build_schema("""
  enum Colour { GREEN BLUE }
  interface Thing { word: String }
  type Row implements Thing {
    word: String  must: String!  number: Int  colour: Colour  words: [String!]  lists: [[Int!]!]
    one: Row  sure: Row!  many: [Row]  all: [Row!]!  thing: Thing  things: [Thing!]  taken(number: Int = 1): Int
  }
  type Other implements Thing { word: String  sure: Row! }
  type Query { row: Row  sure: Row!  all: [Row!]! }
  type Mutation { first: Int  second: Int  third: Int! }
""")


class Refusal(Exception):
    """What a resolver may raise."""


def resolve(source: Mapping[str, Any], info: Any, **arguments: Any) -> Any:
    """A value of a drawn world: given at once, raised, or waited for."""
    name = info.field_name
    value = arguments.get("number") if name == "taken" else source.get(name)
    match value:
        case ("raises", text):
            raise Refusal(text)
        case ("waits", later):
            return awaited(later)
        case ("gives", text):
            return Refusal(text)
    return value


async def awaited(value: Any) -> Any:
    await asyncio.sleep(0)
    match value:
        case ("raises", text):
            raise Refusal(text)
    return value


def _prepare(schema: GraphQLSchema) -> None:
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for field in type_.fields.values():
                field.resolve = resolve
    schema.type_map["Thing"].resolve_type = lambda value, *_: value.get("type")


_prepare(SCHEMA)

# ---- worlds and questions

TEXTS: Final = st.sampled_from(["a", "b", ""])


def perhaps(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly the value; else nothing, a failure, or something to wait for."""
    failure = st.tuples(st.just("raises"), TEXTS)
    others = st.none() | failure | st.tuples(st.just("gives"), TEXTS) | st.tuples(st.just("waits"), values | failure)
    return st.integers(0, 9).flatmap(lambda die: others if die == 0 else values)


def rows(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    leaves = {
        "type": st.sampled_from(["Row", "Row", "Row", "Other", "Nothing"]),
        "word": perhaps(TEXTS),
        "must": perhaps(TEXTS),
        "number": perhaps(st.sampled_from([1, 2, "x", 2**40])),
        "colour": perhaps(st.sampled_from(["GREEN", "BLUE", "RED"])),
        "words": perhaps(st.lists(TEXTS | st.none(), max_size=2)),
        "lists": perhaps(st.lists(st.lists(st.integers(0, 2) | st.none(), max_size=2) | st.none(), max_size=2)),
    }
    if depth == 0:
        return st.fixed_dictionaries(leaves)
    one = rows(depth - 1)
    several = st.lists(one | st.none() if depth == 1 else one, max_size=3)
    return st.fixed_dictionaries(
        leaves
        | {name: perhaps(one) for name in ("one", "sure", "thing")}
        | {name: perhaps(several | st.just("no list")) for name in ("many", "all", "things")}
    )


SIMPLE: Final = (
    "word",
    "must",
    "number",
    "colour",
    "words",
    "lists",
    "__typename",
    "again: word",
    "taken",
    "taken2: taken(number: $big)",
    "word @skip(if: true)",
)


def selections(depth: int, type_name: str = "Row") -> st.SearchStrategy[str]:
    simple = st.sampled_from(SIMPLE if type_name == "Row" else ("word", "__typename"))
    if depth == 0:
        return st.lists(simple, min_size=1, max_size=4).map(lambda parts: f"{{ {' '.join(parts)} }}")
    inner = selections(depth - 1)
    below = st.tuples(st.sampled_from(["one", "sure", "many", "all", "other: many"]), inner).map(" ".join)
    things = st.tuples(st.sampled_from(["thing", "things"]), inner).map(
        lambda part: f"{part[0]} {{ __typename word ... on Row {part[1]} ... on Other {{ sure {part[1]} }} }}"
    )
    fragment = inner.map(lambda part: f"... on Row {part}")
    parts = st.lists(simple | below | things | fragment, min_size=1, max_size=4)
    return parts.map(lambda chosen: f"{{ {' '.join(chosen)} }}")


async def both(question: str, root: Any, schema: GraphQLSchema = SCHEMA) -> tuple[ExecutionResult, ExecutionResult]:
    document = parse(f"query ($big: Int) {question}")
    found = []
    for executor in (None, BreadthFirst):
        result = execute(schema, document, root, variable_values={"big": 7}, executor_class=executor)
        found.append(result if isinstance(result, ExecutionResult) else await result)
    return found[0], found[1]


def explained(result: ExecutionResult) -> set[tuple[Any, ...]]:
    """The nulls of the answer that errors stand for: each is the outermost one on an error's path."""
    found = set()
    for error in result.errors or ():
        value, place = result.data, ()
        for key in error.path or ():
            if value is None:
                break
            value, place = value[key], (*place, key)
        assert value is None
        found.add(place)
    return found


@given(
    root=st.fixed_dictionaries({"row": rows(3), "sure": rows(1), "all": st.lists(rows(2), max_size=3)}), data=st.data()
)
@settings(max_examples=150, deadline=None)
def test_it_answers_as_graphql_core_does(root: dict[str, Any], data: st.DataObject) -> None:
    question = data.draw(
        st.tuples(selections(3), selections(2)).map(lambda parts: f"{{ row {parts[0]} a: all {parts[1]} }}")
    )
    # Two fields of one name merge only where they ask the same, which validation sees to.
    plain, broad = asyncio.run(both(question, root))

    assert broad.data == plain.data
    assert explained(broad) == explained(plain)
    assert list((broad.data or {}).get("row") or ()) == list((plain.data or {}).get("row") or ())


async def test_introspection_is_answered_alike() -> None:
    schema = declared()
    document = parse(get_introspection_query())

    broad = execute(schema, document, executor_class=BreadthFirst)

    assert not isinstance(broad, ExecutionResult)
    assert await broad == execute(schema, document)


# ---- what it is for


async def asked(question: str, root: Any, schema: GraphQLSchema = SCHEMA, context: Any = None) -> ExecutionResult:
    result = execute(schema, parse(question), root, context, executor_class=BreadthFirst)
    assert not isinstance(result, ExecutionResult)
    return await result


def nested(*resolvers: tuple[str, Callable[..., Any]]) -> GraphQLSchema:
    schema = build_schema("type Query { rows: [Row!]! } type Row { id: Int rows: [Row!] kin: [Row!] }")
    for path, resolver in resolvers:
        type_name, name = path.split(".")
        schema.type_map[type_name].fields[name].resolve = resolver
    return schema


async def test_a_field_of_all_rows_of_all_lists_is_one_batch() -> None:
    batches: list[list[int]] = []

    async def load(keys: list[int]) -> list[list[dict[str, int]]]:
        batches.append(keys)
        return [[{"id": key * 10}, {"id": key * 10 + 1}] for key in keys]

    loader: DataLoader[int, list[dict[str, int]]] = DataLoader(load)
    schema = nested(("Row.rows", lambda source, info: loader.load(source["id"])))

    result = await asked("{ rows { rows { rows { id } } } }", {"rows": [{"id": 1}, {"id": 2}]}, schema)

    assert result.errors is None
    assert batches == [[1, 2], [10, 11, 20, 21]]


async def test_fields_beside_each_other_are_begun_before_one_is_waited_for() -> None:
    order: list[str] = []
    last = asyncio.Event()

    async def first(*_: Any) -> list[Any]:
        order.append("first begins")
        await last.wait()
        order.append("first ends")
        return []

    async def second(*_: Any) -> list[Any]:
        order.append("second")
        last.set()
        return []

    schema = nested(("Row.rows", first), ("Row.kin", second))

    result = await asked("{ rows { rows { id } kin { id } } }", {"rows": [{}]}, schema)

    assert result.data == {"rows": [{"rows": [], "kin": []}]}
    assert order == ["first begins", "second", "first ends"]


async def test_mutations_run_one_after_the_other_and_none_after_one_that_must_not_fail() -> None:
    order: list[str] = []

    def act(name: str) -> Callable[..., Any]:
        async def run(*_: Any) -> int:
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            order.append(f"{name} ends")
            if name == "third":
                raise Refusal
            return 1

        return run

    schema = build_schema("type Query { a: Int } type Mutation { first: Int second: Int third: Int! }")
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        field.resolve = act(name)

    result = await asked("mutation { second third first }", None, schema)

    assert result.data is None
    assert [error.path for error in result.errors or ()] == [["third"]]
    assert order == ["second begins", "second ends", "third begins", "third ends"]


async def test_what_is_cancelled_leaves_nothing_running() -> None:
    ended: list[int] = []
    begun = asyncio.Event()

    async def stuck(source: Mapping[str, int], _: Any) -> list[Any]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(source["id"])
        return []

    schema = nested(("Row.rows", stuck))
    running = asyncio.create_task(asked("{ rows { rows { id } } }", {"rows": [{"id": 1}, {"id": 2}]}, schema))
    await begun.wait()

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert sorted(ended) == [1, 2]


# ---- readers


def reading(reader: Callable[..., list[Any]]) -> GraphQLSchema:
    schema = build_schema("type Query { rows: [Row] } type Row { word: String must: String! }")
    row = schema.type_map["Row"]
    assert isinstance(row, GraphQLObjectType)
    for field in row.fields.values():
        read_by(field, reader)
    return schema


async def test_a_reader_is_given_all_rows_at_once_whoever_executes() -> None:
    calls: list[tuple[Any, list[Any]]] = []

    def reader(sources: list[Any], column: Column) -> list[Any]:
        calls.append((column.context, [column.path(row).as_list() for row in range(len(sources))]))
        return [source["word"] for source in sources]

    root = {"rows": [{"word": "a"}, None, {"word": "b"}]}
    schema = reading(reader)

    broad = await asked("{ rows { w: word } }", root, schema, "the context")
    plain = execute(schema, parse("{ rows { w: word } }"), root, "the context")

    assert broad == plain == ExecutionResult({"rows": [{"w": "a"}, None, {"w": "b"}]}, None)
    together, *one_by_one = calls
    assert together == ("the context", [["rows", 0, "w"], ["rows", 2, "w"]])
    assert one_by_one == [("the context", [["rows", 0, "w"]]), ("the context", [["rows", 2, "w"]])]


async def test_a_value_that_cannot_be_read_is_its_own_error_and_no_other_row_s() -> None:
    def reader(sources: list[Any], _: Column) -> list[Any]:
        return [Refusal("no") if source["word"] == "bad" else source["word"] for source in sources]

    root = {"rows": [{"word": "a"}, {"word": "bad"}, {"word": None}]}

    result = await asked("{ rows { word } }", root, reading(reader))

    assert result.data == {"rows": [{"word": "a"}, {"word": None}, {"word": None}]}
    assert result.errors == [GraphQLError("no", path=["rows", 1, "word"], nodes=result.errors[0].nodes)]


async def test_a_row_without_what_it_must_have_is_null_with_one_error() -> None:
    result = await asked(
        "{ rows { must } }",
        {"rows": [{"word": "a"}, {"word": None}]},
        reading(lambda rows, _: [r["word"] for r in rows]),
    )

    assert result.data == {"rows": [{"must": "a"}, None]}
    assert [(error.path, error.message) for error in result.errors or ()] == [
        (["rows", 1, "must"], "Cannot return null for non-nullable field Row.must.")
    ]


# ---- how long a response may be

LONG: Final = build_schema(
    "type Query { rows(count: Int!): [Row!]!  slow: Row } type Row { word: String  number: Int  row: Row }"
)
BOUND: Final = 10_000


def asked_long(query: str, max_bytes: int, begun: list[str] | None = None) -> Any:
    word = {"word": "ä" * 50, "number": 1}

    async def slow(*_: Any) -> Any:
        try:
            await asyncio.sleep(3600)
        finally:
            if begun is not None:
                begun.append("ended")

    async def rows(_: Any, count: int) -> Any:
        await asyncio.sleep(0)
        return [word | {"row": word}] * count

    root = {"rows": rows, "slow": slow}
    return execute(LONG, parse(query), root, executor_class=BreadthFirst, max_bytes=max_bytes)


LENGTHS: Final = {
    "texts": "{ rows(count: %d) { word } }",
    "an alias of each": "{ rows(count: %d) { a: word b: word c: word } }",
    "names of fields": "{ rows(count: %d) { number anotherNumber: number } }",
    "objects in objects": "{ rows(count: %d) { row { row { word } } } }",
}


@pytest.mark.parametrize("query", LENGTHS.values(), ids=LENGTHS)
async def test_a_response_is_ended_while_it_is_made_and_never_for_fewer_bytes_than_it_has(query: str) -> None:
    shortest = 1
    while len(orjson.dumps({"data": (await asked_long(query % shortest, 10**9)).data})) <= BOUND:
        shortest += 1
    fits = await asked_long(query % (shortest - 1), BOUND)
    with pytest.raises(CostLimitExceeded, match="more than 10000 bytes"):
        await asked_long(query % (3 * shortest), BOUND)

    assert fits.errors is None


async def test_what_is_under_way_when_a_response_is_too_long_is_cancelled() -> None:
    ended: list[str] = []
    with pytest.raises(CostLimitExceeded):
        await asked_long("{ rows(count: 1000) { word } slow { word } }", BOUND, ended)

    assert ended == ["ended"]


async def test_errors_are_counted_too() -> None:
    schema = build_schema("type Query { rows: [Row] } type Row { word: String }")

    def fails(*_: Any) -> Any:
        raise Refusal("no")

    row = {"word": fails}
    with pytest.raises(CostLimitExceeded):
        await execute(
            schema, parse("{ rows { word } }"), {"rows": [row] * 300}, executor_class=BreadthFirst, max_bytes=BOUND
        )
