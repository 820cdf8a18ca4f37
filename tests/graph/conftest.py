"""The application as it ships, over the demo world, its clock stopped a little after the demo's."""

import json
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self, cast
from uuid import UUID, uuid4

import httpx
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.applications import Starlette
from structlog.testing import CapturingLogger

from gateway.app import Gateway, build_app, load_policy, policy_folder
from gateway.auth.viewers import PLATFORM_ID
from gateway.db.seeds.demo import DEMO_NOW, key
from gateway.db.seeds.keys import DAYS_AGO
from gateway.db.seeds.people import MACHINES
from gateway.http.compiled import CompiledQueries
from gateway.policy import Policy
from gateway.reads.requests import Reason
from gateway.settings import Settings
from tests.support import read_counts

NOW: Final = DEMO_NOW + timedelta(minutes=5)
SEALING_KEY: Final = "5e" * 32
FIRMS: Final = ("F", "G", "H")
CLIENTS: Final = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8")
TOKENS: Final = {machine.handle: machine.token for machine in MACHINES}
HANDLES: Final = {key(handle): handle for handle in (*FIRMS, *CLIENTS, *DAYS_AGO, *TOKENS)} | {
    key(f"{firm} profile {revision}"): f"{firm} profile {revision}" for firm in FIRMS for revision in (1, 2)
}
FORGET_PROBES: Final = (
    "ALTER TABLE audit_entry DISABLE TRIGGER append_only",
    "DELETE FROM audit_entry WHERE at >= :since",
    "ALTER TABLE audit_entry ENABLE TRIGGER append_only",
)
CALLERS: Final = (
    "ada",
    "ben",
    "bo",
    "hedda@F",
    "finn",
    "gus",
    "hugo",
    "cora",
    "emil",
    "dag",
    "mila",
    "hedda@C3",
    "elena",
    "frida",
    "jonas",
    "lucia",
    "saga",
    "pia",
    "rolf",
    "nora",
    "billing",
    "firm-sync",
    "ben-sync",
    "shop-sync",
    "anonymous",
)
"""Everybody who may ask, each in one acting context."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        return self.response.text

    @property
    def payload(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.response.content)
        return read

    @property
    def data(self) -> Any:
        return self.payload.get("data")

    @property
    def errors(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = self.payload.get("errors", [])
        return told

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]

    @property
    def denials(self) -> list[tuple[Any, ...]]:
        """(type, field, reason, count, path) of each hidden field."""
        return [
            (*(error["extensions"].get(name) for name in ("type", "field", "reason", "count")), error.get("path"))
            for error in self.errors
            if error["extensions"]["code"] == "FIELD_NOT_PERMITTED"
        ]


@dataclass(frozen=True, slots=True)
class Ask:
    """Asks the application as somebody: a handle, `hedda@F` to act for F, a machine such as `billing`, or `anonymous`."""

    app: Starlette
    http: httpx.AsyncClient = field(repr=False)
    log: CapturingLogger = field(repr=False)

    @property
    def paths(self) -> "Paths":
        found: Paths = self.app.state.paths
        return found

    @property
    def gateway(self) -> Gateway:
        made: Gateway = self.app.state.gateway
        return made

    async def __call__(self, who: str, document: str, /, **variables: Any) -> Answer:
        return await self.sent({"query": document, "variables": variables}, self.headers(who))

    async def sent(self, body: Any, headers: Mapping[str, str]) -> Answer:
        """The answer. If a compiled statement gave it, it is executed field by field, too: both must be the same."""
        answer = Answer(await self.http.post("/graphql", json=body, headers=dict(headers)))
        self.paths.count(answer)
        if self.paths.is_compiled(answer.response) and not self.paths.alone:
            again = {**headers, "X-Request-Id": self.paths.walk_next()}
            walked = await self.http.post("/graphql", json=body, headers=again)
            assert answer.response.content == walked.content
            assert _compared(answer.response) == _compared(walked)
        assert [call.kwargs["exc_info"] for call in self.log.calls if call.kwargs.get("exc_info")] == []
        return answer

    async def data(self, who: str, document: str, /, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self(who, document, **variables)
        assert answer.errors == []
        return answer.data

    def headers(self, who: str) -> dict[str, str]:
        if who == "anonymous":
            return {}
        person, _, organisation = who.partition("@")
        token = TOKENS.get(person) or self.token(person)
        acting = {"X-Acting-As": self.organisation(organisation)} if organisation else {}
        return {"Authorization": f"Bearer {token}", **acting}

    def token(self, person: str) -> str:
        return self.gateway.tokens.issue(key(person), NOW).text

    def id(self, type_name: str, handle: str | UUID) -> str:
        return self.gateway.seal.id(type_name, key(handle) if isinstance(handle, str) else handle)

    def handles(self, nodes: Iterable[Mapping[str, Any]]) -> list[str]:
        """The handles of things of the demo world, by their ids, in their order."""
        return [HANDLES[self.gateway.seal.open_id(node["id"])[1]] for node in nodes]

    def organisation(self, handle: str) -> str:
        if handle == "Platform":
            return self.id("Platform", PLATFORM_ID)
        return self.id("Firm" if handle in FIRMS else "Client", handle)


REASONS: Final[ContextVar[list[Reason]]] = ContextVar("reasons")
"""Why the request of this task is walked."""


class Paths:
    """Which requests of an application compiled statements answered. `alone`: they are not compared; `off`: there are none."""

    def __init__(self, compiled: CompiledQueries) -> None:
        self.compiled = compiled
        self._answer = compiled.answer
        self._compiled: set[str] = set()
        self._walked: set[str] = set()
        self._reasons: dict[str, Reason] = {}
        self.alone = self.off = False
        compiled.wait_seconds = 600
        compiled.answer = self.answer  # type: ignore[method-assign]
        self._requested = compiled.requested
        compiled.requested = self.requested  # type: ignore[method-assign]
        count_walked = compiled.count_walked

        def note(reason: Reason) -> None:
            REASONS.get([]).append(reason)
            count_walked(reason)

        compiled.count_walked = note  # type: ignore[method-assign]

    async def answer(self, sent: Any, headers: Any, notes: Any, flight: Any) -> Any:
        if self.off or notes.request_id in self._walked:
            return None
        walked: list[Reason] = []
        REASONS.set(walked)
        found = await self._answer(sent, headers, notes, flight)
        if found is not None:
            self._compiled.add(notes.request_id)
        elif walked:
            self._reasons[notes.request_id] = walked[-1]
        return found

    def count(self, answer: Answer) -> None:
        """Count a valid read by how it was executed."""
        name = answer.response.headers.get("X-Request-Id", "")
        if name in self._compiled:
            read_counts.COUNTS[read_counts.COMPILED] += 1
        elif name in self._reasons and set(answer.codes) <= {"FIELD_NOT_PERMITTED"}:
            read_counts.COUNTS[self._reasons[name].value] += 1

    def requested(self, sent: Any) -> Any:
        return None if self.off else self._requested(sent)

    def is_compiled(self, response: httpx.Response) -> bool:
        return response.headers.get("X-Request-Id") in self._compiled

    def walk_next(self) -> str:
        """The id of a request that is executed field by field."""
        self._walked.add(name := uuid4().hex)
        return name


def _compared(response: httpx.Response) -> Any:
    return response.status_code, {name: value for name, value in response.headers.items() if name != "x-request-id"}


class LentStatements:
    """In the place of the connections for compiled statements: the one connection whose transaction the test rolls back."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def row(self, sql: str, parameters: Any) -> Any:
        raw: Any = await self._connection.get_raw_connection()
        return await raw.driver_connection.fetchrow(sql, *parameters)

    async def close(self) -> None:
        pass


