"""The application of the tests of the graph, for the examples; for the page, a build of it."""

import fcntl
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from gateway.http.routes.explorer import FILES
from tests.explorer.site import site
from tests.graph.conftest import ask, policy, settings

__all__ = ["ask", "policy", "settings", "site"]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def built() -> None:
    """The page as explorer/ has it now, built as the demo builds it."""
    if shutil.which("npm") is None and not (FILES / "index.html").is_file():
        pytest.skip("the explorer is not built, and there is no npm on the PATH to build it with")
    # Several workers may come at once.
    with open(Path(tempfile.gettempdir()) / f"partner-gateway-explorer-{ROOT.stat().st_ino}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            ["sh", "-c", ". scripts/lib.sh; build_explorer"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    if not (FILES / "index.html").is_file():
        pytest.skip(f"the explorer cannot be built: {done.stderr.strip()}")
