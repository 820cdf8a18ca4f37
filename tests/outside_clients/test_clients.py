"""The clients that frontends bring work as they come: each script prints what its client saw."""

from collections.abc import Iterator

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
)

from gateway.schema.build import sdl
from tests.outside_clients.conftest import laid_out, run, seen_by

PAGES = [["Ærø Tovværk", "Björkdunge Bageri", "Uhrenatelier Gänseblum"], ["Zürcher Käsekeller"]]
BALANCES = ["48250.00", None, None, "9180.50"]
HATS = ["Havlygte Revision", "Zürcher Käsekeller"]


def test_apollo_client(gateway, npm):
    laid_out(npm, "demo.mjs", "apollo.mjs")

    seen = seen_by(npm, "apollo.mjs", gateway.url)

    assert seen == {
        "pages": PAGES,
        "cached": PAGES,
        "searched": ["Ærø Tovværk"],
        "node": {"__typename": "Client", "id": seen["found"], "name": "Ærø Tovværk", "country": "DK"},
        "found": seen["found"],
        "denied": {
            "none": ["FIELD_NOT_PERMITTED"],
            "all": {"balances": BALANCES, "codes": ["FIELD_NOT_PERMITTED"]},
            "ignore": 4,
        },
        "acting": {"unsaid": HATS[0], "chosen": HATS},
        "refreshed": "Ada Nørgård",
        "signedOut": True,
        "afterSignOut": ["UNAUTHENTICATED"],
        "spoiltToken": ["UNAUTHENTICATED"],
        # Told once that hashes are not supported, it sends queries from then on.
        "persisted": {"pages": PAGES, "requests": ["by its hash", "with the query", "with the query"]},
        "batched": [["BAD_USER_INPUT"], ["BAD_USER_INPUT"]],
    }


def test_urql(gateway, npm):
    laid_out(npm, "demo.mjs", "urql.mjs")
    signed_out = {"data": {"refresh": None}, "codes": ["UNAUTHENTICATED"], "status": 200}

    seen = seen_by(npm, "urql.mjs", gateway.url)

    [accept] = seen.pop("accepts")
    assert accept.endswith("application/json, text/event-stream, multipart/mixed")
    assert seen == {
        "pages": PAGES,
        "searched": ["Ærø Tovværk"],
        "node": "Ærø Tovværk",
        "denied": {"balances": BALANCES, "codes": ["FIELD_NOT_PERMITTED"]},
        "acting": {"unsaid": HATS[0], "chosen": HATS},
        "refreshed": "Ada Nørgård",
        "signedOut": True,
        "afterSignOut": signed_out,
        "spoiltToken": {"data": None, "codes": ["UNAUTHENTICATED"], "status": 401},
        "byGet": {"pages": PAGES, "changed": signed_out, "methods": ["GET", "GET", "POST"]},
    }


def test_graphql_request(gateway, npm):
    laid_out(npm, "demo.mjs", "graphql_request.mjs")

    seen = seen_by(npm, "graphql_request.mjs", gateway.url)

    assert seen == {
        "pages": PAGES,
        "searched": ["Ærø Tovværk"],
        "node": "Ærø Tovværk",
        "denied": {
            "none": {"status": 200, "codes": ["FIELD_NOT_PERMITTED"]},
            "all": {"balances": BALANCES, "codes": ["FIELD_NOT_PERMITTED"]},
        },
        "acting": {"unsaid": HATS[0], "chosen": HATS},
        "refreshed": "Ada Nørgård",
        "signedOut": True,
        "afterSignOut": {"status": 200, "codes": ["UNAUTHENTICATED"]},
        "spoiltToken": {"status": 401, "codes": ["UNAUTHENTICATED"]},
        "batched": {"status": 400, "codes": ["BAD_USER_INPUT"]},
        "byGet": PAGES,
    }


def test_relay(gateway, npm):
    laid_out(npm, "relay", "demo.mjs")
    (npm / "schema.graphql").write_text(sdl(), "utf-8")

    run(npm, "node_modules/.bin/relay-compiler")
    seen = seen_by(npm, "run.mjs", gateway.url)

    assert seen == {
        "pages": [PAGES[0], PAGES[0] + PAGES[1]],
        "refetched": {"sameCard": True, "balance": "48250.00"},
        "denied": {"balances": BALANCES, "codes": ["FIELD_NOT_PERMITTED"]},
        "acting": {"unsaid": HATS[0], "chosen": HATS},
        "refreshed": "Ada Nørgård",
        "signedOut": True,
        "afterSignOut": {"refresh": None, "codes": ["UNAUTHENTICATED"]},
        "spoiltToken": ["UNAUTHENTICATED"],
    }


# ---- lists with hidden values

LEVEL = "hidden: LEVEL, LEVEL FULL"
ROWS = [
    ["Ærø Tovværk", "48250.00"],
    ["Björkdunge Bageri", LEVEL],
    ["Uhrenatelier Gänseblum", LEVEL],
    ["Zürcher Käsekeller", "9180.50"],
]
PATHS = ["clients.nodes.1.wallet", "clients.nodes.2.wallet"]


