"""Evidence: what a finding rests on, in dated sentences a person can check in the CRM.

A finding's identity (rule, record, anchor) and its evidence are apart: the evidence may change from
run to run, the finding stays the same. Works on the connection it is given; reads no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from rules import select
from rules.asked import ask
from rules.begun import begun_lines, client_in, hurried_lines, since_line
from rules.calendars import Calendar
from rules.cards import (
    Card,
    Touch,
    cards,
    counted_since,
    first_absence,
    looked_for,
    planned,
    touches,
)
from rules.checked import Absence, EventStart, Planned, Rule, Severity, TouchPattern
from rules.counted import how_it_ended, nobody_says, nothing_ahead, own_contact, quoted
from rules.evaluate import Org, Verdict
from rules.finding import Ending as Ending
from rules.finding import Finding as Finding
from rules.lengths import Length
from rules.reciting import pattern
from rules.saying import amount_of, client_of, day_of, people_of, said, time_of, values_of
from rules.select import Connection
from rules.uncounted import counted
from rules.vocabulary import FieldWord


def findings(
    connection: Connection,
    rule: Rule,
    org: Org,
    firing: Sequence[Verdict],
    as_of: dt.datetime,
) -> list[Finding]:
    """Gather the evidence of every verdict of `rule` that fires."""
    return [
        finding
        for begin in range(0, len(firing), _PART)
        for finding in _findings(connection, rule, org, firing[begin : begin + _PART], as_of)
    ]


#: Findings whose evidence is in memory at a time.
_PART: Final = 4_000


def _findings(
    connection: Connection,
    rule: Rule,
    org: Org,
    firing: Sequence[Verdict],
    as_of: dt.datetime,
) -> list[Finding]:
    verdicts = {v.record_id: v for v in firing}
    ask(connection, rule.subject, {v.record_id: v.anchor for v in firing})
    seen, ahead = touches(connection, rule, as_of), planned(connection, rule, as_of)
    known = [
        (card["record_id"], {**card, "planned": ahead.get(card["record_id"])})
        for card in cards(connection, rule.subject)
    ]
    return [
        _finding(_Seen(rule, org, card, seen.get(id, []), as_of), verdicts) for id, card in known
    ]


def endings(
    connection: Connection,
    rule: Rule,
    org: Org,
    anchors: Mapping[str, dt.datetime],
    as_of: dt.datetime,
) -> dict[str, Ending]:
    """Say for each record what ended its finding; those the mirror lost sight of are left out."""
    if not anchors:
        return {}
    ask(connection, rule.subject, anchors)
    seen = touches(connection, rule, as_of)
    ended = {id: _gone(rule, id, why) for id, why in _deleted(connection, rule).items()}
    for card in cards(connection, rule.subject):
        id = card["record_id"]
        ended[id] = _ending(_Seen(rule, org, card, seen.get(id, []), as_of))
    return ended


_DELETED: Final = "has been deleted"
_FORGOTTEN: Final = "is no longer looked after"
_STORED: Final = {
    "deal": "deals",
    "account": "accounts",
    "contact": "contacts",
    "activity": "activities",
    "rating": "ratings",
    "owner": "owners",
}


def _deleted(connection: Connection, rule: Rule) -> dict[str, str]:
    """What became of each record that is not there any more: in the CRM, or here alone."""
    stored = _STORED[rule.subject]
    sql = (
        "SELECT d.id, d.key IN (SELECT key FROM forgotten WHERE stream = $stored) AS here "
        f"FROM asked q JOIN {stored} d ON d.key = q.key WHERE d.deleted"
    )
    rows = select.rows(connection, sql, {"stored": stored})
    return {row["id"]: _FORGOTTEN if row["here"] else _DELETED for row in rows}


# -- one record ------------------------------------------------------------------------------


class _Seen:
    """One record with everything that was seen of it."""

    def __init__(
        self, rule: Rule, org: Org, card: Card, touches: Sequence[Touch], as_of: dt.datetime
    ) -> None:
        self.rule = rule
        self.card = card
        self.touches = touches
        self.as_of = as_of
        self.calendar: Calendar = org.calendar_of(
            card["owner_email"], card["time_zone"], rule.calendar
        )

    def day(self, moment: dt.datetime) -> str:
        """Say a moment's day, on the owner's calendar."""
        return day_of(self.calendar, moment, self.as_of)

    def moment(self, moment: dt.datetime) -> str:
        """Say a moment with its time of day, on the owner's calendar."""
        return f"{self.day(moment)} {time_of(self.calendar, moment)}"

    @property
    def counted(self) -> list[Touch]:
        """The touches that a `count` or `ratio` found in its window."""
        found = [t for t in self.touches if t["counts"]]
        if self.rule.absences:
            return found
        if counted_since(self.rule):
            return [t for t in found if t["since"] or t["at_anchor"]]
        older = self.rule.presences[0].older_than if self.rule.presences else None
        return [t for t in found if self._within(t, older)]

    def part_of(self) -> tuple[int, int]:
        """Return how many of how many activities a ratio found."""
        whole = [t for t in self.touches if t["whole"] and self._within(t, None)]
        return sum(1 for t in whole if t["counts"]), len(whole)

    def _within(self, touch: Touch, older_than: Length | None) -> bool:
        happened, add = touch["happened_at"], self.calendar.add
        old = older_than is None or add(happened, older_than) <= self.as_of
        return old and add(happened, _window(self.rule)) > self.as_of


