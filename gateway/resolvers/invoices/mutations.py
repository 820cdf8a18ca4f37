"""Orders and invoices. Who pays is stamped once, from the billing mode that was in force (D1, D17, D34, D47)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gateway.context import Info
from gateway.db.bounds import MAX_MINOR
from gateway.db.ids import uuid7
from gateway.db.models import Client, Collaboration, Firm, Invoice, InvoiceLine, InvoiceSeries, Order
from gateway.errors import Conflict, InvalidInput, NotFound
from gateway.messages import text
from gateway.policy.plan import Plan
from gateway.reads.formats import word
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.resolvers.invoices.payers import begun, full_access, payers
from gateway.schema.invoices.enums import OrderPlacer
from gateway.schema.invoices.inputs import (
    CreditInvoiceInput,
    InvoiceLineInput,
    IssueInvoiceInput,
    PayInvoiceInput,
    RecordOrderInput,
)

Row = dict[str, Any]


class Stamp(NamedTuple):
    """The billing mode and the payer: the firm in PARTNER mode, otherwise the client."""

    billing_mode: str
    firm_id: UUID | None
    collaboration_id: UUID | None


async def record_order(info: Info, input: RecordOrderInput) -> Any:
    """Records an order. The payer at the time of the order is stamped now and does not change later (D17, D47, L9)."""

    async def work(change: MutationContext) -> Mapping[str, Any]:
        client_id = change.key_of("Client", input.client)
        collaboration_id = _key_of(change, "Collaboration", input.collaboration)
        await change.authorize("Client", client_id, "RECORD_ORDER")
        await _belongs(change, collaboration_id, client_id)
        now = change.context.viewer.now
        placed_at = input.placed_at
        await _require_begun(change, collaboration_id, placed_at)
        if input.placed_by is OrderPlacer.PARTNER and collaboration_id is not None:
            await _require_full_access(change, collaboration_id, placed_at)
        stamp = await _stamp(change, client_id, collaboration_id, placed_at)
        row = {
            "id": uuid7(now),
            "client_id": client_id,
            **stamp._asdict(),
            "kind": input.kind.value.lower(),
            "placed_by": input.placed_by.value.lower(),
            "placed_at": placed_at,
        }
        await change.connection.execute(sa.insert(Order).values(row))
        change.about = About("Order", row["id"], client_id=client_id)
        return {
            "order_id": str(row["id"]),
            "kind": input.kind.value,
            "placed_by": input.placed_by.value,
            "placed_at": placed_at.isoformat(),
            "billing_mode": word(stamp.billing_mode),
        }

    return await run_mutation(info, work)


class Placed(NamedTuple):
    id: str
    kind: str
    placed_by: str
    placed_at: str
    billing_mode: str


def order(root: Any, info: Info) -> Placed:
    """Returns the order of a payload, with its sealed id."""
    key = info.context.seal.id("Order", UUID(root.order_id))
    return Placed(key, root.kind, root.placed_by, root.placed_at, root.billing_mode)


async def issue_invoice(info: Info, input: IssueInvoiceInput) -> Any:
    """Issues an invoice to the payer of its order, or to the payer at `orderedAt`, in that payer's number series (D18, D47)."""

    async def work(change: MutationContext) -> Mapping[str, Any]:
        client_id = change.key_of("Client", input.client)
        order_id = _key_of(change, "Order", input.order)
        collaboration_id = _key_of(change, "Collaboration", input.collaboration)
        await change.authorize("Client", client_id, "ISSUE_INVOICE")
        await _belongs(change, collaboration_id, client_id)
        now = change.context.viewer.now
        placed = None if order_id is None else await _placed(change, order_id, client_id)
        ordered_at = input.ordered_at or now
        lines = _lines(input.lines)
        amounts = _amounts(lines, input.tax_percent)
        if placed is None:
            await _require_begun(change, collaboration_id, ordered_at)
            stamp = await _stamp(change, client_id, collaboration_id, ordered_at)
        else:
            stamp, ordered_at = Stamp(placed.billing_mode, placed.firm_id, placed.collaboration_id), placed.placed_at
        names = sa.select(Client.name, sa.select(Firm.name).where(Firm.id == stamp.firm_id).scalar_subquery())
        client_name, firm_name = (await change.connection.execute(names.where(Client.id == client_id))).one()
        key = await _issued(
            change,
            {
                "kind": "invoice",
                **stamp._asdict(),
                "client_id": client_id,
                "order_id": order_id,
                "client_name": client_name,
                "firm_name": firm_name,
                **amounts,
                "currency": input.currency.value,
                "ordered_at": ordered_at,
                "due_at": input.due_at,
            },
            lines,
            state="open",
        )
        return {"invoice": Node("Invoice", key)}

    return await run_mutation(info, work)


