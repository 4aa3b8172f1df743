"""Fit the points of the scorecard of comments to labelled texts and print them as YAML.

Reads the comments in `tests/texts/open`, `spent` and `more`, never what is kept aside. The points
are pulled towards what common sense says, for the texts are few and the word lists know them. Needs
numpy (the extra `[model]`). Usage: `python -m tools.fit_comments > scorecard.yaml`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from rules.signals.comments.judging import CommentText, counted_comments
from rules.signals.comments.weighing import (
    CLEAR,
    CLEAR_FROM,
    DOUBTED,
    LABELS,
    MIXED,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
)

TEXTS: Final = Path(__file__).resolve().parents[1] / "tests" / "texts"
PLAIN: Final = "more/comments_plain.jsonl"
#: Written by hands that nothing else is from, and that no list was made from: each is left out
#: whole, and judged by what was fitted to all others. Methods, shares and cuts are chosen by these.
HANDS: Final = ("spent/comments2.jsonl", "spent/comments3.jsonl", "more/comments_hard.jsonl")
SOURCES: Final = (
    "open/comments.jsonl",
    "open/comments2.jsonl",
    "spent/comments.jsonl",
    "more/comments.jsonl",
    "more/comments_told.jsonl",
    PLAIN,
    *HANDS,
)
_TITLE: Final = "# Points of each count for each label, fitted by tools/fit_comments.py."
FOLDS: Final = 8
#: No fold: a text that is fitted to in the end, and to no fold that is measured.
LEFT_OUT: Final = -2
#: How hard the points are held to common sense, in texts.
PULL: Final = 8.0
_STEPS: Final = 400
_TURNS: Final = 30
#: The precision of praise that is asked for, a mean of the hands left out.
PRECISE: Final = 0.77

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
    folds = folds_of(rows)
    chances = chances_apart(names, counted, labels, folds)
    figures = all_figures(chances, labels, folds, 0.0, told_of(names, counted))
    sys.stderr.write(json.dumps(figures, indent=1) + "\n")
    base, points = fit(names, counted, labels)
    lines = [
        _TITLE,
        f"# {len(labels)} texts, each judged by points not fitted to it: {json.dumps(figures)}",
        f"base: {_labelled(base)}",
        "points:",
        *(f"  {name}: {_labelled(row)}" for name, row in zip(names, points, strict=True)),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def labelled() -> list[dict[str, Any]]:
    """Return the labelled texts, each with the file it is from; what stands twice once."""
    rows = [
        {**json.loads(one), "from": name}
        for name in SOURCES
        for one in (TEXTS / name).read_text("utf-8").splitlines()
    ]
    return list({row["text"]: row for row in reversed(rows)}.values())[::-1]


def folds_of(rows: Sequence[Mapping[str, str]]) -> Array:
    """Return the fold of each text: by its id, so that it stays when others come.

    Each of the `HANDS` is a fold of its own, from `FOLDS` on. Those in `more` translate one
    another, and are easier than some: -1, never measured. The plain ones are measured, those in
    English, and the others left out meanwhile (-2): they say the same.
    """
    return np.array([_fold(row) for row in rows])


def _fold(row: Mapping[str, str]) -> int:
    if row["from"] in HANDS:
        return FOLDS + HANDS.index(row["from"])
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


def descend(rows: Array, labels: Array, start: Array, pull: float, steps: int = _STEPS) -> Array:
    """Return the points that tell the labels best, bases last, held to `start` by `pull`."""
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    true = np.eye(len(LABELS))[labels]
    steepest = 0.5 * steepness(rows) + pull
    points = here = start.copy()
    pace = 1.0
    for _ in range(steps):
        slope = rows.T @ (shares(rows @ here) - true) + pull * (here - start)
        new = here - slope / steepest
        quicker = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        here, points, pace = new + (pace - 1) / quicker * (new - points), new, quicker
    return points


def steepness(rows: Array) -> float:
    """Return a number a little above the largest square that the rows stretch anything to."""
    side = np.ones(rows.shape[1])
    for _ in range(_TURNS):
        turned = rows.T @ (rows @ side)
        side = turned / np.linalg.norm(turned)
    return 1.05 * float(np.linalg.norm(rows @ side)) ** 2


def shares(scores: Array) -> Array:
    """Return scores as chances, a row a text."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def chances_apart(names: Sequence[str], counted: Array, labels: Array, folds: Array) -> Array:
    """Return the chances of each text by points that were not fitted to it."""
    chances = np.zeros((len(labels), len(LABELS)))
    for apart, others in left_out(folds):
        base, points = fit(names, counted[others], labels[others])
        chances[apart] = shares(counted[apart] @ points + base)
    return chances


