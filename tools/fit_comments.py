"""Fit the points of the scorecard of comments to labelled texts and print them as YAML.

Reads the comments in `tests/texts/open`, `spent` and `more`, never what is kept aside. The points
are pulled towards what common sense says, for the texts are few and the word lists know them. Needs
numpy (the extra `[model]`). Usage: `python -m tools.fit_comments > scorecard.yaml`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from rules.signals.comments.judging import CommentText, counted_comments
from rules.signals.comments.weighing import DOUBTED, LABELS, MIXED, NEGATIVE, NEUTRAL, POSITIVE

TEXTS: Final = Path(__file__).resolve().parents[1] / "tests" / "texts"
PLAIN: Final = "more/comments_plain.jsonl"
SOURCES: Final = (
    "open/comments.jsonl",
    "open/comments2.jsonl",
    "spent/comments.jsonl",
    "more/comments.jsonl",
    PLAIN,
)
_TITLE: Final = "# Points of each count for each label, fitted by tools/fit_comments.py."
FOLDS: Final = 8
#: No fold: a text that is fitted to in the end, and to nothing that is measured.
LEFT_OUT: Final = -2
#: How hard the points are held to common sense, in texts.
PULL: Final = 8.0
_STEPS: Final = 600
#: A comment is called positive from the chance on at which this share is.
PRECISE: Final = 0.89

_P, _N, _O, _M = POSITIVE, NEGATIVE, NEUTRAL, MIXED
#: What common sense says, before any text was seen; what is not named has no points.
_SENSE: Final[Mapping[str, Mapping[str, float]]] = {
    "praise": {_P: 0.9, _M: 0.3, _O: -0.6, _N: -0.3},
    "good": {_P: 0.4, _M: 0.3, _O: -0.2, _N: -0.3},
    "bad": {_N: 0.5, _M: 0.4, _O: -0.2, _P: -0.4},
    "awful": {_N: 0.9, _M: 0.3, _O: -0.6, _P: -0.8},
    "not_bad": {_P: 0.3, _M: 0.2, _O: -0.2},
    "not_good": {_N: 0.4, _M: 0.2, _O: -0.2, _P: -0.2},
    "was_good": {_M: 0.2, _N: 0.5, _P: -0.3},
    "wished": {_N: 0.3},
    "asked_good": {_O: 0.3},
    "asked_bad": {_N: 0.3},
    "others_good": {_O: 0.2},
    "others_bad": {_O: 0.4},
    "rival_good": {_N: 0.4},
    "rival_bad": {_P: 0.3},
    "only_good": {_P: 1.0, _N: -0.5, _O: -0.3, _M: -0.5},
    "only_bad": {_N: 1.0, _P: -0.5, _O: -0.3, _M: -0.5},
    "both": {_M: 0.7, _O: -0.4},
    "both_parted": {_M: 0.7},
    "both_apart": {_M: 0.4},
    "both_short": {_M: 0.3},
    "even": {_M: 0.4},
    "bad_solved": {_P: 0.3, _N: -0.2},
    "balance": {_P: 0.8, _N: -0.8},
    "good_then_but": {_M: 0.7, _P: -0.3},
    "bad_then_but": {_M: 0.3},
    "last": {_P: 0.2, _N: -0.2},
    "cheered": {_N: 0.2},
    "cheered_at": {_N: 1.3, _P: -0.8, _M: -0.5},
    "colon": {_N: 0.6, _P: -0.4},
    "good_solved": {_P: 0.3},
    "loose": {_N: 0.2},
    "good_then_cut": {_M: 1.2, _P: -0.6},
    "good_then_not": {_M: 0.5, _P: -0.2},
    "said_apart": {_O: 0.6, _N: -0.3},
    "questions": {_O: 0.3},
    "nothing": {_O: 1.2, _M: -0.8, _P: -0.4, _N: -0.2},
    "length": {_M: 0.2},
    "said_but": {_M: 0.3},
    "said_again": {_N: 0.2},
    "said_solved": {_P: 0.2},
    "said_faint": {_N: 0.3, _P: -0.3},
    "said_others": {_O: 0.1},
    "said_ask": {_O: 0.3},
    "said_idle": {_O: 0.1},
    "said_thanked": {_P: 0.2},
    "said_fate": {_O: 0.4},
    "thanks_good": {_P: 0.4, _O: -0.2},
    "nothing_thanks": {_O: 0.4},
    "said_told": {_N: 0.2},
    "said_forced": {_N: 0.2},
    "only_was": {_N: 0.6, _P: -0.6},
    "feared_good": {_P: 0.6, _N: -0.3},
    "thanked_planned": {_O: 0.4, _P: -0.3},
    "agreed": {_O: 0.6, _P: -0.4},
    "clear_praise": {_P: 0.5},
    "nothing_planned": {_O: 0.3},
}  # fmt: skip

Row = Mapping[str, float]
Array = Any  # of numpy


def main() -> None:
    """Write the points, and on the error stream how well they do on texts not fitted to."""
    rows = labelled()
    names, counted, labels = table(rows)
    measured = folds_of(rows)
    chances = chances_apart(names, counted, labels, measured)[measured >= 0]
    true = labels[measured >= 0]
    cut = praise_cut(chances, true)
    figures = figures_of(chances, true, cut, doubts(names, counted)[measured >= 0])
    sys.stderr.write(json.dumps(figures, indent=1) + "\n")
    base, points = fit(names, counted, labels)
    lines = [
        _TITLE,
        f"# {len(true)} texts, each judged by points not fitted to it: {json.dumps(figures)}",
        f"praise_from: {cut}",
        f"base: {_labelled(base)}",
        "points:",
        *(f"  {name}: {_labelled(row)}" for name, row in zip(names, points, strict=True)),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def labelled() -> list[dict[str, Any]]:
    """Return the labelled texts, each with the file it is from."""
    return [
        {**json.loads(one), "from": name}
        for name in SOURCES
        for one in (TEXTS / name).read_text("utf-8").splitlines()
    ]


def folds_of(rows: Sequence[Mapping[str, str]]) -> Array:
    """Return the fold of each text: by its id, so that it stays when others come.

    Those in `more` translate one another, and are easier than some: -1, never measured. The plain
    ones are measured, those in English, and the others left out meanwhile (-2): they say the same.
    """
    return np.array([_fold(row) for row in rows])


def _fold(row: Mapping[str, str]) -> int:
    plain = row["from"] == PLAIN
    if row["from"].startswith("more") and not (plain and row["lang"] == "en"):
        return LEFT_OUT if plain else -1
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % FOLDS


def table(rows: Sequence[Mapping[str, str]]) -> tuple[list[str], Array, Array]:
    """Return the names of the counts, the counts of each text, and the place of its label."""
    some = counted_comments([CommentText(id=row["id"], text=row["text"]) for row in rows])
    names = list(some[0])
    counted = np.array([[one[name] for name in names] for one in some])
    return names, counted, np.array([LABELS.index(row["label"]) for row in rows])


def sense(names: Sequence[str]) -> Array:
    """Return the points of common sense, a row a count, and the bases last."""
    rows = [[_SENSE.get(name, {}).get(label, 0.0) for label in LABELS] for name in names]
    return np.array([*rows, [0.0] * len(LABELS)])


def fit(names: Sequence[str], counted: Array, labels: Array) -> tuple[Array, Array]:
    """Return bases and points that tell the labels best, held to common sense."""
    points = descend(counted, labels, sense(names), PULL)
    return points[-1], points[:-1]


def descend(rows: Array, labels: Array, start: Array, pull: float) -> Array:
    """Return the points that tell the labels best, bases last, held to `start` by `pull`."""
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    true = np.eye(len(LABELS))[labels]
    steepest = 0.5 * np.linalg.norm(rows, 2) ** 2 + pull
    points = here = start.copy()
    pace = 1.0
    for _ in range(_STEPS):
        slope = rows.T @ (shares(rows @ here) - true) + pull * (here - start)
        new = here - slope / steepest
        quicker = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        here, points, pace = new + (pace - 1) / quicker * (new - points), new, quicker
    return points


def shares(scores: Array) -> Array:
    """Return scores as chances, a row a text."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def chances_apart(names: Sequence[str], counted: Array, labels: Array, folds: Array) -> Array:
    """Return the chances of each text by points that were not fitted to it."""
    chances = np.zeros((len(labels), len(LABELS)))
    for fold in range(FOLDS):
        apart = folds == fold
        others = ~apart & (folds > LEFT_OUT)
        base, points = fit(names, counted[others], labels[others])
        chances[apart] = shares(counted[apart] @ points + base)
    return chances


