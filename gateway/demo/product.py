"""The demo's stand-in for the product: it takes who enters a client's account, as docs/hand-off.md asks of the real one."""

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
NOBODY: Final = "Nobody is let in by this link: it is used, too old, or the access has ended."
SCRIPT: Final = """
const carried = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const answer = await fetch(location.pathname, {
  method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({token: carried}),
});
document.querySelector("p").textContent = (await answer.json()).said;
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
    """The page at /product/enter. Its server verifies the link by the public keys and redeems it, as any product's would."""

    async def enter(request: Request) -> Response:
        if request.method != "POST":
            return HTMLResponse(PAGE, headers=HEADERS)
        body = await read_json(request, max_bytes=8192, max_depth=8)
        said = await _said(request.app, str(body.get("token")) if isinstance(body, dict) else "")
        return JSONResponse({"said": said}, headers=HEADERS)

    return Route(f"{PLACE}/enter", enter, methods=["GET", "POST"])


async def _said(app: Any, token: str) -> str:
    """What the page shows. Issuer, audience and time are judged by who redeems it, a moment later."""
    house = app.state.gateway
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=house.hand_offs.audience) as portal:
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
    about = read.claims["act"]
    ids = [house.seal.open_id(id)[1] for id in (about["onBehalfOf"], read.claims["sub"], about["firm"])]
    tables: tuple[Any, ...] = (Client, User, Firm)
    columns = [
        sa.select(table.name).where(table.id == key).scalar_subquery() for table, key in zip(tables, ids, strict=True)
    ]
    async with house.engine.connect() as connection:
        client, person, firm = (await connection.execute(sa.select(*columns))).one()
    return f"You are in the account of {client} as {person} of {firm}, until {redeemed['expiresAt']}."
