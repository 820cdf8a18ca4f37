"""The scripts say what they lack in one sentence, and nothing committed is bound to one machine."""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INDEXES = ["py" + "pi.org", "pythonhosted" + ".org", "npm" + "js.org", "npm" + "js.com"]
BOUND = re.compile(rf"(?<![\w.])/(?:work|root|home)/[\w.]|{re.escape(str(ROOT))}/|" + "|".join(map(re.escape, INDEXES)))


def demo(**environment):
    done = subprocess.run(
        [ROOT / "scripts" / "demo"], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def bare_path(tmp_path):
    """A PATH with what every POSIX system has, and no Python."""
    for tool in ("sh", "dirname", "cat", "cksum"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    return tmp_path


def test_without_python_the_demo_says_so_in_one_sentence(bare_path):
    assert demo(PATH=str(bare_path)) == (
        1,
        "",
        "Python 3.11 or 3.12 with its venv module is needed, and none was found on the PATH.\n",
    )


def test_a_python_that_fails_or_is_too_old_is_no_python(bare_path):
    for name, answer in (("python3.12", 127), ("python3.11", 1), ("python3", 1)):
        (bare_path / name).write_text(f"#!/bin/sh\nexit {answer}\n")
        (bare_path / name).chmod(0o755)

    code, out, err = demo(PATH=str(bare_path))
    assert (code, out, err.count("\n")) == (1, "", 1)


def test_a_taken_port_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = demo(PORT=str(port))

    assert answer == (
        1,
        "",
        f"Port {port} of 127.0.0.1 is not available (Address already in use); set PORT to another one.\n",
    )


@pytest.mark.parametrize("port", ["http", "65536", "-1", "٣"])
def test_a_port_that_is_none_is_one_sentence(port):
    assert demo(PORT=port) == (1, "", f"PORT must be a number from 0 to 65535, not {port!r}.\n")


def bound_lines(texts):
    """Where a text names a folder of the machine it was written on, or the host of a package index."""
    for name, text in texts.items():
        yield from (f"{name}:{number}" for number, line in enumerate(text.splitlines(), 1) if BOUND.search(line))


def committed():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = {name: ROOT / name for name in listed.stdout.split("\0") if name}
    return {name: path.read_text(errors="replace") for name, path in files.items() if path.is_file()}


def test_nothing_committed_is_bound_to_one_machine():
    texts = committed()

    assert "scripts/demo" in texts
    assert list(bound_lines(texts)) == []


@pytest.mark.parametrize(
    "line",
    ["/wor" + "k/main/x", "see /ro" + "ot/.cache", f"--index-url https://{INDEXES[0]}/simple", f"'{ROOT}/gateway'"],
)
def test_the_lint_sees_what_it_is_for(line):
    assert list(bound_lines({"example": f"fine\n{line}\n"})) == ["example:2"]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-embedded.lock", "requirements-dev.lock"])
def test_every_locked_release_has_its_hash(name):
    comment, command, lock = (ROOT / name).read_text().split("\n", 2)
    releases = re.split(r"\n(?=\S)", lock.strip())

    assert comment.startswith("# ")
    assert re.fullmatch(
        rf"# {{4}}uv pip compile pyproject\.toml( --(extra|group)=\w+)* --output-file={re.escape(name)}", command
    )
    assert all(re.match(r"[a-z0-9-]+==\S+ ", release) for release in releases)
    assert all("--hash=sha256:" in release for release in releases)
