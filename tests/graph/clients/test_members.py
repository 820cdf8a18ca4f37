"""A company's own people over HTTP: invited, come, changed and removed by those who govern it, by no firm (D3, D52, V8, L10, L18)."""

from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.auth.invitation_tokens import offered_token
from gateway.db.seeds.demo import key
from gateway.forms.checks import MAX_INVITEES
from gateway.messages import text as message
from gateway.resolvers.core.refusals import CONFLICTS, MOVED_ON, NOT_YOURS
from gateway.resolvers.memberships.invitations import (
    ALREADY_IN,
    HERE_ALREADY,
    MAX_WAITING,
)
from gateway.resolvers.memberships.recipients import SIGN_IN, SOMEBODY_ELSES
from tests.graph.conftest import CALLERS, NOW, Answer, Ask, recorded, run
from tests.graph.firms.test_staff import EMAILS, PASSWORD, key_of, refused, rows
from tests.support import make

ABOUT: Final = "id email clientRole invitationState invitedAt expiresAt viewerActions"
INVITE: Final = f"""mutation ($addresses: [MemberAddress!]!) {{ inviteMember(input: {{addresses: $addresses}}) {{
  invitations {{ {ABOUT} }}
}} }}"""
RESEND: Final = """mutation ($id: ID!) { resendMemberInvitation(input: {id: $id}) {
  invitation { invitationState expiresAt viewerActions }
} }"""
REVOKE: Final = (
    "mutation ($id: ID!) { revokeMemberInvitation(input: {id: $id}) { invitation { invitationState viewerActions } } }"
)
ACCEPT: Final = """mutation ($input: AcceptMemberInvitationInput!) { acceptMemberInvitation(input: $input) {
  membership { id name role }
} }"""
OPEN: Final = f"query ($id: ID!) {{ client(id: $id) {{ memberInvitations(first: 50) {{ nodes {{ {ABOUT} }} }} }} }}"
PEOPLE: Final = (
    "query ($id: ID!) { client(id: $id) { members(first: 50) { nodes { name clientRole viewerActions } } } }"
)
CHANGE_ROLE: Final = """mutation ($member: ID!, $role: MemberRole!) {
  changeMemberRole(input: {id: $member, role: $role}) { member { clientRole viewerActions } }
}"""
PLACES: Final = {
    "changeMemberRole": """mutation ($member: ID!) {
      changeMemberRole(input: {id: $member, role: MEMBER}) { member { clientRole viewerActions } }
    }""",
    "removeMember": "mutation ($member: ID!) { removeMember(input: {id: $member}) { client { ...F } } }"
    " fragment F on Client { members(first: 50) { nodes { name } } }",
}
SOMEONE: Final = {"email": "Someone@new.example", "role": "MEMBER"}
OWNERS: Final = ("cora", "dag", "mila", "hedda@C3", "elena", "frida", "jonas", "lucia", "saga")
"""Owners and administrators of their own companies."""


async def invited(ask: Ask, who: str = "cora", *more: dict[str, str], **given: str) -> list[dict[str, Any]]:
    data = await ask.data(who, INVITE, addresses=[{**SOMEONE, **given}, *more])
    told: list[dict[str, Any]] = data["inviteMember"]["invitations"]
    return told


def letter(ask: Ask, id: str, sending: int = 1) -> str:
    """What the letter of that sending carries."""
    return offered_token(ask.gateway.sign_in_service.secret, "CLIENT_MEMBER_INVITATION", key_of(ask, id), sending)


async def accepted(ask: Ask, token: str, who: str = "anonymous", **more: str) -> Answer:
    return await ask(who, ACCEPT, input={"token": token, **more})


async def waiting(ask: Ask, who: str, client: str = "C1") -> Any:
    return (await ask.data(who, OPEN, id=ask.id("Client", client)))["client"]["memberInvitations"]["nodes"]


async def people(ask: Ask, who: str, client: str) -> dict[str, Any]:
    found = (await ask.data(who, PEOPLE, id=ask.id("Client", client)))["client"]["members"]["nodes"]
    return {one.pop("name").split()[0]: one for one in found}


async def kept(world: AsyncConnection) -> list[list[tuple[Any, ...]]]:
    """All that is written of a company's people, but its trace."""
    tables = ("client_member_invitation", "client_member", "user_account", "notice")
    return [await rows(world, f"SELECT * FROM {table} ORDER BY id") for table in tables]


