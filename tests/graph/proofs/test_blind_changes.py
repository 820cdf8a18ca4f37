"""Who tries to change what they may not see learns nothing of it: every mutation with an id in it, for everybody (L13, L22)."""

from itertools import groupby, product
from typing import Final

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_named_type,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.schema.build import declared
from tests.graph.conftest import Ask
from tests.graph.core.test_absence import HIDDEN, NOWHERE

ANYTHING: Final = {
    **dict.fromkeys(("String", "DateTime"), '"2026-01-01T00:00:00+00:00"'),
    "Decimal": '"1.00"',
    "EmailAddress": '"a@b.example"',
    "URL": '"https://b.example/"',
    "Boolean": "true",
    "Int": "1",
}
SCHEMA: Final = declared()
MUTATION: Final = SCHEMA.mutation_type
WITHOUT_IDS: Final = frozenset(
    {
        *("signIn", "refresh", "signOut", "signUpFirm", "completeSignUp", "requestPasswordReset", "resetPassword"),
        *(
            "changePassword",
            "setLocale",
            "createOwnAccount",
            "requestVerification",
            "createToken",
            "inviteStaff",
            "inviteMember",
            "inviteClient",
        ),
        *("acceptStaffInvitation", "acceptMemberInvitation", "acceptClientInvitation", "declineClientInvitation"),
        *("activateFirmAccount", "submitPartnerApplication", "webinarWatched", "acceptAgreement", "saveProfileDraft"),
        *("rotateInvitationCode", "renameCompany", "renameFirm"),
    }
)
"""What names nothing that could be somebody else's."""


OF_ONES_OWN: Final = frozenset(
    {
        "addFirmAsBookkeeper",
        "requestCollaboration",
        "sendMessage",
        "reportKpis",
        "reportPendingActivities",
        "setDefaultOrganisation",
    }
)
"""What is judged of one's own organisation first, before anything that is named."""


EXCLUDED: Final = {"IssueInvoiceInput": "collaboration"}


def written(kind: GraphQLInputType, id: str) -> str:
    """Some value of this type, with `id` wherever an id stands."""
    match kind:
        case GraphQLNonNull(of_type=inner):
            return written(inner, id)
        case GraphQLList(of_type=inner):
            return f"[{written(inner, id)}]"
        case GraphQLInputObjectType(fields=fields):
            left_out = EXCLUDED.get(kind.name, "")  # not accepted with the others
            wanted = {name: field.type for name, field in fields.items() if needed(field.type) and name != left_out}
            return "{" + ", ".join(f"{name}: {written(each, id)}" for name, each in wanted.items()) + "}"
        case GraphQLEnumType(values=values):
            return next(iter(values))
        case GraphQLScalarType(name="ID"):
            return f'"{id}"'
        case _:
            return ANYTHING[kind.name]


def needed(kind: GraphQLInputType) -> bool:
    return isinstance(kind, GraphQLNonNull) or get_named_type(kind).name == "ID"


def names_something(kind: GraphQLInputType) -> bool:
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return any(names_something(field.type) for field in named.fields.values())
    return named.name == "ID"


def tried(name: str, ids: list[str]) -> str:
    """One after the other, in one document."""
    kind = MUTATION.fields[name].args["input"].type
    each = (f"a{index}: {name}(input: {written(kind, id)}) {{ __typename }}" for index, id in enumerate(ids))
    return f"mutation {{ {' '.join(each)} }}"


CHANGES: Final = sorted(name for name, field in MUTATION.fields.items() if names_something(field.args["input"].type))
BY_PERSON: Final = {
    who: [(type_name, handle) for _, type_name, handle in found]
    for who, found in groupby(sorted(HIDDEN), key=lambda each: each[0])
    if who != "anonymous"
}


def test_every_other_mutation_names_nothing() -> None:
    assert set(MUTATION.fields) - set(CHANGES) == WITHOUT_IDS


@pytest.mark.parametrize("who", sorted(BY_PERSON))
async def test_what_is_hidden_cannot_be_told_from_nothing(ask: Ask, world: AsyncConnection, who: str) -> None:
    most = ask.gateway.settings.max_mutations  # of one request
    parts = [BY_PERSON[who][start : start + most] for start in range(0, len(BY_PERSON[who]), most)]
    for name, things in product(CHANGES, parts):
        if name == "setDefaultOrganisation" and who == "hedda@F":
            continue  # one of what is hidden from her there is the company that she owns
        hidden = await ask(who, tried(name, [ask.id(*each) for each in things]))
        absent = await ask(who, tried(name, [ask.id(type_name, NOWHERE) for type_name, _ in things]))

        assert hidden.text == absent.text, name
        if name not in OF_ONES_OWN:
            assert hidden.codes == ["NOT_FOUND"] * len(things), name
