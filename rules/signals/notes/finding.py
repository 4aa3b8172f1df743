"""Three categories of a note on a conversation: discussed, proposed, purpose of the next contact.

Headings first, on their own line or before a colon; then initials; then what its sentences tell. A
part that holds only a placeholder is not there. What a word stands for is data (`notes.yaml`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from rules.signals.notes.telling import Telling, told_of
from rules.signals.promises.due import named_days
from rules.signals.said import Found, Written, first_of_each, sentences_of
from rules.signals.text.newest import newest, sentences
from rules.signals.words.lexicon import Lexicon, shipped_lexicon

DISCUSSED: Final = "note.discussed"
PROPOSED: Final = "note.proposed"
NEXT: Final = "note.next_purpose"
#: What a part of its own may say outright, in phrases of the lexicon.
_OUTRIGHT: Final = {DISCUSSED: "said_discussed", PROPOSED: "said_proposed", NEXT: "said_next"}
_INITIALS: Final = {"d": DISCUSSED, "p": PROPOSED, "n": NEXT}
_INITIAL: Final = re.compile(r"(?:^|[\s/|.;])([dpn]) ?[:=]", re.MULTILINE)
#: Where initials stand for categories, one of them alone is an abbreviation.
_FEWEST_INITIALS: Final = 2
_WORD: Final = re.compile(r"[^\W\d_]+(?:[./'][^\W\d_]+)*")
_LONGEST: Final = 16 * 1024  # characters of a note that are read
_MOST: Final = 200  # sentences below a heading that are read
_FEWEST_LETTERS: Final = 3
_MARKS: Final = " \t\n-*•#:=?/|;>.–—()"
#: Words that may stand between a heading and its colon: "Next call tomorrow 8am: ...".
_WORDS_BEHIND: Final = r"(?:[ \t]+[^\s:=?.;]{1,14}){0,3}"


@dataclass(frozen=True, kw_only=True)
class NoteText:
    """A note on a conversation."""

    id: str
    text: str


@dataclass(frozen=True, kw_only=True)
class NoteJudgement:
    """What a note says in each category, in its own words; None where it says nothing."""

    id: str
    discussed: str | None = None
    proposed: str | None = None
    next_purpose: str | None = None
    nothing_proposed: str | None = None  # it says that nothing was proposed: an answer, too
    next_when: str | None = None  # where the day of the next contact may be named


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What stands below a heading; without one, `signal` is None."""

    signal: str | None
    body: str
    whole: str = ""  # with its heading and what stands beside that


def judge_notes(texts: Sequence[NoteText], lexicon: Lexicon | None = None) -> list[NoteJudgement]:
    """Return for each note which categories it fills, and with which words of its own."""
    known = lexicon or shipped_lexicon()
    headings = _headings(known)
    telling = Telling(known.phrases.words)
    return [_judge(one, headings, telling) for one in texts]


@cache
def _shipped() -> Lexicon:
    return shipped_lexicon()


def find_notes(some: Sequence[Written], lexicon: Lexicon, zone: ZoneInfo) -> Iterator[Found]:
    """Yield for each note the categories that are filled, with what stands in them.

    That nothing was proposed is an answer, too (practices C8). The day that is named for the next
    contact is in UTC, as the due date of a promise is.
    """
    texts = [NoteText(id=one.id, text=one.text) for one in some]
    every = judge_notes(texts, lexicon)
    days = named_days([(n.next_when, one.at) for n, one in zip(every, some, strict=True)], zone)
    for judged, day in zip(every, days, strict=True):
        answers = (
            (DISCUSSED, judged.discussed),
            (PROPOSED, judged.proposed or judged.nothing_proposed),
            (NEXT, judged.next_purpose),
        )
        for signal, said in answers:
            if said is not None:
                due = day if signal == NEXT else None
                yield Found(activity=judged.id, signal=signal, said=said, due_at=due)


def find_outright(some: Sequence[Written], lexicon: Lexicon, zone: ZoneInfo) -> Iterator[Found]:
    """Yield the categories that a sentence of a note fills without any heading."""
    said, moments = sentences_of(some), {one.id: one.at for one in some}
    texts = [one.whole for one in said]
    for signal, group in _OUTRIGHT.items():
        says, undone = (lexicon.phrases.find(one, texts) for one in (group, f"{group}_not"))
        counts = [yes and not no for yes, no in zip(says, undone, strict=True)]
        found = first_of_each(signal, said, counts)
        if signal == NEXT:
            days = named_days([(one.said, moments[one.activity]) for one in found], zone)
            found = [replace(one, due_at=day) for one, day in zip(found, days, strict=True)]
        yield from found


