"""Refused mutations: the policy rule `refuses` gives a word, and the catalogue of messages has its text (§4.5, D63)."""

from collections.abc import Mapping
from typing import Final

from gateway.errors import Conflict, Forbidden
from gateway.loaders import VisibleRow
from gateway.messages import Text, section, text

CONFLICTS: Final[Mapping[str, Text]] = section("state")
"""Words of the policy: the state of the object does not allow the action, CONFLICT."""
MOVED_ON: Final = text("conflict", "MOVED_ON")
"""For conflicts of concurrent changes. Not used where a reload would show no difference."""
NOT_YOURS: Final = text("forbidden", "NOT_PERMITTED")
RULES: Final[Mapping[str, Text]] = {**section("permission"), "FOREIGN": NOT_YOURS}
"""Words of the policy: a rule forbids the action to the viewer, FORBIDDEN."""


def require(row: VisibleRow, action: str) -> None:
    """Raises an error with the reason if the viewer may not do `action` on the row.

    Forbidden if a rule does not allow it, Conflict if the state of the row does not allow it.
    """
    decided = row.situation.plan.decisions
    if any(action in row.situation.words(rule) for rule in ("may", "idle") if rule in decided):
        return
    why = row.situation.first("refuses", action) or ""
    if why in RULES:
        raise Forbidden(RULES[why])
    raise Conflict(CONFLICTS.get(why, MOVED_ON))
