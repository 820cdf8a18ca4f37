"""The front door: counting, throttling, rotating, ending; each also with many at once on real connections."""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, insert, select, update

from gateway.auth import known_devices, sign_in
from gateway.auth.access_tokens import TokenIssuer, ephemeral_keys
from gateway.auth.attempts import UNKNOWN
from gateway.auth.fair_queue import CROWDED
from gateway.auth.passwords import EACH, HASHING, Passwords
from gateway.auth.secret_tokens import hash_of
from gateway.auth.sign_in import ENDED, GRACE, TOO_OFTEN, WRONG, Free, Session, SignInService
from gateway.auth.sign_in_limits import Delays
from gateway.db.engine import make_engine
from gateway.db.ids import uuid7
from gateway.db.models import AuditEntry, KnownDevice, RefreshToken, SignInThrottle, User
from gateway.errors import RateLimited, Refused, Unauthenticated
from gateway.settings import Settings
from tests.support import make

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DELAY = timedelta(seconds=30)
MOMENT = timedelta(milliseconds=1)
RIGHT = "correct horse"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Person:
    """Somebody with an account, and what the database holds of them."""

    def __init__(self, engine, user_id: UUID, email: str) -> None:
        self.engine = engine
        self.id = user_id
        self.email = email

    async def links(self) -> list[RefreshToken]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                select(RefreshToken.__table__).where(RefreshToken.user_id == self.id).order_by(RefreshToken.id)
            )
            return list(rows)

    async def password_hash(self) -> str:
        async with self.engine.connect() as connection:
            return await connection.scalar(select(User.password_hash).where(User.id == self.id))


@pytest.fixture(scope="module")
async def engine(copy):
    """A database of our own: the front door commits."""
    engine = make_engine(await copy())
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords(CHEAP)


@pytest.fixture
def service(engine, passwords) -> SignInService:
    tokens = TokenIssuer(ephemeral_keys(), issuer="gateway", audience="portal", lifetime=timedelta(minutes=15))
    return SignInService(engine, tokens, passwords, secret=uuid4().bytes)


@pytest.fixture
async def person(engine) -> Person:
    email = f"ada.{uuid4().hex}@example.org"
    async with engine.begin() as connection:
        user_id = await make.user(connection, email=email, email_key=email, password_hash=CHEAP.hash(RIGHT))
    return Person(engine, user_id, email)


async def throttled(engine) -> set[bytes]:
    async with engine.connect() as connection:
        return set(await connection.scalars(select(SignInThrottle.email_hash)))


async def refusal(coroutine) -> Refused:
    with pytest.raises(Refused) as refused:
        await coroutine
    return refused.value


async def all_at_once(*coroutines) -> tuple[list[Session], list[Refused]]:
    answers = await asyncio.gather(*coroutines, return_exceptions=True)
    bugs = [answer for answer in answers if isinstance(answer, BaseException) and not isinstance(answer, Refused)]
    assert bugs == []
    return (
        [answer for answer in answers if isinstance(answer, Session)],
        [answer for answer in answers if isinstance(answer, Refused)],
    )


async def test_the_right_password_opens_a_session(service, person) -> None:
    session = await service.sign_in(person.email, RIGHT, NOW)
    (link,) = await person.links()

    assert session.user_id == person.id
    assert service.tokens.verify(session.access_token, NOW) == person.id
    assert session.expires_at == NOW + timedelta(minutes=15)
    assert session.refresh_expires_at == link.expires_at == NOW + timedelta(days=30)
    assert link.token_hash == sha256(session.refresh_token.encode()).digest()
    assert session.refresh_token not in repr(session)
    assert session.access_token not in repr(session)


async def test_an_address_is_known_whatever_its_case_and_the_space_around_it(service, person) -> None:
    assert (await service.sign_in(f"  {person.email.upper()}\t", RIGHT, NOW)).user_id == person.id


async def test_a_wrong_password_and_a_wrong_address_are_one_answer(service, person) -> None:
    wrong_password = await refusal(service.sign_in(person.email, "wrong", NOW))
    wrong_address = await refusal(service.sign_in("nobody@example.org", RIGHT, NOW))

    for refused in (wrong_password, wrong_address):
        assert type(refused) is Unauthenticated
        assert refused.message == WRONG
        assert refused.extensions == {"code": "UNAUTHENTICATED"}
    assert await person.links() == []


