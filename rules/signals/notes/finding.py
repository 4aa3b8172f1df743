"""Three categories of a note on a conversation: discussed, proposed, purpose of the next contact.

Below a heading a part says something unless it holds only what says nothing; elsewhere each clause
is weighed for every category (`weighing`). What a word stands for, and what it counts, is data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rules.signals.notes import weighing
from rules.signals.notes.clauses import Reader, Sentence
from rules.signals.notes.headings import (
    DISCUSSED,
    FRAME,
    NEXT,
    PROPOSED,
    Part,
    headings_of,
    parts_of,
)
from rules.signals.notes.telling import Telling
from rules.signals.said import Found, Written, first_of_each, sentences_of
from rules.signals.text.newest import newest
from rules.signals.words.lexicon import Lexicon, shipped_lexicon

#: What a part of its own may say outright, in phrases of the lexicon.
_OUTRIGHT: Final = {DISCUSSED: "said_discussed", PROPOSED: "said_proposed", NEXT: "said_next"}
_SIGNALS: Final = {
    weighing.DISCUSSED: DISCUSSED,
    weighing.PROPOSED: PROPOSED,
    weighing.NEXT: NEXT,
}
_LONGEST: Final = 16 * 1024  # characters of a note that are read
_ENOUGH: Final = 0.5  # chance


@dataclass(frozen=True, kw_only=True)
class NoteText:
    """A note on a conversation."""

    id: str
    text: str


@dataclass(frozen=True, kw_only=True)
class NoteJudgement:
    """What a note says in each category, in its own words; None where it says nothing."""

    id: str
    discussed: str | None = None
    proposed: str | None = None
    next_purpose: str | None = None
    nothing_proposed: str | None = None  # it says that nothing was proposed: an answer, too


@dataclass(frozen=True, kw_only=True)
class Headed:
    """What a note says below its headings, and what it says elsewhere."""

    filled: Mapping[str, str]  # signal -> sentence
    nothing: str | None
    prose: tuple[tuple[weighing.Seen, str], ...]  # clauses below no heading, with their sentence
    others: tuple[tuple[weighing.Seen, str], ...]  # clauses behind what a heading asks for


def judge_notes(texts: Sequence[NoteText], lexicon: Lexicon | None = None) -> list[NoteJudgement]:
    """Return for each note which categories it fills, and with which words of its own."""
    known = lexicon or shipped_lexicon()
    return [_judge(one.id, headed_of(one.text, known)) for one in texts]


def find_notes(some: Sequence[Written], lexicon: Lexicon) -> Iterator[Found]:
    """Yield for each note the categories that are filled, with what stands in them.

    That nothing was proposed is an answer, too (practices C8).
    """
    texts = [NoteText(id=one.id, text=one.text) for one in some]
    for judged in judge_notes(texts, lexicon):
        answers = (
            (DISCUSSED, judged.discussed),
            (PROPOSED, judged.proposed or judged.nothing_proposed),
            (NEXT, judged.next_purpose),
        )
        for signal, said in answers:
            if said is not None:
                yield Found(activity=judged.id, signal=signal, said=said)


def find_outright(some: Sequence[Written], lexicon: Lexicon) -> Iterator[Found]:
    """Yield the categories that a sentence of a note fills without any heading."""
    said = sentences_of(some)
    texts = [one.whole for one in said]
    for signal, group in _OUTRIGHT.items():
        says, undone = (lexicon.phrases.find(one, texts) for one in (group, f"{group}_not"))
        counts = [yes and not no for yes, no in zip(says, undone, strict=True)]
        yield from first_of_each(signal, said, counts)


def headed_of(text: str, known: Lexicon) -> Headed:
    """Return what a note says below its headings, and its other sentences."""
    own = newest(text[:_LONGEST])
    reader, telling = Reader(own, known.tongues), Telling(known.phrases.words)
    filled: dict[str, str] = {}
    nothing: str | None = None
    prose: list[Sentence] = []
    others: list[Sentence] = []
    for part in parts_of(own, headings_of(known)):
        said = reader.sentences(part.body)
        if part.signal is None:
            prose += said
        elif part.signal == PROPOSED and telling.says_nothing(part.body):
            nothing = nothing or part.body
        elif part.signal != FRAME and not telling.is_placeholder(part.body):
            says = _below(part, said, telling)
            if says is not None:
                filled.setdefault(part.signal, says)
            others += said[1:] if part.signal != NEXT else ()
    return Headed(
        filled=filled,
        nothing=nothing,
        prose=tuple(weighing.seen_in(prose, telling)),
        others=tuple(weighing.seen_in(others, telling)),
    )


def _below(part: Part, said: Sequence[Sentence], telling: Telling) -> str | None:
    """Return the sentence below a heading that says what the heading names."""
    if part.signal == DISCUSSED:
        return telling.discussed(said)
    return telling.proposed(said) if part.signal == PROPOSED else telling.purpose(said)


def _judge(id: str, headed: Headed) -> NoteJudgement:
    found = dict(headed.filled)
    for signal, said in _prose(headed.prose):
        found.setdefault(signal, said)
    for signal, said in _prose(headed.others):  # "Topics: parking. We suggested permits."
        if signal != DISCUSSED:
            found.setdefault(signal, said)
    return NoteJudgement(
        id=id,
        discussed=found.get(DISCUSSED),
        proposed=found.get(PROPOSED),
        next_purpose=found.get(NEXT),
        nothing_proposed=headed.nothing,
    )


def _prose(some: Sequence[tuple[weighing.Seen, str]]) -> Iterator[tuple[str, str]]:
    """Yield the categories that prose fills, each with the sentence that speaks most for it."""
    best: dict[str, tuple[float, str]] = {}
    chances = weighing.chances_of([seen for seen, _ in some], weighing.shipped_cards())
    for (_, said), found in zip(some, chances, strict=True):
        for name, chance in found.items():
            if name not in best or chance > best[name][0]:
                best[name] = (chance, said)
    for name, (chance, said) in best.items():
        if chance >= _ENOUGH:
            yield _SIGNALS[name], said
