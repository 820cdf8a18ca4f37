"""The demo's mail page: the mails that would have been sent, the newest first, as plain text without links or scripts."""

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
    """Returns the page /mails, which shows the files in `folder`. Only for the demo: every visitor can read all mails."""

    async def mails(_: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(lambda: "\n".join(_page(folder))), headers=HEADERS)

    return Route("/mails", mails)


def _page(folder: Path) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Mails</title></head><body>'
    yield "<h1>Mails</h1>\n<p>The mails that the demo would have sent, the newest first. Reload the page to see new ones.</p>"
    # The key of a mail begins with a timestamp.
    files = sorted(folder.glob("*.eml"), reverse=True)[:SHOWN]
    for file in files:
        mail = message_from_bytes(file.read_bytes(), policy=default)
        text = mail.get_body(("plain",))
        yield f"<hr>\n<h2>{escape(str(mail['Subject']))}</h2>"
        yield f"<p>{escape(str(mail['Date']))}<br>\nTo {escape(str(mail['To']))}</p>"
        yield f"<pre>{escape(text.get_content() if text else '')}</pre>"
    if not files:
        yield "<p>There are none yet. Make a change that sends a mail.</p>"
    yield "</body></html>"
