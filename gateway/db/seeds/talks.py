"""Conversations of firms and clients in the demo world. All times are days ago."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.db.seeds.partnerships import PARTNERSHIPS


class Line(NamedTuple):
    """A message of one side."""

    days: int
    side: str
    text: str


class Talk(NamedTuple):
    """A conversation, which the client began."""

    firm: str
    client: str
    days: int
    lines: tuple[Line, ...] = ()

    @property
    def handle(self) -> str:
        return f"{self.firm}-{self.client} talk"


FURTHER: Final = {
    "F-C2": Line(309, "firm", "With pleasure. We begin on Monday."),
    "G-C4": Line(105, "firm", "From the first of the month. Please grant us access before that."),
}
"""The firms' replies to requests."""


def _of_requests() -> Iterator[Talk]:
    """The conversations of requests: each request begins one, and its message is the first (H35)."""
    for one in PARTNERSHIPS:
        if one.origin != "firm_invitation":
            first = [Line(one.asked, "client", one.message)] if one.message else []
            more = [FURTHER[one.handle]] if one.handle in FURTHER else []
            yield Talk(one.firm, one.client, one.asked, (*first, *more))


TALKS: Final = (
    Talk(
        "F",
        "C4",
        390,
        (
            Line(390, "client", "Where do we put the receipts of the fair?"),
            Line(389, "firm", "Into the inbox, like all the others."),
        ),
    ),
    *_of_requests(),
    # C6 works with G and has only written to F (H31).
    Talk("F", "C6", 6, (Line(6, "client", "Would you look after our payroll alone?\nWe are eleven people."),)),
)
