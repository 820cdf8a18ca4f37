"""The floor: Starlette, an asyncpg pool, one statement per document, its JSON passed through. `python -m benchmarks.peers.floor`.

Nothing is general: each document has its statement, written by hand with the row rules in it, and the text of the
document chooses it. Who asks is believed by the same signed token, and found in the same statement. Ids are bare keys.
"""

# ruff: noqa: S608 - statements put together of our own words

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.peers.server import Believed, address_of, alive, listen
from benchmarks.questions import ACCOUNT, CLIENTS_PAGE, LEDGER, OVERVIEW, PORTFOLIO
from benchmarks.worlds import plain
from gateway.db.enums import KPI_KINDS, SECTIONS
from gateway.settings import Settings

ASKER: Final = """
    SELECT m.id AS member_id, m.firm_id, m.role = 'admin' AS administers, f.programme_state = 'approved' AS approved
    FROM firm_member m JOIN firm f ON f.id = m.firm_id WHERE m.user_id = $1 AND m.state = 'active'
"""
ROW: Final = """
    k.client_name_key, k.client_id AS id, k.id AS collaboration_id, k.state AS standing, a.firm_id, a.administers, a.approved
"""
REST: Final = """
    JOIN client c ON c.id = k.id
    JOIN plan p ON p.id = c.plan_id
    LEFT JOIN access_grant g ON g.collaboration_id = k.collaboration_id AND g.revoked_at IS NULL
        AND g.expires_at > now() AND k.standing = 'active' AND k.approved
"""
# Numbers are bits: positions in the vocabularies of the tables.
VISIBLE: Final = """
    CASE s.kind
        WHEN 'MISSING_RECEIPTS' THEN p.sections & 8 <> 0 AND g.shared_kpis & 1 <> 0
        WHEN 'EXPENSES_READY_FOR_EXPORT' THEN p.sections & 16 <> 0 AND g.shared_kpis & 2 <> 0
        WHEN 'PAYROLL_BASIS_PENDING' THEN p.sections & 4 <> 0 AND g.shared_kpis & 4 <> 0
        WHEN 'WALLET_BALANCE' THEN g.level = 'full' AND p.sections & 32 <> 0 AND g.shared_kpis & 8 <> 0
        WHEN 'JOURNAL_PENDING' THEN g.level = 'full' AND p.sections & 128 <> 0 AND g.shared_kpis & 16 <> 0
        WHEN 'SALES_TO_REVIEW' THEN g.level = 'full' AND p.sections & 256 <> 0 AND g.shared_kpis & 32 <> 0
        WHEN 'BANK_TO_RECONCILE' THEN g.level = 'full' AND p.sections & 512 <> 0 AND g.shared_kpis & 64 <> 0
        WHEN 'INBOX_DOCUMENTS' THEN g.level = 'full' AND p.sections & 1024 <> 0 AND g.shared_kpis & 128 <> 0
        WHEN 'BILLS_TO_PAY' THEN g.level = 'full' AND p.sections & 64 <> 0 AND g.shared_kpis & 256 <> 0
    END
"""
MONEY: Final = "json_build_object('amount', round(s.amount / 100.0, 2)::text, 'currency', s.currency)"
KPIS: Final = f"""
    CASE WHEN g.level IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_build_object(
            'kind', s.kind, 'count', s.count, 'amount', CASE WHEN s.amount IS NOT NULL THEN {MONEY} END
        ) ORDER BY s.kind), '[]')
        FROM kpi_snapshot s
        WHERE s.client_id = c.id AND {VISIBLE}
    ) END
"""
INVOICES: Final = """
    'invoices', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object(
            'id', i.id, 'number', i.number,
            'invoiceState', CASE WHEN i.state = 'open' AND i.due_at < now() THEN 'OVERDUE' ELSE upper(i.state) END,
            'total', json_build_object('amount', round(i.total / 100.0, 2)::text, 'currency', i.currency),
            'issuedAt', i.issued_at, 'dueAt', i.due_at
        ) ORDER BY i.id DESC), '[]')
        FROM (
            SELECT * FROM invoice i
            WHERE i.billing_mode = 'partner' AND i.firm_id = k.firm_id AND i.client_id = c.id
              AND i.state IN ('open', 'paid', 'credited', 'void')
              AND (k.administers OR k.approved AND k.standing = 'active')
            ORDER BY i.id DESC LIMIT 10
        ) i
    ))
"""
CLIENT: Final = f"""
    json_build_object(
        'id', c.id, 'name', c.name,
        'collaboration', json_build_object(
            'level', upper(coalesce(g.level, 'none')),
            'billingMode', CASE WHEN g.level = 'full' THEN (
                SELECT upper(m.mode) FROM billing_mode_period m
                WHERE m.collaboration_id = k.collaboration_id AND m.to_at = 'infinity'
            ) END,
            'collaborationState', upper(k.standing)
        ),
        'kpis', {KPIS},
        {INVOICES}
    )
"""
# Of the Clients page: a client with all that its line shows. A bookkeeper in charge may leave any of them.
LINE: Final = f"""
    json_build_object(
        'id', c.id, 'name', c.name,
        'plan', CASE WHEN g.level = 'full' THEN json_build_object('tier', upper(p.tier)) END,
        'pendingTotal', CASE WHEN g.level IS NOT NULL THEN w.total END,
        'kpis', CASE WHEN g.level IS NOT NULL THEN w.kpis END,
        'wallet', CASE WHEN g.level = 'full' AND p.sections & 32 <> 0 THEN (
            SELECT json_build_object('balance', CASE WHEN s.amount IS NOT NULL THEN {MONEY} END)
            FROM kpi_snapshot s WHERE s.client_id = c.id AND s.kind = 'WALLET_BALANCE'
        ) END,
        'accountManagers', json_build_object('nodes', (
            SELECT coalesce(json_agg(json_build_object('name', x.name, 'firmRole', upper(x.role)) ORDER BY x.name_key, x.id), '[]')
            FROM (
                SELECT u.name, u.name_key, m.role, m.id
                FROM assignment s JOIN firm_member m ON m.id = s.member_id JOIN user_account u ON u.id = m.user_id
                WHERE s.client_id = c.id AND s.ended_at IS NULL AND m.firm_id = k.firm_id AND m.state = 'active'
                ORDER BY u.name_key, m.id LIMIT 10
            ) x
        )),
        'collaboration', json_build_object(
            'collaborationState', upper(k.standing),
            'level', upper(coalesce(g.level, 'none')),
            'sharedKpis', (
                SELECT coalesce(json_agg(x.kind ORDER BY x.place), '[]')
                FROM unnest(ARRAY[{", ".join(f"'{kind}'" for kind in KPI_KINDS)}]) WITH ORDINALITY x (kind, place)
                WHERE g.shared_kpis & (1 << (x.place - 1)::int) <> 0
            ),
            'billingMode', CASE WHEN g.level = 'full' THEN (
                SELECT upper(m.mode) FROM billing_mode_period m
                WHERE m.collaboration_id = k.collaboration_id AND m.to_at = 'infinity'
            ) END
        ),
        'viewerActions', CASE
            WHEN g.level = 'full' AND p.sections & {1 << SECTIONS.index("ACCOUNT_LOGIN")} <> 0
            THEN '["ENTER_CLIENT_ACCOUNT", "UNASSIGN_MANAGER"]'::json
            WHEN g.level = 'full' OR NOT k.approved THEN '["UNASSIGN_MANAGER"]'::json
            ELSE '["REQUEST_ACCESS", "UNASSIGN_MANAGER"]'::json
        END
    )
"""
IN_CHARGE: Final = """
    JOIN assignment s ON s.member_id = a.member_id AND s.ended_at IS NULL
    JOIN collaboration k ON k.client_id = s.client_id AND k.firm_id = a.firm_id
"""
STATEMENTS: Final[dict[str, str]] = {
    PORTFOLIO: f"""
        SELECT json_build_object('data', json_build_object('clients', json_build_object(
            'nodes', coalesce(json_agg({CLIENT} ORDER BY k.client_name_key, k.id), '[]')
        )))::text
        FROM (
            SELECT {ROW} FROM ({ASKER}) a
            JOIN assignment s ON s.member_id = a.member_id AND s.ended_at IS NULL
            JOIN collaboration k ON k.client_id = s.client_id AND k.firm_id = a.firm_id AND k.state = 'active'
            ORDER BY k.client_name_key, k.client_id LIMIT $2
        ) k {REST}
    """,
    ACCOUNT: f"""
        SELECT json_build_object('data', json_build_object('client', {CLIENT}))::text
        FROM (
            SELECT {ROW} FROM ({ASKER}) a
            JOIN collaboration k ON k.client_id = $2 AND k.firm_id = a.firm_id AND k.state IN ('pending', 'active')
            WHERE a.administers OR EXISTS (
                SELECT FROM assignment s WHERE s.client_id = $2 AND s.member_id = a.member_id AND s.ended_at IS NULL
            )
        ) k {REST}
    """,
    OVERVIEW: f"""
        SELECT json_build_object('data', json_build_object('clients', json_build_object('nodes', coalesce(
            json_agg(json_build_object('id', c.id, 'name', c.name, 'kpis', {KPIS}) ORDER BY k.client_name_key, k.id), '[]'
        ))))::text
        FROM (
            SELECT k.* FROM ({ASKER}) a CROSS JOIN LATERAL (
                SELECT {ROW} FROM collaboration k
                WHERE k.firm_id = a.firm_id AND k.state = 'active' AND k.state IN ('pending', 'active') AND a.administers
                ORDER BY k.client_name_key, k.client_id LIMIT $2
            ) k
        ) k {REST}
    """,
    LEDGER: f"""
        SELECT json_build_object('data', json_build_object('clients', json_build_object('nodes', coalesce(
            json_agg(json_build_object('id', c.id, 'name', c.name, {INVOICES}) ORDER BY k.client_name_key, k.id), '[]'
        ))))::text
        FROM (
            SELECT k.* FROM ({ASKER}) a CROSS JOIN LATERAL (
                SELECT {ROW} FROM collaboration k
                WHERE k.firm_id = a.firm_id AND k.state = 'active' AND k.state IN ('pending', 'active') AND a.administers
                ORDER BY k.client_name_key, k.client_id LIMIT $2
            ) k
        ) k JOIN client c ON c.id = k.id
    """,
    CLIENTS_PAGE: f"""
        WITH a AS ({ASKER}),
        mine AS (SELECT k.* FROM a {IN_CHARGE} WHERE k.state = 'active'),
        page AS (SELECT {ROW} FROM a {IN_CHARGE} WHERE k.state = 'active' ORDER BY k.client_name_key, k.client_id LIMIT 51),
        counts AS (
            SELECT count(*) FILTER (WHERE k.state = 'active') AS mine,
                   count(*) FILTER (WHERE k.state = 'pending' AND k.origin = 'firm_invitation') AS onboarding
            FROM a {IN_CHARGE} WHERE k.state IN ('pending', 'active')
        ),
        waiting AS (SELECT k.* FROM a {IN_CHARGE} WHERE k.state = 'pending')
        SELECT json_build_object('data', json_build_object(
            'viewer', (
                SELECT json_build_object(
                    'user', json_build_object('name', u.name),
                    'actingAs', json_build_object('name', f.name, 'role', 'BOOKKEEPER'),
                    'menus', CASE f.account_state WHEN 'active' THEN '["PARTNER_PORTAL"]'::json END,
                    'banners', '[]'::json
                ) FROM a JOIN firm f ON f.id = a.firm_id JOIN user_account u ON u.id = $1
            ),
            'clientTabs', (
                SELECT coalesce(json_agg(json_build_object('tab', x.tab, 'totalCount', x.total) ORDER BY x.place), '[]')
                FROM counts CROSS JOIN LATERAL (
                    VALUES (1, 'ONBOARDING', counts.onboarding), (2, 'MINE', counts.mine)
                ) x (place, tab, total) WHERE x.total > 0 OR x.tab = 'MINE'
            ),
            'waiting', json_build_object('totalCount', (SELECT count(*) FROM waiting), 'nodes', (
                SELECT coalesce(json_agg(json_build_object(
                    'origin', upper(k.origin), 'stage', NULL, 'clientName', k.client_name,
                    'requestedLevel', NULL, 'requestMessage', NULL, 'viewerActions', '[]'::json
                ) ORDER BY k.id DESC), '[]') FROM (SELECT * FROM waiting ORDER BY id DESC LIMIT 10) k
            )),
            'clients', json_build_object(
                'totalCount', (SELECT count(*) FROM mine),
                'nodes', (
                    SELECT coalesce(json_agg({LINE} ORDER BY k.client_name_key, k.id), '[]')
                    FROM (SELECT * FROM page ORDER BY client_name_key, id LIMIT 50) k {REST}
                    LEFT JOIN LATERAL (
                        SELECT coalesce(sum(s.count), 0) AS total, coalesce(json_agg(json_build_object(
                            'kind', s.kind, 'count', s.count, 'amount', CASE WHEN s.amount IS NOT NULL THEN {MONEY} END
                        ) ORDER BY s.kind), '[]') AS kpis
                        FROM kpi_snapshot s WHERE s.client_id = c.id AND g.level IS NOT NULL AND {VISIBLE}
                    ) w ON true
                ),
                'pageInfo', json_build_object(
                    'hasNextPage', (SELECT count(*) > 50 FROM page),
                    'endCursor', (
                        SELECT id FROM (SELECT * FROM page ORDER BY client_name_key, id LIMIT 50) k
                        ORDER BY client_name_key DESC, id DESC LIMIT 1
                    )
                )
            )
        ))::text
    """,
}
"""None reads more when the world is larger."""
ARGUMENTS: Final[dict[str, Callable[[Any], Any]]] = {
    PORTFOLIO: lambda variables: variables["first"],
    ACCOUNT: lambda variables: UUID(variables["id"]),
    OVERVIEW: lambda variables: variables["first"],
    LEDGER: lambda variables: variables["first"],
    CLIENTS_PAGE: lambda variables: None,
}


def build_app(url: str, believed: Believed) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(
            plain(url), min_size=1, max_size=20, reset=_nothing, server_settings={"jit": "off"}
        ) as app.state.pool:
            yield

    async def graphql(request: Request) -> Response:
        asker = believed(request.headers["authorization"])
        asked = orjson.loads(await request.body())
        argument = ARGUMENTS[asked["query"]](asked["variables"])
        async with request.app.state.pool.acquire() as connection:
            arguments = (asker,) if argument is None else (asker, argument)
            text = await connection.fetchval(STATEMENTS[asked["query"]], *arguments)
        return Response(text, media_type="application/graphql-response+json")

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"]), alive()], lifespan=lifespan)


async def _nothing(connection: object) -> None:
    """Statements without a transaction leave nothing on a connection: the four of a reset are saved."""


def main() -> None:
    settings = Settings()
    listen(build_app(address_of(settings), Believed(settings)), settings)


if __name__ == "__main__":
    main()
