"""Seconds by stage, by the clock and of processors, for whatever is measured here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Watch:
    """Seconds by stage; whoever measures prints them. Of a stage that is run again, the fewest."""

    seconds: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)  # of all threads, user and system

    def __call__(self, name: str, work: Callable[[], Any]) -> Any:
        start, spent = time.perf_counter(), time.process_time()
        done = work()
        took, spent = time.perf_counter() - start, time.process_time() - spent
        self.seconds[name] = min(took, self.seconds.get(name, took))
        self.processor[name] = min(spent, self.processor.get(name, spent))
        return done

    def lines(self) -> Iterator[str]:
        """Yield a line for each stage: seconds by the clock, and of processors."""
        for name, seconds in self.seconds.items():
            yield f"{name:60}{seconds:>9.2f} s{self.processor[name]:>9.2f} s of processors"
