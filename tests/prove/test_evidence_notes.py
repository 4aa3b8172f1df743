"""Notes on conversations: what is still to add, and which note belongs to which conversation."""

from __future__ import annotations

from tests.rules.world import Row, activity, call, deal, found, mirror, shipped, stories

NOTES, NEXT = shipped("three-category-note"), shipped("next-purpose")
TALK = call("2026-11-05 15:00", duration_seconds=600)
FULL = "D: the audit. P: a second visit. N: agree who takes part in the second visit."


def note(when: str, **said: object) -> Row:
    """A note of Dana's on the client's contact, with all three answers."""
    usual = {"text": FULL, "deal_ids": [], "contact_ids": ["ann"]}
    return activity(when, "note", "n1", **{**usual, **said})


def lines(*activities: Row, now: str = "2026-11-06 16:00") -> list[tuple[str, ...]]:
    """What the finding on Dana rests on, if there is one."""
    world = mirror(deals=[deal()], activities=activities)
    return [one.evidence for one in found(world, NOTES, now)]


def test_what_is_to_add_is_named() -> None:
    """All three, or what is left of them, before the first of what stands there."""
    assert lines(TALK) == [
        (
            "5 Nov: call connected with Northwind, to add: what was discussed, what was proposed "
            "and what the next contact is for",
        )
    ]
    half = {**TALK, "text": "Discussed: the audit. Proposed: a second visit."}
    assert lines(half) == [
        (
            "5 Nov: call connected with Northwind, to add: what the next contact is for; "
            'so far: "the audit"',
        )
    ]


WHEN = [
    ("typed before the call was logged", note("2026-11-05 14:30"), True),
    ("the next day", note("2026-11-06 09:00"), True),
    ("on the account", note("2026-11-06 09:00", contact_ids=[], account_ids=["northwind"]), True),
    ("a colleague's", note("2026-11-06 09:00", owner_id="tom"), False),
    ("two days before", note("2026-11-03 15:00"), False),
    ("about nobody", note("2026-11-06 09:00", contact_ids=[]), False),
]


def test_a_note_beside_the_conversation() -> None:
    """Of the same person about the same client, wherever it is linked; no other is."""
    seen = {name: lines(TALK, written) == [] for name, written, _ in WHEN}
    assert seen == {name: counts for name, _, counts in WHEN}


def test_what_is_open_of_the_next_contact_is_named() -> None:
    """Its purpose, its day, or both."""
    task = activity("2026-11-18 00:00", "task", "t1", done=False)
    lacking = {
        "both": [TALK],
        "the purpose": [TALK, task],
        "the day": [TALK, note("2026-11-06 09:00")],
    }
    world = stories(
        {what: {"deals": [deal()], "activities": some} for what, some in lacking.items()}
    )
    told = {
        one.record_id.partition("/")[0]: one.evidence[1:]
        for one in found(world, NEXT, "2026-11-10 12:00")
    }
    purpose = "Nothing on record since then says what the next contact is for"
    assert told == {
        "both": ("Nothing is planned in the next 14 days", purpose),
        "the purpose": ("Something is planned for 18 Nov", purpose),
        "the day": ("Nothing is planned in the next 14 days",),
    }
