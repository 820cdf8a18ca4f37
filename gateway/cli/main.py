"""The command `gateway`: parses the arguments and calls one function per command.

Each command imports what it needs when it runs, so that the short ones do not wait for the schema and the policy engine.
"""

import asyncio
import os
import signal
import socket
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Never

import typer
from pydantic import ValidationError

from gateway.db.seeds.people import LARGE_PEOPLE, MACHINES, PEOPLE
from gateway.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from structlog.typing import FilteringBoundLogger

    from gateway.observability.metrics import Metrics

program = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The gateway for partner portals: serve it, fill its database, check and explain its policy.",
)
policies = typer.Typer(no_args_is_help=True, help="Check, print, compare and explain the policy.")
program.add_typer(policies, name="policy")
documents = typer.Typer(no_args_is_help=True, help="Publish, list, retire and check the documents of shipped clients.")
program.add_typer(documents, name="documents")


def main() -> None:
    """Run a command. Errors that the user can correct are printed as one sentence; only bugs have a traceback."""
    try:
        program()
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        fail(sentence)


def sentence_of(error: Exception) -> str | None:
    """Returns the text for an error that the user can correct, and None for a bug."""
    from sqlalchemy.exc import ArgumentError, DBAPIError

    from gateway.db.embedded import ServerUnavailable
    from gateway.db.seeds.large import AlreadySeeded
    from gateway.policy import PolicyError

    match error:
        case DBAPIError():
            hint = " Has `gateway migrate` been run?" if "does not exist" in str(error.orig) else ""
            return f"The database of DATABASE_URL returned an error: {str(error.orig).splitlines()[0]}.{hint}"
        case ArgumentError():
            return "DATABASE_URL must be the URL of a database, such as postgresql://user:password@host:5432/name."
        case ConnectionError() | socket.gaierror():
            return f"The database of DATABASE_URL cannot be reached: {error.strerror or error}."
        case PolicyError() | ServerUnavailable() | AlreadySeeded() | ValueError() | OSError():
            return str(error)
    return None


def fail(sentence: str) -> Never:
    print(sentence, file=sys.stderr)  # noqa: T201 (a command prints to its terminal)
    raise SystemExit(1)


def echo(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (a command prints to its terminal)


def settings_of_environment() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        problem = error.errors()[0]
        fail(f"The setting {'.'.join(map(str, problem['loc']))} is not valid: {problem['msg']}.")


# ---- serving


@program.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on, instead of GATEWAY_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="The port, instead of PORT.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="The number of processes, instead of GATEWAY_WORKERS.")
    ] = None,
) -> None:
    """Serve in production. DATABASE_URL, GATEWAY_SIGNING_KEY and GATEWAY_SEALING_KEY must be set."""
    from gateway.app import build_app
    from gateway.observability.logs import make_log, take_over
    from gateway.server.run import server, settle
    from gateway.server.supervisor import serve_with_workers

    settings = settings_of_environment()
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    for name in ("signing_key", "sealing_key"):
        if getattr(settings, name) is None:
            fail(f"GATEWAY_{name.upper()} is not set; README.md describes how to create one.")
    log, at = make_log(), (host or settings.host, settings.port if port is None else port)
    take_over(log)
    if settings.workers == 1:
        app = build_app(settings, log=log, reloads=True)
        settle()
        server(app, settings).serve_on(listening(log, *at))
    elif not hasattr(os, "fork"):
        fail("This system cannot fork processes, which several workers need; set GATEWAY_WORKERS to 1.")
    else:

        def build(metrics: "Metrics") -> "Starlette":
            return build_app(settings, log=log, metrics=metrics)

        serve_with_workers(settings, listening(log, *at), build, log)


