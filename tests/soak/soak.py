"""A company lived through hour by hour, by the CRM's clock, with a worker that runs every hour.

Everything is what it is in life but for the wire (`connectors.simulator.in_process`), the clock and
the process: a worker that dies leaves its state directory as it was at that moment, and the next
run finds it so. Builders only; asserts nothing.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import urllib3
from requests import PreparedRequest

from connectors.base import Connector
from connectors.errors import CrmError
from connectors.open import open_connector
from connectors.simulator.in_process import InProcess
from tests.soak.story import DAY, Scene, story
from tests.soak.weather import Crash, Weather
from tests.worker.firm import Firm
from worker.known import LIVING, KnownTask
from worker.settings import Settings

RULES: Final = """\
- {extends: shipped/won-no-follow-up, mode: live}
- {extends: shipped/overdue-close-date, mode: live}
"""
_KEY: Final = re.compile(rb"ft_[0-9a-z]{26}")
#: How the addresses of requests end that make tasks.
_MAKES: Final = ("/composite/sobjects", "/tasks/batch/create")
HOUR: Final = dt.timedelta(hours=1)
#: What lies behind the company when the worker comes: deals that are due now.
BEFORE: Final = 12 * DAY
#: Hours without trouble: at first, when rules look at what lies behind them, and at the end, when
#: what is late comes to rest.
CALM: Final = DAY


@dataclass(frozen=True, kw_only=True)
class Used:
    """What the process holds at a moment, and its state directory: bytes, handles."""

    memory: int
    handles: int
    disk: int


@dataclass(kw_only=True)
class Lived:
    """What came of a story."""

    known: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # client, rule, state
    written: Counter[tuple[str, str]] = field(default_factory=Counter)  # client, how it stands
    unsettled: int = 0
    runs: int = 0
    failed: int = 0
    used: list[Used] = field(default_factory=list)  # once a day


class Soak(Firm):
    """A company on a wire without sockets, and what is told of it."""

    def __init__(self, directory: Path, crm: str, weather: Weather) -> None:
        self.weather, self.crashed, self.twice = weather, 0, False
        self.deals: dict[str, str] = {}
        self._left: list[Scene] = []
        super().__init__(directory, crm, rules=RULES, settings="quiet_hours: no\n")
        self.began = self.clock()
        self.fault = weather.fault
        with self.days_ago(17):
            for number in range(12):  # what a company has besides: open, and not yet due
                deal = self.crm.deal(f"Quiet {number}", self.people["mia"], 1000.0)
                self.crm.expect(deal, "2027-12-31")

    def serve(self) -> Any:
        """Serve the CRM in this process."""
        return InProcess(self.crm.made, self.failing, wait=self._server_waits)

    def connect(self, settings: Settings, stop: Any = None) -> Connector:
        """Open a connector on the line; while it waits, life goes on."""
        wished = settings.crm_settings()
        return open_connector(
            wished, stop=stop, line=self._line, pause=self._wait, seconds=self.sim.seconds
        )

    def _server_waits(self, seconds: float) -> None:
        self.clock.later(seconds=seconds)

    def _wait(self, seconds: float) -> None:
        self.clock.later(seconds=max(seconds, 0.0))
        self.live_until(self.clock())

    def _line(self, request: PreparedRequest, silence: float) -> urllib3.HTTPResponse:
        dies = self.weather.dies(request.method or "GET", (request.url or "").partition("?")[0])
        if dies == "before":
            self._die()
        answer: urllib3.HTTPResponse = self.sim(request, silence)
        if self.twice and (other := _with_another_key(request)) is not None:
            self.sim(other, silence)
        if dies == "after":
            self._die()
        return answer

    def _die(self) -> None:
        """Keep the state directory as a worker leaves it that is killed now."""
        self.crashed += 1
        shutil.copytree(self.state, self._grave, dirs_exist_ok=True)
        raise Crash

    @property
    def _grave(self) -> Path:
        return self.state.parent / "grave"

    # -- the story ---------------------------------------------------------------------------

    def tell(self, scenes: list[Scene]) -> None:
        """Take what is going to happen, in order."""
        self._left = scenes

    def live_until(self, moment: dt.datetime) -> None:
        """Let happen what is due."""
        while self._left and self._left[0].at <= moment:
            scene = self._left.pop(0)
            what, _, value = scene.what.partition(" ")
            before = scene.at < self.began  # what happens later is stamped when it happens
            with self.crm.made.at(scene.at) if before else nullcontext():
                _DOINGS[what](self, scene, value)

    def open(self, scene: Scene, until: str) -> None:
        deal = self.crm.deal(scene.client, self.people[scene.rep], 1000.0)
        day = scene.at.date() + (6 * DAY if until else 400 * DAY)
        self.crm.expect(deal, day.isoformat())
        self.deals[scene.client] = deal

    def about(self, scene: Scene) -> list[str]:
        """The tasks of ours that stand open with a client, by their ids in the CRM."""
        deal = self.deals[scene.client]
        mine = [one for one in self.known() if one.about.record_id == deal]
        return [one.task_id for one in mine if one.state in LIVING]

    def each(self, scene: Scene, do: Callable[[str], None]) -> None:
        """Do something to each task that stands open with a client."""
        for task in self.about(scene):
            do(task)

    # -- the worker --------------------------------------------------------------------------

    def hour(self) -> bool:
        """Run once; False where the run failed, or the worker died."""
        self.sim.forget()
        try:
            self.run(later=dt.timedelta(0))
        except CrmError:
            return False
        except Crash:
            shutil.rmtree(self.state)
            self._grave.rename(self.state)
            return False
        return True

    def used(self) -> Used:
        """What this process holds now."""
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return Used(
            memory=pages * os.sysconf("SC_PAGE_SIZE"),
            handles=len(os.listdir("/proc/self/fd")),
            disk=sum(one.stat().st_size for one in self.state.rglob("*") if one.is_file()),
        )

    def outcome(self, lived: Lived) -> Lived:
        """Add what stands in the ledger and in the CRM."""
        names = {deal: client for client, deal in self.deals.items()}
        for one in self.known():
            lived.known[(names.get(one.about.record_id, "?"), one.rule, _state(one))] += 1
        for task in self.tasks():
            how = "deleted" if task.deleted else "closed" if task.closed else "open"
            lived.written[(names.get(task.deal_id or "", "?"), how)] += 1
        with self.ledger() as ledger:
            lived.unsettled = len(ledger.unsettled())
        return lived


def _with_another_key(request: PreparedRequest) -> PreparedRequest | None:
    """The same tasks under other keys, where a request makes any."""
    body = request.body or b""
    said = body.encode() if isinstance(body, str) else bytes(body)
    if request.method != "POST" or not (request.url or "").endswith(_MAKES):
        return None
    other = request.copy()
    other.prepare_body(_KEY.sub(lambda key: key[0][:-4] + b"0000", said), None)
    return other


def _state(one: KnownTask) -> str:
    return "living" if one.state in LIVING else one.state.value


_DOINGS: Final[dict[str, Callable[[Soak, Scene, str], None]]] = {
    "open": Soak.open,
    "win": lambda soak, scene, _: soak.crm.win(soak.deals[scene.client]),
    "lose": lambda soak, scene, value: (soak.crm.lose_ground if value else soak.crm.lose)(
        soak.deals[scene.client]
    ),
    "call": lambda soak, scene, _: soak.crm.call(soak.deals[scene.client], soak.people[scene.rep]),
    "expect": lambda soak, scene, _: soak.crm.expect(soak.deals[scene.client], "2027-12-31"),
    "tick": lambda soak, scene, _: soak.each(scene, soak.crm.tick),
    "delete": lambda soak, scene, _: soak.each(scene, soak.crm.delete),
    "type": lambda soak, scene, value: soak.each(scene, lambda t: soak.crm.type_into(t, value)),
    "push": lambda soak, scene, _: soak.each(
        scene, lambda task: soak.crm.edit(task, {"due": (scene.at + 2 * DAY).date().isoformat()})
    ),
}


def live(
    directory: Path,
    crm: str,
    *,
    days: int,
    seed: int,
    storms: float,
    every: int = 1,
    twice: bool = False,
) -> tuple[Lived, Weather]:
    """Live through a story with a worker that runs every so many hours.

    The first six hours and the last day are calm. Runs that a long one has left no time for do
    not take place. `twice`: a mistake planted on the wire, every task is made a second time.
    """
    weather = Weather(crm=crm, dice=random.Random(seed), storms=storms)
    soak = Soak(directory, crm, weather)
    soak.twice = twice
    lived = Lived()
    began = soak.began
    soak.tell(story(began - BEFORE, BEFORE + days * DAY, seed))
    moment, end = began, began + days * DAY + CALM
    while moment < end:
        moment += every * HOUR
        soak.live_until(moment)
        if soak.clock() > moment:
            continue
        soak.clock.now = moment
        weather.hour(calm=moment < began + CALM / 4 or moment > end - CALM)
        lived.runs += 1
        lived.failed += not soak.hour()
        if moment.hour == began.hour:
            lived.used.append(soak.used())
    weather.hour(calm=True)
    soak.outcome(lived)
    soak.close()
    return lived, weather
