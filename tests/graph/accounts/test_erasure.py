"""Erasing a person over HTTP: nothing of them is left, all their places end, and the audit trail keeps the key (D52)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.engine import make_engine
from gateway.db.models import Base, ClientInvitation, FirmSignUp, LinkedIdentity, Mail, Notice
from gateway.db.queries.erasure import NAMELESS, pseudonym
from gateway.db.seeds.demo import DEMO_PASSWORD, key
from gateway.db.seeds.people import NAMES
from gateway.messages import text as message
from gateway.policy import Policy
from gateway.resolvers.core.refusals import CONFLICTS, NOT_YOURS, RULES
from gateway.settings import Settings
from gateway.text.addresses import address_key
from tests.conftest import Copy
from tests.graph.accounts.test_passwords import REQUEST
from tests.graph.accounts.test_sign_up import sign_up
from tests.graph.conftest import CALLERS, NOW, Answer, Ask, asker, run
from tests.graph.firms.test_staff import ACCEPT, INVITE
from tests.support import make
from tests.support.accounts import EMAILS, REFRESH, kept, refused, rows, signed_in

ERASE: Final = (
    "mutation ($user: ID!, $confirm: Boolean!) { eraseUser(input: {id: $user, confirm: $confirm}) { erased } }"
)
TABLES: Final = [name for name in Base.metadata.tables if name != "audit_entry"]
PHONE: Final = "+45 99 88 77 66"


async def erase(ask: Ask, place: str, who: str = "pia", *, confirm: bool = True, kind: str = "FirmMember") -> Answer:
    return await ask(who, ERASE, user=ask.id(kind, place), confirm=confirm)


async def everywhere(ask: Ask, world: AsyncConnection, who: str) -> None:
    """This person's data in every column that can hold any."""
    email, name = EMAILS[who], NAMES[who]
    at = {"invited_at": NOW, "expires_at": NOW + timedelta(days=1)}
    known = {"email": email.upper(), "email_key": email}
    await run(world, "UPDATE user_account SET phone = :phone, last_seen_at = :now WHERE id = :id", phone=PHONE, now=NOW,
              id=key(who))  # fmt: skip
    await world.execute(
        insert(LinkedIdentity).values(issuer="https://id.example", subject=email, user_id=key(who), linked_at=NOW)
    )
    await signed_in(ask, email, "wrong")
    await ask("anonymous", REQUEST, email=email)
    await sign_up(ask, email=email, name=name, phone=PHONE)
    contact = {"contact_name": name, "contact_email": f" {email.upper()}", "contact_phone": PHONE}
    await make.firm(world, name="Contacted", **contact)
    client = await make.client(world, contact_email=email.title())
    await make.invitation(world, "gws_x", **known, firm_id=key("G"), invited_by=key("gus"))
    await make.member_invitation(world, "gwm_x", **known, client_id=key("C1"), invited_by=key("cora"), role="member")
    for state, number in (("open", 1), ("accepted", 2)):
        collaboration = await make.collaboration(
            world,
            firm_id=key("H"),
            client_id=client if number == 1 else key("C8"),
            state="declined",
            invited_email=email,
        )
        row = {"id": make.new_key(), **known, **at, "state": state, "token_hash": bytes([number])}
        given = {"collaboration_id": collaboration, "invited_by": key("hugo")}
        await world.execute(insert(ClientInvitation).values(row | given))
    done = {"id": make.new_key(), **known, "state": "accepted", "token_hash": b"3", "accepted_by": key(who), "name": name,
            "phone": PHONE, "locale": "en", "firm_name": "Some", "country": "DK", "business_kind": "agency",
            "signed_up_at": NOW, "expires_at": NOW}  # fmt: skip
    await world.execute(insert(FirmSignUp).values(done))
    notice = make.new_key()
    await world.execute(insert(Notice).values(id=notice, kind="STAFF_INVITATION", at=NOW))
    problem = f"550 no such user: {email}"
    to = {"notice_id": notice, "due_at": NOW, "problem": problem}
    await world.execute(insert(Mail).values(id=make.new_key(), address=email, address_key=email, state="waiting", **to))
    of_them = {"user_id": key(who), "side": "firm", "member_id": key(f"F/{who}")}
    await world.execute(insert(Mail).values(id=make.new_key(), **of_them, state="parked", **to))


