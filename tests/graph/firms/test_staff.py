"""The people of a firm over HTTP: invited, come, changed, suspended and removed (P16, H22–H29, M4, L15, L18)."""

from datetime import timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.auth.invitation_tokens import offered_token
from gateway.db.seeds.demo import DEMO_PASSWORD, key
from gateway.db.seeds.people import PEOPLE
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
from tests.support import make

EMAILS: Final = {person.handle: person.email for person in PEOPLE}
INVITE: Final = """mutation ($addresses: [StaffAddress!]!) { inviteStaff(input: {addresses: $addresses}) {
  invitations { id email firmRole invitationState invitedAt expiresAt viewerActions }
} }"""
RESEND: Final = """mutation ($id: ID!) { resendStaffInvitation(input: {id: $id}) {
  invitation { invitationState expiresAt viewerActions }
} }"""
REVOKE: Final = """mutation ($id: ID!) { revokeStaffInvitation(input: {id: $id}) {
  invitation { invitationState viewerActions }
} }"""
ACCEPT: Final = """mutation ($input: AcceptStaffInvitationInput!) { acceptStaffInvitation(input: $input) {
  membership { id name role }
} }"""
LIST: Final = """{ firm { staffInvitations(first: 50) { nodes {
  id email firmRole invitationState invitedAt expiresAt viewerActions
} } } }"""
STAFF: Final = "{ firm { staff(first: 50) { nodes { name firmRole membershipState isOwner viewerActions } } } }"
SOMEONE: Final = {"email": "Someone@new.example", "role": "BOOKKEEPER"}
PASSWORD: Final = "a long enough one"
PLACE: Final = "member { firmRole membershipState viewerActions }"
PLACES: Final = {
    "changeStaffRole": f"mutation ($member: ID!) {{ changeStaffRole(input: {{id: $member, role: STAFF}}) {{ {PLACE} }} }}",
    "suspendStaff": f"mutation ($member: ID!) {{ suspendStaff(input: {{id: $member}}) {{ {PLACE} }} }}",
    "reinstateStaff": f"mutation ($member: ID!) {{ reinstateStaff(input: {{id: $member}}) {{ {PLACE} }} }}",
    "removeStaff": "mutation ($member: ID!) { removeStaff(input: {id: $member}) { firm { staff(first: 9) { nodes { name } } } } }",
}
CHANGE_ROLE: Final = f"""mutation ($member: ID!, $role: FirmRole!) {{
  changeStaffRole(input: {{id: $member, role: $role}}) {{ {PLACE} }}
}}"""
EVERYTHING: Final = ["CHANGE_STAFF_ROLE", "SUSPEND_STAFF", "REMOVE_STAFF", "ASSIGN_MANAGERS"]


async def invited(ask: Ask, who: str = "ada", *more: dict[str, str], **given: str) -> list[dict[str, Any]]:
    data = await ask.data(who, INVITE, addresses=[{**SOMEONE, **given}, *more])
    told: list[dict[str, Any]] = data["inviteStaff"]["invitations"]
    return told


def key_of(ask: Ask, id: str) -> UUID:
    return ask.gateway.seal.open_id(id)[1]


def letter(ask: Ask, id: str, sending: int = 1) -> str:
    """What the letter of that sending carries."""
    return offered_token(ask.gateway.sign_in_service.secret, "STAFF_INVITATION", key_of(ask, id), sending)


async def accepted(ask: Ask, token: str, who: str = "anonymous", **more: str) -> Answer:
    return await ask(who, ACCEPT, input={"token": token, **more})


async def rows(world: AsyncConnection, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await world.execute(text(statement), values)]


async def kept(world: AsyncConnection) -> list[list[tuple[Any, ...]]]:
    """All that staffing writes, but its trace."""
    tables = ("staff_invitation", "firm_member", "user_account", "assignment", "notice")
    return [await rows(world, f"SELECT * FROM {table} ORDER BY id") for table in tables]


def refused(answer: Answer, code: str, message: str | None = None) -> bool:
    (error,) = answer.errors
    told = error["extensions"]["code"], message or error["message"]
    return told == (code, error["message"]) and set(answer.data.values()) == {None}


# ---- inviting


async def test_an_invitation_is_told_to_the_admin_and_its_token_to_the_letter_alone(
    ask: Ask, world: AsyncConnection
) -> None:
    (told,) = await invited(ask)
    (row,) = await rows(
        world, "SELECT id, firm_id, email, email_key, role, state, token_hash, invited_by FROM staff_invitation"
    )

    assert told == {
        "id": told["id"],
        "email": "Someone@new.example",
        "firmRole": "BOOKKEEPER",
        "invitationState": "OPEN",
        "invitedAt": NOW.isoformat(),
        "expiresAt": (NOW + timedelta(days=14)).isoformat(),
        "viewerActions": ["RESEND_STAFF_INVITATION", "REVOKE_STAFF_INVITATION"],
    }
    assert row[:6] == (
        key_of(ask, told["id"]),
        key("F"),
        "Someone@new.example",
        "someone@new.example",
        "bookkeeper",
        "open",
    )
    assert row[6:] == (sha256(letter(ask, told["id"]).encode()).digest(), key("ada"))
    assert await rows(world, "SELECT kind, data, actor_id FROM notice") == [
        ("STAFF_INVITATION", {"offer": str(row[0])}, key("ada"))
    ]


