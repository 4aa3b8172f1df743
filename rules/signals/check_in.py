"""Check-ins as signals: which contacts say nothing but "just touching base"; what plans are for.

A contact that checks in has a purpose, too, unless it is surely purposeless; how that is judged,
`purpose` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from connectors.model import Direction
from rules.signals.judged import Contact, PurposeModel, is_flag
from rules.signals.lexicon import Lexicon
from rules.signals.plain import plain_column
from rules.signals.purpose import FLAG_AT, judge_contacts
from rules.signals.said import Author, Found, Written

CHECK_IN: Final = "check_in"
PURPOSE: Final = "purpose"

#: With so many words that are not merely polite a check-in is about something; so is another
#: sentence, unless they are a name.
_ABOUT: Final = 3
_OTHERWISE: Final = 2
_LONGEST_NAME: Final = 3  # words; a name ends without a full stop
#: How far behind "on" or "about" the thing may stand that is meant.
_REACH: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]+")


def find_check_ins(
    some: Sequence[Written], lexicon: Lexicon, model: PurposeModel | None = None
) -> Iterator[Found]:
    """Yield the check-ins, and beside each of them a purpose unless it surely has none.

    What the lexicon leaves open, the model decides with it, where there is one.
    """
    contacts = [_contact(one) for one in some]
    for one, judged in zip(some, judge_contacts(contacts, lexicon, model), strict=True):
        found = judged.judgement
        spot = judged.check_in or found.spot
        if is_flag(found, FLAG_AT) and spot is not None:
            yield Found(activity=one.id, signal=CHECK_IN, said=spot.said)
        elif judged.check_in is not None:
            yield Found(activity=one.id, signal=CHECK_IN, said=judged.check_in.said)
            yield Found(
                activity=one.id, signal=PURPOSE, said=(judged.definite or judged.check_in).said
            )


def _contact(written: Written) -> Contact:
    return Contact(
        id=written.id,
        kind=written.kind,
        direction=str(Direction.OUTBOUND) if written.author == Author.MAIL else None,
        subject=written.subject,
        text=written.text,
        automated=None,
        planned=False,
    )


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
