"""Who of us is who: the people tasks are for, as the mirror knows them and `people.yaml` adds.

Whoever has left or is on leave gets nothing; the next named in `to` does. Nothing in here decides
what is written, or counts anybody's tasks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rules import select
from rules.free_days import Span
from rules.org import Org
from rules.select import Connection

#: A word of `to` that depends on the record -> the id of who is meant, if anybody.
Roles = Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone of ours, or a queue."""

    id: str
    name: str
    active: bool
    manager_id: str | None
    time_zone: str | None
    email: str | None = None
    is_queue: bool = False
    delegate_id: str | None = None
    teams: frozenset[str] = frozenset()  # people.yaml's, else the CRM's
    aliases: frozenset[str] = frozenset()
    in_support_pool: bool = False
    leave: tuple[Span, ...] = ()

    def away(self, day: dt.date) -> bool:
        """Tell whether they are on leave on this day of theirs."""
        return any(day in span for span in self.leave)

    def there(self, day: dt.date) -> bool:
        """Tell whether a task of this day would find them."""
        return self.active and not self.away(day)

    def is_in(self, team: str) -> bool:
        """Tell whether they are in a team, whose name may be in any case."""
        return team.strip().casefold() in {one.casefold() for one in self.teams}

    def is_called(self, name: str) -> bool:
        """Tell whether this is one of their names, or their e-mail, in any case."""
        known = {self.name, self.email or "", *self.aliases}
        return bool(name.strip()) and name.strip().casefold() in {one.casefold() for one in known}


def read_people(connection: Connection, org: Org) -> dict[str, Person]:
    """Return everybody in the mirror by id, those who left too."""
    found = select.rows(
        connection,
        "SELECT id, name, coalesce(active AND NOT deleted, FALSE) AS active, manager_id, "
        "time_zone, email, coalesce(is_queue, FALSE) AS is_queue, teams "
        "FROM people_now ORDER BY id",
    )
    by_email = {  # of two with one e-mail, whoever is active; else the later id
        row["email"].lower(): row["id"]
        for row in sorted(found, key=lambda row: (row["active"], row["id"]))
        if row["email"]
    }
    people = {}
    for row in found:
        said = org.said(row["email"])
        people[row["id"]] = Person(
            **{**row, "teams": frozenset(said.teams or row["teams"] or ())},
            delegate_id=by_email.get(said.delegate or ""),
            aliases=frozenset({*said.aliases, *([said.name] if said.name else [])}),
            in_support_pool=(row["email"] or "").lower() in org.support_pool,
            leave=said.leave,
        )
    return people


def receiver(
    to: Sequence[str],
    roles: Roles,
    people: Mapping[str, Person],
    *,
    day: dt.date,
    pool_load: Mapping[str, int] | Mapping[str | None, int] | None = None,
) -> Person | None:
    """Return the first of `to` who is there on `day`, or None.

    `delegate` is who stands in for those named before it, the nearest first; for the owner where
    it is the first word. Of the support pool it is who has least to do by `pool_load`, the open
    tasks by person's id. A name nobody has is passed over.
    """
    asked = _Asked(roles=roles, people=people, load=pool_load or {})
    for word in to:
        named = asked.named(word)
        for person in named:
            if person.there(day):
                return person
        asked.tried.extend(named)
    return None


@dataclass(kw_only=True)
class _Asked:
    """One list of receivers, and who of it was not there."""

    roles: Roles
    people: Mapping[str, Person]
    load: Mapping[str, int] | Mapping[str | None, int]
    tried: list[Person] = field(default_factory=list)

    def named(self, word: str) -> Sequence[Person]:
        """Everybody a word means, in the order in which they are asked."""
        kind, colon, name = word.partition(":")
        if colon:
            return self.called(name.strip(), queue=kind.strip() == "queue")
        if word in _WORDS:
            return _WORDS[word](self)
        return self.person(self.roles.get(word) or self.roles.get(_SAME_AS.get(word, "")))

    def person(self, id: str | None) -> Sequence[Person]:
        """Nobody or one."""
        found = self.people.get(id or "")
        return [found] if found else []

    def called(self, name: str, *, queue: bool) -> Sequence[Person]:
        return [p for p in self._sorted() if p.is_queue == queue and p.is_called(name)]

    def managers(self) -> Sequence[Person]:
        return [
            manager
            for owner in self.person(self.roles.get("owner"))
            for manager in self.person(owner.manager_id)
        ]

    def directors(self) -> Sequence[Person]:
        return [
            director for manager in self.managers() for director in self.person(manager.manager_id)
        ]

    def delegates(self) -> Sequence[Person]:
        absent = [*reversed(self.tried)] or self.person(self.roles.get("owner"))
        return [one for person in absent for one in self.person(person.delegate_id)]

    def pool(self) -> Sequence[Person]:
        members = [person for person in self._sorted() if person.in_support_pool]
        return sorted(members, key=lambda person: self.load.get(person.id, 0))

    def _sorted(self) -> Sequence[Person]:
        return sorted(self.people.values(), key=lambda person: (person.name, person.id))


#: Words that do not stand for one id of the record's.
_WORDS: Final[Mapping[str, Callable[[_Asked], Sequence[Person]]]] = {
    "manager": _Asked.managers,
    "director": _Asked.directors,
    "delegate": _Asked.delegates,
    "support_pool": _Asked.pool,
}
_SAME_AS: Final[Mapping[str, str]] = {"promise.by": "by", "meeting.by": "by"}
