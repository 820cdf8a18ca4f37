"""Conditions on rows that belong to the viewer as a person, such as assignments: these rows are few, and are read once.

PostgreSQL plans a compiled statement for all viewers alike. It cannot know that one person is assigned to some hundred clients of
a firm that has thousands, and may read all clients of the firm to find those of the person.
"""

from typing import Any, Final

import sqlalchemy as sa

from gateway.reads.sql import Reference, written

OF_PERSON: Final = frozenset({"v_member_id", "v_user_id"})
"""Parameters that name a person. An organisation's rows, by contrast, are many."""


class OwnRows:
    """The keys of a person's own rows in one statement: each list is read once and used in many places."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    @property
    def source(self) -> str:
        """The WITH clause of the statement; empty if there is no such list."""
        lists = [f"{name} AS MATERIALIZED (SELECT ARRAY({text}) AS keys)" for text, name in self._names.items()]
        return f"WITH {', '.join(lists)} " if lists else ""

    def once(self, condition: Any, *, by_index: bool) -> Any:
        """`condition` with each `EXISTS` of rows of the viewer's as an equivalent comparison with keys that are read once.

        `by_index`: the keys are an array, by which an index of the rows above can be searched. Otherwise they are a set.
        """

        def replaced(element: Any, **_: Any) -> Any:
            return self._compared(element, by_index) if isinstance(element, sa.Exists) else None

        return sa.sql.visitors.replacement_traverse(condition, {}, replaced)

    def _compared(self, exists: sa.Exists, by_index: bool) -> Any:
        """The comparison, or None if the rows are not the viewer's, or depend on the row above by more than one column."""
        grouping: Any = exists.element
        inner = grouping.element
        clauses = list(getattr(inner.whereclause, "clauses", [inner.whereclause]))
        outside = [clause for clause in clauses if any(isinstance(each, Reference) for each in _parts(clause))]
        rest = [clause for clause in clauses if clause not in outside]
        if len(outside) != 1 or not any(_names_person(clause) for clause in rest):
            return None
        (link,) = outside
        if not isinstance(link, sa.BinaryExpression) or link.operator is not sa.sql.operators.eq:
            return None
        ends: list[Any] = [link.left, link.right]
        above = [end for end in ends if isinstance(end, Reference)]
        below = [end for end in ends if isinstance(end, sa.Column)]
        if len(above) != 1 or len(below) != 1:
            return None
        keys = sa.select(below[0]).select_from(*inner.get_final_froms()).where(*rest).correlate(None)
        if not by_index:
            return above[0].in_(keys)
        name = self._names.setdefault(written(keys), f"own{len(self._names)}")
        # The cast: ANY of a bare subquery would compare with its rows.
        return above[0] == sa.any_(sa.literal_column(f"(SELECT keys FROM {name})::uuid[]"))  # noqa: S608 - a name of our own


def _names_person(clause: Any) -> bool:
    return any(isinstance(each, sa.BindParameter) and each.key in OF_PERSON for each in _parts(clause))


def _parts(clause: Any) -> Any:
    return sa.sql.visitors.iterate(clause)
