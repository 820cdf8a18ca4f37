"""The invoices of the large world, in chronological order: the time of each determines its holder (D1, D18, D47)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

from gateway.db.seeds.companies import CURRENCIES, TAXES
from gateway.db.seeds.crowd import BEGINNING, Client, Firm, Pair, new_key
from gateway.db.seeds.keys import DEMO_NOW

INVOICE: Final = (
    "id kind credits_id number billing_mode client_id firm_id collaboration_id client_name firm_name"
    " net tax total currency state ordered_at issued_at due_at paid_at"
)
LINE: Final = "id client_id invoice_id position description quantity unit_amount amount"
MONTH: Final = timedelta(days=30)
FEES: Final = (57_00, 177_00, 387_00)

Row = tuple[Any, ...]


class Payer(NamedTuple):
    """A period in which a firm pays for a client."""

    start: datetime
    end: datetime
    firm: Firm
    collaboration: UUID


class Ledger:
    """Generates `number` invoices, one for each client in turn, at equal intervals over the time of the world."""

    def __init__(
        self, random: Random, number: int, firms: Sequence[Firm], clients: Sequence[Client], pairs: Sequence[Pair]
    ) -> None:
        self.random = random
        self.number = number
        self.clients = clients
        self.payers: defaultdict[int, list[Payer]] = defaultdict(list)
        self.numbers: Counter[UUID] = Counter()
        self.credits: dict[int, Row] = {}  # by client: the invoice that the client's next one credits
        self.lines: list[Row] = []
        for pair in pairs:
            for mode, start, end in pair.modes:
                if mode == "partner":
                    until = end.replace(tzinfo=start.tzinfo)  # `FOREVER` has no time zone and could not be compared
                    self.payers[pair.client].append(Payer(start, until, firms[pair.firm], pair.key))

    def rounds(self) -> Iterator[Iterator[Row]]:
        """The invoices in batches. `lines` holds the lines of the batch that was read last."""
        for first in range(0, self.number, len(self.clients)):
            self.lines = []
            yield self._invoices(first, min(first + len(self.clients), self.number))

    def _invoices(self, first: int, end: int) -> Iterator[Row]:
        pace = (DEMO_NOW - BEGINNING) / self.number
        for place in range(first, end):
            at = BEGINNING + pace * place
            client = place % len(self.clients)
            if original := self.credits.pop(client, None):
                yield self._credit_note(original, at)
            else:
                yield self._invoice(client, at)

    def _invoice(self, place: int, at: datetime) -> Row:
        random, client = self.random, self.clients[place]
        payer = next((one for one in self.payers.get(place, ()) if one.start <= at < one.end), None)
        holder = payer.firm.key if payer else client.key
        net = random.choice(FEES)
        tax = net * TAXES[client.country] // 1000
        is_open = at > DEMO_NOW - 2 * MONTH and random.random() < 0.4
        is_credited = not is_open and random.random() < 0.01
        row = (
            new_key(random, at),
            "invoice",
            None,
            self._next_number(holder),
            "partner" if payer else "client",
            client.key,
            payer.firm.key if payer else None,
            payer.collaboration if payer else None,
            client.name,
            payer.firm.name if payer else None,
            net,
            tax,
            net + tax,
            CURRENCIES[client.country],
            "open" if is_open else "credited" if is_credited else "paid",
            at,
            at,
            at + MONTH,
            None if is_open else at + MONTH / 2,
        )
        if is_credited:
            self.credits[place] = row
        extra = net // 3 if random.random() < 0.25 else 0
        self._line(row, 1, "Plan, one quarter", net - extra)
        if extra:
            self._line(row, 2, "Cards for employees", extra)
        return row

    def _credit_note(self, original: Row, at: datetime) -> Row:
        key, _, _, _, mode, client, firm, collaboration, client_name, firm_name, net, tax, total, currency, *_ = (
            original
        )
        number = self._next_number(firm or client)
        about = (new_key(self.random, at), "credit_note", key, number, mode, client, firm, collaboration)
        row = (*about, client_name, firm_name, -net, -tax, -total, currency, "paid", at, at, None, at)
        self._line(row, 1, "Credit for the plan", -net)
        return row

    def _line(self, invoice: Row, position: int, description: str, amount: int) -> None:
        key = new_key(self.random, invoice[-4])
        self.lines.append((key, invoice[5], invoice[0], position, description, 1, amount, amount))

    def _next_number(self, holder: UUID) -> str:
        self.numbers[holder] += 1
        return f"{self.numbers[holder]:05}"
