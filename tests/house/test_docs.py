"""README and docs agree with the code."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import errors
from gateway.cli import configuration
from gateway.settings import Settings
from tests.house.commands import run

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
API = (DOCS / "api.md").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LONGEST_README = 120  # lines
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def links(page: Path) -> Iterator[str]:
    """The targets of the links of a page inside the repository."""
    text = CODE.sub("", page.read_text("utf-8"))
    return (target for target in LINK.findall(text) if not re.match(r"[a-z]+:", target))


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text("utf-8")), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", each)) for each in headings)
    return {each.lower().replace(" ", "-") for each in plain}


def leads_nowhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    return not found.exists() or (bool(anchor) and anchor not in anchors(found))


# ---- links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page):
    assert [target for target in links(page) if leads_nowhere(page, target)] == []


@pytest.mark.parametrize("target", ["nowhere.md", "policy.md#nowhere", "#nowhere"])
def test_a_broken_link_is_found(target):
    assert leads_nowhere(DOCS / "index.md", target)


def test_the_index_links_to_every_page():
    linked = {(DOCS / target.partition("#")[0]).resolve() for target in links(DOCS / "index.md")}

    assert {*PAGES} - linked == {DOCS / "index.md"}


# ---- generated pages


def test_the_page_of_the_settings_is_up_to_date():
    assert (DOCS / "configuration.md").read_text("utf-8") == configuration.page()


def test_the_page_of_the_settings_names_each_variable_and_its_default():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", configuration.page(), re.MULTILINE))

    assert list(rows) == list(Settings.model_fields)
    assert rows["port"].startswith("`PORT` | integer, ≥ 0, ≤ 65535 | `8000` | ")
    assert rows["lock_seconds"].startswith("`GATEWAY_LOCK_SECONDS` | number, > 0 | `4` | ")
    assert rows["metrics_token"].startswith("`GATEWAY_METRICS_TOKEN` | text, secret, at least 16 characters | none | ")


def test_a_page_that_is_out_of_date_is_refused(tmp_path):
    stale = tmp_path / "configuration.md"
    stale.write_text("# Configuration\n", "utf-8")
    done = run("gateway", "configuration", "--check", "--file", str(stale))

    assert done.returncode == 1
    assert done.stderr == f"{stale} is out of date. Run `gateway configuration` and review the diff.\n"


def test_the_pages_that_are_generated_are_up_to_date():
    assert run("gateway", "policy", "matrix", "--check").stderr == ""
    assert run("gateway", "schema", "--check").stderr == ""
    assert run("gateway", "configuration", "--check").stderr == ""


# ---- what the pages show


def test_the_readme_is_short():
    assert len(README.splitlines()) <= LONGEST_README


def test_every_error_code_is_explained():
    codes = {
        error.code for error in vars(errors).values() if isinstance(error, type) and issubclass(error, errors.Refused)
    }

    assert [code for code in sorted(codes) if f"`{code}`" not in API] == []


def test_every_documented_command_exists():
    commands = re.findall(r"\| `gateway ([a-z]+(?: [a-z]+)?)", (DOCS / "commands.md").read_text("utf-8"))

    assert len(commands) >= 12
    for command in commands:
        assert run("gateway", *shlex.split(command), "--help").returncode == 0, command


def test_the_rules_that_the_readme_quotes_are_rules():
    (quoted,) = re.findall(r"```polar\n(.*?)\n```", README, re.DOTALL)
    rules = [line for line in quoted.splitlines() if line and not line.startswith("#")]
    policy = (ROOT / "policies" / "invoices.polar").read_text("utf-8").splitlines()

    assert len(rules) == 2
    assert [rule for rule in rules if rule not in policy] == []


def test_answers_in_the_readme_are_json():
    answers = re.findall(r"```json\n(.*?)\n```", README, re.DOTALL)

    assert [len(json.loads(answer)["data"]["clients"]["nodes"]) for answer in answers] == [4, 2]