@program.command()
def demo(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="The port, instead of PORT.")] = None,
    prepare: Annotated[bool, typer.Option("--prepare", help="Only create the database and its data.")] = False,
) -> None:
    """Serve the demo data, with an embedded PostgreSQL or with DATABASE_URL."""
    from gateway.app import build_app, load_policy, policy_folder
    from gateway.demo import world
    from gateway.demo.keys import with_keys
    from gateway.demo.mailbox import mail_page
    from gateway.demo.product import product_page
    from gateway.observability.logs import make_log
    from gateway.server.run import server, settle
    from gateway.worker.loop import at_work

    settings = world.with_mails(world.with_explorer(with_keys(settings_of_environment())))
    at = settings.port if port is None else port
    settings = world.with_product(settings, host, at)
    if not prepare and (problem := world.port_problem(host, at)):
        fail(problem)
    with world.ended_by_signals(), world.with_database(settings) as ready:
        asyncio.run(world.prepare(address_of(ready)))
        if prepare:
            return
        log, policy = make_log(), load_policy(policy_folder(ready))
        pages, chores = (
            [mail_page(world.mail_folder(ready)), product_page()],
            partial(at_work, ready, log, policy=policy),
        )
        app = build_app(
            ready, log=log, policy=policy, guests=world.guests(), rows=world.rows(), pages=pages, companion=chores
        )
        echo(world.greeting(host, at))
        settle()
        server(app, ready).serve_on(listening(log, host, at))


@program.command()
def worker() -> None:
    """Run background work: send mails, end access that expires, delete expired rows.

    Runs in addition to `gateway serve`, in one or several processes.
    """
    from gateway.observability.logs import make_log, take_over
    from gateway.worker.loop import at_work

    settings = settings_of_environment()
    log = make_log()
    take_over(log)

    async def work() -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        async with at_work(settings, log):
            await stopped.wait()

    asyncio.run(work())


def listening(log: "FilteringBoundLogger", host: str, port: int) -> socket.socket:
    from gateway.server.run import listening_at

    try:
        opened = listening_at(host, port)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        fail(f"Port {port} of {host} is not available ({reason}); set PORT to another one.")
    log.info("listening", host=host, port=opened.getsockname()[1])
    return opened


def address_of(settings: Settings) -> str:
    if settings.database_url is None:
        fail("DATABASE_URL is not set.")
    return settings.database_url.get_secret_value()


# ---- data


@program.command()
def migrate() -> None:
    """Migrate the tables of DATABASE_URL to the newest version."""
    from gateway.db import migrate as migrations

    asyncio.run(migrations.upgrade(address_of(settings_of_environment())))
    echo("The tables are up to date.")


@program.command()
def seed(
    firms: Annotated[int, typer.Option(min=1, help="The number of firms; one firm has a fifth of the clients.")] = 200,
    clients: Annotated[int, typer.Option(min=1, help="The number of clients, with five KPIs each.")] = 100_000,
    invoices: Annotated[int, typer.Option(min=0, help="The number of invoices.")] = 1_000_000,
    staff: Annotated[int, typer.Option(min=1, help="The number of people who work in firms.")] = 2_000,
    number: Annotated[int, typer.Option("--seed", help="The same number generates the same data.")] = 1,
) -> None:
    """Add a large amount of generated data to the database, for measurements."""
    from rich.progress import Progress

    from gateway.db import migrate as migrations
    from gateway.db.seeds.large import seed_large
    from gateway.demo import world

    settings = settings_of_environment()
    with world.with_database(settings) as ready, Progress() as progress:
        url = address_of(ready)

        async def generate() -> None:
            await migrations.upgrade(url)
            await seed_large(
                url, firms=firms, clients=clients, invoices=invoices, staff=staff, seed=number, progress=progress
            )

        asyncio.run(generate())


