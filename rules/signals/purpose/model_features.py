"""What the sentence model sees of a message: its statements, and marks of its spelling.

Pure, and without numpy: nothing in here knows an embedding or a weight. Work is bounded: a message
is cut before anything looks at it.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from rules.signals.purpose.judged import Contact
from rules.signals.purpose.statements import Statement, spoken

LONGEST_MESSAGE: Final = 2_000  # characters; a purpose that comes later is not read
LONGEST_STATEMENT: Final = 400
MOST_STATEMENTS: Final = 24

_WORD: Final = re.compile(r"\w+|[^\w\s]")
_SHORTEST, _LONGEST = 2, 5  # characters of a piece of a word
_DIGIT: Final = re.compile(r"\d")
#: What a piece counts that is there so often; more than once counts little more.
_MOST_TIMES: Final = LONGEST_MESSAGE
_LOGS: Final = (0.0, *(1 + math.log(times) for times in range(1, _MOST_TIMES + 1)))


def message_of(contact: Contact) -> str:
    """Return a contact's own newest words, one statement a line, as the model was trained on them.

    Quotes, footers and who signed it are left out; a subject is the first line.
    """
    return text_of(spoken(contact).statements)


def text_of(statements: Iterable[Statement]) -> str:
    """Return the message that statements make, one a line."""
    return "\n".join(" ".join(part.said.split()) for part in statements)


def statements_of(message: str) -> list[str]:
    """Return the statements of a message that `message_of` wrote."""
    lines = (line.strip() for line in message[:LONGEST_MESSAGE].split("\n"))
    return [line[:LONGEST_STATEMENT] for line in lines if line][:MOST_STATEMENTS]


def spelling(message: str, size: int) -> Mapping[int, float]:
    """Return how much of each piece of a word is in a message, by a number below `size`.

    Pieces that share a number are told apart by chance only. Which digit it is makes no difference.
    The squares of the values add up to 1.
    """
    found: Counter[int] = Counter()
    low = _DIGIT.sub("0", message[:LONGEST_MESSAGE].lower())
    for word in _WORD.findall(low):
        found.update(_pieces(word, size))
    values = {number: _LOGS[min(times, _MOST_TIMES)] for number, times in found.items()}
    norm = math.sqrt(sum(value * value for value in values.values())) or 1.0
    return {number: value / norm for number, value in values.items()}


@lru_cache(maxsize=16_384)
def _pieces(word: str, size: int) -> tuple[int, ...]:
    """Return the numbers of a word's pieces, one as often as it is in it."""
    edged = f" {word[:LONGEST_STATEMENT]} "
    return tuple(
        zlib.crc32(edged[start : start + length].encode()) % size
        for length in range(_SHORTEST, _LONGEST + 1)
        for start in range(max(1, len(edged) - length + 1))
    )