async def test_the_trace_of_an_invitation_has_no_address(ask: Ask, world: AsyncConnection) -> None:
    await invited(ask)
    entries = await rows(
        world,
        "SELECT action, outcome, subject_type, subject_id, firm_id, actor_id, code FROM audit_entry"
        " WHERE action = 'INVITE_STAFF'",
    )

    assert entries == [("INVITE_STAFF", "done", "Firm", key("F"), key("F"), key("ada"), None)]


@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("ada", "gus", "hugo", "anonymous")])
async def test_nobody_but_a_firms_admin_invites(ask: Ask, world: AsyncConnection, who: str) -> None:
    before = await kept(world)

    assert refused(await ask(who, INVITE, addresses=[SOMEONE]), "FORBIDDEN", NOT_YOURS)
    # Whether what they wrote was good is not said to those who may not.
    assert refused(await ask(who, INVITE, addresses=[]), "FORBIDDEN", NOT_YOURS)
    assert await kept(world) == before


async def test_nobody_invites_nobody(ask: Ask, world: AsyncConnection) -> None:
    assert refused(await ask("anonymous", INVITE, addresses=[SOMEONE]), "UNAUTHENTICATED")


async def test_an_invitation_does_not_tell_who_is_known_here(ask: Ask, world: AsyncConnection) -> None:
    addresses = [EMAILS["gus"], EMAILS["cora"], EMAILS["nora"], EMAILS["pia"], "nobody@anywhere.example"]
    told = [(await invited(ask, email=address))[0] for address in addresses]

    for address, one in zip(addresses, told, strict=True):
        assert (one.pop("email"), len(one.pop("id"))) == (address, 44)
    assert all(one == told[0] for one in told)
    assert len(await rows(world, "SELECT id FROM notice")) == len(addresses)


async def test_who_has_an_open_invitation_gets_it_anew(ask: Ask, world: AsyncConnection) -> None:
    (first,) = await invited(ask)
    again, other = await invited(
        ask, "ada", {"email": "other@new.example", "role": "STAFF"}, email="SOMEONE@new.example", role="ADMIN"
    )
    states = await rows(world, "SELECT email, role, sendings, state FROM staff_invitation ORDER BY email_key")

    assert again["id"] == first["id"] != other["id"]
    assert states == [("other@new.example", "staff", 1, "open"), ("SOMEONE@new.example", "admin", 2, "open")]
    assert refused(await accepted(ask, letter(ask, first["id"], 1)), "NOT_FOUND")
    assert (await accepted(ask, letter(ask, first["id"], 2), name="A", password=PASSWORD)).errors == []


async def test_two_firms_invite_one_person_without_knowing_of_each_other(ask: Ask, world: AsyncConnection) -> None:
    (of_f,), (of_g,) = await invited(ask), await invited(ask, "gus")

    assert {**of_f, "id": None} == {**of_g, "id": None}
    assert of_f["id"] != of_g["id"]
    for id, who in ((of_f["id"], "gus"), (of_g["id"], "ada")):
        for document in (RESEND, REVOKE):
            assert refused(await ask(who, document, id=id), "NOT_FOUND")


@pytest.mark.parametrize("handle", ["ben", "finn", "ada"])
async def test_who_belongs_to_the_firm_is_not_invited_again(ask: Ask, world: AsyncConnection, handle: str) -> None:
    await run(world, "UPDATE firm_member SET state = 'suspended' WHERE id = :id", id=key("F/finn"))
    before = await kept(world)
    answer = await ask("ada", INVITE, addresses=[SOMEONE, {"email": EMAILS[handle].upper(), "role": "ADMIN"}])

    assert refused(answer, "CONFLICT", HERE_ALREADY)
    assert await kept(world) == before


