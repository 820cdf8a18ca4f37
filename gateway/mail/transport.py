"""How a message leaves: by SMTP, or into a folder to look at."""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from gateway.settings import Settings
from gateway.text.header_text import is_header_text

PORTS: Final = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
FOR_GOOD: Final = range(500, 600)
WORDS: Final = 300  # characters of what a server said
GOODBYE_SECONDS: Final = 2.0
_SENDER: Final = re.compile(
    r'(?:"?(?P<name>[^"<>@]*?)"? *(?P<open><))?(?P<local>[\w.+-]+)@(?P<domain>[\w.-]+)(?(open)>)', re.ASCII
)
FORM: Final = "GATEWAY_SMTP_URL must be like smtp://user:password@host:587, smtps://… or smtp+plain://host:25."


class TemporaryFailure(Exception):
    """It may go another time; the text says what stood in the way."""


class PermanentFailure(Exception):
    """It never goes; the text is what the server said."""


class Transport(Protocol):
    """Takes a message to its one recipient."""

    async def send(self, message: EmailMessage) -> None:
        """TemporaryFailure or Returned where it is not taken."""


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """A mail server: `smtps` is TLS from the start, `smtp` is STARTTLS and nothing without it, `smtp+plain` is neither."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    seconds: float = 20.0
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def of_url(cls, url: str, seconds: float = 20.0, tls: ssl.SSLContext | None = None) -> "SmtpTransport":
        """ValueError for what is no address of a mail server, and for a password that would travel in the clear."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError(FORM) from None
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(FORM)
        if parts.scheme == "smtp+plain" and parts.password:
            raise ValueError("GATEWAY_SMTP_URL: over smtp+plain the password would travel in the clear.")
        user, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
        return cls(parts.scheme, parts.hostname, port or PORTS[parts.scheme], user, password, seconds, tls)

    async def send(self, message: EmailMessage) -> None:
        server = SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            timeout=self.seconds,
            use_tls=self.scheme == "smtps",
            start_tls=self.scheme == "smtp",
            tls_context=self.tls or _trusted(),
        )
        try:
            async with asyncio.timeout(self.seconds):
                await server.connect()
                await _hand_over(server, message)
        except (OSError, SMTPException) as error:
            raise TemporaryFailure(said(error)) from error
        else:
            # It is taken. How the goodbye goes changes nothing.
            with suppress(OSError, SMTPException):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await server.quit()
        finally:
            server.close()


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that the system trusts. Reading them takes longer than sending a mail."""
    return ssl.create_default_context()


async def _hand_over(server: SMTP, message: EmailMessage) -> None:
    """The message's own bytes, to the one address in its `To`.

    Only what is said of the recipient or of the content is final: a server that refuses us may be told better.
    """
    [sender], [to] = message["From"].addresses, message["To"].addresses
    options = [] if to.addr_spec.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
    try:
        await server.sendmail(sender.addr_spec, to.addr_spec, message.as_bytes(), mail_options=options)
    except SMTPNotSupported as lacking:
        raise PermanentFailure(said(lacking)) from lacking
    except SMTPRecipientsRefused as refused:
        [only] = refused.recipients
        raise (PermanentFailure if only.code in FOR_GOOD else TemporaryFailure)(said(only)) from refused
    except SMTPDataError as refused:
        raise (PermanentFailure if refused.code in FOR_GOOD else TemporaryFailure)(said(refused)) from refused


def said(error: Exception) -> str:
    """What went wrong in one line: a server's words, or the kind of error."""
    words = type(error).__name__
    if isinstance(error, SMTPResponseException):
        words = f"{error.code} {error.message}"
    elif isinstance(error, SMTPException):
        words = f"{words}: {error.message}"
    elif isinstance(error, OSError) and error.strerror:
        words = f"{words}: {error.strerror}"
    kept = "".join(each if each.isprintable() else " " for each in words)
    return " ".join(kept.split())[:WORDS]


@dataclass(frozen=True, slots=True)
class FolderTransport:
    """For looking at: each message becomes a file, and one that comes twice is the same file."""

    folder: Path

    async def send(self, message: EmailMessage) -> None:
        await asyncio.to_thread(self._write, message)

    def _write(self, message: EmailMessage) -> None:
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        fresh = self.folder / f".{name}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(message.as_bytes())
            fresh.replace(self.folder / f"{name}.eml")
        except OSError as error:
            raise TemporaryFailure(said(error)) from error


def transport_of(settings: Settings) -> Transport:
    """Where letters go by the settings; ValueError where they say nothing or nothing sensible."""
    if settings.mail_folder is not None:
        return FolderTransport(settings.mail_folder)
    if settings.smtp_url is None:
        raise ValueError("GATEWAY_SMTP_URL is not set: there is nowhere to send letters.")
    return SmtpTransport.of_url(settings.smtp_url.get_secret_value(), settings.smtp_seconds)


def sender_of(settings: Settings) -> Address:
    """From whom letters are; ValueError where that is no address."""
    if settings.mail_from is None:
        raise ValueError("GATEWAY_MAIL_FROM is not set: letters must be from somebody.")
    found = _SENDER.fullmatch(settings.mail_from)
    if found is None or not (settings.mail_from.isprintable() and is_header_text(settings.mail_from)):
        raise ValueError("GATEWAY_MAIL_FROM must be like Partner portal <portal@example.com>.")
    return Address((found["name"] or "").strip(), found["local"], found["domain"])
