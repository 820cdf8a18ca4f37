"""The demo's mail page: the mails that would have been sent, the newest first, as text without scripts."""

import re
import secrets
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
HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
POLICY: Final = (
    "default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TOKEN: Final = re.compile(r"https?://\S+#([A-Za-z0-9_.-]+)")
"""A link into the portal that ends with a token, such as that of a sign-up."""

STYLE: Final = """
:root { color-scheme: light dark; --quiet: light-dark(#51606f, #a9b6c3); --line: light-dark(#cfd8df, #354259);
  --link: light-dark(#1f4b5c, #9fd3e6); }
body { max-width: 46rem; margin: 0 auto; padding: 24px 16px 48px; font: 16px/1.5 system-ui, sans-serif;
  background: light-dark(#ffffff, #10151e); color: light-dark(#1c2733, #e8edf2); overflow-wrap: anywhere; }
a { color: var(--link); }
h1 { margin: 8px 0; font-size: 24px; }
article { margin-top: 20px; padding: 16px 20px; border: 1px solid var(--line); border-radius: 12px;
  background: light-dark(#f7f9fa, #1a2231); }
h2 { margin: 0 0 4px; font-size: 18px; }
.head { margin: 0; color: var(--quiet); font-size: 14px; }
pre { margin: 16px 0 0; font: inherit; white-space: pre-wrap; }
"""


def mail_page(folder: Path) -> Route:
    """Returns the page /mails, which shows the files in `folder`. Only for the demo: every visitor can read all mails."""

    async def mails(_: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        headers = {**HEADERS, "Content-Security-Policy": POLICY.format(nonce=nonce)}
        return HTMLResponse(await run_in_threadpool(lambda: "\n".join(_page(folder, nonce))), headers=headers)

    return Route("/mails", mails, name="mails")


def _page(folder: Path, nonce: str) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Mails</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<style nonce="{nonce}">{STYLE}</style></head><body>'
    yield '<p><a href="/">Back to the explorer</a></p>\n<h1>Mails</h1>'
    yield "<p>The mails that the demo would have sent, the newest first. Reload the page to see new ones.</p>"
    # The key of a mail begins with a timestamp.
    files = sorted(folder.glob("*.eml"), reverse=True)[:SHOWN]
    for file in files:
        mail = message_from_bytes(file.read_bytes(), policy=default)
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        yield f"<article>\n<h2>{escape(str(mail['Subject']))}</h2>"
        yield f'<p class="head">{escape(str(mail["Date"]))}<br>\nTo {escape(str(mail["To"]))}</p>'
        yield f"<pre>{escape(text)}</pre>"
        if found := TOKEN.search(text):
            yield f'<p><a href="/#token={escape(found[1])}">Open the explorer with the token of this mail</a></p>'
        yield "</article>"
    if not files:
        yield "<p>There are none yet. Make a change that sends a mail.</p>"
    yield "</body></html>"
