"""Ask the mirror what a finding rests on: its record, the people around it, and its touches.

One SELECT gives a card for every record that is asked about, whatever a rule is for; another its
touches, with whether each is one the rule looks for. Works on the connection it is given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from rules import select
from rules.checked import Absence, EventStart, Planned, Rule, TouchPattern
from rules.holding import TABLES
from rules.lengths import Length
from rules.predicates import condition, literal
from rules.relations import END_OF_DAY
from rules.select import Connection
from rules.vocabulary import FieldWord

Card = Mapping[str, Any]
Touch = Mapping[str, Any]

#: Subject -> its deal's key, its account's key, its contact's key, its name; over a row `s`.
_KEYS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "deal": ("s.key", "s.account_key", "NULL", "s.name"),
    "activity": ("s.deal_key", "s.account_key", "NULL", "s.kind"),
    "account": ("NULL", "s.key", "NULL", "s.name"),
    "contact": ("NULL", "s.account_key", "s.key", "s.name"),
    "owner": ("NULL", "NULL", "NULL", "s.name"),
    "rating": ("NULL", "s.account_key", "s.contact_key", "s.behaviour"),
}
_KEY: Final = "CAST({key} AS UBIGINT)"


def _cards(subject: str) -> str:
    deal, account, contact, name = _KEYS[subject]
    table = TABLES[subject][0]
    deal, account, contact = (_KEY.format(key=key) for key in (deal, account, contact))
    people = _PEOPLE_IN.format(key="k.judged") if subject == "activity" else "NULL"
    return f"""WITH main AS (
    SELECT deal_key, arg_max(contact_id, (coalesce(is_primary, FALSE), modified_at)) AS contact_id
    FROM (SELECT l.deal_key, c.id AS contact_id, l.is_primary, l.modified_at
        FROM links l JOIN contacts c ON c.key = l.contact_key WHERE NOT l.deleted AND NOT c.deleted)
    GROUP BY deal_key
), keyed AS (
    SELECT s.key AS judged, s.id AS record_id, {name} AS record_name, s.owner_key AS judged_key,
        {deal} AS of_deal_key, {account} AS of_account_key, {contact} AS of_contact_key
    FROM asked q JOIN {table} s ON s.id = q.record_id
)
SELECT k.record_id, k.record_name, d.id AS deal_id, d.name, d.stage, d.state, d.amount, d.currency,
    d.close_date, d.next_step, d.created_at, d.won_at, d.closed_at, d.stage_entered_at,
    o.id AS owner_id, o.name AS owner_name, o.email AS owner_email, o.time_zone,
    m.name AS manager_name, a.id AS account_id, a.name AS account_name,
    ao.id AS account_owner_id, c.id AS contact_id, c.name AS contact_name, {people} AS people
FROM keyed k
LEFT JOIN deals_now d ON d.key = k.of_deal_key
LEFT JOIN people_now o ON o.key = k.judged_key
LEFT JOIN people_now m ON m.key = o.manager_key
LEFT JOIN accounts a ON a.key = k.of_account_key AND NOT a.deleted
LEFT JOIN people_now ao ON ao.key = a.owner_key
LEFT JOIN main x ON x.deal_key = k.of_deal_key
LEFT JOIN contacts own ON own.key = k.of_contact_key
LEFT JOIN contacts c ON c.id = coalesce(own.id, x.contact_id)
ORDER BY k.record_id"""


def cards(connection: Connection, subject: str) -> list[Card]:
    """Return the card of every record in `asked`, by id; who is gone has none."""
    return list(select.rows(connection, _cards(subject)))


def touches(connection: Connection, rule: Rule, as_of: dt.datetime) -> dict[str, list[Touch]]:
    """Return the touches of every record in `asked`, oldest first, by the record's id.

    `counts` is whether the rule looks for it, `begins` whether it starts its clock, `hurries`
    whether it makes it due sooner, `whole` whether a ratio compares with it; `said` is the sentence
    that made it so, or of a text that lacks something the first of what it does say.
    """
    found: dict[str, list[Touch]] = {}
    for row in select.rows(connection, _touches(rule), {"as_of": as_of}):
        found.setdefault(row["record_id"], []).append(row)
    return found


def _touches(rule: Rule) -> str:
    table, group, column = TABLES[rule.subject]
    main = _any_of(looked_for(rule))
    begins, hurries = _begins(rule), _hurries(rule)
    whole = condition(rule.ratios[0].to, "t") if rule.ratios else "FALSE"
    said = ", ".join(literal(word) for word in sorted(_said_words(rule)))
    sentence = (
        "(SELECT arg_min(g.said, g.signal || g.said) FROM signals g "
        f"WHERE g.activity_key = t.activity_key AND g.signal IN ({said}))"
    )
    recent = ""
    if rule.subject == "owner":  # of a person, what the rule counts and no more
        hours = int(_longest(rule).at_most().total_seconds() // 3600) + _LEAVE
        recent = f" AND t.happened_at > $as_of - INTERVAL {hours} HOUR"
    itself = " AND t.activity_key <> s.key" if rule.subject == "activity" else ""
    client = _CLIENT if rule.subject == "owner" else "NULL"
    return f"""SELECT q.record_id, a.id AS activity_id, t.kind, t.direction, t.outcome, t.grade,
    t.automated, t.who, a.owner_key IS NOT NULL AS ours_by, o.id AS by_id, o.name AS by_name,
    t.happened_at, t.ends_at, t.due_at, t.signals, t.happened_at > q.anchor AS since,
    t.note_due_at, {END_OF_DAY.format(moment="t.note_due_at")} AS named_until,
    coalesce(t.happened_at = q.anchor, FALSE) AS at_anchor,
    ({main}) IS TRUE AS counts, ({begins}) IS TRUE AS begins, ({hurries}) IS TRUE AS hurries,
    ({whole}) IS TRUE AS whole,
    {sentence if said else "NULL"} AS said, {client} AS client,
    {_PEOPLE_IN.format(key="t.activity_key")} AS people,
    {_DEAL_OF.format(key="t.activity_key")} AS deal_id
