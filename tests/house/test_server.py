"""The embedded PostgreSQL: started, shared, killed, begun again."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg
import pytest

from gateway.db import embedded
from gateway.db.embedded import ServerUnavailable, start

MACHINES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
CHILD = """
import sys, time
from pathlib import Path
from gateway.db.embedded import start
with start(Path(sys.argv[1]), durable=False):
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder():
    parent = Path(tempfile.mkdtemp(prefix="gw-"))
    yield parent / "db"
    embedded.erase(parent / "db")
    shutil.rmtree(parent)


async def ask(server, statement):
    connection = await asyncpg.connect(host=str(server.sockets), port=5432, user="gateway", database="postgres")
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def postmaster(server):
    return int((server.room / "data" / "postmaster.pid").read_text().split()[0])


def is_running(server):
    with (server.room / "server.lock").open("ab") as lock:
        return not embedded._is_ours(lock)


def another_process(folder):
    command = [sys.executable, "-c", CHILD, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def another_gateway(folder):
    child = another_process(folder)
    assert child.stdout.readline() == "ready\n"
    return child


def end(child, how):
    os.killpg(child.pid, how)
    child.wait()
    child.stdout.close()


@pytest.mark.parametrize("binaries", [None, *MACHINES], ids=str)
async def test_any_fitting_postgresql_keeps_what_it_was_given(folder, binaries):
    with start(folder, binaries=binaries) as server:
        await ask(server, "CREATE TABLE kept AS SELECT 'Ærø' AS name")
    with start(folder, binaries=binaries) as server:
        found = await ask(server, "SELECT name || current_setting('fsync') FROM kept")

    assert found == "Ærøon"
    assert not is_running(server)


async def test_tests_may_do_without_durability(folder):
    with start(folder, durable=False) as server:
        assert await ask(server, "SHOW fsync") == "off"


async def test_the_last_to_leave_ends_the_server(folder):
    first, second = start(folder, durable=False), start(folder, durable=False)

    first.stop()
    first.stop()
    assert await ask(second, "SELECT 1") == 1
    second.stop()
    assert not is_running(second)


async def test_three_that_start_at_once_share_one_server(folder):
    children = [another_process(folder) for _ in range(3)]
    words = [child.stdout.readline() for child in children]
    with start(folder, durable=False) as server:
        for child in children:
            end(child, signal.SIGKILL)

        assert words == ["ready\n"] * 3
        assert await ask(server, "SELECT 1") == 1
    assert not is_running(server)


async def test_a_server_that_was_killed_recovers(folder):
    with start(folder) as server:
        await ask(server, "CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(postmaster(server), signal.SIGKILL)
    with start(folder) as server:
        assert await ask(server, "SELECT number FROM kept") == 7


async def test_a_gateway_that_was_killed_leaves_a_server_to_join(folder):
    end(another_gateway(folder), signal.SIGKILL)

    with start(folder, durable=False) as server:
        assert await ask(server, "SELECT 1") == 1
    assert not is_running(server)


async def test_control_c_reaches_the_gateway_and_not_the_server(folder):
    child = another_gateway(folder)
    with start(folder, durable=False) as server:
        end(child, signal.SIGINT)

        assert await ask(server, "SELECT 1") == 1
    assert "properly shut down" not in (server.room / "log").read_text()


async def test_a_dead_servers_process_id_may_be_anybodys_now(folder):
    with start(folder, durable=False) as server:
        pass
    (server.room / "data" / "postmaster.pid").write_text(f"{os.getppid()}\n{server.room}/data\n")
    with start(folder, durable=False) as server:
        assert await ask(server, "SELECT 1") == 1


async def test_a_long_path_gets_a_short_socket(folder):
    # As root the rooms are short anyway, so the limit comes down to meet them.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "MAX_SOCKET_LENGTH", 20)
        with start(folder, durable=False) as server:
            assert server.sockets.parent == Path("/tmp")
            assert server.sockets.stat().st_mode & 0o777 == 0o700
            assert await ask(server, "SELECT 1") == 1
    shutil.rmtree(server.sockets)


def test_a_folder_that_somebody_else_laid_out_is_refused(tmp_path):
    (tmp_path / "trap").symlink_to(tmp_path)

    with pytest.raises(ServerUnavailable, match="not a private folder"):
        embedded._private(tmp_path / "trap", None)


def test_a_folder_that_others_may_enter_is_refused(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)

    with pytest.raises(ServerUnavailable, match="not a private folder"):
        embedded._private(tmp_path / "open", None)


def test_a_folder_without_a_postgresql_is_one_sentence(folder, tmp_path):
    with pytest.raises(ServerUnavailable, match=r"^\S+ contains no executable PostgreSQL 15 or newer\.$"):
        start(folder, binaries=tmp_path)


def test_a_file_in_the_folders_place_is_one_sentence(folder):
    folder.write_text("")

    with pytest.raises(ServerUnavailable, match=r"^The embedded PostgreSQL "):
        start(folder / "below")


async def test_without_its_folder_a_server_begins_anew(folder):
    with start(folder, durable=False) as server:
        await ask(server, "CREATE TABLE gone ()")
    shutil.rmtree(folder)
    with start(folder, durable=False) as server:
        assert await ask(server, "SELECT to_regclass('gone')") is None