async def credit_invoice(info: Info, input: CreditInvoiceInput) -> Any:
    """Issues the credit note to the holder of the invoice, whatever the current billing mode is (D47, L24)."""

    async def work(change: MutationContext) -> Mapping[str, Any]:
        key = (await change.authorize_id("Invoice", input.id, "CREDIT_INVOICE")).id
        invoice, line = Invoice.__table__.c, InvoiceLine.__table__.c
        copied = [
            *(invoice.billing_mode, invoice.client_id, invoice.firm_id, invoice.collaboration_id, invoice.order_id),
            *(invoice.client_name, invoice.firm_name, invoice.currency),
            *((-invoice[name]).label(name) for name in ("net", "tax", "total")),
        ]
        original = (await change.connection.execute(sa.select(*copied).where(invoice.id == key))).one()
        taken_back = sa.select(
            *(line.position, line.description, line.quantity),
            *((-line[name]).label(name) for name in ("unit_amount", "amount")),
        )
        lines = (await change.connection.execute(taken_back.where(line.invoice_id == key))).all()
        now = change.context.viewer.now
        note = await _issued(
            change,
            {"kind": "credit_note", "credits_id": key, "ordered_at": now, **original._mapping},
            [dict(each._mapping) for each in lines],
            state="paid",
            paid_at=now,
        )
        await change.connection.execute(sa.update(Invoice).where(Invoice.id == key).values(state="credited"))
        return {"invoice": Node("Invoice", key), "credit_note": Node("Invoice", note)}

    return await run_mutation(info, work)


async def pay_invoice(info: Info, input: PayInvoiceInput) -> Any:
    """Marks the invoice as paid by its holder: the client in CLIENT mode, the firm in PARTNER mode (I9, I18)."""

    async def work(change: MutationContext) -> Mapping[str, Any]:
        key = (await change.authorize_id("Invoice", input.id, "PAY_INVOICE")).id
        paid = sa.update(Invoice).where(Invoice.id == key).values(state="paid", paid_at=change.context.viewer.now)
        change.about = _about(key, (await change.connection.execute(paid.returning(*HELD_BY))).one())
        return {"invoice": Node("Invoice", key)}

    return await run_mutation(info, work)


# ---- payer


async def _belongs(change: MutationContext, collaboration_id: UUID | None, client_id: UUID) -> None:
    """Raises NotFound for another client's collaboration, and for one that never began."""
    if collaboration_id is None:
        return
    begun = sa.select(Collaboration.id).where(
        Collaboration.id == collaboration_id,
        Collaboration.client_id == client_id,
        Collaboration.started_at.is_not(None),
    )
    if (await change.connection.execute(begun)).one_or_none() is None:
        raise NotFound


async def _require_begun(change: MutationContext, collaboration_id: UUID | None, at: datetime) -> None:
    """Raises Conflict if the given collaboration had not begun by then: no order can belong to it yet (D16)."""
    if collaboration_id is not None and await change.connection.scalar(begun(collaboration_id, at)) is None:
        raise Conflict(text("conflict", "NOT_BEGUN"))


async def _require_full_access(change: MutationContext, collaboration_id: UUID, at: datetime) -> None:
    """Raises Conflict if the firm did not have full access in the collaboration at that time."""
    periods = change.context.plan("BillingModePeriod")
    if await change.connection.scalar(full_access(periods, collaboration_id), _asked_at(change, periods, at)) is None:
        raise Conflict(text("conflict", "NO_FULL_ACCESS"))


async def _stamp(change: MutationContext, client_id: UUID, collaboration_id: UUID | None, at: datetime) -> Stamp:
    """Returns the stamp of the firm that paid in PARTNER mode, otherwise that of the client.

    Without a collaboration all of them are considered, because at most one firm pays at a time (D16).
    """
    periods = change.context.plan("BillingModePeriod")
    found = payers(periods, client_id)
    if collaboration_id is not None:
        found = found.where(Collaboration.id == collaboration_id)
    payer = (await change.connection.execute(found, _asked_at(change, periods, at))).one_or_none()
    return Stamp("client", None, collaboration_id) if payer is None else Stamp(*payer)


