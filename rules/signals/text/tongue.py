"""Which of the six languages a text is written in, by a vote of its words.

Nothing in here knows what is looked for. Languages that come out even are all returned, so that a
short text is read in each of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, Final

from rules.signals.words.word_files import shipped_words

LANGUAGES: Final = ("en", "de", "fr", "es", "nl", "pt")
#: What a small word gives to its language, and what a word of business gives; shared by several.
_SMALL: Final = 12
_OF_BUSINESS: Final = 6
#: So many words decide; more would only cost time.
_ENOUGH: Final = 120
_MANY: Final = 4096
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


@cache
def _votes() -> Mapping[str, Mapping[str, int]]:
    votes: dict[str, Counter[str]] = {}
    _give(
        votes,
        {one: str(some).split(",") for one, some in shipped_words("text/tongue.yaml").items()},
        _SMALL,
    )
    grammar = shipped_words("promises/grammar.yaml")
    for one in LANGUAGES:
        grammar[one]["opinions"] = _opinions(one)
    _give(votes, {one: list(_words(grammar[one])) for one in LANGUAGES}, _OF_BUSINESS)
    return votes


def _give(votes: dict[str, Counter[str]], said: Mapping[str, Iterable[str]], weight: int) -> None:
    speak: dict[str, list[str]] = {}
    for language, some in said.items():
        for word in dict.fromkeys(one.strip() for one in some):
            speak.setdefault(word, []).append(language)
    for word, languages in speak.items():
        for language in languages:
            votes.setdefault(word, Counter())[language] += weight // len(languages)


def _words(grammar: Mapping[str, Any]) -> Iterable[str]:
    for part in ("documents", "words", "opinions"):
        for some in grammar[part].values():
            yield from re.split(r"[,*\s]+", str(some))


def _opinions(language: str) -> Mapping[str, str]:
    """Return the words of opinions, without accents, list by list."""
    said = shipped_words(f"comments/{language}.yaml")
    some = {name: one.values() if isinstance(one, Mapping) else [one] for name, one in said.items()}
    return {name: _bare(", ".join(map(str, one)).lower()) for name, one in some.items()}


def _bare(word: str) -> str:
    """Leave accents off: opinions are written without."""
    apart = unicodedata.normalize("NFKD", word)
    return "".join(one for one in apart if not unicodedata.combining(one))


@lru_cache(maxsize=4096)
def tongues(text: str) -> tuple[str, ...]:
    """Return the languages that most of a text speaks for; English where nothing does."""
    known = _votes()
    votes: Counter[str] = Counter()
    for word in _TOKEN.findall(text[:_MANY].lower().replace("’", "'"))[:_ENOUGH]:
        votes.update(known.get(word) or known.get(_bare(word), {}))
    most = max(votes.values(), default=0)
    if not most:
        return LANGUAGES[:1]
    return tuple(one for one in LANGUAGES if votes[one] >= most)
