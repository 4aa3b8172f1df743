"""The purpose of an outbound contact: what is left when everything that says nothing is taken away.

Pure: contacts in, judgements out. Only our own newest words are judged; what a machine sent, what
came in, and what was quoted never decides. Phrases are looked for over whole columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.model import ActivityKind, Direction
from rules.signals.purpose.judged import (
    MAYBE,
    NO_TEXT,
    PURPOSEFUL,
    PURPOSELESS,
    TOPIC_ONLY,
    Contact,
    Judgement,
    PurposeModel,
    Spot,
)
from rules.signals.purpose.model import LEFT_TO_MODEL, both_chances
from rules.signals.purpose.purpose_words import ATTEMPT
from rules.signals.purpose.spelled import with_spelling
from rules.signals.purpose.taking_apart import Message, messages_of
from rules.signals.purpose.weighing import Weighed, looked_for, shipped_scorecard
from rules.signals.text.automatic import is_automatic
from rules.signals.text.plain import plain_column
from rules.signals.words.lexicon import Lexicon

#: From here on a purposeless contact counts against somebody (rulings: Purpose).
FLAG_AT: Final = 0.8
_CUT: Final = 0.5  # from here on it is called purposeless
_OPEN: Final = 0.35  # from here on nobody can tell
#: What only a title says, what denies being a check-in, or gives a reason, a choice or an
#: instruction, is never certain.
_WEAK: Final = 0.49
#: By the lexicon alone nobody is flagged where any evidence of a purpose was found, nor where no
#: phrase was that says nothing unless hardly anything is left: common words alone are no proof.
_DOUBTED: Final = FLAG_AT - 0.01
#: So sure it must be where a word is left, or no such phrase was found.
_SURER_AT: Final = 0.86
#: With the model, so sure both together must be. Chosen on texts of hands that neither was fitted
#: to; at least 97 of 100 flags were right there.
ACCUSED_AT: Final = 0.7
#: Words of a message in which no phrase says nothing; of shorter answers neither knows enough.
ENOUGH_WORDS: Final = 10
_LONG: Final = 20  # words: a shorter one may answer, or tell what was done, in common words alone
#: So few definite words beside a check-in are a topic, and no goal yet.
_TOPIC: Final = 1
_LETTERS: Final = frozenset({str(ActivityKind.EMAIL), str(ActivityKind.MESSAGE)})
_NOT_JUDGED: Final = frozenset({str(Direction.INBOUND), str(Direction.INTERNAL)})
#: Which phrase is shown of several, the plainest first.
_PLAINEST: Final = (
    "check_in",
    "vague_ask",
    "ask_time",
    "placeholder",
    "offer",
    "call_again",
    "pleasantry",
)


@dataclass(frozen=True, kw_only=True)
class _Chance:
    """How likely a message has no purpose, and whether the model was asked as well."""

    value: float
    of_both: bool = False


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A judgement, the sentence that checks in, and the one that says most."""

    judgement: Judgement
    check_in: Spot | None = None
    definite: Spot | None = None


def judge_purposes(
    contacts: Sequence[Contact], lexicon: Lexicon, model: PurposeModel | None = None
) -> list[Judgement]:
    """Return for each contact whether it has a purpose, in their order.

    A contact that came in, stayed inside, or was sent by a machine is `purposeful`: it is never
    held against anybody. `model` is asked about what the lexicon leaves open.
    """
    return [one.judgement for one in judge_contacts(contacts, lexicon, model)]


def judge_contacts(
    contacts: Sequence[Contact], lexicon: Lexicon, model: PurposeModel | None = None
) -> list[Judged]:
    """Return the judgements of `judge_purposes`, each with the check-in that was found."""
    plain = [_not_judged(one) for one in contacts]
    left = [n for n, one in enumerate(plain) if one is None]
    messages = messages_of([contacts[n] for n in left], lexicon.tongues)
    chances = _chances(messages, model)
    judged = {n: Judged(judgement=one) for n, one in enumerate(plain) if one}
    for n, message, chance, entry in zip(left, messages, chances, _entries(messages), strict=True):
        judged[n] = Judged(
            judgement=_judgement(message, chance, entry),
            check_in=_spot(message, against=True) if entry else None,
            definite=_spot(message, against=False),
        )
    return [judged[n] for n in range(len(contacts))]


def _not_judged(contact: Contact) -> Judgement | None:
    if contact.direction in _NOT_JUDGED or contact.automated:
        return _plainly(PURPOSEFUL)
    if is_automatic(contact.text, subject=contact.subject) is not None:
        return _plainly(PURPOSEFUL)
    if not contact.text.strip() and not contact.subject.strip():
        return _plainly(NO_TEXT)
    return None


def _plainly(verdict: str, language: str = "und") -> Judgement:
    return Judgement(
        verdict=verdict, confidence=1.0, spot=None, entry=None, looked_for=(), language=language
    )


def counted_purposes(contacts: Sequence[Contact], lexicon: Lexicon) -> list[dict[str, float]]:
    """Return for each contact the named counts that its score is made of, whoever sent it."""
    messages = messages_of(contacts, lexicon.tongues)
    return [one.counted for one in messages]


# -- judging ---------------------------------------------------------------------------------


