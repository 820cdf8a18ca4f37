"""The page is built from pinned packages, once, and asks nobody but the gateway."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gateway.http.routes.explorer import FILES, MEDIA_TYPES, NONCE

ROOT = Path(__file__).parents[2]
EXPLORER = ROOT / "explorer"


def sh(script, **environment):
    return subprocess.run(
        [shutil.which("sh"), "-c", f". scripts/lib.sh; {script}"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_package_is_pinned_and_the_lock_names_no_address():
    package = json.loads((EXPLORER / "package.json").read_text())
    lock = json.loads((EXPLORER / "package-lock.json").read_text())

    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["devDependencies"].values())
    assert [name for name, locked in lock["packages"].items() if "resolved" in locked] == []
    assert [name for name, locked in lock["packages"].items() if name and "integrity" not in locked] == []


def test_the_types_of_the_page_fit(built):
    checked = subprocess.run(["npm", "run", "check"], cwd=EXPLORER, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout


def test_what_has_not_changed_is_not_built_again(built):
    before = (FILES / "index.html").stat().st_mtime_ns
    again = sh("build_explorer")

    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert (FILES / "index.html").stat().st_mtime_ns == before


def test_without_npm_the_demo_goes_on_without_it(tmp_path):
    (tmp_path / "cat").symlink_to(shutil.which("cat"))
    told = sh("(build_explorer) || echo goes on", PATH=str(tmp_path))

    assert told.stdout == "goes on\n"
    assert told.stderr == "Without Node.js 20 or newer and npm on the PATH, nothing is installed in explorer.\n"


def test_the_built_page_names_nothing_but_its_own_files(built):
    page = (FILES / "index.html").read_text("utf-8")
    named = set(re.findall(r'(?:src|href)="([^"]+)"', page))
    files = {f"./explorer/{file.name}" for file in (FILES / "explorer").iterdir()}
    styles = "".join(file.read_text("utf-8") for file in (FILES / "explorer").glob("*.css"))

    assert named
    assert named <= files
    assert page.count(f'nonce="{NONCE}"') == page.count(NONCE) >= 3
    assert "<style" not in page
    assert re.findall(r"<script[^>]*>(?!</script>)", page) == []
    assert {file.suffix for file in (FILES / "explorer").iterdir()} <= set(MEDIA_TYPES)
    assert [
        url
        for url in re.findall(r"url\(([^)]{0,80})", styles)
        if not url.lstrip("\"'").startswith(("./", "data:image/", "#"))
    ] == []
    assert re.findall(r"@import[^;]*", styles) == []


@pytest.mark.parametrize("name", ["graphiql", "monaco-editor", "react"])
def test_the_licenses_of_what_is_bundled_travel_with_it(built, name):
    assert f"\n## {name} - " in (FILES / "licenses.md").read_text("utf-8")


def test_the_wheel_holds_the_page_where_it_has_been_built(built, tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    files = {f"gateway/explorer_files/{file.relative_to(FILES)}" for file in FILES.rglob("*") if file.is_file()}

    assert files <= set(zipfile.ZipFile(wheel).namelist())
