"""What a client says of us: praise, displeasure, both or neither, always for a person to confirm.

Word lists per language (`comments/en.yaml` and its sisters) find what is good and bad in a comment,
with negation, contrast, the past, others, and the plainest irony; a scorecard weighs it. Beside it
counts how the whole is spelled. Nothing in here knows an activity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from rules.signals.comments.hearing import Heard, Hit, hear
from rules.signals.comments.model import LONGEST, SURE, OpinionModel, shipped_opinions
from rules.signals.comments.opinion_words import PRAISE, opinion_words, praise_entries
from rules.signals.comments.spelled import shipped_spelling
from rules.signals.comments.weighing import (
    CLEAR,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    Chances,
    chances_of,
    counts,
    likeliest,
    shipped_scorecard,
    together,
)
from rules.signals.text.newest import zone
from rules.signals.text.tongue import tongues
from rules.signals.text.whole_sentences import whole_sentences
from rules.signals.words.notation import plain_entries
from rules.signals.words.own_lists import COMMENT, NONE, OwnLists

_SENTENCES: Final = 40  # of a comment that are read
_AT_ONCE: Final = 1_000  # words of one pattern
_CLASS: Final = re.compile(r"<\w+>")
_WORTH: Final = 0.85  # a chance of praise that is not clear below it is not worth collecting


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
    entry: str | None = None  # the first hit: an admin's entry, or language, list and words
    worth_collecting: bool = False  # praise, not mere kindness


def judge_comments(
    texts: Sequence[CommentText], model: object | None = None, own: OwnLists = NONE
) -> list[CommentJudgement]:
    """Return for each comment whether it praises, complains, does both or neither.

    A `model` that is an `OpinionModel` is asked about what the lexicon leaves open; `own` are the
    words that an admin added or took out.
    """
    written = [_sentences(one) for one in texts]
    heard = [_best(one, own) for one in written]
    card, spelling = shipped_scorecard(), shipped_spelling()
    counted = [counts(one) for one in heard]
    chances = [
        together(chances_of(card.scores(one)), spelling.chances(_whole(said)), spelling.share)
        for said, one in zip(written, counted, strict=True)
    ]
    cuts = [spelling.praise_from] * len(texts)
    if isinstance(model, OpinionModel):
        for n, both in _asked(written, chances, model):
            chances[n], cuts[n] = both, shipped_opinions().praise_from
    return [
        _judged(text.id, one, told, of, likeliest(of, cut, told))
        for text, one, told, of, cut in zip(texts, heard, counted, chances, cuts, strict=True)
    ]


def _asked(
    written: Sequence[Sequence[str]], chances: Sequence[Chances], model: OpinionModel
) -> Iterator[tuple[int, Chances]]:
    """Yield the place of each comment of which the lexicon is not sure, and what both say of it."""
    places = [n for n, one in enumerate(chances) if max(one.values()) < SURE]
    said = model.opinions([_whole(written[n]) for n in places]) if places else []
    for n, one in zip(places, said, strict=True):
        yield n, together(chances[n], one, shipped_opinions().share)


def counted_comments(texts: Sequence[CommentText]) -> list[dict[str, float]]:
    """Return the counts of each comment that the scorecard is fitted to."""
    return [counts(_best(_sentences(one))) for one in texts]


def read_text(one: CommentText) -> str:
    """Return the newest words of a comment, as spelling and model read them."""
    return _whole(_sentences(one))


def _whole(said: Sequence[str]) -> str:
    return " ".join(said)[:LONGEST]


def _judged(
    id: str, heard: Heard, counted: Mapping[str, float], chances: Chances, label: str
) -> CommentJudgement:
    decided = next((hit for hit in heard.hits if _speaks(hit, label)), None)
    return CommentJudgement(
        id=id,
        label=label,
        said=decided.said if decided else None,
        entry=_entry(heard.language, decided) if decided else None,
        worth_collecting=label == POSITIVE and _is_worth(heard, counted, chances),
    )


def _entry(language: str, hit: Hit) -> str:
    return hit.name or f"{language}.{COMMENT}.{hit.kind}/{hit.words}"


def _sentences(one: CommentText) -> list[str]:
    return [each.sentence for each in whole_sentences(zone(one.text))[:_SENTENCES]]


def _best(said: Sequence[str], own: OwnLists = NONE) -> Heard:
    """Return what is heard in the language of a comment; of several the one that says most."""
    heard = [
        hear(said, opinion_words(language, own.of(COMMENT, language)))
        for language in tongues(" ".join(said))
    ]
    return max(heard, key=lambda each: len(each.hits))


def _speaks(hit: Hit, label: str) -> bool:
    return label != NEUTRAL and hit.good == (label != NEGATIVE)


def _is_worth(heard: Heard, counted: Mapping[str, float], chances: Chances) -> bool:
    praised = any(hit.kind == PRAISE and not hit.about for hit in heard.hits)
    return praised and (counted[CLEAR] > 0 or chances[POSITIVE] >= _WORTH)


@cache
def praise_gate(own: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return patterns one of which is in the plain text of whatever may be worth collecting.

    `own` are the phrases of praise that an admin added.
    """
    words = sorted(
        {
            _CLASS.sub(r"\\w+", re.escape(one)).replace(r"\*", r"\w*")
            for one in plain_entries([*praise_entries(), *own])
        }
    )
    parts = (words[n : n + _AT_ONCE] for n in range(0, len(words), _AT_ONCE))
    return tuple(rf"\b(?:{'|'.join(part)})\b" for part in parts)
