"""The firms and clients of the demo world, and the clients' pending work."""

from typing import Final, NamedTuple

from gateway.db.enums import SECTIONS


class Firm(NamedTuple):
    """A firm of the demo world."""

    name: str
    domain: str
    country: str
    business_kind: str
    admin: str
    programme_state: str
    cashback_rate: int
    profile_state: str
    location: str
    languages: tuple[str, ...]
    specialties: tuple[str, ...]
    description: str


class Client(NamedTuple):
    """A client of the demo world, with its plan."""

    name: str
    country: str
    state: str
    plan: str
    company_number: str
    address: str


class Pending(NamedTuple):
    """The section that a kind of pending work needs (Table D), and the title of its tasks."""

    section: str
    title: str


FIRMS: Final = {
    "F": Firm(
        "Havlygte Revision",
        "havlygte-revision.example",
        "DK",
        "advisory",
        "ada",
        "approved",
        500,
        "published",
        "Svendborg",
        ("da", "sv", "de"),
        ("payroll", "shipping", "crafts"),
        "Bookkeeping and payroll for workshops around the Baltic Sea.",
    ),
    "G": Firm(
        "Steinfirn Treuhand",
        "steinfirn-treuhand.example",
        "CH",
        "external_cfo",
        "gus",
        "approved",
        800,
        "published",
        "Chur",
        ("de", "es"),
        ("annual accounts", "external CFO"),
        "Your finance department, four valleys away.",
    ),
    "H": Firm(
        "Norrdunge Ekonomi",
        "norrdunge-ekonomi.example",
        "SE",
        "agency",
        "hugo",
        "submitted",
        0,
        "in_review",
        "Härnösand",
        ("sv",),
        ("start-ups",),
        "Books for companies in their first three years.",
    ),
}

LIMITED_SECTIONS: Final = ("EMPLOYEES", "SALARIES", "PAYROLL_BASIS", "RECEIPTS", "OUTLAYS")
PLANS: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    "basic": ((*LIMITED_SECTIONS, "WALLET", "OVERVIEW", "COMPANY", "MEMBERS", "ACCOUNT_LOGIN"), 19_00),
    "plus": (tuple(section for section in SECTIONS if section not in {"JOURNAL", "INBOX", "INTEGRATIONS"}), 59_00),
    "pro": (SECTIONS, 129_00),
}
"""Tier, its sections and its monthly fee in EUR cents (H56, P9)."""

CLIENTS: Final = {
    "C1": Client("Ærø Tovværk", "DK", "verified", "pro", "DK-90410017", "Havnegade 3, 5970 Ærøskøbing"),
    "C2": Client("Björkdunge Bageri", "SE", "verified", "basic", "SE-559904-2218", "Kvarngatan 8, 871 30 Härnösand"),
    "C3": Client("Zürcher Käsekeller", "CH", "verified", "plus", "CHE-900.417.318", "Kellergasse 12, 8400 Winterthur"),
    "C4": Client("Talleres Riomanso", "ES", "verified", "pro", "ES-B90041743", "Calle del Molino 5, 37008 Salamanca"),
    "C5": Client("Uhrenatelier Gänseblum", "DE", "verified", "pro", "DE-HRB900415", "Lindengasse 4, 99423 Weimar"),
    "C6": Client("Lichtwerk Morgengrau", "DE", "verified", "plus", "DE-HRB900416", "Am Speicher 21, 18055 Rostock"),
    "C7": Client("Azulejos Marduña", "ES", "verified", "basic", "ES-B90041774", "Plaza Nueva 2, 41001 Sevilla"),
    "C8": Client("Skogslykta Möbler", "SE", "verifying", "plus", "SE-559904-8819", "Sågverksvägen 1, 793 31 Leksand"),
}
CURRENCIES: Final = {"DE": "EUR", "DK": "DKK", "CH": "CHF", "ES": "EUR", "SE": "SEK"}
TAXES: Final = {"DE": 190, "DK": 250, "CH": 81, "ES": 210, "SE": 250}
"""Per mille of the net amount."""

WORK: Final = {
    "MISSING_RECEIPTS": Pending("RECEIPTS", "Find the receipt"),
    "EXPENSES_READY_FOR_EXPORT": Pending("OUTLAYS", "Export the expense"),
    "PAYROLL_BASIS_PENDING": Pending("PAYROLL_BASIS", "Complete the payroll basis"),
    "WALLET_BALANCE": Pending("WALLET", "Top up the wallet"),
    "JOURNAL_PENDING": Pending("JOURNAL", "Post the journal entry"),
    "SALES_TO_REVIEW": Pending("SALES", "Review the sale"),
    "BANK_TO_RECONCILE": Pending("BANK", "Reconcile the bank line"),
    "INBOX_DOCUMENTS": Pending("INBOX", "File the document"),
    "BILLS_TO_PAY": Pending("SUPPLIER_BILLS", "Pay the supplier's bill"),
}
KPIS: Final = {
    "C1": (7, 3, 2, 48_250_00, 4, 2, 5, 3, 1),
    "C2": (3, 1, 1, 12_400_00, 2, 1, 2, 1, 2),
    "C3": (0, 2, 1, 9_180_50, 3, 2, 4, 2, 3),
    "C4": (4, 0, 2, 2_305_10, 1, 3, 2, 5, 1),
    "C5": (5, 2, 1, 760_00, 2, 1, 3, 2, 2),
    "C6": (1, 4, 1, 15_044_75, 2, 2, 1, 1, 4),
}
"""The pending work of each client, in the order of `WORK`: counts, and the wallet's balance in minor units."""