FROM asked q JOIN {table} s ON s.id = q.record_id
JOIN touches_of_{group} t ON t.group_key = s.{column}
JOIN activities a ON a.key = t.activity_key
LEFT JOIN people_now o ON o.key = a.owner_key
WHERE t.happened_at <= $as_of{recent}{itself}
ORDER BY q.record_id, t.happened_at, a.id"""


#: Business time passes leave and holidays by: so many hours more a window can reach back.
_LEAVE: Final = 60 * 24

#: Who of the client took part in an activity, by name; NULL where nobody is on record.
_PEOPLE_IN: Final = """(SELECT list(DISTINCT c.name ORDER BY c.name) FROM linked l
        JOIN contacts c ON c.key = l.target_key
        WHERE l.target = 'contact' AND NOT c.deleted AND l.activity_key = {key})"""

#: The one deal an activity is linked to; NULL where there is none, or several.
_DEAL_OF: Final = """(SELECT CASE WHEN count(DISTINCT d.id) = 1 THEN min(d.id) END FROM linked l
        JOIN deals_now d ON d.key = l.target_key
        WHERE l.target = 'deal' AND l.activity_key = {key})"""

#: Which client an activity was with, by name; of several, the first in the alphabet.
_CLIENT: Final = """(SELECT min(coalesce(a.name, d.account_name, d.name)) FROM linked l
        LEFT JOIN contacts c ON c.key = l.target_key AND l.target = 'contact'
        LEFT JOIN deals_now d ON d.key = l.target_key AND l.target = 'deal'
        LEFT JOIN accounts a ON a.key = coalesce(
            c.account_key, CASE WHEN l.target = 'account' THEN l.target_key END)
        WHERE l.activity_key = t.activity_key)"""


def planned(
    connection: Connection, rule: Rule, as_of: dt.datetime
) -> dict[str, tuple[dt.datetime, dt.datetime]]:
    """Return what lies ahead next of what the duty of a rule wants, by record in `asked`.

    Until when it does, and a moment of its day: a task is due on a day, whatever the time zone.
    """
    duty = first_absence(rule)
    kinds = [one.kinds for one in duty.events if isinstance(one, Planned)] if duty else []
    if not kinds:
        return {}
    table, group, column = TABLES[rule.subject]
    wanted = ", ".join(literal(kind) for kind in sorted(frozenset().union(*kinds)))
    sql = f"""SELECT q.record_id, min(p.happened_at) AS until, min(CASE WHEN p.kind = 'meeting'
    THEN p.happened_at ELSE p.happened_at - INTERVAL 12 HOUR END) AS day
FROM asked q JOIN {table} s ON s.id = q.record_id
JOIN planned_of_{group} p ON p.group_key = s.{column}
WHERE p.happened_at > $as_of AND p.kind IN ({wanted}) GROUP BY q.record_id"""
    rows = select.rows(connection, sql, {"as_of": as_of})
    return {row["record_id"]: (row["until"], row["day"]) for row in rows}


def looked_for(rule: Rule) -> tuple[TouchPattern, ...]:
    """Return the touches a rule is about: those its duty asks for, or those it counts."""
    if rule.absences:
        return rule.absences[0].touches
    if rule.presences:
        return (rule.presences[0].pattern,)
    return (rule.ratios[0].of,) if rule.ratios else ()


def first_absence(rule: Rule) -> Absence | None:
    """Return the duty of a rule."""
    return rule.absences[0] if rule.absences else None


def counted_since(rule: Rule) -> FieldWord | EventStart | None:
    """Return since when a rule counts that names no length of time for it, and no duty."""
    return None if rule.absences or not rule.presences else rule.presences[0].after


def _begins(rule: Rule) -> str:
    duty = first_absence(rule)
    start = duty.start if duty is not None else counted_since(rule)
    return condition(start.pattern, "t") if isinstance(start, EventStart) else "FALSE"


def _hurries(rule: Rule) -> str:
    duty = first_absence(rule)
    return condition(duty.sooner.pattern, "t") if duty is not None and duty.sooner else "FALSE"


def _any_of(patterns: tuple[TouchPattern, ...]) -> str:
    return " OR ".join(f"({condition(one, 't')})" for one in patterns) or "FALSE"


def _said_words(rule: Rule) -> frozenset[str]:
    patterns = list(looked_for(rule))
    duty = first_absence(rule)
    if duty is not None and isinstance(duty.start, EventStart):
        patterns.append(duty.start.pattern)
    if duty is not None and duty.sooner is not None:
        patterns.append(duty.sooner.pattern)
    return frozenset(word for one in patterns for word in one.says | one.lacks)


def _longest(rule: Rule) -> Length:
    lengths = [one.in_last for one in rule.presences if one.in_last] + [
        one.in_last for one in rule.ratios
    ]
    limits = [one.limit for one in rule.absences if isinstance(one.limit, Length)]
    return max((*lengths, *limits), key=lambda one: one.at_most())


def ask(connection: Connection, anchors: Mapping[str, dt.datetime | None]) -> None:
    """Lay the table `asked`: which records, and the anchors of their episodes."""
    table = pa.table(
        {
            "record_id": pa.array(list(anchors), pa.string()),
            "anchor": pa.array(list(anchors.values()), pa.timestamp("us", tz="UTC")),
        }
    )
    connection.register("asked_rows", table)
    connection.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT * FROM asked_rows")
    connection.unregister("asked_rows")