# ---- inviting


async def test_an_invitation_is_told_to_who_governs_and_its_token_to_the_letter_alone(
    ask: Ask, world: AsyncConnection
) -> None:
    (told,) = await invited(ask)
    (row,) = await rows(
        world,
        "SELECT id, client_id, email, email_key, role, state, token_hash, invited_by FROM client_member_invitation",
    )
    token = letter(ask, told["id"])

    assert told == {
        "id": told["id"],
        "email": "Someone@new.example",
        "clientRole": "MEMBER",
        "invitationState": "OPEN",
        "invitedAt": NOW.isoformat(),
        "expiresAt": (NOW + timedelta(days=14)).isoformat(),
        "viewerActions": ["RESEND_MEMBER_INVITATION", "REVOKE_MEMBER_INVITATION"],
    }
    assert row[:4] == (key_of(ask, told["id"]), key("C1"), "Someone@new.example", "someone@new.example")
    assert row[4:] == ("member", "open", sha256(token.encode()).digest(), key("cora"))
    assert token.startswith("gwm_")
    assert await rows(world, "SELECT kind, data, actor_id FROM notice") == [
        ("CLIENT_MEMBER_INVITATION", {"offer": str(row[0])}, key("cora"))
    ]


@pytest.mark.parametrize("who", [who for who in CALLERS if who not in (*OWNERS, "anonymous")])
async def test_nobody_but_who_governs_a_company_invites(ask: Ask, world: AsyncConnection, who: str) -> None:
    """A firm at FULL does not, either: it is content that it shares, not the company's government (D3)."""
    before = await kept(world)

    assert refused(await ask(who, INVITE, addresses=[SOMEONE]), "FORBIDDEN", NOT_YOURS)
    # Whether what they wrote was good is not said to those who may not.
    assert refused(await ask(who, INVITE, addresses=[]), "FORBIDDEN", NOT_YOURS)
    assert await kept(world) == before


@pytest.mark.parametrize("who", OWNERS)
async def test_who_governs_a_company_invites_into_it(ask: Ask, world: AsyncConnection, who: str) -> None:
    (told,) = await invited(ask, who, role="ADMIN")

    assert (told["clientRole"], told["invitationState"]) == ("ADMIN", "OPEN")


async def test_nobody_invites_nobody(ask: Ask, world: AsyncConnection) -> None:
    assert refused(await ask("anonymous", INVITE, addresses=[SOMEONE]), "UNAUTHENTICATED")


async def test_nobody_is_invited_as_an_owner(ask: Ask, world: AsyncConnection) -> None:
    answer = await ask("cora", INVITE, addresses=[{**SOMEONE, "role": "OWNER"}])

    assert answer.codes == ["BAD_USER_INPUT"]
    assert await rows(world, "SELECT id FROM client_member_invitation") == []


async def test_an_invitation_does_not_tell_who_is_known_here(ask: Ask, world: AsyncConnection) -> None:
    addresses = [EMAILS["gus"], EMAILS["dag"], EMAILS["nora"], EMAILS["pia"], "nobody@anywhere.example"]
    told = [(await invited(ask, email=address))[0] for address in addresses]

    for address, one in zip(addresses, told, strict=True):
        assert (one.pop("email"), len(one.pop("id"))) == (address, 44)
    assert all(one == told[0] for one in told)
    assert len(await rows(world, "SELECT id FROM notice")) == len(addresses)


async def test_who_has_an_open_invitation_gets_it_anew(ask: Ask, world: AsyncConnection) -> None:
    (first,) = await invited(ask)
    (again,) = await invited(ask, email="SOMEONE@new.example", role="ADMIN")

    assert (again["id"], again["clientRole"]) == (first["id"], "ADMIN")
    assert refused(await accepted(ask, letter(ask, first["id"], 1)), "NOT_FOUND")
    assert (await accepted(ask, letter(ask, first["id"], 2), name="A", password=PASSWORD)).errors == []


