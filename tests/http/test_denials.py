"""Hidden fields are told once per type, field and reason (D35)."""

import asyncio
from dataclasses import dataclass

import pytest
from graphql import (
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    execute,
    parse,
)

from gateway.execution.denials import Denials


@dataclass(frozen=True)
class Because:
    reason: str

    def why(self, field):
        return f"{self.reason}"


LEVEL, PLAN = Because("LEVEL"), Because("PLAN")


def hidden(field, situation=LEVEL):
    def resolve(row, info):
        info.context.add(
            "Row", field, row.get("situation", situation) if isinstance(row, dict) else situation, info.path
        )

    return resolve


def slow_rows(_row, _info):
    async def rows():
        await asyncio.sleep(0.02)
        return [{}, {}]

    return rows()


async def fast_rows(_row, _info):
    return [{}, {}]


Row = GraphQLObjectType(
    "Row",
    lambda: {
        "salary": GraphQLField(GraphQLString, resolve=hidden("salary")),
        "wallet": GraphQLField(GraphQLString, resolve=hidden("wallet")),
        "name": GraphQLField(GraphQLString, resolve=lambda *_: "Ada"),
        "rows": GraphQLField(GraphQLList(Row), resolve=fast_rows),
        "never": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=lambda *_: None),
    },
)


MIXED = [{"situation": PLAN}, {}, {"situation": PLAN}]
SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {
            "row": GraphQLField(Row, resolve=lambda *_: {}),
            "many": GraphQLField(GraphQLList(Row), resolve=lambda *_: [{}] * 1000),
            "mixed": GraphQLField(GraphQLList(Row), resolve=lambda *_: MIXED),
            "slow": GraphQLField(GraphQLList(Row), resolve=slow_rows),
            "fast": GraphQLField(GraphQLList(Row), resolve=fast_rows),
        },
    )
)


async def told(query):
    denials = Denials()
    result = execute(SCHEMA, parse(query), context_value=denials)
    if asyncio.iscoroutine(result):
        result = await result
    return [
        (
            error.path,
            error.extensions["type"],
            error.extensions["field"],
            error.extensions["reason"],
            error.extensions["count"],
        )
        for error in denials.errors(result.data)
    ]


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("{ row { name } }", []),
        ("{ row { name salary } }", [(["row", "salary"], "Row", "salary", "LEVEL", 1)]),
        ("{ many { salary } }", [(["many", 0, "salary"], "Row", "salary", "LEVEL", 1000)]),
        ("{ many { b: salary a: salary } }", [(["many", 0, "b"], "Row", "salary", "LEVEL", 2000)]),
        (
            "{ many { wallet salary } }",
            [
                (["many", 0, "wallet"], "Row", "wallet", "LEVEL", 1000),
                (["many", 0, "salary"], "Row", "salary", "LEVEL", 1000),
            ],
        ),
        (
            "{ mixed { salary } }",
            [
                (["mixed", 0, "salary"], "Row", "salary", "PLAN", 2),
                (["mixed", 1, "salary"], "Row", "salary", "LEVEL", 1),
            ],
        ),
        # The slow list ends last and stands first.
        ("{ slow { salary } fast { salary } }", [(["slow", 0, "salary"], "Row", "salary", "LEVEL", 4)]),
        ("{ fast { salary } slow { salary } }", [(["fast", 0, "salary"], "Row", "salary", "LEVEL", 4)]),
        # What stands inside a row comes before what follows it, though it is resolved later.
        (
            "{ row { rows { wallet } salary rows { name } } }",
            [
                (["row", "rows", 0, "wallet"], "Row", "wallet", "LEVEL", 2),
                (["row", "salary"], "Row", "salary", "LEVEL", 1),
            ],
        ),
        (
            "{ row { rows { rows { salary } } salary } }",
            [(["row", "rows", 0, "rows", 0, "salary"], "Row", "salary", "LEVEL", 5)],
        ),
        # A null that bubbled up took the cell with it.
        ("{ row { salary never } many { salary } }", [(["many", 0, "salary"], "Row", "salary", "LEVEL", 1000)]),
        ("{ row { salary never } }", []),
    ],
)
async def test_one_error_per_type_field_and_reason_at_its_first_place(query, errors):
    assert await told(query) == errors


async def test_an_error_has_the_code_and_no_more_than_the_decision_names():
    denials = Denials()
    result = execute(SCHEMA, parse("{ row { salary } }"), context_value=denials)

    [error] = denials.errors(result.data)

    assert error.formatted == {
        "message": "You do not have permission to read this field.",
        "path": ["row", "salary"],
        "extensions": {"code": "FIELD_NOT_PERMITTED", "type": "Row", "field": "salary", "reason": "LEVEL", "count": 1},
    }


async def test_a_reason_is_asked_for_once_per_field_whatever_the_rows():
    asked = []

    class Counted:
        def why(self, field):
            asked.append(field)
            return "LEVEL"

    situation = Counted()
    denials = Denials()

    def resolve(_row, info):
        denials.add("Row", "salary", situation, info.path)

    wide = GraphQLObjectType("Wide", {"salary": GraphQLField(GraphQLString, resolve=resolve)})
    query = GraphQLObjectType("Query", {"rows": GraphQLField(GraphQLList(wide), resolve=lambda *_: [{}] * 500)})
    result = execute(GraphQLSchema(query), parse("{ rows { salary } }"))

    assert [error.extensions["count"] for error in denials.errors(result.data)] == [500]
    assert asked == ["salary"]


def test_nothing_is_told_of_an_answer_without_data():
    assert Denials().errors(None) == []
