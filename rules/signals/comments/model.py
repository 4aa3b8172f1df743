"""What the sentence model says of a comment: how likely each label is, by embeddings alone.

They are of the whole, of its first clause and of its last: what is meant often comes last.

The numbers are trained by `tools/train_comments.py` (`comments/model.json`). Nothing in here makes
an embedding, and nothing decides: the chances of the lexicon and of the model are put together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol, runtime_checkable

from rules.signals.comments.weighing import LABELS, Chances, chances_of
from rules.signals.words.word_files import shipped_text

LONGEST: Final = 2_000  # characters of a comment that the model reads
#: From this chance of the lexicon on the model is not asked.
SURE: Final = 0.97
_BETWEEN: Final = re.compile(r"(?<=[.!?…,;:–—])\s+|\s-\s")


@runtime_checkable
class OpinionModel(Protocol):
    """Whoever is asked what a comment says of us."""

    def opinions(self, texts: Sequence[str]) -> Sequence[Chances]:
        """Return for each text how likely each label is; together 1."""
        ...


@dataclass(frozen=True, kw_only=True)
class OpinionNumbers:
    """What was trained."""

    base: Any  # an array, a number for each label
    weights: Any  # a row for each place of the embeddings of whole, first and last clause
    share: float  # how much the model's word counts beside the lexicon's
    praise_from: float  # together, a lower chance is not enough to call a comment positive
    figures: Mapping[str, Any]  # what was measured when it was trained, and on what


def embedded_comments(encoder: Any, texts: Sequence[str]) -> Any:
    """Return a row for each text: the embeddings of the whole, its first clause, and its last."""
    stack = import_module("numpy").hstack
    parts = [_parts(one) for one in texts]
    some = list(dict.fromkeys(said for one in parts for said in one))
    place = {said: n for n, said in enumerate(some)}
    rows = encoder.encode(some)
    columns = zip(*([place[said] for said in one] for one in parts), strict=True)
    return stack([rows[list(one)] for one in columns])


def _parts(text: str) -> tuple[str, str, str]:
    clauses = [one for one in _BETWEEN.split(text) if one.strip()] or [text]
    return text, clauses[0], clauses[-1]


def opinions_in(embedded: Any, numbers: OpinionNumbers) -> list[Chances]:
    """Return how likely each label is for each row of embeddings."""
    scores = embedded @ numbers.weights + numbers.base
    return [chances_of(dict(zip(LABELS, row, strict=True))) for row in scores.tolist()]


def opinion_text() -> str:
    """Return the shipped numbers as they are written, for the version of the model."""
    return shipped_text("comments/model.json")


@cache
def shipped_opinions() -> OpinionNumbers:
    """Return the numbers that the package holds; ImportError without the extra."""
    return read_opinions(json.loads(opinion_text()))


def read_opinions(held: Mapping[str, Any]) -> OpinionNumbers:
    """Return the numbers from their JSON; weights are whole numbers of a unit."""
    array = import_module("numpy").array
    return OpinionNumbers(
        base=array(held["base"], dtype="float32"),
        weights=array(held["weights"], dtype="float32") * held["unit"],
        share=held["share"],
        praise_from=held["praise_from"],
        figures=held["figures"],
    )
