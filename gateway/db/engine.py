"""The SQLAlchemy engine, the only source of database connections."""

from typing import Any, Final

import asyncpg
from sqlalchemy import URL, ExceptionContext, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

DRIVER = "postgresql+asyncpg"
PLANS: Final = "plan_cache_mode"
EACH_ITS_OWN: Final = "force_custom_plan"
ONE_FOR_ALL: Final = "force_generic_plan"
"""Values of the execution option `PLANS` of a statement. Without it, the connection keeps the mode of the last statement."""

CONNECT_SECONDS = 5.0  # a server that is down may not even refuse the connection


def address(url: str) -> URL:
    """`url` for our driver, also from the form that hosting companies use (`postgres://…?sslmode=require`).

    ValueError if it is not the URL of a PostgreSQL server.
    """
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
    """An engine that connects at the first use, and reconnects by itself after the database was unavailable.

    The server cancels a statement after `statement_seconds` (0: never). A caller waits up to `pool_timeout` seconds for a
    free connection.
    """
    engine = create_async_engine(
        address(url),
        pool_size=pool_size,
        max_overflow=overflow,
        pool_timeout=pool_timeout,
        hide_parameters=True,  # user input must not appear in the log
        enable_from_linting=False,  # it ignores the conditions of an EXISTS inside a LATERAL: false warnings
        connect_args={
            "timeout": CONNECT_SECONDS,
            # Lists need a custom plan for each firm, search and page: a generic plan can be very slow. Reads by key use the
            # key's index in either case, and planning them costs more than running them: they set `PLANS`.
            "server_settings": session_settings(application_name, statement_seconds) | {PLANS: EACH_ITS_OWN},
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    event.listen(engine.sync_engine, "before_cursor_execute", _plan)
    event.listen(engine.sync_engine, "rollback", _forget_plans)
    event.listen(engine.sync_engine, "rollback_savepoint", _forget_plans)
    event.listen(engine.sync_engine, "handle_error", _lost)
    return engine


def session_settings(application_name: str, statement_seconds: float) -> dict[str, str]:
    """The settings of every connection."""
    return {
        "application_name": application_name,
        "statement_timeout": str(int(statement_seconds * 1000)),
        "timezone": "UTC",
        "jit": "off",  # compiling takes longer than our queries
    }


def _plan(connection: Any, _: object, __: str, ___: object, context: Any, ____: bool) -> None:
    wanted = context.execution_options.get(PLANS)
    if wanted is not None and connection.info.get(PLANS, EACH_ITS_OWN) != wanted:
        connection.connection.run_async(lambda driver: driver.execute(f"SET {PLANS} = {wanted}"))
        connection.info[PLANS] = wanted


def _forget_plans(connection: Any, *_: object) -> None:
    if not connection.invalidated:
        connection.info[PLANS] = None  # a rollback also undoes the SET


def _lost(context: ExceptionContext) -> BaseException | None:
    # If a statement is sent while the server's final message is still in transit, asyncpg raises an internal error. The
    # connection is lost, but SQLAlchemy does not know this error and would return the connection to the pool.
    error = context.original_exception
    if not any(isinstance(one, asyncpg.InternalClientError) for one in (error, error.__cause__)):
        return None
    context.is_disconnect = True
    return asyncpg.ConnectionDoesNotExistError("The server is closing this connection.")


def _refuse_closed(connection: Any, record: object, proxy: object) -> None:
    # A server that stops closes its connections, and asyncpg has noticed it by now: this check costs no round trip, unlike
    # `pool_pre_ping`. The pool then drops all its old connections and opens new ones.
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError("The server has closed this connection.")
