"""What follows from a rule without being written in it: its meaning, and what it must read.

The meaning is a hash of for, where, missing, count and to: whoever changes a text, a title or a
test changes no meaning, nor does whoever writes the same conditions in another order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.model import ActivityKind
from rules.checked import (
    Absence,
    ByAmount,
    ByWord,
    Condition,
    EventStart,
    FieldRef,
    File,
    Formula,
    Group,
    Limit,
    Line,
    Planned,
    Presence,
    Quote,
    Ratio,
    Related,
    Rule,
    Sooner,
    StageEntry,
    Step,
    TaskText,
    Test,
    TouchPattern,
)
from rules.lengths import Length
from rules.vocabulary import (
    CLIENT_READS,
    FILE_STREAMS,
    MANAGER_READS,
    OWNER_READS,
    PLANNED_READS,
    QUOTE_READS,
    STAGE_ENTRY_READS,
    SUBJECT_READS,
    TEXT_READS,
    TOUCH_READS,
    TOUCH_STREAMS,
    FieldWord,
)


@dataclass(frozen=True, kw_only=True)
class Clauses:
    """The clauses of a rule that decide: what it is about, what it looks for, who is told."""

    subject: str
    where: Sequence[Condition]
    absences: Sequence[Absence]
    presences: Sequence[Presence]
    ratios: Sequence[Ratio]
    task: TaskText | None
    lines: Sequence[Line]
    escalate: Sequence[Step]
    resolve_when: Sequence[Condition]
    late_counts: bool

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition on the record."""
        return (*self.where, *self.resolve_when)

    @property
    def patterns(self) -> list[TouchPattern]:
        """Every kind of touch it looks for."""
        found = [one for absence in self.absences for one in absence.touches]
        found += [a.start.pattern for a in self.absences if isinstance(a.start, EventStart)]
        found += [one.pattern for one in self.presences]
        found += [p.after.pattern for p in self.presences if isinstance(p.after, EventStart)]
        found += [one for ratio in self.ratios for one in (ratio.of, ratio.to)]
        return found + [r.pattern for r in _related(self.conditions) if r.pattern is not None]

    @property
    def hurries(self) -> list[Sooner]:
        """What makes its duties due sooner."""
        return [one.sooner for one in self.absences if one.sooner]

    @property
    def told(self) -> frozenset[str]:
        """Every word for somebody who is told."""
        task = self.task.to if self.task else ()
        lines = (one for line in self.lines for one in line.to)
        return frozenset({*task, *lines, *(one for step in self.escalate for one in step.to)})


def clauses_of(rule: Rule) -> Clauses:
    """Return the clauses of a rule that was read."""
    return Clauses(
        subject=rule.subject,
        where=rule.where,
        absences=rule.absences,
        presences=rule.presences,
        ratios=rule.ratios,
        task=rule.task,
        lines=[line for line in (rule.alert, rule.digest) if line is not None],
        escalate=rule.escalate,
        resolve_when=rule.resolve.when,
        late_counts=rule.late_counts,
    )


def meaning(rule: Clauses) -> str:
    """The hash, 16 hexadecimal digits. Who is told when a task stays open is not in it."""
    said: dict[str, Any] = {
        "for": rule.subject,
        "where": _sorted(rule.where),
        "missing": [_absence(absence) for absence in rule.absences],
        "to": rule.task.to if rule.task else [line.to for line in rule.lines],
    }
    # only where they are written: a rule without them keeps the hash it has always had
    if rule.presences:
        said["count"] = [_presence(presence) for presence in rule.presences]
    if rule.ratios:
        said["ratio"] = [_ratio(ratio) for ratio in rule.ratios]
    if rule.resolve_when:
        said["resolve"] = _sorted(rule.resolve_when)
    if not rule.late_counts:
        said["late_counts"] = False
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _kinds(some: frozenset[str]) -> list[str]:
    """Any kind means what it meant before cases were among them, so that no rule changes."""
    return sorted(some - {ActivityKind.CASE} if some == frozenset(ActivityKind) else some)


# -- what is read ----------------------------------------------------------------------------


