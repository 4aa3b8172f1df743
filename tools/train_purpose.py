"""Train the numbers of the sentence model and write them to `rules/signals/purpose/model.json`.

Reads the check-ins in `tests/texts`, in `open`, `more` and `spent` alone: never what is kept aside.
Needs the extra `[model]` and nothing else. Everybody writes in their own way, so a hand is left
out whole: how far each layer is to be believed, and the figures, come from texts of hands that
nothing was fitted to. Usage: `python -m tools.train_purpose`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from rules.signals.purpose.judged import Contact
from rules.signals.purpose.judging import ACCUSED_AT, is_enough
from rules.signals.purpose.model import PACKAGE, both_chances, open_encoder
from rules.signals.purpose.model_features import message_of, spelling, statements_of
from rules.signals.purpose.taking_apart import messages_of
from rules.signals.text.automatic import is_automatic
from rules.signals.words.lexicon import shipped_lexicon
from tools.fit_purpose import (
    BASE,
    PLAIN_HANDS,
    PULL,
    RATE,
    SENSE,
    SOURCES,
    STEPS,
    check_ins,
    digest_of,
)
from tools.shipping import ship

ROOT: Final = Path(__file__).resolve().parents[1]
TARGET: Final = ROOT / "rules" / "signals" / "purpose" / "model.json"
PIECES: Final = 16_384  # numbers for pieces of words
#: Hands that wrote to be hard to tell: lively talk full of things, and a purpose buried in talk.
HARD: Final = ("a5", "b5")
#: How freely each layer follows its texts; chosen by the figures on texts left out.
FREEDOM: Final = {"message": 5.0, "statement": 3.0, "spelled": 10.0, "together": 1.0}
#: Which statements of a purposeful message hold the purpose is found out in so many rounds.
_ROUNDS: Final = 2
#: Of its statements a third is taken to say what it is for.
_SHARE: Final = 3
_STEPS: Final = 25
#: Of a layer that is fitted in steps of one length; more steps do not do better on hands left out.
_PATIENCE: Final = {"message": 100, "statement": 35, "again": 20, "spelled": 120}
_TURNS: Final = 12  # until the longest direction is known well enough
_NAMES: Final = ("message", "statement", "spelled", "together")

Array = Any  # of numpy


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The texts as the layers see them."""

    whole: Array  # embeddings of the messages
    said: Array  # embeddings of the statements
    of: Array  # for each statement the place of its message
    spelled: Array
    alike: Array  # how much of its spelling a text shares with each other
    counted: Array  # what the lexicon's card counts, in the order of its points
    enough: Array  # whether there is enough of it to accuse anybody
    labels: Array  # 1.0 is purposeless
    hands: Array  # who wrote it
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
    ship(train(), TARGET)


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
    messages = messages_of([contact_of(row) for row in rows], shipped_lexicon().tongues)
    spelled = np.zeros((len(rows), PIECES), np.float32)
    for n, whole in enumerate(wholes):
        for number, value in spelling(whole, PIECES).items():
            spelled[n, number] = value
    return Texts(
        whole=np.asarray(encoder.encode(wholes)),
        said=np.asarray(encoder.encode([said for some in parts for said in some])),
        of=np.array([n for n, some in enumerate(parts) for _ in some]),
        spelled=spelled,
        alike=spelled @ spelled.T,
        counted=np.array([[one.counted[name] for name in SENSE] for one in messages]),
        enough=np.array([is_enough(one) for one in messages]),
        labels=np.array([float(row["label"] == "purposeless") for row in rows]),
        hands=np.array([row["id"].partition("-")[0] for row in rows]),
        languages=tuple(row["lang"] for row in rows),
    )


# -- fitting ---------------------------------------------------------------------------------


def fit(rows: Array, labels: Array, freedom: float) -> Fitted:
    """Return the logistic layer that tells the labels best, held back by 1/`freedom`: Newton."""
    wide = np.hstack([rows, np.ones((len(rows), 1))]).astype(float)
    pull = _pull(wide, freedom)
    weights = np.zeros(wide.shape[1])
    for _ in range(_STEPS):
        chance = _chances(wide @ weights)
        slope = wide.T @ (chance - labels) + pull * weights
        bend = (wide * (chance * (1 - chance))[:, None]).T @ wide + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-5:
            break
    return Fitted(base=float(weights[-1]), weights=weights[:-1])


