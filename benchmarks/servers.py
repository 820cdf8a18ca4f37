"""Servers as processes of their own: started, watched from outside, ended. Linux only: what they use stands in /proc."""

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, Literal
from urllib.error import URLError
from urllib.request import urlopen
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from gateway.app import utc_now
from gateway.auth.access_tokens import TokenIssuer, load_keys
from gateway.global_ids import Seal
from gateway.settings import Settings

Name = Literal["floor", "floor+", "open", "gateway", "gateway+", "walker", "naive"]

ROOT: Final = Path(__file__).parent.parent
PATIENCE: Final = 60.0
LIFETIME: Final = 60  # minutes: the longest that a token may live
COMMANDS: Final[dict[Name, list[str]]] = {
    "floor": ["-m", "benchmarks.peers.floor"],
    "floor+": ["-m", "benchmarks.peers.floor"],
    "open": ["-m", "benchmarks.peers.open"],
    "gateway": ["-m", "gateway", "serve"],
    "gateway+": ["-m", "gateway", "serve"],
    "walker": ["-m", "gateway", "serve"],
    "naive": ["-m", "benchmarks.peers.naive"],
}

REMEMBERING: Final = {"GATEWAY_TOKEN_MEMORY_SECONDS": "60"}
SETTINGS: Final[dict[Name, Mapping[str, str]]] = {
    "floor+": REMEMBERING,
    "gateway+": REMEMBERING,
    "walker": {"GATEWAY_COMPILE_AFTER": "0"},
}
"""What a server has besides the settings of all: each verifies tokens in each request, but for those that remember."""


class Secrets:
    """The keys of one measurement: every server has the same, so the same tokens are good for all."""

    def __init__(self) -> None:
        made = Ed25519PrivateKey.generate()
        self.signing = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.sealing = os.urandom(32).hex()
        self.seal = Seal(bytes.fromhex(self.sealing))
        settings = Settings(signing_key=SecretStr(self.signing), access_minutes=LIFETIME)
        self._tokens = TokenIssuer.from_settings(settings, load_keys(settings))

    def token(self, user_id: UUID) -> str:
        return self._tokens.issue(user_id, utc_now()).text

    def environment(self, url: str, port: int) -> dict[str, str]:
        return {
            "DATABASE_URL": url,
            "PORT": str(port),
            "GATEWAY_SIGNING_KEY": self.signing,
            "GATEWAY_SEALING_KEY": self.sealing,
            "GATEWAY_ACCESS_MINUTES": str(LIFETIME),
            "GATEWAY_TOKEN_MEMORY_SECONDS": "0",
            # One person is all of the load.
            "GATEWAY_IN_FLIGHT_PERSON": "1000",
            "GATEWAY_IN_FLIGHT_ORGANISATION": "1000",
            "PATH": os.environ.get("PATH", os.defpath),
        }


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    name: Name
    port: int
    process: int

    def cpu(self) -> float:
        """Seconds of processor time, its own and the system's for it, since it began."""
        return cpu_of(family(self.process))

    def memory(self) -> int:
        """Bytes of memory in use, its own and its children's."""
        pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in family(self.process))
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def served(name: Name, url: str, secrets: Secrets, more: Mapping[str, str] | None = None) -> Iterator[Running]:
    """One server over the database of `url`, in a process of its own, from its first good answer on; `more` are settings."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with TemporaryFile() as log:
        environment = {**secrets.environment(url, port), **SETTINGS.get(name, {}), **(more or {})}
        process = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *COMMANDS[name]], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            _await(name, process, port, log)
            yield Running(name, port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(name: str, process: "subprocess.Popen[bytes]", port: int, log: IO[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            log.seek(0)
            last = (log.read().decode(errors="replace").strip().splitlines() or ["without a word"])[-1]
            raise RuntimeError(f"The server {name} ended at once: {last}")
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"The server {name} did not answer within {PATIENCE:.0f} seconds.")


def family(process: int) -> list[int]:
    """A process and all that it started and that still live."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [process, *(member for child in children for member in family(int(child)))]


def cpu_of(processes: Iterable[int]) -> float:
    """Seconds of processor time of the processes, and of their children that have ended: a backend that ends is not lost."""
    return sum(_cpu(process) + _of_ended_children(process) for process in processes)


def _cpu(process: int) -> float:
    """By the clock that POSIX gives each process: to the nanosecond, where /proc tells hundredths of a second."""
    clock = ctypes.c_int()
    if _libc().clock_getcpuclockid(process, ctypes.byref(clock)):
        return 0.0  # it has ended since
    return time.clock_gettime(clock.value)


def _of_ended_children(process: int) -> float:
    try:
        after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(after_name[13]) + int(after_name[14])) / os.sysconf("SC_CLK_TCK")


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
