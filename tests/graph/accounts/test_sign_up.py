"""Firms that come in over HTTP: signed up for, founded by the letter's token, housed (V17–V34, P19–P23, L18, D21)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.engine import make_engine
from gateway.db.queries.mail_allowances import ASKED_FOR
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.resolvers.core.refusals import NOT_YOURS
from gateway.resolvers.memberships.recipients import SIGN_IN, SOMEBODY_ELSES
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.conftest import CALLERS, NOW, Answer, Ask, asker, recorded, run
from tests.support.accounts import EMAILS, PASSWORD, kept, letters, refused, rows, signed_in, token_of

SIGN_UP: Final = "mutation ($input: SignUpFirmInput!) { signUpFirm(input: $input) { accepted } }"
COMPLETE: Final = """mutation ($token: String!, $password: String) {
  completeSignUp(input: {token: $token, password: $password}) { membership { id name } }
}"""
FIRM: Final = {
    "type": "ADVISORY",
    "industry": "AGENCY_PARTNER",
    "firmName": "Nye Tal",
    "businessKind": "EXTERNAL_CFO",
    "country": "DK",
    "name": "Sofie Ny",
    "email": "Sofie@nye-tal.example",
}
MORE: Final = {"payrollProgram": "Visma Lön Smart", "phone": "+45 12 34 56 78", "locale": "DA"}
TABLES: Final = ("firm_sign_up", "user_account", "firm", "firm_member", "client", "client_member")


async def sign_up(ask: Ask, who: str = "anonymous", **given: Any) -> Answer:
    return await ask(who, SIGN_UP, input=FIRM | given)


async def wanted(ask: Ask, world: AsyncConnection, **given: Any) -> str:
    """The token of a new sign-up's letter."""
    before = await letters(ask, world, "ACCOUNT_CREATED")
    assert (await sign_up(ask, **given)).data == {"signUpFirm": {"accepted": True}}
    (token,) = await letters(ask, world, "ACCOUNT_CREATED") - before
    return token


async def completed(ask: Ask, token: str, who: str = "anonymous", password: str | None = PASSWORD) -> Answer:
    return await ask(who, COMPLETE, token=token, password=password)


# ---- signing up


async def test_a_sign_up_is_a_row_and_a_letter_and_nothing_else(ask: Ask, world: AsyncConnection) -> None:
    before = await kept(world, TABLES[1:])
    token = await wanted(ask, world, **MORE)
    columns = "email, email_key, name, phone, locale, firm_name, country, business_kind, payroll_program, state"
    (row,) = await rows(world, f"SELECT {columns} FROM firm_sign_up")

    assert row == ("Sofie@nye-tal.example", "sofie@nye-tal.example", "Sofie Ny", "+45 12 34 56 78", "da", "Nye Tal", "DK",
                   "external_cfo", "Visma Lön Smart", "open")  # fmt: skip
    assert await kept(world, TABLES[1:]) == before
    assert await rows(world, "SELECT token_hash, expires_at, signed_up_at FROM firm_sign_up") == [
        (sha256(token.encode()).digest(), NOW + timedelta(hours=24), NOW)
    ]


async def test_nobody_who_signs_up_leaves_a_trace_in_nobodys_name(ask: Ask, world: AsyncConnection) -> None:
    await wanted(ask, world)

    assert await rows(world, "SELECT action FROM audit_entry WHERE action LIKE '%SIGN_UP%'") == []


async def test_a_sign_up_does_not_tell_who_is_known_here(ask: Ask, world: AsyncConnection, engine: AsyncEngine) -> None:
    said = []
    for email in ("nobody@anywhere.example", *EMAILS.values()):
        with recorded(engine) as statements:
            answer = await sign_up(ask, email=email)
        said.append((answer.text, [each for each in statements if "SAVEPOINT" not in each]))

    assert all(each == said[0] for each in said)
    assert len(await letters(ask, world, "ACCOUNT_CREATED")) == len(said)


