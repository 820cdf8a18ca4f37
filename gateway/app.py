"""The application: the objects that are created once, and the routes. It contains no business terms and no SQL."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import UUID

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
from gateway.auth.callers import Caller, Callers, Shown
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
from gateway.db.statements import Pool
from gateway.execution.denials import Denials
from gateway.global_ids import Seal
from gateway.http import Flight, graphql_endpoint, request_middleware
from gateway.http.compiled import CompiledQueries
from gateway.http.routes.explorer import explorer_routes
from gateway.http.routes.handoff import handoff_routes
from gateway.http.routes.health import Readiness, healthz
from gateway.http.routes.jwks import well_known_routes
from gateway.http.routes.session import session_routes
from gateway.http.trusted_documents import TrustedDocuments
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
from gateway.schema.profiles import Profiles
from gateway.settings import Settings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def policy_folder(settings: Settings) -> Path:
    """Returns the configured folder, else the one in the installed package, else the one at the top of the checkout."""
    package = Path(gateway.__file__).parent
    return settings.policies or next(
        (folder for folder in (package / "policies", package.parent / "policies") if folder.is_dir()),
        package / "policies",
    )


def rows_of_tables() -> dict[str, Row]:
    """Returns the description of each table's rows for the policy."""
    configure_mappers()
    return describe(Base.registry.mappers)


def load_policy(folder: Path) -> Policy:
    """Returns the policy in `folder`. Raises PolicyError if it is not complete for the schema."""
    policy = Policy.load(folder, rows_of_tables())
    require_complete(policy, shape(declared()))
    return policy


