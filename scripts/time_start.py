"""Measures how long the first and the next start of `scripts/demo` take, until the demo is ready.

Usage: python3 scripts/time_start.py [--load N]

The demo starts twice in a new clone of the last commit, with empty caches of pip and npm. --load starts N processes that
keep the processors busy meanwhile. The clone and the caches are removed at the end.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 1800.0  # seconds
ERASE = "from gateway.db.embedded import erase; from gateway.demo.keys import home; erase(home() / 'postgres')"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the first and the next start of the demo.")
    parser.add_argument("--load", type=int, default=0, help="the number of busy processes meanwhile")
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(parser.parse_args().load)]
    folder = Path(tempfile.mkdtemp())
    clone = folder / "clone"
    try:
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)  # noqa: S603, S607
        for name in ("first", "next"):
            seconds = seconds_of_start(clone, folder / "caches")
            load = f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}"
            print(f"The {name} start took {seconds:.0f} seconds ({load}).", flush=True)  # noqa: T201
    finally:
        for process in busy:
            process.kill()
            process.wait()
        if (clone / ".venv/bin/python").exists():
            subprocess.run([clone / ".venv/bin/python", "-c", ERASE], check=False)  # noqa: S603
        shutil.rmtree(folder)


def seconds_of_start(clone: Path, caches: Path) -> float:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    places = {"PORT": str(port), "PIP_CACHE_DIR": str(caches / "pip"), "npm_config_cache": str(caches / "npm")}
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PYTHONPATH")}
    began = time.monotonic()
    demo = subprocess.Popen(  # noqa: S603
        [clone / "scripts/demo"], env={**kept, **places}, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while not is_ready(port):
            if demo.poll() is not None or time.monotonic() - began > PATIENCE:
                sys.exit("The demo did not start.")
            time.sleep(0.1)
        return time.monotonic() - began
    finally:
        if demo.poll() is None:
            os.killpg(demo.pid, signal.SIGTERM)
        demo.wait()


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    main()
