"""Labelled texts, one JSON object a line, as the labelling guidelines have them: read, and checked.

Every mistake of a file comes back with its line. Nothing in here judges a text.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from rules.problems import Place, Problem, did_you_mean, listed, problem_at, shown

Row = Mapping[str, Any]
MOST_LINES: Final = 200_000


class LabelKind(StrEnum):
    """What a file of labelled texts is about."""

    CHECKINS = "checkins"
    PROMISES = "promises"
    NOTES = "notes"
    COMMENTS = "comments"


NOTE_LABELS: Final = ("discussed", "proposed", "next_purpose")
COMMENT_LABELS: Final = ("positive", "negative", "neutral", "mixed")
ARTEFACTS: Final = ("proposal", "quote", "contract", "deck", "other")
#: A field that only texts of this kind have.
_TOLD_BY: Final = (
    ("sent_at", LabelKind.PROMISES),
    ("discussed", LabelKind.NOTES),
    ("channel", LabelKind.CHECKINS),
)

Check = Callable[[Any], str | None]  # a value -> what it should be, if it is not


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """The texts of a file, and what is wrong with it."""

    kind: LabelKind
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read_labelled(
    path: str, text: str, kind: LabelKind | None = None, *, bare: bool = False
) -> Labelled:
    """Read a file; without `kind` it is told by the fields of its first row.

    `bare`: every field but the id and the text may be missing.
    """
    rows, problems = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        row, wrong = _row(line)
        if row is None:
            problems.append(_problem(path, number, wrong))
        else:
            rows.append((number, row))
    kind = kind or _kind_of([row for _, row in rows])
    problems += [
        _problem(path, number, sentence)
        for number, row in rows
        for sentence in _wrong_in(row, _FIELDS[kind], bare=bare)
    ]
    problems += [_problem(path, number, sentence) for number, sentence in _twice(rows)]
    if not rows and not problems:
        problems.append(_problem(path, 1, "there is no text in this file."))
    return Labelled(
        kind=kind,
        rows=tuple(row for _, row in rows),
        problems=tuple(sorted(problems)),
    )


def _row(line: str) -> tuple[Row | None, str]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None, "this is not JSON. Write one object a line, in double quotes."
    if not isinstance(row, dict):
        return None, 'this is no object. Write {"id": …, "text": …, "label": …}.'
    return row, ""


def _kind_of(rows: Sequence[Row]) -> LabelKind:
    first = rows[0] if rows else {}
    return next((kind for field, kind in _TOLD_BY if field in first), LabelKind.COMMENTS)


def _wrong_in(row: Row, fields: Mapping[str, tuple[bool, Check]], *, bare: bool) -> Iterator[str]:
    for name, (needed, check) in fields.items():
        if name not in row:
            if needed and (not bare or name in _ALWAYS):
                yield f'"{name}" is missing.{did_you_mean(name, set(row) - fields.keys())}'
            continue
        wanted = check(row[name])
        if wanted is not None:
            said = row[name] if isinstance(row[name], str) else json.dumps(row[name])
            yield f'"{name}" is {shown(said)}, not {wanted}.'


def _twice(rows: Sequence[tuple[int, Row]]) -> Iterator[tuple[int, str]]:
    first: dict[str, int] = {}
    for number, row in rows:
        id = row.get("id")
        if isinstance(id, str) and first.setdefault(id, number) != number:
            yield number, f"the id {shown(id)} stands on line {first[id]} already."


def _problem(path: str, line: int, sentence: str) -> Problem:
    return problem_at(Place(path=path, line=line, column=1), sentence)


# -- what a field may hold -----------------------------------------------------------------------


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) else "a text"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _one_of(*words: str) -> Check:
    return lambda value: None if value in words else listed(words)


def _day(value: Any) -> str | None:
    try:
        dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        return 'a day such as "2026-11-19"'
    return None


def _moment(value: Any) -> str | None:
    """A day is enough; of a moment its day counts, as the guidelines count in days."""
    try:
        dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return 'a day or a moment such as "2026-11-19" or "2026-11-19T09:30:00"'
    return None


def _or_null(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


_ALWAYS: Final = ("id", "text")
_COMMON: Final[dict[str, tuple[bool, Check]]] = {
    "id": (True, _text),
    "text": (True, _text),
    "lang": (False, _text),
    "borderline": (False, _flag),
    "phenomenon": (False, _text),
}
_WAYS: Final = _one_of("outbound", "inbound", "internal")
#: Whether it must be there, and what it may hold.
_FIELDS: Final[Mapping[LabelKind, Mapping[str, tuple[bool, Check]]]] = {
    LabelKind.CHECKINS: {
        **_COMMON,
        "channel": (True, _text),
        "direction": (True, _WAYS),
        "label": (True, _one_of("purposeless", "purposeful")),
    },
    LabelKind.PROMISES: {
        **_COMMON,
        "direction": (True, _WAYS),
        "sent_at": (True, _moment),
        "label": (True, _one_of("promise", "no_promise", "none")),
        "artefact": (True, _or_null(_one_of(*ARTEFACTS))),
        "due": (True, _or_null(_day)),
    },
    LabelKind.NOTES: {**_COMMON, **dict.fromkeys(NOTE_LABELS, (True, _flag))},
    LabelKind.COMMENTS: {**_COMMON, "label": (True, _one_of(*COMMENT_LABELS))},
}
