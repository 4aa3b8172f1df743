"""The texts that only the model is trained on: as many of each label, told by no surface."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median
from typing import Any, Final

import pytest

TEXTS: Final = Path(__file__).parent / "texts"
#: What a surface may tell of a label.
MOST: Final = 0.62
SURFACES: Final = {
    "a digit": lambda row, _: any(one.isdigit() for one in row["text"]),
    "its length": lambda row, middle: len(row["text"].split()) > middle,
    "a question mark": lambda row, _: "?" in row["text"],
    "its channel": lambda row, _: row["channel"],
}


def rows(part: str) -> list[dict[str, Any]]:
    """Return the check-ins of a part, in whichever of its files they stand."""
    files = sorted((TEXTS / part).glob("checkins*.jsonl"))
    return [json.loads(line) for one in files for line in one.read_text("utf-8").splitlines()]


MORE: Final = rows("more")
LANGUAGES: Final = sorted({row["lang"] for row in MORE})


def test_every_language_has_as_many_of_each_label():
    """Both labels, all six languages, and no text that stands anywhere else."""
    counted = Counter((row["lang"], row["label"]) for row in MORE)
    assert len(LANGUAGES) == 6
    assert all(counted[one, "purposeless"] == counted[one, "purposeful"] >= 29 for one in LANGUAGES)
    texts = [row["text"] for part in ("open", "spent", "kept", "more") for row in rows(part)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_surface_says_nothing_of_the_label(surface, language):
    """Whoever knew the best label for each value of it would hardly be right more often."""
    texts = [row for row in MORE if row["lang"] == language]
    middle = median(len(row["text"].split()) for row in texts)
    labels: dict[object, Counter[str]] = defaultdict(Counter)
    for row in texts:
        labels[SURFACES[surface](row, middle)][row["label"]] += 1
    assert sum(max(one.values()) for one in labels.values()) / len(texts) <= MOST
