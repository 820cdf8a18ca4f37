"""The one way to a connection."""

from typing import Any, Final

import asyncpg
from sqlalchemy import URL, ExceptionContext, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

DRIVER = "postgresql+asyncpg"
PLANS: Final = "plan_cache_mode"
EACH_ITS_OWN: Final = "force_custom_plan"
ONE_FOR_ALL: Final = "force_generic_plan"
"""What the execution option `PLANS` of a statement may be; without it, the connection stays as the last one left it."""

CONNECT_SECONDS = 5.0  # a server that is away may not even say no


def address(url: str) -> URL:
    """`url` for our driver. What hosting companies hand out (`postgres://…?sslmode=require`) is understood."""
    given = make_url(url)
    if given.drivername in {"postgres", "postgresql"}:
        given = given.set(drivername=DRIVER)
    if given.drivername != DRIVER:
        raise ValueError(f"DATABASE_URL must name a PostgreSQL server, not {given.drivername}.")
    if "sslmode" in given.query:
        given = given.update_query_dict({"ssl": given.query["sslmode"]}).difference_update_query(["sslmode"])
    return given


def make_engine(
    url: str,
    *,
    pool_size: int = 10,
    overflow: int = 10,
    pool_timeout: float = 5.0,
    statement_seconds: float = 15.0,
    application_name: str = "partner-gateway",
) -> AsyncEngine:
    """An engine that connects when it is first asked to, and again by itself after the database was away.

    A statement is ended after `statement_seconds` (0: never); `pool_timeout` seconds are waited for a free connection.
    """
    engine = create_async_engine(
        address(url),
        pool_size=pool_size,
        max_overflow=overflow,
        pool_timeout=pool_timeout,
        hide_parameters=True,  # what people typed has no place in a log
        enable_from_linting=False,  # it overlooks the conditions of an EXISTS inside a LATERAL and warns in vain
        connect_args={
            "timeout": CONNECT_SECONDS,
            "server_settings": {
                "application_name": application_name,
                "statement_timeout": str(int(statement_seconds * 1000)),
                "timezone": "UTC",
                "jit": "off",  # it compiles for longer than our queries run
                # Lists need a plan for each firm, search and page: one for all would surprise. What is read by keys is
                # driven by them whatever they are, and planning it costs more than running it.
                PLANS: EACH_ITS_OWN,
            },
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    event.listen(engine.sync_engine, "before_cursor_execute", _plan)
    event.listen(engine.sync_engine, "rollback", _forget_plans)
    event.listen(engine.sync_engine, "rollback_savepoint", _forget_plans)
    event.listen(engine.sync_engine, "handle_error", _lost)
    return engine


def _plan(connection: Any, _: object, __: str, ___: object, context: Any, ____: bool) -> None:
    wanted = context.execution_options.get(PLANS)
    if wanted is not None and connection.info.get(PLANS, EACH_ITS_OWN) != wanted:
        connection.connection.run_async(lambda driver: driver.execute(f"SET {PLANS} = {wanted}"))
        connection.info[PLANS] = wanted


def _forget_plans(connection: Any, *_: object) -> None:
    if not connection.invalidated:
        connection.info[PLANS] = None  # what was set in a transaction is undone with it


def _lost(context: ExceptionContext) -> BaseException | None:
    # Asked while the server's last word is still on its way, the driver finds its own state impossible. That connection
    # is over; SQLAlchemy does not know this error, and would lend it again.
    error = context.original_exception
    if not any(isinstance(one, asyncpg.InternalClientError) for one in (error, error.__cause__)):
        return None
    context.is_disconnect = True
    return asyncpg.ConnectionDoesNotExistError("The server is closing this connection.")


def _refuse_closed(connection: Any, record: object, proxy: object) -> None:
    # A server that goes away closes its connections, and asyncpg has noticed by now: this look costs no round trip,
    # as `pool_pre_ping` would. The pool drops all it had from before and connects anew.
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError("The server has closed this connection.")
