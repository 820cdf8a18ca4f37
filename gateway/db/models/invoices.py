"""Orders and invoices. The organisation that holds an invoice is stamped on it and never changes (D1, D34)."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, Uuid, text
from sqlalchemy.orm import mapped_column

from gateway.db.bounds import MAX_LINES, MAX_MINOR, MAX_OF_ONE
from gateway.db.enums import BILLING_MODES, INVOICE_KINDS, INVOICE_STATES, ORDER_KINDS, PLACERS
from gateway.db.models.base import Base, Key, Mapped, Minor, Moment, edge, inside, of_client, one_of, references


class Order(Base):
    """An order or a renewal. The payer is stamped when it is placed, from the billing mode in force then (D17, D47)."""

    __tablename__ = "purchase_order"
    __table_args__ = (
        one_of("kind", ORDER_KINDS),
        one_of("placed_by", PLACERS),
        one_of("billing_mode", BILLING_MODES),
        CheckConstraint("billing_mode = 'client' OR firm_id IS NOT NULL", name="holder"),
        of_client("purchase_order"),
        inside("collaboration", "collaboration_id"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = references("client.id")
    collaboration_id: Mapped[UUID | None] = mapped_column(Uuid)
    firm_id: Mapped[UUID | None] = references("firm.id", nullable=True)
    kind: Mapped[str]
    placed_by: Mapped[str]
    placed_at: Mapped[Moment]
    billing_mode: Mapped[str]

    client = edge("Client", by="Order.client_id", to="Client.id")


class InvoiceSeries(Base):
    """The last invoice number of one holder (D18)."""

    __tablename__ = "invoice_series"

    holder_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    last: Mapped[int]


class Invoice(Base):
    """An invoice to one organisation: the client in CLIENT mode, the firm in PARTNER mode (I14, I21)."""

    __tablename__ = "invoice"
    __table_args__ = (
        one_of("kind", INVOICE_KINDS),
        one_of("billing_mode", BILLING_MODES),
        one_of("state", INVOICE_STATES),
        CheckConstraint("billing_mode = 'client' OR firm_id IS NOT NULL", name="holder"),
        CheckConstraint("(kind = 'credit_note') = (credits_id IS NOT NULL)", name="credits"),
        CheckConstraint("total = net + tax", name="total"),
        CheckConstraint(f"abs(net) <= {MAX_MINOR} AND abs(tax) <= {MAX_MINOR}", name="amounts"),
        CheckConstraint("state = 'draft' OR (number IS NOT NULL AND issued_at IS NOT NULL)", name="issued"),
        # A number is unique for its holder, because it comes from the holder's row of `invoice_series`.
        Index("uq_invoice_number", "holder_id", "number", "client_id", unique=True),
        Index("ix_invoice_of_client", "client_id", "id", postgresql_where=text("billing_mode = 'client'")),
        Index("ix_invoice_of_firm", "firm_id", "id", postgresql_where=text("billing_mode = 'partner'")),
        Index(
            "ix_invoice_of_firm_in_state",
            "firm_id",
            "state",
            "id",
            postgresql_where=text("billing_mode = 'partner'"),
        ),
        Index(
            "ix_invoice_of_firm_for_client",
            "firm_id",
            "client_id",
            "id",
            postgresql_where=text("billing_mode = 'partner'"),
        ),
        of_client("invoice"),
        Index(
            "ix_invoice_of_collaboration",
            "collaboration_id",
            "id",
            postgresql_where=text("collaboration_id IS NOT NULL"),
        ),
        Index("uq_invoice_of_order", "order_id", "client_id", unique=True, postgresql_where=text("kind = 'invoice'")),
        Index("ix_invoice_credits", "credits_id", postgresql_where=text("credits_id IS NOT NULL")),
        inside("collaboration", "collaboration_id"),
        inside("purchase_order", "order_id"),
        inside("invoice", "credits_id"),
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(server_default="invoice")
    credits_id: Mapped[UUID | None] = mapped_column(Uuid)
    number: Mapped[str | None]
    billing_mode: Mapped[str]
    client_id: Mapped[UUID] = references("client.id")
    firm_id: Mapped[UUID | None] = references("firm.id", nullable=True)
    collaboration_id: Mapped[UUID | None] = mapped_column(Uuid)
    order_id: Mapped[UUID | None] = mapped_column(Uuid)
    # Only for the number series (D18): the policy decides who may see the invoice.
    holder_id: Mapped[UUID] = mapped_column(
        Uuid, Computed("CASE billing_mode WHEN 'partner' THEN firm_id ELSE client_id END", persisted=True)
    )
    client_name: Mapped[str]
    firm_name: Mapped[str | None]
    net: Mapped[Minor]
    tax: Mapped[Minor]
    total: Mapped[Minor]
    currency: Mapped[str]
    state: Mapped[str]
    ordered_at: Mapped[Moment]
    issued_at: Mapped[Moment | None]
    due_at: Mapped[Moment | None]
    paid_at: Mapped[Moment | None]

    client = edge("Client", by="Invoice.client_id", to="Client.id")
    firm = edge("Firm", by="Invoice.firm_id", to="Firm.id")


class InvoiceLine(Base):
    """One line of an invoice."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        CheckConstraint(f"position BETWEEN 1 AND {MAX_LINES}", name="position"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MAX_OF_ONE}", name="quantity"),
        CheckConstraint(f"abs(unit_amount) <= {MAX_MINOR} AND abs(amount) <= {MAX_MINOR}", name="amounts"),
        Index("uq_invoice_line_position", "client_id", "invoice_id", "position", unique=True),
        inside("invoice", "invoice_id"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = references("client.id")
    invoice_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int]
    description: Mapped[str]
    quantity: Mapped[int]
    unit_amount: Mapped[Minor]
    amount: Mapped[Minor]