def _finding(seen: _Seen, verdicts: Mapping[str, Verdict]) -> Finding:
    rule, card = seen.rule, seen.card
    verdict = verdicts[card["record_id"]]
    assert verdict.anchor is not None
    assert verdict.deadline is not None
    begun = _begun_by(seen)
    return Finding(
        rule=rule.id,
        severity=_severity(seen, verdict.anchor, verdict.deadline),
        subject=rule.subject,
        record_id=card["record_id"],
        anchor=verdict.anchor,
        deadline=verdict.deadline,
        as_of=seen.as_of,
        owner_id=card["owner_id"],
        account_owner_id=card["account_owner_id"],
        by_id=begun["by_id"] if begun else card["owner_id"],
        deal_id=card["deal_id"] or (begun["deal_id"] if begun else None),
        account_id=card["account_id"],
        contact_id=card["contact_id"],
        account=client_of(card),
        amount=card["amount"],
        evidence=tuple(_lines(seen, verdict.anchor)),
        values=_values(seen, verdict.anchor, verdict.deadline),
    )


#: Severity by how long it has been: at least so many times the limit (`practices: C0`).
_GROWTH: Final = ((3.0, Severity.HIGH), (1.5, Severity.MEDIUM))


def _severity(seen: _Seen, anchor: dt.datetime, deadline: dt.datetime) -> Severity:
    if not seen.rule.severity_grows:
        return seen.rule.severity
    limit = seen.calendar.seconds_between(anchor, deadline)
    passed = seen.calendar.seconds_between(anchor, seen.as_of)
    for times, severity in _GROWTH:
        if limit > 0 and passed >= times * limit:
            return severity
    return Severity.LOW


def _begun_by(seen: _Seen) -> Touch | None:
    """The activity that began the clock, or the oldest of those that are counted since another."""
    begun = "counts" if counted_since(seen.rule) else "begins"
    return next((t for t in seen.touches if t[begun] and t["at_anchor"]), None)


def _values(seen: _Seen, anchor: dt.datetime, deadline: dt.datetime) -> dict[str, str]:
    values = values_of(seen.calendar, anchor, deadline, seen.card, seen.as_of)
    begun = _begun_by(seen)
    if begun is not None:
        values["contact"] = client_in(begun)
    elif seen.rule.subject == "activity":
        values["contact"] = people_of(seen.card["people"])
    quoted = begun if begun and begun["said"] else _last_said(seen)
    part, whole = seen.part_of() if seen.rule.ratios else (0, 0)
    number = len(seen.counted) if seen.rule.presences else part
    values["said"] = quoted["said"] if quoted else "…"  # nothing was kept of it
    values["count"] = str(number) if seen.rule.presences or seen.rule.ratios else ""
    values["share"] = f"{round(100 * part / whole)} %" if whole else ""
    values["subject"] = _kind_of(begun) if begun else seen.card["record_name"] or ""
    return values


def _kind_of(touch: Touch) -> str:
    return said({**touch, "by_name": None, "direction": None, "grade": None, "outcome": None})


def _last_said(seen: _Seen) -> Touch | None:
    return next((t for t in reversed(seen.counted) if t["said"]), None)


# -- the lines -------------------------------------------------------------------------------

_BEGINNINGS: Final = {
    "won_at": "won",
    "closed_at": "closed",
    "stage_entered_at": "moved to {stage}",
    "created_at": "created",
}
_MOST_LINES: Final = 3


def _lines(seen: _Seen, anchor: dt.datetime) -> list[str]:
    duty = first_absence(seen.rule)
    if duty is not None:
        return _absence_lines(seen, duty, anchor)
    if seen.rule.presences or seen.rule.ratios:
        return _counted_lines(seen)
    return _record_lines(seen)


