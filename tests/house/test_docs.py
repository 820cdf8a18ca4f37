"""What README and docs say is so."""

import json
import re
import shlex
from pathlib import Path

import pytest

from gateway import errors
from gateway.settings import Settings
from tests.house.commands import run

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_every_setting_has_its_line_in_the_readme():
    table = README[README.index("## Configuration") : README.index("## What callers")]
    missing = [
        variable
        for name, field in Settings.model_fields.items()
        if (variable := field.validation_alias or f"GATEWAY_{name.upper()}") not in table
    ]

    assert missing == []


def test_every_default_in_the_readme_is_the_default():
    documented = dict(re.findall(r"\| `(GATEWAY_[A-Z_]+)` \| (\d+) \|", README))
    actual = {f"GATEWAY_{name.upper()}": str(field.default) for name, field in Settings.model_fields.items()}

    assert documented
    assert {name: actual[name].removesuffix(".0") for name in documented} == documented


def test_every_error_code_is_in_the_readme():
    codes = {
        error.code for error in vars(errors).values() if isinstance(error, type) and issubclass(error, errors.Refused)
    }

    assert [code for code in sorted(codes) if f"`{code}`" not in README] == []


def test_every_command_of_the_readme_exists():
    commands = re.findall(r"\| `gateway ([a-z]+(?: [a-z]+)?)", README)

    assert len(commands) >= 8
    for command in commands:
        assert run("gateway", *shlex.split(command), "--help").returncode == 0, command


def test_the_rule_that_the_readme_quotes_is_the_rule():
    quoted = README[README.index("```polar") + 8 : README.index("```", README.index("```polar") + 8)].strip()

    assert quoted in (ROOT / "policies" / "invoices.polar").read_text("utf-8")


def test_the_pages_that_are_generated_are_up_to_date():
    assert run("gateway", "policy", "matrix", "--check").stderr == ""
    assert run("gateway", "schema", "--check").stderr == ""


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#h][^)]*)\)", README))
def test_links_lead_somewhere(link):
    assert (ROOT / link).exists()


def test_answers_in_the_readme_are_json():
    answers = re.findall(r"```json\n(.*?)\n```", README, re.DOTALL)

    assert [len(json.loads(answer)["data"]["clients"]["nodes"]) for answer in answers] == [4, 2]