@program.command()
def schema(
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; the exit status is 1 if the file differs.")
    ] = False,
    file: Annotated[Path, typer.Option(help="The file to write or to compare.")] = Path("schema.graphql"),
    profiles: Annotated[Path, typer.Option(help="The folder of the profiles.")] = Path("docs/profiles"),
) -> None:
    """Write the GraphQL schema to a file, and what each kind of viewer can see of it to others."""
    from gateway.schema.build import sdl

    texts = {file: sdl(), **profile_texts(profiles)}
    for path, text in texts.items():
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        elif not path.is_file():
            fail(f"There is no file {path} to compare with.")
        elif path.read_text("utf-8") != text:
            fail(
                f"{path} is not the schema of this code: write it again with `gateway schema` and review the differences."
            )


def profile_texts(folder: Path) -> dict[Path, str]:
    """The text of the profile of each kind of viewer."""
    from gateway.app import load_policy, policy_folder
    from gateway.schema.build import build_schema
    from gateway.schema.profiles import profile, text_of

    policy = load_policy(policy_folder(Settings(policies=None)))
    whole = build_schema(policy)
    return {folder / f"{kind}.graphql": text_of(profile(whole, policy, kind)) for kind in policy.vocabulary.kinds}


@program.command()
def configuration(
    check: Annotated[
        bool, typer.Option("--check", help="Compare instead: exit with 1 if the page is out of date.")
    ] = False,
    file: Annotated[Path, typer.Option(help="The page.")] = Path("docs/configuration.md"),
) -> None:
    """Write the page about all settings to docs/configuration.md."""
    from gateway.cli import configuration as configuration_page

    configuration_page.write(file, check=check)


@program.command()
def token(
    acting: Annotated[
        str, typer.Option("--as", help="A person of the demo, such as ada, or a machine, such as billing.")
    ],
) -> None:
    """Print a token for a person or a machine of the demo, as the last line.

    The token of a person is invalid after that person has changed the password.
    """
    from gateway.auth.access_tokens import TokenIssuer, load_keys
    from gateway.db.seeds.keys import key
    from gateway.demo.keys import with_keys

    require_caller(acting)
    for machine in MACHINES:
        if machine.handle == acting:
            echo(machine.token)
            return
    settings = with_keys(settings_of_environment())
    issuer = TokenIssuer.from_settings(settings, load_keys(settings))
    echo(issuer.issue(key(acting), datetime.now(UTC)).text)


def require_caller(handle: str) -> None:
    callers = [caller.handle for caller in (*PEOPLE, *LARGE_PEOPLE, *MACHINES)]
    if handle not in callers:
        fail(f"The demo has no person or machine {handle}; it has {', '.join(callers)}.")


# ---- the policy

Folder = Annotated[Path | None, typer.Option(help="The folder of the policy; by default, that of the policy in force.")]


@policies.command()
def check(folder: Folder = None) -> None:
    """Check whether the policy can be put in force: it compiles, is complete and has a reason for each denial."""
    from gateway.app import load_policy, policy_folder
    from gateway.policy.field_groups import warnings
    from gateway.schema.build import build_schema

    policy = load_policy(folder or policy_folder(settings_of_environment()))
    build_schema(policy)  # as the start does: refuses a field whose column is not loaded
    echo(f"The policy {policy.version} is complete: {len(policy.types)} types, {len(policy.text.rules)} rules.")
    for warning in warnings(policy):
        echo(f"warning: {warning}")


@policies.command()
def matrix(
    folder: Folder = None,
    file: Annotated[Path, typer.Option(help="The file to write or to compare.")] = Path("docs/visibility-matrix.md"),
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; the exit status is 1 if the file differs.")
    ] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Write one HTML page with a search field.")] = False,
) -> None:
    """Write the complete decision table as a page of Markdown or HTML."""
    from gateway.app import load_policy, policy_folder
    from gateway.policy.matrix import matrix_of
    from gateway.policy.matrix_pages import html, markdown

    where = folder or policy_folder(settings_of_environment())
    written = (html if as_html else markdown)(matrix_of(load_policy(where), where))
    if not check:
        file.write_text(written, "utf-8")
    elif not file.is_file():
        fail(f"There is no file {file} to compare with.")
    elif file.read_text("utf-8") != written:
        fail(
            f"{file} does not match the policy: write it again with `gateway policy matrix` and review the differences."
        )