class Slope:
    """The same for many columns, in steps of one length: the bend is nowhere more than this."""

    def __init__(self, rows: Array, labels: Array, shares: Array, freedom: float) -> None:
        self._wide = np.hstack([rows, np.ones((len(rows), 1), rows.dtype)]).astype(np.float32)
        self._labels, self._pull = labels, _pull(self._wide, freedom)
        bend = (self._wide * shares[:, None]).T @ self._wide / 4 + np.diag(self._pull)
        self._step = np.linalg.inv(bend.astype(float))
        self._at = np.zeros(self._wide.shape[1])

    def go_down(self, shares: Array, steps: int) -> Fitted:
        """Go on from where it was; each share is at most the one that it began with."""
        at, ahead, swing = self._at, self._at, 1.0
        for _ in range(steps):
            off = shares * (_chances(self._wide @ ahead.astype(np.float32)) - self._labels)
            slope = self._wide.T @ off.astype(np.float32) + self._pull * ahead
            there = ahead - self._step @ slope
            ahead, swing = _swung(there, at, swing)
            at = there
        self._at = at
        return Fitted(base=float(at[-1]), weights=at[:-1])


def _pull(wide: Array, freedom: float) -> Array:
    return np.append(np.full(wide.shape[1] - 1, 1 / freedom), 1e-6)


def _chances(scores: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(scores, -30, 30)))


def _swung(there: Array, at: Array, swing: float) -> tuple[Array, float]:
    """Return a place a little further the same way, and how far to swing next time (Nesterov)."""
    further = (1 + math.sqrt(1 + 4 * swing * swing)) / 2
    return there + (swing - 1) / further * (there - at), further


def _fit_spelled(texts: Texts, own: Array) -> Fitted:
    """Fit more columns than texts: the weights are a sum of the texts, each so many times."""
    some = np.flatnonzero(own)
    alike = texts.alike[np.ix_(some, some)]
    labels = texts.labels[own].astype(np.float32)
    freedom = FREEDOM["spelled"]
    step = 1 / (_longest(alike) / 4 + 1 / freedom)
    at = ahead = np.zeros(len(some), np.float32)
    base, base_ahead, swing = 0.0, 0.0, 1.0
    for _ in range(_PATIENCE["spelled"]):
        off = _chances(alike @ ahead + base_ahead) - labels
        there = ahead - step * (off + ahead / freedom)
        base_there = base_ahead - 2 * float(off.mean())
        base_ahead, _ = _swung(base_there, base, swing)
        ahead, swing = _swung(there, at, swing)
        at, base = there, base_there
    return Fitted(base=float(base), weights=texts.spelled[own].T @ at)


def _longest(alike: Array) -> float:
    """Return how far the matrix stretches what it stretches most."""
    some, length = np.ones(len(alike), np.float32), 1.0
    for _ in range(_TURNS):
        some = alike @ (some / length)
        length = float(np.linalg.norm(some))
    return length


def _layers(texts: Texts, own: Array) -> tuple[Fitted, Fitted, Fitted]:
    """Fit the three layers to the texts that are `own`."""
    return (
        _fit_messages(texts, own),
        _fit_statements(texts, own),
        _fit_spelled(texts, own),
    )


def _fit_messages(texts: Texts, own: Array) -> Fitted:
    shares = np.ones(int(own.sum()))
    slope = Slope(texts.whole[own], texts.labels[own], shares, FREEDOM["message"])
    return slope.go_down(shares, _PATIENCE["message"])


