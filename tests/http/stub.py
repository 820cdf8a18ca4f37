"""A small schema that does every kind of thing a schema can do to the endpoint, and a client for it."""

import asyncio
import io
import json
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import httpx
from graphql import GraphQLError, GraphQLScalarType, build_schema
from sqlalchemy import exc as sql

from gateway.errors import BadInput, Conflict, NotFound, RateLimited, Unauthenticated
from gateway.execution.denials import Denials
from gateway.http import graphql_endpoint
from gateway.observability.logs import make_log
from gateway.settings import Settings

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"

SDL = """
  scalar Day
  scalar Token
  enum Colour { GREEN BLUE }
  input Wish { colour: Colour!  count: Int = 1  days: [Day!]  inner: Wish }
  type Row { id: ID!  secret: String  name: String  rows(first: Int): [Row]  boom: String  away: String  must: String! }
  type PageInfo { hasNextPage: Boolean! }
  type Rows { nodes: [Row!]!  pageInfo: PageInfo!  totalCount: Int! }
  type Query {
    hello(name: String): String
    echo(wish: Wish, colour: Colour, count: Int, day: Day, token: Token, id: ID, flag: Boolean! = true): String
    rows(first: Int, last: Int): Rows
    row: Row
    refused(how: String!): String
    fails(how: String!): String
    slow(seconds: Float!): String
    number: Int
    odd: Day
    must: String!
  }
  type Mutation { signIn: String  refresh: String  signOut: String  change(text: String): String  boom: String }
  type Subscription { ticks: Int }
"""


class Sealed(Exception):
    """Something of ours that no caller may read: secret_table, 10.0.0.7."""


class Situation:
    def why(self, field):
        return "LEVEL"


HOW = {
    "bug": lambda: Sealed("secret_table at 10.0.0.7"),
    "graphql": lambda: GraphQLError("secret_table"),
    "oserror": lambda: OSError("Connect call failed"),
    "refused-connection": lambda: ConnectionRefusedError(111, "refused"),
    "no-file": lambda: FileNotFoundError(2, "No such file", "/secret/template.txt"),
    "starting": lambda: asyncpg.CannotConnectNowError("the database system is starting up"),
    "shutdown": lambda: asyncpg.AdminShutdownError("terminating connection"),
    "gone": lambda: asyncpg.ConnectionDoesNotExistError("connection was closed"),
    "full": lambda: asyncpg.TooManyConnectionsError("too many clients"),
    "closed": lambda: asyncpg.InterfaceError("connection is closed"),
    "shared": lambda: asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
    "pool": lambda: sql.TimeoutError("QueuePool limit reached"),
    "operational": lambda: sql.OperationalError("select 1", {}, Exception("no")),
    "invalidated": lambda: sql.DBAPIError("select 1", {}, Exception("no"), connection_invalidated=True),
    "wrapped": lambda: sql.DBAPIError("select 1", {}, asyncpg.AdminShutdownError("terminating connection")),
    "grouped": lambda: ExceptionGroup("two", [ValueError("x"), asyncpg.AdminShutdownError("terminating")]),
    "cancelled": lambda: sql.DBAPIError("select 1", {}, asyncpg.QueryCanceledError("statement timeout")),
    "timeout": TimeoutError,
    "deadlock": lambda: sql.DBAPIError("select 1", {}, asyncpg.DeadlockDetectedError("deadlock detected")),
    "locked": lambda: sql.DBAPIError("select 1", {}, asyncpg.LockNotAvailableError("lock timeout")),
    "data": lambda: sql.DBAPIError("select 1", {}, asyncpg.DataError("invalid byte sequence")),
    "not-found": NotFound,
    "conflict": lambda: Conflict("It is closed already.", state="CLOSED"),
    "rate": lambda: RateLimited("Too many attempts.", retry_after=60),
    "wrapped-refusal": lambda: ExceptionGroup("one", [NotFound()]),
}


