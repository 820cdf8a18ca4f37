"""The log says how it went, and never of whom."""

import json
import logging
import re
from io import StringIO

import asyncpg
import pytest
from sqlalchemy import exc as sql

from gateway.db.seeds.people import DEMO_PASSWORD, PEOPLE
from gateway.http.request_log import fingerprint
from gateway.observability.logs import make_log, take_over
from tests.operation.conftest import SETTINGS

SIGN_IN = """mutation SignInOfMarked($email: EmailAddress!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { accessToken refreshToken }
}"""
SEARCH = """query MarkedSearch($search: String) {
  clients(first: 9, search: $search) { nodes { name wallet { balance { amount } } } }
}"""


async def test_a_line_tells_who_asked_for_which_organisation_in_which_role_and_what_it_took(run):
    async with run() as running:
        answer = await running.ask("ada", "query Names { clients(first: 2) { nodes { name } } }")

    line = running.request_line
    assert list(line) == [
        "request_id", "status", "ms", "codes", "operation", "fingerprint", "cost", "statements", "denials",
        "viewer", "role", "organisation", "event", "level", "timestamp", "pid",
    ]  # fmt: skip
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["viewer"], line["role"]) == ("FirmViewer", "admin")
    assert line["fingerprint"] == fingerprint("Names")
    assert (line["statements"], line["denials"], line["codes"]) == (2, 0, [])


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("0f3f9a7c1d6e4b8fa2c35d7e8f901234", True),
        ("0f3f9a7c-1d6e-4b8f-a2c3-5d7e8f901234", True),
        ("0F3F9A7C-1D6E-4B8F-A2C3-5D7E8F901234", True),
        ("0f3f9a7c1d6e-4b8f-a2c3-5d7e8f901234", False),
        ("ada-lovelace", False),
        ("0f3f9a7c1d6e4b8fa2c35d7e8f901234\n", False),
        ("", False),
    ],
)
async def test_a_request_id_is_kept_when_it_is_nothing_but_one(run, given, is_kept):
    async with run() as running:
        answer = await running.ask(None, "{ __typename }", {"X-Request-Id": given.encode()})

    told = answer.headers["x-request-id"]
    assert (told == given) is is_kept
    assert running.request_line["request_id"] == told
    assert is_kept or len(told) == 32


async def test_the_trace_that_a_request_belongs_to_is_told(run):
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with run() as running:
        await running.ask(None, "{ __typename }", {"traceparent": parent})
        await running.ask(None, "{ __typename }", {"traceparent": "ada"})

    first, second = (line for line in running.lines if line["event"] == "request")
    assert first["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert "trace_id" not in second


async def test_nothing_that_anybody_is_called_or_wrote_is_in_the_log(run, copy):
    async with run(await copy()) as running:
        secrets = []
        for person in PEOPLE:
            for password in (DEMO_PASSWORD, "marked-password"):
                variables = {"email": person.email, "password": password}
                signed = (await running.ask(None, SIGN_IN, variables=variables)).json()
                if session := (signed.get("data") or {}).get("signIn"):
                    secrets += session.values()
            await running.ask(person.handle, SEARCH, variables={"search": "Marked Words"})
            await running.ask(
                person.handle,
                "query Marked { clients(first: 9) { nodes { name members(first: 50) { nodes { name } } } } }",
            )
            await running.ask(person.handle, "{ viewer { memberships { name } user { name email } } }")
        await running.ask(None, SIGN_IN, variables={"email": "marked@nobody.example", "password": "marked"})
        await running.ask("ada", "{ markedField }")
        await running.ask("ada", "{ clients(first: Marked) { ")
        await running.ask("ada", "query ($id: ID!) { node(id: $id) { id } }", variables={"id": "marked-id"})
        await running.ask("ada", "{ __typename }", {"X-Acting-As": "marked-organisation"})
        await running.ask("ada", "{ __typename }", {"X-Request-Id": "marked-request", "User-Agent": "marked-agent"})
        await running.ask("ada", "{ __typename }", {"traceparent": "00-marked", "X-Forwarded-For": "10.1.2.3"})
        await running.http.post("/graphql?marked=1", content=b'{"query": "{ marked"}')
        await running.http.get("/marked")
        written = running.written.getvalue()

    names = {name for person in PEOPLE for name in (person.name, *person.name.split(), person.email)}
    organisations = {"Nordlicht", "Ærø", "Zürcher", "Björkdunge", "Gänseblum"}
    told = {word for word in names | organisations if re.search(rf"\b{re.escape(word)}\b", written, re.IGNORECASE)}
    assert told == set()
    for word in {*secrets, DEMO_PASSWORD, "marked", "@", "bearer", "10.1.2.3"}:
        assert word not in written.lower(), word
    assert written.count('"event":"request"') + written.count('"event": "request"') > 5 * len(PEOPLE)


def failing(error):
    try:
        try:
            raise KeyError("marked-key")
        except KeyError as key:
            raise error from key
    except type(error) as raised:
        return raised


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("marked"), "builtins.ValueError"),
        (
            sql.DBAPIError("SELECT 'marked'", {"a": "marked"}, asyncpg.DataError("invalid input: 'marked'")),
            "sqlalchemy.exc.DBAPIError",
        ),
        (asyncpg.UniqueViolationError("Key (email_key)=(marked)"), "asyncpg.exceptions.UniqueViolationError 23505"),
        (ExceptionGroup("marked", [ValueError("marked")]), "of which\nbuiltins.ValueError"),
    ],
)
def test_a_bug_is_told_by_its_kind_and_place_and_not_in_its_own_words(error, told):
    stream = StringIO()
    make_log(stream).error("bug", exc_info=failing(error))

    line = json.loads(stream.getvalue())
    assert told in line["exception"]
    assert "builtins.KeyError\n\nwhich led to\n\n" in line["exception"]
    assert "in failing" in line["exception"]
    assert "marked" not in line["exception"].replace('KeyError("marked-key")', "")


def test_what_libraries_warn_of_is_a_line_like_all_others():
    stream, root = StringIO(), logging.getLogger()
    before = root.handlers[:]
    try:
        take_over(make_log(stream))
        logging.getLogger("some.library").warning("Pool of %s is at its end\nmarked", "marked")
        logging.getLogger("some.library").info("marked")
    finally:
        root.handlers[:] = before

    line = json.loads(stream.getvalue())
    assert (line["event"], line["library"], line["said"]) == ("library", "some.library", "Pool of %s is at its end")


async def test_a_request_whose_database_is_away_tells_the_cause_by_its_kind(run):
    async with run("postgresql+asyncpg://nobody@127.0.0.1:1/nothing") as running:
        await running.ask("ada", "{ clients(first: 1) { totalCount } }")

    assert running.request_line["cause"] == "ConnectionRefusedError"
    assert SETTINGS.metrics_token.get_secret_value() not in running.written.getvalue()
