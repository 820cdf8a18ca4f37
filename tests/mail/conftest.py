"""A post office over the demo world, and a real mail server that takes letters by STARTTLS and password alone."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

import pytest
import structlog
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.app import load_policy, policy_folder
from gateway.auth.viewers import PLATFORM_ID
from gateway.db.ids import uuid7
from gateway.db.models import Mail, Notice, User
from gateway.db.queries.jobs import to_address
from gateway.db.queries.mail_allowances import MailBounds
from gateway.db.seeds.demo import DEMO_NOW, key
from gateway.db.seeds.people import CLIENT_PLACES, FIRM_PLACES
from gateway.global_ids import Seal
from gateway.mail import DeliveryResult, MailDelivery, SmtpTransport, Transport, read_texts
from gateway.observability.metrics import JobMetrics
from gateway.policy import Policy
from gateway.settings import Settings
from gateway.worker.loop import BackgroundWork
from tests.graph.conftest import Lent

NOW: Final = DEMO_NOW + timedelta(minutes=5)
SEALING_KEY: Final = "5e" * 32
SENDER: Final = Address("Partner portal", "portal", "portal.example")
PORTAL: Final = "https://portal.example"


def link_to(page: str, side: str, who: str) -> str:
    """The address of a page of the portal, for a person of the demo world on one side (D71)."""
    seal = Seal(bytes.fromhex(SEALING_KEY))
    if side == "platform":
        return f"{PORTAL}/{page}?organisation={seal.id('Platform', PLATFORM_ID)}"
    places, type_name = (FIRM_PLACES, "Firm") if side == "firm" else (CLIENT_PLACES, "Client")
    (organisation,) = [place.organisation for place in places if place.person == who]
    return f"{PORTAL}/{page}?organisation={seal.id(type_name, key(organisation))}"


ZONE: Final = Settings().time_zone
USER, PASSWORD = "gateway", "look & say/2026"


class Remembering:
    """A post that keeps what it takes, and first says what it was told to say."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.problems: list[Exception] = []
        self.before: Callable[[], None] = lambda: None

    async def send(self, message: EmailMessage) -> None:
        self.before()
        if self.problems:
            raise self.problems.pop(0)
        self.taken.append(message)

    @property
    def to(self) -> list[str]:
        return sorted(str(message["To"].addresses[0].addr_spec).partition("@")[0] for message in self.taken)


@dataclass
class Desk:
    """An office whose work is undone after the test; its clock can be put on."""

    connection: AsyncConnection
    office: MailDelivery
    post: Any
    at: list[datetime]

    def later(self, by: timedelta) -> None:
        self.at[0] += by

    async def noticed(self, kind: str, collaboration: str | None = None, **given: Any) -> UUID:
        """Something happened."""
        row = {"id": uuid7(self.at[0]), "kind": kind, "at": self.at[0], "data": {}}
        row |= {"collaboration_id": collaboration and key(collaboration)} | given
        await self.connection.execute(insert(Notice).values(row))
        return row["id"]

    async def addressed(self) -> list[str]:
        """The handles' addresses of whom letters were made for, after all notices were addressed."""
        for notice in await self._waiting(select(Notice.id).where(Notice.addressed_at.is_(None)).order_by(Notice.id)):
            await self.office.address(notice)
        rows = await self.connection.execute(
            select(User.email, Mail.address).select_from(Mail).outerjoin(User, User.id == Mail.user_id)
        )
        return sorted((email or address).partition("@")[0] for email, address in rows)

    async def sent(self) -> list[DeliveryResult]:
        """What became of each letter that is due."""
        due = select(Mail.id).where(Mail.state == "waiting", Mail.due_at <= self.at[0])
        done = [await self.office.send(mail) for mail in await self._waiting(due.order_by(Mail.due_at, Mail.id))]
        return [each for each in done if each is not None]

    async def _waiting(self, statement: Any) -> list[UUID]:
        return list((await self.connection.scalars(statement)).all())

    async def told(self, kind: str, collaboration: str | None = None, **given: Any) -> list[str]:
        """Who was sent a letter about it."""
        await self.noticed(kind, collaboration, **given)
        await self.addressed()
        await self.sent()
        return self.post.to

    async def mails(self) -> list[Any]:
        return list((await self.connection.execute(select(Mail.__table__).order_by(Mail.id))).all())

    async def speaks(self, who: str, locale: str) -> None:
        await self.connection.execute(update(User).where(User.id == key(who)).values(locale=locale))


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(policy_folder(Settings()))


