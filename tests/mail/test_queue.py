"""Jobs: written with their cause, done by priority, several at once, each of them once, and no failure holds up another."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text, update
from structlog.testing import CapturingLogger

from gateway.db.engine import make_engine
from gateway.db.ids import uuid7
from gateway.db.models import AccessGrant, Collaboration, Mail, Notice, PasswordLink
from gateway.db.queries.jobs import INTERACTIVE, to_address, to_send
from gateway.db.seeds.demo import key
from gateway.mail import SmtpTransport, TemporaryFailure
from gateway.mail.delivery import FIRST_PAUSE
from gateway.mail.invitations import OFFERS
from gateway.worker.queue import AFTER_A_BUG
from tests.mail.conftest import NOW, Remembering, chores_of, happened, office_of, serving, working
from tests.operation.conftest import until

TO_ADA = {"kind": "BILLING_MODE_CHANGED", "collaboration_id": key("F-C1")}
TO_CORA = {"kind": "ACCESS_REQUEST", "collaboration_id": key("F-C1")}
BULK = 3_200
WORKER = "worker-of-the-test"
SESSIONS = f"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = '{WORKER}'"


@pytest.fixture
async def url(copy):
    return await copy()


@pytest.fixture
async def engine(url):
    made = make_engine(url)
    yield made
    await made.dispose()


@pytest.fixture
async def chores(url, policy):
    """Makes workers, whose sessions have a name of their own."""
    theirs = make_engine(url, pool_size=20, application_name=WORKER)

    def chores(post, written=None):
        return chores_of(office_of(theirs, policy, post, lambda: NOW), written or CapturingLogger())

    yield chores
    await theirs.dispose()


async def rows(engine, statement, **given):
    async with engine.connect() as connection:
        return (await connection.execute(text(statement), given)).all()


async def jobs(engine):
    return Counter((each.entrypoint, each.priority) for each in await rows(engine, "SELECT * FROM pgqueuer"))


async def all_sent(engine):
    left = "SELECT 1 FROM mail WHERE state = 'waiting' UNION ALL SELECT 1 FROM notice WHERE addressed_at IS NULL"
    return not await rows(engine, left)


async def reset_wanted(engine, who="ben"):
    """The notice of a password reset, with its job."""
    link = {"id": uuid7(NOW), "user_id": key(who), "token_hash": b"x" * 32, "asked_at": NOW}
    async with engine.begin() as connection:
        await connection.execute(insert(PasswordLink).values(link | {"expires_at": NOW + timedelta(hours=1)}))
    await happened(engine, {"kind": "PASSWORD_RESET", "data": {"offer": str(link["id"])}})


async def mails_waiting(engine, how_many):
    """So many bulk mails, whose jobs are due."""
    notices = [uuid7(NOW) for _ in range(how_many)]
    notice = {"kind": "BILLING_MODE_CHANGED", "at": NOW, "addressed_at": NOW, "data": {}}
    member = {"user_id": key("ada"), "side": "firm", "member_id": key("F/ada"), "due_at": NOW}
    async with engine.begin() as connection:
        made = [{"id": each, "collaboration_id": key("F-C1"), **notice} for each in notices]
        await connection.execute(insert(Notice), made)
        await connection.execute(insert(Mail), [{"id": uuid7(NOW), "notice_id": each, **member} for each in notices])
        for each in notices:
            await connection.execute(to_send(each))


# ---- enqueueing


async def test_a_rollback_leaves_no_job_and_a_commit_leaves_exactly_one(engine):
    notice = {"id": uuid7(NOW), "at": NOW, "data": {}, **TO_ADA}
    async with engine.connect() as connection:
        await connection.execute(insert(Notice).values(notice))
        await connection.execute(to_address([notice["id"]]))
        inside = await connection.scalar(text("SELECT count(*) FROM pgqueuer"))
        await connection.rollback()
    assert inside == 1
    assert await jobs(engine) == {}

    async with engine.begin() as connection:
        await connection.execute(insert(Notice).values(notice))
        await connection.execute(to_address([notice["id"]]))
        await connection.execute(to_address([notice["id"]]))
    assert await jobs(engine) == {("address", 0): 1}


async def test_a_job_for_what_is_not_there_is_not_written(engine):
    async with engine.begin() as connection:
        await connection.execute(to_address([uuid7(NOW)]))

    assert await jobs(engine) == {}


def test_all_offers_are_interactive():
    assert OFFERS.keys() <= INTERACTIVE


# ---- priority


async def test_an_interactive_mail_goes_before_thousands_that_were_waiting(engine, chores):
    await mails_waiting(engine, BULK)
    reset = asyncio.Event()
    async with serving(None) as server:
        take = server.handle_DATA

        async def take_ten_and_then_wait(*given):
            if len(server.letters) >= 10:
                await reset.wait()
            return await take(*given)

        server.handle_DATA = take_ten_and_then_wait
        async with working(chores(SmtpTransport.of_url(f"smtp+plain://localhost:{server.port}", 600))):

            async def are_ten():
                return len(server.letters) >= 10

            await until(are_ten)
            await reset_wanted(engine)
            before = len(server.letters)
            reset.set()

            async def has_come():
                return any(letter["To"].addresses[0].username == "ben" for letter in server.letters)

            await until(has_come)
            came = [letter["To"].addresses[0].username for letter in server.letters].index("ben")
            left = await jobs(engine)

    assert came < before + 100  # those that were on their way, and what the other hands did while it was addressed
    assert left["send", 0] > BULK - 200


async def test_an_interactive_mail_is_addressed_before_bulk_too(engine, chores):
    await happened(engine, *[TO_ADA] * 40)
    await reset_wanted(engine)
    post = Remembering()
    async with working(chores(post), at_once=2):
        await until(lambda: all_sent(engine))

    assert post.taken[0]["To"].addresses[0].username == "ben"
    assert len(post.taken) == 41


# ---- several at once


class Meeting(Remembering):
    """A post that hands nothing over before so many mails are on their way at the same time."""

    def __init__(self, number, look=None):
        super().__init__()
        self._barrier, self._look = asyncio.Barrier(number), look
        self.seen = []

    async def send(self, message):
        await self._barrier.wait()
        if self._look is not None:
            self.seen += await self._look()
            await self._barrier.wait()
        await super().send(message)


async def test_several_mails_are_sent_at_once_and_no_transaction_is_open_meanwhile(engine, chores):
    async def open_transactions():
        return await rows(engine, SESSIONS + " AND state LIKE 'idle in transaction%'")

    await mails_waiting(engine, 8)
    post = Meeting(4, open_transactions)
    async with working(chores(post), at_once=4):
        await until(lambda: all_sent(engine))

    assert len(post.taken) == 8
    assert post.seen == []


async def test_two_workers_share_the_work_and_send_each_mail_once(engine, chores):
    await mails_waiting(engine, 40)
    both = asyncio.Barrier(2)

    class First(Remembering):
        """Waits with its first mail until the other worker has one, too."""

        async def send(self, message):
            self.taken.append(message)
            if len(self.taken) == 1:
                await both.wait()

    posts = [First(), First()]
    async with working(chores(posts[0]), at_once=2), working(chores(posts[1]), at_once=2):
        await until(lambda: all_sent(engine))

    sent = [message["Message-ID"] for post in posts for message in post.taken]
    assert all(post.taken for post in posts)
    assert len(sent) == len(set(sent)) == 40


async def test_a_job_of_a_dead_worker_is_taken_up_and_what_it_had_sent_is_not_sent_again(engine, chores):
    await mails_waiting(engine, 2)
    # As after a worker was killed: one mail had left and was recorded, the other had not; both jobs are held.
    [sent, waiting] = [row.id for row in await rows(engine, "SELECT id FROM mail ORDER BY id")]
    async with engine.begin() as connection:
        await connection.execute(update(Mail).where(Mail.id == sent).values(state="sent", sent_at=NOW))
        await connection.execute(
            text(
                "UPDATE pgqueuer SET status = 'picked', queue_manager_id = gen_random_uuid(),"
                " heartbeat = now() - interval '1 hour'"
            )
        )
    post = Remembering()
    async with working(chores(post)):
        await until(lambda: all_sent(engine))

    assert [message["Message-ID"] for message in post.taken] == [f"<{waiting}@portal.example>"]
    assert await jobs(engine) == {}


# ---- failures


async def test_a_mail_that_the_server_does_not_take_waits_by_itself(engine, chores):
    await mails_waiting(engine, 5)
    post, written = Remembering(), CapturingLogger()
    post.problems = [TemporaryFailure("451 Ada's mailbox is busy")]
    work = chores(post, written)

    async def are_four():
        return len(post.taken) == 4

    async with working(work):
        await until(are_four)
    [job] = await rows(engine, "SELECT *, execute_after - updated AS pause FROM pgqueuer")
    log = await rows(engine, "SELECT traceback::text FROM pgqueuer_log WHERE traceback IS NOT NULL")

    assert (job.status, job.attempts, job.pause) == ("queued", 1, FIRST_PAUSE)
    assert [row.attempts for row in await rows(engine, "SELECT attempts FROM mail WHERE state = 'waiting'")] == [1]
    assert len(log) == 1
    assert "mailbox" not in log[0].traceback
    assert work._metrics.jobs.labels("send", "retried")._value.get() == 1
    assert work._metrics.jobs.labels("send", "done")._value.get() == 4


@pytest.mark.parametrize("bad", [{"kind": "STAFF_INVITATION", "data": {}}, {"kind": "OF_A_NEWER_RELEASE"}])
async def test_a_notice_that_cannot_be_addressed_is_a_bug_in_the_log_and_holds_up_no_other(engine, chores, bad):
    [notice, _] = await happened(engine, bad, TO_CORA)
    post, written = Remembering(), CapturingLogger()

    async def is_sent():
        return bool(post.taken)

    async with working(chores(post, written)):
        await until(is_sent)

        async def is_put_off():
            return await jobs(engine) == {("address", 100 * (bad["kind"] in INTERACTIVE)): 1}

        await until(is_put_off)
    [bug] = [call.kwargs for call in written.calls if call.kwargs.get("exc_info")]
    [job] = await rows(engine, "SELECT *, execute_after - updated AS pause FROM pgqueuer")

    assert post.to == ["cora"]
    assert bug["stuck"] == str(notice)
    assert (job.status, job.pause) == ("queued", AFTER_A_BUG)


async def test_a_mail_that_cannot_be_written_is_a_bug_in_the_log_and_holds_up_no_other(engine, chores):
    await mails_waiting(engine, 3)
    post, written = Remembering(), CapturingLogger()
    post.problems = [KeyError("a name")]

    async def are_two():
        return len(post.taken) == 2

    async with working(chores(post, written)):
        await until(are_two)
    [bug] = [call.kwargs for call in written.calls if call.kwargs.get("exc_info")]
    states = {str(row.id): row.state for row in await rows(engine, "SELECT id, state FROM mail")}

    assert type(bug["exc_info"]) is KeyError
    assert states.pop(bug["stuck"]) == "waiting"
    assert [*states.values()] == ["sent", "sent"]


async def test_a_worker_whose_connections_are_ended_goes_on_with_others(engine, chores):
    post, written = Remembering(), CapturingLogger()
    async with working(chores(post, written)):

        async def listens():
            return bool(await rows(engine, SESSIONS))

        await until(listens)
        await rows(engine, SESSIONS.replace("SELECT pid", "SELECT pg_terminate_backend(pid)"))

        async def is_away():
            return any(call.method_name == "warning" for call in written.calls)

        await until(is_away)
        await happened(engine, TO_ADA)
        await until(lambda: all_sent(engine))

    assert post.to == ["ada"]


# ---- by the clock


async def test_what_was_due_while_no_worker_lived_is_made_up_for_at_once(engine, chores):
    async with engine.begin() as connection:
        await connection.execute(
            update(AccessGrant).where(AccessGrant.collaboration_id == key("F-C1")).values(expires_at=NOW)
        )
        await connection.execute(
            text(
                "INSERT INTO pgqueuer_schedules (expression, entrypoint, next_run)"
                " VALUES ('* * * * *', 'expire', now() - interval '1 day')"
            )
        )
    post = Remembering()
    async with working(chores(post)):

        async def is_mailed():
            return bool(post.taken) and await all_sent(engine)

        await until(is_mailed)
    known = {row.entrypoint: row.expression for row in await rows(engine, "SELECT * FROM pgqueuer_schedules")}

    assert "ACCESS_EXPIRED" in [row.action for row in await rows(engine, "SELECT action FROM audit_entry")]
    assert known == {
        "expire": "* * * * *",
        "lapse": "*/10 * * * *",
        "mend": "* * * * *",
        "remind_reviewers": "0 5 * * *",
        "sweep": "0 * * * *",
        "tell": "*/5 * * * *",
    }


@pytest.mark.parametrize(("before", "done"), [(0, 0), (1, 1), (2, 2), (9, 3)])
async def test_expiry_stops_between_two_rows(desk, before, done):
    expired = update(AccessGrant).where(AccessGrant.revoked_at.is_(None))
    for collaboration in ("F-C1", "F-C2", "F-C3"):
        at = expired.where(AccessGrant.collaboration_id == key(collaboration)).values(expires_at=NOW)
        await desk.connection.execute(at)
    left = iter([True] * before + [False] * 9)
    await chores_of(desk.office, CapturingLogger()).expire(lambda: next(left))

    assert await desk.connection.scalar(select(func.count()).select_from(Notice)) >= done
    audited = "SELECT count(*) FROM audit_entry WHERE action = 'ACCESS_EXPIRED' AND at = :now"
    assert await desk.connection.scalar(text(audited), {"now": NOW}) == done


@pytest.mark.parametrize(("before", "done"), [(0, 0), (1, 1), (9, 3)])
async def test_lapsing_stops_between_two_rows(desk, before, done):
    old = NOW - timedelta(days=90)
    asked = update(Collaboration).where(Collaboration.state == "pending")
    await desk.connection.execute(asked.values(created_at=NOW))
    some = select(Collaboration.id).where(Collaboration.state.in_(["pending", "active"])).order_by(Collaboration.id)
    keys = (await desk.connection.scalars(some.limit(3))).all()
    given = {"state": "pending", "origin": "marketplace", "created_at": old}
    await desk.connection.execute(update(Collaboration).where(Collaboration.id.in_(keys)).values(given))
    left = iter([True] * before + [False] * 9)
    await chores_of(desk.office, CapturingLogger()).lapse(lambda: next(left))

    lapsed = select(func.count()).where(Collaboration.id.in_(keys), Collaboration.state == "expired")
    assert await desk.connection.scalar(lapsed) == done


async def test_what_waits_without_a_job_gets_one(engine, chores):
    await mails_waiting(engine, 3)
    await happened(engine, TO_ADA, {"kind": "PASSWORD_RESET"})
    before = await jobs(engine)
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM pgqueuer WHERE entrypoint = 'address' OR id % 2 = 0"))
    written = CapturingLogger()
    work = chores(Remembering(), written)
    await work.mend(lambda: True)
    mended = sum(call.kwargs["jobs"] for call in written.calls)
    assert await jobs(engine) == before == {("send", 0): 3, ("address", 0): 1, ("address", 100): 1}

    await work.mend(lambda: True)
    assert await jobs(engine) == before
    assert sum(call.kwargs["jobs"] for call in written.calls) == mended >= 3


async def test_a_mail_that_another_worker_has_in_hand_gets_no_second_job(engine, chores):
    await mails_waiting(engine, 1)
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM pgqueuer"))
        await connection.execute(update(Mail).values(due_at=NOW + timedelta(seconds=1)))
    await chores(Remembering()).mend(lambda: True)

    assert await jobs(engine) == {}


async def test_the_queues_own_log_is_swept(engine, chores):
    async with engine.begin() as connection:
        for age in (1, 8):
            await connection.execute(
                text(
                    "INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint, created)"
                    " VALUES (:age, 'successful', 0, 'send', :at)"
                ),
                {"age": age, "at": NOW - timedelta(days=age)},
            )
    await chores(Remembering()).sweep(lambda: True)

    assert [row.job_id for row in await rows(engine, "SELECT job_id FROM pgqueuer_log")] == [1]


# ---- figures


async def test_how_much_waits_and_for_how_long_is_logged_and_measured_by_priority(engine, chores):
    await mails_waiting(engine, 3)
    await happened(engine, {"kind": "PASSWORD_RESET"})
    async with engine.begin() as connection:
        late = "UPDATE pgqueuer SET execute_after = now() - interval '2 hours' WHERE priority = 0"
        await connection.execute(text(late))
    written = CapturingLogger()
    work = chores(Remembering(), written)
    await work.tell(lambda: True)
    [line] = [call.kwargs for call in written.calls]
    page = work._metrics.text().decode()

    assert (line["waiting"], line["bulk_waiting"], line["interactive_waiting"]) == (4, 3, 1)
    assert 7200 <= line["late_seconds"] == line["bulk_late_seconds"] < 7300
    assert line["interactive_late_seconds"] < 100
    assert 'gateway_jobs_waiting{priority="bulk"} 3.0' in page
    assert 'gateway_jobs_waiting{priority="interactive"} 1.0' in page
    assert 'gateway_jobs_oldest_seconds{priority="bulk"} 72' in page
