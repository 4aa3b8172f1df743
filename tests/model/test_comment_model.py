"""What the sentence model says of comments: beside the lexicon, trained on these texts alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from rules.signals.comments.judging import CommentText, judge_comments
from rules.signals.comments.model import OpinionModel
from rules.signals.comments.weighing import LABELS
from rules.signals.purpose.model import load_model
from tools.fit_comments import SOURCES
from tools.train_comments import TARGET, digest, train

SHIPPED: Final[dict[str, Any]] = json.loads(TARGET.read_text("utf-8"))


def test_it_has_a_word_on_comments():
    """The model of purpose speaks of comments, too: chances of all labels that make one."""
    model = load_model()
    assert isinstance(model, OpinionModel)
    (said,) = model.opinions(["Your van blocks our gate."])
    assert set(said) == set(LABELS)
    assert sum(said.values()) == pytest.approx(1)
    assert list(model.opinions([])) == []


def test_what_the_lexicon_is_sure_of_it_leaves_alone():
    """Plain praise stays praise, a complaint a complaint, with or without the model."""
    texts = [
        CommentText(id="1", text="Superb work, we would recommend you to everybody."),
        CommentText(id="2", text="A disgrace. Late again, rude again, and broken again."),
    ]
    assert judge_comments(texts, load_model()) == judge_comments(texts)


def test_it_was_trained_on_these_texts_and_on_none_kept_aside():
    """Whoever changes a text trains anew; `make test-model` says so."""
    assert SHIPPED["texts"]["sha256"] == digest(), "run: python -m tools.train_comments"
    assert not any(name.startswith("kept") for name in SOURCES)


def test_training_anew_gives_the_shipped_numbers():
    """The numbers come from the script and the texts, from nothing else."""
    anew = train()
    for name in ("share", "praise_from"):
        assert anew[name] == SHIPPED[name]
    assert anew["base"] == pytest.approx(SHIPPED["base"], abs=0.02)
    assert anew["figures"]["macro_f1"] == pytest.approx(SHIPPED["figures"]["macro_f1"], abs=0.01)


def test_it_is_as_good_as_it_must_be_on_texts_left_out():
    """Better than the lexicon alone, in every language better than any one label."""
    figures = SHIPPED["figures"]
    assert figures["macro_f1"] >= 0.76
    assert figures["macro_f1"] > figures["lexicon alone"]["macro_f1"]
    assert figures["praise_precision"] >= 0.88
    assert min(figures["by language"].values()) >= 0.7


def test_the_shipped_file_is_small():
    """Some ten kilobytes: it is data of the package."""
    assert Path(TARGET).stat().st_size < 30_000