async def test_three_letters_go_to_an_address_in_an_hour_and_the_answer_is_the_same(
    ask: Ask, world: AsyncConnection
) -> None:
    answers = [
        await sign_up(ask, email=email) for email in ["sofie@new.example"] * ASKED_FOR + [" SOFIE@new.example "] * 2
    ]
    other = await sign_up(ask)
    waiting = await rows(world, "SELECT email_key, count(*) FROM firm_sign_up GROUP BY 1 ORDER BY 1")
    await run(world, "DELETE FROM mail_allowance")
    later = await sign_up(ask, email="sofie@new.example")

    assert {answer.text for answer in (*answers, other, later)} == {answers[0].text}
    assert waiting == [("sofie@new.example", ASKED_FOR), ("sofie@nye-tal.example", 1)]
    assert len(await letters(ask, world, "ACCOUNT_CREATED")) == ASKED_FOR + 2


@pytest.mark.parametrize("given", [
    {"email": "sofie"}, {"email": ""}, {"email": "a@b.example\r\nBcc: c@d.example"}, {"name": ""}, {"name": "x" * 101},
    {"firmName": " "}, {"firmName": "x\ny"}, {"phone": "1" * 41}, {"payrollProgram": "x" * 101}, {"phone": "1\u202e2"},
])  # fmt: skip
async def test_what_cannot_be_is_not_signed_up(ask: Ask, world: AsyncConnection, given: dict[str, str]) -> None:
    assert refused(await sign_up(ask, **given), "BAD_USER_INPUT")
    assert await rows(world, "SELECT id FROM firm_sign_up") == []


@pytest.mark.parametrize("given", [{"industry": "BAKERY"}, {"type": "CUSTOMER"}, {"businessKind": "BANK"}])
async def test_only_partners_sign_up(ask: Ask, world: AsyncConnection, given: dict[str, str]) -> None:
    answer = await sign_up(ask, **given)

    assert answer.data is None
    assert await rows(world, "SELECT id FROM firm_sign_up") == []


async def test_what_is_left_blank_is_not_said(ask: Ask, world: AsyncConnection) -> None:
    await wanted(ask, world, phone=" ", payrollProgram="")

    assert await rows(world, "SELECT phone, payroll_program, locale FROM firm_sign_up") == [(None, None, "en")]


# ---- completing it


async def test_somebody_new_founds_a_firm_on_trial_and_signs_in(ask: Ask, world: AsyncConnection) -> None:
    token = await wanted(ask, world, **MORE)
    founded = (await completed(ask, token)).data["completeSignUp"]
    session = (await signed_in(ask, "sofie@nye-tal.example", PASSWORD)).data["signIn"]
    me = await ask.sent(
        {
            "query": """{ viewer { user { name email locale } actingAs { id name role } menus banners }
                 firm { id name accountState trialEndsAt hasOwnAccount staff(first: 50) { nodes { name firmRole isOwner } }
                        application { state } } }"""
        },
        {"Authorization": f"Bearer {session['accessToken']}"},
    )

    assert founded["membership"]["name"] == "Nye Tal"
    assert me.errors == []
    assert me.data == {
        "viewer": {
            "user": {"name": "Sofie Ny", "email": "Sofie@nye-tal.example", "locale": "DA"},
            "actingAs": {"id": founded["membership"]["id"], "name": "Nye Tal", "role": "ADMIN"},
            "menus": ["PARTNER_PORTAL", "EMPLOYEES", "PAYROLL", "RECEIPTS", "OUTLAYS", "REPORTS", "SETTINGS"],
            "banners": ["CREATE_OWN_ACCOUNT"],
        },
        "firm": {
            "id": founded["membership"]["id"],
            "name": "Nye Tal",
            "accountState": "TRIAL",
            "trialEndsAt": (NOW + timedelta(days=14)).isoformat(),
            "hasOwnAccount": False,
            "staff": {"nodes": [{"name": "Sofie Ny", "firmRole": "ADMIN", "isOwner": True}]},
            "application": {"state": "DRAFT"},
        },
    }
    assert await rows(
        world,
        "SELECT contact_name, contact_email, contact_phone, payroll_program, business_kind, country, subscription_paid"
        " FROM firm WHERE name = 'Nye Tal'",
    ) == [("Sofie Ny", "Sofie@nye-tal.example", "+45 12 34 56 78", "Visma Lön Smart", "external_cfo", "DK", False)]


