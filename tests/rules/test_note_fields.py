"""Fields of the org's own that hold the parts of a note: a filled one says what a text would."""

from __future__ import annotations

import pytest

from connectors.base import Batch
from rules.checked import Rule
from rules.evaluate import prepare
from rules.load import load
from rules.org import CustomField, Org
from tests.rules.world import activity, at, call, deal, judge, mirror, table
from worker import rule_files
from worker.mirror import transaction

NOW = "2026-11-19 12:00"
WORDS = ("discussed", "proposed", "next_purpose")
FIELDS = {
    word: CustomField(word=word, source=f"{word}__c", kind="text", doc="A part of a note.")
    for word in WORDS
}
ORG = Org(fields={"activity": FIELDS})
PACK = {rule.id: rule for rule in load([], shipped=rule_files.shipped())[0].shipped}
WHOLE = ("The audit", "No", "Agree the date of the audit")


def talk(*said: str | None) -> dict[str, object]:
    """A long call of Dana's on Tuesday with these fields, and no text."""
    fields = [(f"{word}__c", one) for word, one in zip(WORDS, said, strict=False) if one]
    return call("2026-11-17 10:00", "a1", duration_seconds=900, fields=fields)


def firing(rule: Rule, org: Org, *activities: dict[str, object]) -> bool:
    evaluation = judge(mirror(deals=[deal()], activities=[*activities]), rule, NOW, org)
    assert not evaluation.not_evaluable
    return bool(evaluation.firing(rule.id))


@pytest.mark.parametrize(
    ("said", "fires"),
    [
        (WHOLE, False),
        (("<p>The audit</p>", "<b>No</b>", "Agree the date"), False),
        (("The audit", "No"), True),
        (("The audit", "No", "tbd"), True),
        (("<p>&nbsp;</p>", "No", "Agree the date"), True),
        (("The audit", " - ", "Agree the date"), True),
        ((), True),
    ],
)
def test_three_filled_fields_are_a_note(said: tuple[str, ...], fires: bool) -> None:
    """A field that is empty, or holds no word, is no answer."""
    assert firing(PACK["three-category-note"], ORG, talk(*said)) is fires


def test_a_field_nobody_named_says_nothing() -> None:
    """What the org's fields mean, only the org can say; and it may say so later."""
    world = mirror(deals=[deal()], activities=[talk(*WHOLE)])
    rule = PACK["three-category-note"]
    told = [bool(judge(world, rule, NOW, org).firing(rule.id)) for org in (Org(), ORG, Org())]
    assert told == [True, False, True]


def test_a_field_that_is_filled_later_counts_from_then_on() -> None:
    """The activity comes again with its fields; nothing else of the mirror is read anew."""
    world, rule = (
        mirror(deals=[deal()], activities=[talk("The audit")]),
        PACK["three-category-note"],
    )
    assert judge(world, rule, NOW, ORG).firing(rule.id)
    (again,) = table("activities", [{**talk(*WHOLE), "modified_at": at(NOW)}]).to_batches()
    with transaction(world.connection):
        world.store(Batch("activities", again))
    prepare(world.connection, ORG, at(NOW), [rule])
    assert not judge(world, rule, NOW, ORG, laid_out=True).firing(rule.id)


def test_a_purpose_in_a_field_is_a_purpose_of_the_deal() -> None:
    """The rule for deals reads the same fields; a day for it is wanted as before."""
    ahead = activity("2026-11-25 10:00", "meeting", "a2", done=False)
    assert not firing(PACK["next-purpose"], ORG, talk(None, None, "Agree the date"), ahead)
    assert firing(PACK["next-purpose"], ORG, talk("The audit", "No"), ahead)
