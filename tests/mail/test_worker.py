"""`gateway worker` as a process: it ends well, or is killed, and nothing is lost."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from structlog.testing import CapturingLogger

from gateway.db.engine import make_engine
from gateway.db.models import KeptOutcome, KeptRequest, KnownDevice, Mail, Notice, RefreshToken, SignInThrottle
from gateway.db.queries.jobs import to_address
from gateway.db.seeds.demo import key
from gateway.db.seeds.people import PEOPLE
from gateway.settings import Settings
from tests.house.commands import run
from tests.mail.conftest import NOW, PORTAL, SEALING_KEY, Remembering, chores_of, office_of, working
from tests.operation.conftest import until
from tests.operation.test_workers import is_alive
from tests.support import make

ROUNDS = 100 if os.environ.get("GATEWAY_LONG_TESTS") else 10
PATIENCE = 60  # seconds; only a test that fails waits as long
EACH = 50  # notices to begin with


class Child:
    """A process whose lines are kept, and told to whoever listens."""

    def __init__(self, *command: str, **environment: str) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, *command],
            env={**kept, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines = []
        self.listen = lambda line: None
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for said in self.process.stdout:
            line = json.loads(said) if said.startswith("{") else {"event": "text", "said": said}
            self.listen(line)
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        with self._news:
            self.lines.append({"event": "end of output"})
            self._news.notify_all()

    async def said(self, event, times=1):
        """The last of so many lines with this event."""

        def count():
            return [line for line in self.lines if line["event"] == event]

        def wait():
            with self._news:
                self._news.wait_for(
                    lambda: len(count()) >= times or self.lines[-1:] == [{"event": "end of output"}], PATIENCE
                )
                assert len(count()) >= times, (event, self.lines)
                return count()[times - 1]

        return await asyncio.to_thread(wait)

    async def end(self) -> int:
        return await asyncio.to_thread(self.process.wait, PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


def environment(url, server, certificate):
    return {
        "DATABASE_URL": url,
        "GATEWAY_SEALING_KEY": SEALING_KEY,
        "GATEWAY_SMTP_URL": server.url,
        "GATEWAY_MAIL_FROM": "Partner portal <portal@portal.example>",
        "GATEWAY_PORTAL_URL": PORTAL,
        "SSL_CERT_FILE": str(certificate),
        "GATEWAY_SMTP_SECONDS": "3",  # the mails of a killed worker are claimed for some seconds only
    }


async def happen(engine, how_many):
    """So many notices, each of which is one letter: to Ada or to Cora."""
    now = datetime.now(UTC) - timedelta(minutes=1)
    rows = [
        {
            "id": make.new_key(now),
            "kind": ("BILLING_MODE_CHANGED", "ACCESS_REQUEST")[number % 2],
            "at": now,
            "collaboration_id": key("F-C1"),
            "data": {},
        }
        for number in range(how_many)
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(Notice), rows)
        await connection.execute(to_address([row["id"] for row in rows]))


async def is_done(engine) -> bool:
    async with engine.connect() as connection:
        unaddressed = select(func.count()).select_from(Notice).where(Notice.addressed_at.is_(None))
        waiting = select(func.count()).select_from(Mail).where(Mail.state == "waiting")
        return not await connection.scalar(unaddressed) and not await connection.scalar(waiting)


async def gone(pid) -> None:
    async def is_gone():
        return not is_alive(pid)

    await until(is_gone)


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="/proc tells whether a process lives")


async def test_told_to_end_a_worker_finishes_the_letters_in_hand(copy, server, certificate):
    url = await copy()
    engine = make_engine(url)
    await happen(engine, 50)
    given = environment("postgresql://nobody@localhost:1/none", server, certificate)
    with Child("-m", "gateway", "worker", **given, GATEWAY_WORKER_DATABASE_URL=url) as child:

        def end(stage: str) -> None:
            if stage == "DATA":
                child.process.send_signal(signal.SIGTERM)

        server.stage = end
        status = await child.end()
    async with engine.connect() as connection:
        states = Counter((await connection.scalars(select(Mail.state))).all())
        held = await connection.scalar(text("SELECT count(*) FROM pgqueuer WHERE status = 'picked'"))
    await engine.dispose()

    assert status == 0
    assert states["sent"] == len(server.letters) > 0
    assert states.keys() == {"sent", "waiting"}
    assert held == 0
    assert [line["event"] for line in child.lines if line["event"] in ("at work", "work done", "bug")] == [
        "at work",
        "work done",
    ]
    told = json.dumps(child.lines).lower()
    people = [word for person in PEOPLE for word in (person.name, person.email)]
    assert [word for word in (*people, "havlygte", "example") if word.lower() in told] == []


@needs_proc
async def test_a_worker_that_is_killed_at_any_moment_loses_nothing_and_repeats_only_the_same_letter(
    copy, server, certificate
):
    url = await copy()
    engine = make_engine(url)
    await happen(engine, EACH)
    moments = random.Random(20260302)  # noqa: S311
    deaths = Counter()
    with Child("-m", "tests.mail.nursery", **environment(url, server, certificate)) as nursery:

        async def born(number):
            nursery.process.stdin.write("another\n")
            nursery.process.stdin.flush()
            return (await nursery.said("born", number))["worker"]

        for number in range(1, ROUNDS + 1):
            await happen(engine, 5)
            where = moments.choice(("RCPT", "DATA", "taken", "notice", "letter", "at work"))
            left = [moments.randint(1, 5) if where != "at work" else 1]
            worker = []

            def strike(event, where=where, left=left, worker=worker):
                if event == where and left[0] and worker:
                    left[0] -= 1
                    if not left[0]:
                        os.kill(worker[0], signal.SIGKILL)

            server.stage = strike
            nursery.listen = lambda line, strike=strike: strike(line["event"])
            worker.append(await born(number))
            if where == "at work":  # it may have said so before we knew its name
                await nursery.said("at work", number)
                with suppress(ProcessLookupError):
                    os.kill(worker[0], signal.SIGKILL)
            await gone(worker[0])
            deaths[where] += 1
        server.stage, nursery.listen = (lambda _: None), (lambda _: None)
        last = await born(ROUNDS + 1)
        await until(lambda: is_done(engine))
        os.kill(last, signal.SIGTERM)
        await gone(last)
    async with engine.connect() as connection:
        mails = (await connection.execute(select(Mail.id, Mail.notice_id, Mail.state))).all()
        notices = await connection.scalar(select(func.count()).select_from(Notice))
    await engine.dispose()

    arrived = Counter(letter["Message-ID"] for letter in server.letters)
    assert deaths.total() == ROUNDS
    assert notices == EACH + 5 * ROUNDS
    assert len(mails) == len({mail.notice_id for mail in mails}) == notices
    assert {mail.state for mail in mails} == {"sent"}
    assert set(arrived) == {f"<{mail.id}@portal.example>" for mail in mails}
    in_hand = Settings().worker_jobs  # of a worker that dies, and each may have arrived
    assert arrived.total() <= notices + in_hand * ROUNDS


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("DATABASE_URL", "DATABASE_URL is not set."),
        ("GATEWAY_SEALING_KEY", "GATEWAY_SEALING_KEY is not set: ids and cursors cannot be encrypted."),
        ("GATEWAY_SMTP_URL", "GATEWAY_SMTP_URL is not set: the worker needs a mail server."),
        ("GATEWAY_MAIL_FROM", "GATEWAY_MAIL_FROM is not set: mails need a sender."),
        ("GATEWAY_PORTAL_URL", "GATEWAY_PORTAL_URL is not set: links in mails need an address."),
    ],
)
def test_without_a_setting_a_worker_says_so_and_does_not_start(missing, sentence):
    given = {
        "DATABASE_URL": "postgresql://nobody@localhost:1/none",
        "GATEWAY_SEALING_KEY": SEALING_KEY,
        "GATEWAY_SMTP_URL": "smtp://mail.example",
        "GATEWAY_MAIL_FROM": "portal@portal.example",
        "GATEWAY_PORTAL_URL": PORTAL,
    }
    del given[missing]
    answer = run("gateway", "worker", **given)

    assert (answer.returncode, answer.stdout, answer.stderr) == (1, "", sentence + "\n")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://nobody@localhost:1/none"}, "The database of DATABASE_URL cannot be reached: "),
        ({"GATEWAY_SMTP_URL": "mail.example"}, "GATEWAY_SMTP_URL must be like "),
        ({"GATEWAY_PORTAL_URL": "ftp://x"}, "The setting portal_url is not valid: "),
        ({}, "The tables in DATABASE_URL are from an older release. Run `gateway migrate`."),
    ],
)
def test_where_something_is_not_right_a_worker_says_so_and_does_not_start(server_url, wrong, sentence):
    given = {
        "DATABASE_URL": server_url,
        "GATEWAY_SEALING_KEY": SEALING_KEY,
        "GATEWAY_SMTP_URL": "smtp://mail.example",
        "GATEWAY_MAIL_FROM": "portal@portal.example",
        "GATEWAY_PORTAL_URL": PORTAL,
    }
    answer = run("gateway", "worker", **(given | wrong))

    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith(sentence)
    assert answer.stderr.count("\n") == 1


@pytest.fixture
def written():
    return CapturingLogger()


async def test_a_database_that_is_away_is_waited_for(policy, written):
    engine = make_engine("postgresql://nobody@localhost:1/none")

    async def has_said():
        return bool(written.calls)

    async with working(chores_of(office_of(engine, policy, Remembering(), lambda: NOW), written)):
        await until(has_said)
    await engine.dispose()

    assert written.calls[0].method_name == "warning"
    assert written.calls[0].kwargs["cause"] == "ConnectionRefusedError"


async def test_what_nobody_can_ask_for_any_more_is_swept_away_and_nothing_else(desk, written):
    connection = desk.connection

    def request(name, until):
        return {"caller": b"c", "key": name, "fingerprint": b"f", "kept_until": until}

    def throttle(name, until):
        return {"email_hash": name, "failures": 1, "window_ends_at": until}

    def token(name, until):
        common = {"family_id": make.new_key(), "user_id": key("ada")}
        return common | {"id": make.new_key(), "token_hash": name, "expires_at": until}

    second = timedelta(seconds=1)
    before = {
        table: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
        for table in (KeptRequest, KeptOutcome, SignInThrottle, RefreshToken, KnownDevice)
    }
    await connection.execute(insert(KeptRequest), [request("old", NOW - second), request("new", NOW + second)])
    outcomes = [request("old", NOW - second) | {"field": "f"}, request("new", NOW + second) | {"field": "f"}]
    await connection.execute(insert(KeptOutcome), outcomes)
    await connection.execute(insert(SignInThrottle), [throttle(b"old", NOW - second), throttle(b"new", NOW + second)])
    month = timedelta(days=30)
    await connection.execute(
        insert(RefreshToken), [token(b"old", NOW - month - second), token(b"new", NOW - month + second)]
    )
    devices = [
        {"id": make.new_key(), "user_id": key("ada"), "token_hash": name, "expires_at": until}
        for name, until in ((b"old", NOW - second), (b"new", NOW + second))
    ]
    await connection.execute(insert(KnownDevice), devices)
    await chores_of(desk.office, written).sweep(lambda: True)

    after = {
        table: (await connection.execute(select(func.count()).select_from(table))).scalar_one() for table in before
    }
    assert {table: after[table] - before[table] for table in before} == dict.fromkeys(before, 1)
    assert await connection.scalar(select(KeptOutcome.key)) == "new"
