"""The gateway as it ships, by its default settings, behind its HTTP server and over the demo world."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from gateway.app import build_app, load_policy, policy_folder
from gateway.db.seeds.demo import DEMO_NOW, key
from gateway.demo.mailbox import mail_page
from gateway.demo.world import with_mails
from gateway.observability.logs import make_log
from gateway.policy import Policy
from gateway.settings import Settings
from gateway.worker.loop import at_work
from tests.conftest import Copy
from tests.support.served import served

HERE: Final = Path(__file__).parent
MODULES: Final = HERE.parent / "node_modules"
NODE: Final = shutil.which("node")
NOW: Final = DEMO_NOW + timedelta(minutes=5)
MAX_RUN: Final = 300  # seconds; only a test that fails takes as long


@dataclass(frozen=True)
class Served:
    """A gateway that callers from outside can reach."""

    app: Starlette
    port: int
    log: io.StringIO

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def token(self, person: str) -> str:
        return self.app.state.gateway.tokens.issue(key(person), NOW).text

    def lines(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]


@contextmanager
def serving(database_url: str, policy: Policy, *, mails: Path | None = None, **settings: Any) -> Iterator[Served]:
    """A gateway over this database, its clock stopped a little after the demo's.

    With a folder for `mails` the worker runs with it, and the page /mails shows them, as in the demo.
    """
    log = io.StringIO()
    chosen = Settings(database_url=SecretStr(database_url), sealing_key=SecretStr("5e" * 32), **settings)
    more: dict[str, Any] = {}
    if mails is not None:
        chosen = with_mails(chosen.model_copy(update={"mail_folder": mails}))
        work = partial(at_work, chosen, make_log(log), policy=policy, clock=lambda: NOW)
        more = {"pages": [mail_page(mails)], "companion": work}
    app = build_app(chosen, clock=lambda: NOW, log=make_log(log), policy=policy, **more)
    with served(app) as port:
        yield Served(app, port, log)


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(policy_folder(Settings()))


@pytest.fixture(scope="session")
async def gateway(copy: Copy, policy: Policy) -> AsyncIterator[Served]:
    """For tests that ask through real connections; the sessions that they open stay."""
    with serving(await copy(), policy) as served:
        yield served


@pytest.fixture(autouse=True)
def _no_bug(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test sends, nothing is logged as a bug."""
    yield
    if "gateway" in request.fixturenames:
        assert request.getfixturevalue("gateway").lines("bug") == []


@pytest.fixture
def npm(tmp_path: Path) -> Path:
    """A folder of its own, in which the packages of tests/package.json can be imported."""
    if NODE is None:
        pytest.skip("there is no node here")
    if not MODULES.is_dir():
        pytest.skip("tests/node_modules is not there: npm ci --prefix tests")
    (tmp_path / "node_modules").symlink_to(MODULES)
    return tmp_path


def laid_out(folder: Path, *names: str) -> None:
    """Copies of files and folders beside this one."""
    for name in names:
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, folder, dirs_exist_ok=True)
        else:
            shutil.copy(source, folder)


def run(folder: Path, *command: str, **variables: str) -> str:
    """What a command prints; it must succeed."""
    environment = {**os.environ, **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=MAX_RUN, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def seen_by(folder: Path, script: str, *words: str) -> Any:
    """What a script of ours saw, as it prints it: JSON."""
    interpreter = sys.executable if script.endswith(".py") else "node"
    return json.loads(run(folder, interpreter, script, *words))