class Root:
    """Resolvers by name, as graphql-core's default resolver finds them."""

    def hello(self, _info, name=None):
        return f"Hello, {name or 'you'}!"

    def echo(self, _info, **given):
        return json.dumps(given, default=str, sort_keys=True)

    async def rows(self, _info, first=None, last=None):
        await asyncio.sleep(0)
        return {"nodes": [Row()] * (first or last or 0), "pageInfo": {"hasNextPage": False}, "totalCount": 3}

    def row(self, _info):
        return Row()

    def refused(self, _info, how):
        raise HOW[how]()

    async def fails(self, _info, how):
        await asyncio.sleep(0)
        raise HOW[how]()

    async def slow(self, _info, seconds):
        await asyncio.sleep(seconds)
        return "at last"

    def number(self, _info):
        return "no number at all: secret_table"

    def odd(self, _info):
        return object()

    def must(self, _info):
        return None

    def change(self, info, text=None):
        info.context.changes.append(text)
        return text

    def signIn(self, info):  # noqa: N802
        return f"token for {info.context.name}"

    signOut = refresh = signIn  # noqa: N815
    boom = staticmethod(lambda _info: (_ for _ in ()).throw(Sealed("secret_table")))


class Row:
    id = "r"
    name = "Ada"
    must = None

    def secret(self, info):
        info.context.denials.add("Row", "secret", SITUATION, info.path)

    async def rows(self, _info, first=None):
        await asyncio.sleep(0)
        return [Row()] * (first or 2)

    async def boom(self, _info):
        raise Sealed("secret_table")

    async def away(self, _info):
        raise OSError("Connect call failed")


SITUATION = Situation()


@dataclass
class Caller:
    name: str
    signed_in: bool = True


@dataclass
class StubContext:
    name: str
    changes: list
    signed_in: bool
    caller: dict = field(default_factory=lambda: {"viewer": "Stub"})
    statements: int = 3
    denials: Denials = field(default_factory=Denials)
    missing: Counter = field(default_factory=Counter)
    may_have_committed: bool = False
    is_replay: bool = False

    async def reserve_key(self):
        pass


def day(value):
    if value == "doomsday":
        raise BadInput("That day will not come.")
    if not isinstance(value, str) or not value.startswith("20"):
        raise ValueError(f"Invalid isoformat string: {value!r}")
    return value


def stub_schema():
    schema = build_schema(SDL)
    for scalar in (schema.type_map["Day"], schema.type_map["Token"]):
        assert isinstance(scalar, GraphQLScalarType)
        scalar.coerce_input_value = scalar.parse_value = day
        scalar.coerce_input_literal = lambda node: day(node.value)
    for operation in (schema.query_type, schema.mutation_type):
        for name, each in operation.fields.items():
            each.resolve = resolver(name)
    return schema


def resolver(name):
    def resolve(_root, info, **arguments):
        return getattr(Root(), name)(info, **arguments)

    return resolve


class Stub:
    """The endpoint under test, its log, and what it was asked."""

    def __init__(self, **settings):
        self.log = io.StringIO()
        self.changes = []
        self.opened = []
        self.seen = []
        self.commits = False
        self.gate = None  # an event that requests wait for
        self.open_fails = self.close_fails = self.identify_fails = None
        self.app = graphql_endpoint(
            stub_schema(),
            open_context=self.open_context,
            settings=Settings(**settings),
            log=make_log(self.log),
        )

    async def identify(self, headers):
        self.seen.append(dict(headers))
        if self.identify_fails:
            raise self.identify_fails
        token = headers.get("authorization")
        if token is None:
            return Caller("nobody", signed_in=False)
        if token != "Bearer good":
            raise Unauthenticated("Sign in again.")
        return Caller("ada")

    @asynccontextmanager
    async def open_context(self, headers, envelope, flight):
        caller = await self.identify(headers)
        flight.enter(*(("person", caller.name) if caller.signed_in else ("address", flight.address)))
        if self.open_fails:
            raise self.open_fails
        self.opened.append((caller.name, envelope is not None))
        if self.gate:
            await self.gate.wait()
        yield StubContext(caller.name, self.changes, caller.signed_in, may_have_committed=self.commits)
        if self.close_fails:
            raise self.close_fails

    async def send(self, method="POST", **request):
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return await client.request(method, "/graphql", **request)

    async def ask(self, query, *, accept="application/graphql-response+json", headers=None, **parameters):
        return await self.send(json={"query": query, **parameters}, headers={"accept": accept, **(headers or {})})

    def lines(self, event="request"):
        written = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [line for line in written if line["event"] == event]


def codes(answer):
    return [error["extensions"]["code"] for error in answer.json().get("errors", [])]
