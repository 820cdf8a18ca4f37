"""Forms: all faults at once, with paths and rules, before any data is read, in the languages of people (D74, L13)."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Any, Final

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import gateway
from gateway.db.seeds.demo import key
from gateway.forms.entries import CHECK
from gateway.messages import LANGUAGES, SECTIONS
from gateway.messages.catalogue import _WRITTEN as WRITTEN
from gateway.schema.build import declared
from tests.graph.conftest import NOW, Answer, Ask, Clock, recorded
from tests.graph.firms import test_staff as test_staffing
from tests.support import tokens

SIGN_UP: Final = "mutation ($input: SignUpFirmInput!) { signUpFirm(input: $input) { accepted } }"
INVITE: Final = "mutation ($input: InviteStaffInput!) { inviteStaff(input: $input) { invitations { id } } }"
ISSUE: Final = "mutation ($input: IssueInvoiceInput!) { issueInvoice(input: $input) { invoice { id } } }"
ASSIGN: Final = "mutation ($input: AssignManagersInput!) { assignManagers(input: $input) { clients { id } } }"
CHANGE: Final = "mutation ($input: ChangeAccessInput!) { changeAccess(input: $input) { collaboration { id } } }"
TERMINATE: Final = (
    "mutation ($input: TerminateCollaborationInput!) { terminateCollaboration(input: $input) { collaboration { id } } }"
)
FIRM: Final = {
    "type": "ADVISORY",
    "industry": "AGENCY_PARTNER",
    "businessKind": "ADVISORY",
    "country": "SE",
    "firmName": "Firm",
    "name": "Person",
    "email": "new@firm.example",
}


def faults(answer: Answer) -> list[tuple[list[Any], str]]:
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    return [(error["extensions"]["input"], error["extensions"]["rule"]) for error in answer.errors]


# ---- all at once


async def test_all_faults_of_a_form_come_at_once_each_at_its_path(ask: Ask) -> None:
    wrong = FIRM | {"firmName": " ", "name": "a\nb", "email": "nobody", "phone": "1" * 41}
    answer = await ask("anonymous", SIGN_UP, input=wrong)

    assert faults(answer) == [
        (["firmName"], "VISIBLE_LENGTH"),
        (["name"], "NAME_CHARACTERS"),
        (["email"], "EMAIL"),
        (["phone"], "LENGTH"),
    ]
    assert {tuple(error["path"]) for error in answer.errors} == {("signUpFirm",)}
    assert answer.data == {"signUpFirm": None}


async def test_faults_in_lists_name_the_item(ask: Ask) -> None:
    people = [
        {"email": email, "role": "STAFF"} for email in ("a@firm.example", "no", "A@FIRM.example", "=?x@a.example")
    ]
    answer = await ask("ada", INVITE, input={"addresses": people})

    assert faults(answer) == [
        (["addresses", 2, "email"], "DUPLICATE"),
        (["addresses", 1, "email"], "EMAIL"),
        (["addresses", 3, "email"], "HEADER_CHARACTERS"),
    ]


async def test_values_that_exclude_each_other_are_reported_with_the_others(ask: Ask) -> None:
    lines = [
        {"description": "", "quantity": 0, "unitAmount": "1"},
        {"description": "x", "quantity": 1, "unitAmount": "1.00"},
    ]
    given = {
        "client": "rubbish",
        "order": ask.id("Client", "C1"),
        "orderedAt": (NOW + timedelta(days=1)).isoformat(),
        "lines": lines,
        "taxPercent": "100",
        "currency": "EUR",
        "dueAt": "tomorrow",
    }
    answer = await ask("billing", ISSUE, input=given)

    assert faults(answer) == [
        (["client"], "ID"),
        (["orderedAt"], "PAST"),
        (["lines", 0, "description"], "VISIBLE_LENGTH"),
        (["lines", 0, "quantity"], "NUMBER"),
        (["lines", 0, "unitAmount"], "UNIT_AMOUNT"),
        (["taxPercent"], "TAX_PERCENT"),
        (["dueAt"], "FUTURE"),
        (["orderedAt"], "NOT_ACCEPTED"),
    ]


async def test_ids_in_lists_are_reported_by_their_index(ask: Ask) -> None:
    good = ask.id("Client", "C1")
    answer = await ask("ada", ASSIGN, input={"clients": [good, "x", good[:-1]], "members": []})

    assert faults(answer) == [(["clients", 1], "ID"), (["clients", 2], "ID"), (["members"], "ENTRIES")]


async def test_at_most_a_hundred_faults_are_reported(ask: Ask) -> None:
    lines = [{"description": "", "quantity": 0, "unitAmount": "1"}] * 100
    given = {"client": ask.id("Client", "C1"), "lines": lines, "taxPercent": "8.1", "currency": "EUR"}
    answer = await ask("billing", ISSUE, input=given)

    assert len(faults(answer)) == 100


async def test_values_of_a_wrong_type_have_their_paths_too(ask: Ask) -> None:
    people = [{"email": 1, "role": "NOBODY"}, {"role": "STAFF"}]
    answer = await ask("ada", INVITE, input={"addresses": people, "more": 1})

    found = sorted(map(str, (error["extensions"]["input"] for error in answer.errors)))
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert {error["extensions"]["rule"] for error in answer.errors} == {"TYPE"}
    assert "['addresses', 0, 'email']" in found
    assert "['addresses', 0, 'role']" in found
    assert any(each.startswith("['addresses', 1") for each in found)


async def test_what_only_data_shows_comes_after_the_authorization_and_at_once(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await test_staffing.invited(ask)
    new = {"name": " ", "password": "short"}
    unknown = await test_staffing.accepted(ask, "unknown", **new)
    known = await test_staffing.accepted(ask, test_staffing.letter(ask, told["id"]), **new)

    assert unknown.codes == ["NOT_FOUND"]
    assert faults(known) == [(["name"], "VISIBLE_LENGTH"), (["password"], "LENGTH")]


async def test_a_repeated_request_has_its_outcome_when_its_future_is_past(
    ask: Ask, world: AsyncConnection, clock: Clock
) -> None:
    given = {"name": "Till", "scopes": ["CLIENTS_READ"], "expiresAt": (NOW + timedelta(hours=1)).isoformat()}
    body = {"query": tokens.CREATE, "variables": {"input": given}}
    headers = {**ask.headers("ada"), "Idempotency-Key": "once"}
    first = await ask.sent(body, headers)
    clock.goes_on(hours=2)
    headers["Authorization"] = f"Bearer {ask.gateway.tokens.issue(key('ada'), clock.now).text}"
    again, new = await ask.sent(body, headers), await ask.sent(body, headers | {"Idempotency-Key": "new"})

    assert (first.errors, again.errors) == ([], [])
    assert again.response.headers["Idempotency-Replayed"] == "true"
    assert faults(new) == [(["expiresAt"], "FUTURE")]


# ---- before any data is read


@pytest.mark.parametrize("who", ["ben", "cora", "pia", "billing"])
async def test_empty_lists_of_who_never_may_are_refused(ask: Ask, who: str) -> None:
    for given in ({"clients": [], "members": []}, {"clients": [ask.id("Client", "nowhere")], "members": []}):
        assert (await ask(who, ASSIGN, input=given)).codes in (["FORBIDDEN"], ["NOT_FOUND"])
    for given in ({"clients": [], "members": ["x"]}, {"clients": ["x"], "members": []}):
        assert {rule for _, rule in faults(await ask(who, ASSIGN, input=given))} == {"ID"}


async def test_a_role_that_never_may_is_refused_for_that_whatever_the_input_is(ask: Ask) -> None:
    given = {"id": ask.id("Collaboration", "F-C1"), "confirm": False, "reason": "x" * 1001}

    assert (await ask("ben", TERMINATE, input=given)).codes == ["FORBIDDEN"]
    assert (await ask("anonymous", TERMINATE, input=given)).codes == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("client", ["C1", "C6"])
@pytest.mark.parametrize("who", ["ada", "cora", "gus", "pia"])
async def test_faults_of_shape_are_the_same_for_everyone_and_every_object(ask: Ask, who: str, client: str) -> None:
    given = {"id": ask.id("Client", client), "confirm": False, "reason": "x" * 1001}
    answer = await ask(who, TERMINATE, input=given)

    assert faults(answer) == [(["confirm"], "CONFIRM"), (["reason"], "LENGTH")]


async def test_faults_of_shape_lock_and_read_nothing(ask: Ask, engine: AsyncEngine) -> None:
    async def statements(**given: Any) -> int:
        with recorded(engine) as said:
            await ask("ada", TERMINATE, input={"id": ask.id("Collaboration", "F-C6"), "confirm": True, **given})
        return len(said)

    of_identity = await statements(confirm=False)

    assert of_identity == await statements(reason="x" * 1001)
    assert of_identity < await statements()


WORST: Final = {
    "String": '""',
    "EmailAddress": '"x"',
    "Decimal": '"x"',
    "URL": '"x"',
    "DateTime": '"x"',
    "Boolean": "false",
    "Int": "0",
}


def worst(kind: Any, id: str) -> str:
    """A value of this type that is as wrong as its type permits."""
    match kind:
        case GraphQLNonNull(of_type=inner):
            return worst(inner, id)
        case GraphQLList():
            return "[]"
        case GraphQLInputObjectType(fields=fields):
            return "{" + ", ".join(f"{name}: {worst(field.type, id)}" for name, field in fields.items()) + "}"
        case GraphQLEnumType(values=values):
            return next(iter(values))
        case _:
            return f'"{id}"' if kind.name == "ID" else WORST[kind.name]


@pytest.mark.parametrize("who", ["ada", "ben", "cora", "emil", "pia", "billing", "firm-sync", "shop-sync", "anonymous"])
async def test_no_input_is_a_bug_for_anybody(ask: Ask, world: AsyncConnection, who: str) -> None:
    mutations: Any = declared().mutation_type
    for name, field in mutations.fields.items():
        given = worst(field.args["input"].type, ask.id("Client", "C1"))
        answer = await ask(who, f"mutation {{ {name}(input: {given}) {{ __typename }} }}")
        assert set(answer.codes) <= {"BAD_USER_INPUT", "FORBIDDEN", "NOT_FOUND", "CONFLICT", "UNAUTHENTICATED"}, (
            answer.text
        )


# ---- languages


GERMAN: Final = "de-CH, en;q=0.5"


async def said_in(ask: Ask, who: str, language: str, query: str, **variables: Any) -> Answer:
    body = {"query": query, "variables": variables}
    return await ask.sent(body, {**ask.headers(who), "Accept-Language": language})


@pytest.mark.parametrize("language", LANGUAGES)
async def test_faults_refusals_and_hidden_fields_are_in_the_callers_language(ask: Ask, language: str) -> None:
    wallet = "{ clients(first: 10) { nodes { wallet { balance { amount } } } } }"
    of_form = await said_in(ask, "anonymous", language, SIGN_UP, input=FIRM | {"email": "nobody"})
    missing = await said_in(
        ask, "ada", language, "query ($id: ID!) { client(id: $id) { id } }", id=ask.id("Client", "C6")
    )
    hidden = [await said_in(ask, "ada", language, wallet) for _ in range(2)]  # the second one is compiled
    tab = await said_in(ask, "ben", language, "{ clients(first: 1, tab: ALL) { totalCount } }")

    assert of_form.errors[0]["message"] == WRITTEN["input"]["EMAIL"][language]
    assert missing.errors[0]["message"] == WRITTEN["general"]["NOT_FOUND"][language]
    assert {each.errors[0]["message"] for each in hidden} == {WRITTEN["general"]["HIDDEN"][language]}
    assert (tab.errors[0]["message"], tab.errors[0]["extensions"]["rule"]) == (
        WRITTEN["forbidden"]["TAB"][language],
        "TAB",
    )


@pytest.mark.parametrize(("header", "language"), [
    ("", "en"),
    ("fr", "en"),
    ("de", "de"),
    ("de-CH, en;q=0.5", "de"),
    ("fr, sv;q=0.3, da;q=0.8", "da"),
    ("DA", "da"),
    ("*", "en"),
    ("es;q=0", "en"),
    ("es;q=x", "en"),
    ("sv, da", "sv"),
    (";;,,=;q", "en"),
    ("de," * 2000, "en"),
])  # fmt: skip
async def test_the_language_is_the_preferred_one_of_five(ask: Ask, header: str, language: str) -> None:
    answer = await said_in(ask, "anonymous", header, SIGN_UP, input=FIRM | {"email": "nobody"})

    assert answer.errors[0]["message"] == WRITTEN["input"]["EMAIL"][language]


async def test_a_request_that_is_refused_as_a_whole_is_in_the_callers_language(ask: Ask) -> None:
    answer = await ask.sent({"query": "{ __typename }"}, {"Authorization": "Bearer x", "Accept-Language": GERMAN})

    assert answer.codes == ["UNAUTHENTICATED"]
    assert answer.errors[0]["message"] == WRITTEN["general"]["CREDENTIALS"]["de"]


async def test_a_kept_refusal_is_repeated_in_the_language_of_the_repetition(ask: Ask, world: AsyncConnection) -> None:
    given = {"id": ask.id("Collaboration", "F-C1"), "level": "LIMITED", "sharedKpis": [], "billingMode": "CLIENT"}
    headers = {**ask.headers("cora"), "Idempotency-Key": "once"}
    first = await ask.sent({"query": CHANGE, "variables": {"input": given}}, headers)
    again = await ask.sent({"query": CHANGE, "variables": {"input": given}}, {**headers, "Accept-Language": "sv"})

    assert first.errors[0]["extensions"] == again.errors[0]["extensions"]
    assert again.response.headers["Idempotency-Replayed"] == "true"
    assert faults(again) == [(["billingMode"], "NOT_ACCEPTED")]
    assert again.errors[0]["message"] == WRITTEN["input"]["NOT_ACCEPTED"]["sv"]


# ---- the declarations and the catalogue

UNCHECKED: Final = {
    "token", "currentPassword", "refreshToken", "deviceToken",  # compared with what is stored
    "SignInInput.email", "SignInInput.password",  # a wrong one is a failed sign-in
    "name", "password",  # of a person who may be known: the resolver checks them for a new one
    "KpiReport", "MoneyInput", "PendingActivityReport",  # each item has an outcome of its own
    "expectedSpecialties", "expectedLanguages",  # compared with what is stored
}  # fmt: skip


def test_every_text_of_an_input_has_a_check() -> None:
    unchecked = {
        f"{type_.name}.{name}"
        for type_, name, metadata in entries(declared())
        if CHECK not in metadata
        and not {type_.name, name, f"{type_.name}.{name}"} & UNCHECKED
        and get_named_type(type_.fields[name].type).name in ("String", "EmailAddress", "Decimal", "URL", "DateTime")
    }

    assert unchecked == set()


def test_every_confirmation_is_checked() -> None:
    assert [
        type_.name for type_, name, metadata in entries(declared()) if name == "confirm" and CHECK not in metadata
    ] == []


def entries(schema: GraphQLSchema) -> Iterator[tuple[GraphQLInputObjectType, str, Any]]:
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            fields = type_.extensions["strawberry-definition"].fields
            for name, field in zip(type_.fields, fields, strict=True):
                yield type_, name, field.metadata


def test_every_message_is_in_every_language_with_the_same_values() -> None:
    wrong = [
        (section, word)
        for section in SECTIONS
        for word, texts in WRITTEN[section].items()
        if tuple(sorted(texts)) != tuple(sorted(LANGUAGES))
        or len({frozenset(values(text)) for text in texts.values()}) != 1
    ]

    assert wrong == []


def test_no_message_of_another_language_is_left_in_english() -> None:
    same = [
        (section, word, language)
        for section in SECTIONS
        for word, texts in WRITTEN[section].items()
        for language in LANGUAGES[1:]
        if texts[language] == texts["en"]
    ]

    assert same == []


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_message_of_the_code_is_used_and_every_rule_is_documented() -> None:
    root = Path(gateway.__file__).parent
    literals = {
        node.value
        for path in root.rglob("*.py")
        if "node_modules" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    documented = set(
        re.findall(r"`([A-Z_]+)`", (root.parent / "docs/api.md").read_text("utf-8").partition("## Forms")[2])
    )

    unused = {word for section in ("input", "conflict", "forbidden", "general") for word in WRITTEN[section]} - literals
    assert unused == set()
    assert WRITTEN["input"].keys() - documented == set()