def said_labels(chances: Array, cut: float, doubted: Array) -> Array:
    """Return the place of the label that would be said, as `likeliest` says it."""
    said = chances.argmax(axis=1)
    others = np.where(doubted, chances[:, 1:].argmax(axis=1) + 1, LABELS.index(NEUTRAL))
    return np.where((said == 0) & (chances[:, 0] < cut), others, said)


def praise_cut(chances: Array, labels: Array, precise: float = PRECISE) -> float:
    """Return the lowest chance from which on that share of what is praised is praise."""
    praised = chances.argmax(axis=1) == 0
    for cut in np.arange(0.3, 0.9, 0.02):
        called = praised & (chances[:, 0] >= cut)
        if called.any() and (labels[called] == 0).mean() >= precise:
            return round(float(cut), 2)
    return 0.9


def doubts(names: Sequence[str], counted: Array) -> Array:
    """Return of which texts something was heard that is no good word."""
    told: Array = counted[:, names.index(DOUBTED)] > 0
    return told


def figures_of(chances: Array, labels: Array, cut: float, doubted: Array) -> dict[str, Any]:
    """Return the macro F1, that of each label, the precision of praise, and its cut."""
    said = said_labels(chances, cut, doubted)
    f1 = [
        2 * ((said == n) & (labels == n)).sum() / max(1, (said == n).sum() + (labels == n).sum())
        for n in range(len(LABELS))
    ]
    return {
        "macro_f1": round(float(np.mean(f1)), 3),
        "f1": {label: round(float(one), 3) for label, one in zip(LABELS, f1, strict=True)},
        "praise_precision": round(float((labels[said == 0] == 0).mean()), 3),
        "praise_from": cut,
    }


def _labelled(row: Array) -> str:
    some = ", ".join(f"{label}: {value:.2f}" for label, value in zip(LABELS, row, strict=True))
    return f"{{{some}}}"


if __name__ == "__main__":
    main()