def _absence_lines(seen: _Seen, duty: Absence, anchor: dt.datetime) -> list[str]:
    begun = _begun_by(seen)
    alone = duty.all_of or not duty.touches  # else contact is the duty, and a plan only as good
    ahead = [_ahead(one, seen) for one in duty.events if isinstance(one, Planned) and alone]
    ahead = [*hurried_lines(seen.touches, anchor, seen.moment), *ahead]
    if begun is not None:
        lines = begun_lines(seen.touches, begun, seen.moment)
        return [*lines, *ahead, *_since(seen, duty, anchor)]
    since = _field_start(seen, duty, anchor)
    lines = [_beginning(seen, duty, since), *ahead]
    if seen.rule.subject == "activity":
        return [*lines, *_since(seen, duty, since)]
    return [*lines, *_missing_lines(seen, duty, since)] if duty.touches else lines


def _since(seen: _Seen, duty: Absence, since: dt.datetime) -> list[str]:
    """What came, or did not, since an activity: that was a contact itself."""
    others = [one for one in duty.events if not isinstance(one, (TouchPattern, Planned))]
    if nobody_says(duty.touches) and not others:
        return _missing_lines(seen, duty, since)
    begun = _begun_by(seen)
    after = [t for t in seen.touches if t["happened_at"] > since]
    theirs = begun is not None and begun["direction"] == "inbound"
    line = since_line(duty, after, from_client=theirs)
    return [line] if line else []


def _field_start(seen: _Seen, duty: Absence, anchor: dt.datetime) -> dt.datetime:
    """The moment of the field that began the clock; a moment of another record is the anchor."""
    word = duty.start.otherwise if isinstance(duty.start, EventStart) else duty.start
    moment = seen.card.get(word.name) if word is not None else None
    return moment if isinstance(moment, dt.datetime) else anchor


def _beginning(seen: _Seen, duty: Absence, moment: dt.datetime) -> str:
    word = duty.start.otherwise if isinstance(duty.start, EventStart) else duty.start
    card = seen.card
    day = seen.day(moment)
    if word is None or card["deal_id"] is None or seen.rule.subject != "deal":
        what = card["record_name"] or seen.rule.subject
        return (
            f"{day}: {_with_whom(card, what)}"
            if seen.rule.subject == "activity"
            else (f"{day}: {what}, {word.name.replace('_', ' ')}" if word else f"{day}: {what}")
        )
    begun = _BEGINNINGS.get(word.name, word.name.replace("_", " ")).format(stage=card["stage"])
    money = f" ({amount})" if (amount := amount_of(card)) else ""
    return f"{day}: {card['name'] or 'the deal'} {begun}{money}"


def _promised(seen: _Seen, begun: Touch) -> str:
    due = begun["due_at"]
    return f"It was promised for {seen.day(due)} {time_of(seen.calendar, due)}"


def _with_whom(card: Card, what: str) -> str:
    ours = f" of {card['owner_name']}" if card["owner_name"] else ""
    people = people_of(card["people"]) if card["people"] else client_of(card)
    return f"{what}{ours} with {people}"


def _ahead(wanted: Planned, seen: _Seen) -> str:
    ahead, until = seen.card["planned"], seen.calendar.add(seen.as_of, wanted.in_next)
    named = _named(seen) if wanted.or_by else None
    later = named is not None and named["named_until"] > until
    if ahead is None or ahead[0] > (named["named_until"] if named and later else until):
        by = seen.day(named["note_due_at"]) if named and later else None
        return nothing_ahead(wanted, by)
    return f"Something is planned for {seen.day(ahead[1])}"


def _named(seen: _Seen) -> Touch | None:
    """Return what names a day for the next contact since the duty began; of several, the newest."""
    some = [t for t in seen.touches if t["note_due_at"] and (t["since"] or t["at_anchor"])]
    return max(some, key=lambda t: (t["happened_at"], t["note_due_at"]), default=None)


def _missing_lines(seen: _Seen, duty: Absence, since: dt.datetime) -> list[str]:
    """What is not there: a text that says what is wanted, or contact."""
    unsaid = nobody_says(duty.touches)
    if not unsaid:
        return _contact_lines(seen, duty, since)
    told = any(t["counts"] and t["happened_at"] >= since for t in seen.touches)
    return [] if told else [unsaid]


def _contact_lines(seen: _Seen, duty: Absence, since: dt.datetime) -> list[str]:
    two_way = all(one.direction == "two-way" for one in duty.touches)
    named = "two-way contact" if two_way else "contact"
    by = frozenset(who for one in duty.touches for who in one.by)
    last = next((t for t in reversed(seen.touches) if t["counts"]), None)
    after = since if last is None or last["happened_at"] < since else last["happened_at"]
    missed = [t for t in seen.touches if not t["counts"] and t["happened_at"] > after]
    lines = []
    if last is None:
        lines.append(f"No {named} with the client is on record")
    else:
        lines.append(f"{seen.day(last['happened_at'])}: last {named}, {said(last)}")
    if last is not None or missed:  # else the line before has said it all
        lines.append(f"Since then: {counted(missed, by)}")
    return lines