async def test_a_firm_and_a_company_invite_one_person_without_knowing_of_each_other(
    ask: Ask, world: AsyncConnection
) -> None:
    (of_c1,), (of_c2,) = await invited(ask), await invited(ask, "dag")

    for id, who in ((of_c1["id"], "dag"), (of_c2["id"], "cora"), (of_c1["id"], "ada")):
        for document in (RESEND, REVOKE):
            assert refused(await ask(who, document, id=id), "NOT_FOUND")
    assert [one["id"] for one in await waiting(ask, "cora")] == [of_c1["id"]]


async def test_what_is_wrong_with_the_addresses_is_said(ask: Ask, world: AsyncConnection) -> None:
    before = await kept(world)
    some = [{"email": f"{number}@new.example", "role": "MEMBER"} for number in range(MAX_INVITEES + 1)]

    for addresses in ([], some):
        answer = await ask("cora", INVITE, addresses=addresses)
        assert refused(answer, "BAD_USER_INPUT", message("input", "ENTRIES", least=1, most=MAX_INVITEES))
    for email in ("nobody", "a@b@new.example", "someone@new.example\r\nBcc: all@new.example"):
        assert refused(await ask("cora", INVITE, addresses=[{**SOMEONE, "email": email}]), "BAD_USER_INPUT")
    twice = [SOMEONE, {**SOMEONE, "email": "SOMEONE@new.example"}]
    assert refused(await ask("cora", INVITE, addresses=twice), "BAD_USER_INPUT", message("input", "DUPLICATE"))
    here = [SOMEONE, {**SOMEONE, "email": EMAILS["emil"].upper()}]
    assert refused(await ask("cora", INVITE, addresses=here), "CONFLICT", HERE_ALREADY)
    assert await kept(world) == before


async def test_a_company_has_a_hundred_open_invitations_and_no_more(ask: Ask, world: AsyncConnection) -> None:
    addresses = [{"email": f"{number}@new.example", "role": "MEMBER"} for number in range(MAX_WAITING)]
    for start in range(0, MAX_WAITING, MAX_INVITEES):
        await ask.data("cora", INVITE, addresses=addresses[start : start + MAX_INVITEES])

    assert refused(
        await ask("cora", INVITE, addresses=[SOMEONE]),
        "CONFLICT",
        message("conflict", "OPEN_INVITATIONS", most=MAX_WAITING),
    )
    assert (await ask("dag", INVITE, addresses=[SOMEONE])).errors == []


async def test_inviting_takes_as_many_statements_for_twenty_as_for_one(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    taken = []
    for many in (1, 20, 20):
        addresses = [{"email": f"{number}@new.example", "role": "MEMBER"} for number in range(many)]
        with recorded(engine) as said:
            answer = await ask("cora", INVITE, addresses=addresses)
        taken.append([each for each in said if "SAVEPOINT" not in each])
        assert len(answer.data["inviteMember"]["invitations"]) == many

    assert [len(said) for said in taken] == [len(taken[0])] * 3, "\n\n".join(taken[2])


async def test_an_invitation_that_is_asked_for_again_with_its_key_is_sent_once(
    ask: Ask, world: AsyncConnection
) -> None:
    headers = {**ask.headers("cora"), "Idempotency-Key": "one-letter"}
    body = {"query": INVITE, "variables": {"addresses": [SOMEONE]}}
    first, again = await ask.sent(body, headers), await ask.sent(body, headers)

    assert (first.errors, again.data) == ([], first.data)
    assert await rows(world, "SELECT sendings FROM client_member_invitation") == [(1,)]
    assert len(await rows(world, "SELECT id FROM notice")) == 1


# ---- seeing them, sending them again, taking them back


async def test_who_governs_the_company_and_the_platform_see_what_waits(ask: Ask, world: AsyncConnection) -> None:
    first, second = await invited(ask, "dag", {"email": "b@new.example", "role": "ADMIN"})
    (gone,) = await invited(ask, "mila", email="c@new.example")
    await ask.data("dag", REVOKE, id=gone["id"])

    for who in ("dag", "mila"):
        listed = await waiting(ask, who, "C2")
        assert len(listed) == 2
        assert all(one in (first, second) for one in listed)
    platform = await waiting(ask, "pia", "C2")
    assert {one["email"] for one in platform} == {first["email"], second["email"]}
    assert [one["viewerActions"] for one in platform] == [[], []]


@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("cora", "pia")])
async def test_nobody_else_sees_invitations(ask: Ask, world: AsyncConnection, who: str) -> None:
    (told,) = await invited(ask)
    one = await ask(who, "query ($id: ID!) { node(id: $id) { id } }", id=told["id"])
    listed = await ask(who, OPEN, id=ask.id("Client", "C1"))

    assert refused(one, "NOT_FOUND")
    assert "someone" not in listed.text.lower()
    assert listed.codes in (["FIELD_NOT_PERMITTED"], ["NOT_FOUND"])
    assert {denial[2] for denial in listed.denials} <= {"ROLE"}


