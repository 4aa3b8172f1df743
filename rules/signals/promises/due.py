"""When something falls due that was promised in words.

Two answers to one question: the day that the words name, and the business moment at which the duty
falls due. Business days are Monday to Friday; holidays are not known here. What can be read in two
ways falls due at the later of them, and a day that was named beats a vague word.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from rules.signals.promises.due_table import (
    DAYS,
    HOURS,
    after_business_days,
    rolled,
    rolled_back,
    table,
)
from rules.signals.text.plain import plain_column
from rules.signals.words.notation import plain_entries
from rules.signals.words.word_files import shipped_words

_MORNING: Final = dt.time(9)
_EVENING: Final = dt.time(17)
_NOTHING_SAID: Final = 5  # business days (practices C23), as are the next three
_VAGUE: Final = {"asap": 1, "shortly": 3, "in due course": 5}
_WHEN_SOMETHING_HAPPENED: Final = 10
_PROMPT: Final = re.compile(r"\b\d{1,2} ?hours\b|\b[12] ?days\b")
#: What a pattern has read, no other reads.
_READ: Final = " ; "


@dataclass(frozen=True, kw_only=True)
class Due:
    """When a promise falls due, in UTC, and whether a day was said."""

    at: dt.datetime
    explicit: bool


def read_due(plain: str, at: dt.datetime, zone: ZoneInfo, *, waits: bool = False) -> Due:
    """Return when what a plain sentence promises falls due, said `at` (aware) in `zone`.

    `waits`: it waits for something else to happen first. Never fails; nothing said is 5 business
    days.
    """
    said = at.astimezone(zone)
    now = said.replace(tzinfo=None)
    found = [_business(*one) for one in _found(in_english(plain), now) if _ahead(one[0], now)]
    if found:
        local = max(found)
    else:
        days = _WHEN_SOMETHING_HAPPENED if waits else _vague_days(plain)
        local = dt.datetime.combine(after_business_days(said.date(), days), _EVENING)
    return Due(at=local.replace(tzinfo=zone).astimezone(dt.UTC), explicit=bool(found))


def said_day(plain: str, on: dt.date) -> dt.date | None:
    """Return the day that plain words name, said on a day; None where they name none.

    A weekend stays a weekend, and a day that has gone by is not meant. Of two days the later.
    """
    said = dt.datetime.combine(on, _MORNING)
    found = [day for day, _ in _found(in_english(plain), said) if _ahead(day, said)]
    return max((_day(one) for one in found), default=None)


def without_hours(plain: str) -> str:
    """Leave out an hour that names no day: "by noon" is of today only where nothing else is."""
    return HOURS.sub(_READ, in_english(plain))


def named_days(
    said: Sequence[tuple[str | None, dt.datetime | None]], zone: ZoneInfo
) -> list[dt.datetime | None]:
    """Return for each text, said at a moment in `zone`, when the day it names ends at work: UTC.

    None where it names no day, or where there is no text or no moment.
    """
    plain = plain_column(pa.array([text or "" for text, _ in said], pa.string())).to_pylist()
    dues = [
        None if at is None else read_due(text, at, zone)
        for text, (_, at) in zip(plain, said, strict=True)
    ]
    return [due.at if due and due.explicit else None for due in dues]


def is_vague(plain: str) -> bool:
    """Tell whether plain words say soon, without a day."""
    return re.search(rf"\b(?:{'|'.join(_VAGUE)})\b", in_english(plain)) is not None


def is_prompt(plain: str) -> bool:
    """Tell whether plain words say how fast: within so many hours, or a day or two."""
    return _PROMPT.search(in_english(plain)) is not None


def time_words() -> frozenset[str]:
    """Return the words and phrases, in six languages, that speak of days and lengths of time."""
    articles = {word for word, name in _ENGLISH.items() if name == "1"} - {"one"}
    return frozenset({*_ENGLISH, *_MONTHS, *DAYS, *_ENGLISH.values()}) - articles - {""}


def _vague_days(plain: str) -> int:
    words = in_english(plain)
    said = [days for word, days in _VAGUE.items() if re.search(rf"\b{word}\b", words)]
    return max(said, default=_NOTHING_SAID)


# -- words -----------------------------------------------------------------------------------


def _either(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _load() -> tuple[re.Pattern[str], Mapping[str, str], Mapping[str, int], Mapping[str, int]]:
    said: dict[str, Any] = shipped_words("promises/due.yaml")
    english = {word: name for name, some in said["words"].items() for word in plain_entries(some)}
    longest = sorted(english, key=len, reverse=True)
    months = {word: n for n, some in enumerate(said["months"], 1) for word in plain_entries(some)}
    words = "|".join(map(re.escape, longest))
    ordinals = {
        word: n for n, some in enumerate(said["ordinals"], 1) for word in plain_entries(some)
    }
    return re.compile(rf"(?:\b|(?<=\d))(?:{words})\b"), english, months, ordinals


_WORDS, _ENGLISH, _MONTHS, _ORDINALS = _load()
#: "The second of May", "op de derde mei"; without a month only what is no small number.
_IN_WORDS: Final = re.compile(
    rf"\b({_either(_ORDINALS)})(?= (?:(?:of|de) )?(?:{_either(_MONTHS)})\b)"
    rf"|(?<=\bthe )({_either(w for w, n in _ORDINALS.items() if n > 9)})\b"
)
_TABLE: Final = table(_MONTHS)


def in_english(plain: str) -> str:
    """Return plain words with those for days and lengths of time in English."""
    plain = _IN_WORDS.sub(lambda found: f"{_ORDINALS[found[0]]}th", plain)
    return _WORDS.sub(lambda found: _ENGLISH[found[0]], plain)


# -- readings --------------------------------------------------------------------------------

_Reading = tuple[dt.datetime | dt.date, bool]  # the day, and whether it rolls back


def _found(words: str, said: dt.datetime) -> Iterator[_Reading]:
    for one in _TABLE:
        for match in one.pattern.finditer(words):
            day = one.read(match, said)
            if day is not None:
                yield day, one.back
        words = one.pattern.sub(_READ, words)


def _day(found: dt.datetime | dt.date) -> dt.date:
    return found.date() if isinstance(found, dt.datetime) else found


def _ahead(found: dt.datetime | dt.date, said: dt.datetime) -> bool:
    return _day(found) >= said.date()


def _business(found: dt.datetime | dt.date, back: bool) -> dt.datetime:
    time = found.time() if isinstance(found, dt.datetime) else _EVENING
    day = _day(found)
    return dt.datetime.combine(rolled_back(day) if back else rolled(day), time)
