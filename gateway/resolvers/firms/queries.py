"""Queries for firms and for the public directory."""

from typing import Any

import sqlalchemy as sa

from gateway.auth.viewers import FirmToken, FirmViewer
from gateway.context import Context, Info
from gateway.db.models import Firm, FirmProfile
from gateway.loaders import VisibleRow
from gateway.resolvers.core.connections import Connection, Listing, PageArguments, Query, by_name, listed
from gateway.resolvers.core.nodes import found, seen_or_refused
from gateway.resolvers.core.search import contains, search_terms
from gateway.schema.core.arguments import After, Before, First, Last, OptionalId, Search, SubscriptionLapsed


async def firm(info: Info, id: OptionalId = None) -> VisibleRow | None:
    """Returns the firm with this id or, without an id, the acting firm; None if the viewer acts for no firm."""
    if id is not None:
        return await found(info.context, "Firm", id)
    acting = info.context.viewer
    if not isinstance(acting, FirmViewer | FirmToken):
        return None
    return await seen_or_refused(info.context, "Firm", acting.firm_id)


async def firms(
    info: Info,
    search: Search = None,
    subscription_lapsed: SubscriptionLapsed = False,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Connection:
    rules = ("lapsed",) if subscription_lapsed else ()
    return await found_by_name(info.context, "Firm", Firm, search, PageArguments(first, after, last, before), *rules)


async def public_directory(info: Info, search: Search = None, first: First = None, after: After = None) -> Connection:
    return await found_by_name(info.context, "FirmProfile", FirmProfile, search, PageArguments(first, after), "listed")


async def found_by_name(
    context: Context, type_name: str, model: Any, search: str | None, arguments: PageArguments, *rules: str
) -> Connection:
    """Lists the rows whose name contains `search` and for which all `rules` of the policy hold."""
    terms = search_terms(search)
    listing = Listing(context, type_name, (terms, *rules), by_name)
    page = listing.page(arguments)
    plan = context.plan(type_name)

    def narrowed(statement: sa.Select[Any]) -> sa.Select[Any]:
        statement = statement.where(*(plan.predicate(rule) for rule in rules))
        return statement if terms is None else statement.where(contains(model.name_key, model.spelled_key))

    order = (model.name_key, model.id)
    parameters = {} if terms is None else terms.parameters()
    query = Query(plan, (terms is not None, *rules), narrowed, order, parameters=parameters)
    return await listed(listing, page, query)
