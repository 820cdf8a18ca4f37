"""Offers that are in vain all the same: each with the reason why it stays so, and the rows where it may be."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tests.support.offered_actions import At


class Excuse(NamedTuple):
    reason: str
    holds: Callable[[At], bool]


def _is_charged_already(at: At) -> bool:
    """Whether everybody who could be is in charge: of the client, or this person of every client of the firm."""
    charged = {(row.member_id, row.client_id) for row in at.rows("assignment") if row.ended_at is None}
    if at.type_name == "FirmMember":
        ties = [row for row in at.rows("collaboration") if row.firm_id == at.row.firm_id]
        clients = {row.client_id for row in ties if row.state in ("pending", "active")}
        return all((at.key, client) in charged for client in clients)
    members = [row for row in at.rows("firm_member") if row.firm_id == at.caller.firm_id and row.state == "active"]
    return all((row.id, at.key) in charged for row in members if row.role != "staff")


def _is_kept_elsewhere(at: At) -> bool:
    """Whether another place of the person keeps them, or that they are the last admin of a firm."""
    seats = [row for row in at.rows("firm_member") if row.user_id == at.row.user_id and row.state != "removed"]
    posts = [row for row in at.rows("client_member") if row.user_id == at.row.user_id and row.state == "active"]
    admins = [row for row in at.rows("firm_member") if row.role == "admin" and row.state == "active"]
    helped = {row.firm_id for row in admins if row.user_id != at.row.user_id}
    mine = {row.firm_id for row in at.rows("firm_member") if row.user_id == at.caller.viewer.user_id}
    ours = {row.client_id for row in at.rows("client_member") if row.user_id == at.caller.viewer.user_id}
    return (
        any(row.id != at.key and (row.is_owner or row.firm_id in mine) for row in seats)
        or any(row.id != at.key and (row.role == "owner" or row.client_id in ours) for row in posts)
        or any(row.firm_id not in helped for row in seats if row in admins)
    )


def _is_bookkeeper(at: At) -> bool:
    return at.caller.whom == "FirmViewer bookkeeper"


ALL_IN_CHARGE: Final = Excuse(
    "That somebody is not in charge yet is a negation over rows, which the policy's language does not have",
    _is_charged_already,
)
UNKNOWN_REQUEST: Final = Excuse(
    "A bookkeeper does not know what was requested, so that what is offered must not tell (D42)", _is_bookkeeper
)
OTHER_PLACES: Final = Excuse(
    "A person is erased from all places, and that none of them needs the person is a negation over rows",
    _is_kept_elsewhere,
)

EXCUSED: Final[Mapping[tuple[str, str], Excuse]] = {
    ("Client", "ASSIGN_MANAGERS"): ALL_IN_CHARGE,
    ("Client", "REQUEST_ACCESS"): UNKNOWN_REQUEST,
    ("ClientMember", "ERASE_USER"): OTHER_PLACES,
    ("Collaboration", "REQUEST_ACCESS"): UNKNOWN_REQUEST,
    ("FirmMember", "ASSIGN_MANAGERS"): ALL_IN_CHARGE,
    ("FirmMember", "ERASE_USER"): OTHER_PLACES,
}
"""By type and action."""
