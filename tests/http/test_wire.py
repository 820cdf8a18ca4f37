"""Bytes on a real connection: what only an HTTP server can tell apart."""

import asyncio
import json
import socket
from contextlib import suppress

import pytest

from gateway.server import protocol
from tests.http.stub import Stub
from tests.support.served import PATIENCE, exchanged, reply_in, served

QUERY = b'{"query": "{ hello }"}'
HELLO = {"data": {"hello": "Hello, you!"}}


@pytest.fixture(scope="module")
def stub():
    return Stub()


@pytest.fixture(scope="module")
def port(stub):
    with served(stub.app) as port:
        yield port


@pytest.fixture(autouse=True)
def _no_bug(stub):
    yield
    assert stub.lines("bug") == []


def message(line, *headers, body=b""):
    return b"\r\n".join([line + b" HTTP/1.1", b"Host: gateway.example", *headers, b"", body])


def post(*headers, body=QUERY):
    length = b"Content-Length: %d" % len(body)
    return message(b"POST /graphql", b"Content-Type: application/json", length, *headers, body=body)


def chunked(*chunks, end=b"0\r\n\r\n"):
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end
    return message(b"POST /graphql", b"Content-Type: application/json", b"Transfer-Encoding: chunked", body=body)


ANSWERED = {
    "a plain request": post(),
    "chunks without a length": chunked(QUERY[:7], QUERY[7:]),
    "chunks of one byte": chunked(*(QUERY[at : at + 1] for at in range(len(QUERY)))),
    "a query in the address": message(b"GET /graphql?query={hello}"),
    "a body that a GET has for nothing": message(b"GET /graphql?query={hello}", b"Content-Length: 3", body=b"abc"),
    "an address with another host": message(b"GET http://evil.example/graphql?query={hello}"),
    "header values that are not Latin": post(b"X-Other: \xff\xfe", "X-More: é".encode()),
    "a wish for another protocol": message(b"GET /graphql?query={hello}", b"Connection: Upgrade", b"Upgrade: h2c"),
    "HTTP 1.0": post().replace(b"HTTP/1.1", b"HTTP/1.0"),
}


@pytest.mark.parametrize("sent", ANSWERED.values(), ids=ANSWERED)
def test_what_is_unusual_but_well_formed_is_answered(port, sent):
    [reply] = exchanged(port, sent)

    assert (reply.status, json.loads(reply.body)) == (200, HELLO)


LONG = b" " * 200_000
REFUSED = {
    "a declared body past the cap": (post(body=LONG), 413),
    "an undeclared body past the cap": (chunked(*[LONG[:10_000]] * 20), 413),
    "a body that is announced and empty": (post(body=b""), 400),
    "no body at all": (message(b"POST /graphql", b"Content-Type: application/json"), 400),
    "chunks of nothing": (chunked(), 400),
    "a compressed body": (post(b"Content-Encoding: gzip"), 415),
    "a body of no type": (message(b"POST /graphql", b"Content-Length: 2", body=b"{}"), 415),
    "a type that is not Latin": (message(b"POST /graphql", b"Content-Type: \xff"), 415),
    "an Accept that is not Latin": (post(b"Accept: \xff\xfe"), 406),
    "an Accept of a million commas": (post(b"Accept: " + b"a," * 1_000_000), 431),
    "one long header": (post(b"X-Long: " + b"x" * 40_000), 431),
    "a thousand headers": (post(*[b"X-Many: " + b"x" * 40] * 1_000), 431),
    "a long token": (post(b"Authorization: Bearer " + b"x" * 1_000_000), 431),
    "PUT": (message(b"PUT /graphql"), 405),
    "OPTIONS": (message(b"OPTIONS *"), 405),
    "TRACE": (message(b"TRACE /graphql"), 405),
}


