"""Words that a person types into a task, on a line of their own: `#snooze 14d`, `#wrong reason`.

Six languages, any case, with or without accents. Pure: what follows from a word, others decide.
Nothing that we write, and nothing out of the CRM, stands at the beginning of a line with a `#`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_ARGUMENT: Final = 200
#: A snooze of more than a year is a task that is not needed.
LONGEST_SNOOZE: Final = dt.timedelta(days=366)


class Word(StrEnum):
    """What may be asked of us."""

    SNOOZE = "snooze"
    ELSEWHERE = "elsewhere"
    NOT_NEEDED = "notneeded"
    WRONG = "wrong"
    WHY = "why"
    HELP = "help"
    UNKNOWN = "unknown"


#: The words of each language that differ: English, German, French, Spanish, Dutch, Portuguese.
_WORDS: Final[Mapping[Word, str]] = {
    Word.SNOOZE: "snooze later spater spaeter wiedervorlage reporter plustard posponer aplazar "
    "mastarde uitstellen adiar maistarde",
    Word.ELSEWHERE: "elsewhere anderswo woanders ailleurs enotrolugar otrolugar elders "
    "noutrolugar outrolugar",
    Word.NOT_NEEDED: "notneeded unneeded unnotig unnoetig nichtnotig nichtnoetig inutile "
    "pasnecessaire innecesario noesnecesario nietnodig onnodig desnecessario naoenecessario",
    Word.WRONG: "wrong falsch faux incorrecto equivocado fout onjuist errado incorreto",
    Word.WHY: "why warum wieso pourquoi porque waarom",
    Word.HELP: "help hilfe aide ayuda hulp ajuda",
}
_MEANS: Final = {name: word for word, names in _WORDS.items() for name in names.split()}

_LINE: Final = re.compile(r"^#(?P<name>[^\W\d_][\w-]*)[:,.!]?(?:\s+(?P<argument>.*))?$")


@dataclass(frozen=True, kw_only=True)
class Typed:
    """One word on one line. `mark` tells it from every other line of the same task."""

    word: Word
    argument: str
    mark: str


def words_in(text: str) -> Iterator[Typed]:
    """Yield the words of a task's text, from above."""
    seen: Counter[str] = Counter()
    for line in text.splitlines():
        said = " ".join(line.split())
        found = _LINE.match(said)
        if found is None:
            continue
        seen[said] += 1
        mark = hashlib.sha256(f"{seen[said]} {said}".encode()).hexdigest()[:40]
        argument = (found["argument"] or "").strip()[:LONGEST_ARGUMENT]
        yield Typed(
            word=_MEANS.get(_bare(found["name"]), Word.UNKNOWN), argument=argument, mark=mark
        )


def _bare(name: str) -> str:
    """Letters only, small, without accents: `Später`, `not-needed`."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in parts if one.isalpha())


# -- for how long ----------------------------------------------------------------------------

#: Lengths: what one is in days, and the words for it, without accents.
_UNITS: Final = {
    1: "d day days tag tage tagen t jour jours j dia dias dag dagen",
    7: "w week weeks woche wochen semaine semaines semana semanas sem weken",
    30: "m month months monat monate monaten mois mes meses maand maanden",
}
_DAYS_IN: Final = {name: days for days, names in _UNITS.items() for name in names.split()}
_FOR: Final = "for|fur|fuer|in|pour|pendant|dans|por|durante|en|voor|over|em"
_UNTIL: Final = "until|till|til|to|bis|jusqu'au|jusquau|jusqu’au|hasta|hasta el|tot|ate|ate a"
_LENGTH: Final = re.compile(
    rf"(?:(?:{_FOR})\s+)?(?P<number>\d{{1,3}})\s*(?P<unit>[a-z]+)\b[\s.,:;-]*(?P<reason>.*)"
)
_DAY: Final = re.compile(
    rf"(?:(?:{_UNTIL})\s+)?(?:(?P<y>\d{{4}})-(?P<m>\d\d?)-(?P<d>\d\d?)"
    r"|(?P<d2>\d\d?)[./](?P<m2>\d\d?)[./](?P<y2>\d{4}))\b[\s.,:;-]*(?P<reason>.*)"
)


@dataclass(frozen=True, kw_only=True)
class Snooze:
    """For how long, and why: a number of days, or a day on the owner's calendar."""

    days: int | None = None
    until: dt.date | None = None
    reason: str = ""


def snooze_of(argument: str) -> Snooze | None:
    """Read `14d`, `2 weeks on leave`, `until 2027-01-10 budget freeze`; None: not understood.

    A day with points or strokes is day, month, year; where it could be month first it is refused.
    """
    flat = _flat(argument)
    found = _LENGTH.fullmatch(flat)
    if found is not None and found["unit"] in _DAYS_IN:
        days = int(found["number"]) * _DAYS_IN[found["unit"]]
        reason = argument[found.start("reason") :]
        return Snooze(days=days, reason=reason) if 0 < days <= LONGEST_SNOOZE.days else None
    found = _DAY.fullmatch(flat)
    day = _day(found) if found is not None else None
    if found is None or day is None:
        return None
    return Snooze(until=day, reason=argument[found.start("reason") :])


def _day(found: re.Match[str]) -> dt.date | None:
    year, month, day = (int(found[n] or found[f"{n}2"]) for n in "ymd")
    slashed = found["y"] is None and "/" in found[0]
    if slashed and day <= 12 and day != month:
        return None  # 3/4/2027: nobody knows which is the month
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _flat(text: str) -> str:
    """Small letters without accents, one for one, so that places stay what they are."""
    return "".join(unicodedata.normalize("NFKD", one.lower())[0] for one in text)
