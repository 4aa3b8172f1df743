"""What a client says of us: praise, displeasure, both or neither, always for a person to confirm.

Word lists per language (`comments/en.yaml` and its sisters) find what is good and bad in a comment,
with negation, contrast, the past, others, and the plainest irony; a scorecard weighs it. Where the
lists find nothing, the comment is neutral. Nothing in here knows an activity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from rules.signals.comments.hearing import Heard, Hit, hear
from rules.signals.comments.model import (
    LONGEST,
    SURE,
    Chances,
    OpinionModel,
    shipped_opinions,
    together,
)
from rules.signals.comments.opinion_words import PRAISE, opinion_words, praise_entries
from rules.signals.comments.weighing import (
    DOUBTED,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    chances_of,
    counts,
    likeliest,
    shipped_scorecard,
)
from rules.signals.text.newest import zone
from rules.signals.text.tongue import tongues
from rules.signals.text.whole_sentences import whole_sentences
from rules.signals.words.notation import plain_entries
from rules.signals.words.own_lists import COMMENT, NONE, OwnLists

_SENTENCES: Final = 40  # of a comment that are read
_AT_ONCE: Final = 1_000  # words of one pattern
_CLASS: Final = re.compile(r"<\w+>")
_WORTH: Final = 0.6  # a chance of praise below it is not worth collecting


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
    heard = [_best(one, own) for one in texts]
    card = shipped_scorecard()
    counted = [counts(one) for one in heard]
    chances: list[Chances] = [chances_of(card.scores(one)) for one in counted]
    cuts = [card.praise_from] * len(texts)
    if isinstance(model, OpinionModel):
        for n, both in _asked(texts, chances, model):
            chances[n], cuts[n] = both, shipped_opinions().praise_from
    return [
        _judged(text.id, one, of, likeliest(of, cut, told[DOUBTED] > 0))
        for text, one, told, of, cut in zip(texts, heard, counted, chances, cuts, strict=True)
    ]


def _asked(
    texts: Sequence[CommentText], chances: Sequence[Chances], model: OpinionModel
) -> Iterator[tuple[int, Chances]]:
    """Yield the place of each comment of which the lexicon is not sure, and what both say of it."""
    places = [n for n, one in enumerate(chances) if max(one.values()) < SURE]
    said = model.opinions([read_text(texts[n]) for n in places]) if places else []
    for n, one in zip(places, said, strict=True):
        yield n, together(chances[n], one, shipped_opinions().share)


def counted_comments(texts: Sequence[CommentText]) -> list[dict[str, float]]:
    """Return the counts of each comment that the scorecard is fitted to."""
    return [counts(_best(one)) for one in texts]


def read_text(one: CommentText) -> str:
    """Return the newest words of a comment, as the model reads them."""
    return " ".join(_sentences(one))[:LONGEST]


def _judged(id: str, heard: Heard, chances: Chances, label: str) -> CommentJudgement:
    decided = next((hit for hit in heard.hits if _speaks(hit, label)), None)
    return CommentJudgement(
        id=id,
        label=label,
        said=decided.said if decided else None,
        entry=_entry(heard.language, decided) if decided else None,
        worth_collecting=_is_worth(heard, chances, label),
    )


def _entry(language: str, hit: Hit) -> str:
    return hit.name or f"{language}.{COMMENT}.{hit.kind}/{hit.words}"


def _sentences(one: CommentText) -> list[str]:
    return [each.sentence for each in whole_sentences(zone(one.text))[:_SENTENCES]]


def _best(one: CommentText, own: OwnLists = NONE) -> Heard:
    """Return what is heard in the language of the comment; of several the one that says most."""
    said = _sentences(one)
    heard = [
        hear(said, opinion_words(language, own.of(COMMENT, language)))
        for language in tongues(" ".join(said))
    ]
    return max(heard, key=lambda each: len(each.hits))


def _speaks(hit: Hit, label: str) -> bool:
    return label != NEUTRAL and hit.good == (label != NEGATIVE)


def _is_worth(heard: Heard, chances: Chances, label: str) -> bool:
    praised = any(hit.kind == PRAISE and not hit.about for hit in heard.hits)
    return label == POSITIVE and praised and chances[POSITIVE] >= _WORTH


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
