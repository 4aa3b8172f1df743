"""Faults written down: YAML -> which requests fail, and how.

    - fault: status          # the CRM's own error: status, code, retry_after, policy
      status: 429
      retry_after: 7
      path: /query           # of requests whose path holds this, …
      nth: 2                 # … the second one,
      times: 3               # and the two that match after it ("always": all of them)

A request meets the first entry that takes it, and those below do not see it: a list plays in order.
What is wrong with a script is told with its line; a script with a mistake plays nothing. Which
fault is which noun of `faults`, the table at the end says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote_plus

import yaml

from connectors.simulator import fault_answers, faults
from connectors.simulator.exchange import Arrival
from connectors.simulator.story_text import (
    Page,
    Reader,
    StoryError,
    Table,
    compose,
    line_of,
    many,
    mapped,
    number,
    text,
    word,
)

_ALWAYS: Final = "always"
_STATUSES: Final = range(100, 600)
_LONG: Final = 3600.0  # seconds that no client waits
Change = Callable[[str, str | None, Mapping[str, str]], None]  # object, record or all, values


class ScriptError(StoryError):
    """A script that cannot be played; each problem says where, what is wrong and what to do."""


@dataclass(kw_only=True)
class Entry:
    """One line of a script: which requests, which fault, and how often it was played."""

    line: int
    said: Mapping[str, Any]
    fault: faults.Fault
    matched: int = 0
    played: int = 0

    def meets(self, number: int, arrival: Arrival) -> bool:
        """Count a request that matches; tell whether it is to fail."""
        if not self._matches(number, arrival):
            return False
        self.matched += 1
        first, times = int(self.said.get("nth", 1)), self.said.get("times", 1)
        last = None if times == _ALWAYS else first + int(times) - 1
        return first <= self.matched and (last is None or self.matched <= last)

    def _matches(self, number: int, arrival: Arrival) -> bool:
        here = {
            "method": arrival.method,
            "path": arrival.path,
            "query": unquote_plus(arrival.query),
            "body": arrival.body.decode("utf-8", "replace"),
        }
        if self.said.get("method", arrival.method).upper() != arrival.method:
            return False
        if int(self.said.get("request", number)) != number:
            return False
        wanted = ((name, self.said.get(name)) for name in ("path", "query", "body"))
        return all(word is None or word in here[name] for name, word in wanted)

    def as_json(self) -> dict[str, Any]:
        """What it says, and how often it matched and was played."""
        said = {k: float(v) if isinstance(v, Decimal) else v for k, v in self.said.items()}
        return {**said, "matched": self.matched, "played": self.played}


@dataclass
class Script:
    """The faults of one simulator. `crm` is whose errors it speaks; `change` changes records."""

    crm: str
    change: Change
    entries: list[Entry] = field(default_factory=list)

    def __call__(self, number: int, arrival: Arrival) -> faults.Fault | None:
        """Return the first fault that this request meets; those below it do not see it."""
        for entry in self.entries:
            if entry.meets(number, arrival):
                entry.played += 1
                return entry.fault
        return None

    def add(self, written: str, place: str = "faults") -> None:
        """Add the faults of a script in YAML. Raises ScriptError with every problem found."""
        page = Page(path=place)
        node = compose(written, page)
        said = page.value(many(_entry), node) if node is not None else ()
        if page.problems:
            raise ScriptError(page.problems)
        self.entries += [
            Entry(line=line, said=values, fault=_MAKE[values["fault"]](self, values))
            for line, values in said
        ]

    def clear(self) -> None:
        """Let nothing fail any more."""
        self.entries.clear()


def _entry(page: Page, node: Any) -> tuple[int, Mapping[str, Any]] | None:
    kinds = [v.value for k, v in getattr(node, "value", ()) if _is(k, "fault")]
    kind = kinds[0] if kinds and kinds[0] in _FIELDS else ""
    fields = {**_WHEN, "fault": word(tuple(_FIELDS)), **_FIELDS.get(kind, {})}
    needed = frozenset({"fault", *_NEEDED.get(kind, ())})
    table = Table(kind=f"a fault “{kind}”" if kind else "a fault", fields=fields, needed=needed)
    values = page.fields(node, table)
    return None if values is None else (line_of(node), values)


def _is(key: Any, name: str) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.value == name


# -- readers: ValueError with a sentence -------------------------------------------------------


def _count(page: Page, node: Any) -> int:
    found = number(page, node)
    if found != int(found) or found < 1:
        raise ValueError(f"“{found}” is no count; write a whole number from 1 on")
    return int(found)


def _times(page: Page, node: Any) -> int | str:
    return _ALWAYS if text(page, node) == _ALWAYS else _count(page, node)


def _status(page: Page, node: Any) -> int:
    found = number(page, node)
    if found not in _STATUSES:
        raise ValueError(f"“{found}” is no status; write one like 503")
    return int(found)


def _signed(page: Page, node: Any) -> Decimal:
    found = text(page, node)
    if not re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,6})?", found):
        raise ValueError(f"“{found}” is no number of seconds; write one like 3600 or -90")
    return Decimal(found)


_WHEN: Final[Mapping[str, Reader]] = {
    "request": _count,
    "method": word(("GET", "POST", "PATCH", "PUT", "DELETE")),
    "path": text,
    "query": text,
    "body": text,
    "nth": _count,
    "times": _times,
}


# -- what each fault takes, and which noun it becomes ------------------------------------------

Make = Callable[[Script, Mapping[str, Any]], faults.Fault]


def _answer(body: str, headers: Mapping[str, str], said: Mapping[str, Any]) -> faults.Fault:
    if "retry_after" in said:
        headers = {**headers, "retry-after": str(said["retry_after"])}
    make = faults.ActThenAnswer if said.get("after") == "yes" else faults.Instead
    return make(status=int(said["status"]), body=body, headers=headers)


def _own_error(script: Script, said: Mapping[str, Any]) -> faults.Fault:
    status, code, policy = int(said["status"]), said.get("code"), said.get("policy")
    return _answer(*fault_answers.error(script.crm, status, code, policy), said)


def _html(script: Script, said: Mapping[str, Any]) -> faults.Fault:
    status = int(said.get("status", 200))
    return _answer(*fault_answers.page(status), {"status": status, **said})


def _redirect(script: Script, said: Mapping[str, Any]) -> faults.Fault:
    return faults.Instead(status=int(said.get("status", 302)), headers={"location": said["to"]})


def _body(script: Script, said: Mapping[str, Any]) -> faults.Fault:
    headers = {"content-type": said.get("type", "application/json")}
    return _answer(said.get("text", ""), headers, {"status": 200, **said})


def _change(script: Script, said: Mapping[str, Any]) -> faults.Fault:
    return faults.Before(
        do=lambda: script.change(said["object"], said.get("record"), said["values"])
    )


def _seconds(said: Mapping[str, Any], otherwise: float) -> float:
    return float(said.get("seconds", otherwise))


def _drip(script: Script, said: Mapping[str, Any]) -> faults.Fault:
    return faults.Drip(size=int(said.get("bytes", 1)), pause=_seconds(said, 0.05))


def _edit(name: str) -> Make:
    return lambda script, said: faults.Edit(change=fault_answers.EDITS[name])


_ERROR: Final[Mapping[str, Reader]] = {"status": _status, "retry_after": text, "after": text}
_SECONDS: Final[Mapping[str, Reader]] = {"seconds": number}

#: Fault -> its own fields.
_FIELDS: Final[Mapping[str, Mapping[str, Reader]]] = {
    "timeout": _SECONDS,
    "timeout-after": _SECONDS,
    "late": _SECONDS,
    "close": {},
    "close-after": {},
    "reset": {},
    "reset-after": {},
    "truncated": {"bytes": _count},
    "drip": {"bytes": _count, "seconds": number},
    "status": {**_ERROR, "code": text, "policy": text},
    "html": _ERROR,
    "body": {**_ERROR, "text": text, "type": text},
    "redirect": {"status": _status, "to": text},
    "change": {"object": text, "record": text, "values": mapped(text)},
    "skew": {"seconds": _signed},
    **{name: {} for name in fault_answers.EDITS},
}
#: Fault -> the fields that it cannot do without.
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "truncated": ("bytes",),
    "status": ("status",),
    "redirect": ("to",),
    "change": ("object", "values"),
    "skew": ("seconds",),
}
_MAKE: Final[Mapping[str, Make]] = {
    "timeout": lambda _, said: faults.Delay(
        seconds=_seconds(said, _LONG), then=faults.DropBefore()
    ),
    "timeout-after": lambda _, said: faults.ActThenHang(seconds=_seconds(said, _LONG)),
    "late": lambda _, said: faults.Delay(seconds=_seconds(said, 1.0)),
    "close": lambda *_: faults.DropBefore(),
    "close-after": lambda *_: faults.ActThenDrop(),
    "reset": lambda *_: faults.ResetBefore(),
    "reset-after": lambda *_: faults.ActThenReset(),
    "truncated": lambda _, said: faults.Truncate(keep=int(said["bytes"])),
    "drip": _drip,
    "status": _own_error,
    "html": _html,
    "body": _body,
    "redirect": _redirect,
    "change": _change,
    "skew": lambda _, said: faults.Edit(change=fault_answers.skewed(float(said["seconds"]))),
    **{name: _edit(name) for name in fault_answers.EDITS},
}
#: What may stand after `fault:`.
KINDS: Final = tuple(_FIELDS)