class Gateway:
    """The objects that requests share. The policy is replaced as a whole; a request keeps the one that it began with."""

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
        log: FilteringBoundLogger,
    ) -> None:
        self.visitors, self.metrics, self.trace = visitors, metrics, trace
        self.settings, self.policy, self.engine, self.clock = settings, policy, engine, clock
        self.reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        secret = sealing_key(settings)
        self.seal = Seal(secret)
        self.tokens = TokenIssuer.from_settings(settings, keys)
        self.bounds = MailBounds.from_settings(settings, secret)
        self.hand_offs = HandoffTokens.of(settings, keys)
        self.callers = Callers()
        self.documents = TrustedDocuments(self.reading, settings, log, metrics)
        self.sign_in_service = SignInService.from_settings(settings, engine, self.tokens, Passwords(), secret)

    @asynccontextmanager
    async def open_context(
        self, headers: Mapping[str, str], envelope: Envelope | None, flight: Flight
    ) -> AsyncIterator[Context]:
        """Opens the context of one request for the caller that its headers name. A mutation has an `envelope`.

        Raises RateLimited if the caller has too many requests in flight.
        """
        policy, reads = self.policy, ReadConnection(self.reading, self.metrics.pool_wait.observe)
        try:
            with self.trace.part("identify"):
                identity = await self._identify(headers, reads, flight)
            if envelope is not None:
                # A mutation has a connection of its own. Releases the read connection first: holding it while waiting
                # for a second one can deadlock the pool.
                await reads.close()
            load = Loaders(identity.viewer, policy, reads)
            context = Context(
                identity,
                policy,
                self.seal,
                self.sign_in_service,
                reads,
                self.engine,
                load,
                Denials(),
                self.bounds,
                envelope,
                hand_offs=self.hand_offs,
                # A mutation that times out on a lock still has time to send its response.
                lock_seconds=min(self.settings.lock_seconds, self.settings.request_seconds / 2),
            )
            yield context
        finally:
            await asyncio.shield(reads.close())
            self.metrics.remembered(policy.tally)
        # Runs after the read connection is released: a request never waits for one connection while it holds another.
        await note_missing(context)

    async def allowance(self, headers: Mapping[str, str], flight: Flight) -> int:
        """Returns how many bytes the caller with these headers may send: a machine that reports may send more than others.

        For a bearer token that is not an integration token, the database is not queried.
        """
        if not (bearer_of(headers) or "").startswith(PREFIX):
            return self.settings.max_body_bytes
        async with self.open_context(headers, None, flight) as context:
            reports = context.identity.reporter is not None
        return self.settings.max_report_bytes if reports else self.settings.max_body_bytes

    async def caller(self, headers: Mapping[str, str], flight: Flight) -> Caller:
        """Returns the caller, by an earlier request's identity if there is one. Its proof shows whether it is still right."""
        now = self.clock()
        shown = await self._shown(headers, now, flight)
        found = self.callers.find(shown, headers, now)
        if found is None:
            reads = ReadConnection(self.reading, self.metrics.pool_wait.observe)
            try:
                identity = await self._identity(shown, headers, now, reads, flight)
            finally:
                await asyncio.shield(reads.close())
            return self.callers.remember(identity, shown, headers, now)
        if found.identity.acting is not None:
            flight.enter("organisation", found.identity.acting.organisation_id)
        return found

    def forget(self, caller: Caller) -> None:
        self.callers.forget(caller)

    async def _identify(self, headers: Mapping[str, str], reads: ReadConnection, flight: Flight) -> Identity:
        """Returns the caller. Counts the request for the caller before waiting for a connection, then for the organisation."""
        now = self.clock()
        return await self._identity(await self._shown(headers, now, flight), headers, now, reads, flight)

    async def _shown(self, headers: Mapping[str, str], now: datetime, flight: Flight) -> Shown:
        bearer = bearer_of(headers)
        visitor = named = None
        if bearer is None:
            flight.enter("address", flight.address)
        elif bearer.startswith(PREFIX):
            flight.enter("person", sha256(bearer.encode()).digest())
        else:
            if self.visitors:
                flight.enter("person", sha256(bearer.encode()).digest())  # counted before the provider is queried
                visitor = await self.visitors.person(headers, now)
            named = None if visitor else self.tokens.read(bearer, now)
            flight.enter("person", visitor or (named and named.user_id))
        return Shown(bearer, visitor, named)

    async def _identity(
        self, shown: Shown, headers: Mapping[str, str], now: datetime, reads: ReadConnection, flight: Flight
    ) -> Identity:
        # An anonymous caller is identified without the database.
        connection = None if shown.bearer is None else await reads.connection()
        identity = await identify(
            connection,
            headers,
            now,
            tokens=self.tokens,
            open_id=self.seal.open_id,
            visitor=shown.visitor,
            named=shown.named,
        )
        reads.statements += identity.signed_in
        if identity.acting is not None:
            flight.enter("organisation", identity.acting.organisation_id)
        return identity

    def reload_policy(self) -> None:
        """Loads the policy's present text and puts it in force. Raises PolicyError and keeps the old policy if it is refused."""
        fresh = load_policy(self.policy_folder)
        if any(fresh.bits(name) != self.policy.bits(name) for name in self.policy.types):
            raise PolicyError("The new policy decides different fields. Restart the gateway to apply it.")
        self.policy = fresh

    @property
    def policy_folder(self) -> Path:
        return policy_folder(self.settings)


