"""Every statement has its sentence, and whoever cites a statement cites one that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "statements.md"
LAST = {"P": 65, "I": 31, "H": 67, "V": 35, "D": 74, "L": 28, "M": 14}
ELSEWHERE = ["X-H1", "X-H2", "X-H3", "X-H5", "X-I3", "X-I5", "X-P3", "X-P4", "X-P5", "X-P6", "X-P7", "X-P8", "X-V3"]

ROW = re.compile(r"^\| (X-[A-Z]\d+|[A-Z]\d+b?) \| (.*) \|$", re.MULTILINE)
CITED = re.compile(r"\b(?:X-[A-Z]\d+|[PIHVDLM]\d{1,2}b?)\b")
SPAN = re.compile(r"(?<!X-)\b([PIHVDLM])(\d{1,2})(?:(?:[–-]|\.\.)\1?| to \1)(\d{1,2})\b")
# Percentiles are written like Pleo's statements.
FALSE_FRIENDS = {"P90", "P95", "P99"}


def rows() -> list[tuple[str, str]]:
    return ROW.findall(PAGE.read_text(encoding="utf-8"))


def cited(text: str) -> set[str]:
    """The IDs that a text names, those inside a range like P31–P40 too."""
    inside = {f"{letter}{n}" for letter, first, last in SPAN.findall(text) for n in range(int(first), int(last) + 1)}
    return (inside | set(CITED.findall(text))) - FALSE_FRIENDS


def citing() -> list[Path]:
    found = [
        *ROOT.glob("policies/**/*.polar"),
        *ROOT.glob("gateway/**/*.py"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("README.md"),
    ]
    return sorted(found)


@pytest.mark.parametrize("letter", LAST)
def test_each_statement_has_one_row_in_numeric_order(letter: str) -> None:
    expected = [f"{letter}{n}" for n in range(1, LAST[letter] + 1)]
    if letter == "M":
        expected.insert(10, "M10b")

    assert [statement for statement, _ in rows() if statement[0] == letter] == expected


def test_each_statement_from_elsewhere_has_one_row() -> None:
    assert [statement for statement, _ in rows() if statement.startswith("X-")] == ELSEWHERE


def test_each_statement_is_a_sentence() -> None:
    assert [statement for statement, text in rows() if not re.fullmatch(r"\S.+\w\W?\.", text)] == []


def test_no_row_escapes_the_reading() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("|") and line not in {"| ID | Statement |", "|---|---|"}]

    assert len(table) == len(rows())


def test_every_cited_statement_exists() -> None:
    known = {statement for statement, _ in rows()}
    unknown = {
        str(path.relative_to(ROOT)): sorted(missing)
        for path in citing()
        if (missing := cited(path.read_text(encoding="utf-8")) - known)
    }

    assert unknown == {}


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("only the client (I24, D3)", {"I24", "D3"}),
        ("the tabs (P38–P40)", {"P38", "P39", "P40"}),
        ("a closed list, V10-13", {"V10", "V11", "V12", "V13"}),
        ("D56 to D58 and L1..L2", {"D56", "D57", "D58", "L1", "L2"}),
        ("as Holded has it (X-H2)", {"X-H2"}),
        ("reminders (M10b)", {"M10b"}),
        ("P99 of 40 ms, PT15M, P14D, sha256, UTF8", set()),
        ("an unknown one (P66)", {"P66"}),
    ],
)
def test_a_citation_is_read_as_it_is_meant(text: str, statements: set[str]) -> None:
    assert cited(text) == statements
