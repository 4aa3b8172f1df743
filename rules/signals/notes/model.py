"""What the sentence model says of the clauses of a note, by their embeddings alone.

The numbers are trained by `tools/train_notes.py` (`notes/model.json`). Nothing in here makes an
embedding, and nothing decides: what the lexicon and the model say is put together by their odds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol, runtime_checkable

from rules.signals.notes.weighing import DISCUSSED, NEXT, PROPOSED
from rules.signals.words.word_files import shipped_text

#: Beyond these chances of the lexicon the model is not asked.
LEFT_OPEN: Final = (0.03, 0.97)
#: The categories in the order of the columns of weights.
CATEGORIES: Final = (DISCUSSED, PROPOSED, NEXT)
_LONGEST: Final = 600  # characters of a clause, or a sentence, that the model reads

#: A clause and the sentence that it stands in.
Pair = tuple[str, str]
Scores = Mapping[str, float]


@runtime_checkable
class NoteModel(Protocol):
    """Whoever is asked what a clause of a note tells."""

    def tellings(self, pairs: Sequence[Pair]) -> Sequence[Scores]:
        """Return for each clause, beside its sentence, a score for each category."""
        ...


@dataclass(frozen=True, kw_only=True)
class NoteNumbers:
    """What was trained."""

    base: Any  # an array, a number for each category
    weights: Any  # a row for each place of the embeddings of clause and sentence
    share: float  # how much the model's word counts, of 1
    figures: Mapping[str, Any]  # what was measured when it was trained, and on what


def embedded_pairs(encoder: Any, pairs: Sequence[Pair]) -> Any:
    """Return a row for each pair: the embedding of the clause, then that of the sentence."""
    stack = import_module("numpy").hstack
    texts = [one[:_LONGEST] for one in dict.fromkeys(text for pair in pairs for text in pair)]
    place = {text: n for n, text in enumerate(texts)}
    rows = encoder.encode(texts)
    columns = ([place[pair[n][:_LONGEST]] for pair in pairs] for n in (0, 1))
    return stack([rows[some] for some in columns])


def tellings_in(embedded: Any, numbers: NoteNumbers) -> list[Scores]:
    """Return the scores of each row; more than nought speaks for the category."""
    scores = embedded @ numbers.weights + numbers.base
    return [dict(zip(CATEGORIES, row, strict=True)) for row in scores.tolist()]


def note_text() -> str:
    """Return the shipped numbers as they are written, for the version of the model."""
    return shipped_text("notes/model.json")


@cache
def shipped_numbers() -> NoteNumbers:
    """Return the numbers that the package holds; ImportError without the extra."""
    return read_numbers(json.loads(note_text()))


def read_numbers(held: Mapping[str, Any]) -> NoteNumbers:
    """Return the numbers from their JSON; weights are whole numbers of a unit."""
    array = import_module("numpy").array
    return NoteNumbers(
        base=array(held["base"], dtype="float32"),
        weights=array(held["weights"], dtype="float32").T * held["unit"],
        share=held["share"],
        figures=held["figures"],
    )