def sealing_key(settings: Settings) -> bytes:
    if settings.sealing_key is None:
        raise ValueError("GATEWAY_SEALING_KEY is not set: ids and cursors cannot be encrypted.")
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
    rows: Mapping[str, tuple[str, UUID]] = MappingProxyType({}),
    pages: Sequence[Route] = (),
    companion: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
) -> Starlette:
    """Returns the application with a checked policy. With `reloads`, SIGHUP loads the policy again.

    `guests` are the demo's people, with their passwords, as whom the explorer offers to sign in. `rows` are types and keys
    of the demo's objects, by the names that the explorer's examples have for them. `pages` are additional routes, and
    `companion` is a context that is open while the application runs: the demo's mails and the worker that writes them.

    Raises PolicyError or ValueError with the reason why the application cannot start.
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
    logger, counted, traced = log or make_log(), metrics or Metrics(), tracing(settings.otlp_endpoint, own)
    counted.watch(own, size=settings.pool_size)
    keys, visitors = load_keys(settings), visitors_of(settings, own, logger)
    in_force = policy or load_policy(policy_folder(settings))
    made = Gateway(settings, in_force, own, keys, visitors, clock, counted, traced, logger)
    schema = build_schema(made.policy)
    statements = Pool(
        own.url,
        size=settings.compiled_connections,
        kept=settings.compiled_statements,
        timeout=settings.pool_timeout_seconds,
        statement_seconds=settings.statement_seconds,
        application_name="partner-gateway-compiled",
        counted=counted.statement_connections.inc,
    )
    compiled = CompiledQueries(schema, made, statements, settings, counted, traced, logger)
    endpoint = graphql_endpoint(
        schema,
        open_context=made.open_context,
        settings=settings,
        log=logger,
        metrics=counted,
        tracing=traced,
        list_sizes=list_sizes(schema),
        allowance=made.allowance,
        compiled=compiled,
        trusted=made.documents,
        introspected=Profiles(schema).of,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        version, limit = made.policy.version, settings.pool_size + settings.pool_overflow
        async with counted.alive(policy_version=version, pool_limit=limit):
            with traced.sending(), _on_hangup(_reloader(made, logger)) if reloads else nullcontext():
                logger.info("started", policy=version)
                async with companion():
                    yield
        if visitors:
            await visitors.provider.close()
        await ready.close()
        await compiled.close()
        await own.dispose()
        logger.info("stopped")

    routes = [Route("/graphql", endpoint), *well_known_routes(settings.issuer, keys)]
    routes += [Route("/healthz", healthz), Route("/readyz", ready.readyz)]
    seconds = settings.request_seconds
    routes += session_routes(made, logger, origins=settings.cors_origins, seconds=seconds)
    if made.hand_offs:
        routes += handoff_routes(made, made.hand_offs, logger, seconds=seconds)
    if settings.metrics_token:
        routes.append(Route("/metrics", MetricsPage(counted, settings.metrics_token.get_secret_value())))
    if settings.explorer:
        routes += explorer_routes(
            settings.introspection,
            guests,
            ids={name: made.seal.id(*row) for name, row in rows.items()},
            mails=next((page.path for page in pages if page.name == "mails"), None),
            version=lambda: made.policy.version,
        )
    routes += pages
    app = Starlette(
        routes=routes,
        middleware=request_middleware(settings.trusted_hosts, settings.cors_origins),
        lifespan=lifespan,
        exception_handlers={HTTPException: _http_error},
    )
    app.router.redirect_slashes = False  # a redirect would use the caller's Host header
    app.state.gateway, app.state.readiness, app.state.compiled = made, ready, compiled
    return app


@contextmanager
def _on_hangup(action: Callable[[], None]) -> Iterator[None]:
    """Calls `action` on SIGHUP while this is open. Does nothing where signals cannot be handled, as outside the main thread."""
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError, RuntimeError):
        loop.add_signal_handler(signal.SIGHUP, action)
    try:
        yield
    finally:
        with suppress(NotImplementedError, RuntimeError):
            loop.remove_signal_handler(signal.SIGHUP)


def _reloader(made: Gateway, log: FilteringBoundLogger) -> Callable[[], None]:
    """Returns a function that starts a policy reload in the background. Reloads run one at a time; the last one wins."""
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


async def _http_error(_: Request, error: Exception) -> Response:
    """Returns an HTTP error (404 or 405) in the shape of a GraphQL error."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    detail = "Unknown path." if status == 404 else "This method is not allowed for this path."
    problem = {"message": detail, "extensions": {"code": _CODES.get(status, "BAD_USER_INPUT")}}
    return JSONResponse({"errors": [problem]}, status, {**headers, "X-Content-Type-Options": "nosniff"})