def office_of(engine: Any, policy: Policy, post: Transport, clock: Callable[[], datetime]) -> MailDelivery:
    secret = bytes.fromhex(SEALING_KEY)
    bounds = MailBounds.from_settings(Settings(), secret)
    return MailDelivery(engine, policy, read_texts(ZONE), post, SENDER, PORTAL, secret, bounds, clock)


@pytest.fixture
def desk(connection: AsyncConnection, policy: Policy) -> Desk:
    return desk_of(connection, policy, Remembering())


def desk_of(connection: AsyncConnection, policy: Policy, post: Any) -> Desk:
    at = [NOW]
    engine = cast(AsyncEngine, Lent(connection))
    return Desk(connection, office_of(engine, policy, post, lambda: at[0]), post, at)


# ---- the queue


async def happened(engine: AsyncEngine, *rows: dict[str, Any]) -> list[UUID]:
    """Notices with their jobs, committed."""
    common = {"at": NOW, "data": {}, "collaboration_id": None}
    made = [{"id": uuid7(NOW + timedelta(milliseconds=number)), **common, **row} for number, row in enumerate(rows)]
    keys = [row["id"] for row in made]
    async with engine.begin() as connection:
        await connection.execute(insert(Notice), made)
        await connection.execute(to_address(keys))
    return keys


def chores_of(office: MailDelivery, written: Any) -> BackgroundWork:
    return BackgroundWork(office, structlog.wrap_logger(written, processors=[]), JobMetrics())


@asynccontextmanager
async def working(chores: BackgroundWork, at_once: int = 4) -> AsyncIterator[None]:
    """Meanwhile a worker does its jobs."""
    stop = asyncio.Event()
    running = asyncio.create_task(chores.jobs(at_once=at_once).run(stop))
    try:
        yield
    finally:
        stop.set()
        await running


# ---- a mail server


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return cast(EmailMessage, part).get_content().replace("\r\n", "\n")


@dataclass
class MailServer:
    """What came, and what is to be answered next: to RCPT or to DATA, before anything else."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    stage: Callable[[str], None] = lambda _: None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.stage("RCPT")
        answer = self._next("RCPT")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.stage("DATA")
        answer = self._next("DATA")
        if answer.startswith("250"):
            self.letters.append(cast(EmailMessage, message_from_bytes(envelope.content, policy=default)))
            self.recipients.append(envelope.rcpt_tos)
        self.stage("taken")
        return answer

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return self._next("QUIT")

    def _next(self, command: str) -> str:
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else "250 Good."

    @property
    def url(self) -> str:
        return f"smtp://{USER}:look%20%26%20say%2F2026@localhost:{self.port}"


def _is_ours(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None, **given: Any) -> AsyncIterator[MailServer]:
    """The server at a port of its own; without `tls` it takes mails in the clear and from every sender."""
    handler = MailServer()
    connections: set[SMTP] = set()
    secure = (
        {"tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": _is_ours} if tls else {}
    )

    def connected() -> SMTP:
        made = SMTP(handler, hostname="mail.example", loop=asyncio.get_running_loop(), **secure, **given)
        connections.add(made)
        return made

    server = await asyncio.get_running_loop().create_server(connected, "localhost", 0)
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        server.close()
        for each in connections:
            if each.transport is not None:
                each.transport.abort()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody but us believes, with its key behind it."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    alternatives = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return path


@pytest.fixture(scope="session")
def believing(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture
async def server(certificate: Path) -> AsyncIterator[MailServer]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with serving(tls) as made:
        yield made


@pytest.fixture
def posted(connection: AsyncConnection, policy: Policy, server: MailServer, believing: ssl.SSLContext) -> Desk:
    """As `desk`, with the mail server behind it."""
    return desk_of(connection, policy, SmtpTransport.of_url(server.url, 10.0, believing))
