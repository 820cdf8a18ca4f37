"""Decision tables as text: rows are fields or actions, columns are viewers in a situation, cells say what holds there."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Facts = Mapping[str, Any]
"""What is the case between a viewer and a row; a set is a frozenset of words."""

VIEWERS: Final = {
    ("FirmViewer", "admin"): "FA",
    ("FirmViewer", "bookkeeper"): "BK",
    ("FirmViewer", "staff"): "FS",
    ("ClientViewer", "owner"): "CO",
    ("ClientViewer", "admin"): "CO",
    ("ClientViewer", "member"): "CM",
    ("PlatformViewer", "admin"): "PA",
    ("PlatformViewer", "reviewer"): "PR",
    ("SystemViewer", "admin"): "SYS",
    ("SystemViewer", "reviewer"): "SPR",
    ("FirmToken", "admin"): "TFA",
    ("FirmToken", "bookkeeper"): "TBK",
    ("FirmToken", "staff"): "TFS",
    ("ClientToken", "owner"): "TCO",
    ("ClientToken", "admin"): "TCO",
    ("ClientToken", "member"): "TCM",
    ("PlatformReporter", "admin"): "RPA",
    ("PlatformReporter", "reviewer"): "RPR",
    ("ClientReporter", "owner"): "RCO",
    ("ClientReporter", "admin"): "RCO",
    ("ClientReporter", "member"): "RCM",
    ("Memberless", "none"): "NOBODY",
    ("Anonymous", "none"): "PUB",
}
"""§4.1: kinds and roles, by the codes of the specification; T is a token with `clients:read` of whoever stands behind it (D41).

R is one with `kpis:write`, as it reports.
"""

MACHINES: Final = frozenset({"SYS", "SPR", "TFA", "TBK", "TFS", "TCO", "TCM", "RPA", "RPR", "RCO", "RCM"})

REASONS: Final = {"○R": "ROLE", "○L": "LEVEL", "○E": "ENDED", "○P": "PLAN", "○S": "NOT_SHARED"}
VISIBLE: Final = "●"

Denials = Mapping[str, str | None]
"""Each field of a type: None where it is visible, else the reason why it is hidden."""


def grid(text: str) -> dict[str, dict[str, str]]:
    """The columns of a table, each with its cells by row name; a row may name several things. The last cell holds the grounds."""
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    columns: dict[str, dict[str, str]] = {name: {} for name in header[1:-1]}
    for names, *cells, grounds in lines:
        assert len(cells) == len(columns), f"{names}: {len(cells)} cells for {len(columns)} columns"
        assert grounds, f"{names}: a row rests on a statement"
        for name in names.split():
            for column, cell in zip(columns, cells, strict=True):
                assert name not in columns[column], f"{name} stands twice"
                columns[column][name] = cell
    return columns


def fields(text: str) -> dict[str, dict[str, str | None]]:
    """A grid whose cells are ● or ○ with the letter of its reason."""
    return {
        column: {name: None if cell == VISIBLE else REASONS[cell] for name, cell in rows.items()}
        for column, rows in grid(text).items()
    }


def actions(text: str) -> dict[str, dict[str, str | None]]:
    """A grid whose cells are ✔, ✔ with what else it needs, or ✘: each column's allowed actions and their needs."""
    return {
        column: {name: cell[1:].strip() or None for name, cell in rows.items() if _allowed(cell)}
        for column, rows in grid(text).items()
    }


def _allowed(cell: str) -> bool:
    assert cell[0] in "✔✘", cell
    return cell[0] == "✔"


def _uncut(column: str, facts: Facts) -> Denials:
    return {}


def _possible(facts: Facts) -> bool:
    return True


@dataclass(frozen=True)
class Table:
    """What the specification says of one type: who sees the row (a column, or None for absent) and the whole set of fields."""

    type_name: str
    cells: Mapping[str, Denials]
    column_of: Callable[[str, Facts], str | None]
    cuts: Callable[[str, Facts], Denials] = _uncut
    words: Mapping[str, Callable[[str, Facts], list[str]]] = field(default_factory=dict)
    firsts: Mapping[str, Callable[[str, Facts], str | None]] = field(default_factory=dict)
    holds: Mapping[str, Callable[[str, Facts], bool]] = field(default_factory=dict)
    unseen: Mapping[str, Callable[[str, Facts], list[str]]] = field(default_factory=dict)  # words of absent rows, too
    # A word for each action.
    whys: Mapping[str, Callable[[str, Facts], Mapping[str, str]]] = field(default_factory=dict)
    possible: Callable[[Facts], bool] = _possible  # facts that contradict each other are judged for the row alone

    def denials(self, viewer: str, facts: Facts) -> Denials | None:
        """Every field with its reason or None, or None where there is no row for this viewer."""
        column = self.column_of(viewer, facts)
        return None if column is None else {**self.cells[column], **self.cuts(column, facts)}


Why = tuple[str, str, Callable[[str, Facts], Any]]
"""Actions, the word that tells why they are refused, and when it is so."""


def first_words(whys: Iterable[Why]) -> Callable[[str, Facts], dict[str, str]]:
    """For each action the first word that holds, as a viewer is told it."""

    def found(viewer: str, facts: Facts) -> dict[str, str]:
        told: dict[str, str] = {}
        for actions, word, holds in whys:
            if holds(viewer, facts):
                told = dict.fromkeys(actions.split(), word) | told
        return told

    return found