def test_hidden_values_in_apollo_client(gateway, npm):
    laid_out(npm, "demo.mjs", "apollo_hidden.mjs")

    seen = seen_by(npm, "apollo_hidden.mjs", gateway.url, gateway.token("ada"))

    assert seen == {
        "page": ROWS[:3],
        "all": ROWS,
        "cached": ROWS,
        "mutated": [LEVEL],
        "after": ROWS,
        "each": {"rows": 4, "paths": PATHS},
    }


def test_hidden_values_in_urql(gateway, npm):
    laid_out(npm, "demo.mjs", "urql_hidden.mjs")
    balances = [balance for _, balance in ROWS[:3]]
    of_a_cache = {
        "pages": [ROWS[:3], ROWS[3:]],
        "fromCache": {"rows": balances, "sent": 0},
        "mutated": {"error": None, "balances": [LEVEL]},
        "after": balances,
    }

    seen = seen_by(npm, "urql_hidden.mjs", gateway.url, gateway.token("ada"))

    assert seen == {"document": of_a_cache, "normalised": of_a_cache, "each": {"rows": 4, "paths": PATHS}}


def test_hidden_values_in_relay(gateway, npm):
    laid_out(npm, "relay", "demo.mjs")
    (npm / "schema.graphql").write_text(sdl(), "utf-8")

    run(npm, "node_modules/.bin/relay-compiler")
    seen = seen_by(npm, "hidden.mjs", gateway.url, gateway.token("ada"))

    hidden = [balance == LEVEL for _, balance in ROWS]
    assert seen["rows"] == [
        {"name": name, "ok": balance != LEVEL, "reason": "LEVEL" if balance == LEVEL else None}
        for name, balance in ROWS
    ]
    assert [bool(errors) for errors in seen["strictly"]] == hidden
    assert seen["cached"] == "available"
    assert seen["mutated"] == {"clients": 1, "errors": None}
    assert seen["after"]["name"] == "Björkdunge Bageri"


def test_graphql_codegen_and_typescript(gateway, npm):
    laid_out(npm, "codegen")
    token = gateway.token("ada")
    (npm / "operations.graphql").write_text("\n".join(operations()), "utf-8")

    (npm / "schema.graphql").write_text(sdl(), "utf-8")

    # The profile of a firm's people has all that their portal reads.
    run(npm, "node_modules/.bin/graphql-codegen", "--config", "codegen.mjs", DEMO_URL=gateway.url, DEMO_TOKEN=token)
    run(npm, "node_modules/.bin/graphql-codegen", "--config", "codegen.mjs")
    run(npm, "node_modules/.bin/tsc")
    seen = seen_by(npm, "built/portal.js", gateway.url, token)

    assert seen == {"balances": dict(zip(PAGES[0] + PAGES[1], BALANCES, strict=True)), "wrong": 4}


def operations() -> Iterator[str]:
    """One operation for each root field, with all leaves of what it returns."""
    schema = build_schema(sdl())
    for kind, type_ in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        for name, field in type_.fields.items():
            declared = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
            given = ", ".join(f"{each}: ${each}" for each in field.args)
            begin = f"{kind} {name[0].upper()}{name[1:]}Operation{f'({declared})' if declared else ''}"
            yield f"{begin} {{ {name}{f'({given})' if given else ''} {selection(schema, get_named_type(field.type), 3)} }}"


def selection(schema: GraphQLSchema, type_, depth: int) -> str:
    """All leaves of an object, and those of its objects without arguments; of an interface, those of all its types."""
    if isinstance(type_, GraphQLInterfaceType):
        fragments = [f"... on {each.name} {selection(schema, each, 1)}" for each in schema.get_possible_types(type_)]
        return f"{{ __typename {' '.join(fragments)} }}"
    if not isinstance(type_, GraphQLObjectType):
        return ""
    parts = ["__typename"]
    for name, field in type_.fields.items():
        named = get_named_type(field.type)
        if is_leaf_type(named):
            parts.append(name)
        elif depth > 1 and not field.args:
            parts.append(f"{name} {selection(schema, named, depth - 1)}")
    return f"{{ {' '.join(parts)} }}"


def test_gql_for_python(gateway, tmp_path):
    laid_out(tmp_path, "gql_client.py")

    seen = seen_by(tmp_path, "gql_client.py", gateway.url)

    assert seen == {
        "pages": PAGES,
        "searched": ["Ærø Tovværk"],
        "node": "Ærø Tovværk",
        "denied": {"balances": BALANCES, "codes": ["FIELD_NOT_PERMITTED"]},
        "acting": {"unsaid": HATS[0], "chosen": HATS},
        "refreshed": "Ada Nørgård",
        "introspected": True,
        "later": [["Ærø Tovværk"], ["Björkdunge Bageri"]],
        "signedOut": True,
        "afterSignOut": {"codes": ["UNAUTHENTICATED"]},
        "spoiltToken": {"codes": ["UNAUTHENTICATED"]},
    }
