"""The application: what is made once, and the routes. No business word and no SQL."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import configure_mappers
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from structlog.typing import FilteringBoundLogger

import gateway
from gateway.auth.access_tokens import Keys, TokenIssuer, load_keys
from gateway.auth.bearer import bearer_of
from gateway.auth.handoff_tokens import HandoffTokens
from gateway.auth.integration_tokens import PREFIX
from gateway.auth.memberships import Identity, identify
from gateway.auth.oidc_users import OidcUsers, visitors_of
from gateway.auth.passwords import Passwords
from gateway.auth.sign_in import SignInService
from gateway.context import Context, Envelope
from gateway.db.engine import make_engine
from gateway.db.models import Base
from gateway.db.queries.mail_allowances import MailBounds
from gateway.execution.denials import Denials
from gateway.global_ids import Seal
from gateway.http import Flight, graphql_endpoint, request_middleware
from gateway.http.routes.explorer import explorer_routes
from gateway.http.routes.handoff import handoff_routes
from gateway.http.routes.health import Readiness, healthz
from gateway.http.routes.jwks import well_known_routes
from gateway.loaders import Loaders, ReadConnection
from gateway.observability.logs import make_log
from gateway.observability.metrics import Metrics, MetricsPage
from gateway.observability.traces import Tracing, tracing
from gateway.policy import Policy, PolicyError, describe
from gateway.policy.check import require_complete
from gateway.policy.rows import Row
from gateway.resolvers.core.audit_trail import note_missing
from gateway.schema.build import build_schema, declared, shape
from gateway.schema.core.list_bounds import list_sizes
from gateway.settings import Settings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def policy_folder(settings: Settings) -> Path:
    """The setting's, the one in the installed package, or the one at the top of the checkout."""
    package = Path(gateway.__file__).parent
    return settings.policies or next(
        (folder for folder in (package / "policies", package.parent / "policies") if folder.is_dir()),
        package / "policies",
    )


def rows_of_tables() -> dict[str, Row]:
    """Our tables as the policy sees them."""
    configure_mappers()
    return describe(Base.registry.mappers)


def load_policy(folder: Path) -> Policy:
    """The policy in `folder`, complete for our graph; PolicyError says what is not."""
    policy = Policy.load(folder, rows_of_tables())
    require_complete(policy, shape(declared()))
    return policy


