"""A provider in a process of its own, and a portal that signs people in there: authorization code and PKCE, page by page."""

import asyncio
import base64
import hashlib
import html
import json
import re
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx

TESTS = Path(__file__).parents[1]
AUDIENCE = "https://gateway.example/graphql"
CALLBACK = "http://127.0.0.1/callback"

ACTION = re.compile(r'action="([^"]+)"')
PROMPT = re.compile(r'name="prompt" value="([a-z]+)"')


def missing() -> str | None:
    """What is not there to run the provider, if anything."""
    if shutil.which("node") is None:
        return "node is not there"
    if not (TESTS / "node_modules" / "oidc-provider").is_dir():
        return "tests/node_modules has no oidc-provider: npm ci in tests/"
    return None


@dataclass
class RealProvider:
    issuer: str
    process: asyncio.subprocess.Process

    async def account(self, name: str, email: str, *, verified: bool = True, tells: bool = True) -> None:
        """Who signs in as `name` from now on; with `tells`, access tokens say their address."""
        await self._order(what="account", id=name, email=email, email_verified=verified, tells=tells)

    async def rotate(self, algorithm: str) -> None:
        """Sign with a new key; the older ones stay published."""
        await self._order(what="rotate", alg=algorithm)

    async def retire(self) -> None:
        """Publish the newest key alone."""
        await self._order(what="retire")

    async def _order(self, **order: Any) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        assert json.loads(await self.process.stdout.readline())["keys"]


@asynccontextmanager
async def real_provider(errors: Path) -> AsyncIterator[RealProvider]:
    with errors.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            "node",
            str(TESTS / "auth" / "provider.mjs"),
            AUDIENCE,
            CALLBACK,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
        )
        assert process.stdin
        assert process.stdout
        first = await process.stdout.readline()
        assert first, f"the provider did not start; {errors} says why"
        try:
            yield RealProvider(json.loads(first)["issuer"], process)
        finally:
            process.stdin.close()
            await process.wait()


@dataclass(frozen=True)
class Code:
    """What comes back to the portal, and what it kept meanwhile."""

    code: str
    verifier: str


class Portal:
    """One browser and the portal's own calls."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.http = httpx.AsyncClient(follow_redirects=False)

    async def __aenter__(self) -> "Portal":
        self.told = (await self.http.get(f"{self.issuer}/.well-known/openid-configuration")).json()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def authorize(self, login: str, resource: str = AUDIENCE) -> Code:
        """Sign somebody in on the provider's pages, and consent."""
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        asked = {
            "client_id": "portal",
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid email offline_access",
            "resource": resource,
            "prompt": "consent",
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
            .rstrip(b"=")
            .decode(),
            "code_challenge_method": "S256",
        }
        response = await self.http.get(f"{self.told['authorization_endpoint']}?{urlencode(asked)}")
        for _ in range(12):
            if response.is_redirect:
                where = urljoin(str(response.url), response.headers["location"])
                if where.startswith(CALLBACK):
                    answer = {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}
                    assert (answer["state"], answer["iss"]) == (state, self.issuer)
                    return Code(answer["code"], verifier)
                response = await self.http.get(where)
            else:
                assert response.status_code == 200, response.text
                filled = {"prompt": PROMPT.findall(response.text)[0], "login": login, "password": "any"}
                action = urljoin(str(response.url), html.unescape(ACTION.findall(response.text)[0]))
                response = await self.http.post(action, data=filled)
        raise AssertionError("the pages did not lead back to the portal")

    async def exchange(self, code: Code, verifier: str | None = None) -> httpx.Response:
        return await self._token(
            grant_type="authorization_code",
            code=code.code,
            redirect_uri=CALLBACK,
            code_verifier=verifier or code.verifier,
        )

    async def refresh(self, token: str) -> httpx.Response:
        return await self._token(grant_type="refresh_token", refresh_token=token)

    async def sign_in(self, login: str, resource: str = AUDIENCE) -> dict[str, Any]:
        """All tokens of somebody who signed in."""
        answer = await self.exchange(await self.authorize(login, resource))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def _token(self, **form: str) -> httpx.Response:
        return await self.http.post(self.told["token_endpoint"], data={"client_id": "portal", **form})
