"""Passwords over HTTP: set anew by a letter's link, changed with the old one, and what ends with them (V30, V34, L18)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.auth.sign_in import TOO_OFTEN, WRONG
from gateway.db.engine import make_engine
from gateway.db.queries.mail_allowances import ASKED_FOR
from gateway.db.seeds.demo import DEMO_PASSWORD, key
from gateway.messages import text as message
from gateway.policy import Policy
from gateway.resolvers.core.refusals import NOT_YOURS
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.conftest import CALLERS, NOW, TOKENS, Answer, Ask, asker, recorded, run
from tests.support.accounts import EMAILS, PASSWORD, REFRESH, kept, letters, refused, rows, signed_in, token_of

REQUEST: Final = "mutation ($email: EmailAddress!) { requestPasswordReset(input: {email: $email}) { accepted } }"
RESET: Final = """mutation ($token: String!, $password: String!) {
  resetPassword(input: {token: $token, password: $password}) { done }
}"""
CHANGE: Final = """mutation ($current: String!, $new: String!, $session: String) {
  changePassword(input: {currentPassword: $current, newPassword: $new, refreshToken: $session}) { endedSessions }
}"""
WHO: Final = "{ viewer { user { name } } }"
STAY: Final = """INSERT INTO client_session (id, member_id, firm_id, client_id, collaboration_id, opened_at, expires_at)
  SELECT gen_random_uuid(), member, :f, :c1, :k, :at, CAST(:at AS timestamptz) + interval '30 minutes'
  FROM unnest(ARRAY[CAST(:ada AS uuid), CAST(:bo AS uuid)]) AS member"""
LOCALE: Final = "mutation ($locale: Locale!) { setLocale(input: {locale: $locale}) { user { name locale } } }"
TABLES: Final = ("password_link", "user_account", "refresh_token")
PEOPLE: Final = [who for who in CALLERS if who not in TOKENS and who != "anonymous"]


async def asked(ask: Ask, world: AsyncConnection, who: str) -> str:
    """The token of a new letter to this person."""
    before = await letters(ask, world, "PASSWORD_RESET")
    assert (await ask("anonymous", REQUEST, email=EMAILS[who])).data == {"requestPasswordReset": {"accepted": True}}
    (token,) = await letters(ask, world, "PASSWORD_RESET") - before
    return token


async def reset(ask: Ask, token: str, password: str = PASSWORD, who: str = "anonymous") -> Answer:
    return await ask(who, RESET, token=token, password=password)


async def change(ask: Ask, who: str, current: str = DEMO_PASSWORD, new: str = PASSWORD, **more: str) -> Answer:
    return await ask(who, CHANGE, current=current, new=new, **more)


async def session(ask: Ask, who: str, password: str = DEMO_PASSWORD) -> str:
    token: str = (await signed_in(ask, EMAILS[who], password)).data["signIn"]["refreshToken"]
    return token


# ---- a letter


async def test_a_letter_is_for_whoever_is_known_and_the_answer_is_the_same(ask: Ask, world: AsyncConnection) -> None:
    known = await ask("anonymous", REQUEST, email=f" {EMAILS['ada'].upper()} ")
    unknown = await ask("anonymous", REQUEST, email="nobody@anywhere.example")
    links = await rows(world, "SELECT user_id, token_hash, asked_at, expires_at, used_at FROM password_link")
    (token,) = await letters(ask, world, "PASSWORD_RESET")

    assert known.text == unknown.text
    assert links == [(key("ada"), sha256(token.encode()).digest(), NOW, NOW + timedelta(hours=1), None)]


async def test_a_known_address_takes_the_statements_of_an_unknown_one(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    said = []
    for email in ("nobody@anywhere.example", EMAILS["ada"], EMAILS["cora"], "no.body@anywhere.example"):
        with recorded(engine) as statements:
            await ask("anonymous", REQUEST, email=email)
        said.append([each for each in statements if "SAVEPOINT" not in each])

    assert all(each == said[0] for each in said)


async def test_three_letters_go_to_an_address_in_an_hour(ask: Ask, world: AsyncConnection, engine: AsyncEngine) -> None:
    said = []
    for email in (EMAILS["ada"], "nobody@anywhere.example"):
        for _ in range(ASKED_FOR + 2):
            with recorded(engine) as statements:
                answer = await ask("anonymous", REQUEST, email=email)
            said.append((answer.text, [each for each in statements if "SAVEPOINT" not in each]))
    sent = len(await letters(ask, world, "PASSWORD_RESET"))
    await run(world, "DELETE FROM mail_allowance")
    await asked(ask, world, "ada")

    assert all(each == said[0] for each in said)
    assert sent == ASKED_FOR


async def test_letters_are_counted_apart_from_failed_sign_ins(ask: Ask, world: AsyncConnection) -> None:
    for _ in range(ASKED_FOR + 2):
        await ask("anonymous", REQUEST, email=EMAILS["ada"])

    assert (await signed_in(ask, EMAILS["ada"], DEMO_PASSWORD)).errors == []


@pytest.mark.parametrize("email", ["", "ada", "a@b@c.example", "a" * 255 + "@b.example", "a@b.example\u2028"])
async def test_what_is_no_address_gets_no_letter(ask: Ask, world: AsyncConnection, email: str) -> None:
    assert refused(await ask("anonymous", REQUEST, email=email), "BAD_USER_INPUT")


async def test_a_letter_is_not_in_nobodys_name_in_the_trace(ask: Ask, world: AsyncConnection) -> None:
    await asked(ask, world, "ada")

    assert await rows(world, "SELECT 1 FROM audit_entry WHERE action = 'REQUEST_PASSWORD_RESET'") == []


# ---- setting it anew


async def test_a_new_password_signs_in_and_everything_of_before_is_over(ask: Ask, world: AsyncConnection) -> None:
    sessions = [await session(ask, "ada"), await session(ask, "ada"), await session(ask, "ben")]
    token, other = await asked(ask, world, "ada"), await asked(ask, world, "ada")
    done = await reset(ask, token)
    refreshed = [await ask("anonymous", REFRESH, token=each) for each in sessions]

    assert done.data == {"resetPassword": {"done": True}}
    assert [answer.codes for answer in refreshed] == [["UNAUTHENTICATED"], ["UNAUTHENTICATED"], []]
    assert refused(await reset(ask, other), "NOT_FOUND")
    assert refused(await signed_in(ask, EMAILS["ada"], DEMO_PASSWORD), "UNAUTHENTICATED", WRONG)
    assert (await signed_in(ask, EMAILS["ada"], PASSWORD)).errors == []


async def test_whoever_was_throttled_signs_in_with_the_new_password(ask: Ask, world: AsyncConnection) -> None:
    for _ in range(6):
        throttled = await signed_in(ask, EMAILS["ada"], "wrong")
    await reset(ask, await asked(ask, world, "ada"))

    assert throttled.codes == ["RATE_LIMITED"]
    assert (await signed_in(ask, EMAILS["ada"], PASSWORD)).errors == []


@pytest.mark.parametrize("how", ["reset", "changed"])
async def test_an_access_token_of_before_opens_nothing_any_more(ask: Ask, world: AsyncConnection, how: str) -> None:
    """The clock stands still: the token, the change and the next token are of one and the same moment."""
    issued = ask.gateway.tokens.issue(key("ada"), NOW).text
    before = await ask.sent({"query": WHO}, {"Authorization": f"Bearer {issued}"})
    await (reset(ask, await asked(ask, world, "ada")) if how == "reset" else change(ask, "ada"))
    old = await ask.sent({"query": WHO}, {"Authorization": f"Bearer {issued}"})
    session = (await signed_in(ask, EMAILS["ada"], PASSWORD)).data["signIn"]
    refreshed = (await ask("anonymous", REFRESH, token=session["refreshToken"])).data["refresh"]
    new = [
        await ask.sent({"query": WHO}, {"Authorization": f"Bearer {each['accessToken']}"})
        for each in (session, refreshed)
    ]

    for answer in (before, *new):
        assert answer.data == {"viewer": {"user": {"name": "Ada Nørgård"}}}
    assert (old.status, old.codes) == (401, ["UNAUTHENTICATED"])
    assert old.text == (await ask.sent({"query": WHO}, {"Authorization": f"Bearer {issued}x"})).text


@pytest.mark.parametrize("how", ["reset", "changed"])
async def test_whoever_was_in_a_clients_account_is_out(ask: Ask, world: AsyncConnection, how: str) -> None:
    await run(world, STAY, ada=key("F/ada"), bo=key("F/bo"), f=key("F"), c1=key("C1"), k=key("F-C1"), at=NOW)
    await (reset(ask, await asked(ask, world, "ada")) if how == "reset" else change(ask, "ada"))

    ended = await rows(world, "SELECT member_id, closed_at, ended_as FROM client_session")
    assert sorted(ended, key=str) == sorted([(key("F/ada"), NOW, "revoked"), (key("F/bo"), None, None)], key=str)


async def test_who_set_it_stands_in_the_trace(ask: Ask, world: AsyncConnection) -> None:
    await reset(ask, await asked(ask, world, "ada"))

    assert await rows(
        world,
        "SELECT outcome, actor_id, acting_side, acting_id, subject_type, subject_id, client_id, firm_id FROM audit_entry"
        " WHERE action = 'RESET_PASSWORD'",
    ) == [("done", key("ada"), None, None, "User", key("ada"), None, None)]


async def test_a_token_works_once_and_for_an_hour(ask: Ask, world: AsyncConnection) -> None:
    used, late = await asked(ask, world, "ada"), await asked(ask, world, "ben")
    await reset(ask, used)
    await run(world, "UPDATE password_link SET expires_at = :now WHERE used_at IS NULL", now=NOW)
    before = await kept(world, TABLES)

    for token in (used, late, "", "gwp_", used.replace("gwp_", "gws_"), token_of(ask, "PASSWORD_RESET", key("F"))):
        assert refused(await reset(ask, token, PASSWORD), "NOT_FOUND", "There is no such object.")
        assert refused(await reset(ask, token, "short"), "BAD_USER_INPUT")  # whatever the token is
    assert await kept(world, TABLES) == before


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 129])
async def test_a_password_is_of_good_length(ask: Ask, world: AsyncConnection, password: str) -> None:
    token = await asked(ask, world, "ada")
    before = await kept(world, TABLES)

    assert refused(await reset(ask, token, password), "BAD_USER_INPUT")
    assert await kept(world, TABLES) == before
    assert (await reset(ask, token)).errors == []


async def test_whoever_is_signed_in_may_set_it_by_their_letter_as_well(ask: Ask, world: AsyncConnection) -> None:
    assert (await reset(ask, await asked(ask, world, "ada"), who="ada")).errors == []


# ---- changing it


@pytest.mark.parametrize("who", ["ada", "cora", "pia", "nora", "mila"])
async def test_everybody_changes_their_own(ask: Ask, world: AsyncConnection, who: str) -> None:
    assert (await change(ask, who)).data == {"changePassword": {"endedSessions": 0}}
    assert refused(await signed_in(ask, EMAILS[who], DEMO_PASSWORD), "UNAUTHENTICATED", WRONG)
    assert (await signed_in(ask, EMAILS[who], PASSWORD)).errors == []


async def test_all_sessions_end_but_the_one_that_is_named(ask: Ask, world: AsyncConnection) -> None:
    mine, phone, tablet, bens = [await session(ask, who) for who in ("ada", "ada", "ada", "ben")]
    link = await asked(ask, world, "ada")
    mine = (await ask.data("anonymous", REFRESH, token=mine))["refresh"]["refreshToken"]
    told = await change(ask, "ada", session=mine)
    refreshed = [await ask("anonymous", REFRESH, token=each) for each in (mine, phone, tablet, bens)]

    assert told.data == {"changePassword": {"endedSessions": 2}}
    assert [answer.codes for answer in refreshed] == [[], ["UNAUTHENTICATED"], ["UNAUTHENTICATED"], []]
    assert refused(await reset(ask, link), "NOT_FOUND")


@pytest.mark.parametrize("named", ["of ben", "of nobody"])
async def test_a_session_of_somebody_else_keeps_none_of_ones_own(ask: Ask, world: AsyncConnection, named: str) -> None:
    mine, bens = await session(ask, "ada"), await session(ask, "ben")
    told = await change(ask, "ada", session=bens if named == "of ben" else "gwr_nobody")

    assert told.data == {"changePassword": {"endedSessions": 1}}
    assert (await ask("anonymous", REFRESH, token=mine)).codes == ["UNAUTHENTICATED"]
    assert (await ask("anonymous", REFRESH, token=bens)).errors == []


async def test_a_wrong_one_is_a_failed_sign_in(ask: Ask, world: AsyncConnection) -> None:
    before = await kept(world, TABLES)
    answers = [await change(ask, "ada", "wrong") for _ in range(5)]
    beyond, door = await change(ask, "ada"), await signed_in(ask, EMAILS["ada"], DEMO_PASSWORD)
    entries = await rows(
        world,
        "SELECT outcome, code, actor_id, acting_id FROM audit_entry WHERE action = 'CHANGE_PASSWORD' ORDER BY code",
    )

    assert all(refused(answer, "UNAUTHENTICATED", WRONG) for answer in answers)
    assert refused(beyond, "RATE_LIMITED", TOO_OFTEN)
    assert refused(door, "RATE_LIMITED", TOO_OFTEN)
    assert entries == [
        ("refused", "RATE_LIMITED", key("ada"), key("F")),
        *[("refused", "UNAUTHENTICATED", key("ada"), None)] * 5,
    ]
    assert await kept(world, TABLES) == before


async def test_the_right_one_clears_what_was_counted_of_its_source(ask: Ask, world: AsyncConnection) -> None:
    for _ in range(3):
        await change(ask, "ada", "wrong")
    await change(ask, "ada")

    # What is left is counted of the account and of the network, without the attempt that was right.
    assert await rows(world, "SELECT failures FROM sign_in_throttle") == [(3,), (3,)]


@pytest.mark.parametrize("new", ["", "eleven char", "x" * 129])
async def test_a_bad_new_one_changes_nothing(ask: Ask, world: AsyncConnection, new: str) -> None:
    before = await kept(world, TABLES)

    answer = await change(ask, "ada", new=new)
    assert refused(answer, "BAD_USER_INPUT", message("input", "LENGTH", least=12, most=128))
    assert await kept(world, TABLES) == before


async def test_who_asks_again_with_the_key_is_answered_the_same(ask: Ask, world: AsyncConnection) -> None:
    await session(ask, "ada")
    headers = {**ask.headers("ada"), "Idempotency-Key": "one-change"}
    body = {"query": CHANGE, "variables": {"current": DEMO_PASSWORD, "new": PASSWORD}}
    first, over = await ask.sent(body, headers), await ask.sent(body, headers)
    headers["Authorization"] = f"Bearer {ask.gateway.tokens.issue(key('ada'), NOW, 2).text}"
    again = await ask.sent(body, headers)
    other = await ask.sent({**body, "variables": {"current": PASSWORD, "new": DEMO_PASSWORD}}, headers)

    assert first.data == again.data == {"changePassword": {"endedSessions": 1}}
    assert over.codes == ["UNAUTHENTICATED"]  # the token of before ends with the change
    assert other.codes == ["CONFLICT"]
    assert (await signed_in(ask, EMAILS["ada"], PASSWORD)).errors == []


@pytest.mark.parametrize("document", [CHANGE, LOCALE], ids=["changePassword", "setLocale"])
async def test_machines_and_nobody_have_neither(ask: Ask, world: AsyncConnection, document: str) -> None:
    given = {"current": DEMO_PASSWORD, "new": PASSWORD} if document is CHANGE else {"locale": "SV"}

    for machine in TOKENS:
        assert refused(await ask(machine, document, **given), "FORBIDDEN", NOT_YOURS)
    assert refused(await ask("anonymous", document, **given), "UNAUTHENTICATED")


# ---- the language


@pytest.mark.parametrize("who", PEOPLE)
async def test_everybody_chooses_their_language(ask: Ask, world: AsyncConnection, who: str) -> None:
    everybody = "SELECT id, locale FROM user_account ORDER BY id"
    before, own = dict(await rows(world, everybody)), key(who.partition("@")[0])
    data = await ask.data(who, LOCALE, locale="SV")

    assert data["setLocale"]["user"]["locale"] == "SV"
    assert dict(await rows(world, everybody)) == before | {own: "sv"}


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


async def test_of_many_links_at_once_one_sets_the_password(apart: tuple[Ask, AsyncEngine]) -> None:
    ask, engine = apart
    for turn in range(5):  # each hashes as many passwords
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM mail_allowance"))
        async with engine.connect() as connection:
            tokens = [await asked(ask, connection, "ada") for _ in range(ASKED_FOR)]
        chosen = [f"{PASSWORD} {turn} {number}" for number in range(len(tokens))]
        answers = await asyncio.gather(*(reset(ask, *each) for each in zip(tokens, chosen, strict=True)))
        (won,) = [number for number, answer in enumerate(answers) if not answer.errors]

        assert codes(list(answers)) == ["NOT_FOUND"] * (len(tokens) - 1) + ["done"]
        assert (await signed_in(ask, EMAILS["ada"], chosen[won])).errors == []


async def test_no_session_of_the_old_password_outlives_the_new_one(apart: tuple[Ask, AsyncEngine]) -> None:
    ask, engine = apart
    for turn in range(5):  # each hashes and checks some
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM mail_allowance"))
        async with engine.connect() as connection:
            token = await asked(ask, connection, "ben")
        old = DEMO_PASSWORD if turn == 0 else f"{PASSWORD} {turn - 1}"
        kept_open = await session(ask, "ben", old)
        done, came, refreshed = await asyncio.gather(
            reset(ask, token, f"{PASSWORD} {turn}"),
            signed_in(ask, EMAILS["ben"], old),
            ask("anonymous", REFRESH, token=kept_open),
        )
        tokens = [kept_open]
        tokens += [came.data["signIn"]["refreshToken"]] if not came.errors else []
        tokens += [refreshed.data["refresh"]["refreshToken"]] if not refreshed.errors else []

        assert done.errors == []
        for each in tokens:
            assert (await ask("anonymous", REFRESH, token=each)).codes == ["UNAUTHENTICATED"]
