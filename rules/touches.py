"""Touches: activities that reached the client, how sure we are of each, and who made them.

One pass over the mirror gives the table `touches` (deal, activity, at, grade, ...), which every
rule then filters. Grades and association follow `practices: C0`:

    A  certain   B  probable   C  weak   attempt  tried, not reached   -  not a touch

An activity belongs to a deal it is linked to. One linked to no deal at all belongs to the deals of
its contact or account: while they are open, from 14 days before they were created, and after they
are won; to a lost deal until 14 days after its end. One linked to *another* deal of the account
counts for a won deal (the client did hear from us), not for an open one (that talk was about
something else).

Our own tasks are no activities: the connector leaves them out, so no pattern can meet them.
"""

from __future__ import annotations

from typing import Final

#: Grade letter -> number in the `touches` table. A pattern asks for at least one of them.
GRADES: Final = {"A": 5, "B": 4, "C": 3, "D": 2, "attempt": 1}

#: RE2, case-insensitive: a note that speaks of a contact with the client (grade C).
CLAIMS_CONTACT: Final = (
    r"\b(met|spoke|talked|called|visited|lunch|coffee|call|meeting) with\b"
    r"|\bvisited\b|\bcalled (him|her|them)\b"
)

_TRIED: Final = "('no_answer', 'busy', 'voicemail', 'left_message')"
_NEVER: Final = "('wrong_number', 'canceled', 'no_show', 'bounced')"

#: First row that fits decides. `a` is an activity that took place.
_GRADE: Final = f"""CASE
    WHEN a.direction = 'internal' OR a.outcome IN {_NEVER} THEN 0
    WHEN a.outcome IN {_TRIED} THEN {GRADES["attempt"]}
    WHEN a.automated THEN 0
    WHEN a.kind = 'call' AND (a.outcome = 'connected' OR a.duration_seconds >= 60)
        THEN {GRADES["A"]}
    WHEN a.kind = 'call' AND a.duration_seconds BETWEEN 1 AND 59 THEN {GRADES["attempt"]}
    WHEN a.kind = 'call' AND a.text_length > 0 THEN {GRADES["B"]}
    WHEN a.kind = 'call' THEN {GRADES["C"]}
    WHEN a.kind = 'meeting' AND a.outsiders >= 1 AND (a.outcome = 'held' OR a.text_length > 0)
        THEN {GRADES["A"]}
    WHEN a.kind = 'meeting' AND a.outsiders >= 1 THEN {GRADES["B"]}
    WHEN a.kind = 'meeting' THEN {GRADES["C"]}
    WHEN a.kind = 'email' AND a.text_length = 0 AND a.automated IS NULL THEN {GRADES["C"]}
    WHEN a.kind = 'email' AND a.automated IS NULL THEN {GRADES["B"]}
    WHEN a.kind IN ('email', 'message') THEN {GRADES["A"]}
    WHEN a.kind = 'note' AND a.claims_contact THEN {GRADES["C"]}
    ELSE 0 END"""

#: People with who leads them: `people.yaml` before the CRM, by e-mail, whoever of two is active.
PEOPLE: Final = """CREATE OR REPLACE TEMP TABLE people_now AS
WITH named AS (
    SELECT lower(email) AS email, arg_max(id, (coalesce(active, FALSE), id)) AS id,
        arg_max(key, (coalesce(active, FALSE), id)) AS key
    FROM owners WHERE NOT deleted AND email IS NOT NULL GROUP BY lower(email)
)
SELECT o.* REPLACE (
    coalesce(n.id, o.manager_id) AS manager_id, coalesce(n.key, o.manager_key) AS manager_key,
    coalesce(m.time_zone, o.time_zone) AS time_zone)
FROM owners o
LEFT JOIN said_of_people m ON m.email = lower(o.email)
LEFT JOIN named n ON n.email = m.manager"""