def _counted_lines(seen: _Seen) -> list[str]:
    """What a rule counted, the newest last, each with the sentence that made it count."""
    found = seen.counted
    if seen.rule.ratios:
        part, whole = seen.part_of()
        heading = [f"{part} of {whole} in the last {_window(seen.rule)}"]
    elif since := counted_since(seen.rule):
        heading = [_counted_from(seen, since, found)]
    elif len(found) > _MOST_LINES:
        heading = [f"{len(found)} in the last {_window(seen.rule)}; the newest:"]
    else:
        heading = []
    wanted = looked_for(seen.rule)[0].lacks
    return heading + [
        f"{seen.day(touch['happened_at'])}: {_what(touch, seen.rule)}{quoted(touch, wanted)}"
        for touch in found[-_MOST_LINES:]
    ]


def _counted_from(seen: _Seen, since: FieldWord | EventStart, found: Sequence[Touch]) -> str:
    """Say since when it was counted: the last of what the rule names, or a moment of the record."""
    before = [t for t in seen.touches if t["begins"] and t["happened_at"] < found[0]["happened_at"]]
    if before:
        return f"Since {seen.moment(before[-1]['happened_at'])}, {said(before[-1])}: {len(found)}"
    if isinstance(since, EventStart):
        return f"{len(found)} so far, and no {pattern(since.pattern)} on record"
    begun = _BEGINNINGS.get(since.name, since.name.replace("_", " "))
    moment = seen.card.get(since.name) or found[0]["happened_at"]
    return f"Since {seen.day(moment)}, {begun.format(stage=seen.card['stage'])}: {len(found)}"


def _what(touch: Touch, rule: Rule) -> str:
    return own_contact(touch) if rule.subject == "owner" else said(touch)


def _record_lines(seen: _Seen) -> list[str]:
    """What a rule that only looks at the record saw of it."""
    card = seen.card
    if card["deal_id"] is None:
        return [str(card["record_name"] or seen.rule.title)]
    money = f" ({amount})" if (amount := amount_of(card)) else ""
    lines = [f"{card['name'] or 'the deal'}{money}, in {card['stage']}{_since_when(seen)}"]
    if card["close_date"] is not None and card["state"] == "open":
        day = day_of(seen.calendar, card["close_date"], seen.as_of)
        lines.append(f"Expected to close on {day}")
    return lines


def _since_when(seen: _Seen) -> str:
    moment = seen.card["stage_entered_at"]
    return f" since {seen.day(moment)}" if moment is not None else ""


# -- what ended it ---------------------------------------------------------------------------


def _ending(seen: _Seen) -> Ending:
    card, rule = seen.card, seen.rule
    touch = None
    if rule.absences or counted_since(rule):
        answers = "counts" if rule.absences else "begins"
        touch = next((t for t in reversed(seen.touches) if t[answers] and t["since"]), None)
    if touch is None:
        line = next(say(seen) for fits, say in _OVER if fits(seen))
        return Ending(record_id=card["record_id"], line=line, touch=None)
    local = seen.calendar.local(touch["happened_at"])
    line = f"{said(touch)}, {local:%Y-%m-%d %H:%M} ({touch['activity_id']})"
    return Ending(record_id=card["record_id"], line=line, touch=touch["activity_id"])


#: What is said where no touch ended it; the first row that fits.
_OVER: Final[Sequence[tuple[Callable[[_Seen], Any], Callable[[_Seen], str]]]] = (
    (
        lambda seen: not seen.rule.absences and looked_for(seen.rule),
        lambda seen: how_it_ended(
            seen.rule.presences[0] if seen.rule.presences else seen.rule.ratios[0]
        ),
    ),
    (
        lambda seen: seen.rule.subject == "deal",
        lambda seen: (
            f"the deal is {seen.card['state']}, in stage {seen.card['stage']}; the reason is gone"
        ),
    ),
    (lambda seen: True, lambda seen: "the reason is gone"),
)


def _window(rule: Rule) -> Length:
    length = rule.presences[0].in_last if rule.presences else rule.ratios[0].in_last
    assert length is not None
    return length


def _gone(rule: Rule, record_id: str, why: str) -> Ending:
    return Ending(record_id=record_id, line=f"the {rule.subject} {why}", touch=None)
