"""Train what the sentence model says of notes and write it to `rules/signals/notes/model.json`.

Reads the notes that `tools/fit_notes.py` reads, whose points must be shipped already. A note that
fills a category teaches with the clause that speaks most for it, one that does not with all of its
clauses. Needs the extra `[model]`. Usage: `python -m tools.train_notes`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from rules.signals.notes.model import CATEGORIES, embedded_pairs
from rules.signals.notes.weighing import scores_of, shipped_cards
from rules.signals.purpose.model import PACKAGE, open_encoder
from tools.fit_notes import LABELS, PARTS, SOURCES, TEXTS, Note, figures, read_notes
from tools.shipping import ship
from tools.train_purpose import Fitted

TARGET: Final = Path(__file__).resolve().parents[1] / "rules" / "signals" / "notes" / "model.json"
#: How freely it follows its texts, and how much it counts beside the lexicon; chosen by the figures
#: on texts that neither was fitted to, nor anybody had seen when the lexicon was written.
FREEDOM: Final = 3.0
SHARE: Final = 0.4
#: Which clause of a note speaks for a category is found out in so many rounds.
_ROUNDS: Final = 5
_STEPS: Final = 150

Array = Any  # of numpy


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """A note as the model sees it."""

    note: Note
    rows: Array  # a row for each clause below no heading
    lexicon: Array  # the scores of the lexicon, a column for each category


def main() -> None:
    """Train, say what was measured, and write the numbers."""
    ship(train(), TARGET)


def train() -> dict[str, Any]:
    """Return what is shipped: the encoder, the texts, the figures and the numbers."""
    notes = learnt()
    layers = [fitted(notes, n) for n in range(len(CATEGORIES))]
    unit = max(float(np.abs(one.weights).max()) for one in layers) / 1_000
    digest = hashlib.sha256(b"".join((TEXTS / one).read_bytes() for one in SOURCES))
    return {
        "encoder": {"package": PACKAGE, "version": metadata.version(PACKAGE)},
        "texts": {"sha256": digest.hexdigest(), "count": len(notes), "from": list(SOURCES)},
        "figures": {"folds": PARTS, "the model alone": _apart(notes)},
        "share": SHARE,
        "base": [round(one.base, 5) for one in layers],
        "unit": float(f"{unit:.6g}"),
        "weights": [np.rint(one.weights / unit).astype(int).tolist() for one in layers],
    }


def learnt() -> list[Learnt]:
    """Return the labelled notes, each with the embeddings of its clauses."""
    notes, encoder, cards = read_notes(), open_encoder(), shipped_cards()
    found = []
    for one in notes:
        pairs = [(seen.clause.said, said) for seen, said in one.headed.prose]
        scores = list(scores_of([seen for seen, _ in one.headed.prose], cards))
        found.append(
            Learnt(
                note=one,
                rows=np.asarray(embedded_pairs(encoder, pairs)) if pairs else np.zeros((0, 0)),
                lexicon=np.array([[some[name] for name in CATEGORIES] for some in scores]),
            )
        )
    return found


def fitted(notes: Sequence[Learnt], category: int) -> Fitted:
    """Return the layer of one category."""
    signal, label = LABELS[CATEGORIES[category]]
    some = [one for one in notes if len(one.rows) and signal not in one.note.headed.filled]
    best = [int(np.argmax(one.lexicon[:, category])) for one in some]
    layer = Fitted(base=0.0, weights=np.zeros(some[0].rows.shape[1]))
    for _ in range(_ROUNDS):
        rows, labels, shares = [], [], []
        for one, place in zip(some, best, strict=True):
            so = bool(one.note.row[label])
            used = one.rows[place : place + 1] if so else one.rows
            rows.append(used)
            labels += [float(so)] * len(used)
            shares += [1 / np.sqrt(len(used))] * len(used)
        layer = _descended(layer, np.vstack(rows), np.array(labels), np.array(shares))
        best = [int(np.argmax(layer.scores(one.rows))) for one in some]
    return layer


def _descended(layer: Fitted, rows: Array, labels: Array, shares: Array) -> Fitted:
    """Fit a layer further, held back by 1/`FREEDOM`: accelerated gradient descent."""
    wide = np.hstack([rows, np.ones((len(rows), 1))])
    pull = np.full(wide.shape[1], 1 / FREEDOM)
    pull[-1] = 1e-3
    at = ahead = np.append(layer.weights, layer.base)
    step = 1 / (_steepest(wide * np.sqrt(shares)[:, None]) / 4 + pull[0])
    for n in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(wide @ ahead, -30, 30)))
        following = ahead - step * (wide.T @ (shares * (chance - labels)) + pull * ahead)
        ahead = following + n / (n + 3) * (following - at)
        at = following
    return Fitted(base=float(at[-1]), weights=at[:-1])


def _steepest(rows: Array) -> float:
    """Return how steep the steepest direction of some rows is, or a little more."""
    way = np.ones(rows.shape[1])
    for _ in range(_STEPS // 10):
        way = rows.T @ (rows @ (way / np.linalg.norm(way)))
    return 1.1 * float(np.linalg.norm(way))


def _apart(notes: Sequence[Learnt]) -> str:
    """Return how well notes are judged by the model alone, fitted to the other parts."""
    judged: dict[str, tuple[bool, ...]] = {}
    for part in range(PARTS):
        rest = [one for one in notes if one.note.part != part]
        layers = {name: fitted(rest, n) for n, name in enumerate(CATEGORIES)}
        for one in notes:
            if one.note.part == part:
                judged[one.note.row["id"]] = tuple(
                    signal in one.note.headed.filled
                    or (len(one.rows) > 0 and bool((layers[name].scores(one.rows) >= 0).any()))
                    for name, (signal, _) in LABELS.items()
                )
    return figures([one.note for one in notes], judged).strip()


if __name__ == "__main__":
    main()