@pytest.mark.parametrize(("sent", "status"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_taken_is_refused_in_the_shape_of_graphql(port, sent, status):
    [reply] = exchanged(port, sent)

    [error] = json.loads(reply.body)["errors"]
    assert (reply.status, error["extensions"]) == (status, {"code": "BAD_USER_INPUT"})
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.headers.get("allow") == ("GET, POST" if status == 405 else None)


def test_head_is_told_what_may_be_asked_and_no_more(port):
    head, after = exchanged(
        port, message(b"HEAD /graphql?query={hello}"), message(b"TRACE /graphql"), count=2, body=False
    )

    assert (head.status, head.headers["allow"], after.status) == (405, "GET, POST", 405)


NO_HTTP = {
    "no HTTP at all": b"\x00\x01\x02\r\n\r\n",
    "another version of it": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method that there is not": message(b"BREW /graphql"),
    "an address in other letters": message("GET /graphql?query=é".encode()),
    "two lengths": post(b"Content-Length: 3"),
    "the same length twice": post(b"Content-Length: %d" % len(QUERY)),
    "a length and chunks": post(b"Transfer-Encoding: chunked"),
    "a length below nothing": message(b"POST /graphql", b"Content-Length: -1"),
    "a length past all numbers": message(b"POST /graphql", b"Content-Length: 1" + b"0" * 40),
    "a chunk without a size": message(b"POST /graphql", b"Transfer-Encoding: chunked", body=b"zz\r\n"),
    "a header in two lines": post(b"X-Acting-As: one\r\n two"),
    "a header with a NUL": post(b"X-Acting-As: a\0b"),
    "a name with a space": post(b"X Acting As: one"),
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
def test_what_two_servers_might_read_in_two_ways_is_a_400_and_the_end_of_the_connection(port, stub, sent):
    before = len(stub.seen)

    [reply] = exchanged(port, sent)

    assert (reply.status, reply.headers["connection"]) == (400, "close")
    assert [error["extensions"] for error in json.loads(reply.body)["errors"]] == [{"code": "BAD_USER_INPUT"}]
    assert len(stub.seen) == before


@pytest.mark.parametrize("earlier", [0, 1])
def test_a_head_without_end_is_refused_while_it_comes(port, earlier):
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection,
        connection.makefile("rb") as incoming,
    ):
        for _ in range(earlier):
            connection.sendall(post())
            assert reply_in(incoming).status == 200
        connection.sendall(b"POST /graphql HTTP/1.1\r\n")
        with suppress(ConnectionError):  # it is closed under our hands
            for number in range(1000):
                connection.sendall(b"X-%d: %s\r\n" % (number, b"a" * 1000))
        with suppress(ConnectionError):
            assert reply_in(incoming).status == 431
            assert incoming.read() == b""


@pytest.mark.parametrize("begun", [b"", b"POST /gra", post()[:60]])
def test_a_head_that_takes_too_long_ends_the_connection(port, begun, monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection,
        suppress(ConnectionError),  # it may have ended while we were not looking
    ):
        connection.sendall(begun)

        assert connection.recv(1) == b""


def test_nobody_waits_for_a_head_that_is_there(port, monkeypatch):
    begun: list[asyncio.TimerHandle] = []
    await_head = protocol.Connection._await_head

    def noted(self):
        await_head(self)
        if self._head_timer not in begun:
            begun.append(self._head_timer)

    monkeypatch.setattr(protocol.Connection, "_await_head", noted)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection,
        connection.makefile("rb") as incoming,
    ):
        for _ in range(2):
            connection.sendall(post())
            assert reply_in(incoming).status == 200

    assert [timer.cancelled() for timer in begun] == [True, True]


def test_a_body_longer_than_announced_is_no_second_request(port, stub):
    short = message(b"POST /graphql", b"Content-Type: application/json", b"Content-Length: 5", body=QUERY)
    before = len(stub.seen)

    [reply] = exchanged(port, short)

    assert reply.status == 400
    assert len(stub.seen) == before


def test_requests_in_one_go_are_answered_in_order(port):
    named = [post(body=b'{"query": "{ hello(name: \\"%s\\") }"}' % name) for name in (b"one", b"two", b"three")]
    one, two, bad, three = exchanged(port, named[0] + named[1] + post(body=b"[]") + named[2], count=4)

    greeted = [json.loads(reply.body)["data"]["hello"] for reply in (one, two, three)]
    assert greeted == ["Hello, one!", "Hello, two!", "Hello, three!"]
    assert bad.status == 400


def test_who_asks_whether_to_go_on_is_told_to(port):
    head, body = post(b"Expect: 100-continue")[: -len(QUERY)], QUERY

    go_on, answer = exchanged(port, head, body, count=2)

    assert (go_on.status, answer.status, json.loads(answer.body)) == (100, 200, HELLO)


@pytest.mark.parametrize("sent", [post()[:-5], chunked(QUERY, end=b"")], ids=["announced", "chunks"])
def test_a_body_that_does_not_end_is_ended(sent):
    stub = Stub(request_seconds=0.1)
    with served(stub.app) as port:
        [reply] = exchanged(port, sent)

    assert (reply.status, json.loads(reply.body)["errors"][0]["extensions"]["code"]) == (503, "TIMEOUT")
    assert stub.opened == []
    assert stub.lines("bug") == []