def _chances(messages: Sequence[Message], model: PurposeModel | None) -> list[_Chance]:
    """Return how likely each has no purpose; where that is open, the model has its say."""
    cards = [shipped_scorecard().chance(one.counted) for one in messages]
    chances = [_Chance(value=card) for card in cards]
    low, high = LEFT_TO_MODEL
    unsure = [n for n, card in enumerate(cards) if low <= card <= high]
    if model is None:
        for n in unsure:
            chances[n] = _Chance(value=with_spelling(cards[n], messages[n].own_text))
        return chances
    said = model.purposeless([messages[n].own_text for n in unsure]) if unsure else ()
    for n, chance in zip(unsure, said, strict=True):
        chances[n] = _Chance(value=both_chances(cards[n], chance), of_both=True)
    return chances


def _judgement(message: Message, told: _Chance, entry: str | None) -> Judgement:
    language = message.tongue.language
    own = [one for one in message.weighed if one.words or one.phrases]
    if not own:
        return _plainly(NO_TEXT, language)
    counted = message.counted
    if _is_attempt(own, counted):
        return _plainly(PURPOSEFUL, language)
    verdict, confidence = _verdict(_held(message, told), counted)
    against = verdict in (PURPOSELESS, MAYBE)
    return Judgement(
        verdict=verdict,
        confidence=round(confidence, 3),
        spot=_spot(message, against=against),
        entry=entry if against or verdict == TOPIC_ONLY else None,
        looked_for=looked_for(counted) if against else (),
        language=language,
    )


def _held(message: Message, told: _Chance) -> float:
    """Return the chance as far as it may count: what is doubted accuses nobody."""
    if _is_weak(message, message.counted):
        return min(told.value, _WEAK)
    if not told.of_both:
        return min(told.value, _DOUBTED) if _is_doubted(message, told.value) else told.value
    accused = told.value >= ACCUSED_AT and is_enough(message)
    return max(told.value, FLAG_AT) if accused else min(told.value, _DOUBTED)


def _is_attempt(own: Sequence[Weighed], counted: Mapping[str, float]) -> bool:
    """Tell a bare call attempt, which took nobody's time."""
    tried = any(ATTEMPT in one.phrases for one in own)
    return tried and not counted["check_in"] and counted["definite"] <= 1


def _is_weak(message: Message, counted: Mapping[str, float]) -> bool:
    only_title = all(part.subject for part in message.spoken.statements)
    planned = message.contact.planned or message.contact.kind not in _LETTERS
    denied = counted["denied"] > 0 and not counted["check_in"]
    return (only_title and planned) or denied or counted["evidence"] > 0


def _is_doubted(message: Message, chance: float) -> bool:
    counted, says_nothing = message.counted, _says_nothing(message)
    if _goal(counted) or not (says_nothing or _is_hollow(message)):
        return True
    return chance < _SURER_AT and (counted["definite"] > 0 or not says_nothing)


def is_enough(message: Message) -> bool:
    """Tell whether there is enough of a message to believe card and model that accuse somebody."""
    return _says_nothing(message) or sum(one.words for one in message.weighed) >= ENOUGH_WORDS


def _says_nothing(message: Message) -> bool:
    """Tell whether a phrase says nothing; what a firm says of itself is such a phrase as well."""
    return bool(message.counted["check_in"]) or any(
        "news" in one.phrases for one in message.weighed
    )


def _is_hollow(message: Message) -> bool:
    """Tell a long message in which a word is left at most, and no answer."""
    counted = message.counted
    long = sum(one.words for one in message.weighed) >= _LONG
    left = sum(counted[name] for name in ("definite", "definite_aside", "subject"))
    said = counted["answered"] or counted["denied"]
    return long and left <= _TOPIC and not said


def _verdict(chance: float, counted: Mapping[str, float]) -> tuple[str, float]:
    if chance >= _CUT:
        return PURPOSELESS, chance
    if chance >= _OPEN:
        return MAYBE, chance
    about = counted["definite"] + counted["subject"]
    if counted["check_in"] and about <= _TOPIC and not _goal(counted):
        return TOPIC_ONLY, 1 - chance
    return PURPOSEFUL, 1 - chance


def _goal(counted: Mapping[str, float]) -> float:
    return counted["strong"] + counted["asked"] + counted["evidence"] + counted["stated"]


def _deciding(message: Message, *, against: bool) -> int:
    """Return which statement decides: the plainest phrase, or the one that says most."""
    some = message.weighed
    if against:
        for kind in _PLAINEST:
            for n, one in enumerate(some):
                if kind in one.phrases:
                    return n
    return max(
        range(len(some)), key=lambda n: (len(some[n].left), not some[n].subject, some[n].words)
    )


def _spot(message: Message, *, against: bool) -> Spot | None:
    if not message.spoken.statements:
        return None
    part = message.spoken.statements[_deciding(message, against=against)]
    return Spot(said=part.said, start=part.start, end=part.end)


def _entries(messages: Sequence[Message]) -> list[str | None]:
    """Return for each message the entry that the phrase of its deciding statement matched."""
    found: list[str | None] = [None] * len(messages)
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for n, one in enumerate(messages):
        kind = _shown(one)
        if kind:
            groups[one.tongue.language, kind].append(n)
    for (_, kind), some in groups.items():
        said = [_said(messages[n]) for n in some]
        plain = plain_column(pa.array(said))
        for entry in reversed(messages[some[0]].tongue.entries):
            if entry.kind == kind:
                yes = pc.match_substring_regex(plain, pattern=entry.pattern).to_pylist()
                for n in (n for n, is_it in zip(some, yes, strict=True) if is_it):
                    found[n] = entry.id
    return found


def _said(message: Message) -> str:
    return message.spoken.statements[_deciding(message, against=True)].said


def _shown(message: Message) -> str | None:
    if not message.weighed:
        return None
    phrases = message.weighed[_deciding(message, against=True)].phrases
    return next((kind for kind in _PLAINEST if kind in phrases), None)