def _asked_at(change: MutationContext, periods: Plan, at: datetime) -> dict[str, Any]:
    """The parameters for a decision about the past: `at` is the present of the rules."""
    return periods.bind(change.context.viewer) | {"v_now": at}


async def _placed(change: MutationContext, order_id: UUID, client_id: UUID) -> Any:
    """Returns the order. The lock on the client prevents concurrent invoices for it.

    Raises NotFound for an order of another client, and Conflict for an order that already has an invoice.
    """
    orders = sa.select(Order.billing_mode, Order.firm_id, Order.collaboration_id, Order.placed_at, Invoice.id)
    billed = sa.and_(Invoice.order_id == Order.id, Invoice.client_id == Order.client_id, Invoice.kind == "invoice")
    found = orders.outerjoin(Invoice, billed).where(Order.id == order_id, Order.client_id == client_id)
    placed = (await change.connection.execute(found)).one_or_none()
    if placed is None:
        raise NotFound
    if placed.id is not None:
        raise Conflict(text("conflict", "BILLED"))
    return placed


# ---- writing


HELD_BY: Final = tuple(
    sa.case((column == Invoice.holder_id, column)).label(name)
    for name, column in (("client_id", Invoice.client_id), ("firm_id", Invoice.firm_id))
)
"""The side that holds an invoice. Its audit entry must not let the other side count invoices it may not see (L21, L25)."""


async def _issued(change: MutationContext, row: Row, lines: Sequence[Row], **issued: Any) -> UUID:
    """Inserts a draft, then issues it with the next number of its holder's series, and returns its key.

    Both happen in one transaction, so that the series has no gap.
    """
    now, connection = change.context.viewer.now, change.connection
    key = uuid7(now)
    drafted = sa.insert(Invoice).values(id=key, state="draft", **row).returning(Invoice.holder_id, *HELD_BY)
    held = (await connection.execute(drafted)).one()
    if lines:
        placed = [{"id": uuid7(now), "client_id": row["client_id"], "invoice_id": key, **line} for line in lines]
        await connection.execute(sa.insert(InvoiceLine), placed)
    number = (await connection.execute(_next_of(held.holder_id))).scalar_one()
    issue = sa.update(Invoice).where(Invoice.id == key)
    await connection.execute(issue.values(number=f"{number:05}", issued_at=now, **issued))
    change.about = _about(key, held)
    return key


def _next_of(holder_id: UUID) -> Any:
    """Returns the statement for the next number of a holder (D18). A concurrent transaction waits for the series' row.

    If the series has no row yet, it continues from the greatest existing number.
    """
    digits = sa.case((Invoice.number.regexp_match("^[0-9]{1,9}$"), sa.cast(Invoice.number, sa.Integer)))
    begun = sa.select(InvoiceSeries.last).where(InvoiceSeries.holder_id == holder_id).exists()
    greatest = sa.select(sa.func.max(digits)).where(Invoice.holder_id == holder_id, ~begun).scalar_subquery()
    first = insert(InvoiceSeries).values(holder_id=holder_id, last=sa.func.coalesce(greatest, 0) + 1)
    return first.on_conflict_do_update(
        index_elements=[InvoiceSeries.holder_id], set_={"last": InvoiceSeries.last + 1}
    ).returning(InvoiceSeries.last)


def _about(key: UUID, held: Any) -> About:
    return About("Invoice", key, client_id=held.client_id, firm_id=held.firm_id)


# ---- inputs


def _key_of(change: MutationContext, type_name: str, id: str | None) -> UUID | None:
    return None if id is None else change.key_of(type_name, id)


def _lines(given: Sequence[InvoiceLineInput]) -> list[Row]:
    return [_line(position, line) for position, line in enumerate(given, start=1)]


def _line(position: int, line: InvoiceLineInput) -> Row:
    unit = int(line.unit_amount.replace(".", ""))
    return {
        "position": position,
        "description": line.description,
        "quantity": line.quantity,
        "unit_amount": unit,
        "amount": unit * line.quantity,
    }


def _amounts(lines: Sequence[Row], tax_percent: str) -> Row:
    """Returns net, tax and total. The tax is rounded half up, once for the whole invoice."""
    net = sum(line["amount"] for line in lines)
    if net > MAX_MINOR:
        raise InvalidInput.of("SUM", "lines", most=f"{MAX_MINOR // 100}.00")
    whole, _, part = tax_percent.partition(".")
    hundredths = int(whole) * 100 + int(part.ljust(2, "0"))
    tax = (net * hundredths + 5_000) // 10_000
    return {"net": net, "tax": tax, "total": net + tax}
