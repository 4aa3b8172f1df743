"""Train what the spelling of a comment says, and write it as `comments/spelled.json`.

Reads the same texts as `tools/fit_comments.py`, whose points must be shipped already: how much the
spelling counts beside the card, and from which chance on praise is called praise, are chosen on
hands that neither was fitted to. Needs numpy (the extra `[model]`).
Usage: `python -m tools.spell_comments`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from rules.signals.comments.judging import CommentText, read_text
from rules.signals.comments.spelled import marks_of
from rules.signals.comments.weighing import LABELS
from tools.fit_comments import (
    all_figures,
    chances_apart,
    folds_of,
    labelled,
    left_out,
    settled,
    shares,
    table,
    told_of,
)
from tools.shipping import ship

TARGET: Final = (
    Path(__file__).resolve().parents[1] / "rules" / "signals" / "comments" / "spelled.json"
)
SIZE: Final = 16_384  # numbers for words, pairs and pieces
#: How hard the numbers are held to nought; chosen by the figures on hands left out.
PULL: Final = 0.4
#: How much the spelling may count beside the card: with more, plain comments are read worse.
_SHARES: Final = (0.4, 0.5, 0.6, 0.7)
_STEPS: Final = 100
_FINE: Final = 200  # the largest number is so many units

Array = Any  # of numpy


def main() -> None:
    """Train, say what was measured, and write the numbers."""
    ship(train(), TARGET)


def train() -> dict[str, Any]:
    """Return what is shipped: the figures and the numbers."""
    rows = labelled()
    names, counted, labels = table(rows)
    folds = folds_of(rows)
    card = logs(chances_apart(names, counted, labels, folds))
    marks = marked(rows)
    spelled = logs(spelled_apart(marks, labels, folds))
    told = told_of(names, counted)
    share, cut = settled(card, spelled, labels, folds, told, _SHARES)
    chances = shares(card + share * spelled)
    weights, base = _weights(marks, dual(_alike(marks), labels))
    unit = float(np.abs(weights).max()) / _FINE
    return {
        "figures": all_figures(chances, labels, folds, cut, told),
        "share": share,
        "praise_from": cut,
        "base": [round(float(one), 5) for one in base],
        "unit": float(f"{unit:.6g}"),
        "weights": np.rint(weights / unit).astype(int).tolist(),
    }


def shipped() -> dict[str, Any]:
    """Return what is shipped."""
    held: dict[str, Any] = json.loads(TARGET.read_text("utf-8"))
    return held


def logs(chances: Array) -> Array:
    """Return the logarithms of chances, none of them nearer to nought than is put together."""
    return np.log(np.maximum(chances, 1e-4))


def marked(rows: Sequence[Mapping[str, str]]) -> Array:
    """Return how much of each mark is in each text, a row a text."""
    marks = np.zeros((len(rows), SIZE), np.float32)
    for n, row in enumerate(rows):
        for at, value in marks_of(
            read_text(CommentText(id=row["id"], text=row["text"])), SIZE
        ).items():
            marks[n, at] = value
    return marks


def spelled_apart(marks: Array, labels: Array, folds: Array) -> Array:
    """Return the chances of each text by numbers that were not fitted to it."""
    chances = np.zeros((len(labels), len(LABELS)))
    alike = _alike(marks)
    for apart, others in left_out(folds):
        numbers = dual(alike[np.ix_(others, others)], labels[others])
        chances[apart] = shares((alike[np.ix_(apart, others)] + 1) @ numbers)
    return chances


def dual(alike: Array, labels: Array) -> Array:
    """Return how much each text counts for each label, so that all labels are told best.

    The descent of `fit_comments.descend`, in the span of the texts, which are fewer than marks; the
    bases are the marks that all texts have, hence the 1 that is added.
    """
    alike = alike + np.float32(1)
    true = np.eye(len(LABELS), dtype=np.float32)[labels]
    steepest = 0.5 * _largest(alike) + PULL
    numbers = here = np.zeros_like(true)
    pace = 1.0
    for _ in range(_STEPS):
        new = here - (shares(alike @ here) - true + PULL * here) / steepest
        quicker = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        here, numbers, pace = new + (pace - 1) / quicker * (new - numbers), new, quicker
        here = here.astype(np.float32)
    return numbers


def _largest(alike: Array) -> float:
    """Return a bound a little above the largest eigenvalue."""
    side = np.ones(len(alike), np.float32)
    for _ in range(12):
        turned = alike @ side
        side = turned / np.linalg.norm(turned)
    return 1.05 * float(np.linalg.norm(alike @ side))


def _alike(marks: Array) -> Array:
    """Return how alike each two texts are; a text has few of the marks."""
    turned = np.ascontiguousarray(marks.T)
    held = [(row[np.flatnonzero(row)], np.flatnonzero(row)) for row in marks]
    return np.array([values @ turned[at] for values, at in held])


def _weights(marks: Array, numbers: Array) -> tuple[Array, Array]:
    """Return for each label a row of numbers for the marks, and its base."""
    return numbers.T @ marks, numbers.sum(axis=0)


if __name__ == "__main__":
    main()
