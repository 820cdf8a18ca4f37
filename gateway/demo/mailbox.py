"""The demo's page of letters: what would have been sent, the newest first. Text only, and nothing on it can do anything."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from html import escape
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

SHOWN: Final = 50
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def mail_page(folder: Path) -> Route:
    """The page at /mails over the files in `folder`. For the demo alone: whoever comes by reads everybody's letters."""

    async def mails(_: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(lambda: "\n".join(_page(folder))), headers=HEADERS)

    return Route("/mails", mails)


def _page(folder: Path) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Letters</title></head><body>'
    yield "<h1>Letters</h1>\n<p>What the demo would have sent, the newest first. Reload to see more.</p>"
    # A mail's key begins with its time.
    files = sorted(folder.glob("*.eml"), reverse=True)[:SHOWN]
    for file in files:
        letter = message_from_bytes(file.read_bytes(), policy=default)
        text = letter.get_body(("plain",))
        yield f"<hr>\n<h2>{escape(str(letter['Subject']))}</h2>"
        yield f"<p>{escape(str(letter['Date']))}<br>\nTo {escape(str(letter['To']))}</p>"
        yield f"<pre>{escape(text.get_content() if text else '')}</pre>"
    if not files:
        yield "<p>There are none yet. Change something that somebody is to be told of.</p>"
    yield "</body></html>"