def _fit_statements(texts: Texts, own: Array) -> Fitted:
    """Fit statements by the label of their message.

    A message without a purpose has none in any statement; one with a purpose has it in those that
    speak most for one, and the others say nothing of it.
    """
    used = np.flatnonzero(own[texts.of])
    all_of_them = _shares(texts, own[texts.of])[used]
    labels = texts.labels[texts.of][used]
    most = np.minimum(1.0, all_of_them * np.where(labels, 1.0, math.sqrt(2 * _SHARE)))
    slope = Slope(texts.said[used], labels, most, FREEDOM["statement"])
    fitted = slope.go_down(all_of_them, _PATIENCE["statement"])
    for _ in range(_ROUNDS):
        scores = fitted.scores(texts.said)
        holding = np.zeros(len(texts.of), bool)
        for places in _places(texts, own):
            few = max(1, len(places) // _SHARE)
            empty = texts.labels[texts.of[places[0]]]
            holding[places if empty else places[np.argsort(scores[places])[:few]]] = True
        fitted = slope.go_down(_shares(texts, holding)[used], _PATIENCE["again"])
    return fitted


def _places(texts: Texts, own: Array) -> Iterator[Array]:
    """Yield for each message that is `own` the places of its statements."""
    for n in np.flatnonzero(own):
        yield np.flatnonzero(texts.of == n)


def _shares(texts: Texts, used: Array) -> Array:
    """Return how much each statement counts: those of a long message less, the others nothing."""
    counted = np.bincount(texts.of[used], minlength=len(texts.labels))
    return np.where(used, 1 / np.sqrt(np.maximum(counted, 1))[texts.of], 0.0)


# -- measuring -------------------------------------------------------------------------------


def scores_apart(texts: Texts) -> Array:
    """Return the four scores of each text by layers that were not fitted to its hand."""
    found = np.zeros((len(texts.labels), 4))
    for hand in np.unique(texts.hands):
        left_out = texts.hands == hand
        message, statement, spelled = _layers(texts, ~left_out)
        said = statement.scores(texts.said)
        found[left_out, 0] = message.scores(texts.whole[left_out])
        for n, places in zip(np.flatnonzero(left_out), _places(texts, left_out), strict=True):
            found[n, 1:3] = said[places].min(), said[places].mean()
        found[left_out, 3] = spelled.scores(texts.spelled[left_out])
    return found


def _together_apart(apart: Array, texts: Texts) -> Array:
    chances = np.zeros(len(apart))
    for hand in np.unique(texts.hands):
        left_out = texts.hands == hand
        fitted = fit(apart[~left_out], texts.labels[~left_out], FREEDOM["together"])
        chances[left_out] = _chances(fitted.scores(apart[left_out]))
    return chances


def _cards_apart(texts: Texts) -> Array:
    """Return the chance that the lexicon's card gives, by points not fitted to the hand."""
    cards = np.zeros(len(texts.labels))
    for hand in np.unique(texts.hands):
        left_out = texts.hands == hand
        own = ~left_out & np.isin(texts.hands, PLAIN_HANDS)
        base, points = _fit_card(texts.counted[own], texts.labels[own])
        cards[left_out] = _chances(texts.counted[left_out] @ points + base)
    return cards


def _fit_card(counted: Array, labels: Array) -> tuple[float, Array]:
    """Return what `fit_purpose.fit` returns, in a fraction of the time."""
    sense = np.array(list(SENSE.values()))
    base, points = BASE, sense
    for _ in range(STEPS):
        off = _chances(counted @ points + base) - labels
        base -= RATE * (float(off.mean()) + PULL * (base - BASE))
        points = points - RATE * (off @ counted / len(off) + PULL * (points - sense))
    return base, points


def _figures(texts: Texts, chances: Array) -> dict[str, Any]:
    """Return how well card and model do together on texts whose hand neither was fitted to."""
    cards, hard = _cards_apart(texts), np.isin(texts.hands, HARD)
    some = {"usual": ~hard, "hard": hard}
    return {name: _measured(texts, cards, chances, own) for name, own in some.items()}


def _measured(texts: Texts, cards: Array, chances: Array, own: Array) -> dict[str, Any]:
    both = np.array([both_chances(*one) for one in zip(cards[own], chances[own], strict=True)])
    free = texts.counted[own][:, list(SENSE).index("evidence")] > 0
    said, true = (both >= 0.5) & ~free, texts.labels[own] == 1
    languages = np.array(texts.languages)[own]
    flagged = (both >= ACCUSED_AT) & ~free & texts.enough[own]
    return {
        "hands": sorted(set(texts.hands[own].tolist())),
        "count": len(true),
        "f1": _share(2 * (said & true).sum(), said.sum() + true.sum()),
        "precision": _share((said & true).sum(), said.sum()),
        "recall": _share((said & true).sum(), true.sum()),
        "held against somebody": {
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
