"""A slice: one server asked for a while, and what that took of the processor, on either side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from benchmarks.load import Ask, Course, run
from benchmarks.servers import Running, cpu_of, family
from benchmarks.worlds import postmaster
from gateway.db.embedded import Server


@dataclass(frozen=True, slots=True)
class Slice:
    """Seconds, but for `milliseconds`, which has those of each answer."""

    seconds: float
    milliseconds: Sequence[float]
    server: float
    postgres: float
    asking: float
    checksums: Sequence[int]
    body_bytes: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.milliseconds) / self.seconds

    @property
    def each(self) -> float:
        """Milliseconds of the server's processor time per request."""
        return self.server * 1000 / len(self.milliseconds)


def sliced(
    measured: Running,
    database: Server,
    *asks: Ask,
    connections: int = 1,
    seconds: float = 0.0,
    requests: int = 0,
) -> Slice:
    """Ask one server, while nobody asks another: all that PostgreSQL does meanwhile is for it."""
    before = measured.cpu(), cpu_of(family(postmaster(database)))
    came = run(Course(measured.port, asks, connections, seconds, requests))
    after = measured.cpu(), cpu_of(family(postmaster(database)))
    own, its = (late - early for early, late in zip(before, after, strict=True))
    return Slice(came.seconds, came.milliseconds, own, its, came.cpu, came.checksums, came.body_bytes)


@dataclass(frozen=True, slots=True)
class Figures:
    """What many slices come to: rates by the median slice, times over all answers, processor by the request."""

    rate: float
    p50: float
    p99: float
    server: float
    postgres: float
    body_bytes: int
    asking: float

    @classmethod
    def of(cls, slices: Iterable[Slice]) -> "Figures":
        all_ = list(slices)
        times = sorted(one for part in all_ for one in part.milliseconds)
        return cls(
            rate=median(part.rate for part in all_),
            p50=median(times),
            p99=times[ceil(len(times) * 0.99) - 1],
            server=sum(part.server for part in all_) * 1000 / len(times),
            postgres=sum(part.postgres for part in all_) * 1000 / len(times),
            body_bytes=all_[0].body_bytes,
            asking=sum(part.asking for part in all_) / sum(part.seconds for part in all_),
        )
