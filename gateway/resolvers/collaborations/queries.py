"""Collaborations: the list, and the fields of one."""

from collections.abc import Awaitable
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.enums import KPI_KINDS, PLAN_TIERS, chosen
from gateway.db.models import Collaboration
from gateway.loaders import Deferred, VisibleRow
from gateway.resolvers.core.connections import Listing, PageArguments, Query, by_id, listed
from gateway.resolvers.core.formats import Connection, moment, word
from gateway.resolvers.core.nodes import found
from gateway.schema.core.arguments import After, Before, CollaborationStates, First, Id, Last


async def collaboration(info: Info, id: Id) -> VisibleRow:
    return await found(info.context, "Collaboration", id)


async def collaborations(
    info: Info,
    states: CollaborationStates = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Connection:
    """Lists the newest first. `states` are states as the API shows them."""
    context = info.context
    plan = context.plan("Collaboration")
    wanted = None if states is None else tuple(sorted({state.value for state in states}))
    listing = Listing(context, "collaborations", (wanted,), by_id)
    page = listing.page(PageArguments(first, after, last, before))

    def narrowed(statement: sa.Select[Any]) -> sa.Select[Any]:
        return statement if wanted is None else statement.where(any_of(plan, wanted))

    query = Query(plan, (wanted,), narrowed, (Collaboration.id,), descending=True)
    return await listed(listing, page, query)


def any_of(plan: Any, states: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Condition for rows in one of these states, by the policy's rule `status`."""
    return sa.or_(sa.false(), *(plan.predicate("status", state) for state in states))


def firm(root: VisibleRow, info: Info) -> Awaitable[VisibleRow | None]:
    return info.context.load.node("Firm", root.row.firm_id)


def client(root: VisibleRow, info: Info) -> Awaitable[VisibleRow | None] | None:
    key = root.row.client_id
    return None if key is None else info.context.load.node("Client", key)


def expires_at(root: VisibleRow, info: Info) -> Awaitable[str | None]:
    return Deferred(info.context.load.expiry_of(root.id), lambda row: None if row is None else moment(row.expires_at))


class DiscountOffer(NamedTuple):
    percent: int
    plans: list[str]
    state: str


OFFERS: Final = {"open": "OFFERED", "accepted": "ACCEPTED", "void": "VOID"}


def offer(percent: int, plans: int, state: str) -> DiscountOffer:
    """Returns the discount that the columns describe: the plans are stored as bits."""
    return DiscountOffer(percent, [tier.upper() for tier in chosen(PLAN_TIERS, plans)], OFFERS[state])


def discount_offer(root: VisibleRow, info: Info) -> Awaitable[DiscountOffer | None]:
    void = bool(root.situation.words("voids"))

    def shown(row: Any) -> DiscountOffer | None:
        if row is None:
            return None
        return offer(row.discount_percent, row.discount_plans, "void" if void else row.state)

    return Deferred(info.context.load.discount_of(root.id), shown)


class OfferedTerms(NamedTuple):
    level: str
    shared_kpis: list[str]
    billing_mode: str | None
    expires_at: str | None


async def offered_terms(root: VisibleRow, info: Info) -> OfferedTerms | None:
    if not root.situation.words("offers"):
        return None
    row = await info.context.load.offered_terms_of(root.id)
    if row is None:  # deleted since the collaboration was read
        return None
    mode = word(row.mode)
    return OfferedTerms(row.level.upper(), chosen(KPI_KINDS, row.shared_kpis), mode, moment(row.expires_at))


class Access(NamedTuple):
    level: str | None
    because: str | None


def effective_access(root: VisibleRow) -> Access:
    return Access(root.situation.first("level"), root.situation.first("access"))
