"""How a command opens the desk: settings and rules read, stores and connector held, errors told."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from worker.cli_shell import console_err, load, told


@contextmanager
def open_the_desk(*, waits: bool = False) -> Iterator[Any]:
    """Open everything a pass needs, or end the program with one sentence and its exit code.

    `waits`: for another worker of the same ledger, until this process is told to stop.
    """
    from worker.desk import open_desk
    from worker.progress import feed_progress
    from worker.standby import Standby

    stop = threading.Event()

    def on_signal(*_: object) -> None:
        # Not from here: the main thread may hold the event's own lock, which is not re-entrant.
        threading.Thread(target=stop.set, name="stop").start()

    previous = signal.signal(signal.SIGTERM, on_signal)
    try:
        with told():
            settings, loaded = load()
            rules = {rule.id: rule for rule in loaded.active}
            with (
                feed_progress(console_err()) as progress,
                open_desk(
                    settings, rules, stop=Standby(stop) if waits else stop, progress=progress
                ) as desk,
            ):
                yield desk
    finally:
        signal.signal(signal.SIGTERM, previous)
