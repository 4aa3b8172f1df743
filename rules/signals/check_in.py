"""Check-ins without a purpose: which activities say nothing but "just touching base".

Three steps, each over a whole column: which texts hold a check-in phrase at all; the sentences of
those, newest message only; which of these check in, and which speak for a purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from rules.signals.lexicon import Lexicon
from rules.signals.newest import between_quotes, newest, sentences
from rules.signals.plain import plain_column
from rules.signals.said import Found, Written

CHECK_IN: Final = "check_in"
PURPOSE: Final = "purpose"

#: Something definite: a number, money, a colon that opens something, a denial of the phrase.
_DEFINITE: Final = r"\d|[%€$£:]|\b(?:not|no|never|kein|keine|nicht|pas|sin|geen|niet|nao|sem)\b"
#: A sentence of so many words that is no check-in says something of its own, polite or not.
_LONG: Final = 9
#: With so many words that are not merely polite a check-in is about something; so is another
#: sentence, unless they are a name.
_ABOUT: Final = 3
_OTHERWISE: Final = 2
_LONGEST_NAME: Final = 3  # words; a name ends without a full stop
#: How far behind "on" or "about" the thing may stand that is meant.
_REACH: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]+")


def find_check_ins(some: Sequence[Written], lexicon: Lexicon) -> Iterator[Found]:
    """Yield the check-ins, and beside each of them a purpose if there might be one."""
    said = [one for written in some for one in _sentences(written)]
    if said:
        yield from _signals(said, lexicon)


def states_purpose(sentence: str, lexicon: Lexicon, empty: frozenset[str]) -> bool:
    """Tell whether a planned contact has a purpose; here a doubt, and a mere number, count as no.

    `empty`: words that say no purpose in a plan, such as "follow" and "client".
    """
    plainly = plain_column(pa.array([sentence]))
    plain = str(plainly[0].as_py())
    words = _WORD.findall(plain)
    own = [word not in lexicon.polite and word not in empty for word in words]
    if lexicon.says(lexicon.check_in, plainly)[0].as_py():
        return sum(own) >= _ABOUT
    if sum(own) >= _OTHERWISE:
        return not _is_a_name(sentence, sum(own)) and not (
            empty & set(words) and _names_somebody(sentence, words, own)
        )
    known: bool = lexicon.says(lexicon.purpose, plainly)[0].as_py()
    return known or _names_a_thing(words, own, lexicon)


@dataclass(frozen=True)
class _Said:
    """A sentence of an activity; an `answer` stands between quotes and can only give a purpose."""

    activity: str
    sentence: str
    answer: bool


def _sentences(written: Written) -> Iterator[_Said]:
    own = [written.subject, *sentences(newest(written.text))]
    for answer, some in ((False, own), (True, sentences(between_quotes(written.text)))):
        yield from (_Said(written.id, one, answer) for one in some if one)


def _signals(said: Sequence[_Said], lexicon: Lexicon) -> Iterator[Found]:
    plainly = plain_column(pa.array([one.sentence for one in said]))
    spoken = lexicon.says(lexicon.check_in, plainly).to_pylist()
    checks = [yes and not one.answer for yes, one in zip(spoken, said, strict=True)]
    named = {one.activity for one, yes in zip(said, checks, strict=True) if yes}
    purposes = _purposes(said, plainly, spoken, lexicon)
    for signal, found in ((CHECK_IN, checks), (PURPOSE, purposes)):
        seen: set[str] = set()
        for one, yes in zip(said, found, strict=True):
            if yes and one.activity in named - seen:
                seen.add(one.activity)
                yield Found(activity=one.activity, signal=signal, said=one.sentence)


def _purposes(
    said: Sequence[_Said], plainly: pa.Array, checks: Sequence[bool], lexicon: Lexicon
) -> list[bool]:
    """Tell for each sentence whether it may state a purpose; a doubt counts as yes."""
    known = lexicon.says(lexicon.purpose, plainly).to_pylist()
    definite = pc.match_substring_regex(plainly, pattern=_DEFINITE).to_pylist()
    return [
        purpose or exact or _is_about_something(one.sentence, str(plain), check, lexicon)
        for purpose, exact, one, plain, check in zip(
            known, definite, said, plainly.to_pylist(), checks, strict=True
        )
    ]


def _is_about_something(sentence: str, plain: str, check: bool, lexicon: Lexicon) -> bool:
    words = _WORD.findall(plain)
    own = [word not in lexicon.polite for word in words]
    if check:
        return sum(own) >= _ABOUT or _names_a_thing(words, own, lexicon)
    if len(words) >= _LONG or sum(own) >= _OTHERWISE:
        return not _is_a_name(sentence, sum(own))
    return _names_a_thing(words, own, lexicon)


def _names_a_thing(words: Sequence[str], own: Sequence[bool], lexicon: Lexicon) -> bool:
    return any(
        word in lexicon.about and any(own[n + 1 : n + 1 + _REACH]) for n, word in enumerate(words)
    )


def _names_somebody(sentence: str, words: Sequence[str], own: Sequence[bool]) -> bool:
    """Tell "call Bob Miller" from "call Bob about prices": his name alone is no purpose."""
    great = {word.lower() for word in _WORD.findall(sentence) if word[0].isupper()}
    said = [word for word, yes in zip(words, own, strict=True) if yes]
    return len(said) <= _LONGEST_NAME - 1 and set(said) <= great


def _is_a_name(sentence: str, own: int) -> bool:
    """Tell the line under a letter, or above it, from one that says something."""
    words = _WORD.findall(sentence)
    small = sum(word[0].islower() for word in words)
    return own <= _LONGEST_NAME and small == 0 and sentence[-1] not in ".!?"
