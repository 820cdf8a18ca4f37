"""A copy of the project in which a recipe is followed step by step."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
HEAD: Final = max(path.name[:4] for path in (ROOT / "gateway/db/migrations/versions").glob("[0-9]*.py"))
"""The newest migration: `{head}` in the text of a step."""
PARTS: Final = ("gateway", "policies", "tests", "pyproject.toml")
LONGEST: Final = 300  # seconds; a worker that should have been refused would never end
SKIPPED: Final = shutil.ignore_patterns("__pycache__", "node_modules", ".*")


@dataclass(frozen=True, slots=True)
class Step:
    """One edit of a recipe: `text` goes after the first occurrence of `after` in the file, or after each with `everywhere`.

    It replaces `replaced`, which follows `after` there. Without both it is a new file.
    """

    path: str
    text: str
    after: str = ""
    everywhere: bool = False
    replaced: str = ""

    @property
    def is_production(self) -> bool:
        return self.path.startswith(("gateway/", "policies/"))

    @property
    def is_new_file(self) -> bool:
        return not self.after and not self.replaced

    @property
    def before(self) -> str:
        return self.after + self.replaced

    @property
    def done(self) -> str:
        return self.after + self.text


class WorkingCopy:
    """A copy of the project's code, with its own interpreter process for each command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=SKIPPED)
            else:
                shutil.copy(source, folder / part)

    def take(self, *steps: Step) -> None:
        """Makes the edits. AssertionError if the place of one is gone: then the recipe is out of date."""
        for step in steps:
            path = self.folder / step.path
            if step.is_new_file:
                assert not path.exists(), f"{step.path} exists already"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(step.text.replace("{head}", HEAD), "utf-8")
                continue
            before = path.read_text("utf-8")
            assert step.before in before, f"{step.path} has no longer {step.before!r}"
            path.write_text(before.replace(step.before, step.done, -1 if step.everywhere else 1), "utf-8")

    def undo(self, *steps: Step) -> None:
        for step in steps:
            path = self.folder / step.path
            if step.is_new_file:
                path.unlink()
                continue
            done = path.read_text("utf-8")
            assert step.done in done, f"{step.path} has no longer {step.done!r}"
            path.write_text(done.replace(step.done, step.before), "utf-8")

    @contextmanager
    def forgetting(self, *steps: Step) -> Iterator[None]:
        """Meanwhile the copy is without these steps."""
        self.undo(*steps)
        try:
            yield
        finally:
            self.take(*steps)

    def run(self, *arguments: str, database_url: str = "", **environment: str) -> tuple[int, str]:
        """The exit code and the output of `python` with these arguments, in the copy."""
        # Each command after the first one reads compiled modules.
        own = {"PYTHONPATH": str(self.folder), "DATABASE_URL": database_url, "PYTHONDONTWRITEBYTECODE": ""}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, **own, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )
        return done.returncode, done.stdout + done.stderr

    def gateway(self, *arguments: str, database_url: str = "", **environment: str) -> tuple[int, str]:
        return self.run("-m", "gateway", *arguments, database_url=database_url, **environment)

    def test(self, case: str, server_url: str, *others: str, folder: str = "graph") -> tuple[int, str]:
        """Runs a module of `cases` among the tests in this folder, and other tests of the copy with it."""
        module = f"tests/{folder}/test_case_{case}.py"
        shutil.copy(ROOT / "tests/recipes/cases" / f"{case}.py", self.folder / module)
        return self._pytest(module, *others, database_url=server_url)

    def failures(self, *tests: str, database_url: str = "") -> dict[str, str]:
        """Runs these tests of the copy, and gives what each failed one printed, by its name."""
        _, said = self._pytest(*tests, database_url=database_url)
        _, *found = re.split(r"^_+ (\S+) _+$", said.partition("short test summary")[0], flags=re.MULTILINE)
        return dict(zip(found[::2], found[1::2], strict=True))

    def _pytest(self, *arguments: str, database_url: str) -> tuple[int, str]:
        plain = ("-p", "no:xdist", "-p", "no:cacheprovider", "-o", "addopts=", "-vv", "--tb=short")
        return self.run("-m", "pytest", *plain, *arguments, database_url=database_url)


def files(steps: tuple[Step, ...]) -> tuple[list[str], list[str]]:
    """The production files that a recipe adds, and those that it edits."""
    new = sorted({step.path for step in steps if step.is_production and step.is_new_file})
    edited = sorted({step.path for step in steps if step.is_production and not step.is_new_file} - set(new))
    return new, edited
