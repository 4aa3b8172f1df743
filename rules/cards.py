"""Ask the mirror what a finding rests on: its record, the people around it, and its touches.

One SELECT gives a card for every record that is asked about, whatever a rule is for; another its
touches, with whether each is one the rule looks for. Works on the connection it is given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from rules import select
from rules.asked import DEALS_OF, LINKS_OF_RECORDS, LINKS_OF_TOUCHES, lay_touches, people_in
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


#: What a card says of a deal: the column, and what it is called there.
_OF_DEAL: Final[Mapping[str, str]] = {"id": "deal_id"} | {
    name: name
    for name in (
        *("name", "stage", "state", "amount", "currency", "close_date", "next_step"),
        *("created_at", "won_at", "closed_at", "stage_entered_at"),
    )
}


def _cards(subject: str) -> str:
    deal, account, contact, name = _KEYS[subject]
    with_deal = subject in DEALS_OF
    deal, account, contact = (_KEY.format(key=key) for key in (deal, account, contact))
    of_deal = ", ".join(
        f"{f'd.{column}' if with_deal else 'NULL'} AS {called}"
        for column, called in _OF_DEAL.items()
    )
    main = "coalesce(k.of_contact_key, x.contact_key)" if with_deal else "k.of_contact_key"
    people, of_people = "NULL", ""
    if subject == "activity":
        people = "p.people"
        of_people = f"LEFT JOIN ({people_in(LINKS_OF_RECORDS)}) p ON p.activity_key = k.judged"
    return f"""WITH keyed AS (
    SELECT s.key AS judged, s.id AS record_id, {name} AS record_name, s.owner_key AS judged_key,
        {deal} AS of_deal_key, {account} AS of_account_key, {contact} AS of_contact_key
    FROM asked_records s
)
SELECT k.record_id, k.record_name, {of_deal},
    o.id AS owner_id, o.name AS owner_name, o.email AS owner_email, o.time_zone,
    m.name AS manager_name, a.id AS account_id, a.name AS account_name,
    ao.id AS account_owner_id, c.id AS contact_id, c.name AS contact_name, {people} AS people
FROM keyed k
{_JOINED_DEAL.format(deals=DEALS_OF[subject]) if with_deal else ""}
LEFT JOIN people_now o ON o.key = k.judged_key
LEFT JOIN people_now m ON m.key = o.manager_key
LEFT JOIN accounts a ON a.key = k.of_account_key AND NOT a.deleted
LEFT JOIN people_now ao ON ao.key = a.owner_key
LEFT JOIN contacts c ON c.key = {main}
{of_people}
ORDER BY k.record_id"""


#: The deal of a record, and of the people at it the first.
_JOINED_DEAL: Final = """LEFT JOIN {deals} d ON d.key = k.of_deal_key
LEFT JOIN (
    SELECT l.deal_key, arg_max(c.key, (coalesce(l.is_primary, FALSE), l.modified_at)) AS contact_key
    FROM links l JOIN contacts c ON c.key = l.contact_key
    SEMI JOIN {deals} q ON q.key = l.deal_key
    WHERE NOT l.deleted AND NOT c.deleted GROUP BY l.deal_key
) x ON x.deal_key = k.of_deal_key"""


def cards(connection: Connection, subject: str) -> list[Card]:
    """Return the card of every record that is asked about, by id; who is gone has none."""
    return list(select.rows(connection, _cards(subject)))


def touches(connection: Connection, rule: Rule, as_of: dt.datetime) -> dict[str, list[Touch]]:
    """Return the touches of every record that is asked about, oldest first, by the record's id.

    `counts` is whether the rule looks for it, `begins` whether it starts its clock, `hurries`
    whether it makes it due sooner, `whole` whether a ratio compares with it; `said` is the sentence
    that made it so, or of a text that lacks something the first of what it does say.
    """
    since = None
    if rule.subject == "owner":  # of a person, what the rule counts and no more
        since = as_of - _longest(rule).at_most() - _LEAVE
    lay_touches(connection, rule.subject, as_of, since)
    found: dict[str, list[Touch]] = {}
    for row in select.rows(connection, _touches(rule)):
        found.setdefault(row["record_id"], []).append(row)
    return found


#: Business time passes leave and holidays by: so much longer a window can reach back.
_LEAVE: Final = dt.timedelta(days=60)


def _touches(rule: Rule) -> str:
    main = _any_of(looked_for(rule))
    begins, hurries = _begins(rule), _hurries(rule)
    whole = condition(rule.ratios[0].to, "t") if rule.ratios else "FALSE"
    words = ", ".join(literal(word) for word in sorted(_said_words(rule)))
    joined = f"LEFT JOIN ({_SAID.format(words=words)}) g ON g.activity_key = t.activity_key"
    clients = f"LEFT JOIN ({_CLIENTS}) k ON k.activity_key = t.activity_key"
    owner = rule.subject == "owner"
    return f"""SELECT t.record_id, a.id AS activity_id, t.kind, t.direction, t.outcome, t.grade,
    t.automated, t.who, a.owner_key IS NOT NULL AS ours_by, o.id AS by_id, o.name AS by_name,
    t.happened_at, t.ends_at, t.due_at, t.signals, t.happened_at > t.anchor AS since,
    t.note_due_at, {END_OF_DAY.format(moment="t.note_due_at")} AS named_until,
    coalesce(t.happened_at = t.anchor, FALSE) AS at_anchor,
    ({main}) IS TRUE AS counts, ({begins}) IS TRUE AS begins, ({hurries}) IS TRUE AS hurries,
    ({whole}) IS TRUE AS whole, {"g.said" if words else "NULL"} AS said,
    {"k.client" if owner else "NULL"} AS client, p.people, d.deal_id
