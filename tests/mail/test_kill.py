"""`gateway serve` is killed at any moment: what was answered was done, once, and told, once; asking again makes it so."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.auth.access_tokens import TokenIssuer, load_keys
from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.global_ids import Seal
from tests.mail.conftest import SEALING_KEY
from tests.mail.test_worker import ROUNDS, Child, environment, gone, is_done, needs_proc
from tests.operation.conftest import PEM, SETTINGS, until

SHARING: Final = """mutation ($input: SetKpiSharingInput!) {
  setKpiSharing(input: $input) { collaboration { id } }
}"""
REQUEST: Final = """mutation ($input: RequestAccessInput!) {
  requestAccess(input: $input) { collaboration { id } }
}"""
ACTIONS: Final = {
    "requestAccess": ("REQUEST_ACCESS", "ACCESS_REQUEST"),
    "setKpiSharing": ("SET_KPI_SHARING", "KPI_SHARING_CHANGED"),
}
"""The word of each in the audit trail, and the kind of its notice."""


@dataclass(frozen=True)
class Caller:
    """Somebody who changes one collaboration again and again."""

    who: str
    verb: str
    collaboration: str

    def body(self, number: int) -> dict[str, Any]:
        id = Seal(bytes.fromhex(SEALING_KEY)).id("Collaboration", key(self.collaboration))
        if self.verb == "requestAccess":
            return {"query": REQUEST, "variables": {"input": {"id": id, "level": "FULL", "message": f"no. {number}"}}}
        kinds = [["MISSING_RECEIPTS"], ["WALLET_BALANCE"]][number % 2]
        return {"query": SHARING, "variables": {"input": {"id": id, "sharedKpis": kinds}}}


CALLERS: Final = (
    Caller("ada", "requestAccess", "F-C1"),
    Caller("cora", "setKpiSharing", "F-C1"),
    Caller("ben", "requestAccess", "F-C2"),
    Caller("gus", "requestAccess", "G-C6"),
    Caller("jonas", "setKpiSharing", "G-C6"),
)


@dataclass
class Crowd:
    """Callers who ask again, with the same key, until they are answered."""

    up: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    is_over: bool = False
    moments: Counter[str] = field(default_factory=Counter)
    happened: Any = lambda _: None
    answered: Counter[Caller] = field(default_factory=Counter)

    async def go_on(self, caller: Caller) -> None:
        while not self.is_over:
            await self._once(caller, self.answered[caller])
            self.answered[caller] += 1
            self._happens("answered")

    async def _once(self, caller: Caller, number: int) -> None:
        issuer = TokenIssuer.from_settings(SETTINGS, load_keys(SETTINGS))
        headers = {
            "Authorization": f"Bearer {issuer.issue(key(caller.who), datetime.now(UTC)).text}",
            "Idempotency-Key": f"{caller.who}-{number}",
        }
        while True:
            await self.up.wait()
            try:
                async with httpx.AsyncClient(timeout=60) as http:
                    asking = asyncio.ensure_future(
                        http.post(f"http://127.0.0.1:{self.port}/graphql", json=caller.body(number), headers=headers)
                    )
                    await asyncio.sleep(0)
                    self._happens("asked")
                    answer = await asking
            except httpx.TransportError:
                self.moments["lost"] += 1
                await asyncio.sleep(0)
                continue
            assert (answer.status_code, answer.json().get("errors")) == (200, None), answer.text
            return

    def _happens(self, moment: str) -> None:
        self.moments[moment] += 1
        self.happened(moment)


@contextmanager
def gateways(url: str) -> Iterator[Child]:
    given = {"DATABASE_URL": url, "GATEWAY_SEALING_KEY": SEALING_KEY, "GATEWAY_SIGNING_KEY": PEM}
    with Child("-m", "tests.mail.gateways", **given) as nursery:
        yield nursery


@needs_proc
async def test_a_gateway_that_is_killed_at_any_moment_does_what_it_answers_once_and_tells_of_it_once(
    copy, server, certificate
):
    url = await copy()
    engine = make_engine(url)
    async with engine.begin() as connection:
        for statement in ALWAYS_ANEW:
            await connection.execute(text(statement))
    moments = random.Random(20260303)  # noqa: S311
    crowd = Crowd()
    with (
        gateways(url) as nursery,
        Child("-m", "tests.mail.nursery", **environment(url, server, certificate), **UNBOUNDED) as post,
    ):
        post.process.stdin.write("a worker\n")
        post.process.stdin.flush()
        worker = (await post.said("born"))["worker"]
        asking = [asyncio.create_task(crowd.go_on(caller)) for caller in CALLERS]
        for number in range(1, ROUNDS + 2):
            nursery.process.stdin.write("another\n")
            nursery.process.stdin.flush()
            born = await nursery.said("up", number)
            crowd.port = born["port"]
            if number > ROUNDS:
                break
            killed = asyncio.Event()
            where, left = moments.choice(("asked", "answered")), [moments.randint(1, 15)]

            def strike(moment, where=where, left=left, pid=born["gateway"], killed=killed):
                left[0] -= moment == where
                if not left[0] and not killed.is_set():
                    crowd.up.clear()
                    os.kill(pid, signal.SIGKILL)
                    killed.set()

            crowd.happened = strike
            crowd.up.set()
            await killed.wait()
            await gone(born["gateway"])
        crowd.happened = lambda _: None
        crowd.is_over = True
        crowd.up.set()
        await asyncio.gather(*asking)
        await until(lambda: is_done(engine))
        os.kill(worker, signal.SIGTERM)
        await gone(worker)
        os.kill(born["gateway"], signal.SIGKILL)
    kept = await everything(engine)
    await engine.dispose()

    asked = Counter((caller.verb, caller.collaboration) for caller in crowd.answered.elements())
    assert min(asked.values()) >= 1
    assert crowd.moments["lost"] >= ROUNDS  # each death cost somebody an answer
    # Of each change that was answered: one entry, one notice, one outcome that is kept, and one version more of its row.
    assert kept["entries"] == {(ACTIONS[verb][0], of): count for (verb, of), count in asked.items()}
    assert kept["notices"] == {(ACTIONS[verb][1], of): count for (verb, of), count in asked.items()}
    assert kept["outcomes"] == asked.total()
    assert kept["unfinished"] == 0
    assert kept["versions"] == {(of,): count for (verb, of), count in asked.items() if verb == "requestAccess"}
    assert kept["grants"] == {(of,): count for (verb, of), count in asked.items() if verb == "setKpiSharing"}
    # Every notice has its letters, and each came once: the worker lived.
    arrived = Counter(letter["Message-ID"] for letter in server.letters)
    assert kept["untold"] == 0
    assert arrived == Counter(f"<{mail}@portal.example>" for mail in kept["mails"])


UNBOUNDED: Final = {"GATEWAY_MAILS_TO_ADDRESS": "1000000"}
"""The crowd causes more mails to the same people than an organisation may."""
ALWAYS_ANEW: Final = (
    "UPDATE access_grant SET level = 'limited' WHERE level = 'full' AND revoked_at IS NULL",
    "CREATE FUNCTION forget_request() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN NEW.request_repeats_at := NULL; RETURN NEW; END $$",
    "CREATE TRIGGER forget_request BEFORE UPDATE ON collaboration FOR EACH ROW EXECUTE FUNCTION forget_request()",
)
"""FULL is above every access, and a request may be repeated at once: each request is a change with a mail."""
HANDLES: Final = {key(caller.collaboration): caller.collaboration for caller in CALLERS}


async def everything(engine: AsyncEngine) -> dict[str, Any]:
    async with engine.connect() as connection:

        async def counted(statement: str) -> dict[Any, int]:
            rows = [row for row in await connection.execute(text(statement)) if row[-2] in HANDLES]
            return {(*row[:-2], HANDLES[row[-2]]): row[-1] for row in rows}

        return {
            "entries": await counted(
                "SELECT action, collaboration_id, count(*) FROM audit_entry"
                " WHERE action IN ('REQUEST_ACCESS', 'SET_KPI_SHARING') AND request_id IS NOT NULL GROUP BY 1, 2"
            ),
            "notices": await counted(
                "SELECT kind, collaboration_id, count(*) FROM notice"
                " WHERE kind IN ('ACCESS_REQUEST', 'KPI_SHARING_CHANGED') GROUP BY 1, 2"
            ),
            "outcomes": await connection.scalar(text("SELECT count(*) FROM kept_outcome")),
            "unfinished": await connection.scalar(text("SELECT count(*) FROM kept_outcome WHERE outcome IS NULL")),
            "versions": await counted("SELECT id, version - 1 FROM collaboration WHERE version > 1"),
            "grants": await counted(
                "SELECT collaboration_id, max(version) - 1 FROM access_grant WHERE collaboration_id IN"
                " (SELECT collaboration_id FROM notice WHERE kind = 'KPI_SHARING_CHANGED') GROUP BY 1"
            ),
            "untold": await connection.scalar(
                text(
                    "SELECT count(*) FROM notice n WHERE kind IN ('ACCESS_REQUEST', 'KPI_SHARING_CHANGED')"
                    " AND NOT EXISTS (SELECT FROM mail m WHERE m.notice_id = n.id)"
                )
            ),
            "mails": list((await connection.scalars(text("SELECT id FROM mail WHERE state = 'sent'"))).all()),
        }
