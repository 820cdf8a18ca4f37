"""The log: one JSON object per line, without personal data, variables or text of documents."""

import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger


class Printer(structlog.WriteLogger):
    """Writes each line at once, so that the lines of several processes do not mix.

    If the output is closed (a closed terminal, a broken pipe), the process continues without a log.
    """

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def make_log(stream: TextIO | None = None, *, level: int = logging.INFO) -> FilteringBoundLogger:
    """A logger that writes to `stream` (by default, standard output)."""
    log = structlog.wrap_logger(
        Printer(stream or sys.stdout),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(lambda info: "".join(_traceback_of(info[1]))),
            _in_process,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    return cast(FilteringBoundLogger, log)


def take_over(log: FilteringBoundLogger) -> None:
    """Write the warnings of libraries to `log`: the first line of each message, before values are inserted."""
    logging.basicConfig(handlers=[_Library(log)], level=logging.WARNING, force=True)


class _Library(logging.Handler):
    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        first, *_ = str(record.msg).splitlines() or [""]
        self._log.log(record.levelno, "library", library=record.name, said=first, exc_info=record.exc_info)


def _json(line: EventDict, *, default: Callable[[Any], Any]) -> str:
    return orjson.dumps(line, default=default, option=orjson.OPT_NON_STR_KEYS).decode()


def _in_process(_: object, __: str, line: EventDict) -> EventDict:
    return {**line, "pid": os.getpid()}


def _traceback_of(error: BaseException | None) -> Iterator[str]:
    """The traceback and the class of an error and its causes, without messages, which may contain user input."""
    if error is None:
        return
    above = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if above is not None:
        yield from _traceback_of(above)
        yield "\nwhich led to\n\n"
    yield from traceback.format_tb(error.__traceback__)
    details = (getattr(error, name, None) for name in ("sqlstate", "constraint_name"))
    yield (
        " ".join([f"{type(error).__module__}.{type(error).__qualname__}", *(str(each) for each in details if each)])
        + "\n"
    )
    for part in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield "of which\n"
        yield from _traceback_of(part)
