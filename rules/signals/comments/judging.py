"""What a client says of us: praise, displeasure, both or neither, always for a person to confirm.

Word lists per language (`comments.yaml`) decide, with negation, contrast and the plainest irony;
where they say nothing, the comment is neutral. Nothing in here knows an activity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from rules.signals.notes.telling import folded, small_words
from rules.signals.text.newest import Said, zone
from rules.signals.text.tongue import LANGUAGES, tongues
from rules.signals.text.whole_sentences import whole_sentences
from rules.signals.words.word_files import shipped_words

POSITIVE: Final = "positive"
NEGATIVE: Final = "negative"
NEUTRAL: Final = "neutral"
MIXED: Final = "mixed"

_PRAISE: Final = "praise"
_GOOD: Final = frozenset({_PRAISE, "good"})
_BAD: Final = "bad"
_REACH: Final = 3  # words over which "not" turns what follows
_LONGEST: Final = 5  # words of a phrase
_SHORTEST_STEM: Final = 3  # letters before a `*`
_SENTENCES: Final = 40  # of a comment that are read
_WORDS: Final = 120  # of a sentence that are read
_TOKEN: Final = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*|[,;:!?()]")
_ELIDED: Final = re.compile(r"\b(?:[cdjlmnst]|qu)'(?=\w)")
_SHORT: Final = (
    ("can't", "can not"), ("won't", "will not"), ("n't", " not"), ("'ll", " will"),
    ("'d", " would"), ("'m", " am"), ("'re", " are"), ("'ve", " have"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CommentText:
    """Words of a client."""

    id: str
    text: str


@dataclass(frozen=True, kw_only=True)
class CommentJudgement:
    """What the words of a client say of us, and the sentence that decided."""

    id: str
    label: str  # positive, negative, neutral, mixed
    said: str | None = None
    entry: str | None = None  # language, list and words of the first hit
    worth_collecting: bool = False  # praise, not mere kindness


@dataclass(frozen=True, kw_only=True)
class _Hit:
    kind: str  # a list of comments.yaml; what is negated has changed sides
    words: str
    said: str
    cheer: bool  # a word that irony likes, with nothing else in its clause
    colon: bool  # such a word, and what it cheers at follows


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """The hits of a whole comment, and what stands between them."""

    language: str
    hits: tuple[_Hit, ...]
    contrast: bool
    again: bool
    solved: bool
    faint: bool


def judge_comments(texts: Sequence[CommentText]) -> list[CommentJudgement]:
    """Return for each comment whether it praises, complains, does both or neither."""
    return [_judge(one) for one in texts]


def _judge(one: CommentText) -> CommentJudgement:
    said = whole_sentences(zone(one.text))[:_SENTENCES]
    whole = " ".join(each.sentence for each in said)
    heard = [_hear(said, language) for language in tongues(whole)]
    best = max(heard, key=lambda each: len(each.hits))
    label = _label(best)
    decided = next((hit for hit in best.hits if _speaks(hit, label)), None)
    return CommentJudgement(
        id=one.id,
        label=label,
        said=decided.said if decided else None,
        entry=f"{best.language}.{decided.kind}: {decided.words}" if decided else None,
        worth_collecting=label == POSITIVE and any(hit.kind == _PRAISE for hit in best.hits),
    )


def _speaks(hit: _Hit, label: str) -> bool:
    return (hit.kind == _BAD) == (label == NEGATIVE) if label != NEUTRAL else False


def _label(heard: _Heard) -> str:
    bad = any(hit.kind == _BAD for hit in heard.hits)
    good = [hit for hit in heard.hits if hit.kind in _GOOD]
    if heard.solved and (good or bad):  # put right
        return MIXED if heard.contrast and bad else POSITIVE
    if good and all(hit.cheer or hit.colon for hit in good) and (bad or heard.again):
        return NEGATIVE  # "Great, another delay."
    if any(hit.colon for hit in good):
        return NEUTRAL  # "Congratulations on your punctuality: ...", who knows
    if heard.faint and not any(hit.kind == _PRAISE for hit in good):
        return NEGATIVE if good or bad else NEUTRAL
    if good and (bad or heard.contrast):
        return MIXED
    if good:
        return POSITIVE
    return NEGATIVE if bad else NEUTRAL


# -- hearing ---------------------------------------------------------------------------------


def _hear(said: Sequence[Said], language: str) -> _Heard:
    known = _lexicon()[language]
    hits: list[_Hit] = []
    other: set[str] = set()
    for each in said:
        kinds = list(known.kinds(_words(each.sentence)))
        other |= {kind for kind, _ in kinds}
        if not each.sentence.endswith("?"):
            for start, end in _clauses(kinds):
                colon = end < len(kinds) and kinds[end][1] == ":"
                hits += _hits(kinds[start:end], each.sentence, known, colon=colon)
    return _Heard(
        language=language,
        hits=tuple(hits),
        contrast="but" in other,
        again="again" in other,
        solved="solved" in other,
        faint="faint" in other,
    )


def _words(sentence: str) -> list[str]:
    plain = folded(sentence)
    for short, whole in _SHORT:
        plain = plain.replace(short, whole)
    return _TOKEN.findall(_ELIDED.sub("", plain))[:_WORDS]


_Kind = tuple[str, str]  # list, words; "" for what is in none, "|" between clauses


def _clauses(kinds: Sequence[_Kind]) -> Iterator[tuple[int, int]]:
    start = 0
    for n, (kind, _) in enumerate(kinds):
        if kind in ("|", "but"):
            yield start, n
            start = n + 1
    yield start, len(kinds)


def _hits(
    clause: Sequence[_Kind], sentence: str, known: _Lexicon, *, colon: bool
) -> Iterator[_Hit]:
    alone = not any(kind == "" and words not in small_words() for kind, words in clause)
    for n, (kind, words) in enumerate(clause):
        if kind in _GOOD or kind == _BAD:
            turned = any(other == "not" for other, _ in clause[max(0, n - _REACH) : n])
            yield _Hit(
                kind=_turned(kind) if turned else kind,
                words=words,
                said=sentence,
                cheer=known.is_cheer(words) and alone,
                colon=known.is_cheer(words) and colon,
            )


def _turned(kind: str) -> str:
    return "good" if kind == _BAD else _BAD


# -- words -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Lexicon:
    phrases: Mapping[str, str]
    stems: Mapping[str, str]
    cheer: frozenset[str]

    def is_cheer(self, words: str) -> bool:
        """Tell whether irony likes these words."""
        return words in self.cheer

    def kinds(self, words: Sequence[str]) -> Iterator[_Kind]:
        """Yield the list of each word or phrase, the longest first."""
        at = 0
        while at < len(words):
            taken, kind = self._longest(words, at)
            yield kind, " ".join(words[at : at + taken])
            at += taken

    def _longest(self, words: Sequence[str], at: int) -> tuple[int, str]:
        if not words[at][0].isalnum():
            return 1, "|"
        for count in range(min(_LONGEST, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + count])
            kind = self.phrases.get(phrase) or self._by_stem(phrase)
            if kind:
                return count, kind
        return 1, ""

    def _by_stem(self, phrase: str) -> str:
        for end in range(len(phrase), _SHORTEST_STEM - 1, -1):
            kind = self.stems.get(phrase[:end])
            if kind and " " not in phrase[end:]:
                return kind
        return ""


@cache
def _lexicon() -> Mapping[str, _Lexicon]:
    said = shipped_words("comments/comments.yaml")
    return {language: _of_language(said[language]) for language in LANGUAGES}


def _of_language(said: Mapping[str, Any]) -> _Lexicon:
    phrases: dict[str, str] = {}
    stems: dict[str, str] = {}
    for kind in ("faint", "idle", "solved", _PRAISE, _BAD, "good", "not", "but", "again"):
        for phrase in _listed(said[kind]):
            if phrase.endswith("*"):
                stems.setdefault(phrase[:-1], kind)
            else:
                phrases.setdefault(phrase, kind)
    return _Lexicon(phrases=phrases, stems=stems, cheer=frozenset(_listed(said["cheer"])))


def _listed(some: Any) -> list[str]:
    return [folded(" ".join(one.split())) for one in str(some).split(",")]


@cache
def praise_gate() -> tuple[str, ...]:
    """Return a pattern that is in the plain text of whatever may be worth collecting."""
    words = sorted(
        {
            re.escape(one) + ("" if whole else r"\w*")
            for lexicon in _lexicon().values()
            for some, whole in ((lexicon.phrases, True), (lexicon.stems, False))
            for one, kind in some.items()
            if kind == _PRAISE
        }
    )
    return (rf"\b(?:{'|'.join(words)})\b",)