async def test_who_was_removed_is_invited_again(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE firm_member SET state = 'removed' WHERE id = :id", id=key("F/finn"))
    (told,) = await invited(ask, email=EMAILS["finn"])
    answer = await accepted(ask, letter(ask, told["id"]), "finn")
    members = "SELECT role, state FROM firm_member WHERE user_id = :id AND firm_id = :firm ORDER BY state"

    assert answer.data["acceptStaffInvitation"]["membership"]["role"] == "BOOKKEEPER"
    assert await rows(world, members, id=key("finn"), firm=key("F")) == [("bookkeeper", "active"), ("staff", "removed")]


@pytest.mark.parametrize("email", [
    "", " ", "someone", "@new.example", "someone@", "someone@new", "some one@new.example", "a@b@new.example",
    "someone@new.example\n", "someone@new.example\r\nBcc: all@new.example", "a@-new.example",
    "a@new..example", "a@new.example.", "<someone@new.example>", "someone@[127.0.0.1]", "a,b@new.example",
    "someone@new.example\u2028", "s" * 65 + "@new.example", "a@" + "n" * 246 + ".example",
])  # fmt: skip
async def test_what_is_no_address_is_not_invited(ask: Ask, world: AsyncConnection, email: str) -> None:
    before = await kept(world)

    assert refused(await ask("ada", INVITE, addresses=[{"email": email, "role": "STAFF"}]), "BAD_USER_INPUT")
    assert await kept(world) == before


@pytest.mark.parametrize(
    ("email", "stored"),
    [
        ("a@b.co", "a@b.co"),
        (" A.b+c@New.example ", "A.b+c@new.example"),
        ("bücher@bücher.example", "bücher@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        (
            f"a@{'n' * 63}.{'n' * 63}.{'n' * 63}.{'n' * 52}.example",
            f"a@{'n' * 63}.{'n' * 63}.{'n' * 63}.{'n' * 52}.example",
        ),
    ],
)
async def test_what_is_an_address_is_invited(ask: Ask, world: AsyncConnection, email: str, stored: str) -> None:
    (told,) = await invited(ask, email=email)

    assert told["email"] == stored


async def test_a_domain_and_its_ascii_form_are_one_address(ask: Ask, world: AsyncConnection) -> None:
    (first,) = await invited(ask, email="Åse@Bücher.example")
    (again,) = await invited(ask, email="åse@xn--bcher-kva.example")

    assert again["id"] == first["id"]
    assert await rows(world, "SELECT email_key FROM staff_invitation") == [("åse@xn--bcher-kva.example",)]


async def test_one_to_twenty_are_invited_at_once_each_once(ask: Ask, world: AsyncConnection) -> None:
    before = await kept(world)
    some = [{"email": f"{number}@new.example", "role": "STAFF"} for number in range(MAX_INVITEES + 1)]
    for addresses in ([], some):
        assert refused(
            await ask("ada", INVITE, addresses=addresses),
            "BAD_USER_INPUT",
            message("input", "ENTRIES", least=1, most=MAX_INVITEES),
        )
    twice = [SOMEONE, {"email": "SOMEONE@new.example", "role": "ADMIN"}]
    assert refused(await ask("ada", INVITE, addresses=twice), "BAD_USER_INPUT", message("input", "DUPLICATE"))
    assert await kept(world) == before

    data = await ask.data("ada", INVITE, addresses=some[1:])
    assert [one["email"] for one in data["inviteStaff"]["invitations"]] == [one["email"] for one in some[1:]]


async def test_a_firm_has_a_hundred_open_invitations_and_no_more(ask: Ask, world: AsyncConnection) -> None:
    addresses = [{"email": f"{number}@new.example", "role": "STAFF"} for number in range(MAX_WAITING)]
    for start in range(0, MAX_WAITING, MAX_INVITEES):
        await ask.data("ada", INVITE, addresses=addresses[start : start + MAX_INVITEES])
    before = await kept(world)
    one_more = await ask("ada", INVITE, addresses=[SOMEONE])
    unchanged = await kept(world) == before
    (again,) = (await ask.data("ada", INVITE, addresses=addresses[:1]))["inviteStaff"]["invitations"]
    await ask.data("ada", REVOKE, id=again["id"])

    assert refused(one_more, "CONFLICT", message("conflict", "OPEN_INVITATIONS", most=MAX_WAITING))
    assert unchanged
    assert (await ask("ada", INVITE, addresses=[SOMEONE])).errors == []


async def test_inviting_takes_as_many_statements_for_twenty_as_for_one(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    taken = []
    for many in (1, 20, 20):
        with recorded(engine) as said:
            answer = await ask(
                "ada", INVITE, addresses=[{"email": f"{n}@new.example", "role": "STAFF"} for n in range(many)]
            )
        taken.append([each for each in said if "SAVEPOINT" not in each])
        assert len(answer.data["inviteStaff"]["invitations"]) == many

    assert [len(said) for said in taken] == [len(taken[0])] * 3, "\n\n".join(taken[2])


async def test_an_invitation_that_is_asked_for_again_with_its_key_is_sent_once(
    ask: Ask, world: AsyncConnection
) -> None:
    headers = {**ask.headers("ada"), "Idempotency-Key": "one-letter"}
    body = {"query": INVITE, "variables": {"addresses": [SOMEONE]}}
    first, again = await ask.sent(body, headers), await ask.sent(body, headers)

    assert first.errors == []
    assert again.data == first.data
    assert await rows(world, "SELECT sendings FROM staff_invitation") == [(1,)]
    assert len(await rows(world, "SELECT id FROM notice")) == 1


# ---- seeing them, sending them again, taking them back


async def test_the_admin_and_the_platform_see_what_waits(ask: Ask, world: AsyncConnection) -> None:
    first, second, third = await invited(
        ask,
        "ada",
        {"email": "b@new.example", "role": "ADMIN"},
        {"email": "c@new.example", "role": "STAFF"},
    )
    await ask.data("ada", REVOKE, id=third["id"])
    listed = (await ask.data("ada", LIST))["firm"]["staffInvitations"]["nodes"]
    platform = (
        await ask.data("pia", "query ($id: ID!) { firm(id: $id) { staffInvitations(first: 50) { nodes { email viewerActions } } } }",
                       id=ask.id("Firm", "F"))
    )["firm"]["staffInvitations"]["nodes"]  # fmt: skip

    assert sorted(one["email"] for one in listed) == sorted([first["email"], second["email"]])
    assert all(one in (first, second) for one in listed)
    assert sorted(one["email"] for one in platform) == sorted([first["email"], second["email"]])
    assert [one["viewerActions"] for one in platform] == [[], []]
    assert (await ask.data("gus", LIST))["firm"]["staffInvitations"]["nodes"] == []


@pytest.mark.parametrize("who", ["ben", "finn", "cora", "rolf", "firm-sync"])
async def test_nobody_else_sees_invitations(ask: Ask, world: AsyncConnection, who: str) -> None:
    (told,) = await invited(ask)
    one = await ask(who, "query ($id: ID!) { node(id: $id) { id } }", id=told["id"])
    listed = await ask(
        who,
        "query ($id: ID!) { firm(id: $id) { staffInvitations(first: 50) { nodes { email } } } }",
        id=ask.id("Firm", "F"),
    )

    assert refused(one, "NOT_FOUND")
    assert "someone" not in listed.text.lower()
    assert listed.codes in (["FIELD_NOT_PERMITTED"], ["NOT_FOUND"])


@pytest.mark.parametrize("document", [RESEND, REVOKE], ids=["resend", "revoke"])
@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("ada", "anonymous")])
async def test_an_invitation_is_the_admins_of_its_firm(
    ask: Ask, world: AsyncConnection, who: str, document: str
) -> None:
    (told,) = await invited(ask)
    before = await kept(world)
    answer = await ask(who, document, id=told["id"])

    assert refused(answer, "FORBIDDEN" if who == "pia" else "NOT_FOUND")
    assert await kept(world) == before


