"""How well predictions hold against labels: precision, recall, F1. Pure arithmetic.

The figures are those by which texts are scored everywhere in this project; what the guidelines
call borderline is counted with and without.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from worker.labelled import COMMENT_LABELS, NOTE_LABELS, LabelKind, Row

Prediction = Mapping[str, Any]
Pair = tuple[Row, Prediction]
Yes = Callable[[Pair], tuple[bool, bool]]  # labelled so, predicted so

_GROUPS: Final = ("lang", "channel", "phenomenon")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """How one label was found among some texts, or how many were right."""

    part: str  # all, without borderline, lang de, …
    label: str
    texts: int
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    right: float | None = None  # the share of texts that are as labelled

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data; what does not apply is left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def score(
    kind: LabelKind, rows: Sequence[Row], predictions: Mapping[str, Prediction]
) -> list[Figure]:
    """Return every figure; a text without a prediction counts as the negative class."""
    pairs = [(row, predictions.get(row["id"], {})) for row in rows]
    return [figure for part, some in _parts(pairs) for figure in _FIGURES[kind](part, some)]


def _parts(pairs: Sequence[Pair]) -> Iterator[tuple[str, Sequence[Pair]]]:
    yield "all", pairs
    clear = [pair for pair in pairs if not pair[0].get("borderline")]
    if len(clear) != len(pairs):
        yield "without borderline", clear
    for field in _GROUPS:
        groups: dict[str, list[Pair]] = defaultdict(list)
        for pair in pairs:
            if pair[0].get(field) is not None:
                groups[pair[0][field]].append(pair)
        for name, some in sorted(groups.items(), key=lambda one: -len(one[1])):
            yield f"{field} {name}", some


# -- by kind -------------------------------------------------------------------------------------


def _check_ins(part: str, pairs: Sequence[Pair]) -> Iterator[Figure]:
    yield _found(part, "purposeless", pairs, _labelled("purposeless"))
    yield _found(part, "purposeful", pairs, _not(_labelled("purposeless")))
    yield _found(
        part,
        "flag alone",
        pairs,
        lambda pair: (pair[0]["label"] == "purposeless", bool(pair[1].get("flag"))),
    )


def _promises(part: str, pairs: Sequence[Pair]) -> Iterator[Figure]:
    yield _found(part, "promise", pairs, _labelled("promise"))
    made = [pair for pair in pairs if pair[0]["label"] == "promise"]
    found = [pair for pair in made if pair[1].get("label") == "promise"]
    for name in ("artefact", "due"):
        right = sum(row[name] == said.get(name) for row, said in found)
        yield Figure(
            part=part, label=f"{name}, of found", texts=len(found), right=_of(right, found)
        )
    whole = sum(_same(row, said, ("artefact", "due")) for row, said in found)
    yield Figure(
        part=part, label="found, artefact and due", texts=len(made), right=_of(whole, made)
    )


def _notes(part: str, pairs: Sequence[Pair]) -> Iterator[Figure]:
    each = [_found(part, name, pairs, _set(name)) for name in NOTE_LABELS]
    yield from each
    whole = sum(_same(row, said, NOTE_LABELS) for row, said in pairs)
    yield Figure(
        part=part, label="macro", texts=len(pairs), f1=_mean(each), right=_of(whole, pairs)
    )


def _comments(part: str, pairs: Sequence[Pair]) -> Iterator[Figure]:
    there = [name for name in COMMENT_LABELS if any(row["label"] == name for row, _ in pairs)]
    each = [_found(part, name, pairs, _labelled(name)) for name in there]
    yield from each
    right = sum(row["label"] == said.get("label") for row, said in pairs)
    yield Figure(
        part=part, label="macro", texts=len(pairs), f1=_mean(each), right=_of(right, pairs)
    )
    complaints = ("negative", "mixed")
    yield _found(
        part,
        "any complaint",
        pairs,
        lambda pair: (pair[0]["label"] in complaints, pair[1].get("label") in complaints),
    )


_FIGURES: Final[Mapping[LabelKind, Callable[[str, Sequence[Pair]], Iterator[Figure]]]] = {
    LabelKind.CHECKINS: _check_ins,
    LabelKind.PROMISES: _promises,
    LabelKind.NOTES: _notes,
    LabelKind.COMMENTS: _comments,
}


# -- arithmetic ----------------------------------------------------------------------------------


def _labelled(label: str) -> Yes:
    return lambda pair: (pair[0]["label"] == label, pair[1].get("label") == label)


def _set(name: str) -> Yes:
    return lambda pair: (pair[0][name], bool(pair[1].get(name)))


def _not(yes: Yes) -> Yes:
    def opposite(pair: Pair) -> tuple[bool, bool]:
        labelled, predicted = yes(pair)
        return not labelled, not predicted

    return opposite


def _same(row: Row, said: Prediction, names: Iterable[str]) -> bool:
    return all(
        row[name] == said.get(name, False if name in NOTE_LABELS else None) for name in names
    )


def _found(part: str, label: str, pairs: Sequence[Pair], yes: Yes) -> Figure:
    answers = [yes(pair) for pair in pairs]
    hits = sum(a and b for a, b in answers)
    predicted, labelled = sum(b for _, b in answers), sum(a for a, _ in answers)
    precision, recall = _share(hits, predicted), _share(hits, labelled)
    total = precision + recall
    return Figure(
        part=part,
        label=label,
        texts=len(pairs),
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / total if total else 0.0,
        right=_share(sum(a == b for a, b in answers), len(answers)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _of(right: int, some: Sequence[Pair]) -> float:
    return _share(right, len(some))


def _mean(figures: Sequence[Figure]) -> float:
    values = [one.f1 or 0.0 for one in figures]
    return sum(values) / len(values) if values else 0.0
