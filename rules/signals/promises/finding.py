"""Promises of a document by our side: which document, for when, in which sentence.

It leans to silence. What commits somebody, `commitments.py` knows; the words are data. Phrases of
the lexicon's groups `promise` and `promise_not` say so, or undo it, besides.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from connectors.model import Direction
from rules.signals.promises.clauses import Clause, clauses
from rules.signals.promises.commitments import Commitment, commitments
from rules.signals.promises.documents import kinds_of, of_kinds
from rules.signals.promises.due import in_english, is_vague, read_due, said_day, without_hours
from rules.signals.promises.grammar import folded, grammar_of, tokens
from rules.signals.said import Author, Found, Written
from rules.signals.text.automatic import is_automatic
from rules.signals.text.newest import Said, Zones, sentences, zone
from rules.signals.text.tongue import LANGUAGES, tongues
from rules.signals.text.whole_sentences import whole_sentences
from rules.signals.words.phrases import Phrases

PROMISE: Final = "promise"
NOWHERE: Final = -1
_ASKS: Final = ("we", "you", "they", "sent", "future", "would", "offer", "invite", "now", "is")
_SHORT: Final = 7  # words of a question that names a thing, and no more
#: Documents that the rules act on (rulings: Promises); the others are found, too.
OFFERED: Final = frozenset({"proposal", "quote", "contract"})
OTHER: Final = "other"
_NO_ZONE: Final = ZoneInfo("UTC")  # where no day is asked for
ARTEFACTS: Final = OFFERED | {"deck", OTHER}


@dataclass(frozen=True, kw_only=True)
class PromiseText:
    """A text that may promise a document."""

    id: str
    text: str
    direction: str | None  # a value of `Direction`
    at: dt.datetime | None  # aware
    zone: ZoneInfo  # in which its author means "tomorrow"
    subject: str = (
        ""  # read before the text; of a letter give none, it goes along with every answer
    )
    noted: bool = True  # written for ourselves, or nobody knows; False: a letter to the client


@dataclass(frozen=True, kw_only=True)
class PromiseJudgement:
    """Whether a text promises a document, and what, when and where it says so."""

    id: str
    found: bool
    artefact: str | None = None  # proposal, quote, contract, deck, other
    due_said: dt.date | None = None  # the day that the words name
    due_at: dt.datetime | None = None  # when the duty falls due (practices C23), UTC
    said: str | None = None  # the sentence
    start: int = -1  # where it stands in the text as it came; -1 where it cannot be told
    end: int = -1
    entry: str | None = None  # language and form of the promise
    waits: bool = False  # for something else to happen first
    artefacts: frozenset[str] = frozenset()  # of all promises in the text


@dataclass(frozen=True, kw_only=True)
class _Promised:
    said: Said
    entry: str
    artefact: str
    waits: bool
    day: dt.date | None
    when: str  # the words, plain, that say when


def judge_promises(
    texts: Sequence[PromiseText],
    phrases: Phrases | None = None,
    artefacts: frozenset[str] = ARTEFACTS,
) -> list[PromiseJudgement]:
    """Return for each text whether our side promises a document in it; what came in never does.

    Of several promises the first one whose day is named, else the first. `phrases` adds those of
    its groups `promise` and `promise_not`; other documents than `artefacts` are passed over.
    """
    read = [_read(one) for one in texts]
    told = _told(read, phrases)
    return [
        _judge(one, some, by, artefacts) for one, some, by in zip(texts, read, told, strict=True)
    ]


@dataclass(frozen=True, kw_only=True)
class _Read:
    """The sentences of a text that a person of ours may have written; are their places known?"""

    said: tuple[Said, ...] = ()
    placed: bool = False


def _read(one: PromiseText) -> _Read:
    if one.direction == Direction.INBOUND or is_automatic(one.text, subject=one.subject):
        return _Read()
    zones = zone(one.text)
    said = (*_of_subject(one.subject), *whole_sentences(zones))
    return _Read(said=said, placed=of_original(zones, one.text))


#: Of each sentence whether a phrase promises, and whether one undoes it.
_ByPhrase = list[tuple[bool, bool]]


def _told(read: Sequence[_Read], phrases: Phrases | None) -> list[_ByPhrase]:
    """Look for the phrases in all the sentences of all texts at once."""
    texts = [each.sentence for one in read for each in one.said]
    if phrases is None or not texts:
        return [[(False, False)] * len(one.said) for one in read]
    rows = zip(phrases.find("promise", texts), phrases.find("promise_not", texts), strict=True)
    return [[next(rows) for _ in one.said] for one in read]


def _judge(
    one: PromiseText, read: _Read, told: _ByPhrase, artefacts: frozenset[str]
) -> PromiseJudgement:
    some = [each for each in _promised(read.said, one) if each.artefact in artefacts]
    some = _with_phrases(some, read.said, one, told)
    best = next((each for each in some if each.day), some[0] if some else None)
    if best is None:
        return PromiseJudgement(id=one.id, found=False)
    judged = _judgement(one, best, read.placed)
    return replace(judged, artefacts=frozenset(each.artefact for each in some))


def _of_subject(subject: str) -> list[Said]:
    return [Said(start=NOWHERE, end=NOWHERE, sentence=one) for one in sentences(subject)]


def _with_phrases(
    some: Sequence[_Promised], said: Sequence[Said], one: PromiseText, told: _ByPhrase
) -> list[_Promised]:
    """Add what a phrase of the lexicon promises, and leave out what one undoes."""
    undone = [each for each, (_, no) in zip(said, told, strict=True) if no]
    known = {id(each.said) for each in some}
    more = [
        _by_phrase(each, one)
        for each, (yes, _) in zip(said, told, strict=True)
        if yes and id(each) not in known and not each.sentence.endswith("?")
    ]
    return [each for each in (*some, *more) if each.said not in undone]


def _by_phrase(said: Said, one: PromiseText) -> _Promised:
    words = folded(said.sentence)
    on = _on(one)
    parts = [p for x in tongues(said.sentence) for p in clauses(said.sentence, x, noted=one.noted)]
    return _Promised(
        said=said,
        entry=PROMISE,
        artefact=_named(parts) or OTHER,
        waits=False,
        day=said_day(words, on) if on else None,
        when=words,
    )


def of_original(zones: Zones, text: str) -> bool:
    """Tell whether places in the zones are places in the text as it came; of HTML they are not."""
    return text.startswith(zones.text)


def _judgement(one: PromiseText, best: _Promised, placed: bool) -> PromiseJudgement:
    due = None if one.at is None else read_due(best.when, one.at, one.zone, waits=best.waits)
    return PromiseJudgement(
        id=one.id,
        found=True,
        artefact=best.artefact,
        due_said=None if best.waits else best.day,
        due_at=due.at if due else None,
        said=best.said.sentence,
        start=best.said.start if placed else NOWHERE,
        end=best.said.end if placed else NOWHERE,
        entry=best.entry,
        waits=best.waits,
    )


def _on(one: PromiseText) -> dt.date | None:
    return None if one.at is None else one.at.astimezone(one.zone).date()


def _promised(said: Sequence[Said], one: PromiseText) -> Iterator[_Promised]:
    for language in tongues(" ".join(each.sentence for each in said)):
        found = list(_in_language(said, one, language))
        if found:
            yield from found
            return


def _in_language(said: Sequence[Said], one: PromiseText, language: str) -> Iterator[_Promised]:
    named: str | None = None
    for each, read in _answered(said, language):
        parts = clauses(read, language, noted=one.noted)
        asks = read.endswith("?")
        for what in commitments(parts, asks=asks, before=named):
            day, when = _when(what, _on(one))
            yield _Promised(
                said=each,
                entry=f"{language}.{what.form}",
                artefact=what.artefact,
                waits=what.waits,
                day=day,
                when=when,
            )
        named = _named(parts) or named


def _answered(said: Sequence[Said], language: str) -> Iterator[tuple[Said, str]]:
    """Yield each sentence, and how it is read: a short question together with its answer.

    "Draft contract? Ours, Friday." is "draft contract: ours, Friday".
    """
    before: Said | None = None
    for each in said:
        if before is not None:
            joined = f"{before.sentence} {each.sentence}"
            whole = Said(start=before.start, end=each.end, sentence=joined)
            yield whole, f"{before.sentence.rstrip('?! ')}: {each.sentence}"
            before = None
        elif _is_label(each, language):
            before = each
        else:
            yield each, each.sentence


def _is_label(said: Said, language: str) -> bool:
    """Tell whether it is a short question that names a thing, and asks nobody."""
    if said.start < 0 or not said.sentence.endswith("?") or len(said.sentence.split()) > _SHORT:
        return False
    words = tokens(said.sentence, language)
    return any(one.document for one in words) and not any(one.has(*_ASKS) for one in words)


def _named(parts: Sequence[Clause]) -> str | None:
    some = [one.document for part in parts for one in part.words if one.document]
    return some[-1] if some else None


#: Another clause may say when, unless somebody acts in it.
_ACTS: Final = ("now", "send", "sends", "receive", "will_receive", "they", "sent", "not", "look")
_OF_TIME: Final = ("time", "when", "the", "beside")


def _when(what: Commitment, on: dt.date | None) -> tuple[dt.date | None, str]:
    """Return the day that is named, and the plain words that say when.

    The clause of the promise decides; where it names none, one beside it in which nobody acts.
    """
    own = folded(what.clause.text)
    then = what.clause.has("then")  # "by then": what was said of another day
    idle = [one for one in what.others if then or one.has("allow") or not one.has(*_ACTS)]
    if is_vague(own):  # "soon, by Tuesday": only a clause of nothing but time says more
        idle = [one for one in idle if all(word.has(*_OF_TIME) for word in one.words)]
    some = [own, *(folded(one.text) for one in idle)]
    if without_hours(own) != in_english(own):  # "tomorrow he calls, and by noon you have it"
        some = [own, *(folded(one.text) for one in what.others)]
    for words in (*map(without_hours, some), own):
        day = None if on is None else said_day(words, on)
        if day is not None:
            return day, words
    return None, own


# -- as signals ------------------------------------------------------------------------------


def find_promises(some: Sequence[Written], phrases: Phrases, zone: ZoneInfo) -> Iterator[Found]:
    """Yield a promise of a proposal, a quote or a contract for each activity that makes one.

    And beside it, for each kind of document that is promised in it, a promise of that kind. The due
    date is in UTC; an activity without a moment has none.
    """
    texts = [_text(one, zone) for one in some if one.author in (Author.MAIL, Author.PAPER)]
    for judged in judge_promises(texts, phrases, OFFERED):
        if judged.said is not None:
            found = Found(
                activity=judged.id, signal=PROMISE, said=judged.said, due_at=judged.due_at
            )
            yield found
            yield from of_kinds(found, kinds_of(judged.artefacts))


def _text(one: Written, zone: ZoneInfo) -> PromiseText:
    noted = one.author == Author.PAPER
    return PromiseText(
        id=one.id,
        text=one.text,
        direction=None,
        at=one.at,
        zone=zone,
        subject=one.subject if noted else "",
        noted=noted,
    )


def said_promise(one: Written, phrases: Phrases) -> str | None:
    """Return the sentence that promises such a document, if any; whatever day it is said on."""
    words = folded(f"{one.subject}\n{one.text}")
    if not any(re.search(pattern, words) for pattern in document_gate()):
        return None
    return judge_promises([_text(one, _NO_ZONE)], phrases, OFFERED)[0].said


@cache
def document_gate() -> tuple[str, ...]:
    """Return patterns of which one is in the plain text of whatever names such a document."""
    grammars = [grammar_of(language) for language in LANGUAGES]
    named = {
        folded(phrase)
        for grammar in grammars
        for phrase, token in grammar.phrases.items()
        if token.document in OFFERED
    }
    ends = {folded(end) for grammar in grammars for end, kind in grammar.ends if kind in OFFERED}
    words = "|".join(map(re.escape, sorted(named)))
    return (rf"\b(?:{words})\b", rf"(?:{'|'.join(map(re.escape, sorted(ends)))})\b")
