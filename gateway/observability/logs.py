"""One JSON object per line. No personal data, no variables, no text of a document goes in."""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger


class Printer(structlog.WriteLogger):
    """Writes each line at once, so that the lines of several processes don't mix.

    Where nobody reads any more (a closed terminal, a broken pipe), the work goes on unsaid.
    """

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def make_log(stream: TextIO | None = None, *, level: int = logging.INFO) -> FilteringBoundLogger:
    """A logger that writes to `stream` (standard output unless told)."""
    log = structlog.wrap_logger(
        Printer(stream or sys.stdout),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(lambda info: "".join(_told(info[1]))),
            _in_process,
            structlog.processors.JSONRenderer(sort_keys=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    return cast(FilteringBoundLogger, log)


def take_over(log: FilteringBoundLogger) -> None:
    """What libraries warn of becomes lines of `log`: their first line, before values are put in."""
    logging.basicConfig(handlers=[_Library(log)], level=logging.WARNING, force=True)


class _Library(logging.Handler):
    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        first, *_ = str(record.msg).splitlines() or [""]
        self._log.log(record.levelno, "library", library=record.name, said=first, exc_info=record.exc_info)


def _in_process(_: object, __: str, line: EventDict) -> EventDict:
    return {**line, "pid": os.getpid()}


def _told(error: BaseException | None) -> Iterator[str]:
    """Where an error came from and what kind it is. Its message may hold what somebody wrote, so it is not told."""
    if error is None:
        return
    above = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if above is not None:
        yield from _told(above)
        yield "\nwhich led to\n\n"
    yield from traceback.format_tb(error.__traceback__)
    details = (getattr(error, name, None) for name in ("sqlstate", "constraint_name"))
    yield (
        " ".join([f"{type(error).__module__}.{type(error).__qualname__}", *(str(each) for each in details if each)])
        + "\n"
    )
    for part in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield "of which\n"
        yield from _told(part)
