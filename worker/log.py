"""Logs: one canonical line a run, pretty on a terminal, JSON otherwise; never a secret.

Everything, also what libraries log, passes one chain that ends on standard error. Values under
names of secrets are replaced, live secrets are replaced wherever they turn up, and nothing in the
chain can raise into the work it reports (`reliability.md` C.11).
"""

from __future__ import annotations

import logging
import re
import reprlib
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, TextIO

import structlog

_SECRET_NAMES: Final = re.compile(
    r"token|secret|password|authorization|cookie|api_?key|session_?id|assertion", re.IGNORECASE
)
#: Tokens by their looks: Salesforce sessions, bearer headers, HubSpot private app tokens.
_SECRET_LOOKS: Final = re.compile(
    r"00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]+|[Bb]earer\s+\S+|pat-[a-z0-9]+-[0-9a-f-]{20,}"
)
HIDDEN: Final = "***"
_live: set[str] = set()


def keep_out(*secrets: str | None) -> None:
    """Never show these values, wherever they turn up."""
    _live.update(secret for secret in secrets if secret and len(secret) >= 6)


def redact(value: Any, name: str = "") -> Any:
    """Return `value` without secrets: by its name, by live secrets, by their looks."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {_clean(key): redact(one, _text(key)) for key, one in value.items()}
    if _SECRET_NAMES.search(name):
        return HIDDEN
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact(one) for one in value]
    return _clean(value)


def _clean(value: Any) -> str:
    text = _text(value)
    for secret in _live:
        text = text.replace(secret, HIDDEN)
    return _SECRET_LOOKS.sub(HIDDEN, text)


def _text(value: Any) -> str:
    """Return any object as text: its repr may hold a secret, and may raise, which reprlib bears."""
    return value if isinstance(value, str) else _BEARING.repr(value)


_BEARING: Final = reprlib.Repr()
# Nothing is cut before it is redacted: half a secret would no longer be known as one.
_BEARING.maxother = _BEARING.maxlong = 1 << 30


#: What structlog itself needs in the event on its way through the chain.
_INTERNAL: Final = frozenset({"_record", "_from_structlog", "_logger", "_name", "exc_info"})
#: Texts that are meant to have several lines.
_LONG: Final = frozenset({"exception", "stack"})


def _redact_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    kept = {key: value for key, value in event.items() if key in _INTERNAL}
    told = {key: value for key, value in event.items() if key not in _INTERNAL}
    return {**kept, **redact(told)}


def _one_line(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Show control characters of a value instead of sending them to the terminal."""
    return {
        key: _CONTROL.sub(lambda c: c[0].encode("unicode_escape").decode(), value)
        if isinstance(value, str) and key not in _LONG
        else value
        for key, value in event.items()
    }


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class _Quiet(logging.StreamHandler[TextIO]):
    """A handler that never raises and never prints a traceback of its own."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Drop the line: losing one is better than losing the work."""


def configure(*, level: str = "info", stream: TextIO | None = None) -> None:
    """Set up logging for the process. Call it once, first."""
    out = stream or sys.stderr
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Before the redaction, and without locals: a traceback is where secrets lie open.
        structlog.processors.format_exc_info
        if out.isatty()
        else structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        ),
        _redact_event,
    ]
    if out.isatty():
        before.append(_one_line)
    last: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if out.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=True)
    )
    handler = _Quiet(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("urllib3", "simple_salesforce", "hubspot", "apscheduler", "alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def logger() -> structlog.stdlib.BoundLogger:
    """Return the program's logger."""
    return structlog.stdlib.get_logger("followthrough")
