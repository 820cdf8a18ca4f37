"""The page at /: GraphiQL with a sign-in bar, served by the gateway itself. It loads nothing from other servers.

At /matrix it serves the decision table of the policy in force.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

import gateway

FILES: Final = Path(gateway.__file__).parent / "explorer_files"
"""The output folder of `npm run build` in explorer/; never committed."""

NONCE: Final = "NONCE"  # the placeholder of the nonce in the built page
NOT_BUILT: Final = (
    "The explorer is not built: scripts/demo builds it if Node.js 20.19 or newer and npm are on the PATH."
)
NO_MATRIX: Final = "There is no page of the policy in force: `gateway policy matrix --html --file {file}` writes it."
MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}

_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_FRESH: Final = {**_HEADERS, "Cache-Control": "no-store"}
_FOREVER: Final = {
    **_HEADERS,
    "Cache-Control": "public, max-age=31536000, immutable",
    # The policy of a worker is that of its own file, and not that of the page.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'",
}

Endpoint = Callable[[Request], Awaitable[Response]]


def explorer_routes(
    introspection: str,
    guests: Sequence[Mapping[str, str]] = (),
    *,
    ids: Mapping[str, str] | None = None,
    mails: str | None = None,
    version: Callable[[], str],
    folder: Path = FILES,
) -> list[Route]:
    """The routes of the page, its settings and its files, as they are in `folder` now, and of the policy's decision table.

    `guests` are the users that the page offers to sign in as, with their passwords: those of the demo, and none elsewhere.
    `ids` are the global ids that the examples name, such as that of Client:C2; `mails` is the path of the page of mails.
    `version` returns that of the policy in force.
    """
    facts = {"introspection": introspection, "guests": list(guests), "ids": dict(ids or {}), "mails": mails}
    return [
        Route("/", _page(folder / "index.html")),
        Route("/matrix", _matrix(folder / "matrix.html", version)),
        Route("/explorer.json", _settings(facts)),
        Route("/explorer/{name}", _file({file.name: file for file in (folder / "explorer").glob("*")})),
    ]


def policy(nonce: str) -> str:
    """The page's Content-Security-Policy.

    Style elements must be the page's own. Style attributes are allowed: the editor writes each line of text as HTML with
    its position in one, and an attribute can neither select elements nor load anything here.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "style-src-attr 'unsafe-inline'",
            "font-src 'self'",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _page(file: Path) -> Endpoint:
    text = file.read_text("utf-8") if file.is_file() else None

    async def page(_: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        headers = {**_FRESH, "Content-Security-Policy": policy(nonce)}
        if text is None:
            return HTMLResponse(f"<!doctype html><title>Partner gateway</title><p>{NOT_BUILT}</p>", 503, headers)
        return HTMLResponse(text.replace(NONCE, nonce), headers=headers)

    return page


def _matrix(file: Path, version: Callable[[], str]) -> Endpoint:
    """The page of the policy in force. 404 where it has not been written, or where it is that of another policy."""
    text = file.read_text("utf-8") if file.is_file() else ""

    async def page(_: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        own = f"'nonce-{nonce}'"
        sources = f"default-src 'none'; script-src {own}; style-src {own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        headers = {**_FRESH, "Content-Security-Policy": sources}
        if f'content="{version()}"' not in text:
            said = NO_MATRIX.format(file=f"gateway/{file.parent.name}/{file.name}")
            return HTMLResponse(f"<!doctype html><title>Who sees what</title><p>{said}</p>", 404, headers)
        return HTMLResponse(text.replace(NONCE, nonce), headers=headers)

    return page


def _settings(facts: Mapping[str, object]) -> Endpoint:
    async def settings(_: Request) -> Response:
        return JSONResponse(facts, headers=_FRESH)

    return settings


def _file(files: Mapping[str, Path]) -> Endpoint:
    kinds = {name: MEDIA_TYPES[file.suffix] for name, file in files.items()}

    async def one(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in files:
            raise HTTPException(404)
        return FileResponse(files[name], headers=_FOREVER, media_type=kinds[name])

    return one
