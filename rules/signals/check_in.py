"""Check-ins without a purpose: which activities say nothing but "just touching base".

Three steps, each over a whole column: which texts hold a check-in phrase at all; the sentences of
those, newest message only; which of these check in, and which speak for a purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from rules.signals.lexicon import Lexicon
from rules.signals.newest import between_quotes, newest, sentences
from rules.signals.plain import plain_column

LONGEST_QUOTE: Final = 200  # rulings: Text
LONGEST_TEXT: Final = 64 * 1024  # characters; what follows is not read (rulings: Text)

SIGNALS: Final = pa.schema(
    [
        ("activity_id", pa.string()),
        ("signal", pa.string()),  # check_in, purpose
        ("said", pa.string()),  # the deciding sentence, at most 200 characters
        ("lexicon", pa.string()),  # the version it was read with
    ]
)

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


def read_activities(activities: pa.Table, lexicon: Lexicon) -> pa.Table:
    """Return the signals of canonical activities, in `SIGNALS`.

    Reads the columns `id`, `subject`, `text` and `deleted`. A deleted activity says nothing, and
    `purpose` is looked for only beside a check-in.
    """
    living = activities.filter(pc.invert(pc.fill_null(activities["deleted"], False)))
    subjects, texts = (_cut(living[name]) for name in ("subject", "text"))
    plainly = plain_column(pc.binary_join_element_wise(subjects, texts, ".\n"))
    spoken = lexicon.says(lexicon.check_in, plainly)
    columns = (one.filter(spoken).to_pylist() for one in (living["id"], subjects, texts))
    said = [row for cells in zip(*columns, strict=True) for row in _sentences(*cells)]
    if not said:
        return SIGNALS.empty_table()
    return pa.Table.from_pylist(list(_signals(said, lexicon)), schema=SIGNALS)


def _cut(column: pa.ChunkedArray) -> pa.Array:
    whole = pc.fill_null(column.combine_chunks(), "")
    return pc.utf8_slice_codeunits(whole, 0, LONGEST_TEXT)


@dataclass(frozen=True)
class _Said:
    """A sentence of an activity; an `answer` stands between quotes and can only give a purpose."""

    activity: str
    sentence: str
    answer: bool


def _sentences(activity: str, subject: str, text: str) -> Iterator[_Said]:
    written = [subject, *sentences(newest(text))]
    for answer, some in ((False, written), (True, sentences(between_quotes(text)))):
        yield from (_Said(activity, one, answer) for one in some if one)


def _signals(said: Sequence[_Said], lexicon: Lexicon) -> Iterator[dict[str, Any]]:
    plainly = plain_column(pa.array([one.sentence for one in said]))
    spoken = lexicon.says(lexicon.check_in, plainly).to_pylist()
    checks = [yes and not one.answer for yes, one in zip(spoken, said, strict=True)]
    named = {one.activity for one, yes in zip(said, checks, strict=True) if yes}
    purposes = _purposes(said, plainly, spoken, lexicon)
    for signal, found in (("check_in", checks), ("purpose", purposes)):
        seen: set[str] = set()
        for one, yes in zip(said, found, strict=True):
            if yes and one.activity in named - seen:
                seen.add(one.activity)
                yield {
                    "activity_id": one.activity,
                    "signal": signal,
                    "said": one.sentence[:LONGEST_QUOTE],
                    "lexicon": lexicon.version,
                }


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


def _is_a_name(sentence: str, own: int) -> bool:
    """Tell the line under a letter, or above it, from one that says something."""
    words = _WORD.findall(sentence)
    small = sum(word[0].islower() for word in words)
    return own <= _LONGEST_NAME and small == 0 and sentence[-1] not in ".!?"
