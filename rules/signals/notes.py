"""Three categories of a note on a conversation: discussed, proposed, purpose of the next contact.

Headings first, on their own line or before a colon; then initials, if all three stand there; then a
few phrases that say it outright. A part that holds only a placeholder is not there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rules.signals.check_in import states_purpose
from rules.signals.lexicon import Lexicon
from rules.signals.newest import newest, sentences
from rules.signals.said import Found, Written, first_of_each, sentences_of

DISCUSSED: Final = "note.discussed"
PROPOSED: Final = "note.proposed"
NEXT: Final = "note.next_purpose"
#: What a part of its own may say outright, without a heading.
_OUTRIGHT: Final = {DISCUSSED: "said_discussed", PROPOSED: "said_proposed", NEXT: "said_next"}
_INITIALS: Final = {"d": DISCUSSED, "p": PROPOSED, "n": NEXT}
_INITIAL: Final = re.compile(r"(?:^|[\s/|.;])([dpn]) ?[:=]", re.MULTILINE)
_WORD: Final = re.compile(r"[^\W\d_]+(?:[./'][^\W\d_]+)*")
#: Nothing proposed is an answer, too (practices C8).
_NOTHING: Final = frozenset({"nothing", "nichts", "rien", "nada", "niets"})
_FEWEST_LETTERS: Final = 3
_MARKS: Final = " \t\n-*•#:=?/|;>.–()"

_Part = tuple[str, str]  # signal, what stands below its heading


def find_notes(some: Sequence[Written], lexicon: Lexicon) -> Iterator[Found]:
    """Yield for each note the categories that are filled, with what stands in them."""
    headings = _headings(lexicon.phrases.headings)
    for one in some:
        for signal, body in _filled(_parts(newest(one.text), headings), lexicon):
            yield Found(activity=one.id, signal=signal, said=body)


def find_outright(some: Sequence[Written], lexicon: Lexicon) -> Iterator[Found]:
    """Yield the categories that a sentence of a note fills without any heading."""
    said = sentences_of(some)
    texts = [one.whole for one in said]
    for signal, group in _OUTRIGHT.items():
        says, undone = (lexicon.phrases.find(one, texts) for one in (group, f"{group}_not"))
        counts = [yes and not no for yes, no in zip(says, undone, strict=True)]
        yield from first_of_each(signal, said, counts)


def _headings(phrases: Mapping[str, str]) -> re.Pattern[str]:
    """One pattern: a phrase at the start of a line and of a part, or before a colon elsewhere."""
    names = "|".join(f"(?P<{signal.replace('.', '_')}>{some})" for signal, some in phrases.items())
    return re.compile(
        rf"(?:(?P<line>^)[ \t>*•#(-]{{0,6}}(?:\d{{1,2}}[.)][ \t]?)?[*_]{{0,2}}"
        rf"|[.;/|!?,•*)-][ \t*]{{0,4}})(?:{names})[*_ ]{{0,3}}"
        r"(?P<mark>[:=?]|(?: ?[-–](?= ))|$)",
        re.MULTILINE,
    )


def _folded(text: str) -> str:
    """Small letters without accents, as many as before: places stay the same."""
    return "".join(
        one if one.isascii() else unicodedata.normalize("NFKD", one)[0] for one in text.lower()
    )


def _parts(text: str, headings: re.Pattern[str]) -> list[_Part]:
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
    ends = [*(match.start() for match, _ in found), len(text)][1:]
    return [
        (signal, text[match.end() : end].strip(_MARKS))
        for (match, signal), end in zip(found, ends, strict=True)
    ]


def _signal(match: re.Match[str]) -> str | None:
    """Return which heading it is; without a colon it must begin its line."""
    if match["line"] is None and match["mark"] not in (":", "=", "?"):
        return None
    return next(s for s in (DISCUSSED, PROPOSED, NEXT) if match[s.replace(".", "_")])


def _by_initials(folded: str) -> list[tuple[re.Match[str], str]]:
    found = [(match, _INITIALS[match[1]]) for match in _INITIAL.finditer(folded)]
    return found if {signal for _, signal in found} == set(_OUTRIGHT) else []


def _filled(parts: Sequence[_Part], lexicon: Lexicon) -> Iterator[_Part]:
    placeholder = frozenset(lexicon.phrases.words["placeholder"])
    for signal, body in parts:
        words = _WORD.findall(_folded(body))
        if signal == PROPOSED and words and words[0] in _NOTHING:
            yield signal, body
        elif sum(map(len, words)) < _FEWEST_LETTERS or set(words) <= placeholder:
            continue
        elif signal != NEXT or _purpose(body, lexicon):
            yield signal, _first(body)


def _first(body: str) -> str:
    return next(iter(sentences(body)), body)


def _purpose(body: str, lexicon: Lexicon) -> bool:
    empty = frozenset(lexicon.phrases.words["empty"])
    return any(states_purpose(one, lexicon, empty) for one in sentences(body))