async def test_an_account_without_a_password_cannot_be_opened_with_one(engine, service, person) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(User).where(User.id == person.id).values(password_hash=None))

    for attempt in ("", "None", "not a password"):
        assert (await refusal(service.sign_in(person.email, attempt, NOW))).message == WRONG


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("a" * 321, RIGHT),
        (None, "x" * 1025),
        pytest.param(None, "x" * 10_000_000, id="far too long"),
        ("ada\0@example.org", RIGHT),
        ("ada\ud800@example.org", RIGHT),
        (None, "half a \udfff character"),
    ],
)
async def test_what_no_account_can_have_is_refused_before_anything_is_done(
    engine, service, person, email, password
) -> None:
    statements = []

    def note(*told) -> None:
        statements.append(told[2])

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    refused = await refusal(service.sign_in(person.email if email is None else email, password, NOW))
    event.remove(engine.sync_engine, "before_cursor_execute", note)

    assert type(refused) is Unauthenticated
    assert refused.message == WRONG
    assert statements == []


@pytest.mark.parametrize(
    ("email", "password"), [("", ""), ("a" * 320, "x" * 1024), ("ß@example.org", "\0"), ("'; --", "é")]
)
async def test_odd_but_possible_words_are_wrong_and_no_bug(service, email, password) -> None:
    assert (await refusal(service.sign_in(email, password, NOW))).message == WRONG


async def test_a_hash_of_older_parameters_is_replaced_at_sign_in(engine, service, person) -> None:
    dearer = SignInService(engine, service.tokens, Passwords(PasswordHasher(2, 8, 1)), service.secret)
    before = await person.password_hash()

    await refusal(dearer.sign_in(person.email, "wrong", NOW))
    untouched = await person.password_hash()
    await dearer.sign_in(person.email, RIGHT, NOW)
    after = await person.password_hash()

    assert untouched == before
    assert "t=2" in after
    assert (await dearer.sign_in(person.email, RIGHT, NOW)).user_id == person.id
    assert await person.password_hash() == after


async def test_a_password_changed_meanwhile_is_not_put_back_and_opens_nothing(engine, service, person) -> None:
    loop, hashing, changed = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    class Slow(PasswordHasher):
        def verify(self, hash, password):
            loop.call_soon_threadsafe(hashing.set)
            changed.wait()
            return super().verify(hash, password)

    slow = SignInService(engine, service.tokens, Passwords(Slow(2, 8, 1)), service.secret)
    signing_in = asyncio.ensure_future(slow.sign_in(person.email, RIGHT, NOW))
    await hashing.wait()
    async with engine.begin() as connection:
        await connection.execute(update(User).where(User.id == person.id).values(password_hash="another"))
    changed.set()

    assert (await refusal(signing_in)).message == WRONG
    assert await person.links() == []
    assert await person.password_hash() == "another"


async def test_settings_reach_the_door(engine, service, passwords) -> None:
    settings = Settings(
        sign_in_attempts=3,
        sign_in_network_attempts=4,
        sign_in_account_attempts=5,
        sign_in_delay_seconds=6,
        sign_in_max_delay_seconds=7,
        refresh_days=2,
        device_days=3,
    )

    made = SignInService.from_settings(settings, engine, service.tokens, passwords, b"secret")

    assert made.free == Free(3, 4, 5)
    assert made.delays == Delays(timedelta(seconds=6), timedelta(seconds=7))
    assert (made.refresh_lifetime, made.device_lifetime) == (timedelta(days=2), timedelta(days=3))


# The throttle


async def tried(service, email: str, *moments: timedelta, word: str = "wrong", **sent) -> list[Refused]:
    return [await refusal(service.sign_in(email, word, NOW + moment, **sent)) for moment in moments]


AT_ONCE = [timedelta()] * 5