def needed_fields(rule: Clauses) -> frozenset[str]:
    """Every `stream.column` the rule reads to decide; what its texts name is not among them."""
    fields = set(OWNER_READS | SUBJECT_READS[rule.subject])
    for word in _words(rule):
        fields |= word.reads
    for related in _related(rule.conditions):
        fields |= SUBJECT_READS[related.subject] | _IN_COMMON[related.same][related.subject]
        fields |= _IN_COMMON[related.same].get(rule.subject, frozenset())
    for absence in rule.absences:
        for event in absence.events:
            fields |= _EVENT_READS.get(type(event), frozenset())
            fields |= TOUCH_READS | TEXT_READS if _names_a_day(event) else frozenset()
    for sooner in rule.hurries:  # what cannot be read makes nothing sooner
        fields |= TOUCH_READS | (MANAGER_READS if sooner.pattern.by & _LED else frozenset())
    for pattern in rule.patterns:
        says = pattern.says | pattern.does_not_say | pattern.lacks
        fields |= TOUCH_READS | (TEXT_READS if says else set())
        fields |= CLIENT_READS if pattern.client_has else frozenset()
    if _asks_for_managers(rule):
        fields |= MANAGER_READS
    return frozenset(fields)


def related_fields(conditions: Iterable[Condition]) -> frozenset[str]:
    """Every `stream.column` that conditions ask of other records, whatever names these."""
    words = (word for one in _related(conditions) for word in _words_of(one.conditions))
    return frozenset(field for word in words for field in word.reads)


def needed_streams(rule: Clauses) -> frozenset[str]:
    """Every stream the rule reads."""
    streams = frozenset(field.partition(".")[0] for field in needed_fields(rule))
    named = any(_names_a_day(event) for one in rule.absences for event in one.events)
    touched = rule.patterns or rule.hurries or named
    return streams | TOUCH_STREAMS if touched else streams


def heeded_streams(rule: Clauses) -> frozenset[str]:
    """Every stream the rule looks at where an org has it."""
    files = any(isinstance(event, File) for one in rule.absences for event in one.events)
    return FILE_STREAMS if files else frozenset()


def _names_a_day(event: object) -> bool:
    """Whether a text may name the day by which something is planned."""
    return isinstance(event, Planned) and event.or_by is not None


#: Whose touches are told by who leads whom.
_LED: Final = frozenset({"manager", "team"})
#: What two records have in common -> a kind of record -> what names it there.
_IN_COMMON: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "account": {
        "deal": frozenset({"deals.account_id"}),
        "contact": frozenset({"contacts.account_id"}),
        "activity": frozenset({"activities.account_ids"}),
        "rating": frozenset({"ratings.account_id"}),
    },
    "owner": {
        "deal": frozenset({"deals.owner_id"}),
        "account": frozenset({"accounts.owner_id"}),
        "activity": frozenset({"activities.owner_id"}),
        "rating": frozenset({"ratings.owner_id"}),
    },
    "deal": {"activity": frozenset({"activities.deal_ids"})},
}
_EVENT_READS: Final[dict[type, frozenset[str]]] = {
    Planned: PLANNED_READS,
    Quote: QUOTE_READS,
    StageEntry: STAGE_ENTRY_READS,
}


def _words_of(conditions: Iterable[Condition]) -> Iterator[FieldWord]:
    for condition in _leaves(conditions):
        if isinstance(condition, Formula):
            yield from condition.words
        elif isinstance(condition, Test):
            yield condition.word
            yield from _words_in(condition.value)


def _words(rule: Clauses) -> Iterator[FieldWord]:
    yield from _words_of(rule.conditions)
    for absence in rule.absences:
        yield from _words_in(absence.limit)
    starts = [*(one.start for one in rule.absences), *(one.after for one in rule.presences)]
    for start in starts:
        word = start.otherwise if isinstance(start, EventStart) else start
        if word is not None:
            yield word


def _words_in(value: object) -> Iterator[FieldWord]:
    if isinstance(value, (FieldRef, ByWord, ByAmount)):
        yield value.word


def _leaves(conditions: Iterable[Condition]) -> Iterator[Condition]:
    for one in conditions:
        yield one
        if isinstance(one, (Group, Related)):
            yield from _leaves(one.conditions)


def _related(conditions: Iterable[Condition]) -> Iterator[Related]:
    return (one for one in _leaves(conditions) if isinstance(one, Related))


def _asks_for_managers(rule: Clauses) -> bool:
    return bool(rule.told & {"manager", "director"}) or any(one.by & _LED for one in rule.patterns)


