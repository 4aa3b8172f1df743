"""One process at a time in a state directory."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Busy(Exception):
    """Another process holds the state directory."""


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the state directory for one process; the kernel lets go if it dies. Raises Busy."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another run holds {directory}. Wait until it has ended.") from None
        yield
    finally:
        os.close(handle)
