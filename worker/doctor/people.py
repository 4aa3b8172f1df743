"""People: what people.yaml and the settings say of them, held against the CRM's users.

Reads the users as a pull would, and keeps nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.base import Window
from rules.checked import Rule
from rules.problems import did_you_mean, listed, shown
from worker.doctor.checks import Check, look, note, ok
from worker.doctor.there import Visit
from worker.loading import receivers
from worker.settings import Settings

_OWNERS: Final = "owners"
_MANY: Final = 5
_AHEAD: Final = dt.timedelta(minutes=5)  # whoever was added this very second is somebody, too


@dataclass(frozen=True, kw_only=True)
class _Users:
    """The users and queues of the CRM, those who left too."""

    rows: Sequence[Mapping[str, Any]]

    @property
    def people(self) -> list[Mapping[str, Any]]:
        """Those who work here."""
        return [one for one in self.rows if one["active"] and not one["is_queue"]]

    @property
    def emails(self) -> frozenset[str]:
        """Every address, in small letters."""
        return frozenset(one["email"].casefold() for one in self.rows if one["email"])

    def called(self, *, queues: bool) -> dict[str, None]:
        """Every name and address of people, or of queues."""
        found = [one for one in self.rows if bool(one["is_queue"]) is queues and not one["deleted"]]
        return dict.fromkeys(
            word for one in found for word in (one["name"], one["email"] or "") if word
        )


def people_check(visit: Visit) -> Iterator[Check]:
    """Hold who is named in the files against who is in the CRM."""
    if not any(_OWNERS in feed.streams for feed in visit.feeds):
        yield look("people", "the users cannot be seen, so nobody can be asked for anything")
        return
    users = _Users(rows=_read(visit))
    wrong = [*_strangers(visit.settings, users), *_unknown(visit.settings, visit.rules, users)]
    says = f"{len(users.people)} active, {len(visit.settings.people.said_of)} in people.yaml"
    if not users.people:
        wrong.insert(0, "No user who is active can be seen, so nobody can be asked for anything.")
    yield look("people", says, wrong) if wrong else ok("people", says)
    yield from _managers(visit.settings, users)


def _read(visit: Visit) -> list[Mapping[str, Any]]:
    window = Window(since=None, until=visit.identity.server_now + _AHEAD)
    names = [feed.name for feed in visit.feeds if _OWNERS in feed.streams and not feed.repairs]
    return [
        row
        for name in names
        for batch in visit.connector.pull(name, window)
        if batch.stream == _OWNERS
        for row in batch.rows.to_pylist()
    ]


def _strangers(settings: Settings, users: _Users) -> Iterator[str]:
    """E-mails of people.yaml that no user has: what it says of them is of nobody."""
    said = settings.people.said_of
    named = [*said, *(boss for one in said.values() for boss in (one.manager, one.delegate))]
    named += settings.people.support_pool
    for email in dict.fromkeys(one for one in named if one and one.casefold() not in users.emails):
        yield (
            f"people.yaml names {shown(email)}, and no user of the CRM has that e-mail."
            f"{did_you_mean(email, users.emails)} Correct it as the CRM has it."
        )


def _unknown(settings: Settings, rules: Iterable[Rule], users: _Users) -> Iterator[str]:
    """Names in rules and settings that are nobody's."""
    places = [(f"rule {rule.id}", word) for rule in rules for word in sorted(receivers(rule))]
    places += [("otherwise_to:", word) for word in settings.file.otherwise_to]
    places += [("pilot:", f"person:{name}") for name in settings.file.pilot]
    own = [
        name
        for email, said in settings.people.said_of.items()
        for name in (email, said.name, *said.aliases)
        if name
    ]
    known = {
        "person": [*users.called(queues=False), *own],
        "queue": list(users.called(queues=True)),
    }
    for place, word in dict.fromkeys(places):
        kind, _, name = word.partition(":")
        names = known.get(kind)
        if names is None or name.casefold() in {one.casefold() for one in names}:
            continue
        guess = did_you_mean(name, names)
        yield f"{place} names the {kind} {shown(name)}, whom the CRM does not have.{guess}"


def _managers(settings: Settings, users: _Users) -> Iterator[Check]:
    """Say for whom nobody is known who leads them."""
    said = settings.people.said_of
    alone = [
        str(one["name"])
        for one in users.people
        if not one["manager_id"] and not _said_manager(said.get((one["email"] or "").casefold()))
    ]
    says = f"known of {len(users.people) - len(alone)} of {len(users.people)}"
    if not alone:
        yield ok("managers", says)
        return
    more = f" and {len(alone) - _MANY} more" if len(alone) > _MANY else ""
    names = listed(alone[:_MANY], "and") if not more else ", ".join(alone[:_MANY]) + more
    todo = [f"Nobody leads {names}. Write it in people.yaml: {{email: …, manager: …}}."]
    yield note("managers", says, todo)


def _said_manager(said: Any) -> bool:
    return said is not None and bool(said.manager)