@pytest.mark.parametrize("document", [RESEND, REVOKE], ids=["resend", "revoke"])
@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("cora", "anonymous")])
async def test_an_invitation_is_for_its_company_alone(
    ask: Ask, world: AsyncConnection, who: str, document: str
) -> None:
    (told,) = await invited(ask)
    before = await kept(world)

    assert refused(await ask(who, document, id=told["id"]), "FORBIDDEN" if who == "pia" else "NOT_FOUND")
    assert await kept(world) == before


async def test_an_invitation_that_is_sent_again_has_a_new_link_and_fourteen_days(
    ask: Ask, world: AsyncConnection
) -> None:
    (told,) = await invited(ask)
    await run(world, "UPDATE client_member_invitation SET expires_at = :now", now=NOW)
    expired = await waiting(ask, "cora")
    too_late = await accepted(ask, letter(ask, told["id"]), name="A", password=PASSWORD)
    again = (await ask.data("cora", RESEND, id=told["id"]))["resendMemberInvitation"]["invitation"]

    assert [(one["invitationState"], one["viewerActions"]) for one in expired] == [
        ("EXPIRED", ["RESEND_MEMBER_INVITATION", "REVOKE_MEMBER_INVITATION"])
    ]
    assert refused(too_late, "NOT_FOUND")
    assert again == {
        "invitationState": "OPEN",
        "expiresAt": told["expiresAt"],
        "viewerActions": ["RESEND_MEMBER_INVITATION", "REVOKE_MEMBER_INVITATION"],
    }
    assert refused(await accepted(ask, letter(ask, told["id"], 1), name="A", password=PASSWORD), "NOT_FOUND")
    assert (await accepted(ask, letter(ask, told["id"], 2), name="A", password=PASSWORD)).errors == []


async def test_what_was_taken_back_or_accepted_stays_so(ask: Ask, world: AsyncConnection) -> None:
    void, used = await invited(ask, "cora", {"email": "b@new.example", "role": "ADMIN"})
    data = await ask.data("cora", REVOKE, id=void["id"])
    await accepted(ask, letter(ask, used["id"]), name="B", password=PASSWORD)

    assert data["revokeMemberInvitation"]["invitation"] == {"invitationState": "VOID", "viewerActions": []}
    assert refused(await accepted(ask, letter(ask, void["id"]), name="A", password=PASSWORD), "NOT_FOUND")
    for id, why in ((void["id"], "VOID"), (used["id"], "ACCEPTED")):
        for document in (RESEND, REVOKE):
            assert refused(await ask("cora", document, id=id), "CONFLICT", CONFLICTS[why])


# ---- accepting


