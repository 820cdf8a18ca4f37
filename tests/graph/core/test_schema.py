"""The promise to callers: its text, its words, and what must never stand in it."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
    parse,
    validate,
    validate_schema,
)

from gateway.db import models
from gateway.names import field_of
from gateway.policy import Policy
from gateway.policy.cubes import remaining
from gateway.reads import values
from gateway.reads.declarations import Declared, shape_of, shape_of_declared
from gateway.reads.formats import graph_name
from gateway.schema import build
from gateway.schema.build import declared, sdl
from gateway.schema.core.actions import NAMES as ACTIONS
from gateway.schema.core.explain import Fact
from gateway.schema.core.fields import leaf
from gateway.schema.core.list_bounds import ACTED_ON, MASKED

SCHEMA: Final = declared()
OURS: Final = {
    name: type_
    for name, type_ in SCHEMA.type_map.items()
    if not name.startswith("__") and name not in {"ID", "String", "Int", "Boolean", "Float"}
}
OBJECTS: Final = {name: type_ for name, type_ in OURS.items() if isinstance(type_, GraphQLObjectType)}
WITH_FIELDS: Final = {
    name: type_
    for name, type_ in OURS.items()
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType)
}
CONNECTIONS: Final = sorted(name for name in OBJECTS if name.endswith("Connection"))
WITHOUT_ID: Final = {"BillingModePeriod"}
PAGE: Final = {"first", "after", "last", "before"}


def test_the_file_is_what_the_types_say() -> None:
    file = Path(__file__).parents[3] / "schema.graphql"

    assert file.read_text() == sdl()


def test_the_schema_is_valid_and_can_be_read_again() -> None:
    assert validate_schema(SCHEMA) == []
    assert validate_schema(build_schema(sdl())) == []


def test_everything_is_described() -> None:
    silent = [name for name, type_ in OURS.items() if not type_.description]
    for name, type_ in WITH_FIELDS.items():
        for field, definition in type_.fields.items():
            silent += [] if definition.description else [f"{name}.{field}"]
            arguments = getattr(definition, "args", {})
            silent += [f"{name}.{field}({each}:)" for each, one in arguments.items() if not one.description]
    for name, named in OURS.items():
        if isinstance(named, GraphQLEnumType):
            silent += [f"{name}.{value}" for value, one in named.values.items() if not one.description]

    # A mutation's one argument is described by its input type.
    assert [name for name in silent if not re.fullmatch(r"Mutation\.\w+\(input:\)", name)] == []


def test_descriptions_are_sentences_without_words_of_the_house() -> None:
    described = re.findall(r'"""(.*?)"""', sdl(), re.DOTALL)
    for text in (" ".join(one.split()) for one in described):
        assert text[0].isupper(), text
        assert text.endswith("."), text
        assert not re.search(r"_id\b|\btable\b|\bcolumn\b|\bloader\b|[a-z]_[a-z]", text), text


@pytest.mark.parametrize("name", CONNECTIONS)
def test_a_connection_follows_the_specification_of_relay(name: str) -> None:
    connection = OBJECTS[name].fields
    edge = OBJECTS[get_named_type(connection["edges"].type).name]
    node = get_named_type(edge.fields["node"].type)

    assert set(connection) == {"edges", "nodes", "pageInfo", "totalCount"}
    assert str(connection["pageInfo"].type) == "PageInfo!"
    assert str(connection["edges"].type) == f"[{edge.name}!]!"
    assert edge.name == name.removesuffix("Connection") + "Edge"
    assert str(connection["nodes"].type) == f"[{node.name}!]!"
    assert set(edge.fields) == {"cursor", "node"}
    assert str(edge.fields["cursor"].type) == "String!"
    assert isinstance(node, GraphQLObjectType)
    assert SCHEMA.type_map["Node"] in node.interfaces or node.name in WITHOUT_ID


def test_page_info_follows_the_specification_of_relay() -> None:
    assert {name: str(field.type) for name, field in OBJECTS["PageInfo"].fields.items()} == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }


FORWARD_ONLY: Final = ("publicDirectory", "marketplace", "reviewQueue")


def test_every_list_with_pages_takes_the_same_arguments_and_may_be_refused() -> None:
    for name, type_ in OBJECTS.items():
        for field, definition in type_.fields.items():
            if get_named_type(definition.type).name in CONNECTIONS:
                page = {"first", "after"} if field in FORWARD_ONLY else PAGE
                assert page <= set(definition.args), (name, field)
                assert not is_non_null_type(definition.type), (name, field)
                assert {str(definition.args[each].type) for each in page} == {"Int", "String"}


def test_every_node_has_an_id_that_is_never_null_and_one_way_in() -> None:
    for name, type_ in OBJECTS.items():
        if SCHEMA.type_map["Node"] in type_.interfaces:
            assert str(type_.fields["id"].type) == "ID!", name
    assert str(OBJECTS["Query"].fields["node"].type) == "Node"
    assert str(OBJECTS["Query"].fields["nodes"].type) == "[Node]"


def test_every_root_field_may_be_null() -> None:
    """One refusal must not take its neighbours with it."""
    assert [name for name, field in OBJECTS["Query"].fields.items() if is_non_null_type(field.type)] == []
    assert [name for name, field in OBJECTS["Mutation"].fields.items() if is_non_null_type(field.type)] == []


def test_a_leaf_of_a_row_has_a_value() -> None:
    with pytest.raises(ValueError, match=r"^Firm\.name has no value: declare it as a value of a column or of a rule"):
        build._read("Firm", "name", strawberry.field(description="The name."))


def test_a_type_with_rules_has_a_model() -> None:
    with pytest.raises(
        ValueError, match=r"^Receipt has rules, but no row: declare its model, `class Receipt\(Node, row="
    ):
        shape_of("Receipt")


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        (models.User.name, r"^Toy: `name` is a column of user_account, which is not joined to Toy\.$"),
        (models.Firm.name.label("id"), r"^Toy: two columns have the name `id`\. Give one of them a label\.$"),
    ],
)
def test_a_column_that_the_row_cannot_have_stops_the_start(column: Any, fault: str) -> None:
    toy = strawberry.type(
        type("Toy", (), {"__annotations__": {"name": str}, "name": leaf("A name.", values.text(column))})
    )

    with pytest.raises(ValueError, match=fault):
        shape_of_declared("Toy", Declared(toy, models.Firm))


def test_a_type_lists_its_hidden_fields_exactly_if_one_can_be_hidden(policy: Policy) -> None:
    masked = {
        plan.type_name
        for plan in policy.plans()
        for name in plan.bits
        if plan.read and remaining(plan.sum("see", name), plan.read, plan.declared) != ({},)
    }

    assert {name for name in policy.types if "hiddenFields" in OBJECTS[name].fields} == masked == set(MASKED)


def test_the_names_of_fields_are_those_that_the_policy_decides_about(policy: Policy) -> None:
    names = {graph_name(name) for type_name in policy.types for name in policy.bits(type_name)}
    enum = declared().type_map["FieldName"]

    assert isinstance(enum, GraphQLEnumType)
    assert set(enum.values) == names


def test_every_fact_that_may_be_required_has_a_name(policy: Policy) -> None:
    found = {
        fact
        for plan in policy.plans()
        for rule in ("see", "may")
        if rule in plan.decisions
        for total in plan.decisions[rule].sums.values()
        for cube in total
        for fact in cube
        if fact in {"role", *(word for word, _ in plan.sums("disclosed_fact"))}
    }

    assert {str(fact.value).lower() for fact in Fact} == found


def test_the_actions_are_those_of_the_policy_and_each_is_a_mutation(policy: Policy) -> None:
    acted_on = {name for name in policy.types if "viewerActions" in OBJECTS[name].fields}
    words = {
        str(case[-1]) for plan in policy.plans() if plan.type_name in acted_on for case in plan.decisions["may"].sums
    }

    assert set(ACTED_ON) == acted_on
    assert set(ACTIONS) == words
    assert {field_of(action) for action in ACTIONS} <= OBJECTS["Mutation"].fields.keys()


def test_what_can_be_hidden_may_be_null(policy: Policy) -> None:
    never_hidden = {
        f"{name}.{field}"
        for name in policy.types
        for field, definition in OBJECTS[name].fields.items()
        if is_non_null_type(definition.type)
    }

    # What names a row comes with the row.
    assert never_hidden == {
        *(f"{name}.id" for name in policy.types if "id" in OBJECTS[name].fields),
        *(f"{name}.viewerActions" for name in policy.types if "viewerActions" in OBJECTS[name].fields),
        "User.name",
        "User.locale",
        "Firm.name",
        "FirmProfile.displayName",
        "FirmProfile.description",
        "FirmProfile.specialties",
        "FirmProfile.location",
        "FirmProfile.languages",
        "FirmMember.name",
        "FirmMember.firmName",
        "Client.name",
        "Client.visibleFields",
        *(f"{name}.hiddenFields" for name in policy.types if "hiddenFields" in OBJECTS[name].fields),
        *(f"{name}.unavailableActions" for name in policy.types if "viewerActions" in OBJECTS[name].fields),
        "ClientMember.name",
        "Collaboration.collaborationState",
        "Collaboration.firmName",
        "Collaboration.visibleFields",
        *(f"Conversation.{field}" for field in ("firmName", "openedAt")),
        *(f"ClientInvitation.{field}" for field in ("companyName", "clientInvitationState", "sentAt")),
        *(f"Message.{field}" for field in ("side", "body", "sentAt")),
        *(
            f"{name}.{field}"
            for name in ("StaffInvitation", "ClientMemberInvitation")
            for field in ("invitationState", "invitedAt", "viewerActions")
        ),
        *(f"ClientSession.{field}" for field in ("firmName", "openedAt", "sessionState", "viewerActions")),
        *(f"IntegrationToken.{field}" for field in ("name", "scopes", "createdBy", "createdAt", "viewerActions")),
    }


def test_one_document_reads_every_type_of_node() -> None:
    """Fields of one name agree in type and nullability, so that fragments on all types merge and generate types."""
    kinds: dict[str, set[str]] = {}
    fragments = []
    for name, definition in OBJECTS.items():
        if not any(each.name == "Node" for each in definition.interfaces):
            continue
        leaves = [field for field, each in definition.fields.items() if is_leaf_type(get_named_type(each.type))]
        fragments.append(f"... on {name} {{ {' '.join(leaves)} }}")
        for field, each in definition.fields.items():
            named = get_named_type(each.type)
            kinds.setdefault(field, set()).add(
                str(each.type) if is_leaf_type(named) else str(each.type).replace(named.name, "*")
            )
    document = f"query ($id: ID!) {{ node(id: $id) {{ {' '.join(fragments)} }} }}"

    assert {field: found for field, found in kinds.items() if len(found) > 1} == {}
    assert len(fragments) > 15
    assert validate(SCHEMA, parse(document)) == []


def test_a_field_with_an_enum_of_its_own_has_its_name() -> None:
    """No type of node has a `state`, a `role` or a `kind`: they would be others of each type."""
    nodes = [each for each in OBJECTS.values() if any(one.name == "Node" for one in each.interfaces)]

    assert {field for each in nodes for field in each.fields} & {"state", "role", "kind"} == set()


# Each argument that narrows or orders a list, and where its policy stands: beside the scope, in the statement itself.
NARROWING: Final = {
    "Query.clients": {
        "tab": "the rule `tab`",
        "search": "the name, which everybody sees who sees the client",
        "onlyMissingReceipts": "the rule `sees_kind` (D28)",
        "orderBy": "the name",
    },
    "Query.clientInvitations": {"states": "the rule `status`, of an object that is seen whole or not at all"},
    "Query.collaborations": {"states": "the rule `status`, of a field that is never hidden"},
    "Query.auditLog": {
        "since": "the moment, which everybody sees who sees the entry",
        "until": "the moment, which everybody sees who sees the entry",
        "action": "the action, which everybody sees who sees the entry",
        "actor": "entries whose actor the viewer sees (D28)",
    },
    "Query.firms": {
        "search": "the name, which everybody sees who sees the firm",
        "subscriptionLapsed": "the rule `lapsed`, of firms whose subscription the viewer sees",
    },
    "Query.invoices": {
        "client": "the client must be seen itself, or an invoice about it",
        "collaboration": "the collaboration must be seen itself",
        "states": "the rule `status`, of an object that is seen whole or not at all",
    },
    "Query.collaborationRequests": {"answered": "messages, which everybody sees who sees the conversation"},
    "Query.publicDirectory": {"search": "the name of a published profile"},
    "Query.marketplace": {"search": "the name of a published profile"},
    "Client.pendingActivities": {"section": "a part with a bit of its own (D45)"},
}


def test_nothing_can_be_narrowed_or_ordered_by_what_is_hidden() -> None:
    found = {
        f"{name}.{field}": set(definition.args) - PAGE
        for name, type_ in OBJECTS.items()
        for field, definition in type_.fields.items()
        if set(definition.args) - PAGE and (name != "Mutation") and not field.startswith(("node", "whyHidden"))
    }
    by_id = {"Query.client", "Query.firm", "Query.collaboration"}

    assert {name: arguments for name, arguments in found.items() if name not in by_id} == {
        name: set(arguments) for name, arguments in NARROWING.items()
    }
    assert all(found[name] == {"id"} for name in by_id)


def test_inputs_that_order_or_narrow_name_no_field_but_the_name() -> None:
    """Those that a read can take; what a mutation takes orders and narrows nothing."""
    arguments = [
        argument.type
        for type_ in OBJECTS.values()
        if type_.name != "Mutation"
        for field in type_.fields.values()
        for argument in field.args.values()
    ]
    inputs = {get_named_type(type_) for type_ in arguments}

    assert {type_.name: set(type_.fields) for type_ in inputs if isinstance(type_, GraphQLInputObjectType)} == {
        "ClientOrder": {"field", "direction"},
    }


@pytest.mark.parametrize("name", ["Client", "Firm", "FirmProfile", "FirmMember", "ClientMember", "Invoice", "User"])
def test_d48_no_version_and_no_moment_of_creation_shows_what_moved_a_row(name: str) -> None:
    all_known = {"revision"} if name == "FirmProfile" else set()  # who sees it sees every revision (D11)
    fields = {field.lower() for field in OBJECTS[name].fields} - all_known

    assert fields.isdisjoint({"version", "createdat", "updatedat", "created", "updated", "revision", "sequence"})


def test_l7_cashback_leads_to_no_invoice() -> None:
    assert [name for name in OBJECTS if "cashback" in name.lower()] == []


def test_money_is_never_a_float() -> None:
    assert "Float" not in {
        get_named_type(get_nullable_type(field.type)).name
        for type_ in OBJECTS.values()
        for field in type_.fields.values()
    }


def test_mutations_take_one_input_and_return_what_changed() -> None:
    for name, field in OBJECTS["Mutation"].fields.items():
        assert set(field.args) == {"input"}, name
        assert str(field.args["input"].type) == f"{name[0].upper()}{name[1:]}Input!"
        assert isinstance(get_named_type(field.type), GraphQLObjectType)
