"""Queries for the audit trail. Each side reads only its own slice (L21)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.context import Context
from gateway.db.models import AuditEntry, ClientMember, FirmMember, User
from gateway.errors import BadInput, NotFound
from gateway.policy import Plan
from gateway.reads.pages import without_unused_joins
from gateway.reads.roots import RootList, Rows, Selection
from gateway.resolvers.core.validation import moment_in
from gateway.schema.core.arguments import ActionName, Actor, Since, Until

MAX_NAME_LENGTH: Final = 100
PEOPLE: Final[dict[str, tuple[Any, Any]]] = {
    "FirmMember": (FirmMember.id, FirmMember.user_id),
    "ClientMember": (ClientMember.id, ClientMember.user_id),
    "User": (User.id, User.id),
}
"""The key column of each type, and the column with the user's id."""


def _select(
    plan: Plan, since: Since = None, until: Until = None, actor: Actor = None, action: ActionName = None
) -> Selection:
    """Selects completed and refused actions in the viewer's slice.

    The filter `actor` matches only entries whose actor the viewer may see (D28).
    """
    wanted: dict[str, Any] = {}
    if since is not None:
        wanted["since"] = moment_in(since, "since")
    if until is not None:
        wanted["until"] = moment_in(until, "until")
    if action is not None:
        if len(action) > MAX_NAME_LENGTH or not action.isprintable():
            raise BadInput(f"`action` must have at most {MAX_NAME_LENGTH} printable characters.")
        wanted["action"] = action

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


async def _check(context: Context, actor: Actor = None, **_: object) -> Mapping[str, UUID]:
    return {} if actor is None else {"actor": await _person(context, actor)}


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
    check=_check,
    checked=("actor",),
)


async def _person(context: Context, id: str) -> Any:
    """Returns the user id of a person whom the viewer may see. Raises NotFound for any other id."""
    type_name, key = context.seal.open_id(id)
    if type_name not in PEOPLE:
        raise NotFound
    plan, (row_key, person) = context.plan(type_name), PEOPLE[type_name]
    seen = plan.keep(
        "person",
        lambda: without_unused_joins(plan.plain(person)).where(row_key == sa.bindparam("key", type_=sa.Uuid())),
    )
    rows = await context.load.rows(plan, seen, {"key": key})
    if not rows:
        raise NotFound
    return rows[0][0]
