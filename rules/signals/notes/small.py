"""Small words of six languages, and those that speak of time: they tell nothing by themselves."""

from __future__ import annotations

from functools import cache

from rules.signals.notes.clues import folded
from rules.signals.promises.due import time_words
from rules.signals.words.word_files import shipped_words


@cache
def small_words() -> frozenset[str]:
    """Return the small words of the six languages, and those that speak of time, plain."""
    said = shipped_words("notes/small.yaml")
    some = (word.strip() for words in said.values() for word in words.split(","))
    return frozenset(map(folded, some)) | {one for one in time_words() if " " not in one}
