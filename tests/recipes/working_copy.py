"""A copy of the project in which a recipe is followed step by step."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
HEAD: Final = max(path.name[:4] for path in (ROOT / "gateway/db/migrations/versions").glob("[0-9]*.py"))
"""The newest migration: `{head}` in the text of a step."""
PARTS: Final = ("gateway", "policies", "tests", "pyproject.toml")
SKIPPED: Final = shutil.ignore_patterns("__pycache__", "node_modules", ".*")


@dataclass(frozen=True, slots=True)
class Step:
    """One edit of a recipe: `text` goes after the first occurrence of `after` in the file, or after each with `everywhere`.

    Without `after` it is a new file.
    """

    path: str
    text: str
    after: str = ""
    everywhere: bool = False

    @property
    def is_production(self) -> bool:
        return self.path.startswith(("gateway/", "policies/"))


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

    def take(self, step: Step) -> None:
        """Makes the edit. AssertionError if its place is gone: then the recipe is out of date."""
        path = self.folder / step.path
        if not step.after:
            assert not path.exists(), f"{step.path} exists already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text.replace("{head}", HEAD), "utf-8")
            return
        before = path.read_text("utf-8")
        assert step.after in before, f"{step.path} has no longer {step.after!r}"
        path.write_text(before.replace(step.after, step.after + step.text, -1 if step.everywhere else 1), "utf-8")

    def undo(self, step: Step) -> None:
        path = self.folder / step.path
        if not step.after:
            path.unlink()
            return
        path.write_text(path.read_text("utf-8").replace(step.after + step.text, step.after), "utf-8")

    def run(self, *arguments: str, database_url: str) -> tuple[int, str]:
        """The exit code and the output of `python` with these arguments, in the copy."""
        own = {"PYTHONPATH": str(self.folder), "DATABASE_URL": database_url, "PYTHONDONTWRITEBYTECODE": "1"}
        environment = {**os.environ, **own}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def gateway(self, *arguments: str, database_url: str = "") -> tuple[int, str]:
        return self.run("-m", "gateway", *arguments, database_url=database_url)

    def test(self, case: str, server_url: str) -> tuple[int, str]:
        """Runs a module of `cases` among the tests of the graph."""
        module = f"tests/graph/test_case_{case}.py"
        shutil.copy(ROOT / "tests/recipes/cases" / f"{case}.py", self.folder / module)
        plain = ("-p", "no:xdist", "-p", "no:cacheprovider", "-o", "addopts=", "-q")
        return self.run("-m", "pytest", *plain, module, database_url=server_url)


def files(steps: tuple[Step, ...]) -> tuple[list[str], list[str]]:
    """The production files that a recipe adds, and those that it edits."""
    new = sorted({step.path for step in steps if step.is_production and not step.after})
    edited = sorted({step.path for step in steps if step.is_production and step.after} - set(new))
    return new, edited