async def test_somebody_new_takes_the_place_and_acts_for_the_company(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await invited(ask, role="ADMIN")
    answer = await accepted(ask, letter(ask, told["id"]), name="  Sofie Ny ", password=PASSWORD)
    ((person, hashed),) = await rows(
        world, "SELECT id, password_hash FROM user_account WHERE email_key = 'someone@new.example'"
    )
    bearer = {"Authorization": f"Bearer {ask.gateway.tokens.issue(person, NOW).text}"}
    me = await ask.sent({"query": "{ viewer { user { name } actingAs { id name kind role } } }"}, bearer)

    assert answer.data["acceptMemberInvitation"] == {
        "membership": {
            "id": ask.id("Client", "C1"),
            "name": me.data["viewer"]["actingAs"]["name"],
            "role": "ADMIN",
        }
    }
    assert me.data["viewer"]["user"] == {"name": "Sofie Ny"}
    assert (me.data["viewer"]["actingAs"]["kind"], me.data["viewer"]["actingAs"]["role"]) == ("CLIENT", "ADMIN")
    assert (await ask.gateway.sign_in_service.passwords.check(hashed, PASSWORD, "here")).right
    assert (await people(ask, "cora", "C1"))["Sofie"] == {
        "clientRole": "ADMIN",
        "viewerActions": ["CHANGE_MEMBER_ROLE", "REMOVE_MEMBER", "TRANSFER_OWNERSHIP"],
    }
    assert await waiting(ask, "cora") == []
    entries = "SELECT actor_id, acting_side, acting_id, subject_id, client_id, firm_id, outcome FROM audit_entry"
    assert await rows(world, f"{entries} WHERE action = 'ACCEPT_MEMBER_INVITATION'") == [
        (person, "client", key("C1"), key_of(ask, told["id"]), key("C1"), None, "done")
    ]


async def test_a_token_works_once_and_one_of_a_firm_opens_no_company(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await invited(ask)
    token = letter(ask, told["id"])
    staff = offered_token(ask.gateway.sign_in_service.secret, "STAFF_INVITATION", key_of(ask, told["id"]), 1)
    strange = [await accepted(ask, each, name="A", password=PASSWORD) for each in ("", "gwm_", staff, "x" * 10_000)]
    await accepted(ask, token, name="A", password=PASSWORD)
    before = await kept(world)
    again = await accepted(ask, token, name="A", password=PASSWORD)

    assert all(answer.errors == again.errors for answer in strange)
    assert refused(again, "NOT_FOUND", "There is no such object.")
    assert await kept(world) == before


@pytest.mark.parametrize(
    "more", [{}, {"name": "A"}, {"name": " ", "password": PASSWORD}, {"name": "A", "password": "p"}]
)
async def test_somebody_new_needs_a_name_and_a_password(ask: Ask, world: AsyncConnection, more: dict[str, str]) -> None:
    (told,) = await invited(ask)
    before = await kept(world)

    answer = await accepted(ask, letter(ask, told["id"]), **more)
    assert (set(answer.codes), set(answer.data.values())) == ({"BAD_USER_INPUT"}, {None})
    assert await kept(world) == before


async def test_somebody_known_signs_in_first(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await invited(ask, email=EMAILS["nora"].upper())
    token = letter(ask, told["id"])
    before = await kept(world)
    unknown = await accepted(ask, token, name="Nora", password=PASSWORD)
    others = [await accepted(ask, token, who, name="N", password=PASSWORD) for who in ("emil", "ada", "shop-sync")]
    unchanged = await kept(world) == before
    answer = await accepted(ask, token, "nora", name="Another", password=PASSWORD)

    assert refused(unknown, "UNAUTHENTICATED", SIGN_IN)
    assert all(refused(other, "FORBIDDEN", SOMEBODY_ELSES) for other in others)
    assert unchanged
    assert answer.data["acceptMemberInvitation"]["membership"]["role"] == "MEMBER"
    assert (await ask.data("nora", "{ viewer { user { name } actingAs { role } } }"))["viewer"] == {
        "user": {"name": "Nora Falkenrath"},
        "actingAs": {"role": "MEMBER"},
    }


async def test_a_person_of_a_firm_takes_a_place_in_a_company_and_wears_two_hats(
    ask: Ask, world: AsyncConnection
) -> None:
    (told,) = await invited(ask, "dag", email=EMAILS["ben"], role="ADMIN")
    answer = await accepted(ask, letter(ask, told["id"]), "ben")
    plan = "query ($id: ID!) { client(id: $id) { plan { tier } } }"
    as_firm = await ask("ben@F", plan, id=ask.id("Client", "C2"))
    as_company = await ask("ben@C2", plan, id=ask.id("Client", "C2"))

    assert answer.errors == []
    assert as_firm.codes == ["FIELD_NOT_PERMITTED"]  # LIMITED, as before (D4)
    assert as_company.errors == []


async def test_who_came_in_meanwhile_does_not_come_twice(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await invited(ask, email=EMAILS["nora"])
    await make.client_member(world, client_id=key("C1"), user_id=key("nora"), role="member")
    before = await kept(world)

    assert refused(await accepted(ask, letter(ask, told["id"]), "nora"), "CONFLICT", ALREADY_IN)
    assert await kept(world) == before


# ---- places


async def test_who_governs_sees_what_may_be_done_with_whom(ask: Ask, world: AsyncConnection) -> None:
    any_other, nothing = ["CHANGE_MEMBER_ROLE", "REMOVE_MEMBER"], {"clientRole": "OWNER", "viewerActions": []}

    assert await people(ask, "cora", "C1") == {
        "Cora": nothing,
        "Emil": {"clientRole": "MEMBER", "viewerActions": any_other},
    }
    assert await people(ask, "dag", "C2") == {
        "Dag": nothing,
        "Mila": {"clientRole": "ADMIN", "viewerActions": [*any_other, "TRANSFER_OWNERSHIP"]},
    }
    assert await people(ask, "mila", "C2") == {
        "Dag": nothing,
        "Mila": {"clientRole": "ADMIN", "viewerActions": any_other},
    }


@pytest.mark.parametrize(("who", "seen", "actions"), [
    ("ada", {"Cora": "OWNER", "Emil": "MEMBER"}, {}),
    ("ben", {"Cora": "OWNER", "Emil": "MEMBER"}, {}),
    ("emil", {"Emil": "MEMBER"}, {}),
    ("pia", {"Cora": "OWNER", "Emil": "MEMBER"}, {"Emil": ["ERASE_USER"]}),
])  # fmt: skip
async def test_others_see_people_whose_places_they_cannot_change(
    ask: Ask, world: AsyncConnection, who: str, seen: dict[str, str], actions: dict[str, list[str]]
) -> None:
    assert await people(ask, who, "C1") == {
        name: {"clientRole": role, "viewerActions": actions.get(name, [])} for name, role in seen.items()
    }


KNOW_EMIL: Final = {"ada", "ben", "bo", "emil", "pia"}
"""Who sees Emil, a firm at FULL among them, and so is told that this is not theirs to do; to all others there is nobody."""


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("cora", "anonymous")])
async def test_places_are_for_who_governs_the_company_to_change(
    ask: Ask, world: AsyncConnection, who: str, name: str
) -> None:
    before = await kept(world)
    answer = await ask(who, PLACES[name], member=ask.id("ClientMember", "C1/emil"))

    assert refused(answer, "FORBIDDEN" if who in KNOW_EMIL else "NOT_FOUND"), answer.text
    assert await kept(world) == before


@pytest.mark.parametrize("name", PLACES)
async def test_what_is_no_place_of_the_company_is_not_found(ask: Ask, world: AsyncConnection, name: str) -> None:
    before = await kept(world)
    wrong = [ask.id("ClientMember", "C2/dag"), ask.id("ClientMember", make.new_key()), ask.id("FirmMember", "F/ben")]
    answers = [await ask("cora", PLACES[name], member=id) for id in wrong]

    assert all(refused(answer, "NOT_FOUND") for answer in answers)
    assert answers[0].errors == answers[1].errors == answers[2].errors
    assert refused(await ask("cora", PLACES[name], member="rubbish"), "BAD_USER_INPUT")
    for member in (ask.id("ClientMember", "C1/emil"), "rubbish"):
        assert refused(await ask("anonymous", PLACES[name], member=member), "UNAUTHENTICATED")
    assert await kept(world) == before


async def test_a_role_that_is_changed_holds_with_the_same_token_at_once(ask: Ask, world: AsyncConnection) -> None:
    wallet, c1 = "query ($id: ID!) { client(id: $id) { wallet { balance { amount } } } }", ask.id("Client", "C1")
    bearer, emil = ask.headers("emil"), ask.id("ClientMember", "C1/emil")
    told = await ask.data("cora", CHANGE_ROLE, member=emil, role="ADMIN")
    as_admin = await ask.sent({"query": wallet, "variables": {"id": c1}}, bearer)
    await ask.data("cora", CHANGE_ROLE, member=emil, role="MEMBER")
    as_member = await ask.sent({"query": wallet, "variables": {"id": c1}}, bearer)

    assert told["changeMemberRole"]["member"] == {
        "clientRole": "ADMIN",
        "viewerActions": ["CHANGE_MEMBER_ROLE", "REMOVE_MEMBER", "TRANSFER_OWNERSHIP"],
    }
    assert (as_admin.errors, as_member.codes) == ([], ["FIELD_NOT_PERMITTED"])


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("who", ["dag", "mila"])
async def test_the_owner_is_changed_and_removed_by_nobody(
    ask: Ask, world: AsyncConnection, who: str, name: str
) -> None:
    before = await kept(world)

    answer = await ask(who, PLACES[name], member=ask.id("ClientMember", "C2/dag"))
    assert refused(answer, "CONFLICT", CONFLICTS["OWNER"])
    assert await kept(world) == before


async def test_an_admin_leaves_and_sees_nothing_more(ask: Ask, world: AsyncConnection) -> None:
    left = await ask.data("mila", PLACES["removeMember"], member=ask.id("ClientMember", "C2/mila"))
    after = await ask("mila", "{ viewer { actingAs { role } memberships { name } } }")
    gone = await ask("dag", PLACES["removeMember"], member=ask.id("ClientMember", "C2/mila"))

    assert left["removeMember"] == {"client": None}
    assert after.data["viewer"] == {"actingAs": None, "memberships": []}
    assert list(await people(ask, "dag", "C2")) == ["Dag"]
    assert refused(gone, "NOT_FOUND")


async def test_who_gives_up_the_place_does_nothing_more_with_it_in_the_same_document(
    ask: Ask, world: AsyncConnection
) -> None:
    answer = await ask(
        "mila",
        """mutation ($me: ID!) {
          one: changeMemberRole(input: {id: $me, role: MEMBER}) { member { email } }
          two: inviteMember(input: {addresses: [{email: "a@new.example", role: ADMIN}]}) { invitations { id } }
        }""",
        me=ask.id("ClientMember", "C2/mila"),
    )

    assert answer.data == {"one": {"member": None}, "two": None}
    assert (answer.codes, answer.errors[0]["message"]) == (["CONFLICT"], MOVED_ON)


async def test_a_token_dies_with_the_place_of_whoever_made_it(ask: Ask, world: AsyncConnection) -> None:
    """D41: the company's web shop belongs to somebody of the company."""
    await run(world, "UPDATE integration_token SET created_by = :emil WHERE id = :id",
              emil=key("emil"), id=key("shop-sync"))  # fmt: skip
    emil = ask.id("ClientMember", "C1/emil")
    await ask.data("cora", CHANGE_ROLE, member=emil, role="ADMIN")
    before = await ask("shop-sync", "{ viewer { menus } }")
    data = await ask.data("cora", PLACES["removeMember"], member=emil)
    after = await ask("shop-sync", "{ viewer { menus } }")

    assert [one["name"] for one in data["removeMember"]["client"]["members"]["nodes"]] == ["Cora Aagaard"]
    assert (before.errors, after.codes) == ([], ["UNAUTHENTICATED"])


async def test_who_was_removed_is_invited_again(ask: Ask, world: AsyncConnection) -> None:
    await ask.data("cora", PLACES["removeMember"], member=ask.id("ClientMember", "C1/emil"))
    (told,) = await invited(ask, email=EMAILS["emil"], role="ADMIN")

    assert (await accepted(ask, letter(ask, told["id"]), "emil")).errors == []
    assert sorted(await people(ask, "cora", "C1")) == ["Cora", "Emil"]


async def test_what_is_done_with_people_is_told_to_the_company_and_to_no_firm(ask: Ask, world: AsyncConnection) -> None:
    await ask.data("cora", CHANGE_ROLE, member=ask.id("ClientMember", "C1/emil"), role="ADMIN")
    await ask("cora", PLACES["removeMember"], member=ask.id("ClientMember", "C1/cora"))
    await ask("ada", PLACES["removeMember"], member=ask.id("ClientMember", "C1/emil"))
    done, refusal, theirs = (
        ("CHANGE_MEMBER_ROLE", "DONE", None),
        ("REMOVE_MEMBER", "REFUSED", "CONFLICT"),
        ("REMOVE_MEMBER", "REFUSED", "FORBIDDEN"),
    )
    trail = "{ auditLog(first: 50) { nodes { action outcome code } } }"
    told = {
        who: {tuple(one.values()) for one in (await ask.data(who, trail))["auditLog"]["nodes"]}
        & {done, refusal, theirs}
        for who in ("cora", "ada", "pia")
    }

    assert told == {"cora": {done, refusal}, "ada": set(), "pia": {done, refusal, theirs}}