@pytest.mark.parametrize("known", [True, False])
async def test_after_five_failures_even_the_right_password_waits_as_does_one_of_nobody(service, person, known) -> None:
    email = person.email if known else f"{uuid4().hex}@example.org"
    failures = await tried(service, email, *AT_ONCE, network="a")
    refused, last = await tried(service, email, timedelta(), DELAY - MOMENT, word=RIGHT, network="a")

    assert [type(failure) for failure in failures] == [Unauthenticated] * 5
    assert type(refused) is RateLimited
    assert refused.message == TOO_OFTEN
    assert refused.extensions == {"code": "RATE_LIMITED", "retryAfter": 30}
    assert last.extensions == {"code": "RATE_LIMITED", "retryAfter": 1}
    assert await person.links() == []
    if known:
        assert (await service.sign_in(email, RIGHT, NOW + DELAY, network="a")).user_id == person.id
    else:
        assert (await refusal(service.sign_in(email, RIGHT, NOW + DELAY, network="a"))).message == WRONG


async def test_each_further_failure_doubles_the_delay_up_to_a_ceiling(service, person) -> None:
    await tried(service, person.email, *AT_ONCE, network="a")
    at, delays = NOW, []
    for _ in range(7):
        delayed = await refusal(service.sign_in(person.email, RIGHT, at, network="a"))
        delays.append(delayed.extensions["retryAfter"])
        at += timedelta(seconds=delays[-1])
        assert type(await refusal(service.sign_in(person.email, "wrong", at, network="a"))) is Unauthenticated

    assert delays == [30, 60, 120, 240, 480, 900, 900]


async def test_a_counter_that_rested_is_forgotten(service, person) -> None:
    await tried(service, person.email, *AT_ONCE, network="a")
    later = DELAY + service.delays.longest
    refused = await tried(service, person.email, *[later] * 6, network="a")

    assert [type(each) for each in refused] == [Unauthenticated] * 5 + [RateLimited]
    assert refused[-1].extensions["retryAfter"] == 30


async def test_wrong_passwords_from_one_network_never_keep_the_right_one_from_another_out(service, person) -> None:
    await tried(service, person.email, *[timedelta()] * 30, network="a")
    here = await refusal(service.sign_in(person.email, RIGHT, NOW, network="a"))

    assert type(here) is RateLimited
    assert (await service.sign_in(person.email, RIGHT, NOW, network="b")).user_id == person.id


async def test_hammering_on_a_delayed_account_counts_nothing_and_prolongs_nothing(service, person) -> None:
    await tried(service, person.email, *AT_ONCE, network="a")
    await tried(service, person.email, *(timedelta(seconds=second % 29) for second in range(120)), network="a")

    assert (await service.sign_in(person.email, RIGHT, NOW + DELAY, network="a")).user_id == person.id
    # Nor was the account's sum used up by it.
    assert (await service.sign_in(person.email, RIGHT, NOW, network="b")).user_id == person.id


async def test_one_network_tries_so_many_accounts_and_others_go_on(engine, service, person) -> None:
    few = replace(service, free=Free(source=5, network=8, account=100))
    accounts = [f"{uuid4().hex}@example.org" for _ in range(10)]
    refused = [await refusal(few.sign_in(email, "wrong", NOW, network="a")) for email in accounts]
    here = await refusal(few.sign_in(person.email, RIGHT, NOW, network="a"))

    assert [type(each) for each in refused] == [Unauthenticated] * 8 + [RateLimited] * 2
    assert type(here) is RateLimited
    assert (await few.sign_in(person.email, RIGHT, NOW, network="b")).user_id == person.id


async def test_an_office_that_signs_in_is_not_counted(service, person) -> None:
    few = replace(service, free=Free(source=2, network=3, account=3))
    for _ in range(10):
        assert (await few.sign_in(person.email, RIGHT, NOW, network="office")).user_id == person.id
    wrong = await tried(few, f"{uuid4().hex}@example.org", timedelta(), timedelta(), network="office")

    assert [type(each) for each in wrong] == [Unauthenticated] * 2
    assert (await few.sign_in(person.email, RIGHT, NOW, network="office")).user_id == person.id


async def test_guesses_from_many_networks_are_bounded_and_a_known_device_goes_on(service, person) -> None:
    few = replace(service, free=Free(source=5, network=50, account=20))
    device = (await few.sign_in(person.email, RIGHT, NOW, network="home")).device_token
    refused = [await refusal(few.sign_in(person.email, "wrong", NOW, network=f"bot {bot}")) for bot in range(25)]
    stranger = await refusal(few.sign_in(person.email, RIGHT, NOW, network="new"))
    session = await few.sign_in(person.email, RIGHT, NOW, network="bot 1", device_token=device)

    assert [type(each) for each in refused] == [Unauthenticated] * 20 + [RateLimited] * 5
    assert type(stranger) is RateLimited
    assert session.user_id == person.id


