"""The `missing`, `count` and `ratio` of a rule as SQL over `scope s`.

Each clause says whether it holds, when time alone changes that, and the moment it counts from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from rules.checked import (
    Absence,
    Clock,
    Event,
    EventStart,
    File,
    Planned,
    Presence,
    Quote,
    Ratio,
    TouchPattern,
)
from rules.deadlines import Deadline, begun, has_limit, moment_of
from rules.holding import Build, over_base
from rules.predicates import condition, earliest, latest, literal, name_of
from rules.relations import END_OF_DAY
from rules.vocabulary import DOCUMENTS, NEXT_PURPOSE, FieldWord

NEVER: Final = "CAST(NULL AS TIMESTAMPTZ)"
_NAMED: Final = "note_due_at IS NOT NULL AND happened_at <= $as_of"
#: From where the time of `within` runs, beside the activity itself: the column of a touch.
DUE_COLUMNS: Final = {"promise.due": "due_at", "meeting.end": "ends_at"}


@dataclass(frozen=True)
class Clocked:
    """One clause of a rule, over `scope s`."""

    held: str  # TRUE, FALSE or NULL
    seen: str  # the moment, or number, of what was seen
    start: str  # the moment it counts from: an anchor
    moment: str  # when it falls due, or runs out
    waits: bool  # it turns true at that moment, as long as `open` holds
    ends: bool  # it turns false at that moment
    open: str = "TRUE"  # nothing has met it yet
    newest: str = NEVER  # of what is counted, the latest


# -- what is missing -------------------------------------------------------------------------


def absence(one: Absence, name: str, build: Build) -> Clocked:
    """An absence holds when its deadline has come and nothing it asks for has."""
    anchor, clock = _start(one, name, build)
    hurried = _hurried(one, anchor, name, build)
    due = build.deadline(name, Deadline(name, clock, one.limit, sooner=hurried))
    met = _met(one, anchor, name, build)
    late = begun(due, "$as_of >=")
    held = f"(NOT {met} AND {late})"
    limited = has_limit(one.limit)
    if limited is not None:
        limited = f"{limited} OR {hurried.start} IS NOT NULL" if hurried else limited
        held = f"(({limited}) AND {held})"
    return Clocked(
        held=held,
        seen=_seen(one, build),
        start=anchor,
        moment=f"{name}.moment",
        waits=True,
        ends=False,
        open=f"NOT {met}",
    )


def _hurried(one: Absence, anchor: str, name: str, build: Build) -> Deadline | None:
    """The deadline from the first activity since the anchor that makes it due sooner.

    Of a record that is an activity, what it says itself and what came while it took place, too.
    """
    if one.sooner is None:
        return None
    joined, anchored = _anchored(anchor, name, build)
    if build.rule.subject == "activity":
        anchored = f"least({anchored}, b.happened_at)"
    build.needs.add(f"touches_of_{build.group}")
    table = f"""{name}_hurry AS (
    SELECT b.key, min(t.happened_at) AS hurried_at
    FROM base b {joined} JOIN touches_of_{build.group} t ON t.group_key = b.{build.group_column}
    WHERE ({condition(one.sooner.pattern, "t")}) AND t.happened_at <= $as_of
        AND t.happened_at >= {anchored}
    GROUP BY b.key
)"""
    began = build.column(f"{name}_hurry", table, f"{name}_hurry.hurried_at")
    start = f"CASE WHEN {began} IS NOT NULL THEN greatest({began}, {anchor}) END"
    return Deadline(f"{name}_sooner", start, one.sooner.limit)


def _anchored(anchor: str, name: str, build: Build) -> tuple[str, str]:
    """Return the anchor over `base b`, and the join it needs where it is looked for in a table."""
    event = f"{name}_event"
    joined = f"LEFT JOIN {event} e ON e.key = b.key" if event in build.columns else ""
    return joined, over_base(anchor.replace(f"s.{event}", "e.event_at"))


def _start(one: Absence, name: str, build: Build) -> tuple[str, str]:
    """Return the moment of the event, which is the anchor, and the moment the time runs from."""
    if isinstance(one.start, EventStart):
        return _from_event(one, one.start, name, build)
    begins = moment_of(one.start)
    if one.clock is Clock.AFTER:
        return begins, begins
    since = [f"greatest({begins}, coalesce({x}, {begins}))" for x in _last(one.events, build)]
    moved = f"{'least' if one.all_of else 'greatest'}({', '.join(since)})"
    started = f"CASE WHEN {begins} IS NOT NULL THEN {moved} END" if since else begins
    return started, started


def _from_event(one: Absence, start: EventStart, name: str, build: Build) -> tuple[str, str]:
    due = DUE_COLUMNS.get(one.due or "")
    if start.which == "each" or due is not None or start.newer_than is not None:
        event, clock = _unanswered(one, start, name, due, build)
    else:
        found = earliest if start.which == "first" else _latest_one
        column = f"{start.which}_{name_of(start.pattern)}"
        event = build.fact(f"touches_of_{build.group}", column, found(start.pattern))
        clock = event
    if start.otherwise is None:
        return event, clock
    otherwise = moment_of(start.otherwise)
    return f"coalesce({event}, {otherwise})", f"coalesce({clock}, {otherwise})"


def _latest_one(pattern: TouchPattern) -> str:
    return latest(pattern, 1)


def _unanswered(
    one: Absence, start: EventStart, name: str, due: str | None, build: Build
) -> tuple[str, str]:
    """The oldest event that nothing has answered: a table of its own, over the base.

    Of several, the one whose time runs out first; of those, the older one.
    """
    build.needs.add(f"touches_of_{build.group}")
    answers = [_not_since(event, build) for event in one.events if not isinstance(event, Planned)]
    conditions = [condition(start.pattern, "t"), "t.happened_at <= $as_of"]
    if start.which == "each" and answers:  # of several, any one of them answers it, or all do
        conditions.append((" OR " if one.all_of else " AND ").join(answers))
    if due is not None:
        conditions.append(f"t.{due} IS NOT NULL")
    runs = f"t.{due}" if due else "t.happened_at"
    joined = ""
    if start.newer_than is not None:
        window = build.window(f"{name}_newer", start.newer_than)
        joined = f"JOIN {window} w ON w.calendar = b.calendar"
        conditions.append("t.happened_at > w.begins_at")
        build.deadline(
            f"{name}_fades", Deadline(f"{name}_fades", f"s.{name}_event", start.newer_than)
        )
    pick, best = ("max", "arg_max") if start.which == "last" else ("min", "arg_min")
    order = "t.happened_at" if start.which in ("first", "last") else runs
    table = f"""{name}_event AS (
    SELECT b.key, {best}(t.happened_at, {order}) AS event_at, {pick}({runs}) AS runs_from
    FROM base b {joined} JOIN touches_of_{build.group} t ON t.group_key = b.{build.group_column}
    WHERE {" AND ".join(f"({c})" for c in conditions)} GROUP BY b.key
)"""
    event = build.column(f"{name}_event", table, f"{name}_event.event_at")
    build.columns[f"{name}_runs"] = f"{name}_event.runs_from"
    return event, f"s.{name}_runs"


def _not_since(event: Event, build: Build) -> str:
    """Whether the event has not come since the touch `t`; of documents, that of the same kind."""
    if not (isinstance(event, TouchPattern | File) and event.same_document):
        return _earlier(_fact(event, build))
    kinds = {name: f"list_contains(t.signals, {literal(f'promise.{name}')})" for name in DOCUMENTS}
    parts = [
        f"({kind} AND {_earlier(_fact_of(event, name, build))})" for name, kind in kinds.items()
    ]
    nobody_knows = " OR ".join(kinds.values())
    parts.append(f"(NOT ({nobody_knows}) AND {_earlier(_fact(event, build))})")
    return f"({' OR '.join(parts)})"


def _earlier(fact: str) -> str:
    last = over_base(fact)
    return f"({last} IS NULL OR t.happened_at > {last})"


def _fact_of(event: TouchPattern | File, kind: str, build: Build) -> str:
    """The latest of an event of one kind of document, or of no kind that anybody knows."""
    if isinstance(event, File):
        return _fact(replace(event, kinds=event.kinds & {kind}), build)
    known = {word: [f"{word}.{name}" for name in DOCUMENTS] for word in event.says}
    mine = replace(event, says=frozenset(f"{word}.{kind}" for word in event.says))
    unsaid = event.does_not_say.union(*known.values())
    parts = [_fact(mine, build), _fact(replace(event, does_not_say=unsaid), build)]
    return f"greatest({', '.join(parts)})"


def _last(events: Iterable[Event], build: Build) -> list[str]:
    """The latest moment of each event that can have happened, as columns of `scope s`."""
    return [_fact(event, build) for event in events if not isinstance(event, Planned)]


def _fact(event: Event, build: Build) -> str:
    if isinstance(event, TouchPattern):
        source = f"touches_of_{build.group}"
        return build.fact(source, f"last_{name_of(event)}", latest(event, 1))
    if isinstance(event, Planned):
        kinds = ", ".join(literal(kind) for kind in sorted(event.kinds))
        column = f"next_{'_'.join(sorted(event.kinds))}"
        sql = f"min(happened_at) FILTER (WHERE kind IN ({kinds}))"
        return build.fact(f"planned_of_{build.group}", column, sql)
    if isinstance(event, Quote):
        wanted = " FILTER (WHERE presented)" if event.presented else ""
        column = "last_presented_quote" if event.presented else "last_quote"
        return build.fact(f"quotes_of_{build.group}", column, f"max(happened_at){wanted}")
    if isinstance(event, File):
        kinds = ", ".join(literal(kind) for kind in sorted(event.kinds)) or "''"
        mailed = "mailed" if event.mailed else "NOT mailed"
        column = "_".join(["last_file", *sorted(event.kinds), mailed.lower().replace(" ", "_")])
        sql = f"max(made_at) FILTER (WHERE kind IN ({kinds}) AND {mailed})"
        return build.fact(f"files_of_{build.group}", column, sql)
    stages = ", ".join(literal(stage) for stage in sorted(event.stages))
    named = hashlib.sha256("|".join(sorted(event.stages)).encode()).hexdigest()[:12]
    column = f"last_entry_{named}"  # a stage may have any name
    return build.fact(
        f"stage_entries_of_{build.group}",
        column,
        f"max(happened_at) FILTER (WHERE stage_word IN ({stages}))",
    )


def _met(one: Absence, anchor: str, name: str, build: Build) -> str:
    """Whether what is asked for has come since the anchor: one of it, or all of it."""
    if one.events and not build.rule.late_counts and name == FIRST:
        return _met_in_time(one, anchor, name, build)
    each = isinstance(one.start, EventStart) and one.start.which == "each"
    parts = []
    for number, event in enumerate(one.events):
        column = _fact(event, build)
        if isinstance(event, Planned):
            parts.append(_is_ahead(event, column, f"{name}_until_{number}", anchor, build))
        elif not each and one.clock is Clock.AFTER:  # else the clock itself starts behind it
            parts.append(f"coalesce({column} {_later(event, one)} {anchor}, FALSE)")
        else:
            parts.append("FALSE")
    return f"({(' AND ' if one.all_of else ' OR ').join(parts)})"


def _is_ahead(planned: Planned, column: str, name: str, anchor: str, build: Build) -> str:
    """Whether it lies in the time ahead that counts, which moves on with every judgement."""
    until = build.deadline(name, Deadline(name, "$as_of", planned.in_next, turns=False))
    moment = f"{until.name}.moment"
    if planned.or_by is not None:
        moment = f"greatest({moment}, {_named_day(anchor, build)})"
    build.ahead.append(column)  # then it has passed
    build.ahead.append(f"CASE WHEN {column} > {moment} THEN $as_of + INTERVAL 1 HOUR END")
    return f"coalesce({column} <= {moment}, FALSE)"


def _named_day(anchor: str, build: Build) -> str:
    """The end of the day that a note has named since the anchor, the newest of them; else NULL.

    What is planned for a day lies ahead until it is over (`relations`), so the day counts whole.
    """
    source = f"touches_of_{build.group}"
    said = f"FILTER (WHERE list_has_any(signals, [{literal(NEXT_PURPOSE)}]) AND {_NAMED})"
    named = build.fact(source, "named_at", f"max(happened_at) {said}")
    newest = f"arg_max(note_due_at, (happened_at, note_due_at)) {said}"
    day = END_OF_DAY.format(moment=build.fact(source, "named_day", newest))
    return f"CASE WHEN {named} >= {anchor} THEN {day} END"


def _later(event: Event, one: Absence) -> str:
    """What starts the clock can itself say what is wanted; it cannot itself be the answer."""
    says = isinstance(event, TouchPattern) and bool(event.says)
    return ">=" if says and isinstance(one.start, EventStart) else ">"


FIRST: Final = "absence_0"  # the duty; only that one may ask for a touch in time


def _met_in_time(one: Absence, anchor: str, name: str, build: Build) -> str:
    """Only what came before the deadline counts, so the first touch decides."""
    build.needs.add(f"touches_of_{build.group}")
    wanted = " OR ".join(f"({condition(x, 't')})" for x in one.touches)
    joined, anchored = _anchored(anchor, name, build)
    table = f"""{name}_answer AS (
    SELECT b.key, min(t.happened_at) AS answered_at
    FROM base b {joined} JOIN touches_of_{build.group} t ON t.group_key = b.{build.group_column}
    WHERE ({wanted}) AND t.happened_at <= $as_of AND t.happened_at > {anchored}
    GROUP BY b.key
)"""
    answered = build.column(f"{name}_answer", table, f"{name}_answer.answered_at")
    return f"coalesce({answered} < {name}.moment, FALSE)"


def _seen(one: Absence, build: Build) -> str:
    facts = [_fact(event, build) for event in one.events]
    return f"greatest({', '.join(facts)})" if len(facts) > 1 else facts[0]


# -- what is counted -------------------------------------------------------------------------


def presence(one: Presence, name: str, build: Build) -> Clocked:
    """Holds where the n-th latest is newer than L: at least n in the last L. Else they count."""
    if one.after is not None:
        return _since(one, one.after, name, build)
    assert one.in_last is not None
    if one.at_least is not None and one.older_than is None:
        column = f"last_{name_of(one.pattern)}_{one.at_least}"
        nth = build.fact(f"touches_of_{build.group}", column, latest(one.pattern, one.at_least))
        due = build.deadline(name, Deadline(name, nth, one.in_last))
        held = begun(due, "$as_of <")
        newest = _newest(one, build) if build.rule.subject == "owner" else NEVER
        return Clocked(held, nth, nth, f"{name}.moment", waits=False, ends=True, newest=newest)
    number = _counted(one.pattern, one, name, build)
    build.unforeseen = True
    if one.at_least is None:
        held = f"(coalesce({number}, 0) <= {one.at_most})"
        return Clocked(held, number, NEVER, NEVER, waits=False, ends=False)
    held = f"(coalesce({number}, 0) >= {one.at_least})"
    build.columns[f"{name}_newest"] = f"{name}_n.newest_at"
    newest = f"s.{name}_newest"
    return Clocked(held, number, NEVER, NEVER, waits=False, ends=False, newest=newest)


def _since(one: Presence, after: FieldWord | EventStart, name: str, build: Build) -> Clocked:
    """Holds where the n-th latest came after the start: at least n since. The oldest is the anchor.

    So one more is no new episode; with a length, the n-th latest must be as new as that, too.
    """
    assert one.at_least is not None
    column = f"last_{name_of(one.pattern)}_{one.at_least}"
    nth = build.fact(f"touches_of_{build.group}", column, latest(one.pattern, one.at_least))
    later = _later_than(after, build)
    held = f"({nth} IS NOT NULL AND {later.format(at=nth)})"
    oldest = build.column(f"{name}_oldest", *_oldest(one.pattern, later, name, build))
    if one.in_last is None:
        return Clocked(held, nth, oldest, NEVER, waits=False, ends=False)
    due = build.deadline(name, Deadline(name, nth, one.in_last))
    held = f"({held} AND {begun(due, '$as_of <')})"
    return Clocked(held, nth, oldest, f"{name}.moment", waits=False, ends=True)


def _later_than(after: FieldWord | EventStart, build: Build) -> str:
    """The condition that `{at}` is later than the start; where nothing began it, all of it is."""
    if not isinstance(after, EventStart):
        return f"coalesce({{at}} > {moment_of(after)}, FALSE)"
    column = f"last_{name_of(after.pattern)}"
    began = build.fact(f"touches_of_{build.group}", column, latest(after.pattern, 1))
    if after.otherwise is not None:
        began = f"coalesce({began}, {moment_of(after.otherwise)})"
    return f"coalesce({{at}} > {began}, TRUE)"


def _oldest(pattern: TouchPattern, later: str, name: str, build: Build) -> tuple[str, str]:
    begun_later = over_base(later).format(at="t.happened_at")
    table = f"""{name}_oldest AS (
    SELECT b.key, min(t.happened_at) AS oldest_at
    FROM base b JOIN touches_of_{build.group} t ON t.group_key = b.{build.group_column}
    WHERE ({condition(pattern, "t")}) AND t.happened_at <= $as_of AND {begun_later} GROUP BY b.key
)"""
    return table, f"{name}_oldest.oldest_at"


def _newest(one: Presence, build: Build) -> str:
    column = f"last_{name_of(one.pattern)}_1"
    return build.fact(f"touches_of_{build.group}", column, latest(one.pattern, 1))


def _counted(pattern: TouchPattern, one: Presence, name: str, build: Build) -> str:
    assert one.in_last is not None
    begins = build.window(f"{name}_since", one.in_last)
    joins = f"JOIN {begins} w ON w.calendar = b.calendar"
    within = "t.happened_at > w.begins_at AND t.happened_at <= $as_of"
    if one.older_than is not None:
        ends = build.window(f"{name}_until", one.older_than)
        joins += f" JOIN {ends} u ON u.calendar = b.calendar"
        within += " AND t.happened_at <= u.begins_at"
    return _number(f"{name}_n", f"({condition(pattern, 't')})", (joins, within), build)


def _number(name: str, wanted: str, windows: tuple[str, str], build: Build) -> str:
    build.needs.add(f"touches_of_{build.group}")
    joins, within = windows
    table = f"""{name} AS (
    SELECT b.key, count(*) AS counted, max(t.happened_at) AS newest_at
    FROM base b {joins}
    JOIN touches_of_{build.group} t ON t.group_key = b.{build.group_column}
    WHERE {within} AND {wanted} GROUP BY b.key
)"""
    return build.column(name, table, f"{name}.counted")


def ratio(one: Ratio, name: str, build: Build) -> Clocked:
    """The part of a person's activities that is of a kind, if there are enough of them."""
    begins = build.window(f"{name}_since", one.in_last)
    windows = (
        f"JOIN {begins} w ON w.calendar = b.calendar",
        "t.happened_at > w.begins_at AND t.happened_at <= $as_of",
    )
    to = f"({condition(one.to, 't')})"
    of = f"({condition(one.of, 't')} AND {to})"
    part = f"coalesce({_number(f'{name}_of', of, windows, build)}, 0)"
    whole = f"coalesce({_number(f'{name}_to', to, windows, build)}, 0)"
    bound = one.below if one.below is not None else one.above
    assert bound is not None
    sign = "<" if one.below is not None else ">"
    build.unforeseen = True
    return Clocked(
        held=f"({whole} >= {one.start_from} AND {part} {sign} {literal(bound)} * {whole})",
        seen=f"{part}",
        start=NEVER,
        moment=NEVER,
        waits=False,
        ends=False,
    )