async def said(world: AsyncConnection, *words: str) -> list[tuple[str, str]]:
    """The tables in which something of it stands, in any letter case."""
    stands = "SELECT 1 FROM {} t WHERE lower(t::text) LIKE lower(:word) LIMIT 1"
    asked = [(table, word) for table in Base.metadata.tables for word in words]
    return [each for each in asked if await rows(world, stands.format(each[0]), word=f"%{each[1]}%")]


# ---- nothing is left


async def test_nothing_of_the_person_stands_anywhere_any_more(ask: Ask, world: AsyncConnection) -> None:
    await everywhere(ask, world, "ben")
    words = (EMAILS["ben"], NAMES["ben"], PHONE)
    before = {table for table, _ in await said(world, *words)}
    done = await erase(ask, "F/ben")

    assert before == {"user_account", "linked_identity", "firm", "client", "collaboration", "staff_invitation",
                      "client_member_invitation", "client_invitation", "firm_sign_up", "mail"}  # fmt: skip
    assert done.data == {"eraseUser": {"erased": True}}
    assert await said(world, *words) == []
    assert await rows(
        world,
        "SELECT email, email_key, name, phone, locale, password_hash, last_seen_at, erased_at FROM user_account"
        " WHERE id = :id",
        id=key("ben"),
    ) == [(pseudonym(key("ben")), pseudonym(key("ben")), NAMELESS, None, "en", None, None, NOW)]


@pytest.mark.parametrize(
    ("typed", "mail"),
    [("ÅSE@Folk.example", "åse@folk.example"), ("x@BÜCHER.example", "X@xn--bcher-kva.example")],
)
async def test_an_address_is_erased_however_it_is_written(
    ask: Ask, world: AsyncConnection, typed: str, mail: str
) -> None:
    """The locale of the database does not matter: its `lower()` of Å is Å under the locale C."""
    person = await make.user(world, email=typed, name="Åse")
    await make.member(world, firm_id=key("F"), user_id=person)
    seat = await rows(world, "SELECT id FROM firm_member WHERE user_id = :id", id=person)
    await make.firm(world, contact_email=mail, contact_name="Åse")
    client = await make.client(world, contact_email=typed)
    await make.collaboration(world, firm_id=key("H"), client_id=client, state="declined", invited_email=mail)
    notice = make.new_key()
    await world.execute(insert(Notice).values(id=notice, kind="STAFF_INVITATION", at=NOW))
    to = {"notice_id": notice, "due_at": NOW, "address": mail, "address_key": address_key(mail)}
    await world.execute(insert(Mail).values(id=make.new_key(), **to))

    done = await ask("pia", ERASE, user=ask.gateway.seal.id("FirmMember", seat[0][0]), confirm=True)

    assert done.data == {"eraseUser": {"erased": True}}
    assert await said(world, typed, mail, "Åse") == []


async def test_what_was_offered_to_the_address_is_over_and_what_others_have_stays(
    ask: Ask, world: AsyncConnection
) -> None:
    await everywhere(ask, world, "ben")
    others = "SELECT t::text FROM {} t WHERE t::text NOT ILIKE :email ORDER BY 1"
    tables = (
        "staff_invitation",
        "firm_sign_up",
        "client_invitation",
        "client_member_invitation",
        "firm",
        "client",
        "mail",
    )
    before = [await rows(world, others.format(table), email="%ben@%") for table in tables]
    await erase(ask, "F/ben")
    after = [await rows(world, others.format(table), email="%@erased.invalid%") for table in tables]
    open_still = "SELECT count(*) FROM {} WHERE email LIKE '%@erased.invalid' AND state = 'open'"

    for table, was, is_now in zip(tables, before, after, strict=True):
        # A client has no contact any more, and a letter to the person no address.
        assert set(was) <= set(is_now), table
    for table in tables[:4]:
        assert await rows(world, open_still.format(table)) == [(0,)]
    assert await rows(world, "SELECT state, count(*) FROM mail GROUP BY 1 ORDER BY 1") == [
        ("dropped", 1),
        ("parked", 1),
    ]