async def test_who_founded_stands_in_the_firms_trace(ask: Ask, world: AsyncConnection) -> None:
    await completed(ask, await wanted(ask, world))
    entries = await rows(
        world,
        "SELECT u.name, e.outcome, e.acting_side, e.acting_id = f.id, e.subject_id = f.id, e.firm_id = f.id"
        " FROM audit_entry e JOIN user_account u ON u.id = e.actor_id, firm f"
        " WHERE e.action = 'COMPLETE_SIGN_UP' AND f.name = 'Nye Tal'",
    )

    assert entries == [("Sofie Ny", "done", "firm", True, True, True)]


async def test_who_is_known_founds_it_signed_in_and_keeps_the_password(ask: Ask, world: AsyncConnection) -> None:
    known = "SELECT name, password_hash, locale FROM user_account WHERE id = :id"
    before, token = await rows(world, known, id=key("nora")), await wanted(ask, world, email=EMAILS["nora"].upper())
    nobody, other = await completed(ask, token), await completed(ask, token, "ada")
    done = await completed(ask, token, "nora")
    places = await ask.data("nora", "{ viewer { memberships { name role } } }")

    assert refused(nobody, "UNAUTHENTICATED", SIGN_IN)
    assert refused(other, "FORBIDDEN", SOMEBODY_ELSES)
    assert done.data["completeSignUp"]["membership"]["name"] == "Nye Tal"
    assert places["viewer"]["memberships"] == [{"name": "Nye Tal", "role": "ADMIN"}]
    assert await rows(world, known, id=key("nora")) == before


async def test_who_is_signed_in_does_not_found_for_an_address_that_nobody_has(ask: Ask, world: AsyncConnection) -> None:
    assert refused(await completed(ask, await wanted(ask, world), "nora"), "FORBIDDEN", SOMEBODY_ELSES)


async def test_a_token_works_once_and_for_a_day(ask: Ask, world: AsyncConnection) -> None:
    used, late = await wanted(ask, world), await wanted(ask, world, email="late@new.example")
    await completed(ask, used)
    await run(world, "UPDATE firm_sign_up SET expires_at = :now WHERE state = 'open'", now=NOW)
    before = await kept(world, TABLES)

    for token in (used, late, "", "gwf_", used.replace("gwf_", "gws_"), token_of(ask, "ACCOUNT_CREATED", key("F"))):
        # Nothing is said of the password to whoever has no token.
        for password in (PASSWORD, "short"):
            assert refused(await completed(ask, token, password=password), "NOT_FOUND", "There is no such object.")
    assert await kept(world, TABLES) == before


@pytest.mark.parametrize("password", [None, "", "eleven char", "x" * 129])
async def test_a_password_is_of_good_length_and_the_token_is_not_used_up_by_another(
    ask: Ask, world: AsyncConnection, password: str | None
) -> None:
    token = await wanted(ask, world)

    assert refused(await completed(ask, token, password=password), "BAD_USER_INPUT")
    assert (await completed(ask, token)).errors == []


# ---- a firm's own account

OWN: Final = """mutation ($input: CreateOwnAccountInput!) {
  createOwnAccount(input: $input) { membership { id name } firm { name hasOwnAccount viewerActions } }
}"""
COMPANY: Final = {"companyName": "Nørgård Bogføring", "country": "DK", "companyNumber": "DK-77"}
LISTS: Final = "{ viewer { banners } clientTabs { tab totalCount } clients(tab: ALL, first: 50) { totalCount } }"


