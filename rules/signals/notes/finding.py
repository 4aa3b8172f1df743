"""Three categories of a note on a conversation: discussed, proposed, purpose of the next contact.

Below a heading a part says something unless it holds only what says nothing; elsewhere each clause
is weighed for every category (`weighing`). What a word stands for, and what it counts, is data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

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
from rules.signals.notes.model import LEFT_OPEN, NoteModel, Scores, shipped_numbers
from rules.signals.notes.telling import Telling
from rules.signals.promises.due import named_days
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


#: A clause, and the sentence that it stands in.
Clause = tuple[weighing.Seen, str]


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
    next_when: str | None = None  # where the day of the next contact may be named


@dataclass(frozen=True, kw_only=True)
class Headed:
    """What a note says below its headings, and what it says elsewhere."""

    filled: Mapping[str, str]  # signal -> sentence
    nothing: str | None
    when: str | None  # the whole part that says what comes next, with its heading
    prose: tuple[Clause, ...]  # below no heading
    others: tuple[Clause, ...]  # behind what a heading asks for

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All of them."""
        return self.prose + self.others

    @property
    def seen(self) -> list[weighing.Seen]:
        """The same without their sentences."""
        return [seen for seen, _ in self.clauses]


def judge_notes(
    texts: Sequence[NoteText], lexicon: Lexicon | None = None, model: object | None = None
) -> list[NoteJudgement]:
    """Return for each note which categories it fills, and with which words of its own.

    `model`, if it is a `NoteModel`, is asked too where the lexicon is not sure.
    """
    known = lexicon or shipped_lexicon()
    telling = Telling(known.phrases.words)
    notes = [headed_of(one.text, known, telling) for one in texts]
    cards = weighing.shipped_cards()
    scored = [list(weighing.scores_of(one.seen, cards)) for one in notes]
    if isinstance(model, NoteModel):
        scored = _with_model(notes, scored, model)
    return [
        _judge(text.id, one, scores) for text, one, scores in zip(texts, notes, scored, strict=True)
    ]


def find_notes(
    some: Sequence[Written], lexicon: Lexicon, zone: ZoneInfo, model: object | None = None
) -> Iterator[Found]:
    """Yield for each note the categories that are filled, with what stands in them.

    That nothing was proposed is an answer, too (practices C8). The day that is named for the next
    contact is in UTC, as the due date of a promise is.
    """
    texts = [NoteText(id=one.id, text=one.text) for one in some]
    every = judge_notes(texts, lexicon, model)
    days = named_days([(n.next_when, one.at) for n, one in zip(every, some, strict=True)], zone)
    for judged, day in zip(every, days, strict=True):
        answers = (
            (DISCUSSED, judged.discussed),
            (PROPOSED, judged.proposed or judged.nothing_proposed),
            (NEXT, judged.next_purpose),
        )
        for signal, said in answers:
            if said is not None:
                due = day if signal == NEXT else None
                yield Found(activity=judged.id, signal=signal, said=said, due_at=due)


def find_outright(some: Sequence[Written], lexicon: Lexicon, zone: ZoneInfo) -> Iterator[Found]:
    """Yield the categories that a sentence of a note fills without any heading."""
    said, moments = sentences_of(some), {one.id: one.at for one in some}
    texts = [one.whole for one in said]
    for signal, group in _OUTRIGHT.items():
        says, undone = (lexicon.phrases.find(one, texts) for one in (group, f"{group}_not"))
        counts = [yes and not no for yes, no in zip(says, undone, strict=True)]
        found = first_of_each(signal, said, counts)
        if signal == NEXT:
            days = named_days([(one.said, moments[one.activity]) for one in found], zone)
            found = [replace(one, due_at=day) for one, day in zip(found, days, strict=True)]
        yield from found


def headed_of(text: str, known: Lexicon, telling: Telling) -> Headed:
    """Return what a note says below its headings, and its other sentences."""
    own = newest(text[:_LONGEST])
    reader = Reader(own, known.tongues, known.own)
    filled: dict[str, str] = {}
    nothing: str | None = None
    when: str | None = None
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
                when = part.whole if part.signal == NEXT and NEXT not in filled else when
                filled.setdefault(part.signal, says)
            others += said[1:] if part.signal != NEXT else ()
    return Headed(
        filled=filled,
        nothing=nothing,
        when=when,
        prose=tuple(weighing.seen_in(prose, telling)),
        others=tuple(weighing.seen_in(others, telling)),
    )


def _below(part: Part, said: Sequence[Sentence], telling: Telling) -> str | None:
    """Return the sentence below a heading that says what the heading names."""
    if part.signal == DISCUSSED:
        return telling.discussed(said)
    return telling.proposed(said) if part.signal == PROPOSED else telling.purpose(said)


def _judge(id: str, headed: Headed, scores: Sequence[Scores]) -> NoteJudgement:
    found = dict(headed.filled)
    many = len(headed.prose)
    for signal, said in _told(headed.prose, scores[:many]):
        found.setdefault(signal, said)
    for signal, said in _told(headed.others, scores[many:]):  # "Topics: ... We suggested ..."
        if signal != DISCUSSED:
            found.setdefault(signal, said)
    return NoteJudgement(
        id=id,
        discussed=found.get(DISCUSSED),
        proposed=found.get(PROPOSED),
        next_purpose=found.get(NEXT),
        nothing_proposed=headed.nothing,
        next_when=headed.when or found.get(NEXT),
    )


def _told(clauses: Sequence[Clause], scores: Sequence[Scores]) -> Iterator[tuple[str, str]]:
    """Yield the categories that prose fills, each with the sentence that speaks most for it."""
    best: dict[str, tuple[float, str]] = {}
    for (_, said), scored in zip(clauses, scores, strict=True):
        for name, score in scored.items():
            if name not in best or score > best[name][0]:
                best[name] = (score, said)
    for name, (score, said) in best.items():
        if score >= 0:
            yield _SIGNALS[name], said


def _with_model(
    notes: Sequence[Headed], scored: Sequence[list[Scores]], model: NoteModel
) -> list[list[Scores]]:
    """Put what the model says of the notes that are left open beside what the lexicon says."""
    left = [n for n, one in enumerate(notes) if _is_open(one, scored[n])]
    pairs = [(seen.clause.said, said) for n in left for seen, said in notes[n].clauses]
    told = iter(model.tellings(pairs) if pairs else ())
    share = shipped_numbers().share if pairs else 0.0
    both = list(scored)
    for n in left:
        both[n] = [_both(one, next(told), share) for one in scored[n]]
    return both


def _is_open(one: Headed, scores: Sequence[Scores]) -> bool:
    """Tell whether the lexicon is not sure of a category that no heading has decided."""
    low, high = LEFT_OPEN
    return any(
        low < weighing.chance(max(scored[name] for scored in scores)) < high
        for name, signal in _SIGNALS.items()
        if scores and signal not in one.filled
    )


def _both(lexicon: Scores, model: Scores, share: float) -> Scores:
    return {name: (1 - share) * score + share * model[name] for name, score in lexicon.items()}
