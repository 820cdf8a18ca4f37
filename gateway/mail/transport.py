"""Transports for messages: SMTP, or files in a folder."""

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
WORDS: Final = 300  # maximum number of characters that are stored of a server's reply
GOODBYE_SECONDS: Final = 2.0
_SENDER: Final = re.compile(
    r'(?:"?(?P<name>[^"<>@]*?)"? *(?P<open><))?(?P<local>[\w.+-]+)@(?P<domain>[\w.-]+)(?(open)>)', re.ASCII
)
FORM: Final = "GATEWAY_SMTP_URL must be like smtp://user:password@host:587, smtps://… or smtp+plain://host:25."


class TemporaryFailure(Exception):
    """The message was not sent, but a later attempt may succeed. The text is the reason."""


class PermanentFailure(Exception):
    """The message can never be sent. The text is the server's reply."""


class Transport(Protocol):
    """Delivers a message to its only recipient."""

    async def send(self, message: EmailMessage) -> None:
        """Raises TemporaryFailure or PermanentFailure if the message is not accepted."""


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """A mail server: `smtps` uses TLS from the start, `smtp` requires STARTTLS, `smtp+plain` uses neither."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    seconds: float = 20.0
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def of_url(cls, url: str, seconds: float = 20.0, tls: ssl.SSLContext | None = None) -> "SmtpTransport":
        """Raises ValueError for an invalid address of a mail server, and for a password that would be sent unencrypted."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError(FORM) from None
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(FORM)
        if parts.scheme == "smtp+plain" and parts.password:
            raise ValueError("GATEWAY_SMTP_URL must have no password with smtp+plain: it would be sent unencrypted.")
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
            # The server has accepted the message. A failure of QUIT does not matter.
            with suppress(OSError, SMTPException):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await server.quit()
        finally:
            server.close()


@cache
def _trusted() -> ssl.SSLContext:
    """Returns a context with the system's certificate authorities. It is cached: loading them takes longer than sending a mail."""
    return ssl.create_default_context()


async def _hand_over(server: SMTP, message: EmailMessage) -> None:
    """Sends the bytes of the message to the only address in its `To` header.

    Only a refusal of the recipient or of the content is permanent. If the server refuses the gateway itself, the operator can
    correct the settings.
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
    """Returns the reason in one line: the server's reply, or the type of the error."""
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
    """Writes each message into a file, to be read by a developer. A message that is sent twice replaces its file."""

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
    """Returns the transport in the settings. Raises ValueError if there is none or it is invalid."""
    if settings.mail_folder is not None:
        return FolderTransport(settings.mail_folder)
    if settings.smtp_url is None:
        raise ValueError("GATEWAY_SMTP_URL is not set: the worker needs a mail server.")
    return SmtpTransport.of_url(settings.smtp_url.get_secret_value(), settings.smtp_seconds)


def sender_of(settings: Settings) -> Address:
    """Returns the sender of all mails. Raises ValueError if it is not set or invalid."""
    if settings.mail_from is None:
        raise ValueError("GATEWAY_MAIL_FROM is not set: mails need a sender.")
    found = _SENDER.fullmatch(settings.mail_from)
    if found is None or not (settings.mail_from.isprintable() and is_header_text(settings.mail_from)):
        raise ValueError("GATEWAY_MAIL_FROM must be like Partner portal <portal@example.com>.")
    return Address((found["name"] or "").strip(), found["local"], found["domain"])
