"""What holds at every moment (product.md §4.4), each law as the rows that break it, and what never changes once it is so."""

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

LAWS: Final = {
    "a firm and a client have one living collaboration at most (M6)": """
        SELECT firm_id, client_id FROM collaboration WHERE state IN ('invited', 'pending', 'active')
        GROUP BY 1, 2 HAVING count(*) > 1 AND client_id IS NOT NULL""",
    "one firm pays for a client at a time, now and ever (D16)": """
        SELECT a.client_id, a.collaboration_id, b.collaboration_id
        FROM billing_mode_period a JOIN billing_mode_period b ON b.client_id = a.client_id AND b.id > a.id
        WHERE a.mode = 'partner' AND b.mode = 'partner' AND a.from_at < b.to_at AND b.from_at < a.to_at""",
    "periods of one collaboration never overlap (I3)": """
        SELECT a.collaboration_id
        FROM billing_mode_period a JOIN billing_mode_period b ON b.collaboration_id = a.collaboration_id AND b.id > a.id
        WHERE a.from_at < b.to_at AND b.from_at < a.to_at""",
    "a mode is open only while FULL is granted and nobody has noticed its end (I4, D15, D46)": """
        SELECT p.collaboration_id FROM billing_mode_period p JOIN collaboration k ON k.id = p.collaboration_id
        WHERE p.to_at = 'infinity' AND NOT EXISTS (
          SELECT FROM access_grant g WHERE g.collaboration_id = k.id AND g.level = 'full' AND g.revoked_at IS NULL
          AND k.state = 'active'
          AND (g.expires_at > :now OR NOT EXISTS (SELECT FROM notice n WHERE n.id = g.id)))""",
    "no mode is open while the firm is suspended (D15, D59)": """
        SELECT p.collaboration_id FROM billing_mode_period p JOIN collaboration k ON k.id = p.collaboration_id
        JOIN firm f ON f.id = k.firm_id WHERE p.to_at = 'infinity' AND f.programme_state <> 'approved'""",
    "a choice of PARTNER waits for a suspended firm that has FULL, and for no other (D59)": """
        SELECT k.id FROM collaboration k JOIN firm f ON f.id = k.firm_id
        WHERE k.partner_paused AND (f.programme_state = 'approved' OR NOT EXISTS (
          SELECT FROM access_grant g WHERE g.collaboration_id = k.id AND g.level = 'full' AND g.revoked_at IS NULL))""",
    "while FULL is granted and the firm is in the programme somebody pays (I6)": """
        SELECT g.collaboration_id FROM access_grant g JOIN collaboration k ON k.id = g.collaboration_id
        JOIN firm f ON f.id = k.firm_id AND f.programme_state = 'approved'
        WHERE g.level = 'full' AND g.revoked_at IS NULL AND g.expires_at > :now AND k.state = 'active'
        AND NOT EXISTS (SELECT FROM billing_mode_period p WHERE p.collaboration_id = k.id AND p.to_at = 'infinity')""",
    "nothing is granted and nothing billed before a collaboration begins (M5, D60)": """
        SELECT k.id FROM collaboration k WHERE k.started_at IS NULL AND (
          EXISTS (SELECT FROM access_grant g WHERE g.collaboration_id = k.id)
          OR EXISTS (SELECT FROM billing_mode_period p WHERE p.collaboration_id = k.id))""",
    "terms are offered only while the verification of the client is awaited (D60)": """
        SELECT o.collaboration_id FROM offered_terms o JOIN collaboration k ON k.id = o.collaboration_id
        JOIN client c ON c.id = k.client_id
        WHERE k.state <> 'pending' OR k.origin <> 'firm_invitation' OR c.state <> 'verifying'""",
    "a rejected company waits for nothing (D67)": """
        SELECT k.id FROM collaboration k JOIN client c ON c.id = k.client_id
        WHERE c.state = 'rejected' AND k.state IN ('invited', 'pending')""",
    "what is over has no grant (H63)": """
        SELECT k.id FROM collaboration k JOIN access_grant g ON g.collaboration_id = k.id
        WHERE g.revoked_at IS NULL AND k.state NOT IN ('invited', 'pending', 'active')""",
    "what is over has no open mode (H63)": """
        SELECT k.id FROM collaboration k JOIN billing_mode_period p ON p.collaboration_id = k.id
        WHERE p.to_at = 'infinity' AND k.state NOT IN ('invited', 'pending', 'active')""",
    "nobody is in charge of a client with whom the firm has nothing (H63)": """
        SELECT a.id FROM assignment a JOIN firm_member m ON m.id = a.member_id
        WHERE a.ended_at IS NULL AND NOT EXISTS (SELECT FROM collaboration k WHERE k.firm_id = m.firm_id
          AND k.client_id = a.client_id AND k.state IN ('pending', 'active'))""",
    "nobody without a role, and nobody who has gone, is in charge of a client (H22, M4)": """
        SELECT a.id FROM assignment a JOIN firm_member m ON m.id = a.member_id
        WHERE a.ended_at IS NULL AND (m.role = 'staff' OR m.state = 'removed')""",
    "versions of a grant follow each other, and the last alone may be in force (P8)": """
        SELECT collaboration_id FROM access_grant GROUP BY 1 HAVING count(*) <> max(version)
        OR count(*) FILTER (WHERE revoked_at IS NULL) > 1
        OR max(version) FILTER (WHERE revoked_at IS NULL) < max(version)""",
    "a firm has an admin (M4)": """
        SELECT f.id FROM firm f WHERE NOT EXISTS (
          SELECT FROM firm_member m WHERE m.firm_id = f.id AND m.role = 'admin' AND m.state = 'active')""",
    "the numbers of one holder have no gap (D18)": """
        SELECT holder_id FROM invoice WHERE number IS NOT NULL GROUP BY 1
        HAVING count(DISTINCT number) <> count(*) OR max(number::int) <> count(*)""",
    "a credit note lies where its invoice lies and takes all of it back, once (L24, D47)": """
        SELECT n.id FROM invoice n JOIN invoice i ON i.id = n.credits_id
        WHERE (n.billing_mode, n.client_id, n.firm_id, n.holder_id, n.net, n.tax, n.total, 'credited')
          IS DISTINCT FROM (i.billing_mode, i.client_id, i.firm_id, i.holder_id, -i.net, -i.tax, -i.total, i.state)
        OR EXISTS (SELECT FROM invoice o WHERE o.credits_id = i.id AND o.id <> n.id)""",
    "what was credited has a credit note (M9)": """
        SELECT i.id FROM invoice i WHERE i.state = 'credited' AND i.kind = 'invoice'
        AND NOT EXISTS (SELECT FROM invoice n WHERE n.credits_id = i.id)""",
    "an invoice goes to whoever its order says (D17)": """
        SELECT i.id FROM invoice i JOIN purchase_order o ON o.id = i.order_id
        WHERE (i.billing_mode, i.client_id, i.firm_id) IS DISTINCT FROM (o.billing_mode, o.client_id, o.firm_id)""",
    "a partner ordered where it had FULL (D17)": """
        SELECT o.id FROM purchase_order o WHERE o.placed_by = 'partner' AND NOT EXISTS (
          SELECT FROM access_grant g JOIN collaboration k ON k.id = g.collaboration_id
          WHERE k.id = o.collaboration_id AND k.started_at <= o.placed_at AND g.level = 'full'
          AND g.granted_at <= o.placed_at AND g.expires_at > o.placed_at
          AND coalesce(g.revoked_at, 'infinity') > o.placed_at)""",
    "an order is billed once (M14)": """
        SELECT order_id FROM invoice WHERE kind = 'invoice' AND order_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1""",
    "a client is verified before anything with it is active (M5)": """
        SELECT k.id FROM collaboration k JOIN client c ON c.id = k.client_id
        WHERE k.state = 'active' AND c.state <> 'verified'""",
    "an invitation waits for an answer while a company has a copy that is not answered, and no longer (D30, D42)": """
        SELECT k.id FROM collaboration k JOIN collaboration c ON c.copy_of = k.id
        GROUP BY k.id HAVING (k.state = 'invited') <> bool_or(c.state = 'invited')""",
    "a copy of an invitation never begins, and an invitation has no client before it does (D42)": """
        SELECT id FROM collaboration WHERE copy_of IS NOT NULL AND state IN ('pending', 'active', 'ended')
        OR copy_of IS NULL AND state = 'invited' AND client_id IS NOT NULL""",
    "one revision of a firm is published (M3)": """
        SELECT firm_id FROM firm_profile WHERE state = 'published' GROUP BY 1 HAVING count(*) > 1""",
    "the side that had asked is told of a no, once (M6)": """
        SELECT k.id FROM collaboration k WHERE k.state = 'declined' AND k.ended_by IN ('firm', 'client') AND 1 <> (
          SELECT count(*) FROM notice n LEFT JOIN client_invitation i ON i.id = n.subject_id
          WHERE n.kind = 'COLLABORATION_DECLINED' AND coalesce(n.collaboration_id, i.collaboration_id) = k.id)""",
    "a firm is told that it is suspended (D68)": """
        SELECT f.id FROM firm f WHERE f.programme_state = 'suspended'
        AND NOT EXISTS (SELECT FROM notice n WHERE n.kind = 'FIRM_SUSPENDED' AND n.subject_id = f.id)""",
}

