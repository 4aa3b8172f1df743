"""Train what the sentence model says of comments, and write it as `comments/model.json`.

Reads the comments in `tests/texts/open`, `spent` and `more`, as `tools/fit_comments.py` does, whose
points must be shipped already: how much the model's word counts beside the lexicon's is chosen on
texts that neither was fitted to. Needs the extra `[model]`.
Usage: `python -m tools.train_comments`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from rules.signals.comments.judging import CommentText, read_text
from rules.signals.comments.weighing import LABELS
from rules.signals.purpose.model import PACKAGE, open_encoder
from tools.fit_comments import (
    FOLDS,
    LEFT_OUT,
    SOURCES,
    TEXTS,
    chances_apart,
    descend,
    doubts,
    figures_of,
    folds_of,
    labelled,
    praise_cut,
    shares,
    table,
)

TARGET: Final = (
    Path(__file__).resolve().parents[1] / "rules" / "signals" / "comments" / "model.json"
)
#: How hard the numbers are held to nought; chosen by the figures on texts left out.
PULL: Final = 0.33
#: As in `fit_comments`; together they may be held to more.
PRECISE: Final = 0.9
#: How much the model's word may count beside the lexicon's.
_SHARES: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)

Array = Any  # of numpy


def main() -> None:
    """Train, say what was measured, and write the numbers."""
    held = train()
    TARGET.write_text(json.dumps(held, separators=(",", ":")) + "\n", encoding="utf-8")
    print(json.dumps(held["figures"], indent=1))


def train() -> dict[str, Any]:
    """Return what is shipped: the encoder, the texts, the figures and the numbers."""
    rows = labelled()
    names, counted, labels = table(rows)
    folds = folds_of(rows)
    embedded = _embedded(rows)
    measured = folds >= 0
    lexicon = np.log(chances_apart(names, counted, labels, folds)[measured])
    model = np.log(_apart(embedded, labels, folds)[measured])
    true, doubted = labels[measured], doubts(names, counted)[measured]
    share = max(_SHARES, key=lambda one: _macro(lexicon + one * model, true))
    chances = shares(lexicon + share * model)
    cut = praise_cut(chances, true, PRECISE)
    points = _fitted(embedded, labels)
    unit = float(np.abs(points[:-1]).max()) / 1_000
    return {
        "encoder": {"package": PACKAGE, "version": metadata.version(PACKAGE)},
        "texts": {"sha256": digest(), "count": len(rows), "from": list(SOURCES)},
        "figures": {
            "folds": FOLDS,
            "texts": len(true),
            **figures_of(chances, true, cut, doubted),
            "lexicon alone": figures_of(
                np.exp(lexicon), true, praise_cut(np.exp(lexicon), true), doubted
            ),
            "by language": {
                one: figures_of(chances[of], true[of], cut, doubted[of])["macro_f1"]
                for one, of in _languages(rows, measured).items()
            },
        },
        "share": share,
        "praise_from": cut,
        "base": [round(float(one), 5) for one in points[-1]],
        "unit": float(f"{unit:.6g}"),
        "weights": np.rint(points[:-1] / unit).astype(int).tolist(),
    }


def digest() -> str:
    """Return what changes with any text that is trained on."""
    every = hashlib.sha256()
    for name in SOURCES:
        every.update((TEXTS / name).read_bytes())
    return every.hexdigest()


def _embedded(rows: Sequence[Mapping[str, str]]) -> Array:
    texts = [read_text(CommentText(id=row["id"], text=row["text"])) for row in rows]
    return np.asarray(open_encoder().encode(texts))


def _fitted(embedded: Array, labels: Array) -> Array:
    return descend(embedded, labels, np.zeros((embedded.shape[1] + 1, len(LABELS))), PULL)


def _apart(embedded: Array, labels: Array, folds: Array) -> Array:
    """Return the chances of each text by numbers that were not fitted to it."""
    chances = np.zeros((len(labels), len(LABELS)))
    for fold in range(FOLDS):
        apart = folds == fold
        others = ~apart & (folds > LEFT_OUT)
        points = _fitted(embedded[others], labels[others])
        chances[apart] = shares(embedded[apart] @ points[:-1] + points[-1])
    return chances


def _macro(scores: Array, labels: Array) -> float:
    chances = shares(scores)
    return float(figures_of(chances, labels, 0.0, np.ones(len(labels), dtype=bool))["macro_f1"])


def _languages(rows: Sequence[Mapping[str, str]], measured: Array) -> dict[str, Array]:
    """Return for each language which of the measured texts are in it."""
    said = np.array([row["lang"] for row in rows])[measured]
    return {str(one): said == one for one in sorted(set(said))}


if __name__ == "__main__":
    main()
