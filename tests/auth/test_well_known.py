"""What others need to verify our tokens, and nothing that we do not do."""

import httpx
import pytest
from joserfc import jwk, jwt
from joserfc.jwk import OKPKey
from starlette.applications import Starlette

from gateway.auth.access_tokens import Keys, TokenIssuer
from gateway.http.routes.jwks import DISCOVERY, JWKS, NO_ADDRESS, well_known_routes
from tests.auth.test_access_tokens import LIFETIME, NOW, SOMEBODY

OLD, NEW = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed25519")
KEYS = Keys.of(NEW, OKPKey.import_key(OLD.public_key))
URL = "https://gateway.example"


async def get(path: str, issuer: str = URL) -> httpx.Response:
    app = Starlette(routes=well_known_routes(issuer, KEYS))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        return await client.get(path)


@pytest.mark.parametrize("issuer", [URL, "partner-gateway"])
async def test_the_public_keys_are_there_the_signing_one_first(issuer) -> None:
    answer = await get(JWKS, issuer)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "x": key["x"], "kid": key.thumbprint(), "use": "sig", "alg": "EdDSA"}
            for key in (NEW, OLD)
        ]
    }


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_the_keys_verify_what_was_signed_before_and_after_a_rotation() -> None:
    keys = jwk.KeySet.import_key_set((await get(JWKS)).json())
    for signing in (OLD, NEW):
        issuer = TokenIssuer(Keys.of(signing), issuer=URL, audience="portal", lifetime=LIFETIME)
        read = jwt.decode(issuer.issue(SOMEBODY, NOW).text, keys, algorithms=["EdDSA"])
        assert read.claims["sub"] == str(SOMEBODY)


@pytest.mark.parametrize("path", DISCOVERY)
@pytest.mark.parametrize(
    ("issuer", "jwks_uri"),
    [
        (URL, f"{URL}{JWKS}"),
        (f"{URL}/", f"{URL}{JWKS}"),
        (f"{URL}/api", f"{URL}/api{JWKS}"),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:8000{JWKS}"),
    ],
)
async def test_an_issuer_that_is_an_address_tells_what_it_does_and_no_more(path, issuer, jwks_uri) -> None:
    answer = await get(path, issuer)

    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.json() == {
        "issuer": issuer,
        "jwks_uri": jwks_uri,
        "grant_types_supported": [],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [],
    }


@pytest.mark.parametrize("path", DISCOVERY)
@pytest.mark.parametrize("issuer", ["partner-gateway", "http://gateway.example", f"{URL}?tenant=1", f"{URL}#part"])
async def test_an_issuer_that_is_no_address_has_nothing_to_discover(path, issuer) -> None:
    answer = await get(path, issuer)

    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"message": NO_ADDRESS, "extensions": {"code": "NOT_FOUND"}}]}


async def test_nothing_is_written_there() -> None:
    app = Starlette(routes=well_known_routes(URL, KEYS))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        assert (await client.post(JWKS)).status_code == 405