@policies.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A folder with the old policy.")],
    new: Annotated[Path, typer.Argument(help="A folder with the new policy.")],
) -> None:
    """Print which viewers gain or lose which permissions, and in which situations."""
    from gateway.app import rows_of_tables
    from gateway.policy import Policy
    from gateway.policy.diff import lines as differences

    mapped = rows_of_tables()
    found = False
    for line in differences(Policy.load(old, mapped), Policy.load(new, mapped)):
        found = True
        echo(line)
    if not found:
        echo("No viewer gains or loses a permission.")


@policies.command()
def explain(
    acting: Annotated[str, typer.Option("--as", help="A person or a machine of the demo.")],
    id: Annotated[
        str, typer.Argument(help="A global id, or Client:C1, Invoice:C4#2 or Collaboration:F-C4 of the demo.")
    ],
    field: Annotated[str, typer.Argument(help="The name of the field.")],
    organisation: Annotated[
        str | None, typer.Option("--for", help="Firm:F or Client:C3, for a person with several memberships.")
    ] = None,
) -> None:
    """Explain why a person sees a field of an object, or does not see it."""
    from gateway.cli.explain import explained
    from gateway.demo import world
    from gateway.demo.keys import with_keys

    require_caller(acting)
    settings = with_keys(settings_of_environment())
    with world.with_database(settings) as ready:
        if settings.database_url is None:
            asyncio.run(world.prepare(address_of(ready)))
        echo(asyncio.run(explained(ready, acting, organisation, id, field)))


# ---- the documents of clients

Manifests = Annotated[
    list[Path], typer.Argument(help="Manifests of GraphQL Code Generator, Relay or Apollo.", show_default=False)
]


@documents.command()
def publish(
    manifests: Manifests,
    application: Annotated[str, typer.Option(help="The client that ships the documents.")],
) -> None:
    """Publish the documents of a client: each is validated, costed and compiled for every role before it is stored."""
    from gateway.cli import documents as documents_of_clients

    settings = settings_of_environment()
    for line in documents_of_clients.published(manifests, application, settings, address_of(settings)):
        echo(line)


@documents.command(name="list")
def list_documents(
    application: Annotated[str | None, typer.Option(help="Only the documents of this client.")] = None,
) -> None:
    """List the published documents."""
    from gateway.cli import documents as documents_of_clients

    for line in documents_of_clients.listed(application, address_of(settings_of_environment())):
        echo(line)


@documents.command()
def retire(
    ids: Annotated[list[str], typer.Argument(help="The ids of documents that no client ships any more.")],
) -> None:
    """Retire documents: servers stop to accept them after some seconds."""
    from gateway.cli import documents as documents_of_clients

    if unknown := documents_of_clients.retired(ids, address_of(settings_of_environment())):
        fail(f"These documents are not published: {', '.join(unknown)}.")


@documents.command(name="check")
def check_documents(
    old: Annotated[Path, typer.Argument(help="A folder with the old policy.")],
    new: Annotated[Path, typer.Argument(help="A folder with the new policy.")],
    manifest: Annotated[
        list[Path] | None, typer.Option(help="Check these manifests instead of the published documents.")
    ] = None,
    schema: Annotated[Path | None, typer.Option(help="The new schema, as a file.")] = None,
) -> None:
    """Print which documents change their response, for which role and in which situation. The exit status is 1 if any does."""
    from gateway.cli import documents as documents_of_clients
    from gateway.documents.manifests import read_manifest

    if manifest:
        shipped = [document for file in manifest for document in read_manifest(file)]
    else:
        shipped = documents_of_clients.in_force(address_of(settings_of_environment()))
    found = documents_of_clients.changed(old, new, shipped, schema)
    for line in found:
        echo(line)
    if found:
        raise SystemExit(1)
    echo(f"No response of {len(shipped)} documents changes.")
