"""A rule: bookkeepers see all of their firm's state, and its staff none of it. Followed in the order of the steps."""

from difflib import ndiff
from typing import Final

import pytest

from tests.recipes.working_copy import ROOT, Step, WorkingCopy, files

FIRMS: Final = "policies/firms.polar"
TABLE: Final = "tests/policies/tables/firm.py"
OLD_SENTENCE: Final = "# Its members see the state of its account (V19–V21).\n"
RULES: Final = (
    Step(FIRMS, "# Its admins and bookkeepers see the state of its account (V19–V21, D21).\n", replaced=OLD_SENTENCE),
    Step(
        FIRMS,
        ' and f.role in ["admin", "bookkeeper"]',
        'see(f: FirmFacts, field) if f.side = "firm" and f.is_own_org',
    ),
    Step(FIRMS, 'f.role in ["admin", "bookkeeper"];\n', 'see(f: FirmFacts, "hasOwnAccount") if f.side = "firm" '
         "and f.is_own_org and ", replaced='f.role = "admin";\n'),
)  # fmt: skip
TABLES: Final = (
    Step(TABLE, "○R     |", "accountState trialEndsAt  | ●      | ●      | ", replaced="●      |"),
    Step(TABLE, "●      |", "hasOwnAccount             | ●      | ", replaced="○R     |"),
)
GAINED_AND_LOST: Final = [
    "FirmViewer(bookkeeper) gains Firm.hasOwnAccount when is_own_org is true",
    "FirmViewer(staff) loses Firm.accountState when is_own_org is true",
    "FirmViewer(staff) loses Firm.trialEndsAt when is_own_org is true",
]
TABLE_TEST: Final = "tests/policies/test_matrix.py::test_every_tuple_of_facts_gets_what_the_table_says"
CHANGED_IN_MATRIX: Final = [
    "- | `accountState` | ● | ● | ● | V19 V20 V21 D61 |",
    "+ | `accountState` | ● | ● | ○ ROLE | V19 V20 V21 D61 |",
    "- | `hasOwnAccount` | ● | ○ ROLE | ○ ROLE | P19 P20 D21 |",
    "+ | `hasOwnAccount` | ● | ● | ○ ROLE | P19 P20 D21 |",
    "- | `trialEndsAt` | ● | ● | ● | V19 |",
    "+ | `trialEndsAt` | ● | ● | ○ ROLE | V19 |",
]
CHANGED: Final = {
    "bookkeeper": "gains ['hasOwnAccount'], loses []",
    "staff": "gains [], loses ['accountState', 'trialEndsAt']",
}
"""By the role in the firm."""


@pytest.fixture(scope="module")
def copy_of_project(tmp_path_factory: pytest.TempPathFactory) -> WorkingCopy:
    copy = WorkingCopy(tmp_path_factory.mktemp("rule"))
    copy.take(*RULES, *TABLES)
    return copy


def of_roles(*roles: str) -> list[str]:
    return [f"{TABLE_TEST}[FirmViewer-{role}-Firm]" for role in roles]


def test_it_takes_one_place_in_the_policy_and_one_table() -> None:
    assert files(RULES) == ([], [FIRMS])
    assert {step.path for step in TABLES} == {TABLE}


def test_the_policy_is_complete(copy_of_project: WorkingCopy) -> None:
    code, said = copy_of_project.gateway("policy", "check")

    assert code == 0, said
    assert "is complete" in said
    assert "warning" not in said


def test_the_difference_names_who_gains_and_who_loses_what(copy_of_project: WorkingCopy) -> None:
    code, said = copy_of_project.gateway("policy", "diff", str(ROOT / "policies"), "policies")

    assert code == 0, said
    assert said.splitlines() == GAINED_AND_LOST


def test_a_table_that_was_not_changed_is_named_with_what_it_lacks(copy_of_project: WorkingCopy) -> None:
    with copy_of_project.forgetting(*TABLES):
        failures = copy_of_project.failures(*of_roles("admin", *CHANGED))

    assert {name.partition("[")[2] for name in failures} == {f"FirmViewer-{role}-Firm]" for role in CHANGED}
    for role, change in CHANGED.items():
        assert change in failures[f"test_every_tuple_of_facts_gets_what_the_table_says[FirmViewer-{role}-Firm]"]


def test_the_matrix_shows_the_difference_and_nothing_else(copy_of_project: WorkingCopy) -> None:
    written = copy_of_project.folder / "matrix.md"
    code, said = copy_of_project.gateway("policy", "matrix", "--file", str(written))
    old = (ROOT / "docs/visibility-matrix.md").read_text("utf-8").splitlines()
    changes = [line for line in ndiff(old, written.read_text("utf-8").splitlines()) if line[0] in "-+"]

    assert code == 0, said
    assert changes == CHANGED_IN_MATRIX


def test_everybody_sees_what_the_rule_shows(copy_of_project: WorkingCopy, server_url: str) -> None:
    code, said = copy_of_project.test("firms_state", server_url, *of_roles("admin", *CHANGED))

    assert code == 0, said