async def test_an_invitation_that_is_sent_again_has_a_new_link_and_fourteen_days(
    ask: Ask, world: AsyncConnection
) -> None:
    (told,) = await invited(ask)
    await run(world, "UPDATE staff_invitation SET expires_at = :now", now=NOW)
    expired = (await ask.data("ada", LIST))["firm"]["staffInvitations"]["nodes"]
    too_late = await accepted(ask, letter(ask, told["id"]), name="A", password=PASSWORD)
    again = (await ask.data("ada", RESEND, id=told["id"]))["resendStaffInvitation"]["invitation"]

    assert [(one["invitationState"], one["viewerActions"]) for one in expired] == [
        ("EXPIRED", ["RESEND_STAFF_INVITATION", "REVOKE_STAFF_INVITATION"])
    ]
    assert refused(too_late, "NOT_FOUND")
    assert again == {
        "invitationState": "OPEN",
        "expiresAt": told["expiresAt"],
        "viewerActions": ["RESEND_STAFF_INVITATION", "REVOKE_STAFF_INVITATION"],
    }
    assert refused(await accepted(ask, letter(ask, told["id"], 1), name="A", password=PASSWORD), "NOT_FOUND")
    assert (await accepted(ask, letter(ask, told["id"], 2), name="A", password=PASSWORD)).errors == []
    assert await rows(world, "SELECT DISTINCT data FROM notice") == [({"offer": str(key_of(ask, told["id"]))},)]


async def test_what_was_taken_back_or_accepted_stays_so(ask: Ask, world: AsyncConnection) -> None:
    void, used = await invited(ask, "ada", {"email": "b@new.example", "role": "STAFF"})
    token = letter(ask, void["id"])
    data = await ask.data("ada", REVOKE, id=void["id"])
    await accepted(ask, letter(ask, used["id"]), name="B", password=PASSWORD)

    assert data["revokeStaffInvitation"]["invitation"] == {"invitationState": "VOID", "viewerActions": []}
    assert refused(await accepted(ask, token, name="A", password=PASSWORD), "NOT_FOUND")
    for id, why in ((void["id"], "VOID"), (used["id"], "ACCEPTED")):
        for document in (RESEND, REVOKE):
            assert refused(await ask("ada", document, id=id), "CONFLICT", CONFLICTS[why])


# ---- accepting


