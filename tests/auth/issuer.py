"""A small issuer inside the test: keys of its own, and a real HTTP server that counts, errs, and dawdles as it is told."""

import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwk
from joserfc.jws import JWSRegistry

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
AT = int(NOW.timestamp())
AUDIENCE = "https://gateway.example/graphql"
DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/keys"
USERINFO = "/userinfo"
KINDS = {"RS256": ("RSA", 2048), "PS256": ("RSA", 2048), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}


def segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def new_key(algorithm: str, kid: str, **parameters: Any) -> Any:
    kind, form = KINDS[algorithm]
    return jwk.generate_key(kind, form, {"kid": kid, "use": "sig", "alg": algorithm, **parameters})


def signed(key: Any, header: Any, claims: Any, algorithm: str | None = None) -> str:
    """Any header and any claims, under a good signature of this key."""
    said = f"{segment(header)}.{segment(claims)}"
    return f"{said}.{segment(JWSRegistry.algorithms[algorithm or key.alg].sign(said.encode(), key))}"


FIRST = new_key("RS256", "first")


class Issuer:
    """Its pages are what stands in `pages`: a status, headers and a body; None hangs until `go_on` is set."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.shown: list[str | None] = []
        self.go_on = threading.Event()
        self.keys = [FIRST]
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.pages: dict[str, tuple[int, dict[str, str], bytes] | None] = {}
        self.tell(
            DISCOVERY,
            {"issuer": self.url, "jwks_uri": self.url + JWKS, "userinfo_endpoint": self.url + USERINFO},
        )
        self.publish()

    def tell(self, path: str, body: Any, status: int = 200, **headers: str) -> None:
        self.pages[path] = (status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())

    def publish(self) -> None:
        self.tell(JWKS, {"keys": [key.as_dict(private=False) for key in self.keys]})

    def claims(self, **changes: Any) -> dict[str, Any]:
        told = {"iss": self.url, "aud": AUDIENCE, "sub": "somebody", "iat": AT, "exp": AT + 600, "client_id": "portal"}
        return {name: value for name, value in (told | changes).items() if value is not None}

    def token(self, key: Any = None, header: dict[str, Any] | None = None, **changes: Any) -> str:
        key = key or self.keys[0]
        head = {"alg": key.alg, "kid": key.kid, "typ": "at+jwt", **(header or {})}
        return signed(key, {name: value for name, value in head.items() if value is not None}, self.claims(**changes))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked[self.path] += 1
                issuer.shown.append(self.headers.get("Authorization"))
                page = issuer.pages.get(self.path, (404, {}, b""))
                if page is None:
                    issuer.go_on.wait(30)
                    page = (503, {}, b"")
                status, headers, body = page
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def issuing() -> Iterator[Issuer]:
    issuer = Issuer()
    thread = threading.Thread(target=issuer.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        issuer.go_on.set()
        issuer.server.shutdown()
        issuer.server.server_close()
        thread.join()
