"""Train what the sentence model says of comments, and write it as `comments/model.json`.

Reads the comments in `tests/texts/open`, `spent` and `more`, as `tools/fit_comments.py` and
`tools/spell_comments.py` do, which come first: how much the model's word counts beside theirs is
chosen on hands that none of them was fitted to. Needs the extra `[model]`.
Usage: `python -m tools.train_comments`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from rules.signals.comments.judging import CommentText, read_text
from rules.signals.comments.model import embedded_comments
from rules.signals.comments.weighing import LABELS
from rules.signals.purpose.model import PACKAGE, open_encoder
from tools.fit_comments import (
    FOLDS,
    SOURCES,
    TEXTS,
    all_figures,
    chances_apart,
    descend,
    figures_of,
    folds_of,
    labelled,
    left_out,
    settled,
    shares,
    table,
    told_of,
)
from tools.shipping import ship
from tools.spell_comments import logs, marked, shipped, spelled_apart

TARGET: Final = (
    Path(__file__).resolve().parents[1] / "rules" / "signals" / "comments" / "model.json"
)
#: How hard the numbers are held to nought; chosen by the figures on texts left out.
PULL: Final = 0.9
_STEPS: Final = 150
_FINE: Final = 300  # the largest number is so many units
#: How much the model's word may count beside the lexicon's: with more it errs more in praise.
_SHARES: Final = (0.3, 0.4, 0.5, 0.6)

Array = Any  # of numpy


def main() -> None:
    """Train, say what was measured, and write the numbers."""
    ship(train(), TARGET)


def train() -> dict[str, Any]:
    """Return what is shipped: the encoder, the texts, the figures and the numbers."""
    rows = labelled()
    names, counted, labels = table(rows)
    folds, told = folds_of(rows), told_of(names, counted)
    spelled = logs(spelled_apart(marked(rows), labels, folds))
    card = logs(chances_apart(names, counted, labels, folds))
    lexicon = logs(shares(card + shipped()["share"] * spelled))
    embedded = _embedded(rows)
    model = logs(_apart(embedded, labels, folds))
    share, cut = settled(lexicon, model, labels, folds, told, _SHARES)
    chances = shares(lexicon + share * model)
    points = _fitted(embedded, labels)
    unit = float(np.abs(points[:-1]).max()) / _FINE
    alone = all_figures(shares(lexicon), labels, folds, shipped()["praise_from"], told)
    return {
        "encoder": {"package": PACKAGE, "version": metadata.version(PACKAGE)},
        "texts": {"sha256": digest(), "count": len(rows), "from": list(SOURCES)},
        "figures": {
            "folds": FOLDS,
            "texts": int(((folds >= 0) & (folds < FOLDS)).sum()),
            **all_figures(chances, labels, folds, cut, told),
            "lexicon alone": alone,
            "by language": {
                one: figures_of(chances[of], labels[of], cut, told[of])["macro_f1"]
                for one, of in _languages(rows, (folds >= 0) & (folds < FOLDS)).items()
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
    return embedded_comments(open_encoder(), texts).astype(np.float32)


def _fitted(embedded: Array, labels: Array) -> Array:
    return descend(embedded, labels, np.zeros((embedded.shape[1] + 1, len(LABELS))), PULL, _STEPS)


def _apart(embedded: Array, labels: Array, folds: Array) -> Array:
    """Return the chances of each text by numbers that were not fitted to it."""
    chances = np.zeros((len(labels), len(LABELS)))
    for apart, others in left_out(folds):
        points = _fitted(embedded[others], labels[others])
        chances[apart] = shares(embedded[apart] @ points[:-1] + points[-1])
    return chances


def _languages(rows: Sequence[Mapping[str, str]], measured: Array) -> dict[str, Array]:
    """Return for each language which of the measured texts are in it."""
    said = np.array([row["lang"] for row in rows])
    return {str(one): measured & (said == one) for one in sorted(set(said[measured]))}


if __name__ == "__main__":
    main()
