"""What holds for every test: no socket leaves this machine, no setting leaks in from outside."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import socket
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

#: Before any module of ours is imported, so that nobody's credentials are ever used by a test.
for _said in [n for n in os.environ if n.startswith(("SALESFORCE_", "HUBSPOT_", "FOLLOWTHROUGH_"))]:
    del os.environ[_said]


class LeavesTheMachine(AssertionError):
    """A test tried to talk to something that is not this machine."""


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that is not to loopback, whoever makes it."""
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    look_up = socket.getaddrinfo

    def looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not _is_loopback(_name(host)):
            raise LeavesTheMachine(f"a test may not look up {host}")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise LeavesTheMachine(f"a test may not connect to {address[0]}")
        return connect(self, address)

    return guarded


def _name(host: str | bytes) -> str:
    return host.decode() if isinstance(host, bytes) else host


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass
class Clock:
    """A clock that stands until a test moves it."""

    now: dt.datetime = dt.datetime(2026, 11, 19, 12, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def later(self, **span: float) -> dt.datetime:
        self.now += dt.timedelta(**span)
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Noon of Thursday, 19 November 2026, UTC."""
    return Clock()


@pytest.fixture
def silent() -> None:
    """No line of the worker's log, where what is printed is what was counted."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
