"""Queries for the audit trail. Each side reads only its own slice (L21)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from gateway.db.models import AuditEntry, ClientMember, FirmMember, User
from gateway.forms import gathered
from gateway.policy import Plan
from gateway.reads.roots import Lookup, RootList, Rows, Selection
from gateway.schema.core.arguments import Actor, OneAction, Since, Until
from gateway.text.timestamps import moment_in

PEOPLE: Final[dict[str, Any]] = {
    "FirmMember": FirmMember.user_id,
    "ClientMember": ClientMember.user_id,
    "User": User.id,
}
"""The column with the user's id, of each type that a person has."""


def _select(
    plan: Plan, since: Since = None, until: Until = None, actor: Actor = None, action: OneAction = None
) -> Selection:
    """Selects completed and refused actions in the viewer's slice.

    The filter `actor` matches only entries whose actor the viewer may see (D28).
    """
    wanted: dict[str, Any] = {}
    if since is not None:
        wanted["since"] = _moment(since, "since")
    if until is not None:
        wanted["until"] = _moment(until, "until")
    if action is not None:
        wanted["action"] = action.value

    def conditions(rows: Rows) -> Sequence[Any]:
        found = [rows.own(CONDITIONS[name]) for name in wanted]
        return found if actor is None else [*found, rows.predicate("see", "actorName"), rows.own(ACTED)]

    return Selection(
        kind=(*wanted, actor is not None),
        filter=(actor, *((name, str(value)) for name, value in wanted.items())),
        conditions=conditions,
        parameters=wanted,
        descending=True,
    )


def _moment(text: str, argument: str) -> datetime:
    with gathered() as faults, faults.at(argument):
        return moment_in(text)


CONDITIONS: Final[dict[str, Any]] = {
    "since": AuditEntry.at >= sa.bindparam("since", type_=AuditEntry.at.type),
    "until": AuditEntry.at < sa.bindparam("until", type_=AuditEntry.at.type),
    "action": AuditEntry.action == sa.bindparam("action", type_=AuditEntry.action.type),
}
ACTED: Final = AuditEntry.actor_id == sa.bindparam("actor", type_=AuditEntry.actor_id.type)
AUDIT_LOG: Final = RootList(
    target="AuditEntry",
    order=lambda rows: (rows.own(AuditEntry.id),),
    select=_select,
    lookups={"actor": Lookup(parameter="actor", targets=PEOPLE)},
)
