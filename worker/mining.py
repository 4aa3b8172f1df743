"""Near misses worth adding to the lexicon: what it was unsure of, and what it does not know.

Pure: judged texts in, sentences, phrases and a stub for config/lexicon out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from rules.signals.purpose.judged import MAYBE, PURPOSELESS, Judgement
from rules.signals.purpose.purpose_words import FUNCTION, Tongue
from rules.signals.text.newest import newest, sentences
from rules.signals.words.notation import plain_entries
from worker.labelled import Row

#: Not judged purposeless, but by so little that a phrase more would have done it.
_NEARLY: Final = 0.7
_WORDS: Final = re.compile(r"[^\W\d_]+")
_SHORTEST, _LONGEST = 2, 5  # words of a phrase
_MOST: Final = 20
_FEWEST: Final = 2  # a phrase of one text alone teaches nothing general


@dataclass(frozen=True, kw_only=True)
class Miss:
    """A text that the lexicon left open, or just let pass."""

    id: str
    language: str
    verdict: str
    confidence: float
    said: str | None  # the sentence that came nearest to deciding


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words that stand in several such texts and in no entry."""

    language: str
    words: str
    texts: int
    says: str  # a sentence that holds them


@dataclass(frozen=True, kw_only=True)
class Mined:
    """What was found."""

    misses: tuple[Miss, ...]
    phrases: tuple[Phrase, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "misses": [asdict(one) for one in self.misses],
            "phrases": [asdict(one) for one in self.phrases],
        }


def mine(
    rows: Sequence[Row], judgements: Sequence[Judgement], tongues: Mapping[str, Tongue]
) -> Mined:
    """Return near misses, and phrases that several of them hold and no entry finds.

    A row with a label is a miss where it is purposeless and was not found so; without one, where
    the verdict was `maybe` or nearly.
    """
    missed = [(row, one) for row, one in zip(rows, judgements, strict=True) if _is_miss(row, one)]
    return Mined(
        misses=tuple(
            Miss(
                id=row["id"],
                language=one.language,
                verdict=one.verdict,
                confidence=one.confidence,
                said=one.spot.said if one.spot else None,
            )
            for row, one in missed
        ),
        phrases=tuple(_phrases(missed, tongues)),
    )


def _is_miss(row: Row, one: Judgement) -> bool:
    if "label" in row:
        return row["label"] == "purposeless" and one.verdict != PURPOSELESS
    nearly = one.verdict != PURPOSELESS and one.confidence < _NEARLY
    return one.verdict == MAYBE or nearly


def _phrases(
    missed: Iterable[tuple[Row, Judgement]], tongues: Mapping[str, Tongue]
) -> Iterator[Phrase]:
    counted: Counter[tuple[str, str]] = Counter()
    example: dict[tuple[str, str], str] = {}
    for row, one in missed:
        for words, said in _n_grams(row["text"]).items():
            counted[one.language, words] += 1
            example.setdefault((one.language, words), said)
    often = [key for key, texts in counted.items() if texts >= _FEWEST]
    new = [
        (language, words)
        for language, tongue in tongues.items()
        for words in _unknown([words for its, words in often if its == language], tongue)
    ]
    ranked = sorted(new, key=lambda key: (-counted[key] * len(key[1].split()), key))
    kept: list[tuple[str, str]] = []
    for language, words in ranked:
        if len(kept) < _MOST and not any(words in other for its, other in kept if its == language):
            kept.append((language, words))
    for key in kept:
        yield Phrase(language=key[0], words=key[1], texts=counted[key], says=example[key])


def _n_grams(text: str) -> dict[str, str]:
    """Return every run of words of a message, plain, with the sentence that holds it."""
    found: dict[str, str] = {}
    said = sentences(newest(text))
    for sentence, plain in zip(said, plain_entries(said), strict=True):
        words = _WORDS.findall(plain)
        for length in range(_SHORTEST, _LONGEST + 1):
            for at in range(len(words) - length + 1):
                found.setdefault(" ".join(words[at : at + length]), sentence)
    return found


def _unknown(some: Sequence[str], tongue: Tongue) -> list[str]:
    """Return the phrases that no entry finds, and that are more than grammar."""
    pattern = "|".join(tongue.classes.values())
    found = pc.match_substring_regex(pa.array(some, pa.string()), pattern=pattern).to_pylist()
    return [
        words
        for words, known in zip(some, found, strict=True)
        if not known and any(tongue.kind_of(word) != FUNCTION for word in words.split())
    ]


def stub(phrases: Sequence[Phrase]) -> str:
    """Return files for config/lexicon, ready but for the examples that must not be found."""
    files = []
    for language in sorted({one.language for one in phrases}):
        lines = [
            f"# config/lexicon/{language}.yaml",
            f"language: {language}",
            "add:",
            "  check_in:",
        ]
        for one in (one for one in phrases if one.language == language):
            lines += [
                f"    {language}-own-{one.words.replace(' ', '-')}:",
                f"      find: {_quoted(one.words)}",
                f"      says: {_quoted(one.says)}",
                "      quiet: # a text with these words, or nearly, that does have a purpose",
            ]
        files.append("\n".join(lines))
    return "\n\n".join(files)


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return "'" + line.replace("'", "''") + "'"
