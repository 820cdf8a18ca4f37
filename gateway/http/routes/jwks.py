"""The public keys with which other services verify our tokens, and the discovery documents that name their address."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.auth.access_tokens import ALGORITHM, Keys
from gateway.auth.http_client import is_safe_address

JWKS: Final = "/.well-known/jwks.json"
DISCOVERY: Final = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
KEPT_SECONDS: Final = 300
NO_ADDRESS: Final = "The issuer is not a URL, so it has no discovery document."


def well_known_routes(issuer: str, keys: Keys) -> list[Route]:
    """Routes of the keys and of the discovery documents; the latter respond 404 unless the issuer is a URL (RFC 8414)."""
    key_set = {"keys": public_keys(keys)}
    document = _document(issuer) if is_safe_address(issuer) and "?" not in issuer else None

    async def keys_page(_: Request) -> Response:
        return _answer(key_set)

    async def discovery_page(_: Request) -> Response:
        if document is None:
            problem = {"message": NO_ADDRESS, "extensions": {"code": "NOT_FOUND"}}
            return _answer({"errors": [problem]}, 404)
        return _answer(document)

    return [Route(JWKS, keys_page), *(Route(path, discovery_page) for path in DISCOVERY)]


def public_keys(keys: Keys) -> list[dict[str, Any]]:
    """All accepted keys, the signing key first, without their private parts."""
    return [key.as_dict(private=False, kid=kid, use="sig", alg=ALGORITHM) for kid, key in keys.believed.items()]


def _document(issuer: str) -> dict[str, Any]:
    """Tokens are issued by a GraphQL mutation and not by a grant or response type of OAuth, so these lists are empty."""
    return {
        "issuer": issuer,
        "jwks_uri": issuer.rstrip("/") + JWKS,
        "grant_types_supported": [],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [],
    }


def _answer(payload: Mapping[str, Any], status: int = 200) -> Response:
    headers = {"Cache-Control": f"public, max-age={KEPT_SECONDS}", "X-Content-Type-Options": "nosniff"}
    return JSONResponse(payload, status, headers)
