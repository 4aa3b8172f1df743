"""The sentence model: what it tells apart, what it was trained on, and that it asks once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from rules.signals.notes.finding import NoteText, judge_notes
from rules.signals.purpose.judged import Contact
from rules.signals.purpose.model import (
    SentenceModel,
    load_model,
    open_encoder,
    read_numbers,
    why_no_model,
)
from rules.signals.purpose.model_features import LONGEST_MESSAGE, message_of
from tools import fit_notes, train_notes
from tools.fit_purpose import SOURCES, check_ins, digest_of
from tools.train_purpose import TARGET, train

SHIPPED: dict[str, Any] = json.loads(TARGET.read_text("utf-8"))

PAIRS = [
    ("Just wanted to say hi and see how it is all going over there.",
     "Just wanted to say the plumber cannot come, the valve he ordered was the wrong size."),
    ("Ich wollte mal wieder von mir hören lassen. Wie geht es Ihnen denn so?",
     "Ich wollte fragen, ob der Maler den Flur in Weiß oder in Creme streichen soll."),
    ("Je prends juste de vos nouvelles, tout se passe bien chez vous ?",
     "Je vous préviens juste que le camion a crevé, vos chaises arrivent demain."),
    ("Solo paso a saludar y a ver cómo sigue todo por allá.",
     "Solo paso a avisar que la nevera nueva no cabe por la puerta de la cocina."),
    ("Ik wilde gewoon even horen of alles goed gaat bij jullie.",
     "Ik wilde even doorgeven dat de schilder de verkeerde kleur heeft gebruikt."),
    ("Passei só para dar um alô e saber como estão as coisas.",
     "Passei só para avisar que o eletricista achou um fio queimado no forro."),
]  # fmt: skip


def contact(text: str) -> Contact:
    """Return a mail of ours."""
    return Contact(
        id="1", kind="email", direction="outbound", subject="", text=text,
        automated=None, planned=False,
    )  # fmt: skip


class Counting:
    """An encoder that counts the texts it was given."""

    def __init__(self) -> None:
        self.inner, self.asked = open_encoder(), 0

    def encode(self, texts: list[str]) -> Any:
        """Return what the encoder inside returns."""
        self.asked += len(texts)
        return self.inner.encode(texts)


def test_it_is_there_and_made_once():
    """With the extra there is a model, and no reason against it."""
    assert why_no_model() is None
    assert load_model() is load_model() is not None


@pytest.mark.parametrize(("empty", "full"), PAIRS)
def test_it_tells_an_empty_message_from_one_with_a_purpose(empty, full):
    """The same opening, and something said behind it or not; none of these was trained on."""
    without, with_ = load_model().purposeless([message_of(contact(one)) for one in (empty, full)])
    assert without >= 0.5 > with_


def test_what_is_quoted_does_not_reach_it():
    """Its message is the newest part alone."""
    below = "\n\nOn 3 May 2026 at 10:00, Ann Roe <ann@north.example> wrote:\n> Please sign page 3."
    assert message_of(contact("Any news?" + below)) == message_of(contact("Any news?"))


def test_it_was_trained_on_these_texts_and_on_none_kept_aside():
    """Whoever changes a text trains anew; `make test-model` says so."""
    digest = digest_of(check_ins())
    assert SHIPPED["texts"]["sha256"] == digest, "run: python -m tools.train_purpose"
    assert SOURCES == ("open", "more", "spent")


def test_training_anew_gives_the_shipped_numbers():
    """The numbers come from the script and the texts, from nothing else."""
    anew = train()
    texts = [message_of(contact(one)) for pair in PAIRS for one in pair]
    encoder = open_encoder()
    first, second = (
        SentenceModel(encoder, read_numbers(held)).purposeless(texts) for held in (SHIPPED, anew)
    )
    assert second == pytest.approx(first, abs=0.02)
    assert anew["figures"]["f1"] == pytest.approx(SHIPPED["figures"]["f1"], abs=0.01)


def test_it_is_as_good_as_it_must_be_on_texts_left_out():
    """Each text by numbers that were not fitted to it; those of `spent` are harder."""
    figures = SHIPPED["figures"]
    assert figures["f1"] >= 0.92
    assert figures["from 0.8 on"]["precision"] >= 0.97
    assert figures["from 0.8 on"]["recall"] >= 0.7
    assert set(figures["accuracy"]) == {"de", "en", "es", "fr", "nl", "pt"}
    assert min(figures["accuracy"].values()) >= 0.9


def test_a_message_is_judged_once():
    """What stands in many records costs once; another message costs again."""
    encoder = Counting()
    model = SentenceModel(encoder, read_numbers(SHIPPED))
    first = model.purposeless(["Any news?", "Any news?"])
    asked = encoder.asked
    assert model.purposeless(["Any news?"]) == first[:1]
    assert encoder.asked == asked
    model.purposeless(["Any news of the kiln?"])
    assert encoder.asked > asked


def test_a_message_is_the_same_in_any_company():
    """What else is judged with it makes no difference."""
    model = SentenceModel(open_encoder(), read_numbers(SHIPPED))
    alone = [SentenceModel(open_encoder(), read_numbers(SHIPPED)).purposeless([PAIRS[0][0]])[0]]
    assert model.purposeless([one for pair in PAIRS for one in pair])[:1] == pytest.approx(
        alone, abs=1e-4
    )


def test_a_very_long_message_is_cut_first():
    """Of a million characters the first ones decide; no text at all is judged too."""
    model = load_model()
    long = ("any news " * 120_000) + "\n>" * 1_000
    assert model.purposeless([long]) == pytest.approx(model.purposeless([long[:LONGEST_MESSAGE]]))
    assert 0 <= model.purposeless([""])[0] <= 1
    assert list(model.purposeless([])) == []


def test_the_shipped_file_is_small():
    """A few hundred kilobytes at most: it is data of the package."""
    assert Path(TARGET).stat().st_size < 300_000


# -- notes -----------------------------------------------------------------------------------

NOTES: dict[str, Any] = json.loads(train_notes.TARGET.read_text("utf-8"))


def test_notes_are_read_with_numbers_trained_on_the_texts_that_are_there():
    """Whoever changes a text or the script trains anew, and gets the same."""
    digest = hashlib.sha256(
        b"".join((fit_notes.TEXTS / one).read_bytes() for one in fit_notes.SOURCES)
    )
    assert NOTES["texts"]["sha256"] == digest.hexdigest(), "run: python -m tools.train_notes"
    assert all(not one.startswith("kept") for one in fit_notes.SOURCES)


def test_a_note_that_the_lexicon_leaves_open_is_judged_by_both():
    """What the model says counts beside the lexicon; what headings decide, it never changes."""
    headed = NoteText(id="1", text="Discussed: late trucks\nProposed: nothing\nNext: follow up")
    lines = (fit_notes.TEXTS / "open/notes2.jsonl").read_text("utf-8").splitlines()
    prose = [json.loads(line) for line in lines]
    texts = [headed, *(NoteText(id=row["id"], text=row["text"]) for row in prose[:80])]
    alone, both = judge_notes(texts), judge_notes(texts, model=load_model())
    assert alone[0] == both[0]
    assert alone != both