async def test_a_known_device_has_a_budget_of_its_own(service, person) -> None:
    device = (await service.sign_in(person.email, RIGHT, NOW, network="a")).device_token
    refused = await tried(service, person.email, *AT_ONCE, timedelta(), network="a", device_token=device)

    assert [type(each) for each in refused] == [Unauthenticated] * 5 + [RateLimited]
    # Without it one is a stranger from the same network, who has tried nothing yet.
    assert (await service.sign_in(person.email, RIGHT, NOW, network="a")).user_id == person.id


async def test_a_devices_token_works_once_and_only_for_its_account(engine, service, person) -> None:
    first = await service.sign_in(person.email, RIGHT, NOW, network="a")
    second = await service.sign_in(person.email, RIGHT, NOW, network="a", device_token=first.device_token)
    await tried(service, person.email, *AT_ONCE, network="a")
    other = f"{uuid4().hex}@example.org"
    async with engine.begin() as connection:
        await make.user(connection, email=other, email_key=other, password_hash=CHEAP.hash(RIGHT))
    foreign = (await service.sign_in(other, RIGHT, NOW, network="b")).device_token
    stale = [first.device_token, foreign, "gwd_unknown", "gwd_" + "A" * 43, "", "é", "\0", "half \ud800", "x" * 10_000]

    for token in stale:
        refused = await refusal(service.sign_in(person.email, RIGHT, NOW, network="a", device_token=token))
        assert type(refused) is RateLimited
    again = await service.sign_in(person.email, RIGHT, NOW, network="a", device_token=second.device_token)
    assert again.device_token not in (first.device_token, second.device_token, None)
    assert again.device_token not in repr(again)


async def test_a_device_is_forgotten_in_the_end(service, person) -> None:
    device = (await service.sign_in(person.email, RIGHT, NOW, network="a")).device_token
    later = NOW + service.device_lifetime
    for _ in range(5):
        await refusal(service.sign_in(person.email, "wrong", later, network="a"))

    assert (
        type(await refusal(service.sign_in(person.email, RIGHT, later, network="a", device_token=device)))
        is RateLimited
    )


async def test_so_many_devices_of_a_person_are_known(engine, service, person) -> None:
    for second in range(known_devices.MAX_COUNT + 3):
        await service.sign_in(person.email, RIGHT, NOW + timedelta(seconds=second), network="a")
    async with engine.connect() as connection:
        kept = (await connection.scalars(select(KnownDevice.expires_at).where(KnownDevice.user_id == person.id))).all()

    assert len(kept) == known_devices.MAX_COUNT
    assert min(kept) == NOW + timedelta(seconds=3) + service.device_lifetime


async def test_the_throttle_does_not_care_how_the_address_is_spelled(service, person) -> None:
    for spelling in (str.upper, str.title, str.lower, " {}".format, "{} ".format):
        await refusal(service.sign_in(spelling(person.email), "wrong", NOW))

    assert type(await refusal(service.sign_in(person.email, RIGHT, NOW))) is RateLimited


async def test_success_clears_what_was_counted_of_its_source(service, person) -> None:
    for _ in range(3):
        for _ in range(4):
            assert (await refusal(service.sign_in(person.email, "wrong", NOW))).message == WRONG
        assert (await service.sign_in(person.email, RIGHT, NOW)).user_id == person.id


async def test_the_throttle_holds_no_address_and_no_plain_hash_of_one(engine, service, person) -> None:
    before = await throttled(engine)
    await refusal(service.sign_in(person.email, "wrong", NOW, network="192.0.2.1"))
    hashed = await throttled(engine) - before

    assert [len(each) for each in hashed] == [32] * 3
    assert hashed.isdisjoint({sha256(each.encode()).digest() for each in (person.email, "192.0.2.1")})


