"""How a comment is spelled: its words, pairs of words and pieces of words, and what they speak for.

The numbers are trained by `tools/spell_comments.py` (`comments/spelled.json`); no package is needed
to read them. Work is bounded: a comment is cut before anything looks at it. Nothing in here
decides: the chances of the card and of the spelling are put together by who asks.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from rules.signals.comments.weighing import LABELS, Chances, chances_of
from rules.signals.purpose.model_features import spelling
from rules.signals.words.word_files import shipped_text

LONGEST: Final = 2_000  # characters of a comment that are read
_WORD: Final = re.compile(r"\w+|[^\w\s]")
_DIGITS: Final = re.compile(r"\d+")
_EDGES: Final = ("<", ">")


@dataclass(frozen=True, kw_only=True)
class SpelledNumbers:
    """What each word, pair or piece speaks for, and how that counts beside the card."""

    base: tuple[float, ...]  # a number for each label
    unit: float
    weights: tuple[tuple[int, ...], ...]  # for each label a row of whole numbers of the unit
    share: float  # how much the spelling's word counts beside the card's
    praise_from: float  # together, a lower chance is not enough to call a comment positive

    def chances(self, text: str) -> Chances:
        """Return how likely each label is by the spelling alone; together 1."""
        found = marks_of(text, len(self.weights[0]))
        return chances_of(
            {
                label: base + self.unit * sum(row[at] * value for at, value in found.items())
                for label, base, row in zip(LABELS, self.base, self.weights, strict=True)
            }
        )


def marks_of(text: str, size: int) -> Mapping[int, float]:
    """Return how much of each word, pair of words and piece is in a text, by numbers below `size`.

    What shares a number is told apart by chance only. Which number it is that is written makes no
    difference.
    """
    text = text[:LONGEST].encode("utf-8", "replace").decode()  # halves of characters are cut
    words = [_EDGES[0], *_WORD.findall(_DIGITS.sub("0", text.lower())), _EDGES[1]]
    pairs = [f"{one} {next_}" for one, next_ in pairwise(words)]
    found = Counter(_number(one, size) for one in (*words, *pairs))
    values = {at: 1 + math.log(times) for at, times in found.items()}
    norm = math.sqrt(sum(value * value for value in values.values()))
    whole = dict(spelling(text, size))
    for at, value in values.items():
        whole[at] = whole.get(at, 0.0) + value / norm
    return whole


@lru_cache(maxsize=16_384)
def _number(words: str, size: int) -> int:
    return zlib.crc32(words.encode()) % size


@cache
def shipped_spelling() -> SpelledNumbers:
    """Return the numbers that the package holds as data."""
    said = json.loads(shipped_text("comments/spelled.json"))
    return SpelledNumbers(
        base=tuple(said["base"]),
        unit=said["unit"],
        weights=tuple(tuple(row) for row in said["weights"]),
        share=said["share"],
        praise_from=said["praise_from"],
    )
