"""How the process logs: one line an event, as JSON or for people, secrets never."""

import logging
import re
import sys
from typing import Any

import structlog

SECRET = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?i:bearer\s+)[\w.\-]+|(?<=/calendar/)[\w\-]+|(?<=/p/)[\w\-]{20,}|(?<=/hooks/heartbeat/)[\w\-]+/[\w.~\-]+"
)


def configure(level: str, fmt: str) -> None:
    """`fmt` is "json" or "text"; `level` one of logging's names."""
    renderer: Any = (
        structlog.processors.JSONRenderer() if fmt == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("slack_bolt.AsyncApp").addFilter(_of_consequence)


def _of_consequence(record: logging.LogRecord) -> bool:
    """Bolt warns at each start that it does not read SLACK_BOT_TOKEN itself: it is handed a client that has."""
    return "`token` will be unused" not in record.getMessage()


def mask(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Tokens, passwords in URLs and bearer headers leave as dots, whichever field they are in."""
    return {key: SECRET.sub("•••", value) if isinstance(value, str) else value for key, value in event.items()}