#: Deals as rules see them: stage moments by the history, closing moment by stage entry.
#:
#: A stage was entered at the first row of the last unbroken run of history rows that name it: a
#: history row is also written when only the amount changes (`facts/salesforce.md` 3.5). Without
#: history, or while its last row still names another stage (the deal was read later than the
#: history), the CRM's own last stage change serves, then an older entry into the stage, then the
#: creation of the deal; for a closed deal whose moment nobody kept, 17:00 UTC of its close date
#: (`practices: C1`).
DEALS: Final = """CREATE OR REPLACE TEMP TABLE deals_now AS
WITH history AS (
    SELECT deal_key, stage, happened_at,
        lag(stage) OVER (PARTITION BY deal_key ORDER BY happened_at, id)
            IS DISTINCT FROM stage AS entered,
        last_value(stage) OVER (PARTITION BY deal_key ORDER BY happened_at, id
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS newest
    FROM stage_changes WHERE NOT deleted
), entries AS (
    SELECT h.deal_key, max(h.happened_at) AS entered_at, any_value(h.newest = h.stage) AS current
    FROM history h
    JOIN deals d ON d.key = h.deal_key AND d.stage = h.stage
    WHERE h.entered GROUP BY h.deal_key
), dated AS (
    SELECT d.*, coalesce(
        CASE WHEN e.current THEN e.entered_at END,
        d.stage_changed_at,
        e.entered_at,
        CASE WHEN d.state <> 'open'
            THEN timezone('UTC', d.close_date + INTERVAL 17 HOUR) END,
        d.created_at) AS stage_entered_at
    FROM deals d LEFT JOIN entries e ON e.deal_key = d.key
    WHERE NOT d.deleted
)
SELECT d.*,
    CASE WHEN d.state = 'won' THEN d.stage_entered_at END AS won_at,
    CASE WHEN d.state <> 'open' THEN d.stage_entered_at END AS closed_at,
    coalesce(s.word, d.stage) AS stage_word,
    o.key AS known_owner_key, o.name AS owner_name, o.manager_key, a.name AS account_name
FROM dated d
LEFT JOIN stage_words s ON s.stage = d.stage
LEFT JOIN people_now o ON o.key = d.owner_key
LEFT JOIN accounts a ON a.key = d.account_key"""

TOUCHES: Final = f"""CREATE OR REPLACE TEMP TABLE touches AS
WITH superseded AS (
    SELECT DISTINCT same_as_key AS key FROM activities WHERE same_as_key IS NOT NULL AND NOT deleted
), twins AS (
    SELECT a.key AS kept, l.target, l.target_key FROM activities a
    JOIN activity_links l ON l.activity_key = a.same_as_key WHERE NOT a.deleted
), linked AS (
    SELECT activity_key, target, target_key FROM activity_links
    UNION SELECT kept, target, target_key FROM twins
), read AS (
    SELECT activity_key, list(signal) AS signals FROM signals GROUP BY activity_key
), happened AS (
    SELECT a.key, a.id, a.kind, a.direction, a.outcome, a.happened_at, a.owner_key, a.automated,
        coalesce(r.signals, []) AS signals,
        {_GRADE} AS grade
    FROM activities a ANTI JOIN superseded s ON s.key = a.key
    LEFT JOIN read r ON r.activity_key = a.key
    WHERE a.done AND NOT a.deleted AND a.kind <> 'task'
), people AS (
    SELECT deal_key, contact_key FROM links WHERE NOT deleted AND contact_key IS NOT NULL
), near AS (
    SELECT l.activity_key, d.key AS deal_key FROM linked l
    JOIN deals_now d ON d.account_key = l.target_key AND l.target = 'account'
    UNION SELECT l.activity_key, p.deal_key FROM linked l
    JOIN people p ON p.contact_key = l.target_key AND l.target = 'contact'
), elsewhere AS (
    SELECT DISTINCT activity_key FROM linked WHERE target = 'deal'
), belongs AS (
    SELECT activity_key, target_key AS deal_key FROM linked WHERE target = 'deal'
    UNION
    SELECT n.activity_key, n.deal_key FROM near n
    JOIN happened h ON h.key = n.activity_key
    JOIN deals_now d ON d.key = n.deal_key
    LEFT JOIN elsewhere e ON e.activity_key = n.activity_key
    WHERE h.happened_at >= d.created_at - INTERVAL 14 DAY
        AND (d.state = 'won' OR e.activity_key IS NULL)
        AND (d.state <> 'lost' OR h.happened_at <= d.closed_at + INTERVAL 14 DAY)
)
SELECT b.deal_key, h.key AS activity_key, h.id AS activity_id, h.kind, h.direction, h.outcome,
    h.happened_at, h.grade, h.automated, h.signals, h.owner_key, o.name AS by_name,
    h.kind IN ('call', 'meeting', 'note') OR h.direction = 'inbound' AS two_way,
    h.direction IS DISTINCT FROM 'inbound' AS ours,
    CASE
        WHEN h.direction = 'inbound' AND h.kind IN ('email', 'message') THEN NULL
        WHEN h.owner_key = d.owner_key THEN 'owner'
        WHEN h.owner_key = d.manager_key THEN 'manager'
        WHEN o.manager_key = d.manager_key THEN 'team'
        WHEN h.owner_key IS NOT NULL THEN 'other'
    END AS who
FROM belongs b
JOIN happened h ON h.key = b.activity_key
JOIN deals_now d ON d.key = b.deal_key
LEFT JOIN people_now o ON o.key = h.owner_key"""
