"""Queries for the audit trail. Each side reads only its own slice (L21)."""

from typing import Any, Final

import sqlalchemy as sa

from gateway.context import Context, Info
from gateway.db.models import AuditEntry, ClientMember, FirmMember, User
from gateway.errors import BadInput, NotFound
from gateway.loaders.pagination import without_unused_joins
from gateway.resolvers.core.connections import Connection, Listing, PageArguments, Query, by_id, listed
from gateway.resolvers.core.validation import moment_in
from gateway.schema.core.arguments import ActionName, Actor, After, Before, First, Last, Since, Until

MAX_NAME_LENGTH: Final = 100
PEOPLE: Final[dict[str, tuple[Any, Any]]] = {
    "FirmMember": (FirmMember.id, FirmMember.user_id),
    "ClientMember": (ClientMember.id, ClientMember.user_id),
    "User": (User.id, User.id),
}
"""The key column of each type, and the column with the user's id."""


async def audit_log(
    info: Info,
    since: Since = None,
    until: Until = None,
    actor: Actor = None,
    action: ActionName = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Connection:
    """Lists completed and refused actions in the viewer's slice, newest first.

    The filter `actor` matches only entries whose actor the viewer may see (D28).
    """
    context = info.context
    plan = context.plan("AuditEntry")
    wanted: dict[str, Any] = {}
    if since is not None:
        wanted["since"] = moment_in(since, "since")
    if until is not None:
        wanted["until"] = moment_in(until, "until")
    if action is not None:
        if len(action) > MAX_NAME_LENGTH or not action.isprintable():
            raise BadInput(f"`action` must have at most {MAX_NAME_LENGTH} printable characters.")
        wanted["action"] = action
    listing = Listing(
        context, "auditLog", (actor, *sorted((name, str(value)) for name, value in wanted.items())), by_id
    )
    page = listing.page(PageArguments(first, after, last, before))
    if actor is not None:
        wanted["actor"] = await _person(context, actor)

    def narrowed(statement: sa.Select[Any]) -> sa.Select[Any]:
        given = {name: sa.bindparam(name, type_=column.type) for name, column in COLUMNS.items() if name in wanted}
        if "since" in given:
            statement = statement.where(AuditEntry.at >= given["since"])
        if "until" in given:
            statement = statement.where(AuditEntry.at < given["until"])
        if "action" in given:
            statement = statement.where(AuditEntry.action == given["action"])
        if "actor" in given:
            statement = statement.where(plan.predicate("see", "actorName"), AuditEntry.actor_id == given["actor"])
        return statement

    query = Query(plan, tuple(sorted(wanted)), narrowed, (AuditEntry.id,), descending=True, parameters=wanted)
    return await listed(listing, page, query)


COLUMNS: Final[dict[str, Any]] = {
    "since": AuditEntry.at,
    "until": AuditEntry.at,
    "action": AuditEntry.action,
    "actor": AuditEntry.actor_id,
}


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