class Gateway:
    """What requests share. The policy is replaced as a whole; a request keeps the one that it began with."""

    def __init__(
        self,
        settings: Settings,
        policy: Policy,
        engine: AsyncEngine,
        keys: Keys,
        visitors: OidcUsers | None,
        clock: Clock,
        metrics: Metrics,
        trace: Tracing,
    ) -> None:
        self.visitors, self.metrics, self.trace = visitors, metrics, trace
        self.settings, self.policy, self.engine, self.clock = settings, policy, engine, clock
        self.reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        secret = sealing_key(settings)
        self.seal = Seal(secret)
        self.tokens = TokenIssuer.from_settings(settings, keys)
        self.bounds = MailBounds.from_settings(settings, secret)
        self.hand_offs = HandoffTokens.of(settings, keys)
        self.door = SignInService.from_settings(settings, engine, self.tokens, Passwords(), secret)

    @asynccontextmanager
    async def open_context(
        self, headers: Mapping[str, str], envelope: Envelope | None, flight: Flight
    ) -> AsyncIterator[Context]:
        """What one request is answered with, for whoever its headers say is asking; a mutation comes with its envelope.

        RateLimited where the caller has too many requests in flight.
        """
        policy, reads = self.policy, ReadConnection(self.reading, self.metrics.pool_wait.observe)
        try:
            with self.trace.part("identify"):
                identity = await self._identify(headers, reads, flight)
            if envelope is not None:
                # It changes things on a connection of its own: who kept one and waited for another could wait for ever.
                await reads.close()
            load = Loaders(identity.viewer, policy, reads)
            context = Context(
                identity,
                policy,
                self.seal,
                self.door,
                reads,
                self.engine,
                load,
                Denials(),
                self.bounds,
                envelope,
                hand_offs=self.hand_offs,
                # A change that gives up still has the time to say so.
                lock_seconds=min(self.settings.lock_seconds, self.settings.request_seconds / 2),
            )
            yield context
        finally:
            await asyncio.shield(reads.close())
            self.metrics.remembered(policy.tally)
        # Its own connection is given back: a request never waits for one while it holds another.
        await note_missing(context)

    async def allowance(self, headers: Mapping[str, str], flight: Flight) -> int:
        """How many bytes whoever sent these headers may send: a machine that reports sends more than anybody else.

        A bearer that is none of a machine costs no look at the database.
        """
        if not (bearer_of(headers) or "").startswith(PREFIX):
            return self.settings.max_body_bytes
        async with self.open_context(headers, None, flight) as context:
            reports = context.identity.reporter is not None
        return self.settings.max_report_bytes if reports else self.settings.max_body_bytes

    async def _identify(self, headers: Mapping[str, str], reads: ReadConnection, flight: Flight) -> Identity:
        """Counts the request for its caller before it waits for a connection, and for the organisation at once after that."""
        now = self.clock()
        bearer = bearer_of(headers)
        visitor = named = None
        if bearer is None:
            flight.enter("address", flight.address)
        elif bearer.startswith(PREFIX):
            flight.enter("person", sha256(bearer.encode()).digest())
        else:
            if self.visitors:
                flight.enter("person", sha256(bearer.encode()).digest())  # its provider is asked first
                visitor = await self.visitors.person(headers, now)
            named = None if visitor else self.tokens.read(bearer, now)
            flight.enter("person", visitor or (named and named.user_id))
        connection = await reads.connection()
        identity = await identify(
            connection,
            headers,
            now,
            tokens=self.tokens,
            open_id=self.seal.open_id,
            seal_id=self.seal.id,
            visitor=visitor,
            named=named,
        )
        reads.statements += identity.signed_in
        if identity.acting is not None:
            flight.enter("organisation", identity.acting.organisation_id)
        return identity

    def reload_policy(self) -> None:
        """Put the policy's present text in force, or raise PolicyError and leave the old one there."""
        fresh = load_policy(self.policy_folder)
        if any(fresh.bits(name) != self.policy.bits(name) for name in self.policy.types):
            raise PolicyError("The new policy decides other fields: it takes a restart.")
        self.policy = fresh

    @property
    def policy_folder(self) -> Path:
        return policy_folder(self.settings)


def sealing_key(settings: Settings) -> bytes:
    if settings.sealing_key is None:
        raise ValueError("GATEWAY_SEALING_KEY is not set: ids and cursors cannot be sealed.")
    try:
        return bytes.fromhex(settings.sealing_key.get_secret_value())
    except ValueError:
        raise ValueError("GATEWAY_SEALING_KEY must be 64 to 128 hexadecimal digits.") from None


