"""Structured logs: a constant event name and fields. Ids only; personal words and secrets never get this far.

The redactor is the last line of defence, not the first: callers log ids, and what still looks like a secret,
an openid or a phone number is masked before it is written.
"""

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO, cast

import structlog

from wxbot.errors import ClinicError

SECRET_FIELDS = frozenset(
    {"access_token", "secret", "appsecret", "token", "ticket", "code_verifier", "password", "openid", "touser", "text"}
)
HARMLESS = (ClinicError, TypeError, AttributeError, NameError, ImportError, RecursionError, OSError)
LONGEST_CHAIN = 5  # errors told of one failure
_PASSWORD_IN_URI = re.compile(r"(\b[a-z][a-z+]*://[^:/@\s]*:)[^@/\s]+@")
_SECRET_IN_TEXT = re.compile(r"((?:access_token|secret|appsecret|ticket|openid|code|csrf)=)[^&\s\"']+", re.IGNORECASE)
_OPENID = re.compile(r"\bo[A-Za-z0-9_-]{27}\b")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def redact(text: str) -> str:
    """Mask secrets in URLs, openids and mainland mobile numbers inside free text."""
    text = _SECRET_IN_TEXT.sub(r"\1***", text)
    text = _PASSWORD_IN_URI.sub(r"\1***@", text)
    text = _OPENID.sub("o***", text)
    return _PHONE.sub("1**********", text)


def _redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    for key, value in event.items():
        if key in SECRET_FIELDS:
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = redact(value)
        elif isinstance(value, BaseException):
            event[key] = redact(repr(value)) if isinstance(value, HARMLESS) else type(value).__name__
    return event


def _tell_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace `exc_info` by a trace that repeats nobody's words."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["exception"] = trace(error)
    return event


def trace(error: BaseException) -> str:
    """Files, lines and kinds of an error and what led to it.

    An error's own words may be a patient's (a value that could not be read, a document that was refused): only
    those that speak of code or the machine, and our own, are repeated.
    """
    parts: list[str] = []
    each: BaseException | None = error
    while each is not None and len(parts) < LONGEST_CHAIN:
        words = f": {each}" if isinstance(each, HARMLESS) else ""
        parts.append("".join(traceback.format_tb(each.__traceback__)) + type(each).__qualname__ + words)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\nwhich came of:\n".join(parts)


class _Lenient:
    """A stream as it is; a line that it does not take (full disk, closed pipe) is lost, and the work goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def configure(level: str = "INFO", style: str = "json") -> None:
    """Set up logging for the process. `style` is "json" for machines or "console" for people."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _tell_exception,
        _redact_event,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Lenient(sys.stderr))),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def get_logger(name: str) -> Any:
    """A logger whose events carry the module's name."""
    return structlog.get_logger(module=name)
