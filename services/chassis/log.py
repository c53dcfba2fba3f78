"""One stream of JSON lines for our own log, FastStream's, aiokafka's, uvicorn's and Python's warnings."""

import logging
import logging.config
import time
from typing import Any

import faststream  # noqa: F401 - it puts a handler of its own on its logger when first imported: let it, then replace it
import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

FOREIGN = ("faststream", "faststream.access.kafka", "uvicorn", "uvicorn.error", "aiokafka", "asyncpg", "asyncio")
REPEATS_PER_S_MAX = 5


def configure(service: str) -> None:
    """Send every line of the process to standard error as JSON, with the service's name."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_colour,
    ]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*shared, _named(service)],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # locals would show people's data
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(serializer=_json),
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"rate": {"()": _RateLimit}},
            "formatters": {"json": formatter},
            "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["rate"]}},
            "root": {"level": "INFO", "handlers": ["out"]},
            "loggers": {name: {"handlers": [], "propagate": True} for name in FOREIGN}
            | {"aiokafka": {"level": "WARNING"}},  # it tells every assignment in kilobytes
        }
    )
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[*shared, _named(service), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


class _RateLimit(logging.Filter):
    """Let aiokafka repeat itself a few times a second only: without a leader it asks, and logs, without a pause."""

    def __init__(self) -> None:
        super().__init__()
        self.second, self.lines = 0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("aiokafka"):
            return True
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.lines = second, 0
        self.lines += 1
        return self.lines <= REPEATS_PER_S_MAX


def _named(service: str) -> Any:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _without_colour(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)
    return event


def _json(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()
