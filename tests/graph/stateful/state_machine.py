"""One life: a transaction over the demo world that nobody commits, a clock that is put on, and steps."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any, ClassVar, cast
from uuid import UUID

import httpx
import structlog
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.testing import CapturingLogger

from gateway.app import build_app
from gateway.db.engine import make_engine
from gateway.db.models import Base
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.settings import Settings
from gateway.worker.expired_grants import expire_next
from tests.graph.conftest import CALLERS, NOW, Answer, Ask, Lent, LentStatements, Paths
from tests.graph.stateful import invariants as laws
from tests.graph.stateful import matrix
from tests.graph.stateful import model_rows as rows
from tests.graph.stateful.books import TICK, Books
from tests.graph.stateful.rules import PAYING, VERBS, WHOEVER_MAY, Ahead, Deed, Later, Letters, One, Step, Verb, steps
from tests.policies import model
from tests.policies.model import Seer

CODED = {"BAD_USER_INPUT", "CONFLICT", "FORBIDDEN", "NOT_FOUND", "UNAUTHENTICATED"}
TABLES = sorted({table.name for table in Base.metadata.sorted_tables} - set(laws.UNSEEN))


class Asking(Ask):
    """People whose tokens are always fresh, however late it is."""

    def token(self, person: str) -> str:
        return self.gateway.tokens.issue(key(person), self.gateway.clock()).text


class Dice:
    """In the place of `secrets` where keys are made: a life that is lived again has the same keys, and so the same order."""

    def __init__(self) -> None:
        self.randbits = Random(0).getrandbits  # noqa: S311


class Stage:
    """What all lives of one test share: a loop, a database and the application."""

    def __init__(self, url: str, settings: Settings, policy: Policy) -> None:
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.now, self.dice = NOW, Dice()
        self.engine = make_engine(url, statement_seconds=120)
        written = CapturingLogger()
        log = structlog.wrap_logger(written, processors=[])
        app = build_app(settings, clock=lambda: self.now, policy=policy, engine=self.engine, log=log)
        app.state.paths = Paths(app.state.compiled)
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.example")
        self.ask = Asking(app, http, written)
        self.problems: list[str] = []
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    async def begin(self) -> AsyncConnection:
        connection = await self.engine.connect()
        await connection.begin()
        lent, gateway = cast(AsyncEngine, Lent(connection)), self.ask.gateway
        gateway.engine, gateway.reading = lent, lent
        self.ask.paths.compiled.statements = LentStatements(connection)
        return connection

    def close(self) -> None:
        self.runner.run(self._close())
        self.runner.close()

    async def _close(self) -> None:
        await self.ask.http.aclose()
        await self.engine.dispose()


class Life(RuleBasedStateMachine):
    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.stage.now, self.stage.dice.randbits = NOW, Dice().randbits
        self.stage.ask.log.calls.clear()
        self.tried = 0
        self.connection: AsyncConnection = self._run(self.stage.begin())
        self._run(self._look())
        self.books = Books()
        self.fixed: laws.Memory = self._run(laws.fixed(self.connection))

    def teardown(self) -> None:
        try:
            if sys.exc_info() == (None, None, None):
                self._run(self._everybody_sees_what_is_theirs(thoroughly=True))
        finally:
            self._run(self._undo())

    @rule(step=steps())
    def goes_on(self, step: Step) -> None:
        self._take(step)

    def _take(self, step: Step) -> None:
        self.stage.now += TICK
        match step:
            case Deed():
                self._run(self._try(step))
            case Later():
                self.stage.now += timedelta(hours=step.hours)
                self._run(self._notice() if step.noticed else self._changed())
        self._run(self._paid_as_ever())

    @invariant()
    def the_laws_hold(self) -> None:
        self._run(self._is_lawful())

    # ---- a step

    async def _try(self, deed: Deed) -> None:
        verb = VERBS[deed.verb]
        given = await self._found(deed.wish)
        about = await self._subject(deed.wish.get(verb.about)) if verb.about else None
        who = self._who(deed, verb, about)
        seat = rows.seer(self.world, who)
        headers = self.stage.ask.headers(who) | {"Idempotency-Key": f"step-{self.tried}"}
        body = {"query": verb.document, "variables": {"input": given}}
        before, entries = await self._digest(), await self._entries()
        answer = await self.stage.ask.sent(body, headers)
        self.tried += 1
        done = bool(answer.data and answer.data[verb.name])
        self._is_coded(answer, done)
        await self._is_told(answer, verb, entries, done)
        if done:
            self.stage.done[verb.name] += 1
            self._was_theirs(verb, seat, about)
            await self._changed(about)
        else:
            self.stage.refused[answer.codes[0]] += 1
            after = await self._digest()
            assert after == before, [name for name in after if after[name] != before[name]]
        if deed.twice:
            before = await self._digest()
            again = await self.stage.ask.sent(body, headers)
            # Whoever has changed their own place by it is another now, and has asked nothing yet.
            assert again.codes == answer.codes or rows.seer(self.world, who) != seat, again.text
            assert await self._digest() == before

    def _is_coded(self, answer: Answer, done: bool) -> None:
        assert {*answer.codes} <= ({"FIELD_NOT_PERMITTED"} if done else CODED), answer.text
        assert done or len({*answer.codes}) == 1, answer.text  # a form has an error for each of its faults

    async def _is_told(self, answer: Answer, verb: Verb, before: dict[UUID, int], done: bool) -> None:
        """Of what was done there are entries, of what was refused there is one, of what was no wish at all there is none."""
        action = "".join(f"_{letter}" if letter.isupper() else letter for letter in verb.name).upper()
        found = await self._entries_since(before)
        told = f"the entries of {verb.name} are {found}"
        if done:
            assert (action, "done", None) in found, told
            assert {outcome for _, outcome, _ in found} == {"done"}, told
        elif answer.data is None or answer.codes[0] in ("BAD_USER_INPUT", "UNAUTHENTICATED"):
            assert found == [], told
        else:
            assert found == [(action, "refused", answer.codes[0])], told

    def _was_theirs(self, verb: Verb, who: Seer | None, about: Any) -> None:
        """Who did it may ever do it, and is a party to it (§4.7, D3)."""
        assert verb.is_for(who), (verb.name, who)
        assert who is not None
        parties = self._parties(about)
        assert who.side in {"platform", "system"} or parties is None or who.organisation in parties, (who, about)

    # ---- who, and what with

    def _who(self, deed: Deed, verb: Verb, about: Any) -> str:
        if deed.who != WHOEVER_MAY:
            return deed.who
        parties = self._parties(about)
        seats = {caller: rows.seer(self.world, caller) for caller in CALLERS}
        may = [caller for caller, seat in seats.items() if verb.is_mostly_for(seat)]
        theirs = [each for each in may if parties is None or seats[each].organisation in {None, *parties}]
        ready = theirs or may or list(CALLERS)
        return ready[deed.turn % len(ready)]

    def _parties(self, about: Any) -> set[UUID] | None:
        """The organisations that it concerns, or None for all."""
        match about:
            case model.Collaboration():
                return {about.firm, about.client}
            case model.Client():
                return {about.id, *(tie.firm for tie in self.world.all(model.Collaboration, client=about.id))}
            case model.Invoice():
                return {about.firm if about.mode == "partner" else about.client}
            case model.Firm():
                return {about.id}
            case None:
                return None
            case _:
                return {about.firm}

    async def _subject(self, wish: Any) -> Any:
        first = wish[0] if isinstance(wish, list) else wish
        return await self._thing(first) if isinstance(first, One) else None

    async def _found(self, value: Any) -> Any:
        match value:
            case One(kind=kind):
                thing = await self._thing(value)
                return self.stage.ask.id(kind, thing.id if thing else UUID(int=7))
            case Ahead():
                return value.at(self.stage.now)
            case Letters():
                return str(value)
            case dict():
                return {name: await self._found(part) for name, part in value.items()}
            case list():
                return [await self._found(each) for each in value]
            case _:
                return value

    async def _thing(self, wish: One) -> Any:
        kind = getattr(model, wish.kind, None)
        things = self.world.all(kind) if kind else await self._orders()
        return wish.found(things, self.world)

    async def _orders(self) -> list[Any]:
        return list((await self.connection.execute(text("SELECT id FROM purchase_order ORDER BY id"))).all())

    # ---- what is there

    async def _notice(self) -> None:
        while await expire_next(self.stage.ask.gateway.engine, self.stage.now):
            self.stage.done["what has run out"] += 1
        await self._changed()

    async def _changed(self, about: Any = None) -> None:
        """Nothing was lost, and those see it rightly whom it concerns, with every fifth of the others in turn."""
        await self._look()
        now = await laws.fixed(self.connection)
        lost = {what for what, value in self.fixed.items() if now.get(what) != value}
        assert not lost, lost
        self.fixed = now
        parties = self._parties(about) or set()
        seats = [(caller, rows.seer(self.world, caller)) for caller in CALLERS]
        await self._everybody_sees_what_is_theirs(
            caller
            for number, (caller, seat) in enumerate(seats, self.tried)
            if number % 5 == 0 or (seat and seat.organisation in parties)
        )

    async def _look(self) -> None:
        self.world = await rows.read(self.connection, self.stage.now)

    async def _everybody_sees_what_is_theirs(
        self, callers: Iterable[str] = CALLERS, *, thoroughly: bool = False
    ) -> None:
        found = await matrix.differences(self.stage.ask, self.world, callers, thoroughly=thoroughly)
        assert not found, "\n".join(found[:20])

    async def _is_lawful(self) -> None:
        broken = await laws.broken(self.connection, self.stage.now)
        assert not broken, broken

    async def _paid_as_ever(self) -> None:
        changed = await self.books.look(self.connection, self.stage.now + TICK / 2)
        assert not changed, changed

    async def _digest(self) -> dict[str, str]:
        return await laws.digest(self.connection, TABLES)

    async def _entries(self) -> dict[UUID, int]:
        """How often each was tried."""
        found = await self.connection.execute(text("SELECT id, count FROM audit_entry"))
        return {row[0]: row[1] for row in found}

    async def _entries_since(self, before: dict[UUID, int]) -> list[tuple[str, str, str | None]]:
        """Each as often as it was tried since: what is not found again is counted in the entry of its hour."""
        found = await self.connection.execute(
            text("SELECT id, action, outcome, code, count FROM audit_entry ORDER BY id")
        )
        return [
            (action, outcome, code)
            for id, action, outcome, code, count in found
            for _ in range(count - before.get(id, 0))
        ]

    async def _undo(self) -> None:
        await self.connection.rollback()
        await self.connection.close()

    def _run(self, work: Any) -> Any:
        try:
            return self.stage.runner.run(work)
        except AssertionError as problem:
            self.stage.problems.append(str(problem))
            raise


class Payments(Life):
    """A life of nothing but what decides who pays, looked at from no side but the books'."""

    @rule(step=steps(PAYING))
    def goes_on(self, step: Step) -> None:
        self._take(step)

    async def _everybody_sees_what_is_theirs(
        self, callers: Iterable[str] = CALLERS, *, thoroughly: bool = False
    ) -> None:
        pass
