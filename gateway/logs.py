"""One JSON object per line. No personal data, no variables, no text of a document goes in."""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger


class Printer(structlog.PrintLogger):
    """Prints; where nobody reads any more (a closed terminal, a broken pipe), the work goes on unsaid."""

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
            # Tracebacks as plain text: the structured kind writes local variables, and so people's data.
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(sort_keys=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    return cast(FilteringBoundLogger, log)
