"""The demo's substitute for the product: it accepts hand-off links as docs/hand-off.md requires of the real product."""

import base64
from hashlib import sha256
from typing import Any, Final

import httpx
import sqlalchemy as sa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from gateway.auth.access_tokens import one_algorithm
from gateway.auth.handoff_tokens import TYPE
from gateway.db.models import Client, Firm, User
from gateway.http.requests import read_json
from gateway.http.routes.jwks import JWKS

PLACE: Final = "/product"
NOBODY: Final = "This link is not valid: it was used already, it has expired, or the access has ended."
SCRIPT: Final = """
const carried = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const answer = await fetch(location.pathname, {
  method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({token: carried}),
});
document.querySelector("p").textContent = (await answer.json()).message;
"""
HASH: Final = base64.b64encode(sha256(SCRIPT.encode()).digest()).decode()
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; script-src 'sha256-{HASH}'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGE: Final = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The product</title></head>
<body><h1>The product</h1><p>…</p><script type="module">{SCRIPT}</script></body></html>
"""


def product_page() -> Route:
    """Returns the page /product/enter. Its server verifies the token with the public keys and redeems it, as a real product does."""

    async def enter(request: Request) -> Response:
        if request.method != "POST":
            return HTMLResponse(PAGE, headers=HEADERS)
        body = await read_json(request, max_bytes=8192, max_depth=8)
        result = await _redeemed(request.app, str(body.get("token")) if isinstance(body, dict) else "")
        return JSONResponse({"message": result}, headers=HEADERS)

    return Route(f"{PLACE}/enter", enter, methods=["GET", "POST"])


async def _redeemed(app: Any, token: str) -> str:
    """Redeems a token and returns the text for the page. The redeem endpoint checks issuer, audience and time."""
    gateway = app.state.gateway
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=gateway.hand_offs.audience) as portal:
        keys = KeySet.import_key_set((await portal.get(JWKS)).json())
        try:
            read = jwt.decode(token, keys, registry=one_algorithm())
        except (JoseError, ValueError):
            return NOBODY
        if read.header["typ"] != TYPE:
            return NOBODY
        redeemed = (await portal.post("/handoff/redeem", json={"token": token})).json()
    if not redeemed.get("active"):
        return NOBODY
    acting = read.claims["act"]
    ids = [gateway.seal.open_id(id)[1] for id in (acting["onBehalfOf"], read.claims["sub"], acting["firm"])]
    tables: tuple[Any, ...] = (Client, User, Firm)
    columns = [
        sa.select(table.name).where(table.id == key).scalar_subquery() for table, key in zip(tables, ids, strict=True)
    ]
    async with gateway.engine.connect() as connection:
        client, person, firm = (await connection.execute(sa.select(*columns))).one()
    return f"You are in the account of {client} as {person} of {firm}, until {redeemed['expiresAt']}."
