"""Fit the points of the scorecards of notes to labelled texts and print them as YAML.

Reads the notes in `tests/texts/open`, `spent` and `more`, never what is kept aside. A note speaks
for a category with the clause that speaks most for it, so only that is fitted in each round; what a
heading has decided is not. `discussed` comes last, on what the other cards say of a clause.
Usage: `python -m tools.fit_notes > scorecard.yaml`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rules.signals.notes.finding import DISCUSSED, NEXT, PROPOSED, Headed, headed_of
from rules.signals.notes.telling import Telling
from rules.signals.notes.weighing import Card, chance, counts, every_count
from rules.signals.words.lexicon import shipped_lexicon
from rules.signals.words.word_files import parsed

TEXTS: Final = Path(__file__).resolve().parents[1] / "tests" / "texts"
SOURCES: Final = (
    "open/notes.jsonl",
    "open/notes2.jsonl",
    "spent/notes.jsonl",
    "more/notes.jsonl",
)
_SENSE: Final = Path(__file__).with_name("notes_sense.yaml")
_TITLE: Final = "# Points of what stands in a clause of a note, fitted by tools/fit_notes.py."
PARTS: Final = 6  # of the texts, each judged once by points fitted to the others
_STEPS: Final = 400
_RATE: Final = 0.5
#: Towards what common sense says: few texts, and the word lists know them.
_PULL: Final = 0.05
_BASE_PULL: Final = 0.2 * _PULL
#: What no list knows is missed, not made up: of texts that nobody had seen ten offers were missed
#: for each that was none, so that a little less is enough.
_LEAN: Final = {"proposed": 0.5}
#: The signal, and the label of it, in the order in which they are fitted.
LABELS: Final = {
    "next": (NEXT, "next_purpose"),
    "proposed": (PROPOSED, "proposed"),
    "discussed": (DISCUSSED, "discussed"),
}

Cards = dict[str, Card]


@dataclass(frozen=True, kw_only=True)
class Note:
    """A labelled note, and what it says below its headings and elsewhere."""

    row: Mapping[str, Any]
    headed: Headed

    @property
    def part(self) -> int:
        """The part that it is left out with: notes on one customer stay together."""
        return int(hashlib.sha256(str(self.row["id"])[:-1].encode()).hexdigest(), 16) % PARTS


def main() -> None:
    """Write the points, and on the error stream how well they do on texts not fitted to."""
    notes = read_notes()
    apart: dict[str, tuple[bool, ...]] = {}
    for part in range(PARTS):
        cards = fit_all([one for one in notes if one.part != part])
        apart |= {one.row["id"]: judged(one, cards) for one in notes if one.part == part}
    sys.stderr.write(figures(notes, apart))
    sys.stdout.write("\n".join([_TITLE, *written(fit_all(notes)), ""]))


def read_notes() -> list[Note]:
    """Return the labelled notes."""
    lines = [line for one in SOURCES for line in (TEXTS / one).read_text("utf-8").splitlines()]
    known = shipped_lexicon()
    rows = [json.loads(line) for line in lines]
    telling = Telling(known.phrases.words)
    return [Note(row=row, headed=headed_of(row["text"], known, telling)) for row in rows]


def fit_all(notes: Sequence[Note]) -> Cards:
    """Return the cards that tell the labels best."""
    cards: Cards = {}
    for name in LABELS:
        cards[name] = fit(name, notes, cards)
    return cards


def fit(name: str, notes: Sequence[Note], others: Mapping[str, Card]) -> Card:
    """Return base and points of one category, by gradient descent."""
    signal, label = LABELS[name]
    sense = parsed(_SENSE.read_text("utf-8"))[name]
    known = [
        (
            bool(one.row[label]),
            [_nonzero(some) for some in counted(name, one, others)],
        )
        for one in notes
        if signal not in one.headed.filled and one.headed.prose
    ]
    base, points = float(sense["base"]), dict(sense["points"])
    for _ in range(_STEPS):
        card = Card(base=base, points=points)
        slopes = dict.fromkeys(points, 0.0)
        off_base = 0.0
        for is_so, clauses in known:
            best = max(clauses, key=card.score)
            off = chance(card.score(best)) - is_so
            off_base += off
            for count, value in best.items():
                slopes[count] += off * value
        base -= _RATE * (off_base / len(known) + _BASE_PULL * (base - sense["base"]))
        points = {
            count: at - _RATE * (slopes[count] / len(known) + _PULL * (at - sense["points"][count]))
            for count, at in points.items()
        }
    return Card(base=base + _LEAN.get(name, 0.0), points=points)


def counted(name: str, one: Note, others: Mapping[str, Card]) -> list[Mapping[str, float]]:
    """Return the counts of a category for each clause."""
    some = [seen for seen, _ in one.headed.prose]
    if name in others or len(others) == len(LABELS) - 1:
        return [found[name] for found in every_count(some, others)]
    return [counts(seen)[name] for seen in some]


def _nonzero(counts: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in counts.items() if value}


def judged(one: Note, cards: Mapping[str, Card]) -> tuple[bool, ...]:
    """Return whether a note fills each category."""
    return tuple(
        signal in one.headed.filled
        or any(cards[name].score(some) >= 0 for some in counted(name, one, cards))
        for name, (signal, _) in LABELS.items()
    )


def figures(notes: Sequence[Note], apart: Mapping[str, Sequence[bool]]) -> str:
    """Return how well the notes were judged, in words."""
    said = []
    for n, (name, (_, label)) in enumerate(LABELS.items()):
        pairs = [(bool(one.row[label]), apart[one.row["id"]][n]) for one in notes]
        said.append(f"{name} F1 {_f1(pairs):.3f}")
    right = sum(
        all(
            bool(one.row[label]) == got
            for (_, label), got in zip(LABELS.values(), some, strict=True)
        )
        for one in notes
        for some in [apart[one.row["id"]]]
    )
    return f"{', '.join(said)}; all three right {right} of {len(notes)}\n"


def _f1(pairs: Iterable[tuple[bool, bool]]) -> float:
    some = list(pairs)
    return 2 * sum(a and b for a, b in some) / max(1, sum(a + b for a, b in some))


def written(cards: Mapping[str, Card]) -> list[str]:
    """Return the cards as lines of YAML."""
    lines = []
    for name, card in cards.items():
        lines += [f"{name}:", f"  base: {card.base:.2f}", "  points:"]
        lines += [f"    {count}: {at:.2f}" for count, at in card.points.items()]
    return lines


if __name__ == "__main__":
    main()