def left_out(folds: Array) -> Iterator[tuple[Array, Array]]:
    """Yield of each fold which texts are in it, and which are fitted to meanwhile."""
    for fold in range(FOLDS + len(HANDS)):
        apart = folds == fold
        yield apart, ~apart & ((folds > LEFT_OUT) | (fold >= FOLDS))


def all_figures(
    chances: Array, labels: Array, folds: Array, cut: float, told: Array
) -> dict[str, Any]:
    """Return the figures of the texts in folds, and those of each hand that was left out."""

    def of(some: Array) -> dict[str, Any]:
        return figures_of(chances[some], labels[some], cut, told[some])

    hands = {Path(name).stem: of(folds == FOLDS + n) for n, name in enumerate(HANDS)}
    few = {
        name: {what: one[what] for what in ("macro_f1", "praise_precision", "praise_recall")}
        for name, one in hands.items()
    }
    return {**of((folds >= 0) & (folds < FOLDS)), "hands left out": few}


def settled(
    one: Array, other: Array, labels: Array, folds: Array, told: Array, some: Sequence[float]
) -> tuple[float, float]:
    """Return how much the other's word should count, and the cut of praise that goes with it.

    Of shares whose praise is as `PRECISE` as asked for, that with the best labels on average of the
    hands left out. Both are logarithms of chances.
    """

    def mean(pair: tuple[float, float]) -> float:
        chances = shares(one + pair[0] * other)
        hands = [folds == FOLDS + n for n in range(len(HANDS))]
        said = [said_labels(chances[of], pair[1], told[of]) for of in hands]
        return float(np.mean([macro(of, labels[n]) for of, n in zip(said, hands, strict=True)]))

    cuts = [praise_cut(shares(one + share * other), labels, folds, told) for share in some]
    return max(zip(some, cuts, strict=True), key=mean)


def said_labels(chances: Array, cut: float, told: Array) -> Array:
    """Return the place of the label that would be said, as `likeliest` says it."""
    doubted, clear = told.T
    said = chances.argmax(axis=1)
    others = np.where(doubted, chances[:, 1:].argmax(axis=1) + 1, LABELS.index(NEUTRAL))
    needed = np.where(clear, min(CLEAR_FROM, cut), cut)
    return np.where((said == 0) & (chances[:, 0] < needed), others, said)


def praise_cut(chances: Array, labels: Array, folds: Array, told: Array) -> float:
    """Return the lowest chance from which on that share of what is praised is praise.

    The share is the mean of those of the hands left out.
    """
    hands = [folds == FOLDS + n for n in range(len(HANDS))]
    for cut in np.arange(0.3, 0.96, 0.02):
        praised = said_labels(chances, float(cut), told) == 0
        right = [(labels[of & praised] == 0).mean() for of in hands if (of & praised).any()]
        if right and np.mean(right) >= PRECISE:
            return round(float(cut), 2)
    return 0.96


def told_of(names: Sequence[str], counted: Array) -> Array:
    """Return of each text whether something was heard that is no good word, and clear praise."""
    told: Array = counted[:, [names.index(DOUBTED), names.index(CLEAR)]] > 0
    return told


def macro(said: Array, labels: Array) -> float:
    """Return the mean of the F1 of each label."""
    return float(np.mean(f1_of(said, labels)))


def f1_of(said: Array, labels: Array) -> list[float]:
    """Return the F1 of each label."""
    return [
        float(
            2
            * ((said == n) & (labels == n)).sum()
            / max(1, (said == n).sum() + (labels == n).sum())
        )
        for n in range(len(LABELS))
    ]


def figures_of(chances: Array, labels: Array, cut: float, told: Array) -> dict[str, Any]:
    """Return the macro F1, that of each label, precision and recall of praise, and its cut."""
    said = said_labels(chances, cut, told)
    f1 = f1_of(said, labels)
    right = ((said == 0) & (labels == 0)).sum()
    return {
        "macro_f1": round(float(np.mean(f1)), 3),
        "f1": {label: round(one, 3) for label, one in zip(LABELS, f1, strict=True)},
        "praise_precision": round(float(right / max(1, (said == 0).sum())), 3),
        "praise_recall": round(float(right / max(1, (labels == 0).sum())), 3),
        "praise_from": cut,
    }


def _labelled(row: Array) -> str:
    some = ", ".join(f"{label}: {value:.2f}" for label, value in zip(LABELS, row, strict=True))
    return f"{{{some}}}"


if __name__ == "__main__":
    main()
