"""The wheel is whole: installed elsewhere, it finds its policies."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command, cwd):
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_package_the_policies_and_the_license(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    policies = {f"gateway/policies/{path.relative_to(ROOT / 'policies')}" for path in ROOT.glob("policies/**/*.polar")}
    assert policies
    assert policies <= set(names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"gateway", "partner_gateway"}


def test_the_installed_wheel_finds_its_policies_from_anywhere(wheel, tmp_path):
    home = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=tmp_path)
    (site,) = home.glob("lib/python*/site-packages")
    # A path in a .pth lends the dependencies and, unlike a site folder, not the editable gateway among them.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    python = home / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)

    assert str(site) in run(python, "-c", "import gateway; print(gateway.__file__)", cwd=tmp_path)
    run(home / "bin" / "gateway", "policy", "check", cwd=tmp_path)
