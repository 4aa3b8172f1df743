"""Touches: activities that reached the client, and how sure we are of each.

Grades follow `practices: C0`:

    A  certain   B  probable   C  weak   attempt  tried, not reached   -  not a touch

Which records a touch belongs to, `relations` says.
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

#: The grade of `a`, an activity that took place. First row that fits decides.
GRADE: Final = f"""CASE
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
