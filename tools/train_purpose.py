"""Train the numbers of the sentence model and write them to `rules/signals/purpose/model.json`.

Reads the check-ins in `tests/texts`, in `open`, `more` and `spent` alone: never what is kept aside.
Needs the extra `[model]` and nothing else. The figures come from texts that a fold was not fitted
to; texts that share an opening, in whichever language, are in one fold. Usage:
`python -m tools.train_purpose`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from rules.signals.purpose.judged import Contact
from rules.signals.purpose.model import PACKAGE, open_encoder
from rules.signals.purpose.model_features import message_of, spelling, statements_of
from rules.signals.text.automatic import is_automatic
from tools.fit_purpose import SOURCES, check_ins, digest_of

ROOT: Final = Path(__file__).resolve().parents[1]
TARGET: Final = ROOT / "rules" / "signals" / "purpose" / "model.json"
PIECES: Final = 16_384  # numbers for pieces of words
FOLDS: Final = 8
#: How freely each layer follows its texts; chosen by the figures on texts left out.
FREEDOM: Final = {"message": 5.0, "statement": 3.0, "spelled": 10.0, "together": 1.0}
#: Which statements of a purposeful message hold the purpose is found out in so many rounds.
_ROUNDS: Final = 6
#: Of its statements a third is taken to say what it is for.
_SHARE: Final = 3
_STEPS: Final = 25
_NAMES: Final = ("message", "statement", "spelled", "together")

Array = Any  # of numpy


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The texts as the layers see them."""

    whole: Array  # embeddings of the messages
    said: Array  # embeddings of the statements
    of: Array  # for each statement the place of its message
    spelled: Array
    labels: Array  # 1.0 is purposeless
    folds: Array
    languages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A layer as it was fitted."""

    base: float
    weights: Array

    def scores(self, rows: Array) -> Array:
        """Return the score of each row."""
        return rows @ self.weights + self.base


def main() -> None:
    """Train, say what was measured, and write the numbers."""
    held = train()
    TARGET.write_text(json.dumps(held, separators=(",", ":")) + "\n", encoding="utf-8")
    print(json.dumps(held["figures"], indent=1))


def train() -> dict[str, Any]:
    """Return what is shipped: the encoder, the texts, the figures, and every layer."""
    rows, digest = _rows()
    texts = _texts(rows)
    apart = scores_apart(texts)
    together = fit(apart, texts.labels, FREEDOM["together"])
    figures = _figures(texts, _together_apart(apart, texts))
    held = {
        "encoder": {"package": PACKAGE, "version": metadata.version(PACKAGE)},
        "texts": {"sha256": digest, "count": len(rows), "from": list(SOURCES)},
        "figures": figures,
    }
    everything = np.ones(len(texts.labels), bool)
    layers = (*_layers(texts, everything), together)
    held |= {name: _written(one) for name, one in zip(_NAMES, layers, strict=True)}
    return held


def _rows() -> tuple[list[dict[str, Any]], str]:
    """Return the labelled texts that a machine did not send and that did not come in."""
    found = check_ins()
    ours = [row for row in found if row["direction"] != "inbound"]
    return [row for row in ours if is_automatic(row["text"]) is None], digest_of(found)


def contact_of(row: Mapping[str, Any]) -> Contact:
    """Return a labelled text as the contact it is a record of."""
    return Contact(
        id=row["id"], kind="email", direction="outbound", subject="", text=row["text"],
        automated=None, planned=False,
    )  # fmt: skip


def _texts(rows: Sequence[Mapping[str, Any]]) -> Texts:
    parts = [statements_of(message_of(contact_of(row))) or [""] for row in rows]
    wholes = [" ".join(some) for some in parts]
    encoder = open_encoder()
    spelled = np.zeros((len(rows), PIECES), np.float32)
    for n, whole in enumerate(wholes):
        for number, value in spelling(whole, PIECES).items():
            spelled[n, number] = value
    return Texts(
        whole=np.asarray(encoder.encode(wholes)),
        said=np.asarray(encoder.encode([said for some in parts for said in some])),
        of=np.array([n for n, some in enumerate(parts) for _ in some]),
        spelled=spelled,
        labels=np.array([float(row["label"] == "purposeless") for row in rows]),
        folds=np.array([_fold(row["id"]) for row in rows]),
        languages=tuple(row["lang"] for row in rows),
    )


def _fold(id: str) -> int:
    """Return the fold of a text; the two of a pair are in one, and so are pairs that translate."""
    set_, language, number = re.fullmatch(r"(\w+)-(\w+)-c(\d+)", id).groups()
    pair = f"{set_}-{'' if set_ == 'more' else language}-{(int(number) - 1) // 2}"
    return int(hashlib.sha256(pair.encode()).hexdigest(), 16) % FOLDS


# -- fitting ---------------------------------------------------------------------------------


def fit(rows: Array, labels: Array, freedom: float, shares: Array | None = None) -> Fitted:
    """Return the logistic layer that tells the labels best, held back by 1/`freedom`: Newton."""
    if rows.shape[1] > rows.shape[0]:
        return _fit_wide(rows, labels, freedom)
    shares = np.ones(len(rows)) if shares is None else shares
    wide = np.hstack([rows, np.ones((len(rows), 1))]).astype(float)
    pull = np.full(wide.shape[1], 1 / freedom)
    pull[-1] = 1e-6
    weights = np.zeros(wide.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(wide @ weights, -30, 30)))
        slope = wide.T @ (shares * (chance - labels)) + pull * weights
        bend = (wide * (shares * chance * (1 - chance))[:, None]).T @ wide + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-5:
            break
    return Fitted(base=float(weights[-1]), weights=weights[:-1])


def _fit_wide(rows: Array, labels: Array, freedom: float) -> Fitted:
    """Fit more columns than texts: the same, in as many directions as there are texts."""
    values, directions = np.linalg.eigh(rows @ rows.T)
    some = values > 1e-6
    root, directions = np.sqrt(values[some]), directions[:, some]
    fitted = fit(directions * root, labels, freedom)
    return Fitted(base=fitted.base, weights=rows.T @ (directions / root @ fitted.weights))


def _layers(texts: Texts, own: Array) -> tuple[Fitted, Fitted, Fitted]:
    """Fit the three layers to the texts that are `own`."""
    return (
        fit(texts.whole[own], texts.labels[own], FREEDOM["message"]),
        _fit_statements(texts, own),
        fit(texts.spelled[own], texts.labels[own], FREEDOM["spelled"]),
    )


def _fit_statements(texts: Texts, own: Array) -> Fitted:
    """Fit statements by the label of their message.

    A message without a purpose has none in any statement; one with a purpose has it in those that
    speak most for one, and the others say nothing of it.
    """
    labels = texts.labels[texts.of]
    used = own[texts.of]
    fitted = _of_statements(texts, labels, used)
    for _ in range(_ROUNDS):
        scores = fitted.scores(texts.said)
        holding = np.zeros(len(labels), bool)
        for places in _places(texts, own):
            few = max(1, len(places) // _SHARE)
            holding[places if labels[places[0]] else places[np.argsort(scores[places])[:few]]] = (
                True
            )
        fitted = _of_statements(texts, labels, holding)
    return fitted


def _places(texts: Texts, own: Array) -> Iterator[Array]:
    """Yield for each message that is `own` the places of its statements."""
    for n in np.flatnonzero(own):
        yield np.flatnonzero(texts.of == n)


def _of_statements(texts: Texts, labels: Array, used: Array) -> Fitted:
    counted = np.bincount(texts.of[used], minlength=len(texts.labels))
    shares = 1 / np.sqrt(counted[texts.of[used]])
    return fit(texts.said[used], labels[used], FREEDOM["statement"], shares)


# -- measuring -------------------------------------------------------------------------------


def scores_apart(texts: Texts) -> Array:
    """Return the four scores of each text by layers that were not fitted to it."""
    found = np.zeros((len(texts.labels), 4))
    for fold in range(FOLDS):
        left_out = texts.folds == fold
        message, statement, spelled = _layers(texts, ~left_out)
        said = statement.scores(texts.said)
        found[left_out, 0] = message.scores(texts.whole[left_out])
        for n, places in zip(np.flatnonzero(left_out), _places(texts, left_out), strict=True):
            found[n, 1:3] = said[places].min(), said[places].mean()
        found[left_out, 3] = spelled.scores(texts.spelled[left_out])
    return found


def _together_apart(apart: Array, texts: Texts) -> Array:
    chances = np.zeros(len(apart))
    for fold in range(FOLDS):
        left_out = texts.folds == fold
        fitted = fit(apart[~left_out], texts.labels[~left_out], FREEDOM["together"])
        chances[left_out] = 1 / (1 + np.exp(-fitted.scores(apart[left_out])))
    return chances


def _figures(texts: Texts, chances: Array) -> dict[str, Any]:
    """Return how well it does on texts it was not fitted to."""
    said, true = chances >= 0.5, texts.labels == 1
    languages = np.array(texts.languages)
    flagged = chances >= 0.8
    return {
        "folds": FOLDS,
        "f1": _share(2 * (said & true).sum(), said.sum() + true.sum()),
        "precision": _share((said & true).sum(), said.sum()),
        "recall": _share((said & true).sum(), true.sum()),
        "from 0.8 on": {
            "precision": _share((flagged & true).sum(), flagged.sum()),
            "recall": _share((flagged & true).sum(), true.sum()),
        },
        "accuracy": {
            one: _share((said == true)[languages == one].sum(), (languages == one).sum())
            for one in sorted(set(texts.languages))
        },
    }


def _share(some: float, all_: float) -> float:
    return round(float(some) / max(1.0, float(all_)), 3)


def _written(layer: Fitted) -> dict[str, Any]:
    """Return a layer as JSON holds it: weights as whole numbers of a unit."""
    unit = float(np.abs(layer.weights).max()) / 1_000
    whole = np.rint(layer.weights / unit).astype(int).tolist()
    return {"base": round(layer.base, 5), "unit": float(f"{unit:.6g}"), "weights": whole}


if __name__ == "__main__":
    main()
