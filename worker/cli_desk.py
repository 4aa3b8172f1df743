"""How a command opens the desk: settings and rules read, stores and connector held, errors told."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from worker.cli_shell import console_err, load, told


@contextmanager
def open_the_desk() -> Iterator[Any]:
    """Open everything a pass needs, or end the program with one sentence and its exit code."""
    from worker.desk import open_desk
    from worker.progress import feed_progress

    stop = threading.Event()
    previous = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        with told():
            settings, loaded = load()
            rules = {rule.id: rule for rule in loaded.active}
            with (
                feed_progress(console_err()) as progress,
                open_desk(settings, rules, stop=stop, progress=progress) as desk,
            ):
                yield desk
    finally:
        signal.signal(signal.SIGTERM, previous)
