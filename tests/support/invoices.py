"""Asking as the billing system, and looking at what it left behind."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.graph.conftest import Answer, Ask

RECORD: Final = """mutation ($input: RecordOrderInput!) { recordOrder(input: $input) {
  order { id kind placedBy placedAt billingMode }
} }"""
INVOICE: Final = """id invoiceKind number invoiceState billingMode clientName currency issuedAt dueAt paidAt viewerActions
  issuedTo { kind name } client { id } credits { id }
  lines { position description quantity unitAmount { amount currency } amount { amount } }
  net { amount currency } tax { amount } total { amount }"""
ISSUE: Final = f"mutation ($input: IssueInvoiceInput!) {{ issueInvoice(input: $input) {{ invoice {{ {INVOICE} }} }} }}"
CREDIT: Final = f"""mutation ($id: ID!) {{ creditInvoice(input: {{id: $id}}) {{
  invoice {{ id invoiceState }} creditNote {{ {INVOICE} }}
}} }}"""
PAY: Final = """mutation ($id: ID!) { payInvoice(input: {id: $id}) {
  invoice { id invoiceState paidAt viewerActions }
} }"""
SUSPEND: Final = "mutation ($id: ID!) { suspendFirm(input: {id: $id}) { firm { id } } }"
REINSTATE: Final = "mutation ($id: ID!) { reinstateFirm(input: {id: $id}) { firm { id } } }"
PLAN: Final = {"description": "Plan, one quarter", "quantity": 1, "unitAmount": "387.00"}
TABLES: Final = ("purchase_order", "invoice", "invoice_line", "invoice_series")


def order_of(ask: Ask, of: str, placed_at: datetime | str, **more: Any) -> dict[str, Any]:
    moment = placed_at if isinstance(placed_at, str) else placed_at.isoformat()
    given = {"client": ask.id("Client", of), "kind": "ORDER", "placedBy": "CLIENT", "placedAt": moment}
    return given | more


def bill_of(ask: Ask, of: str, **more: Any) -> dict[str, Any]:
    given = {"client": ask.id("Client", of), "lines": [PLAN], "taxPercent": "19", "currency": "EUR"}
    return given | more


async def recorded_order(ask: Ask, client: str, placed_at: datetime, **more: Any) -> dict[str, Any]:
    answer = await ask.data("billing", RECORD, input=order_of(ask, client, placed_at, **more))
    order: dict[str, Any] = answer["recordOrder"]["order"]
    return order


async def issued(ask: Ask, client: str, **more: Any) -> dict[str, Any]:
    answer = await ask.data("billing", ISSUE, input=bill_of(ask, client, **more))
    invoice: dict[str, Any] = answer["issueInvoice"]["invoice"]
    return invoice


async def credited(ask: Ask, id: str) -> dict[str, Any]:
    """The credit note."""
    note: dict[str, Any] = (await ask.data("billing", CREDIT, id=id))["creditInvoice"]["creditNote"]
    return note


async def books(world: AsyncConnection) -> list[list[str]]:
    """All that is billed: it changes together or not at all."""
    rows = []
    for table in TABLES:
        found = await world.scalars(text(f"SELECT t::text FROM {table} t ORDER BY t::text"))
        rows.append([str(row) for row in found])
    return rows


async def stamped(world: AsyncConnection, ask: Ask, order: dict[str, Any]) -> tuple[Any, ...]:
    """billing_mode, firm_id, collaboration_id of an order."""
    asked = text("SELECT billing_mode, firm_id, collaboration_id FROM purchase_order WHERE id = :id")
    return tuple((await world.execute(asked, {"id": key_of(ask, order["id"])})).one())


def key_of(ask: Ask, id: str) -> UUID:
    return ask.gateway.seal.open_id(id)[1]


def refused(answer: Answer, field: str, code: str) -> bool:
    return (answer.data, answer.codes) == ({field: None}, [code])