async def test_nobody_comes_in_as_them_any_more(ask: Ask, world: AsyncConnection) -> None:
    session = (await signed_in(ask, EMAILS["ben"], DEMO_PASSWORD)).data["signIn"]["refreshToken"]
    machine = await ask("ben-sync", "{ viewer { menus } }")
    await erase(ask, "F/ben")

    assert machine.errors == []
    assert (await ask("ben-sync", "{ viewer { menus } }")).codes == ["UNAUTHENTICATED"]
    # The access token is good for minutes more, and names nobody.
    assert (await ask("ben", "{ viewer { menus } }")).codes == ["UNAUTHENTICATED"]
    assert (await ask("anonymous", REFRESH, token=session)).codes == ["UNAUTHENTICATED"]
    assert (await signed_in(ask, EMAILS["ben"], DEMO_PASSWORD)).codes == ["UNAUTHENTICATED"]
    assert (await signed_in(ask, pseudonym(key("ben")), DEMO_PASSWORD)).codes == ["UNAUTHENTICATED"]
    before = await rows(world, "SELECT count(*) FROM notice")
    for email in (EMAILS["ben"], pseudonym(key("ben"))):
        await ask("anonymous", REQUEST, email=email)
    assert await rows(world, "SELECT count(*) FROM notice") == before


async def test_all_their_places_end(ask: Ask, world: AsyncConnection) -> None:
    await erase(ask, "F/ben")
    staff = await ask.data("ada", "{ firm { staff(first: 50) { nodes { name } } } }")
    served = await ask.data(
        "cora",
        "query ($id: ID!) { client(id: $id) { accountManagers(first: 50) { nodes { name } } } }",
        id=ask.id("Client", "C1"),
    )

    assert NAMES["ben"] not in str(staff) + str(served)
    assert NAMELESS not in str(staff) + str(served)
    assert await rows(world, "SELECT state FROM firm_member WHERE user_id = :id", id=key("ben")) == [("removed",)]
    assert await rows(
        world, "SELECT count(*) FROM assignment WHERE member_id = :id AND ended_at IS NULL", id=key("F/ben")
    ) == [(0,)]


async def test_a_person_is_named_by_a_place_in_a_company_as_well(ask: Ask, world: AsyncConnection) -> None:
    done = await erase(ask, "C1/emil", kind="ClientMember")

    assert done.data == {"eraseUser": {"erased": True}}
    assert await rows(world, "SELECT state FROM client_member WHERE user_id = :id", id=key("emil")) == [("removed",)]


async def test_who_runs_the_platform_is_erased_like_anybody(ask: Ask, world: AsyncConnection) -> None:
    await make.member(world, id=key("F/rolf"), firm_id=key("F"), user_id=key("rolf"))

    assert (await erase(ask, "F/rolf")).errors == []
    assert await rows(world, "SELECT role FROM platform_member") == [("admin",)]


async def test_the_trail_keeps_the_key_and_tells_a_pseudonym(ask: Ask, world: AsyncConnection) -> None:
    log = "{ auditLog(first: 200) { nodes { action actorName } } }"
    await ask("ben", INVITE, addresses=[])
    before = (await ask("ada", log)).data["auditLog"]["nodes"]
    acts = await rows(world, "SELECT id, actor_id FROM audit_entry ORDER BY id")
    await erase(ask, "F/ben")
    after = (await ask("ada", log)).data["auditLog"]["nodes"]

    assert NAMES["ben"] in {entry["actorName"] for entry in before}
    assert [entry | {"actorName": NAMELESS if entry["actorName"] == NAMES["ben"] else entry["actorName"]}
            for entry in before] == after  # fmt: skip
    assert set(acts) < set(await rows(world, "SELECT id, actor_id FROM audit_entry"))


async def test_the_erasure_itself_is_in_the_platforms_trail_alone(ask: Ask, world: AsyncConnection) -> None:
    await erase(ask, "F/ben")
    entries = await rows(
        world,
        "SELECT outcome, actor_id, subject_type, subject_id, client_id, firm_id FROM audit_entry"
        " WHERE action = 'ERASE_USER'",
    )
    seen = {who for who in ("ada", "cora", "pia") if "ERASE_USER" in (
        await ask(who, "{ auditLog(first: 200) { nodes { action } } }")).text}  # fmt: skip

    assert entries == [("done", key("pia"), "User", key("ben"), None, None)]
    assert seen == {"pia"}


# ---- refusals


