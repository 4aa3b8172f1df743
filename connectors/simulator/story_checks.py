"""What must hold between the parts of a story before it can be told. Pure; reads no clock.

Moments of different units have no order of their own, so order is checked on each of fourteen
consecutive days of telling: two weeks hold every weekday and both ends of a weekend.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Final

from connectors.simulator.moments import Moment
from connectors.simulator.story_nouns import (
    CLOSED,
    Activity,
    Call,
    Deal,
    Meeting,
    Person,
    Story,
    ToDo,
)

Found = Iterator[tuple[int, str]]

#: What has happened lies within these hours and is not longer: told after midnight, the evening
#: before is over.
_EARLIEST, _LATEST = dt.time(6, 0), dt.time(21, 30)
_LONGEST: Final = 120  # minutes
_FIRST: Final = dt.datetime(2026, 1, 5, 12, 0, tzinfo=dt.UTC)
_TELLINGS: Final = [_FIRST + dt.timedelta(days=n) for n in range(14)]


def problems_of(story: Story) -> Found:
    """Yield every problem with the line it stands on."""
    yield from _names(story)
    yield from _people(story)
    yield from _accounts(story)
    for deal in story.deals:
        yield from _parties(story, deal)
        yield from _course(story, deal)
        for activity in deal.activities:
            yield from _activity(story, deal, activity)


def _names(story: Story) -> Found:
    contacts = [one for account in story.accounts for one in account.contacts]
    for kind, ones in (
        ("person", story.people),
        ("account", story.accounts),
        ("contact", contacts),
        ("deal", story.deals),
    ):
        count = Counter(one.name for one in ones)
        for one in ones:
            if count[one.name] > 1:
                yield one.line, f"a second {kind} is called “{one.name}”; names must be unique"


def _people(story: Story) -> Found:
    managers = {one.name for one in story.people if one.role == "manager" and one.active}
    for one in story.people:
        if one.manager is not None and one.manager not in managers:
            yield one.line, f"“{one.manager}” is no manager who is still here; name one"
        if one.is_queue and (one.manager or one.left):
            yield one.line, f"the queue “{one.name}” has no manager and never leaves"
        if one.left is not None:
            yield from _past(one.line, "the day somebody left", one.left)


def _accounts(story: Story) -> Found:
    for account in story.accounts:
        yield from _known(story, account.line, account.owner)
        yield from _past(account.line, "the first day of a client", account.since)
        if not account.contacts:
            yield account.line, f"“{account.name}” has no contacts; name one"


def _known(story: Story, line: int, name: str, *, queues: bool = False) -> Found:
    found = next((one for one in story.people if one.name == name), None)
    if found is None:
        yield line, f"“{name}” is nobody of the people; add the person or correct the name"
    elif found.is_queue and not queues:
        yield line, f"“{name}” is a queue, which can do no more than keep tasks; name a person"


def _parties(story: Story, deal: Deal) -> Found:
    yield from _known(story, deal.line, deal.owner)
    account = next((one for one in story.accounts if one.name == deal.account), None)
    if account is None:
        yield deal.line, f"“{deal.account}” is none of the accounts; add it or correct the name"
        return
    theirs = {one.name for one in account.contacts}
    for name in sorted({deal.contact, *deal.roles} - theirs):
        yield deal.line, f"“{name}” is no contact of {account.name}; add the contact there"
    for now in _TELLINGS:
        if deal.stages and _at(story, account.since, now) >= _at(story, deal.stages[0].at, now):
            yield deal.line, "the deal is older than its account; move the account's “since” back"
            return


def _course(story: Story, deal: Deal) -> Found:
    if not deal.stages:
        yield deal.line, "the deal has no stages; write when it entered which"
        return
    if any(entry.stage in CLOSED for entry in deal.stages[:-1]):
        yield deal.line, "a deal that is won or lost stays so; make that its last stage"
    if deal.stage not in CLOSED and deal.closes is None:
        yield deal.line, "an open deal needs “closes”, the day it is meant to close"
    yield from _steps(deal)
    for now in _TELLINGS:
        entered = [_at(story, entry.at, now) for entry in deal.stages]
        changed = [_at(story, change.at, now) for change in deal.changes]
        if entered != sorted(set(entered)) or any(one < entered[0] for one in changed):
            yield (
                deal.line,
                f"on a {now:%A} stages and changes are not in the order of time; move one",
            )
            return


def _steps(deal: Deal) -> Found:
    for entry in deal.stages:
        yield from _past(deal.line, f"the entry into {entry.stage}", entry.at)
    for change in deal.changes:
        yield from _past(change.line, "a change", change.at)
        if change.amount is None and change.closes is None:
            yield change.line, "the change changes nothing; write “amount” or “closes”"


def _activity(story: Story, deal: Deal, activity: Activity) -> Found:
    by = activity.by or deal.owner
    yield from _known(story, activity.line, by, queues=isinstance(activity, ToDo))
    yield from _met(story, deal, activity)
    yield from _times(activity)
    if isinstance(activity, Meeting):
        for name in activity.invited:
            yield from _known(story, activity.line, name)
    yield from _alive(story, deal, activity, _person(story, by))


def _met(story: Story, deal: Deal, activity: Activity) -> Found:
    account = story.contacts[activity.contact][1] if activity.contact in story.contacts else None
    if activity.contact is not None and (account is None or account.name != deal.account):
        yield (
            activity.line,
            f"“{activity.contact}” is no contact of {deal.account}; add the contact",
        )


def _times(activity: Activity) -> Found:
    line = activity.line
    if isinstance(activity, Meeting) and not activity.at.day.is_past:
        if activity.booked is None:
            yield line, "a meeting that lies ahead needs “booked”, the moment it was agreed"
        if activity.outcome == "held":
            yield line, "a meeting that lies ahead cannot have been held; remove the outcome"
    else:
        yield from _past(line, "what has happened", activity.at)
    for moment in (getattr(activity, "booked", None), getattr(activity, "done", None)):
        if moment is not None:
            yield from _past(line, "what has happened", moment)
    if isinstance(activity, Call | Meeting) and (activity.minutes or 0) > _LONGEST:
        yield line, f"no call or meeting of a story lasts longer than {_LONGEST} minutes"


def _past(line: int, what: str, moment: Moment) -> Found:
    if not moment.day.is_past:
        yield line, f"{what} lies in the past; begin the day with “-”"
    if not _EARLIEST <= moment.clock <= _LATEST:
        yield line, f"{what} lies between {_EARLIEST:%H:%M} and {_LATEST:%H:%M}; move the time"


def _alive(story: Story, deal: Deal, activity: Activity, person: Person | None) -> Found:
    """Nothing happens to a deal before it is there, nor by somebody who has left."""
    moments = [activity.at]
    moments += [m for name in ("booked", "done") if (m := getattr(activity, name, None))]
    for now in _TELLINGS if deal.stages else ():
        begun = _at(story, deal.stages[0].at, now)
        if any(_at(story, moment, now) < begun for moment in moments):
            yield activity.line, f"on a {now:%A} this lies before the deal's first stage; move it"
            return
        left = person.left if person else None
        if left is not None and _at(story, activity.at, now) >= _at(story, left, now):
            yield activity.line, f"on a {now:%A} “{activity.by or deal.owner}” had left; move it"
            return


def _person(story: Story, name: str) -> Person | None:
    return next((one for one in story.people if one.name == name), None)


def _at(story: Story, moment: Moment, now: dt.datetime) -> dt.datetime:
    return moment.of(now, story.zone)