class Lent:
    """In an engine's place: everybody is lent the one connection, whose transaction the test rolls back."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.execute = connection.execute

    def connect(self) -> Self:
        return self

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        async with self.connection.begin_nested():
            yield self.connection

    def __await__(self) -> Generator[Any, None, Self]:
        yield from ()
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def settings() -> Settings:
    # A machine that is busy with other things must not decide a test.
    # Nor must what other tests have sent from the one network address that all of them come from.
    many = {"anonymous_mails": 10_000, "anonymous_mails_of_network": 10_000}
    bounds = {"in_flight_person": 1000, "in_flight_organisation": 1000, "in_flight_address": 1000}
    return Settings(
        sealing_key=SecretStr(SEALING_KEY),
        introspection="on",
        request_seconds=600,
        lock_seconds=300,
        compile_after=1,
        **bounds,
        **many,
    )


@pytest.fixture(scope="session")
def policy(settings: Settings) -> Policy:
    return load_policy(policy_folder(settings))


@pytest.fixture(scope="session")
async def ask(settings: Settings, policy: Policy, engine: AsyncEngine) -> AsyncIterator[Ask]:
    async with asker(settings, policy, engine) as made:
        for machine in TOKENS:  # the first use is noted, and so can be seen: it comes before every test
            await made(machine, "{ viewer { menus } }")
        yield made


def asker(settings: Settings, policy: Policy, engine: AsyncEngine) -> "_Asker":
    return _Asker(settings, policy, engine)


class _Asker:
    """One application and a way to ask it."""

    def __init__(self, settings: Settings, policy: Policy, engine: AsyncEngine) -> None:
        self.log = CapturingLogger()
        log = structlog.wrap_logger(self.log, processors=[])
        self.app = build_app(settings, clock=lambda: NOW, policy=policy, engine=engine, log=log)
        self.app.state.paths = Paths(self.app.state.compiled)

    async def __aenter__(self) -> Ask:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://gateway.example")
        return Ask(self.app, self.http, self.log)

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        await self.app.state.compiled.close()


@contextmanager
def lent(ask: Ask, connection: AsyncConnection) -> Iterator[None]:
    """Meanwhile the application reads and writes on this connection alone; a change is a savepoint of its transaction."""
    gateway, only = ask.gateway, cast(AsyncEngine, Lent(connection))
    kept = gateway.engine, gateway.reading, gateway.sign_in_service, ask.paths.compiled.statements
    ask.paths.compiled.statements = LentStatements(connection)
    gateway.engine, gateway.reading, gateway.sign_in_service = only, only, replace(gateway.sign_in_service, engine=only)
    try:
        yield
    finally:
        gateway.engine, gateway.reading, gateway.sign_in_service, ask.paths.compiled.statements = kept


async def forget_probes(connection: AsyncConnection) -> None:
    """The audit trail as it was seeded, until the transaction is rolled back."""
    for statement in FORGET_PROBES:
        await connection.execute(text(statement), {"since": DEMO_NOW} if ":since" in statement else {})


@pytest.fixture
async def world(ask: Ask, connection: AsyncConnection) -> AsyncIterator[AsyncConnection]:
    """The demo world to change: what is done here the application sees, and it is rolled back.

    Tests that only read leave entries for what they did not find; here the trail ends as it was seeded.
    """
    await forget_probes(connection)
    with lent(ask, connection):
        yield connection


@pytest.fixture
def walked(ask: Ask) -> Iterator[None]:
    """No compiled statements meanwhile: a test is about how operations are executed field by field."""
    ask.paths.off = True
    yield
    ask.paths.off = False


class Clock:
    """The application's clock, which a test puts on."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **by: int) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(ask.gateway, "clock", made)
    return made


@contextmanager
def recorded(engine: AsyncEngine) -> Iterator[list[str]]:
    """The text of each statement that is executed meanwhile."""
    said: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def run(connection: AsyncConnection, statement: str, **parameters: Any) -> int:
    """Execute a change; it must touch something."""
    touched = (await connection.execute(text(statement), parameters)).rowcount
    assert touched > 0
    return touched
