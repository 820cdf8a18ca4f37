"""Endpoints for the product: redeem a link from the portal, which is possible once, and check whether its session is open.

docs/hand-off.md describes the requests and the responses (M11, V15, L23).
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.typing import FilteringBoundLogger

from gateway.auth.handoff_tokens import HandoffTokens
from gateway.auth.viewers import FirmViewer
from gateway.db.models import ClientSession, FirmMember
from gateway.errors import BadInput, Refused, Unauthenticated
from gateway.global_ids import Seal
from gateway.http.request_log import request_id
from gateway.http.requests import read_json
from gateway.http.responses import LEGACY, Answer
from gateway.http.routes.json_endpoint import performed, refusal_of
from gateway.policy import Policy

MAX_BYTES: Final = 8192
MAX_DEPTH: Final = 8
MISSING: Final = 'The body must be `{"token": …}`, with the part of the link after the `#`.'
INACTIVE: Final[dict[str, Any]] = {"active": False}


class Dependencies(Protocol):
    """What the endpoints use; `policy` is the one in force at the time of a request."""

    policy: Policy
    engine: AsyncEngine
    seal: Seal
    clock: Callable[[], datetime]


def handoff_routes(
    dependencies: Dependencies, hand_offs: HandoffTokens, log: FilteringBoundLogger, *, seconds: float
) -> list[Route]:
    """`/handoff/redeem` responds `active` once, for a new link; `/handoff/status` while the session of a redeemed link is open."""

    async def redeem(token: str) -> dict[str, Any]:
        now = dependencies.clock()
        key = _session(dependencies, hand_offs.session(token, now))
        async with dependencies.engine.begin() as connection:
            used = sa.update(ClientSession).where(ClientSession.id == key, ClientSession.redeemed_at.is_(None))
            first = (await connection.execute(used.values(redeemed_at=now).returning(ClientSession.id))).one_or_none()
            return INACTIVE if first is None else await _session_state(connection, dependencies.policy, key, now)

    async def status(token: str) -> dict[str, Any]:
        now = dependencies.clock()
        key = _session(dependencies, hand_offs.session(token, now, used=True))
        async with dependencies.engine.connect() as connection:
            return await _session_state(connection, dependencies.policy, key, now)

    def page(answered: Callable[[str], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            name = request_id(request.headers)

            async def checked() -> dict[str, Any]:
                try:
                    return await answered(_token(await read_json(request, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)))
                except Unauthenticated:
                    return INACTIVE

            result = await performed(request, seconds, checked)
            answer = refusal_of(request, result) if isinstance(result, Refused) else Answer(result)
            log.info("hand-off", path=request.url.path, request_id=name, status=answer.status)
            return answer.response(LEGACY, name)

        return respond

    pages = {"/handoff/redeem": page(redeem), "/handoff/status": page(status)}
    return [Route(path, endpoint, methods=["POST"]) for path, endpoint in pages.items()]


def _token(body: Any) -> str:
    if not isinstance(body, dict) or not isinstance(token := body.get("token"), str):
        raise BadInput(MISSING)
    return token


def _session(dependencies: Dependencies, id: str) -> UUID:
    _, key = dependencies.seal.open_id(id)
    return key


async def _session_state(connection: AsyncConnection, policy: Policy, key: UUID, now: datetime) -> dict[str, Any]:
    """Whether a redeemed session is open, by the policy for the member who entered it, with that member's present state and role."""
    entered = sa.select(FirmMember.user_id, FirmMember.id, FirmMember.firm_id, FirmMember.role).join(
        ClientSession, ClientSession.member_id == FirmMember.id
    )
    there = ClientSession.id == key, ClientSession.redeemed_at.is_not(None), FirmMember.state == "active"
    person = (await connection.execute(entered.where(*there))).one_or_none()
    if person is None:
        return INACTIVE
    viewer = FirmViewer(person.user_id, person.id, person.firm_id, person.role, now)
    plan = policy.plan(viewer, "ClientSession")
    mine = plan.plain(ClientSession.expires_at).where(ClientSession.id == key, plan.predicate("status", "OPEN"))
    ends_at = (await connection.execute(mine, plan.bind(viewer))).scalar_one_or_none()
    return INACTIVE if ends_at is None else {"active": True, "expiresAt": ends_at.isoformat()}
