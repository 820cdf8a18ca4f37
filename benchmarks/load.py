"""The load: a process of its own that asks as fast as it is answered, and as cheaply as it can.

HTTP/1.1 by hand on connections that are kept alive. Each answer must be 200 and, byte for byte, what the first one to
that request was. `python -m benchmarks.load` reads one `Course` from its standard input and prints one `Outcome`.
"""

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast
from zlib import crc32

import uvloop

ROOT: Final = Path(__file__).parent.parent
OK: Final = b"HTTP/1.1 200 "
END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a GraphQL server."""

    query: str
    variables: dict[str, Any]
    token: str

    def text(self, port: int) -> bytes:
        body = json.dumps({"query": self.query, "variables": self.variables}).encode()
        lines = (
            "POST /graphql HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Authorization: Bearer {self.token}",
            "Content-Type: application/json",
            "Accept: application/graphql-response+json",
            f"Content-Length: {len(body)}",
        )
        return "\r\n".join(lines).encode() + END + body


@dataclass(frozen=True, slots=True)
class Course:
    """What to ask, in turn, on how many connections; for so many seconds and at least so many times, or just these."""

    port: int
    asks: Sequence[Ask]
    connections: int = 1
    seconds: float = 0.0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. Milliseconds are each answer's; `cpu` is what the asking itself took."""

    seconds: float
    milliseconds: list[float]
    cpu: float
    checksums: list[int]
    body_bytes: int

    @property
    def requests(self) -> int:
        return len(self.milliseconds)


def run(course: Course) -> Outcome:
    """Go the course in a process of its own; RuntimeError says which answer was not right."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        cwd=ROOT,
        input=json.dumps(asdict(course)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return Outcome(**json.loads(done.stdout))


class Turns:
    """Whose turn it is, and what was answered so far."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.texts = [ask.text(course.port) for ask in course.asks]
        self.bodies: list[bytes | None] = [None] * len(self.texts)
        self.asked = 0
        self.milliseconds: list[float] = []
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.open = course.connections
        self.deadline = 0.0

    def next(self) -> int | None:
        if self.asked >= self.course.requests and time.perf_counter() >= self.deadline:
            return None
        self.asked += 1
        return (self.asked - 1) % len(self.texts)

    def answered(self, number: int, milliseconds: float, body: bytes) -> None:
        self.milliseconds.append(milliseconds)
        known = self.bodies[number]
        if known is None:
            self.bodies[number] = body
        elif known != body:
            at = next((place for place, pair in enumerate(zip(known, body, strict=False)) if len(set(pair)) > 1), 0)
            self.fail(f"Request {number} was answered {known[at:][:100]!r} before and {body[at:][:100]!r} now.")

    def closed(self) -> None:
        self.open -= 1
        if self.open == 0 and not self.ended.done():
            self.ended.set_result(None)

    def fail(self, sentence: str) -> None:
        if not self.ended.done():
            self.ended.set_exception(RuntimeError(sentence))


class Connection(asyncio.Protocol):
    """One connection: a request, its whole answer, the next request."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.number: int | None = None
        self.received = bytearray()
        self.head = self.length = 0
        self.begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self) -> None:
        self.number = self.turns.next()
        if self.number is None:
            self.transport.close()
            self.turns.closed()
            return
        self.begun = time.perf_counter()
        self.transport.write(self.turns.texts[self.number])

    def data_received(self, data: bytes) -> None:
        received = self.received
        received += data
        if not self.length:
            end = received.find(END)
            if end < 0:
                return
            head = bytes(received[:end]).lower()
            if not received.startswith(OK) or b"content-length: " not in head:
                self.turns.fail(f"Not an answer: {bytes(received[:400])!r}")
                return
            self.head = end + len(END)
            self.length = self.head + int(head.split(b"content-length: ", 1)[1].split(b"\r", 1)[0])
        if len(received) < self.length or self.number is None:
            return
        took = (time.perf_counter() - self.begun) * 1000
        self.turns.answered(self.number, took, bytes(received[self.head : self.length]))
        received.clear()
        self.length = 0
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if self.number is not None:
            self.turns.fail("The server closed a connection before its answer.")


async def gone(course: Course) -> Outcome:
    turns, loop = Turns(course), asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: Connection(turns), "127.0.0.1", course.port))[1]
        for _ in range(course.connections)
    ]
    begun, used = time.perf_counter(), time.process_time()
    turns.deadline = begun + course.seconds
    for connection in connections:
        connection.ask()
    await turns.ended
    took, used = time.perf_counter() - begun, time.process_time() - used
    bodies = [body or b"" for body in turns.bodies]
    return Outcome(took, turns.milliseconds, used, [crc32(body) for body in bodies], max(map(len, bodies)))


def main() -> None:
    told = json.load(sys.stdin)
    course = Course(**{**told, "asks": [Ask(**ask) for ask in told["asks"]]})
    gc.disable()
    json.dump(asdict(uvloop.run(gone(course))), sys.stdout)


if __name__ == "__main__":
    main()