FROM asked_touches t
JOIN asked_activities a ON a.key = t.activity_key
LEFT JOIN people_now o ON o.key = a.owner_key
LEFT JOIN ({people_in(LINKS_OF_TOUCHES)}) p ON p.activity_key = t.activity_key
LEFT JOIN ({_DEALS}) d ON d.activity_key = t.activity_key
{joined if words else ""} {clients if owner else ""}
ORDER BY t.record_id, t.happened_at, a.id"""


#: The sentence that a text was heard by; of several, always the same.
_SAID: Final = """SELECT g.activity_key, arg_min(g.said, g.signal || g.said) AS said
    FROM signals g SEMI JOIN asked_activities a ON a.key = g.activity_key
    WHERE g.signal IN ({words}) GROUP BY g.activity_key"""

#: The one deal an activity is linked to; NULL where there is none, or several.
_DEALS: Final = f"""SELECT l.activity_key,
        CASE WHEN count(DISTINCT d.id) = 1 THEN min(d.id) END AS deal_id
    FROM {LINKS_OF_TOUCHES} l JOIN deals d ON d.key = l.target_key AND NOT d.deleted
    WHERE l.target = 'deal' GROUP BY l.activity_key"""

#: Which client an activity was with, by name; of several, the first in the alphabet.
_CLIENTS: Final = f"""SELECT l.activity_key, min(coalesce(a.name, f.name, d.name)) AS client
    FROM {LINKS_OF_TOUCHES} l
    LEFT JOIN contacts c ON c.key = l.target_key AND l.target = 'contact'
    LEFT JOIN deals d ON d.key = l.target_key AND l.target = 'deal' AND NOT d.deleted
    LEFT JOIN accounts f ON f.key = d.account_key
    LEFT JOIN accounts a ON a.key = coalesce(
        c.account_key, CASE WHEN l.target = 'account' THEN l.target_key END)
    GROUP BY l.activity_key"""


def planned(
    connection: Connection, rule: Rule, as_of: dt.datetime
) -> dict[str, tuple[dt.datetime, dt.datetime]]:
    """Return what lies ahead next of what the duty of a rule wants, by record asked about.

    Until when it does, and a moment of its day: a task is due on a day, whatever the time zone.
    """
    duty = first_absence(rule)
    kinds = [one.kinds for one in duty.events if isinstance(one, Planned)] if duty else []
    if not kinds:
        return {}
    _, group, column = TABLES[rule.subject]
    wanted = ", ".join(literal(kind) for kind in sorted(frozenset().union(*kinds)))
    sql = f"""SELECT q.record_id, min(p.happened_at) AS until, min(CASE WHEN p.kind = 'meeting'
    THEN p.happened_at ELSE p.happened_at - INTERVAL 12 HOUR END) AS day
FROM asked q JOIN asked_records s ON s.key = q.key
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