def build_app(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    log: FilteringBoundLogger | None = None,
    policy: Policy | None = None,
    engine: AsyncEngine | None = None,
    metrics: Metrics | None = None,
    reloads: bool = False,
    guests: Sequence[Mapping[str, str]] = (),
    pages: Sequence[Route] = (),
    beside: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
) -> Starlette:
    """The application, its policy checked; with `reloads`, SIGHUP reads the policy anew.

    `guests` are those whom the explorer offers to sign in as, with their passwords: the demo's people. `pages` are served,
    too, and `beside` is open for as long as the application lives: the demo's letters, and what writes them.

    PolicyError or ValueError say what keeps it from starting.
    """
    if settings.database_url is None and engine is None:
        raise ValueError("DATABASE_URL is not set.")
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    own = engine or make_engine(
        url,
        pool_size=settings.pool_size,
        overflow=settings.pool_overflow,
        pool_timeout=settings.pool_timeout_seconds,
        statement_seconds=settings.statement_seconds,
    )
    ready = Readiness(engine or make_engine(url, pool_size=1, overflow=0, application_name="partner-gateway-ready"))
    said, counted, traced = log or make_log(), metrics or Metrics(), tracing(settings.otlp_endpoint, own)
    counted.watch(own, size=settings.pool_size)
    keys, visitors = load_keys(settings), visitors_of(settings, own, said)
    in_force = policy or load_policy(policy_folder(settings))
    made = Gateway(settings, in_force, own, keys, visitors, clock, counted, traced)
    schema = build_schema(made.policy)
    endpoint = graphql_endpoint(
        schema,
        open_context=made.open_context,
        settings=settings,
        log=said,
        metrics=counted,
        tracing=traced,
        list_sizes=list_sizes(schema),
        allowance=made.allowance,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        version, limit = made.policy.version, settings.pool_size + settings.pool_overflow
        async with counted.alive(policy_version=version, pool_limit=limit):
            with traced.sending(), _on_hangup(_reloader(made, said)) if reloads else nullcontext():
                said.info("started", policy=version)
                async with beside():
                    yield
        if visitors:
            await visitors.provider.close()
        await ready.close()
        await own.dispose()
        said.info("stopped")

    routes = [Route("/graphql", endpoint), *well_known_routes(settings.issuer, keys)]
    routes += [Route("/healthz", healthz), Route("/readyz", ready.readyz)]
    if made.hand_offs:
        routes += handoff_routes(made, made.hand_offs, said, seconds=settings.request_seconds)
    if settings.metrics_token:
        routes.append(Route("/metrics", MetricsPage(counted, settings.metrics_token.get_secret_value())))
    if settings.explorer:
        routes += explorer_routes(settings.introspection, guests)
    routes += pages
    app = Starlette(
        routes=routes,
        middleware=request_middleware(settings.trusted_hosts, settings.cors_origins),
        lifespan=lifespan,
        exception_handlers={HTTPException: _told},
    )
    app.router.redirect_slashes = False  # a redirect would go where the Host header says
    app.state.gateway, app.state.readiness = made, ready
    return app


@contextmanager
def _on_hangup(action: Callable[[], None]) -> Iterator[None]:
    """SIGHUP does `action` while this is open; where there is no main thread there are no signals."""
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError, RuntimeError):
        loop.add_signal_handler(signal.SIGHUP, action)
    try:
        yield
    finally:
        with suppress(NotImplementedError, RuntimeError):
            loop.remove_signal_handler(signal.SIGHUP)


def _reloader(made: Gateway, log: FilteringBoundLogger) -> Callable[[], None]:
    """Begins to reload the policy beside the requests, one after the other; the last text to be asked for wins."""
    turn, running = asyncio.Lock(), set[asyncio.Task[None]]()

    async def reload() -> None:
        async with turn:
            before = made.policy.version
            try:
                await asyncio.to_thread(made.reload_policy)
            except (PolicyError, OSError, ValueError) as error:
                log.error("policy kept", version=before, problem=str(error))
            else:
                made.metrics.policy.labels(before).set(0)
                made.metrics.policy.labels(made.policy.version).set(1)
                log.info("policy reloaded", version=made.policy.version)

    def begin() -> None:
        task = asyncio.create_task(reload())
        running.add(task)
        task.add_done_callback(running.discard)

    return begin


_CODES: Final = {404: "NOT_FOUND"}


async def _told(_: Request, error: Exception) -> Response:
    """Errors at the level of HTTP have the shape of the graph's."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    detail = "There is nothing here." if status == 404 else "This is not how it is asked for."
    problem = {"message": detail, "extensions": {"code": _CODES.get(status, "BAD_USER_INPUT")}}
    return JSONResponse({"errors": [problem]}, status, {**headers, "X-Content-Type-Options": "nosniff"})
