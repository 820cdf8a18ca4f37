"""Invoice, typed from table E of §4.6, M9, §4.7 and D5, D8, D26, D34, D40, D41, D46, D47, D57: all or nothing, but for `client`."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, actions, fields, first_words

# The current billing mode does not occur, on purpose: `holder` is whom the invoice was issued to (D1, D34).
CELLS: Final = fields("""
fields                                             | FA | FA·FE | BK+ | CO | PA | SYS | grounds
id number invoiceKind invoiceState issuedTo billingMode | ●  | ●     | ●   | ●  | ●  | ●   | I14 I15 I21 I22
issuedAt dueAt paidAt lines net tax total currency | ●  | ●     | ●   | ●  | ●  | ●   | I14 I15 I21 I22
clientName credits                                 | ●  | ●     | ●   | ●  | ●  | ●   | I21 H63 D47
viewerActions                                      | ●  | ●     | ●   | ●  | ●  | ●   | D57 §4.7
client                                             | ●  | ○E    | ●   | ●  | ●  | ●   | H63 D40
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    match viewer:
        case "PA" | "SYS":  # drafts are for these two alone (D47)
            return viewer
        case _ if facts["state"] == "draft" or not facts["holder"]:
            return None
        case "FA":  # any level, and SUSPENDED, too (D46)
            return "FA·FE" if facts["collaboration_state"] == "none" else "FA"
        case "BK":  # assigned now (D8), while ACTIVE (H63; of FR no text speaks, D56) and not while SUSPENDED (D46)
            return (
                "BK+" if facts["assigned"] and facts["approved"] and facts["collaboration_state"] == "active" else None
            )
        case "CO":
            return "CO"
        case _:  # CM (D5), FS, PR, PUB
            return None


# §4.7, M9, D47. `open` holds OVERDUE, too. A credit note is settled: it is neither paid nor credited.
ACTIONS: Final = actions("""
actions | FA     | FA·FE  | BK+ | CO     | PA | SYS         | grounds
PAY_INVOICE     | ✔ open | ✔ open | ✘   | ✔ open | ✘  | ✘           | I9 I18
CREDIT_INVOICE  | ✘      | ✘      | ✘   | ✘      | ✘  | ✔ open paid | I14 I21 D47
""")


def may(viewer: str, facts: Facts) -> list[str]:
    column = column_of(viewer, facts)
    if column is None or facts["kind"] == "credit_note":
        return []
    return [action for action, states in ACTIONS[column].items() if facts["state"] in (states or "").split()]


# M9, D47: what is settled stays so.
REFUSES: Final = first_words(
    [
        ("PAY_INVOICE CREDIT_INVOICE", "CREDIT_NOTE", lambda v, f: f["kind"] == "credit_note"),
        ("PAY_INVOICE CREDIT_INVOICE", "CREDITED", lambda v, f: f["state"] == "credited"),
        ("PAY_INVOICE CREDIT_INVOICE", "VOIDED", lambda v, f: f["state"] == "void"),
        ("PAY_INVOICE", "PAID", lambda v, f: f["state"] == "paid"),
        ("CREDIT_INVOICE", "NOT_ISSUED", lambda v, f: f["state"] == "draft"),
    ]
)


def knows(viewer: str, facts: Facts) -> list[str]:
    """D39: all of it is shown with the invoice, and how the firm works for the client is the firm's own."""
    mine = ["holder", "mode", "state", "kind", "late", "assigned", "approved", "collaboration_state"]
    return mine if column_of(viewer, facts) else []


def issued_to(viewer: str, facts: Facts) -> list[str]:
    """D34: PARTNER mode, the firm; CLIENT mode, the client."""
    return ["FIRM" if facts["mode"] == "partner" else "CLIENT"]


def status(viewer: str, facts: Facts) -> list[str]:
    """M9; OVERDUE is an open invoice whose day is over (D47)."""
    return ["OVERDUE" if facts["state"] == "open" and facts["late"] else facts["state"].upper()]


TABLES: Final = [
    Table(
        "Invoice",
        CELLS,
        column_of,
        words={"may": may, "issued_to": issued_to, "status": status, "disclosed_fact": knows},
        whys={"refuses": REFUSES},
    ),
]