async def test_somebody_new_takes_the_place_and_signs_in(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await invited(ask)
    answer = await accepted(ask, letter(ask, told["id"]), name="  Sofie Ny ", password=PASSWORD)
    (person,) = await rows(world, "SELECT id, password_hash FROM user_account WHERE email_key = 'someone@new.example'")
    bearer = {"Authorization": f"Bearer {ask.gateway.tokens.issue(person[0], NOW).text}"}
    me = await ask.sent({"query": "{ viewer { user { name email } actingAs { id name role } } }"}, bearer)
    staff = (await ask.data("ada", STAFF))["firm"]["staff"]["nodes"]

    assert answer.data["acceptStaffInvitation"] == {
        "membership": {
            "id": ask.id("Firm", "F"),
            "name": me.data["viewer"]["actingAs"]["name"],
            "role": "BOOKKEEPER",
        }
    }
    assert (await ask.gateway.sign_in_service.passwords.check(person[1], PASSWORD, "here")).right
    assert me.data["viewer"]["user"] == {"name": "Sofie Ny", "email": "Someone@new.example"}
    assert me.data["viewer"]["actingAs"]["id"] == ask.id("Firm", "F")
    assert {"name": "Sofie Ny", "firmRole": "BOOKKEEPER", "membershipState": "ACTIVE", "isOwner": False,
            "viewerActions": EVERYTHING} in staff  # fmt: skip
    assert (await ask.data("ada", LIST))["firm"]["staffInvitations"]["nodes"] == []


async def test_who_accepted_stands_in_the_trace(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await invited(ask)
    await accepted(ask, letter(ask, told["id"]), name="Sofie Ny", password=PASSWORD)
    entries = await rows(
        world,
        "SELECT e.actor_id = u.id, e.acting_side, e.acting_id, e.subject_id, e.firm_id, e.outcome"
        " FROM audit_entry e, user_account u"
        " WHERE action = 'ACCEPT_STAFF_INVITATION' AND u.id = e.actor_id AND u.email_key = 'someone@new.example'",
    )

    assert entries == [(True, "firm", key("F"), key_of(ask, told["id"]), key("F"), "done")]


async def test_a_token_works_once(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await invited(ask)
    token = letter(ask, told["id"])
    await accepted(ask, token, name="A", password=PASSWORD)
    before = await kept(world)

    assert refused(await accepted(ask, token, name="A", password=PASSWORD), "NOT_FOUND")
    assert await kept(world) == before


@pytest.mark.parametrize("token", ["", "gws_", "gws_" + "A" * 43, "x" * 10_000])
async def test_a_token_that_is_nobodys_tells_nothing_and_leaves_no_trace(
    ask: Ask, world: AsyncConnection, token: str
) -> None:
    entries = "SELECT count(*) FROM audit_entry"
    before = await kept(world), await rows(world, entries)
    good = (await invited(ask))[0]["id"]
    used = letter(ask, good)
    await ask.data("ada", REVOKE, id=good)
    after = await kept(world), await rows(world, entries)
    answers = [await accepted(ask, each, name="A", password=PASSWORD) for each in (token, used)]

    assert answers[0].errors == answers[1].errors
    assert refused(answers[0], "NOT_FOUND", "There is no such object.")
    assert before != after == (await kept(world), await rows(world, entries))


@pytest.mark.parametrize("more", [
    {}, {"name": "A"}, {"password": PASSWORD}, {"name": " ", "password": PASSWORD}, {"name": "A\nB", "password": PASSWORD},
    {"name": "A" * 101, "password": PASSWORD}, {"name": "A", "password": "p" * 11}, {"name": "A", "password": "p" * 129},
])  # fmt: skip
async def test_somebody_new_needs_a_name_and_a_password(ask: Ask, world: AsyncConnection, more: dict[str, str]) -> None:
    (told,) = await invited(ask)
    before = await kept(world)

    answer = await accepted(ask, letter(ask, told["id"]), **more)
    assert (set(answer.codes), answer.data) == ({"BAD_USER_INPUT"}, {"acceptStaffInvitation": None})
    assert await kept(world) == before


@pytest.mark.parametrize("password", ["p" * 12, "å" * 128])
async def test_a_password_of_the_right_length_is_taken(ask: Ask, world: AsyncConnection, password: str) -> None:
    (told,) = await invited(ask)

    assert (await accepted(ask, letter(ask, told["id"]), name="N" * 100, password=password)).errors == []


async def test_somebody_known_signs_in_first_and_keeps_their_password(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await invited(ask, email=EMAILS["nora"].upper(), role="ADMIN")
    token = letter(ask, told["id"])
    before = await kept(world)
    unknown = await accepted(ask, token, name="Nora", password=PASSWORD)
    others = [
        await accepted(ask, token, who, name="N", password=PASSWORD) for who in ("ben", "ada", "pia", "firm-sync")
    ]
    unchanged = await kept(world) == before
    answer = await accepted(ask, token, "nora", name="Another", password=PASSWORD)
    sign_in = "mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }"
    session = await ask("anonymous", sign_in, input={"email": EMAILS["nora"], "password": DEMO_PASSWORD})

    assert refused(unknown, "UNAUTHENTICATED", SIGN_IN)
    assert all(refused(other, "FORBIDDEN", SOMEBODY_ELSES) for other in others)
    assert unchanged
    assert answer.data["acceptStaffInvitation"]["membership"]["role"] == "ADMIN"
    assert session.errors == []
    assert (await ask.data("nora", "{ viewer { user { name } actingAs { role } } }"))["viewer"] == {
        "user": {"name": "Nora Falkenrath"},
        "actingAs": {"role": "ADMIN"},
    }


@pytest.mark.parametrize("who", ["nora", "ben", "firm-sync", "billing"])
async def test_an_invitation_of_somebody_new_is_nobody_elses(ask: Ask, world: AsyncConnection, who: str) -> None:
    (told,) = await invited(ask)
    before = await kept(world)

    assert refused(await accepted(ask, letter(ask, told["id"]), who, name="A", password=PASSWORD), "FORBIDDEN")
    assert await kept(world) == before


async def test_a_person_of_one_firm_takes_a_place_in_another(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await invited(ask, email=EMAILS["gus"])
    answer = await accepted(ask, letter(ask, told["id"]), "gus")
    both = await ask.data("gus@F", "{ viewer { memberships { name role } actingAs { role } } }")

    assert answer.errors == []
    assert both["viewer"]["actingAs"] == {"role": "BOOKKEEPER"}
    assert sorted(place["role"] for place in both["viewer"]["memberships"]) == ["ADMIN", "BOOKKEEPER"]


async def test_who_came_in_meanwhile_does_not_come_twice(ask: Ask, world: AsyncConnection) -> None:
    (told,) = await invited(ask, email=EMAILS["nora"])
    await make.member(world, firm_id=key("F"), user_id=key("nora"), state="suspended")
    before = await kept(world)

    assert refused(await accepted(ask, letter(ask, told["id"]), "nora"), "CONFLICT", ALREADY_IN)
    assert await kept(world) == before


# ---- places


async def test_the_admin_sees_what_may_be_done_with_whom(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE firm_member SET state = 'suspended' WHERE id = :id", id=key("F/bo"))
    staff = {one.pop("name").split()[0]: one for one in (await ask.data("ada", STAFF))["firm"]["staff"]["nodes"]}

    assert staff == {
        "Ada": {
            "firmRole": "ADMIN",
            "membershipState": "ACTIVE",
            "isOwner": True,
            "viewerActions": ["ASSIGN_MANAGERS"],
        },
        "Ben": {"firmRole": "BOOKKEEPER", "membershipState": "ACTIVE", "isOwner": False, "viewerActions": EVERYTHING},
        "Bo": {
            "firmRole": "BOOKKEEPER",
            "membershipState": "SUSPENDED",
            "isOwner": False,
            "viewerActions": ["CHANGE_STAFF_ROLE", "REINSTATE_STAFF", "REMOVE_STAFF"],
        },
        "Hedda": {"firmRole": "BOOKKEEPER", "membershipState": "ACTIVE", "isOwner": False, "viewerActions": EVERYTHING},
        "Finn": {
            "firmRole": "STAFF",
            "membershipState": "ACTIVE",
            "isOwner": False,
            "viewerActions": ["CHANGE_STAFF_ROLE", "SUSPEND_STAFF", "REMOVE_STAFF"],
        },
    }


async def test_others_see_neither_state_nor_owner_nor_actions(ask: Ask, world: AsyncConnection) -> None:
    answer = await ask("ben", STAFF)

    for one in answer.data["firm"]["staff"]["nodes"]:
        assert (one["membershipState"], one["isOwner"], one["viewerActions"]) == (None, None, [])
    assert {denial[:3] for denial in answer.denials} == {
        ("FirmMember", field, "ROLE") for field in ("membershipState", "isOwner")
    }


KNOW_BO: Final = {"ben", "bo", "hedda@F", "cora", "hedda@C3", "frida", "pia"}
"""Who sees Bo, and so is told that this is not theirs to do; to all others there is nobody."""


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("ada", "anonymous")])
async def test_places_are_the_admins_to_change(ask: Ask, world: AsyncConnection, who: str, name: str) -> None:
    await run(world, "INSERT INTO assignment (id, member_id, client_id) VALUES (:id, :bo, :c5)",
              id=make.new_key(), bo=key("F/bo"), c5=key("C5"))  # fmt: skip
    before = await kept(world)
    answer = await ask(who, PLACES[name], member=ask.id("FirmMember", "F/bo"))

    assert refused(answer, "FORBIDDEN" if who in KNOW_BO else "NOT_FOUND"), answer.text
    assert await kept(world) == before


@pytest.mark.parametrize("name", PLACES)
async def test_whoever_is_not_signed_in_is_told_so_before_anything_else(
    ask: Ask, world: AsyncConnection, name: str
) -> None:
    for member in (ask.id("FirmMember", "F/bo"), "rubbish"):
        assert refused(await ask("anonymous", PLACES[name], member=member), "UNAUTHENTICATED")


@pytest.mark.parametrize("name", PLACES)
async def test_what_is_no_place_of_the_firm_is_not_found(ask: Ask, world: AsyncConnection, name: str) -> None:
    before = await kept(world)
    wrong = [ask.id("FirmMember", "G/gus"), ask.id("FirmMember", make.new_key()), ask.id("User", "ben")]
    answers = [await ask("ada", PLACES[name], member=id) for id in wrong]

    assert all(refused(answer, "NOT_FOUND") for answer in answers)
    assert answers[0].errors == answers[1].errors == answers[2].errors
    assert refused(await ask("ada", PLACES[name], member="rubbish"), "BAD_USER_INPUT")
    assert await kept(world) == before


async def test_a_bookkeeper_cannot_make_itself_an_admin(ask: Ask, world: AsyncConnection) -> None:
    answer = await ask("ben", CHANGE_ROLE, member=ask.id("FirmMember", "F/ben"), role="ADMIN")

    assert refused(answer, "FORBIDDEN", NOT_YOURS)
    assert (await ask.data("ben", "{ viewer { actingAs { role } } }"))["viewer"]["actingAs"]["role"] == "BOOKKEEPER"


ADMINS: Final = "{ clientTabs { tab } firm { resellerTier cashbackRate staffInvitations(first: 50) { nodes { id } } } }"


async def test_a_demoted_admin_sees_as_a_bookkeeper_with_the_same_token(ask: Ask, world: AsyncConnection) -> None:
    bearer, ben = ask.headers("ben"), ask.id("FirmMember", "F/ben")
    await ask.data("ada", CHANGE_ROLE, member=ben, role="ADMIN")
    as_admin = await ask.sent({"query": ADMINS}, bearer)
    answer = await ask.data("ada", CHANGE_ROLE, member=ben, role="BOOKKEEPER")
    as_bookkeeper = await ask.sent({"query": ADMINS}, bearer)

    assert as_admin.errors == []
    assert [tab["tab"] for tab in as_admin.data["clientTabs"]] == ["INVITES", "ONBOARDING", "MINE", "ALL"]
    assert answer["changeStaffRole"]["member"]["firmRole"] == "BOOKKEEPER"
    assert [tab["tab"] for tab in as_bookkeeper.data["clientTabs"]] == ["MINE"]
    assert as_bookkeeper.codes == ["FIELD_NOT_PERMITTED"] * 3


OPEN_CHARGES: Final = "SELECT count(*) FROM assignment WHERE member_id = :id AND ended_at IS NULL"


async def test_who_becomes_staff_is_in_charge_of_nobody(ask: Ask, world: AsyncConnection) -> None:
    ben = ask.id("FirmMember", "F/ben")
    await ask.data("ada", CHANGE_ROLE, member=ben, role="ADMIN")
    as_admin = await rows(world, OPEN_CHARGES, id=key("F/ben"))
    await ask.data("ada", CHANGE_ROLE, member=ben, role="STAFF")
    as_staff = await rows(world, OPEN_CHARGES, id=key("F/ben"))
    ended = await rows(
        world, "SELECT ended_at FROM assignment WHERE member_id = :id AND ended_at IS NOT NULL", id=key("F/ben")
    )

    assert (as_admin, as_staff) == ([(2,)], [(0,)])
    assert ended == [(NOW,), (NOW,)]
    assert (await ask.data("ben", "{ clients(first: 9) { totalCount } }"))["clients"]["totalCount"] == 0
    served = "query ($id: ID!) { client(id: $id) { accountManagers(first: 50) { nodes { name } } } }"
    assert [one["name"] for one in (await ask.data("cora", served, id=ask.id("Client", "C1")))["client"][
        "accountManagers"
    ]["nodes"]] == ["Bo Lindqvist"]  # fmt: skip


async def test_a_suspended_person_keeps_the_clients_and_opens_nothing(ask: Ask, world: AsyncConnection) -> None:
    ben = ask.id("FirmMember", "F/ben")
    suspended = await ask.data("ada", PLACES["suspendStaff"], member=ben)
    person = await ask("ben", "{ viewer { actingAs { role } memberships { name } } clients(first: 1) { totalCount } }")
    machine = await ask("ben-sync", "{ viewer { menus } }")
    twice = await ask("ada", PLACES["suspendStaff"], member=ben)
    back = await ask.data("ada", PLACES["reinstateStaff"], member=ben)
    again = await ask("ada", PLACES["reinstateStaff"], member=ben)

    assert suspended["suspendStaff"]["member"] == {
        "firmRole": "BOOKKEEPER",
        "membershipState": "SUSPENDED",
        "viewerActions": ["CHANGE_STAFF_ROLE", "REINSTATE_STAFF", "REMOVE_STAFF"],
    }
    assert person.data["viewer"] == {"actingAs": None, "memberships": []}
    assert machine.codes == ["UNAUTHENTICATED"]
    assert refused(twice, "CONFLICT", CONFLICTS["INACTIVE"])
    assert refused(again, "CONFLICT", CONFLICTS["NOT_SUSPENDED"])
    assert back["reinstateStaff"]["member"]["membershipState"] == "ACTIVE"
    assert (await ask.data("ben", "{ clients(first: 9) { totalCount } }"))["clients"]["totalCount"] == 2
    assert (await ask("ben-sync", "{ viewer { menus } }")).errors == []


async def test_who_is_removed_loses_everything_at_once_but_other_places(ask: Ask, world: AsyncConnection) -> None:
    for handle in ("ben", "hedda"):
        data = await ask.data("ada", PLACES["removeStaff"], member=ask.id("FirmMember", f"F/{handle}"))
    ben = await ask("ben", "{ viewer { memberships { name } } clients(first: 1) { totalCount } }")

    assert sorted(one["name"] for one in data["removeStaff"]["firm"]["staff"]["nodes"]) == [
        "Ada Nørgård", "Bo Lindqvist", "Finn Østergaard",
    ]  # fmt: skip
    assert ben.data["viewer"]["memberships"] == []
    assert (await ask("ben-sync", "{ viewer { menus } }")).codes == ["UNAUTHENTICATED"]
    assert (await ask("hedda@F", "{ viewer { menus } }")).codes == ["FORBIDDEN"]
    assert (await ask.data("hedda", "{ clients(first: 1) { totalCount } }"))["clients"]["totalCount"] == 1
    assert await rows(world, OPEN_CHARGES, id=key("F/ben")) == await rows(world, OPEN_CHARGES, id=key("F/hedda"))
    assert await rows(world, OPEN_CHARGES, id=key("F/ben")) == [(0,)]
    for name in PLACES:
        assert refused(await ask("ada", PLACES[name], member=ask.id("FirmMember", "F/ben")), "NOT_FOUND")


@pytest.mark.parametrize("name", ["changeStaffRole", "suspendStaff", "removeStaff"])
async def test_the_last_admin_stays(ask: Ask, world: AsyncConnection, name: str) -> None:
    ada = ask.id("FirmMember", "F/ada")
    await run(world, "UPDATE firm_member SET is_owner = false WHERE id = :id", id=key("F/ada"))
    await run(world, "UPDATE firm_member SET role = 'admin', state = 'suspended' WHERE id = :id", id=key("F/ben"))
    before = await kept(world)
    alone = await ask("ada", PLACES[name], member=ada)
    unchanged = await kept(world) == before
    await ask.data("ada", PLACES["reinstateStaff"], member=ask.id("FirmMember", "F/ben"))
    with_ben = await ask.data("ada", PLACES[name], member=ada)
    role = await ask("ada", "{ viewer { actingAs { role } } }")

    assert refused(alone, "CONFLICT", CONFLICTS["LAST_ADMIN"])
    assert unchanged
    assert with_ben[name] in ({"member": None}, {"firm": None})
    assert role.data["viewer"]["actingAs"] == ({"role": "STAFF"} if name == "changeStaffRole" else None)


@pytest.mark.parametrize("name", ["changeStaffRole", "suspendStaff", "removeStaff"])
async def test_the_owners_place_stays_as_it_is(ask: Ask, world: AsyncConnection, name: str) -> None:
    await run(world, "UPDATE firm_member SET role = 'admin' WHERE id = :id", id=key("F/ben"))
    before = await kept(world)

    for who in ("ben", "ada"):
        answer = await ask(who, PLACES[name], member=ask.id("FirmMember", "F/ada"))
        assert refused(answer, "CONFLICT", CONFLICTS["OWNER"])
    assert await kept(world) == before


async def test_who_gives_up_the_place_does_nothing_more_with_it_in_the_same_document(
    ask: Ask, world: AsyncConnection
) -> None:
    await run(world, "UPDATE firm_member SET role = 'admin' WHERE id = :id", id=key("F/ben"))
    answer = await ask(
        "ben",
        """mutation ($me: ID!, $bo: ID!) {
          one: changeStaffRole(input: {id: $me, role: BOOKKEEPER}) { member { email } }
          two: removeStaff(input: {id: $bo}) { firm { staff(first: 50) { nodes { name email } } } }
        }""",
        me=ask.id("FirmMember", "F/ben"),
        bo=ask.id("FirmMember", "F/bo"),
    )

    assert answer.data == {"one": {"member": None}, "two": None}
    assert (answer.codes, answer.errors[0]["message"]) == (["CONFLICT"], MOVED_ON)


@pytest.mark.parametrize("name", PLACES)
async def test_a_change_of_a_place_stands_in_the_firms_trace(ask: Ask, world: AsyncConnection, name: str) -> None:
    if name == "reinstateStaff":
        await run(world, "UPDATE firm_member SET state = 'suspended' WHERE id = :id", id=key("F/ben"))
    await ask.data("ada", PLACES[name], member=ask.id("FirmMember", "F/ben"))
    await ask("ben" if name == "reinstateStaff" else "ada", PLACES[name], member=ask.id("FirmMember", "G/gus"))
    entries = await rows(
        world,
        "SELECT action, outcome, code, subject_type, subject_id, firm_id FROM audit_entry"
        " WHERE action LIKE '%STAFF%' ORDER BY outcome",
    )

    action = {"changeStaffRole": "CHANGE_STAFF_ROLE", "suspendStaff": "SUSPEND_STAFF",
              "reinstateStaff": "REINSTATE_STAFF", "removeStaff": "REMOVE_STAFF"}[name]  # fmt: skip
    assert entries == [
        (action, "done", None, "FirmMember", key("F/ben"), key("F")),
        (action, "refused", "NOT_FOUND", None, None, key("F")),
    ]
