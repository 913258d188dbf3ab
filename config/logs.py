"""Structured logs: one line an event, ids not names, never tokens, SDP bodies or e-mail addresses."""

from __future__ import annotations

import logging.config
import re
import secrets
import time
from typing import TYPE_CHECKING, Any

import structlog
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)

FORMATS = ("console", "json")
# Probes ask every few seconds and say nothing.
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
# What other people's code logs is read when something is wrong, not while all is well.
_QUIET_LOGGERS = ("amqp", "aioice", "asyncio", "celery", "daphne", "django.server", "kombu", "stripe", "twisted")

_HIDDEN = "[hidden]"
_SECRET_KEYS = frozenset({"authorization", "cookie", "email", "password", "sdp", "secret", "token"})
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Links from our e-mails carry the right to do something once.
# So does the address of somebody's calendar, for as long as they keep it.
_LINK_WITH_KEY = re.compile(r"(/accounts/(?:password/reset/key|confirm-email)/|/calendar/)[^\s/?'\"]+")
_URL_PASSWORD = re.compile(r"(\w+://[^\s:/@]*:)[^\s/@]+@")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}", re.ASCII)


def configure(config: dict[str, Any]) -> None:
    """Send structlog and the standard library through one handler; `config` has `level` and `format`."""
    if config["format"] not in FORMATS:
        msg = f"LOG_FORMAT is {config['format']!r}; it must be {' or '.join(FORMATS)}."
        raise ImproperlyConfigured(msg)
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_standard_library(config["level"], config["format"]))


def _standard_library(level: str, form: str) -> dict[str, Any]:
    # Plain tracebacks: the pretty ones print local variables, and those may be passwords.
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "filters": {"bugs": {"()": BugsOnly}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"level": "ERROR", "filters": ["bugs"]},
            # Every scanner tries names that are not ours; the request's own line has the 400.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # Its lines hold every statement with its values.
            "django.db.backends": {"level": "WARNING"},
            **{name: {"handlers": [], "level": "WARNING", "propagate": True} for name in _QUIET_LOGGERS},
        },
    }


class BugsOnly(logging.Filter):
    """Keeps what has a traceback; an answer of 503 that we chose is in the request's own line already."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is not None


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out what must not be kept, wherever it came from: a driver's message quotes the row that it refused."""
    for name, value in event.items():
        if name in _SECRET_KEYS:
            event[name] = _HIDDEN
        elif isinstance(value, str):
            event[name] = _without_secrets(value)
    return event


def _without_secrets(text: str) -> str:
    text = _URL_PASSWORD.sub(rf"\1{_HIDDEN}@", text)
    text = _LINK_WITH_KEY.sub(rf"\1{_HIDDEN}", text)
    return _EMAIL.sub(_HIDDEN, text)


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    hide_secrets,
]
_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.stdlib.filter_by_level,
    # Before hide_secrets, which has to see the finished sentence.
    structlog.stdlib.PositionalArgumentsFormatter(),
    *_SHARED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


def _request_id(given: str) -> str:
    """Return the proxy's id for the request if it is one, so that both logs can be joined; else a new one."""
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


class RequestLogMiddleware:
    """Give each request an id, put it on every line that is logged meanwhile, and log the request once at its end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = _request_id(request.headers.get("X-Request-ID", ""))
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            started = time.monotonic()
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            write = log.debug if request.path in QUIET_PATHS else log.info
            write("request", **_described(request, response), ms=round((time.monotonic() - started) * 1000, 1))
        return response


def _described(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    # The query string stays out: searches and tokens are in it. The person is named only if somebody already loaded
    # them: the log must not be what asks the database.
    described = {"method": request.method, "path": request.path, "status": response.status_code}
    person = getattr(request, "_cached_user", None)
    if person is not None and person.is_authenticated:
        described["person"] = person.public_id
    return described