class Guessing(PasswordHasher):
    """Counts the passwords that were really tried."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.tried = 0
        self.lock = threading.Lock()

    def verify(self, hash, password):
        with self.lock:
            self.tried += 1
        return super().verify(hash, password)


@pytest.mark.parametrize("doors", [1, 4])
async def test_many_guesses_at_once_are_no_more_than_five(engine, service, person, doors) -> None:
    hasher = Guessing()
    passwords = Passwords(hasher)
    replicas = [SignInService(engine, service.tokens, passwords, service.secret) for _ in range(doors)]
    opened, refused = await all_at_once(
        *(replicas[guess % doors].sign_in(person.email, f"guess {guess}", NOW) for guess in range(40))
    )

    assert opened == []
    assert sorted(type(no).__name__ for no in refused) == ["RateLimited"] * 35 + ["Unauthenticated"] * 5
    assert hasher.tried == 5


async def test_honest_people_at_once_do_not_throttle_each_other(service, person) -> None:
    opened, refused = await all_at_once(*(service.sign_in(person.email, RIGHT, NOW) for _ in range(20)))

    assert refused == []
    assert len({session.refresh_token for session in opened}) == 20


async def test_a_caller_who_hangs_up_has_used_an_attempt(engine, service, person) -> None:
    loop, hashing = asyncio.get_running_loop(), asyncio.Event()

    class Telling(PasswordHasher):
        def verify(self, hash, password):
            loop.call_soon_threadsafe(hashing.set)
            return super().verify(hash, password)

    told = SignInService(engine, service.tokens, Passwords(Telling(1, 8, 1)), service.secret)
    for _ in range(5):
        hashing.clear()
        task = asyncio.ensure_future(told.sign_in(person.email, "wrong", NOW))
        await hashing.wait()
        task.cancel()
        await asyncio.wait([task])

    assert type(await refusal(service.sign_in(person.email, RIGHT, NOW))) is RateLimited


class Held(PasswordHasher):
    """Hashes that take until they are released."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.may_go = threading.Event()

    def verify(self, hash, password):
        self.may_go.wait()
        return super().verify(hash, password)


async def test_a_crowd_of_one_network_is_refused_without_a_hash_and_others_go_on(engine, service, person) -> None:
    """45 wrong sign-ins at once, each to another account, while the threads stand still."""
    hasher = Held()
    crowded = replace(service, passwords=Passwords(hasher))
    crowd = [
        asyncio.ensure_future(refusal(crowded.sign_in(f"{uuid4().hex}@example.org", "wrong", NOW, network="crowd")))
        for _ in range(45)
    ]
    refused = []
    for done in asyncio.as_completed(crowd):
        refused.append(await done)
        if len(refused) == 45 - HASHING - EACH:
            break
    honest = asyncio.ensure_future(crowded.sign_in(person.email, RIGHT, NOW, network="home"))
    hasher.may_go.set()

    assert {(type(each), each.message) for each in refused} == {(RateLimited, CROWDED)}
    assert (await honest).user_id == person.id
    rest = [task.result() for task in crowd if task.done()] and await asyncio.gather(*crowd)
    assert sum(type(each) is Unauthenticated for each in rest) == HASHING + EACH


async def test_who_was_not_hashed_has_not_failed(engine, service, person) -> None:
    hasher = Held()
    crowded = replace(service, passwords=Passwords(hasher))
    held = [
        asyncio.ensure_future(refusal(crowded.sign_in(f"{uuid4().hex}@example.org", "wrong", NOW, network="a")))
        for _ in range(HASHING + EACH)
    ]
    while crowded.passwords._line._waiting == {} or len(crowded.passwords._line._waiting["a"]) < EACH:
        await asyncio.wait(held, timeout=0.01)
    refused = [await refusal(crowded.sign_in(person.email, RIGHT, NOW, network="a")) for _ in range(10)]
    hasher.may_go.set()
    await asyncio.gather(*held)

    assert {(type(each), each.message) for each in refused} == {(RateLimited, CROWDED)}
    assert (await crowded.sign_in(person.email, RIGHT, NOW, network="a")).user_id == person.id


async def test_no_connection_is_held_while_a_password_is_hashed(engine, service, person) -> None:
    held = []

    class Looking(PasswordHasher):
        def verify(self, hash, password):
            held.append(engine.pool.checkedout())
            return super().verify(hash, password)

    before = engine.pool.checkedout()
    await SignInService(engine, service.tokens, Passwords(Looking(1, 8, 1)), service.secret).sign_in(
        person.email, RIGHT, NOW
    )

    assert held == [before]


# Refresh tokens