@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("pia", "anonymous")])
async def test_nobody_but_the_platforms_admin_erases(ask: Ask, world: AsyncConnection, who: str) -> None:
    before = await kept(world, TABLES)
    answer = await erase(ask, "F/ben", who, confirm=False)

    sees = await ask(who, "query ($id: ID!) { node(id: $id) { id } }", id=ask.id("FirmMember", "F/ben"))
    assert refused(answer, "NOT_FOUND" if sees.errors else "FORBIDDEN", None if sees.errors else NOT_YOURS)
    assert await kept(world, TABLES) == before


async def test_nobody_erases_nobody(ask: Ask, world: AsyncConnection) -> None:
    assert refused(await erase(ask, "F/ben", "anonymous"), "UNAUTHENTICATED")


@pytest.mark.parametrize("user", [("User", "ben"), ("FirmMember", "F"), ("Firm", "F"), ("ClientMember", "F/ben")])
async def test_what_is_no_place_of_anybody_is_not_found(
    ask: Ask, world: AsyncConnection, user: tuple[str, str]
) -> None:
    assert refused(await ask("pia", ERASE, user=ask.id(*user), confirm=True), "NOT_FOUND")


@pytest.mark.parametrize(
    ("place", "kind"), [("F/ada", "FirmMember"), ("F/hedda", "FirmMember"), ("C1/cora", "ClientMember")]
)
async def test_an_owner_hands_over_first(ask: Ask, world: AsyncConnection, place: str, kind: str) -> None:
    before = await kept(world, TABLES)

    # hedda is asked for by her place in F, and owns C3.
    assert refused(await erase(ask, place, kind=kind), "CONFLICT", CONFLICTS["OWNS"])
    assert await kept(world, TABLES) == before


