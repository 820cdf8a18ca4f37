"""The application over the demo world with its log and its figures to read, and the command as a process of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr
from starlette.applications import Starlette

from gateway.app import build_app, load_policy, policy_folder
from gateway.auth.access_tokens import TokenIssuer, load_keys
from gateway.db.seeds.demo import DEMO_NOW, key
from gateway.http.routes import health
from gateway.observability.logs import make_log
from gateway.observability.metrics import Metrics
from gateway.policy import Policy
from gateway.settings import Settings

PATIENCE = 60  # seconds; only a test that fails waits as long
TOKEN = "metrics-token-of-the-tests"
PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SETTINGS = Settings(
    signing_key=SecretStr(PEM),
    sealing_key=SecretStr("5e" * 32),
    metrics_token=SecretStr(TOKEN),
    introspection="on",
)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Once it holds: for what nobody tells us of."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@dataclass
class Running:
    """An application in this process."""

    app: Starlette
    metrics: Metrics
    written: StringIO
    http: httpx.AsyncClient = field(repr=False)

    async def ask(self, who: str | None, query: str, headers: dict[str, str] | None = None, **more: Any):
        token = self.app.state.gateway.tokens.issue(key(who), DEMO_NOW).text if who else None
        shown = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, **more}
        return await self.http.post("/graphql", json=body, headers={**shown, **(headers or {})})

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.written.getvalue().splitlines()]

    @property
    def request_line(self) -> dict[str, Any]:
        [line] = [line for line in self.lines if line["event"] == "request"]
        return line

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"gateway_{name}", labels)


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(policy_folder(SETTINGS))


@pytest.fixture(autouse=True)
def unhurried_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not decide a test: a check of readiness may take its time."""
    monkeypatch.setattr(health, "PATIENCE", PATIENCE)


Run = Callable[..., Any]


@pytest.fixture
def run(policy: Policy, database_url: str) -> Run:
    """Runs an application with these settings for as long as it is open, its lifespan with it."""

    @asynccontextmanager
    async def run(url: str | None = None, **settings: Any) -> AsyncIterator[Running]:
        given = SETTINGS.model_copy(update={"database_url": SecretStr(url or database_url), **settings})
        metrics, written = Metrics(), StringIO()
        app = build_app(given, clock=lambda: DEMO_NOW, policy=policy, metrics=metrics, log=make_log(written))
        app.state.compiled.wait_seconds = PATIENCE
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://gateway.example") as http,
        ):
            yield Running(app, metrics, written, http)

    return run


class Process:
    """`gateway serve` as an operator starts it; what it writes is kept and can be waited for."""

    def __init__(self, url: str, **environment: str) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        given = {
            "DATABASE_URL": url,
            "PORT": "0",
            "GATEWAY_SIGNING_KEY": PEM,
            "GATEWAY_SEALING_KEY": "5e" * 32,
            "GATEWAY_METRICS_TOKEN": TOKEN,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve"],
            env={**kept, **given, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            with self._news:
                self.lines.append(json.loads(line) if line.startswith("{") else {"event": "text", "said": line})
                self._news.notify_all()
        with self._news:
            self.lines.append({"event": "end of output"})
            self._news.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.poll()
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == name]

    async def said(self, name: str, times: int = 1) -> list[dict[str, Any]]:
        """Once it has said so that many times."""

        def wait() -> list[dict[str, Any]]:
            with self._news:
                came = self._news.wait_for(
                    lambda: len(self.events(name)) >= times or self.events("end of output"), PATIENCE
                )
                assert came, (name, self.lines)
                assert len(self.events(name)) >= times, (name, self.lines)
                return self.events(name)

        return await asyncio.to_thread(wait)

    async def ready(self, workers: int = 1) -> int:
        """The port, once all workers serve."""
        await self.said("started", workers)
        return self.events("listening")[0]["port"]

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    async def end(self) -> int:
        """Its exit status."""
        return await asyncio.to_thread(self._process.wait, PATIENCE)


@pytest.fixture
def tokens() -> Callable[[str], dict[str, str]]:
    """Headers of a person of the demo, for a process, whose clock is the world's."""
    issuer = TokenIssuer.from_settings(SETTINGS, load_keys(SETTINGS))
    return lambda who: {"Authorization": f"Bearer {issuer.issue(key(who), datetime.now(UTC)).text}"}


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the policy to change."""
    folder = tmp_path / "policies"
    folder.mkdir()
    for path in policy_folder(SETTINGS).glob("*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder
