"""The scripts print one line for each step of an installation, and none for a step that is done already."""

import os
import subprocess
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[2] / "scripts" / "lib.sh"
CLOCK = "date() { if [ -e late ]; then echo 121; else echo 100; fi; }"
"""Time passes only when a command creates the file `late`."""


@pytest.fixture
def clone(tmp_path):
    """A folder in which everything that the scripts start succeeds at once."""
    for name in (".venv/bin/python", ".venv/bin/gateway", "bin/npm", "bin/node", "bin/python3.12"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("#!/bin/sh\nexit 0\n")
        (tmp_path / name).chmod(0o755)
    for name in ("some.lock", "pyproject.toml", "explorer/package.json", "explorer/package-lock.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("one\n")
    (tmp_path / "explorer" / "node_modules").mkdir()
    for name in ("policies", "gateway/policy", "gateway/explorer_files"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "gateway/explorer_files/index.html").touch()
    return tmp_path


def shell(folder, script):
    """What a script that uses the library ends with and prints to stderr; it prints nothing to stdout."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        ["sh", "-euc", f". {LIBRARY}\n{CLOCK}\n{script}"],
        cwd=folder,
        env={**kept, "PATH": f"{folder}/bin:{kept['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_a_step_has_its_number_and_the_seconds_of_a_long_one(tmp_path):
    script = "plan true; plan false; plan true; step Short advice true; step Long advice touch late"

    assert shell(tmp_path, script) == (0, "1/2 Short ...\n2/2 Long ... 21 s\n")


def test_a_step_that_fails_prints_its_last_output_and_what_to_do(tmp_path):
    script = "work() { seq 30; echo reason >&2; return 3; }; plan true; step Work 'Do this.' work; echo unreachable"

    code, printed = shell(tmp_path, script)

    assert code == 1
    assert printed.splitlines() == ["1/1 Work ... failed", *map(str, range(12, 31)), "reason", "Do this."]


INSTALL = """
plan packages_are_old some.lock
plan modules_are_old explorer
plan explorer_is_old
plan matrix_is_old
plan database_is_missing
install_packages some.lock
build_explorer
build_matrix
make_database
touch gateway/explorer_files/matrix.html
mkdir -p .demo/postgres
"""


def test_a_second_start_prints_no_step(clone):
    first, second = shell(clone, INSTALL), shell(clone, INSTALL)

    assert first == (
        0,
        "1/5 Python packages ...\n2/5 Node packages of explorer/ ...\n3/5 Explorer ...\n4/5 Decision table ...\n5/5 Database ...\n",
    )
    assert second == (0, "")


def test_only_what_has_changed_is_a_step(clone):
    shell(clone, INSTALL)
    (clone / "explorer" / "main.js").write_text("changed\n")

    assert shell(clone, INSTALL) == (0, "1/1 Explorer ...\n")


def test_compiled_python_makes_no_step(clone):
    shell(clone, INSTALL)
    compiled = clone / "gateway/policy/plan.pyc"
    compiled.touch()
    later = (clone / "gateway/explorer_files/matrix.html").stat().st_mtime + 10
    os.utime(compiled, (later, later))

    assert shell(clone, INSTALL) == (0, "")


def test_without_npm_the_other_steps_are_counted(clone):
    (clone / "bin" / "npm").write_text("#!/bin/sh\nexit 1\n")
    code, printed = shell(clone, INSTALL.replace("build_explorer", "build_explorer || true"))

    assert code == 0
    assert printed.splitlines() == [
        "1/3 Python packages ...",
        "Without Node.js 20 or newer and npm on the PATH, nothing is installed in explorer.",
        "2/3 Decision table ...",
        "3/3 Database ...",
    ]


def test_packages_that_cannot_be_installed_end_the_script(clone):
    (clone / ".venv/bin/python").write_text("#!/bin/sh\ncase $* in *install*) echo no network; exit 1;; esac\n")
    code, printed = shell(clone, INSTALL)

    assert code == 1
    assert printed.splitlines() == [
        "1/5 Python packages ... failed",
        "no network",
        "Check the network and `pip config list`, then run this command again.",
    ]
    assert not (clone / ".venv" / "some.lock.stamp").exists()