async def test_a_firms_admin_creates_its_own_account_once_and_owns_it(ask: Ask, world: AsyncConnection) -> None:
    before = await ask.data("ada", LISTS)
    made = (await ask.data("ada", OWN, input=COMPANY))["createOwnAccount"]
    unnamed = await ask.data("ada", "{ viewer { actingAs { kind } } }")
    headers = {**ask.headers("ada@F")}
    after = (await ask.sent({"query": LISTS}, headers)).data
    as_company = await ask.sent(
        {"query": "{ viewer { actingAs { name role } } client { name verificationState } }".replace(
            "client {", f'client(id: "{made["membership"]["id"]}") {{')},
        {**headers, "X-Acting-As": made["membership"]["id"]},
    )  # fmt: skip
    again = await ask.sent({"query": OWN, "variables": {"input": COMPANY}}, headers)

    assert made["membership"]["name"] == "Nørgård Bogføring"
    assert made["firm"]["hasOwnAccount"] is True
    assert "CREATE_OWN_ACCOUNT" not in made["firm"]["viewerActions"]
    assert before["viewer"]["banners"] == ["CREATE_OWN_ACCOUNT"]
    assert after == before | {"viewer": {"banners": []}}
    assert unnamed == {"viewer": {"actingAs": {"kind": "FIRM"}}}  # as before: a second membership breaks nothing (D71)
    assert as_company.data == {
        "viewer": {"actingAs": {"name": "Nørgård Bogføring", "role": "OWNER"}},
        "client": {"name": "Nørgård Bogføring", "verificationState": "VERIFYING"},
    }
    assert refused(again, "CONFLICT", "The firm already has an account of its own.")
    assert await rows(
        world,
        "SELECT c.company_number, p.tier, (SELECT count(*) FROM collaboration k WHERE k.client_id = c.id)"
        " FROM client c JOIN plan p ON p.id = c.plan_id JOIN firm f ON f.own_client_id = c.id WHERE f.id = :firm",
        firm=key("F"),
    ) == [("DK-77", "basic", 0)]


@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("ada", "gus", "hugo", "anonymous")])
async def test_nobody_but_a_firms_admin_creates_its_own_account(ask: Ask, world: AsyncConnection, who: str) -> None:
    before = await kept(world, TABLES)

    assert refused(await ask(who, OWN, input=COMPANY), "FORBIDDEN", NOT_YOURS)
    assert refused(await ask(who, OWN, input=COMPANY | {"companyName": ""}), "FORBIDDEN", NOT_YOURS)
    assert await kept(world, TABLES) == before


async def test_nobody_creates_an_account_for_nobody(ask: Ask, world: AsyncConnection) -> None:
    assert refused(await ask("anonymous", OWN, input=COMPANY), "UNAUTHENTICATED")


@pytest.mark.parametrize("given", [{"companyName": ""}, {"companyName": "x" * 101}, {"companyNumber": "1" * 51}])
async def test_a_company_is_called_something(ask: Ask, world: AsyncConnection, given: dict[str, str]) -> None:
    before = await kept(world, TABLES)

    assert refused(await ask("ada", OWN, input=COMPANY | given), "BAD_USER_INPUT")
    assert await kept(world, TABLES) == before


@pytest.mark.parametrize(
    ("who", "shown"), [("ada", False), ("pia", False), ("ben", None), ("finn", None), ("cora", None)]
)
async def test_whether_there_is_an_own_account_is_for_the_admins_and_the_platform(
    ask: Ask, world: AsyncConnection, who: str, shown: bool | None
) -> None:
    answer = await ask(who, "query ($id: ID!) { firm(id: $id) { hasOwnAccount } }", id=ask.id("Firm", "F"))

    assert answer.data == {"firm": {"hasOwnAccount": shown}}
    assert answer.codes == ([] if shown is not None else ["FIELD_NOT_PERMITTED"])


