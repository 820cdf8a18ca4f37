"""The loaders of one request."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from aiodataloader import DataLoader
from sqlalchemy.orm import aliased

from gateway.auth.viewers import Viewer
from gateway.db.models import (
    AccessGrant,
    Client,
    ClientInvitation,
    ClientSession,
    Collaboration,
    Conversation,
    FirmProfile,
    Invoice,
    InvoiceLine,
    KpiSnapshot,
    OfferedTerms,
)
from gateway.db.models import Plan as Subscription
from gateway.db.queries.same_client import in_collaboration
from gateway.loaders.connection import ReadConnection
from gateway.loaders.nested import NESTED, Nested
from gateway.loaders.pagination import Page, Slice, paged, without_unused_joins
from gateway.loaders.shapes import KEYS, readable
from gateway.loaders.visible_row import VisibleRow, visible_rows
from gateway.policy import Plan, Policy

FEW_KEYS: Final = 100
"""Up to this number, keys are looked up one by one with any plan; a larger number is worth a plan of its own."""

Build = Callable[[Plan], sa.Select[Any]]


class PageOf(NamedTuple):
    """One page of the rows of one parent."""

    parent: UUID
    page: Page


class Scoped:
    """Statements of one viewer's plans. Batches hold this object: if they held the loaders, these would outlive the request."""

    def __init__(self, viewer: Viewer, policy: Policy, reads: ReadConnection) -> None:
        self._viewer, self._policy, self._reads = viewer, policy, reads

    def plan(self, type_name: str) -> Plan:
        return self._policy.plan(self._viewer, type_name)

    async def rows(self, plan: Plan, name: Hashable, build: Build, **parameters: Any) -> Sequence[Any]:
        statement = plan.keep(name, lambda: build(plan))
        return await self.read(plan, statement, parameters, by_few_keys=len(parameters["keys"]) <= FEW_KEYS)

    async def read(
        self, plan: Plan, statement: sa.Select[Any], parameters: Mapping[str, Any], *, by_few_keys: bool
    ) -> Sequence[Any]:
        return await self._reads.rows(statement, {**plan.bind(self._viewer), **parameters}, by_few_keys=by_few_keys)


