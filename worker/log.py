"""Logs: one canonical line a run, pretty on a terminal, JSON otherwise; never a secret.

Everything, also what libraries log, passes one chain that ends on standard error. Values under
names of secrets are replaced, live secrets are replaced wherever they turn up, and nothing in the
chain can raise into the work it reports (`reliability.md` C.11).
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
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
    if _SECRET_NAMES.search(name) and isinstance(value, str):
        return HIDDEN
    if isinstance(value, dict):
        return {key: redact(one, str(key)) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact(one) for one in value]
    if not isinstance(value, str):
        return value
    for secret in _live:
        value = value.replace(secret, HIDDEN)
    return _SECRET_LOOKS.sub(HIDDEN, value)


def _redact_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {key: redact(value, key) for key, value in event.items()}


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
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        )
        if not out.isatty()
        else structlog.processors.StackInfoRenderer(),
        _redact_event,
    ]
    last: Any = (
        structlog.dev.ConsoleRenderer()
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