async def test_a_refresh_gives_the_next_session_of_the_same_family(service, person) -> None:
    first = await service.sign_in(person.email, RIGHT, NOW)
    later = NOW + timedelta(days=29)
    second = await service.refresh(first.refresh_token, later)
    old, new = await person.links()

    assert second.user_id == person.id
    assert service.tokens.verify(second.access_token, later) == person.id
    assert second.refresh_token != first.refresh_token
    assert second.refresh_expires_at == later + timedelta(days=30)
    assert (old.used_at, new.used_at) == (later, None)
    assert old.family_id == new.family_id


async def test_two_sign_ins_are_two_families(service, person) -> None:
    one, other = [await service.sign_in(person.email, RIGHT, NOW) for _ in range(2)]
    await service.sign_out(one.refresh_token, NOW)

    assert (await refusal(service.refresh(one.refresh_token, NOW))).message == ENDED
    assert (await service.refresh(other.refresh_token, NOW)).user_id == person.id


async def test_a_token_that_comes_back_ends_its_family(service, person) -> None:
    first = await service.sign_in(person.email, RIGHT, NOW)
    second = await service.refresh(first.refresh_token, NOW)
    third = await service.refresh(second.refresh_token, NOW)

    replayed = await refusal(service.refresh(first.refresh_token, NOW))
    newest = await refusal(service.refresh(third.refresh_token, NOW))

    for refused in (replayed, newest):
        assert type(refused) is Unauthenticated
        assert refused.message == ENDED
    links = await person.links()
    assert len(links) == 3
    assert all(link.revoked_at == NOW for link in links)


async def test_a_used_token_ends_its_family_even_after_its_own_end(service, person) -> None:
    first = await service.sign_in(person.email, RIGHT, NOW)
    second = await service.refresh(first.refresh_token, NOW + timedelta(days=29))
    later = NOW + timedelta(days=31)

    await refusal(service.refresh(first.refresh_token, later))

    assert (await refusal(service.refresh(second.refresh_token, later))).message == ENDED


@pytest.mark.parametrize(
    "token",
    [
        "",
        "gwr_",
        "gwr_" + "A" * 43,
        pytest.param("A" * 10_000_000, id="far too long"),
        "\0",
        "half \ud800",
        "é",
        "gwt_AAAA",
        "'; --",
    ],
)
async def test_tokens_that_nobody_knows_refresh_nothing_and_sign_out_silently(service, token) -> None:
    refused = await refusal(service.refresh(token, NOW))

    assert type(refused) is Unauthenticated
    assert refused.message == ENDED
    assert await service.sign_out(token, NOW) is None


async def test_an_expired_token_has_the_same_answer(service, person) -> None:
    session = await service.sign_in(person.email, RIGHT, NOW)
    refused = await refusal(service.refresh(session.refresh_token, NOW + timedelta(days=30)))

    assert refused.message == ENDED
    assert len(await person.links()) == 1
    just_before = await service.refresh(session.refresh_token, NOW + timedelta(days=30, microseconds=-1))
    assert just_before.user_id == person.id


@pytest.mark.parametrize("used", [False, True])
async def test_signing_out_ends_the_family_and_may_be_said_twice(service, person, used) -> None:
    session = await service.sign_in(person.email, RIGHT, NOW)
    newest = await service.refresh(session.refresh_token, NOW) if used else session

    await service.sign_out(session.refresh_token, NOW)
    await service.sign_out(session.refresh_token, NOW + timedelta(hours=1))

    assert (await refusal(service.refresh(newest.refresh_token, NOW))).message == ENDED
    assert {link.revoked_at for link in await person.links()} == {NOW}


async def test_of_many_refreshes_at_once_each_gets_a_token_of_the_family(service, person) -> None:
    for _ in range(5):
        session = await service.sign_in(person.email, RIGHT, NOW)
        won, refused = await all_at_once(*(service.refresh(session.refresh_token, NOW) for _ in range(8)))

        assert (len(won), refused) == (8, [])
        assert len({each.refresh_token for each in won}) == 8
        assert all([await service.refresh(each.refresh_token, NOW) for each in won])


