"""The prose is plain engineering English: words that hide the subject of a sentence, or say it in pictures, are not used."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
BANNED: Final = (
    r"whoever|somebody|nobody|anybody|anew|sought|beside|stands?|lies?|tells?|told|says?|said|asks?|asked|hats?|doors?"
    r"|houses?|(?<!lower-case )letters?(?!,? (?:and|or) (?:digits|numbers|figures)|, digits)|of whom"
)
WORD: Final = re.compile(rf"\b(?:{BANNED})\b", re.IGNORECASE)
CODE: Final = re.compile(r"```.*?```|`[^`\n]*`|<!--.*?-->|\]\([^)]*\)|https?://\S+", re.DOTALL)
VALUE: Final = re.compile(r"\{[^{}]*\}")
"""An expression in a text."""
NOT_OURS: Final = ("query-plans.md", "statements.md", "visibility-matrix.md")
"""Generated pages: statements of SQL, citations of the specification, and words of the policy."""


def of_python(text: str) -> Iterator[tuple[int, str]]:
    """Comments, docstrings and texts of more than one word."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_text = token.type == tokenize.STRING or tokenize.tok_name[token.type] == "FSTRING_MIDDLE"
        if token.type == tokenize.COMMENT or (is_text and " " in token.string):
            yield token.start[0], VALUE.sub(" ", token.string)


def of_polar(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        _, mark, comment = line.partition("#")
        if mark:
            yield number, comment


def of_page(text: str) -> Iterator[tuple[int, str]]:
    blank = CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    yield from enumerate(blank.splitlines(), 1)


def of_schema(text: str) -> Iterator[tuple[int, str]]:
    """Descriptions, of one line or of several."""
    is_inside = False
    for number, line in enumerate(text.splitlines(), 1):
        marks = line.count('"""')
        if is_inside or marks:
            yield number, line
        is_inside ^= marks == 1


def banned(prose: Iterator[tuple[int, str]]) -> list[str]:
    return [f"{line}: {found[0]}" for line, text in prose for found in WORD.finditer(CODE.sub(" ", text))]


def files() -> list[Path]:
    ours = [path for path in (ROOT / "gateway").rglob("*.py") if "versions" not in path.parts]
    pages = [path for path in (ROOT / "docs").glob("*.md") if path.name not in NOT_OURS]
    return sorted([*ours, *(ROOT / "policies").glob("*.polar"), *pages, ROOT / "README.md", ROOT / "schema.graphql"])


READERS: Final = {".py": of_python, ".polar": of_polar, ".md": of_page, ".graphql": of_schema}


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_prose_is_plain(path: Path):
    assert banned(READERS[path.suffix](path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (of_python, '"""Whoever asks is told."""'),
        (of_python, "x = 1  # nobody reads it anew"),
        (of_python, 'raise Conflict("This is said to nobody.")'),
        (of_polar, "read(f) if f.own; # what lies beside it"),
        (of_page, "The letter says so."),
        (of_schema, '  """What stands in the house."""'),
        (of_schema, '"""\nWhoever asks.\n"""'),
    ],
)
def test_each_reader_finds_such_a_word(read, text):
    assert banned(read(text))


def test_code_in_a_text_is_no_prose():
    assert banned(of_page("`ask` and\n```\nnobody\n```\n[here](docs/letters.md)")) == []
    assert banned(of_python('kind = "letter"')) == []