async def test_the_last_admin_of_a_firm_stays(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE firm_member SET is_owner = false WHERE id = :id", id=key("F/ada"))
    alone = await erase(ask, "F/ada")
    await run(world, "UPDATE firm_member SET role = 'admin', state = 'suspended' WHERE id = :id", id=key("F/bo"))
    beside_suspended = await erase(ask, "F/ada")
    await run(world, "UPDATE firm_member SET state = 'active' WHERE id = :id", id=key("F/bo"))

    assert refused(alone, "CONFLICT", CONFLICTS["LAST_ADMIN"])
    assert refused(beside_suspended, "CONFLICT", CONFLICTS["LAST_ADMIN"])
    assert (await erase(ask, "F/ada")).errors == []


async def test_an_admin_of_the_platform_is_erased_by_another_one(ask: Ask, world: AsyncConnection) -> None:
    await make.member(world, id=key("F/pia"), firm_id=key("F"), user_id=key("pia"))
    colleague = await erase(ask, "F/pia", "pia@Platform")
    await run(world, "UPDATE firm_member SET state = 'removed' WHERE id = :id", id=key("F/pia"))
    herself = await erase(ask, "F/pia", "pia@Platform")
    await run(world, "UPDATE platform_member SET role = 'admin'")

    assert refused(colleague, "FORBIDDEN", RULES["COLLEAGUE"])
    assert refused(herself, "FORBIDDEN", RULES["SELF"])
    assert (await erase(ask, "F/pia", "rolf")).errors == []


async def test_it_is_confirmed_and_done_once(ask: Ask, world: AsyncConnection) -> None:
    before = await kept(world, TABLES)
    unconfirmed = await erase(ask, "F/ben", confirm=False)
    unchanged = await kept(world, TABLES) == before
    await erase(ask, "F/ben")

    assert refused(unconfirmed, "BAD_USER_INPUT", message("input", "CONFIRM"))
    assert unchanged
    assert refused(await erase(ask, "F/ben"), "CONFLICT", CONFLICTS["ERASED"])


async def test_who_asks_again_with_the_key_is_answered_the_same(ask: Ask, world: AsyncConnection) -> None:
    headers = {**ask.headers("pia"), "Idempotency-Key": "one-erasure"}
    body = {"query": ERASE, "variables": {"user": ask.id("FirmMember", "F/ben"), "confirm": True}}
    first, again = await ask.sent(body, headers), await ask.sent(body, headers)

    assert first.data == again.data == {"eraseUser": {"erased": True}}


# ---- at the same time


@pytest.fixture(scope="module")
async def apart(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[tuple[Ask, AsyncEngine]]:
    """An application on a database of its own."""
    engine = make_engine(await copy(), pool_timeout=30)
    async with asker(settings, policy, engine) as ask:
        yield ask, engine
    await engine.dispose()


async def newcomer(connection: AsyncConnection, turn: int, role: str = "bookkeeper") -> tuple[Any, Any]:
    """Somebody in F, and their place."""
    email = f"person-{turn}@new.example"
    user = await make.user(connection, email=email, name=f"Person {turn}")
    return user, await make.member(connection, firm_id=key("F"), user_id=user, role=role)


async def test_whoever_is_erased_while_coming_has_no_place(apart: tuple[Ask, AsyncEngine]) -> None:
    ask, engine = apart
    for turn in range(20):
        async with engine.begin() as connection:
            user, place = await newcomer(connection, turn)
            token = f"gws_{turn}"
            email = f"person-{turn}@new.example"
            await make.invitation(connection, token, email=email, firm_id=key("G"), invited_by=key("gus"))
        headers = {"Authorization": f"Bearer {ask.gateway.tokens.issue(user, NOW).text}"}
        coming = {"query": ACCEPT, "variables": {"input": {"token": token}}}
        erasing = {"query": ERASE, "variables": {"user": ask.id("FirmMember", place), "confirm": True}}
        asked = [ask.sent(coming, headers), ask.sent(erasing, ask.headers("pia"))]
        came, done = await asyncio.gather(*asked) if turn % 2 else reversed(await asyncio.gather(*reversed(asked)))
        async with engine.begin() as connection:
            places = await rows(connection, "SELECT DISTINCT state FROM firm_member WHERE user_id = :id", id=user)
            (erased,) = await rows(connection, "SELECT erased_at IS NOT NULL FROM user_account WHERE id = :id", id=user)

        # What crosses is told so, and nothing of it was done.
        assert done.codes in ([], ["CONFLICT"])
        assert erased == (not done.errors,)
        assert came.codes in ([], ["CONFLICT"], ["NOT_FOUND"], ["UNAUTHENTICATED"])
        if not done.errors:
            assert places == [("removed",)]


async def test_of_two_admins_who_are_erased_one_stays(apart: tuple[Ask, AsyncEngine]) -> None:
    ask, engine = apart
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE firm_member SET role = 'bookkeeper', is_owner = false"))
    for turn in range(20):
        async with engine.begin() as connection:
            places = [(await newcomer(connection, 100 + 2 * turn + number, "admin"))[1] for number in range(2)]
        answers = await asyncio.gather(
            *(ask("pia", ERASE, user=ask.id("FirmMember", place), confirm=True) for place in places)
        )
        async with engine.begin() as connection:
            left = "SELECT count(*) FROM firm_member WHERE firm_id = :firm AND role = 'admin' AND state = 'active'"
            admins = await rows(connection, left, firm=key("F"))
            await connection.execute(text("UPDATE firm_member SET role = 'bookkeeper'"))

        assert (sorted(answer.codes for answer in answers), admins) == ([[], ["CONFLICT"]], [(1,)])


async def test_of_two_administrators_of_the_platform_who_erase_each_other_one_stays(
    apart: tuple[Ask, AsyncEngine],
) -> None:
    ask, engine = apart
    for turn in range(5):
        pair = []
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE platform_member SET role = 'reviewer'"))
            for number in range(2):
                user = await make.user(connection, email=f"admin-{turn}-{number}@new.example", name="Admin")
                await connection.execute(
                    text("INSERT INTO platform_member (user_id, role) VALUES (:id, 'admin')"), {"id": user}
                )
                place = await make.member(connection, firm_id=key("F"), user_id=user, role="staff", state="removed")
                pair.append((place, {"Authorization": f"Bearer {ask.gateway.tokens.issue(user, NOW).text}"}))
        answers = await asyncio.gather(
            *(
                ask.sent({"query": ERASE, "variables": {"user": ask.id("FirmMember", place), "confirm": True}}, headers)
                for (place, _), (_, headers) in zip(pair, reversed(pair), strict=True)
            )
        )
        async with engine.begin() as connection:
            left = await rows(connection, "SELECT count(*) FROM platform_member WHERE role = 'admin'")

        assert left in ([(1,)], [(2,)]), [answer.text for answer in answers]  # two: each waited for the other