# ---- at the same time


@pytest.fixture(scope="module")
async def apart(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[tuple[Ask, AsyncEngine]]:
    """An application on a database of its own."""
    engine = make_engine(await copy(), pool_timeout=30)
    async with asker(settings, policy, engine) as ask:
        yield ask, engine
    await engine.dispose()


def codes(answers: list[Answer]) -> list[str]:
    return sorted(answer.codes[0] if answer.errors else "done" for answer in answers)


async def test_of_two_who_complete_one_sign_up_one_does(apart: tuple[Ask, AsyncEngine]) -> None:
    ask, engine = apart
    for turn in range(20):
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM mail_allowance"))
        async with engine.connect() as connection:
            token = await wanted(ask, connection, email=EMAILS["nora"], firmName=f"Firm {turn}")
        answers = await asyncio.gather(*(completed(ask, token, "nora") for _ in range(2)))
        async with engine.begin() as connection:
            founded = await rows(connection, "SELECT count(*) FROM firm WHERE name = :name", name=f"Firm {turn}")
            await connection.execute(text("DELETE FROM firm_member WHERE user_id = :id"), {"id": key("nora")})

        assert (codes(list(answers)), founded) == (["NOT_FOUND", "done"], [(1,)])


async def test_of_two_who_are_new_one_comes_to_be(apart: tuple[Ask, AsyncEngine]) -> None:
    ask, engine = apart
    for turn in range(3):  # each hashes two passwords
        async with engine.connect() as connection:
            new = {"email": f"new-{turn}@new.example", "firmName": f"New {turn}"}
            tokens = [await wanted(ask, connection, **new) for _ in range(2)]
        answers = await asyncio.gather(*(completed(ask, token) for token in tokens))
        async with engine.connect() as connection:
            people = await rows(
                connection, "SELECT count(*) FROM user_account WHERE email = :e", e=f"new-{turn}@new.example"
            )
            firms = await rows(connection, "SELECT count(*) FROM firm WHERE name = :name", name=f"New {turn}")

        # Whoever comes second runs into the person, or is told to sign in as them.
        assert codes(list(answers)) in (["CONFLICT", "done"], ["UNAUTHENTICATED", "done"])
        assert (people, firms) == ([(1,)], [(1,)])


async def test_of_two_admins_who_create_the_firms_account_one_does(apart: tuple[Ask, AsyncEngine]) -> None:
    ask, engine = apart
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE firm_member SET role = 'admin' WHERE id = :id"), {"id": key("F/ben")})
    for turn in range(20):
        answers = await asyncio.gather(
            *(ask(f"{who}@F", OWN, input=COMPANY) for who in (("ada", "ben"), ("ben", "ada"))[turn % 2])
        )
        async with engine.begin() as connection:
            made = await rows(connection, "SELECT count(*) FROM client WHERE company_number = 'DK-77'")
            await connection.execute(text("UPDATE firm SET own_client_id = NULL"))
            await connection.execute(text("UPDATE client SET company_number = NULL"))

        assert (codes(list(answers)), made) == (["CONFLICT", "done"], [(1,)])


async def test_of_many_letters_at_once_three_are_sent(apart: tuple[Ask, AsyncEngine]) -> None:
    ask, engine = apart
    for turn in range(5):
        email = f"many-{turn}@new.example"
        answers = await asyncio.gather(*(sign_up(ask, email=email) for _ in range(ASKED_FOR * 2)))
        async with engine.connect() as connection:
            sent = await rows(connection, "SELECT count(*) FROM firm_sign_up WHERE email = :email", email=email)

        assert (codes(list(answers)), sent) == (["done"] * ASKED_FOR * 2, [(ASKED_FOR,)])
