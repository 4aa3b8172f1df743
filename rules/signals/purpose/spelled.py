"""How a message is spelled: pieces of its words, weighed, where the sentence model is missing.

The numbers are those of the sentence model's own layer (`model.json`), which needs no package to be
read. Nothing in here trains, or decides anything alone.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import Final

from rules.signals.purpose.model import odds
from rules.signals.purpose.model_features import spelling, statements_of
from rules.signals.words.word_files import shipped_text

NUMBERS: Final = "purpose/model.json"
#: The card was fitted to texts whose every word the lists know, and is too sure of others: how much
#: its odds count beside the spelling's, and what is added. Chosen on texts neither was fitted to.
_CARDS_SHARE: Final = 0.7
_ADDED: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """What each piece of a word speaks for; more than nought is *purposeless*."""

    base: float
    unit: float
    weights: tuple[int, ...]

    def score(self, message: str) -> float:
        """Return the score of a message as `message_of` writes it."""
        pieces = spelling(" ".join(statements_of(message)), len(self.weights))
        some = sum(self.weights[number] * value for number, value in pieces.items())
        return self.base + self.unit * some


@cache
def shipped_spelling() -> Spelled:
    """Return the numbers that the package holds as data."""
    said = json.loads(shipped_text(NUMBERS))["spelled"]
    return Spelled(base=said["base"], unit=said["unit"], weights=tuple(said["weights"]))


def with_spelling(chance: float, message: str) -> float:
    """Return the chance of the card and of the spelling together that a message has no purpose."""
    both = _CARDS_SHARE * odds(chance) + shipped_spelling().score(message) + _ADDED
    return 1 / (1 + math.exp(-both))
