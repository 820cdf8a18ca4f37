"""What happens on a connection after a request's head: trailers, bodies that are cut short, pipelining, slow readers."""

import asyncio
import json
import socket
import threading
from contextlib import contextmanager, suppress

import pytest
import uvloop
from starlette.applications import Starlette
from uvicorn.server import ServerState

from gateway.server import protocol as connections
from gateway.server.protocol import MAX_FRAMING_BYTES, MAX_WAITING, Connection
from gateway.server.run import server
from gateway.settings import Settings
from tests.http.stub import Stub
from tests.support.served import PATIENCE, exchanged, reply_in, served

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
BIG = 16 * 2**20  # bytes: more than the kernel keeps for a connection


class App:
    """An ASGI application that remembers what it was given."""

    def __init__(self):
        self.begun, self.ended, self.trailers = [], [], []
        self.go_on = threading.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        self.begun.append(scope["path"])
        body, more = b"", scope["path"] != "/unread"
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.ended.append(f"{scope['path']} disconnected")
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if scope["path"] == "/held":
            await asyncio.to_thread(self.go_on.wait)
        names = [name.decode() for name, _ in scope["headers"]]
        answer = b"x" * BIG if scope["path"] == "/big" else json.dumps([scope["path"], body.decode(), names]).encode()
        length = str(len(answer)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": answer, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        self.ended.append(scope["path"])


@pytest.fixture
def app():
    return App()


@pytest.fixture(params=LOOPS)
def new_loop(request):
    return LOOPS[request.param]


@pytest.fixture
def port(app, new_loop):
    with served(app, new_loop=new_loop) as port:
        yield port


@contextmanager
def connected(port, receive_bytes=None):
    with socket.socket() as connection:
        connection.settimeout(PATIENCE)
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.connect(("127.0.0.1", port))
        with connection.makefile("rb") as incoming:
            yield connection, incoming


def until(holds):
    """Once it holds. What happens on the other side of a socket tells nobody."""
    for _ in range(PATIENCE * 100):
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never held")


def get(path):
    return b"GET %s HTTP/1.1\r\nHost: gateway.example\r\n\r\n" % path


def chunked(path, *chunks, end=b"0\r\n\r\n", headers=b""):
    head = b"POST %s HTTP/1.1\r\nHost: gateway.example\r\n%sTransfer-Encoding: chunked\r\n\r\n" % (path, headers)
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def is_closed(incoming):
    """Nothing more comes, and the connection is closed."""
    with suppress(ConnectionError):
        return incoming.read() == b""
    return True


# ---- trailers


def test_a_trailer_never_becomes_a_header(port):
    trailers = b"0\r\nAuthorization: Bearer good\r\nX-Acting-As: F\r\n\r\n"
    with connected(port) as (connection, incoming):
        connection.sendall(chunked(b"/", b"abc", end=trailers) + get(b"/next"))
        first, following = reply_in(incoming), reply_in(incoming)

    assert json.loads(first.body) == ["/", "abc", ["host", "transfer-encoding"]]
    assert json.loads(following.body) == ["/next", "", ["host"]]


def test_a_trailer_signs_nobody_in():
    stub = Stub()
    head = b"POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    query = b'{"query": "mutation { signIn change }"}'
    with served(stub.app) as port:
        [reply] = exchanged(
            port, head, b"%x\r\n%s\r\n0\r\n" % (len(query), query), b"Authorization: Bearer good\r\n", b"\r\n"
        )

    assert (reply.status, stub.opened) == (200, [("nobody", True)])


FRAMING = {
    "many trailers": (b"0\r\n", b"X-Trailer: " + b"x" * 100 + b"\r\n"),
    "a trailer without end": (b"0\r\nX-Trailer: ", b"x" * 1000),
    "a name of a trailer without end": (b"0\r\n", b"x" * 1000),
    "an extension of a chunk without end": (b"1;x=", b"x" * 1000),
}


@pytest.mark.parametrize(("begin", "piece"), FRAMING.values(), ids=FRAMING)
def test_what_is_neither_head_nor_body_is_bounded(app, port, begin, piece):
    with connected(port) as (connection, incoming):
        connection.sendall(chunked(b"/", b"abc", end=begin))
        until(lambda: app.begun)
        with suppress(ConnectionError):
            for _ in range(64 * MAX_FRAMING_BYTES // len(piece)):
                connection.sendall(piece)
        with suppress(ConnectionError):
            reply = reply_in(incoming)
            assert (reply.status, reply.headers["connection"]) == (431, "close")
        assert is_closed(incoming)

    until(lambda: app.ended == ["/ disconnected"])


def test_a_body_in_small_chunks_with_short_trailers_is_taken(port):
    chunks = [b"a"] * 30_000  # whose sizes are more than the bound together
    with connected(port) as (connection, incoming):
        for _ in range(2):
            connection.sendall(chunked(b"/", *chunks, end=b"0\r\nX-Checksum: " + b"c" * 1000 + b"\r\n\r\n"))
            assert json.loads(reply_in(incoming).body)[1] == "a" * 30_000


# ---- answers that come before the request has ended


@pytest.mark.parametrize("begun", [chunked(b"/unread", b"abc", end=b""), chunked(b"/unread", end=b"0\r\nX-A: b\r\n")])
def test_an_answer_before_the_end_of_the_body_is_the_last_one(app, port, begun):
    with connected(port) as (connection, incoming):
        connection.sendall(begun)
        reply = reply_in(incoming)
        with suppress(ConnectionError):
            connection.sendall(b"0\r\n\r\n" + get(b"/next"))
        assert (reply.status, reply.headers["connection"]) == (200, "close")
        assert is_closed(incoming)

    assert app.begun == ["/unread"]


def test_a_client_that_sends_a_whole_body_before_it_reads_has_its_refusal(new_loop):
    body = b"x" * 16_000_000
    head = b"POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    with served(Stub().app, new_loop=new_loop) as port:
        for _ in range(3):
            [reply] = exchanged(port, head + body)
            assert (reply.status, reply.headers["connection"]) == (413, "close")


def test_an_answer_after_the_whole_request_keeps_the_connection(port):
    with connected(port) as (connection, incoming):
        for body in (b"", b"abc", b"x" * 200_000):
            connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            assert "connection" not in reply_in(incoming).headers


@pytest.mark.parametrize(
    "sent", [b"Content-Length: 30\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"]
)
def test_a_body_or_trailers_over_their_time_end_the_connection(new_loop, sent):
    stub = Stub(request_seconds=0.1)
    with served(stub.app, new_loop=new_loop) as port, connected(port) as (connection, incoming):
        connection.sendall(b"POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\n" + sent)
        reply = reply_in(incoming)
        assert (reply.status, reply.headers["connection"]) == (503, "close")
        assert is_closed(incoming)

    assert stub.lines("bug") == []


def test_who_was_not_told_to_go_on_is_answered_and_disconnected(port):
    with connected(port) as (connection, incoming):
        connection.sendall(b"POST /unread HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
        reply = reply_in(incoming)
        assert (reply.status, reply.headers["connection"]) == (200, "close")
        assert is_closed(incoming)


def test_empty_lines_between_requests_do_not_keep_a_connection(port, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)
    with connected(port) as (connection, incoming):
        connection.sendall(get(b"/"))
        assert reply_in(incoming).status == 200
        with suppress(ConnectionError):
            connection.sendall(b"\r\n")  # ends uvicorn's wait for the next request
        assert is_closed(incoming)


# ---- pipelining


def test_requests_sent_ahead_are_answered_in_order(app, port):
    paths = [b"/%d" % number for number in range(MAX_WAITING)]
    with connected(port) as (connection, incoming):
        connection.sendall(b"".join(map(get, paths)))
        answered = [json.loads(reply_in(incoming).body)[0] for _ in paths]

    assert answered == [path.decode() for path in paths]


def test_of_too_many_requests_sent_ahead_the_first_are_answered(app, port):
    with connected(port) as (connection, incoming):
        connection.sendall(b"".join(get(b"/%d" % number) for number in range(5000)))
        replies = [reply_in(incoming) for _ in range(MAX_WAITING + 1)]
        assert is_closed(incoming)

    assert [json.loads(reply.body)[0] for reply in replies] == [f"/{number}" for number in range(MAX_WAITING + 1)]
    assert [reply.headers.get("connection") for reply in replies] == [None] * MAX_WAITING + ["close"]
    assert len(app.begun) == MAX_WAITING + 1


BROKEN = {
    "no HTTP": b"BREW / HTTP/1.1\r\n\r\n",
    "a body that is broken": b"POST /broken HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a head without end": b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 1_000_000,
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_does_not_answer_for_the_request_before_it(app, port, broken):
    """A client would take the refusal for the first request's answer, which may be a change that was done."""
    with connected(port) as (connection, incoming):
        connection.sendall(get(b"/held"))
        until(lambda: app.begun)
        with suppress(ConnectionError):
            connection.sendall(broken)
        app.go_on.set()
        reply = reply_in(incoming)
        assert (reply.status, json.loads(reply.body)[0]) == (200, "/held")
        with suppress(ConnectionError):
            assert incoming.read().partition(b"\r\n")[0] in (b"", b"HTTP/1.1 431 Request Header Fields Too Large")

    assert app.begun == ["/held"]


# ---- slow readers


@pytest.mark.parametrize("count", [1, 6])
def test_who_does_not_read_is_disconnected_and_costs_one_answer(app, new_loop, count):
    with served(app, new_loop=new_loop, write_seconds=0.3) as port, connected(port, 4096) as (connection, incoming):
        connection.sendall(get(b"/big") * count)
        until(lambda: app.ended)
        received = 0
        with suppress(ConnectionError):
            while piece := incoming.read(65536):
                received += len(piece)

    assert app.begun == ["/big"]
    assert received < BIG


def test_reading_a_little_now_and_then_does_not_help(app, new_loop):
    with served(app, new_loop=new_loop, write_seconds=0.3) as port, connected(port, 4096) as (connection, _):
        connection.sendall(get(b"/big"))
        while not app.ended:
            with suppress(ConnectionError):
                connection.recv(1)

    assert app.ended == ["/big"]


def test_who_closes_without_reading_is_forgotten(app, new_loop):
    with served(app, new_loop=new_loop, write_seconds=PATIENCE) as port:
        with connected(port, 4096) as (connection, _):
            connection.sendall(get(b"/big"))
            until(lambda: app.begun)
        until(lambda: app.ended)


def test_who_reads_gets_the_whole_answer(app, new_loop):
    with served(app, new_loop=new_loop) as port, connected(port) as (connection, incoming):
        for _ in range(2):
            connection.sendall(get(b"/big"))
            assert len(reply_in(incoming).body) == BIG


# ---- the server that ships


def test_the_server_that_ships_has_these_bounds_and_no_other_protocol():
    app = Starlette()
    app.state.readiness = None
    config = server(app, Settings(write_seconds=7)).config
    config.load()
    protocol = config.http_protocol_class(config=config, server_state=ServerState(), app_state={}, _loop=object())

    assert type(protocol) is Connection
    assert protocol._write_seconds == 7
    assert config.ws_protocol_class is None