# -- what is meant ---------------------------------------------------------------------------


def _sorted(conditions: Iterable[Condition]) -> list[Any]:
    return sorted((_condition(one) for one in conditions), key=lambda said: json.dumps(said))


def _condition(one: Condition) -> list[Any]:
    if isinstance(one, Test):
        return [one.field, one.op, _written(one.value)]
    if isinstance(one, Formula):
        return ["formula", one.sql]
    if isinstance(one, Group):
        return [one.word, _sorted(one.conditions)]
    pattern = [_touch(one.pattern)] if one.pattern else []
    return [one.subject, one.same, str(one.before), _sorted(one.conditions), pattern]


def _absence(absence: Absence) -> list[Any]:
    usual = _usual(absence)
    sooner = absence.sooner
    return [*usual, ["sooner", _touch(sooner.pattern), str(sooner.limit)]] if sooner else usual


def _usual(absence: Absence) -> list[Any]:
    limit = _limit(absence.limit)
    if len(absence.events) == 1 and isinstance(absence.start, FieldWord) and absence.touches:
        # as a rule with one touch and a moment has always been hashed
        return [absence.clock, absence.start.name, limit, _touch(absence.touches[0])]
    return [
        absence.clock,
        _start(absence.start),
        limit,
        [_event(event) for event in absence.events],
        absence.all_of,
        absence.due,
    ]


def _start(start: FieldWord | EventStart) -> list[Any]:
    if isinstance(start, FieldWord):
        return [start.name]
    usual = [start.which, _touch(start.pattern), start.otherwise.name if start.otherwise else None]
    return [*usual, str(start.newer_than)] if start.newer_than else usual


def _event(event: object) -> list[Any]:
    if isinstance(event, TouchPattern):
        return _touch(event)
    if isinstance(event, Planned):
        named = [event.or_by] if event.or_by else []
        return ["planned", _kinds(event.kinds), str(event.in_next), *named]
    if isinstance(event, Quote):
        return ["quote", event.presented]
    if isinstance(event, File):
        return ["file", sorted(event.kinds), event.mailed, event.same_document]
    assert isinstance(event, StageEntry)
    return ["stage_entry", sorted(event.stages)]


def _limit(limit: Limit) -> Any:
    if isinstance(limit, Length):
        return str(limit)
    rows = {str(key): str(length) for key, length in limit.rows.items()}
    return rows if limit.word.name == "stage" else [limit.word.name, rows]


def _presence(presence: Presence) -> list[Any]:
    pattern = presence.pattern
    said = [sorted(pattern.says), sorted(pattern.does_not_say)]
    usual = [str(presence.in_last), presence.at_least, _touch(pattern, says=False), said]
    more = [presence.at_most, str(presence.older_than), sorted(pattern.lacks)]
    if more != [None, "None", []]:
        usual += more
    return [*usual, ["after", *_start(presence.after)]] if presence.after else usual


def _ratio(ratio: Ratio) -> list[Any]:
    bounds = [str(ratio.below), str(ratio.above), ratio.start_from]
    return [_touch(ratio.of), _touch(ratio.to), str(ratio.in_last), *bounds]


def _touch(pattern: TouchPattern, *, says: bool = True) -> list[Any]:
    usual = [sorted(pattern.by), pattern.at_least, pattern.direction, _kinds(pattern.kinds)]
    rest: list[Any] = [pattern.automated, pattern.lasting]
    if pattern.picked_up is not None:
        rest.append(["picked_up", pattern.picked_up])
    if pattern.answers is not None or pattern.client_has:
        rest.append(["client", pattern.answers, sorted(pattern.client_has)])
    if pattern.same_document:
        rest.append("same document")
    signals = [sorted(one) for one in (pattern.says, pattern.does_not_say, pattern.lacks)]
    if says and any(signals):
        rest += signals
    return usual if rest == [None, None] else [*usual, *rest]


def _written(value: Any) -> Any:
    if isinstance(value, (FieldRef,)):
        return ["field", value.word.name]
    if isinstance(value, (ByWord, ByAmount)):
        return [value.word.name, {str(key): str(one) for key, one in value.rows.items()}]
    return sorted(value) if isinstance(value, tuple) else [str(value)]
