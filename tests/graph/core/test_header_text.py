"""No name and no address that comes in can become a line of a mail's header."""

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from graphql import GraphQLInputObjectType
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.schema.build import declared
from gateway.text.header_text import is_header_text
from tests.graph.accounts import test_sign_up as test_signing_up
from tests.graph.clients import test_members as test_membering
from tests.graph.clients import test_verification as test_verifying
from tests.graph.collaborations import test_invitations as test_inviting
from tests.graph.conftest import Ask
from tests.graph.core import test_names as test_renaming
from tests.graph.firms import test_profiles
from tests.graph.firms import test_staff as test_staffing
from tests.support import tokens
from tests.support.accounts import PASSWORD, kept

EVIL_NAMES: Final = (
    "=?utf-8?q?x=0d=0aBcc=3Aevil=40e.example?=",
    "A =?utf-8?B?DQo=?= B",
    "a\r\nBcc: e@e.example",
    "a\x00",
    "a\x85b",
)
EVIL_ADDRESSES: Final = (
    "=?utf-8?q?x=0d=0aBcc=3Aevil=40e.example?=@a.example",
    "=?utf-8?q?a=0d=0a=0d=0aPAY?=@a.example",
    "a=?utf-8?b?DQo=?=@a.example",
    "a@a.example\r\nBcc: e@e.example",
    "a\x00@a.example",
)
TABLES: Final = (
    "firm_sign_up", "user_account", "client", "notice", "staff_invitation", "client_member_invitation", "collaboration",
    "client_invitation", "integration_token", "firm_profile", "firm",
)  # fmt: skip
RESET: Final = "mutation ($email: EmailAddress!) { requestPasswordReset(input: {email: $email}) { accepted } }"
Send = Callable[[Ask, str], Any]
FIELDS: Final[dict[str, Send]] = {
    "SignUpFirmInput.email": lambda ask, evil: test_signing_up.sign_up(ask, email=evil),
    "SignUpFirmInput.name": lambda ask, evil: test_signing_up.sign_up(ask, name=evil),
    "SignUpFirmInput.firmName": lambda ask, evil: test_signing_up.sign_up(ask, firmName=evil),
    "RequestPasswordResetInput.email": lambda ask, evil: ask("anonymous", RESET, email=evil),
    "CreateOwnAccountInput.companyName": lambda ask, evil: ask(
        "ada", test_signing_up.OWN, input=test_signing_up.COMPANY | {"companyName": evil}
    ),
    "CreateTokenInput.name": lambda ask, evil: ask(
        "ada", tokens.CREATE, input={"name": evil, "scopes": ["CLIENTS_READ"], "expiresAt": "2026-04-01T00:00:00Z"}
    ),
    "StaffAddress.email": lambda ask, evil: ask(
        "ada", test_staffing.INVITE, addresses=[{"email": evil, "role": "STAFF"}]
    ),
    "MemberAddress.email": lambda ask, evil: ask(
        "cora", test_membering.INVITE, addresses=[{"email": evil, "role": "MEMBER"}]
    ),
    "SaveProfileDraftInput.displayName": lambda ask, evil: test_profiles.save(ask, "ada", displayName=evil),
    "InviteClientInput.email": lambda ask, evil: ask(
        "gus", test_inviting.INVITE, input=test_inviting.WISH | {"email": evil}
    ),
    "InviteClientInput.companyName": lambda ask, evil: ask(
        "gus", test_inviting.INVITE, input=test_inviting.WISH | {"companyName": evil}
    ),
    "RenameCompanyInput.name": lambda ask, evil: ask("cora", test_renaming.COMPANY, name=evil),
    "RenameFirmInput.name": lambda ask, evil: ask("ada", test_renaming.FIRM, name=evil),
}
BY_TOKEN: Final = {
    "AcceptStaffInvitationInput.name",
    "AcceptMemberInvitationInput.name",
    "AcceptClientInvitationInput.name",
    "AcceptClientInvitationInput.companyName",
}
OF_REJECTED: Final = {"RequestVerificationInput.companyName"}
LOOKED_UP: Final = {"SignInInput.email"}
"""Compared with what is stored, and never stored itself."""


def test_each_name_and_address_of_an_input_is_tried_here() -> None:
    found = {
        f"{type_.name}.{name}"
        for type_ in declared().type_map.values()
        if isinstance(type_, GraphQLInputObjectType)
        for name in type_.fields
        if re.search(r"e-?mail|name$|address$", name, re.IGNORECASE) and name != "address"
    }

    assert found == FIELDS.keys() | BY_TOKEN | OF_REJECTED | LOOKED_UP


@pytest.mark.parametrize("field", FIELDS)
async def test_what_could_become_a_header_is_refused(ask: Ask, world: AsyncConnection, field: str) -> None:
    before = await kept(world, TABLES)
    for evil in EVIL_ADDRESSES if field.endswith("email") else EVIL_NAMES:
        answer = await FIELDS[field](ask, evil)
        assert answer.codes == ["BAD_USER_INPUT"], evil
    assert await kept(world, TABLES) == before


async def test_what_could_become_a_header_is_refused_of_a_rejected_company(ask: Ask, world: AsyncConnection) -> None:
    assert (await test_verifying.reject(ask)).errors == []
    before = await kept(world, TABLES)
    for evil in EVIL_NAMES:
        assert (await test_verifying.again(ask, companyName=evil)).codes == ["BAD_USER_INPUT"], evil
    assert await kept(world, TABLES) == before


@pytest.mark.parametrize("evil", [name for name in EVIL_NAMES if "\x00" not in name])
async def test_what_could_become_a_header_is_refused_by_token(ask: Ask, world: AsyncConnection, evil: str) -> None:
    client = await test_inviting.invited(ask)
    by_client = await test_inviting.letter(ask, world, client["id"])
    (staff,) = await test_staffing.invited(ask)
    by_staff = test_staffing.letter(ask, staff["id"])
    (member,) = await test_membering.invited(ask)
    by_member = test_membering.letter(ask, member["id"])
    before = await kept(world, TABLES)
    answers = [
        await test_inviting.accepted(ask, by_client, companyName=evil),
        await test_inviting.accepted(ask, by_client, name=evil),
        await test_staffing.accepted(ask, by_staff, name=evil, password=PASSWORD),
        await test_membering.accepted(ask, by_member, name=evil, password=PASSWORD),
    ]

    assert [answer.codes for answer in answers] == [["BAD_USER_INPUT"]] * 4
    assert await kept(world, TABLES) == before


@pytest.mark.parametrize("text", ["Ada Nørgård", "a+b=c?@x.example", "What? = this", "日本 👩‍👩‍👧", "", "?="])
def test_other_text_is_taken(text: str) -> None:
    assert is_header_text(text)