def _judge(one: NoteText, headings: re.Pattern[str], telling: Telling) -> NoteJudgement:
    found: dict[str, str] = {}
    nothing = when = None
    for part in _parts(newest(one.text[:_LONGEST]), headings):
        if part.signal == PROPOSED and telling.says_nothing(_folded(part.body)):
            nothing = nothing or part.body
        for signal, said in _filled(part, telling):
            if signal == NEXT and NEXT not in found:
                when = part.whole if part.signal == NEXT else said
            found.setdefault(signal, said)
    return NoteJudgement(
        id=one.id,
        discussed=found.get(DISCUSSED),
        proposed=found.get(PROPOSED),
        next_purpose=found.get(NEXT),
        nothing_proposed=nothing,
        next_when=when,
    )


# -- parts -----------------------------------------------------------------------------------


@cache
def _pattern(phrases: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """One pattern: a phrase at the start of a line and of a part, or before a colon elsewhere."""
    names = "|".join(f"(?P<{signal.replace('.', '_')}>{some})" for signal, some in phrases)
    return re.compile(
        rf"(?:(?P<line>^)[ \t>*•#(¿-]{{0,6}}(?:\d{{1,2}}[.)][ \t]?)?[*_¿]{{0,3}}"
        rf"|[.;/|!?,•*)-][ \t*¿]{{0,4}}(?:\d{{1,2}}[.)][ \t]?)?)(?:{names})[*_ ]{{0,3}}"
        rf"(?:(?P<mark>[:=?]|(?: ?[-–](?= ))|$)|{_WORDS_BEHIND}(?P<late>[:?]))",
        re.MULTILINE,
    )


def _headings(lexicon: Lexicon) -> re.Pattern[str]:
    return _pattern(tuple(lexicon.phrases.headings.items()))


def _folded(text: str) -> str:
    """Small letters without accents, as many as before: places stay the same."""
    return "".join(
        one if one.isascii() else unicodedata.normalize("NFKD", one)[0] for one in text.lower()
    )


def _parts(text: str, headings: re.Pattern[str]) -> Iterator[_Part]:
    folded = _folded(text)
    if len(folded) != len(text):  # a letter that grows when it is made small
        text = folded
    found = [
        (match, signal)
        for match in headings.finditer(folded)
        if (signal := _signal(match)) is not None
    ]
    if not found:
        found = _by_initials(folded)
    starts = [*(match.start() for match, _ in found), len(text)]
    yield _Part(signal=None, body=text[: starts[0]])
    for (match, signal), end in zip(found, starts[1:], strict=True):
        behind = match.start("late") if match.groupdict().get("late") else match.end()
        body = text[behind:end].strip(_MARKS)
        yield _Part(signal=signal, body=body, whole=text[match.start() : end])


def _signal(match: re.Match[str]) -> str | None:
    """Return which heading it is; without a colon it must begin its line."""
    if match["line"] is None and match["mark"] not in (":", "=", "?"):
        return None
    return next(s for s in (DISCUSSED, PROPOSED, NEXT) if match[s.replace(".", "_")])


def _by_initials(folded: str) -> list[tuple[re.Match[str], str]]:
    found = [(match, _INITIALS[match[1]]) for match in _INITIAL.finditer(folded)]
    return found if len({signal for _, signal in found}) >= _FEWEST_INITIALS else []


# -- what a part says ------------------------------------------------------------------------


def _filled(part: _Part, telling: Telling) -> Iterator[tuple[str, str]]:
    said = [one.strip(_MARKS) for one in sentences(part.body)[:_MOST]]
    said = [one for one in said if one]
    if part.signal is None:
        yield from _prose(said, telling)
        return
    headed = _headed(part.signal, part.body, said, telling)
    if headed is not None:
        yield part.signal, headed
    if part.signal != NEXT:  # "Topics: parking. We suggested permits. Call Monday to ..."
        others = _prose(said[1:], telling)
        yield from ((signal, one) for signal, one in others if signal != DISCUSSED)


def _headed(signal: str, body: str, said: Sequence[str], telling: Telling) -> str | None:
    words = _WORD.findall(_folded(body))
    letters = sum(map(len, words)) >= _FEWEST_LETTERS or any(map(str.isdigit, body))
    if not letters or telling.is_placeholder(_folded(body)):
        return None
    if signal == NEXT:
        return next((one for one in said if telling.has_purpose(one)), None)
    return said[0] if said else None


def _prose(said: Iterable[str], telling: Telling) -> Iterator[tuple[str, str]]:
    names: Mapping[str, str] = {"discussed": DISCUSSED, "proposed": PROPOSED, "next": NEXT}
    for sentence in said:
        for kind in told_of(sentence, telling):
            yield names[kind], sentence