class Loaders:
    """Batched reads for one viewer. Each statement has the scope in its SQL, because each has a snapshot of its own."""

    def __init__(self, viewer: Viewer, policy: Policy, reads: ReadConnection) -> None:
        self._scoped = Scoped(viewer, policy, reads)
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    # ---- without a key

    def rows(
        self, plan: Plan, statement: sa.Select[Any], parameters: Mapping[str, Any], *, by_few_keys: bool = False
    ) -> Awaitable[Sequence[Any]]:
        """The rows of a cached statement of `plan`, which is executed once per request with the same parameters."""
        scoped = self._scoped

        async def batch(keys: list[bool]) -> list[Sequence[Any]]:
            rows = await scoped.read(plan, statement, parameters, by_few_keys=by_few_keys)
            return [rows for _ in keys]

        return self._loader((statement, *sorted(parameters.items())), batch).load(True)

    # ---- one by key

    def node(self, type_name: str, key: UUID) -> Awaitable[VisibleRow | None]:
        """The object, or None if it does not exist or is not visible."""
        scoped = self._scoped

        async def batch(keys: list[UUID]) -> list[VisibleRow | None]:
            plan = scoped.plan(type_name)
            rows = await scoped.rows(
                plan, "node", lambda plan: _of_keys(readable(plan), plan.row.table.c.id), keys=keys
            )
            found = {row.id: row for row in visible_rows(plan, rows)}
            return [found.get(key) for key in keys]

        return self._loader(("node", type_name), batch).load(key)

    def collaboration_of(self, client_id: UUID) -> Awaitable[VisibleRow | None]:
        """The acting firm's running collaboration with a client: at most one."""

        def build(plan: Plan) -> sa.Select[Any]:
            statement = _of_keys(readable(plan), Collaboration.client_id)
            return statement.where(plan.predicate("running"))

        return self._one("Collaboration", "collaboration_of", build, lambda row: row.client_id, client_id)

    def profile_of(self, firm_id: UUID) -> Awaitable[VisibleRow | None]:
        """The published profile of a firm."""
        return self._one(
            "FirmProfile",
            "profile_of",
            lambda plan: _of_keys(readable(plan), FirmProfile.firm_id).where(plan.predicate("listed")),
            lambda row: row.firm_id,
            firm_id,
        )

    def session_of(self, member_id: UUID) -> Awaitable[VisibleRow | None]:
        """The open session of a firm's member in a client's account: at most one (P29)."""

        def build(plan: Plan) -> sa.Select[Any]:
            statement = _of_keys(readable(plan), ClientSession.member_id)
            return statement.where(ClientSession.closed_at.is_(None), plan.predicate("status", "OPEN"))

        return self._one("ClientSession", "session_of", build, lambda row: row.member_id, member_id)

    def conversation_of(self, collaboration_id: UUID) -> Awaitable[VisibleRow | None]:
        """The conversation between the firm and the client of a collaboration."""

        def build(plan: Plan) -> sa.Select[Any]:
            one = aliased(Collaboration)
            two = sa.and_(one.firm_id == Conversation.firm_id, one.client_id == Conversation.client_id)
            return _of_keys(readable(plan, one.id.label("of"), beside=((one, two),)), one.id)

        return self._one("Conversation", "conversation_of", build, lambda row: row.of, collaboration_id)

    def wallet_of(self, client_id: UUID) -> Awaitable[Any]:
        """amount and currency of the newest reported balance (D62), if the client's facts make its wallet visible."""

        def build(plan: Plan) -> sa.Select[Any]:
            reported = sa.and_(KpiSnapshot.client_id == Client.id, KpiSnapshot.kind == "WALLET_BALANCE")
            statement = plan.plain(
                KpiSnapshot.client_id.label("key"),
                KpiSnapshot.amount,
                KpiSnapshot.currency,
                beside=((KpiSnapshot.__table__, reported),),
            )
            return _of_keys(statement, Client.id).where(plan.predicate("see", "wallet"))

        return self._plain("Client", "wallet_of", build, client_id)

    def subscription_of(self, client_id: UUID) -> Awaitable[Any]:
        """tier, sections, fee_amount, fee_currency: a value of one client, never shared between clients (D50)."""

        def build(plan: Plan) -> sa.Select[Any]:
            terms = aliased(Subscription)
            statement = plan.plain(
                Client.id.label("key"),
                terms.tier,
                terms.sections,
                terms.fee_amount,
                terms.fee_currency,
                beside=((terms, terms.id == Client.plan_id),),
            )
            return _of_keys(statement, Client.id).where(plan.predicate("see", "plan"))

        return self._plain("Client", "subscription_of", build, client_id)

    def expiry_of(self, collaboration_id: UUID) -> Awaitable[Any]:
        """expires_at of the grant that is not revoked."""

        def build(plan: Plan) -> sa.Select[Any]:
            grant = aliased(AccessGrant)
            held = sa.and_(in_collaboration(grant), grant.revoked_at.is_(None))
            statement = plan.plain(Collaboration.id.label("key"), grant.expires_at, beside=((grant, held),))
            return _of_keys(statement, Collaboration.id).where(plan.predicate("see", "expiresAt"))

        return self._plain("Collaboration", "expiry_of", build, collaboration_id)

    def offered_terms_of(self, collaboration_id: UUID) -> Awaitable[Any]:
        """level, shared_kpis, mode and expires_at that a client grants once it is verified (D60)."""

        def build(plan: Plan) -> sa.Select[Any]:
            terms = aliased(OfferedTerms)
            columns = (terms.level, terms.shared_kpis, terms.mode, terms.expires_at)
            offered = ((terms, in_collaboration(terms)),)
            statement = plan.plain(Collaboration.id.label("key"), *columns, beside=offered)
            return _of_keys(statement, Collaboration.id).where(plan.predicate("see", "offeredTerms"))

        return self._plain("Collaboration", "offered_terms_of", build, collaboration_id)

    def discount_of(self, collaboration_id: UUID) -> Awaitable[Any]:
        """discount_percent, discount_plans and state of the discount that a firm offered with its invitation (P5)."""

        def build(plan: Plan) -> sa.Select[Any]:
            offer = aliased(ClientInvitation)
            invitation = sa.func.coalesce(Collaboration.copy_of, Collaboration.id)
            offered = sa.and_(offer.collaboration_id == invitation, offer.discount_percent.is_not(None))
            columns = (offer.discount_percent, offer.discount_plans, offer.state)
            statement = plan.plain(Collaboration.id.label("key"), *columns, beside=((offer, offered),))
            return _of_keys(statement, Collaboration.id).where(plan.predicate("see", "discountOffer"))

        return self._plain("Collaboration", "discount_of", build, collaboration_id)

    # ---- many by parent

    def kpis_of(self, client_id: UUID) -> Awaitable[list[VisibleRow]]:
        def build(plan: Plan) -> sa.Select[Any]:
            return _of_keys(readable(plan), KpiSnapshot.client_id).order_by(KpiSnapshot.kind)

        return self._many("KpiSnapshot", "kpis_of", build, lambda row: row.client_id, client_id)

    def lines_of(self, invoice_id: UUID) -> Awaitable[list[Any]]:
        """position, description, quantity, unit_amount, amount, currency of a readable invoice: all lines or none."""

        def build(plan: Plan) -> sa.Select[Any]:
            its = sa.and_(InvoiceLine.invoice_id == Invoice.id, InvoiceLine.client_id == Invoice.client_id)
            statement = plan.plain(
                Invoice.id.label("key"),
                Invoice.currency,
                InvoiceLine.position,
                InvoiceLine.description,
                InvoiceLine.quantity,
                InvoiceLine.unit_amount,
                InvoiceLine.amount,
                beside=((InvoiceLine.__table__, its),),
            )
            return _of_keys(statement, Invoice.id).order_by(InvoiceLine.position)

        scoped = self._scoped

        async def batch(keys: list[UUID]) -> list[list[Any]]:
            found = defaultdict(list)
            for row in await scoped.rows(scoped.plan("Invoice"), "lines_of", build, keys=keys):
                found[row.key].append(row)
            return [found[key] for key in keys]

        return self._loader("lines_of", batch).load(invoice_id)

    # ---- counts and pages by parent

    def clients_counted_of(self, firm_id: UUID) -> Awaitable[int]:
        """The number of clients that a firm works for now and that the viewer may know of (P36, P40)."""

        def build(plan: Plan) -> sa.Select[Any]:
            statement = plan.plain(Collaboration.firm_id.label("key"), sa.func.count().label("many"))
            statement = _of_keys(statement, Collaboration.firm_id).where(plan.predicate("status", "ACTIVE"))
            return without_unused_joins(statement).group_by(Collaboration.firm_id)

        return self._count("Collaboration", "clients_counted_of", build, firm_id)

    def page_of(self, name: str, parent: UUID, page: Page, part: str | None = None) -> Awaitable[Slice[VisibleRow]]:
        """A page of a list of NESTED, or of a part of it, by one LATERAL for all parents with the same page."""
        scoped, nested = self._scoped, NESTED[name]

        async def batch(wanted: list[PageOf]) -> list[Slice[VisibleRow]]:
            plan = scoped.plan(nested.type_name)
            by_page = defaultdict(list)
            for one in wanted:
                by_page[one.page].append(one.parent)
            found: dict[PageOf, list[VisibleRow]] = defaultdict(list)
            for asked, parents in by_page.items():
                rows = await scoped.rows(
                    plan,
                    (name, part is None, asked.shape),
                    _lateral(nested, asked, part),
                    keys=parents,
                    **asked.parameters(),
                    **_parted(part),
                )
                for row in visible_rows(plan, rows):
                    found[PageOf(row.row.parent, asked)].append(row)
            return [one.page.cut(found[one]) for one in wanted]

        return self._loader((name, part), batch).load(PageOf(parent, page))

    def counted_of(self, name: str, parent: UUID, part: str | None = None) -> Awaitable[int]:
        """The number of rows of a list of NESTED, or of a part of it."""
        nested = NESTED[name]

        def build(plan: Plan) -> sa.Select[Any]:
            counted = plan.plain(nested.parent.label("key"), sa.func.count().label("many"), beside=nested.beside)
            counted = nested.narrowed(plan, _of_keys(counted, nested.parent), part)
            return without_unused_joins(counted).group_by(nested.parent)

        return self._count(nested.type_name, ("count", name, part), build, parent, **_parted(part))

    # ---- helpers

    def _loader(
        self, name: Hashable, batch: Callable[[list[Any]], Coroutine[Any, Any, list[Any]]]
    ) -> DataLoader[Any, Any]:
        if name not in self._loaders:
            self._loaders[name] = DataLoader(batch)
        return self._loaders[name]

    def _one(
        self, type_name: str, name: str, build: Build, of: Callable[[Any], UUID], key: UUID
    ) -> Awaitable[VisibleRow | None]:
        scoped = self._scoped

        async def batch(keys: list[UUID]) -> list[VisibleRow | None]:
            plan = scoped.plan(type_name)
            found = {of(row.row): row for row in visible_rows(plan, await scoped.rows(plan, name, build, keys=keys))}
            return [found.get(key) for key in keys]

        return self._loader(name, batch).load(key)

    def _many(
        self, type_name: str, name: str, build: Build, of: Callable[[Any], UUID], key: UUID
    ) -> Awaitable[list[VisibleRow]]:
        scoped = self._scoped

        async def batch(keys: list[UUID]) -> list[list[VisibleRow]]:
            plan = scoped.plan(type_name)
            found = defaultdict(list)
            for row in visible_rows(plan, await scoped.rows(plan, name, build, keys=keys)):
                found[of(row.row)].append(row)
            return [found[key] for key in keys]

        return self._loader(name, batch).load(key)

    def _plain(self, type_name: str, name: str, build: Build, key: UUID) -> Awaitable[Any]:
        """A row without facts of its own: the facts of its parent decide."""
        scoped = self._scoped

        async def batch(keys: list[UUID]) -> list[Any]:
            found = {row.key: row for row in await scoped.rows(scoped.plan(type_name), name, build, keys=keys)}
            return [found.get(key) for key in keys]

        return self._loader(name, batch).load(key)

    def _count(self, type_name: str, name: Hashable, build: Build, key: UUID, **parameters: Any) -> Awaitable[int]:
        scoped = self._scoped

        async def batch(keys: list[UUID]) -> list[int]:
            rows = await scoped.rows(scoped.plan(type_name), name, build, keys=keys, **parameters)
            found = {row.key: row.many for row in rows}
            return [found.get(key, 0) for key in keys]

        return self._loader(name, batch).load(key)


def _of_keys(statement: sa.Select[Any], column: Any) -> sa.Select[Any]:
    return statement.where(column == sa.any_(KEYS))


def _parted(part: str | None) -> dict[str, str]:
    return {} if part is None else {"part": part}


def _lateral(nested: Nested, page: Page, part: str | None) -> Build:
    """The page of each parent, in one statement."""

    def build(plan: Plan) -> sa.Select[Any]:
        parents = sa.func.unnest(KEYS).table_valued(sa.column("parent", sa.Uuid())).render_derived(name="parents")
        rows = readable(plan, beside=nested.beside).where(nested.parent == parents.c.parent).correlate(parents)
        rows = nested.narrowed(plan, rows, part)
        inner = paged(rows, nested.order, page, descending=nested.descending).lateral("page")
        return sa.select(parents.c.parent, *inner.c).select_from(sa.join(parents, inner, sa.true()))

    return build