NEVER_CHANGES: Final = {
    "an entry of the audit trail, but for how often it was tried again": """
        SELECT id, md5((CASE WHEN repeats IS NULL THEN to_jsonb(t) ELSE to_jsonb(t) - 'count' - 'last_at' END)::text)
        FROM audit_entry t""",
    "whose an invoice is, and what it says (D1)": """
        SELECT id, concat_ws('|', kind, billing_mode, holder_id, client_id, firm_id, order_id, number, client_name,
          firm_name, net, tax, total, currency, ordered_at, issued_at, due_at, credits_id)
        FROM invoice WHERE number IS NOT NULL""",
    "a line of an invoice": """
        SELECT l.id, md5(l::text) FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id AND i.number IS NOT NULL""",
    "an invoice that was credited": "SELECT id, state FROM invoice WHERE state IN ('credited', 'void')",
    "an order and its stamp (D17)": "SELECT id, md5(t::text) FROM purchase_order t",
    "a collaboration that is over, with its names (H63)": """
        SELECT id, concat_ws('|', state, ended_at, ended_by, end_reason, firm_name, client_name) FROM collaboration
        WHERE state NOT IN ('invited', 'pending', 'active')""",
    "a grant that was taken back": "SELECT id, md5(t::text) FROM access_grant t WHERE revoked_at IS NOT NULL",
    "the terms of a grant (P8)": """
        SELECT id, concat_ws('|', version, level, shared_kpis, granted_at, expires_at) FROM access_grant""",
    "a period that is over": "SELECT id, md5(t::text) FROM billing_mode_period t WHERE to_at < 'infinity'",
    "a charge that is over": "SELECT id, md5(t::text) FROM assignment t WHERE ended_at IS NOT NULL",
    "a person who has gone": "SELECT id, concat_ws('|', role, state) FROM firm_member WHERE state = 'removed'",
    "an invitation that was answered": "SELECT id, md5(t::text) FROM staff_invitation t WHERE state <> 'open'",
    "that a client is verified": "SELECT id, state FROM client WHERE state = 'verified'",
    "a notice": "SELECT id, concat_ws('|', kind, at, collaboration_id, data::text) FROM notice",
}

Memory = dict[tuple[str, Any], str]

_BROKEN: Final = text(" UNION ALL ".join(f"SELECT '{law}' WHERE EXISTS ({rows})" for law, rows in LAWS.items()))
_FIXED: Final = text(
    " UNION ALL ".join(f"(SELECT '{what}', x.* FROM ({rows}) x)" for what, rows in NEVER_CHANGES.items())
)

UNSEEN: Final = ("audit_entry", "kept_outcome", "kept_request")
"""What a refusal may write."""


async def broken(connection: AsyncConnection, now: Any) -> list[str]:
    return list((await connection.scalars(_BROKEN, {"now": now})).all())


async def fixed(connection: AsyncConnection) -> Memory:
    return {(what, key): value for what, key, value in await connection.execute(_FIXED)}


async def digest(connection: AsyncConnection, tables: list[str]) -> dict[str, str]:
    """All that there is, but for when a machine last asked."""
    each = (
        f"SELECT '{table}', md5(string_agg((to_jsonb(t) - 'last_used_at')::text, '' ORDER BY t::text)) FROM {table} t"
        for table in tables
    )
    return {row[0]: row[1] for row in await connection.execute(text(" UNION ALL ".join(each)))}
