"""Ninety days in bad weather end as ninety days in calm do: never twice, never lost.

`make soak` lives through all of them, a run an hour; without SOAK_DAYS it is a few days. The oracle
is the same story without trouble, and with fewer runs: how often the worker looks, and in which
hour it could not, must make no difference to what it leaves.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from logging import CRITICAL
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import pytest
import structlog

from tests.soak.soak import Lived, Used, live
from tests.soak.weather import Weather

DAYS: Final = int(os.environ.get("SOAK_DAYS", "4"))
SEED: Final = int(os.environ.get("SOAK_SEED", "1"))
WHOLE: Final = DAYS >= 30
#: Hours between runs: of the worker, and of the oracle.
EVERY: Final = (1 if WHOLE else 3, 12)
MIB: Final = 2**20

pytestmark = [pytest.mark.proof, pytest.mark.usefixtures("silent")]


def in_calm(directory: Path, crm: str, days: int, seed: int, every: int) -> Lived:
    """Live through the story without trouble, in a process of its own: what the oracle says."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    return live(directory, crm, days=days, seed=seed, storms=0.0, every=every)[0]


def told(lived: Lived, weather: Weather) -> str:
    """What happened, for those who look."""
    lines = [f"{lived.runs} runs, {lived.failed} failed; {sum(lived.written.values())} tasks"]
    lines += [f"{count:5} {what}" for what, count in sorted(weather.had.items())]
    first, last = lived.used[len(lived.used) // 4], lived.used[-1]
    lines += [f"memory {first.memory / MIB:.0f} -> {last.memory / MIB:.0f} MiB"]
    lines += [f"handles {first.handles} -> {last.handles}"]
    lines += [f"state directory {first.disk / MIB:.1f} -> {last.disk / MIB:.1f} MiB"]
    return "\n".join(lines)


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_bad_weather_ends_as_calm_does(crm: str, tmp_path: Path) -> None:
    """The same tasks in the same states, each once, none under way; and nothing grew."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as beside:
        oracle = beside.submit(in_calm, tmp_path / "calm", crm, DAYS, SEED, EVERY[1])
        storms = 0.35 if WHOLE else 0.7
        stormy, weather = live(
            tmp_path / "storm", crm, days=DAYS, seed=SEED, storms=storms, every=EVERY[0]
        )
        calm = oracle.result()
    print(told(stormy, weather))
    assert weather.had
    assert calm.written
    assert not calm.failed
    assert stormy.known == calm.known
    assert stormy.written == calm.written
    assert (stormy.unsettled, calm.unsettled) == (0, 0)
    if WHOLE:
        grew_not(stormy.used)


def test_a_task_made_twice_is_seen(tmp_path: Path) -> None:
    """A mistake planted on the wire: every task stands there a second time under another key."""
    calm, _ = live(tmp_path / "calm", "salesforce", days=1, seed=SEED, storms=0.0, every=12)
    twice, _ = live(
        tmp_path / "twice", "salesforce", days=1, seed=SEED, storms=0.0, every=12, twice=True
    )
    assert calm.written
    assert twice.written != calm.written


def grew_not(used: list[Used]) -> None:
    """Compare the last quarter of the days with the second: the first is for warming up."""
    quarter = len(used) // 4
    before, after = used[quarter : 2 * quarter], used[-quarter:]
    assert max(one.handles for one in after) <= max(one.handles for one in before)
    assert _middle(after, "memory") < 1.25 * _middle(before, "memory")


def _middle(used: list[Used], what: str) -> float:
    values = sorted(getattr(one, what) for one in used)
    return float(values[len(values) // 2])
