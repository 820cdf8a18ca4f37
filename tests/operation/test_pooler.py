"""PgBouncer in front of the database: compiled statements in its transaction mode, the whole application in session mode.

`PGBOUNCER` names the program, if it is not on the path. Statements stay prepared in transaction mode from PgBouncer 1.21 on.
"""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import URL, make_url, text

from gateway.db.engine import address, make_engine
from gateway.db.statements import PLANNER, Pool
from tests.conftest import Copy
from tests.graph.core.test_statements import DASHBOARD

PROGRAM: Final = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
KEPT: Final = 5
SERVER_CONNECTIONS: Final = 2
CONFIG: Final = """
[databases]
* = {database}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {size}
max_prepared_statements = {kept}
ignore_startup_parameters = plan_cache_mode, random_page_cost, statement_timeout, jit, timezone
"""
"""As docs/operations.md says."""
Pooler = Callable[[str, str], Any]


def version() -> tuple[int, ...]:
    if not Path(PROGRAM).exists():
        return ()
    shown = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in re.findall(r"\d+", shown)[:2])


needs_pgbouncer = pytest.mark.skipif(not version(), reason="PgBouncer is not installed.")
needs_prepared = pytest.mark.skipif(version() < (1, 21), reason="PgBouncer 1.21 or newer is not installed.")


@contextmanager
def pooler(url: str, mode: str, size: int = SERVER_CONNECTIONS) -> Iterator[str]:
    """The address of the same database through PgBouncer."""
    server = make_url(url)
    place = {name: str(server.query.get(name) or getattr(server, name) or "") for name in ("host", "port")}
    place |= {"user": server.username or "", "password": server.password or ""}
    with tempfile.TemporaryDirectory(prefix="gateway-pooler-") as name:
        folder = Path(name)
        database = " ".join(f"{key}={value}" for key, value in place.items() if value)
        kept = f"max_prepared_statements = {KEPT}" if version() >= (1, 21) else ""
        config = CONFIG.replace("max_prepared_statements = {kept}", kept)
        (folder / "pooler.ini").write_text(config.format(database=database, folder=folder, mode=mode, size=size))
        (folder / "users").write_text(f'"{server.username}" "{server.password or ""}"\n')
        account = owner(place["host"])
        if account is not None:
            for path in (folder, *folder.iterdir()):
                os.chown(path, account, account)
        with subprocess.Popen(
            [PROGRAM, str(folder / "pooler.ini")], user=account, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                for line in process.stderr:
                    if "process up" in line:
                        break
                through = URL.create(
                    server.drivername,
                    server.username,
                    database=server.database,
                    query={"host": str(folder), "port": "6432"},
                )
                yield through.render_as_string(hide_password=False)
            finally:
                process.kill()
                process.communicate()


def owner(host: str) -> int | None:
    """The user of a server in a folder that only this user can enter, and who PgBouncer must be then. It refuses to be root."""
    if os.getuid() != 0:
        return None
    return Path(host).stat().st_uid if host.startswith("/") else 65534


async def set_for_role(url: str) -> None:
    """The planner's settings for all connections, which the pooler does not pass on."""
    engine = make_engine(url, pool_size=1)
    async with engine.begin() as connection:
        database = make_url(url).database
        for name, value in PLANNER.items():
            await connection.execute(text(f"ALTER DATABASE {database} SET {name} = '{value}'"))
    await engine.dispose()


@needs_prepared
async def test_compiled_statements_share_connections_in_transaction_mode(copy: Copy) -> None:
    url = await copy()
    await set_for_role(url)
    with pooler(url, "transaction") as through:
        pool = Pool(
            address(through),
            size=6,
            kept=KEPT,
            timeout=60,
            statement_seconds=60,
            application_name="partner-gateway-tests",
        )

        async def one(number: int) -> tuple[int, int]:
            # More statements than are kept, so that each is prepared, closed and prepared again on either side.
            sql = f"SELECT $1::int + {number % (3 * KEPT)}, pg_backend_pid()"
            found = await pool.row(sql, (number,))
            return found[0], found[1]

        found = await asyncio.gather(*(one(number) for number in range(600)))
        plans = await pool.row(
            "SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements WHERE statement LIKE '%$1::int%'",
            (),
        )
        cost = await pool.row("SELECT current_setting('random_page_cost')", ())
        await pool.close()

    assert [each for each, _ in found] == [number + number % (3 * KEPT) for number in range(600)]
    assert len({backend for _, backend in found}) <= SERVER_CONNECTIONS
    assert plans[0] > 0
    assert plans[1] == 0
    assert cost[0] == PLANNER["random_page_cost"]


@needs_pgbouncer
async def test_the_application_works_in_session_mode(run: Any, copy: Copy) -> None:
    url = await copy()
    with pooler(url, "session", size=20) as through:
        async with run(through) as running, run(url) as direct:
            answers = [await running.ask("ada", DASHBOARD, variables={"first": 5}) for _ in range(3)]
            expected = await direct.ask("ada", DASHBOARD, variables={"first": 5})
            compiled = running.value("compiled_total")

    assert [answer.status_code for answer in answers] == [200] * 3
    assert {answer.content for answer in answers} == {expected.content}
    assert compiled == 2