async def test_a_response_that_was_lost_costs_nothing(service, person) -> None:
    first = await service.sign_in(person.email, RIGHT, NOW)
    lost = await service.refresh(first.refresh_token, NOW)
    again = await service.refresh(first.refresh_token, NOW + GRACE - timedelta(microseconds=1))
    links = await person.links()

    assert len({link.family_id for link in links}) == 1
    assert [link.revoked_at for link in links] == [None] * 3
    for each in (lost, again):
        assert (await service.refresh(each.refresh_token, NOW + timedelta(hours=1))).user_id == person.id


async def test_the_predecessor_ends_its_family_after_its_grace(service, person) -> None:
    first = await service.sign_in(person.email, RIGHT, NOW)
    second = await service.refresh(first.refresh_token, NOW)

    assert (await refusal(service.refresh(first.refresh_token, NOW + GRACE))).message == ENDED
    assert (await refusal(service.refresh(second.refresh_token, NOW + GRACE))).message == ENDED


async def test_the_grace_does_not_outlive_the_end_of_a_session(service, person) -> None:
    first = await service.sign_in(person.email, RIGHT, NOW)
    second = await service.refresh(first.refresh_token, NOW)
    await service.sign_out(second.refresh_token, NOW)

    assert (await refusal(service.refresh(first.refresh_token, NOW))).message == ENDED


async def test_a_family_that_ends_while_it_goes_on_leaves_no_living_link(service, person) -> None:
    """The first token is the predecessor until the second is used: then it ends the family, with whatever was given out."""
    for _ in range(25):
        first = await service.sign_in(person.email, RIGHT, NOW)
        second = await service.refresh(first.refresh_token, NOW)
        won, refused = await all_at_once(
            service.refresh(second.refresh_token, NOW),
            service.refresh(first.refresh_token, NOW),
            service.refresh(second.refresh_token, NOW),
            service.refresh(first.refresh_token, NOW),
        )

        for session in won:
            if refused:
                assert (await refusal(service.refresh(session.refresh_token, NOW))).message == ENDED
            else:
                assert await service.refresh(session.refresh_token, NOW)
        await service.sign_out(first.refresh_token, NOW)


async def test_a_link_made_while_its_family_ended_is_born_dead(engine, service, person) -> None:
    session = await service.sign_in(person.email, RIGHT, NOW)
    (link,) = await person.links()
    await service.sign_out(session.refresh_token, NOW)
    async with engine.begin() as connection:
        unseen = insert(RefreshToken).values(
            id=uuid7(NOW),
            family_id=link.family_id,
            user_id=person.id,
            token_hash=hash_of("gwr_unseen"),
            expires_at=NOW + timedelta(days=30),
        )
        await connection.execute(unseen)

    assert (await refusal(service.refresh("gwr_unseen", NOW))).message == ENDED


async def test_a_refresh_that_waits_for_the_end_of_its_family_is_refused(engine, service, person) -> None:
    session = await service.sign_in(person.email, RIGHT, NOW)
    async with engine.begin() as connection:
        await connection.execute(sign_in._end_family(NOW, RefreshToken.user_id == person.id))
        waiting = asyncio.ensure_future(refusal(service.refresh(session.refresh_token, NOW)))
        done, _ = await asyncio.wait([waiting], timeout=0.3)

    assert done == set()
    assert (await waiting).message == ENDED
    assert len(await person.links()) == 1


async def entries(engine, request_id: str) -> list[tuple]:
    asked = select(
        AuditEntry.action, AuditEntry.outcome, AuditEntry.code, AuditEntry.actor_id, AuditEntry.actor_name
    ).where(AuditEntry.request_id == request_id)
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(asked.order_by(AuditEntry.id))]


async def test_every_attempt_stands_in_the_audit_trail_without_the_address(engine, service, person) -> None:
    known, unknown = uuid4().hex, uuid4().hex
    with pytest.raises(Unauthenticated):
        await service.sign_in(person.email, "wrong", NOW, known)
    await service.sign_in(person.email, RIGHT, NOW + timedelta(seconds=1), known)
    with pytest.raises(Unauthenticated):
        await service.sign_in(f"{unknown}@nobody.example", "wrong", NOW, unknown)

    assert [entry[:4] for entry in await entries(engine, known)] == [
        ("SIGN_IN", "refused", "UNAUTHENTICATED", person.id),
        ("SIGN_IN", "done", None, person.id),
    ]
    assert await entries(engine, unknown) == [("SIGN_IN", "refused", "UNAUTHENTICATED", None, UNKNOWN)]
