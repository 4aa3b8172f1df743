"""Fit the points of the purpose scorecard to labelled texts and print them as YAML.

Reads the check-ins in `tests/texts`, in `open`, `more` and `spent` alone: never what is kept aside.
Each text counts once. Contacts that the gates leave out are not fitted, nor are later hands, whose
talk is full of named things: with them the card asked for two where plain messages name one.
Usage: `python -m tools.fit_purpose > scorecard.yaml`.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rules.signals.purpose.judged import Contact
from rules.signals.purpose.judging import counted_purposes
from rules.signals.text.automatic import is_automatic
from rules.signals.words.lexicon import shipped_lexicon

TEXTS: Final = Path(__file__).resolve().parents[1] / "tests" / "texts"
SOURCES: Final = ("open", "more", "spent")
#: Whose texts the card is fitted to, by the beginning of their ids.
PLAIN_HANDS: Final = ("own", "more", "k2")
_TITLE: Final = "# Points for *purposeless* of each count, fitted by tools/fit_purpose.py."
PARTS: Final = 6  # of the texts, each judged once by points fitted to the others
STEPS: Final = 1_000
RATE: Final = 0.2
#: Towards what common sense says: few texts, and the word lists know them.
PULL: Final = 0.05
#: What common sense says, before any text was seen.
BASE: Final = 1.45
SENSE: Final = {
    "definite": -0.6,
    "some_definite": -1.5,
    "densest": -1.0,
    "two_together": -1.2,
    "definite_aside": -0.3,
    "strong": -1.5,
    "about": -2.2,
    "asked": -1.0,
    "evidence": -3.2,
    "stated": -1.0,
    "denied": -1.0,
    "answered": -1.6,
    "check_in": 1.2,
    "plainly_named": -0.8,
    "empty_phrases": 0.2,
    "small_talk": 0.3,
    "long_and_empty": 0.7,
    "subject": -1.3,
}

Row = Mapping[str, float]


def main() -> None:
    """Write the points, and on the error stream how well they do on texts not fitted to."""
    counted, labels = _texts()
    right = sum(_right(counted, labels, part) for part in range(PARTS))
    sys.stderr.write(f"{right} of {len(labels)} right, each by points fitted without it\n")
    base, points = fit(counted, labels)
    lines = [f"  {name}: {value:.2f}" for name, value in points.items()]
    sys.stdout.write("\n".join([_TITLE, f"base: {base:.2f}", "points:", *lines, ""]))


def fit(counted: Sequence[Row], labels: Sequence[bool]) -> tuple[float, dict[str, float]]:
    """Return base and points that tell the labels best, by gradient descent."""
    names = list(counted[0])
    points, base = dict(SENSE), BASE
    for _ in range(STEPS):
        off = [
            _chance(base, points, row) - label for row, label in zip(counted, labels, strict=True)
        ]
        base -= RATE * (sum(off) / len(off) + PULL * (base - BASE))
        for name in names:
            slope = sum(one * row[name] for one, row in zip(off, counted, strict=True)) / len(off)
            points[name] -= RATE * (slope + PULL * (points[name] - SENSE[name]))
    return base, points


def _right(counted: Sequence[Row], labels: Sequence[bool], part: int) -> int:
    apart = [n for n in range(len(labels)) if n % PARTS == part]
    rest = [n for n in range(len(labels)) if n % PARTS != part]
    base, points = fit([counted[n] for n in rest], [labels[n] for n in rest])
    return sum((_chance(base, points, counted[n]) >= 1 / 2) == labels[n] for n in apart)


def _chance(base: float, points: Row, row: Row) -> float:
    return 1 / (1 + math.exp(-base - sum(points[name] * row[name] for name in row)))


def check_ins() -> list[dict[str, Any]]:
    """Return the labelled check-ins to learn from, in the order of their ids, each once."""
    files = [one for source in SOURCES for one in sorted((TEXTS / source).glob("checkins*.jsonl"))]
    lines = [line for one in files for line in one.read_text("utf-8").splitlines()]
    rows = {row["id"]: row for row in map(json.loads, lines)}
    return [rows[id] for id in sorted(rows)]


def digest_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what changes with any of these texts, wherever they stand."""
    said = "\n".join(json.dumps(row, sort_keys=True) for row in rows)
    return hashlib.sha256(said.encode()).hexdigest()


def _texts() -> tuple[list[dict[str, float]], list[bool]]:
    rows = [
        row
        for row in check_ins()
        if row["direction"] == "outbound"
        and row["id"].partition("-")[0] in PLAIN_HANDS
        and not is_automatic(row["text"])
    ]
    contacts = [
        Contact(
            id=row["id"],
            kind="email",
            direction="outbound",
            subject="",
            text=row["text"],
            automated=None,
            planned=False,
        )
        for row in rows
    ]
    labels = [row["label"] == "purposeless" for row in rows]
    return counted_purposes(contacts, shipped_lexicon()), labels


if __name__ == "__main__":
    main()
