"""Check-ins without a purpose: which activities say nothing but "just touching base".

Three steps, each over a whole column: which texts hold a check-in phrase at all; the sentences of
those, newest message only; which of these check in, and which speak for a purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from rules.signals.lexicon import Lexicon
from rules.signals.newest import newest, sentences
from rules.signals.plain import plain_column

LONGEST_QUOTE: Final = 200  # rulings: Text

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
#: A sentence of so many words that is no check-in says something of its own.
_LONG: Final = 9
#: A check-in with so many words that are not merely polite is about something.
_ABOUT: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]+")


def read_activities(activities: pa.Table, lexicon: Lexicon) -> pa.Table:
    """Return the signals of canonical activities (`id`, `subject`, `text`), in `SIGNALS`.

    `purpose` is looked for only beside a check-in.
    """
    columns = [pc.fill_null(activities[name].combine_chunks(), "") for name in ("subject", "text")]
    texts = pc.binary_join_element_wise(*columns, ".\n")
    candidates = activities.filter(lexicon.says(lexicon.check_in, plain_column(texts)))
    said = [
        (row["id"], sentence)
        for row in candidates.select(["id", "subject", "text"]).to_pylist()
        for sentence in (row["subject"] or "", *sentences(newest(row["text"] or "")))
        if sentence
    ]
    if not said:
        return SIGNALS.empty_table()
    ids, written = zip(*said, strict=True)
    rows = list(_signals(ids, written, lexicon))
    return pa.Table.from_pylist(rows, schema=SIGNALS)


def _signals(
    ids: Sequence[str], written: Sequence[str], lexicon: Lexicon
) -> Iterator[dict[str, Any]]:
    plainly = plain_column(pa.array(written))
    checks = lexicon.says(lexicon.check_in, plainly).to_pylist()
    purposes = _purposes(plainly, checks, lexicon)
    for signal, found in (("check_in", checks), ("purpose", purposes)):
        seen: set[str] = set()
        for activity, sentence, yes in zip(ids, written, found, strict=True):
            if yes and activity not in seen:
                seen.add(activity)
                quote = sentence[:LONGEST_QUOTE]
                yield {"activity_id": activity, "signal": signal, "said": quote} | {
                    "lexicon": lexicon.version
                }


def _purposes(plainly: pa.Array, checks: Sequence[bool], lexicon: Lexicon) -> list[bool]:
    """Tell for each sentence whether it may state a purpose; a doubt counts as yes."""
    known = lexicon.says(lexicon.purpose, plainly).to_pylist()
    definite = pc.match_substring_regex(plainly, pattern=_DEFINITE).to_pylist()
    return [
        purpose or exact or _is_about_something(str(sentence), check, lexicon.polite)
        for purpose, exact, sentence, check in zip(
            known, definite, plainly.to_pylist(), checks, strict=True
        )
    ]


def _is_about_something(sentence: str, check: bool, polite: frozenset[str]) -> bool:
    words = _WORD.findall(sentence)
    if not check:
        return len(words) >= _LONG
    return sum(word not in polite for word in words) >= _ABOUT
