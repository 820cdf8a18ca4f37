"""`@semanticNonNull`: such a field is null only where it is hidden, as every caller finds in the demo world."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from graphql import GraphQLObjectType, build_schema, get_named_type, is_leaf_type

from gateway.schema.build import declared, sdl, semantic_non_nulls
from tests.graph.conftest import CALLERS, Ask

SCHEMA: Final = declared()
FIELDS: Final = semantic_non_nulls(SCHEMA)


def leaves(name: str) -> str:
    type_ = SCHEMA.type_map[name]
    assert isinstance(type_, GraphQLObjectType)
    found = [field for field, each in type_.fields.items() if is_leaf_type(get_named_type(each.type))]
    money = [
        f"{field} {{ amount }}" for field, each in type_.fields.items() if get_named_type(each.type).name == "Money"
    ]
    return " ".join(["__typename", *found, *money])


def page(field: str, name: str, more: str = "") -> str:
    return f"{field}(first: 20) {{ nodes {{ {leaves(name)} {more} }} }}"


CLIENT: Final = " ".join(
    [
        f"kpis {{ {leaves('KpiSnapshot')} }}",
        page("pendingActivities", "PendingActivity"),
        page("members", "ClientMember"),
        page("memberInvitations", "ClientMemberInvitation"),
        page("accountManagers", "FirmMember"),
        page("sessions", "ClientSession"),
    ]
)
FIRM: Final = " ".join(
    [
        page("staff", "FirmMember"),
        page("staffInvitations", "StaffInvitation"),
        page("profileRevisions", "FirmProfile"),
    ]
)
PERIODS: Final = page("billingModePeriods", "BillingModePeriod")
DOCUMENTS: Final = [
    f"{{ {' '.join(parts)} }}"
    for parts in (
        [page("collaborations", "Collaboration", f"{PERIODS} client {{ {leaves('Client')} {CLIENT} }}")],
        [page("firms", "Firm", FIRM), page("publicDirectory", "FirmProfile")],
        [page("invoices", "Invoice"), page("auditLog", "AuditEntry"), page("clientInvitations", "ClientInvitation")],
        [
            page("conversations", "Conversation", page("messages", "Message")),
            f"viewer {{ user {{ {leaves('User')} }} }}",
        ],
    )
]


def nulls(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of nulls at fields that should have a value."""
    match value:
        case dict():
            for name, below in value.items():
                if below is None and (value.get("__typename"), name) in FIELDS:
                    yield (*path, name)
                yield from nulls(below, (*path, name))
        case list():
            for index, below in enumerate(value):
                yield from nulls(below, (*path, index))


@pytest.mark.parametrize("who", CALLERS)
async def test_such_a_field_is_null_only_where_it_is_hidden(ask: Ask, who: str) -> None:
    for document in DOCUMENTS:
        answer = await ask.sent({"query": document, "extensions": {"hidden": "each"}}, ask.headers(who))
        denied = {
            tuple(error["path"]) for error in answer.errors if error["extensions"]["code"] == "FIELD_NOT_PERMITTED"
        }

        assert [path for path in nulls(answer.data) if path not in denied] == []


def test_the_directive_is_in_the_text_of_the_schema() -> None:
    schema = build_schema(sdl())
    nodes = {
        (name, field)
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLObjectType)
        for field, each in type_.fields.items()
        if each.ast_node is not None
        and [one.name.value for one in each.ast_node.directives or ()] == ["semanticNonNull"]
    }

    assert nodes == FIELDS
    assert len(FIELDS) > 40
