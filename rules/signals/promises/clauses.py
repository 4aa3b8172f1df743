"""The clauses of a sentence, and the documents each of them is about.

Nothing in here knows what a promise is. A clause ends at a mark, at "but", before a condition, and
where "and" brings somebody else who acts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rules.signals.promises.grammar import Token, tokens

#: Documents whose name may stand for another named just before it: "the contract documents".
_MERE_FORM: Final = frozenset(
    {"document", "documents", "documentation", "paperwork", "template", "form"}
)
_NEAR_AND: Final = 6  # words before "and" that say what is here
_SHORT: Final = 4  # words that name a document and no more
_PRONOUNS: Final = ("we", "you", "they", "own", "us")
_VERBS: Final = ("now", "send", "sends", "receive", "will_receive", "future", "i_will", "comes")
#: "aber" and "maar" within a clause part nothing: they stand behind a comma as well.
_BUT: Final = frozenset({"but", "mais", "pero", "mas", "sondern", "however"})
_OF_US: Final = re.compile(r"(?:ons|ommes)\b")
#: Classes that say nothing of what a word does.
_MARKS: Final = frozenset(
    {
        *(
            "carries",
            "asking",
            "or",
            "to_all",
            "whom",
            "agent",
            "he",
            "possessed",
            "article",
            "mine",
        ),
        *("recounts", "got", "dispatched", "has_done", "some", "of_day", "attached_last", "shown"),
        *("holds", "until", "attach_it", "proposes"),
    }
)
#: Words behind which the same subject goes on.
AND: Final = frozenset({"and", "und", "et", "y", "en", "e", "then", "so", "dann", "puis"})


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A part of a sentence with one thing to say."""

    words: tuple[Token, ...]
    language: str
    waits: bool  # it is a condition of another clause
    noted: bool  # it stands in what we write for ourselves
    todo: bool = False  # it stands below "next step:"
    held: bool = False  # the clause beside it is a condition
    dated: bool = False  # the clause behind it says before what
    owed: bool = False  # the clause before it says no more than "promised:"
    wanted: str | None = None  # the document that the clause before it names, or asks for
    named: str | None = None  # the document that "it" stands for
    objects: tuple[int, ...] = field(default=())

    def at(self, *classes: str) -> list[int]:
        """Return where words of these classes stand."""
        return [n for n, one in enumerate(self.words) if one.has(*classes)]

    def has(self, *classes: str) -> bool:
        """Tell whether there is any."""
        return any(one.has(*classes) for one in self.words)

    def objects_asked(self) -> str | None:
        """Return the document, if it says no more than that, or that it is wanted."""
        named = [one.document for one in self.words if one.document]
        acts = self.has("sent", "not", "look", "is", *_VERBS)
        short = len(self.words) <= _SHORT + sum(one.has("the", "todo") for one in self.words)
        return named[-1] if named and (self.has("wanted") or (short and not acts)) else None

    @property
    def text(self) -> str:
        """The words, with blanks between them."""
        return " ".join(one.text for one in self.words)


def clauses(sentence: str, language: str, *, noted: bool) -> list[Clause]:
    """Return the clauses of a sentence, in order, with the documents each of them is about."""
    some: list[Clause] = []
    for words, waits in _parts(tokens(sentence, language), language):
        if words:
            todo = bool(some) and _is_heading(some[-1])
            clause = Clause(
                words=tuple(words), language=language, waits=waits, noted=noted, todo=todo
            )
            some.append(_with_objects(_continued(clause, some)))
    conditions = [False, *(one.waits for one in some), False]
    beside = zip(conditions[:-2], conditions[2:], strict=True)
    return list(_together(some, [any(both) for both in beside]))


def _gets(near: Sequence[Token]) -> bool:
    """ "Wir rechnen noch, und morgen haben Sie es": a time, then who gets it."""
    for n, one in enumerate(near):
        if one.has("receive", "will_receive", "comes"):
            return n > 0 and near[0].has("time", "when")
        if one.has("we", "now", "send"):
            return False
    return False


def _continued(clause: Clause, some: Sequence[Clause]) -> Clause:
    """ "Our offer, with the plans, will reach you": give the verb behind the comma its subject."""
    goes = clause.words[0].has("future", "be_done", "will_come", "comes") or (
        clause.words[0].text in AND
        and len(clause.words) > 1
        and clause.words[1].has("future", "be_done")
    )
    subject = next(
        (one for one in some if one.objects and not one.has(*_VERBS, "we", "they")), None
    )
    if not goes or subject is None or clause.has("we", "own", "send"):
        return clause
    thing = subject.words[subject.objects[0]]
    return replace(clause, words=(thing, *clause.words))


def _is_heading(clause: Clause) -> bool:
    """Tell whether it says "next step", or whose: "action me"."""
    mine = all(one.has("todo", "us", "we", "own", "now") or one.name for one in clause.words)
    return mine and clause.has("todo")


def _together(some: Sequence[Clause], held: Sequence[bool]) -> Iterator[Clause]:
    """Let each clause know of those beside it: a condition, what was asked for, who acted."""
    before: Clause | None = None
    asked: str | None = None
    ours = False
    for n, (one, beside) in enumerate(zip(some, held, strict=True)):
        if before is not None and not all(word.has("ours", "us", "own") for word in before.words):
            asked = before.objects_asked()
        words = tuple(map(_as_ours, one.words)) if ours else one.words
        behind = some[n + 1] if n + 1 < len(some) else None
        if behind is not None and one.has("ready", "will_come", "comes") and not one.objects:
            asked = asked or behind.objects_asked()
        owed = before is not None and before.has("owe") and not before.objects
        dated = behind is not None and behind.words[0].has("before")
        yield replace(one, held=beside, words=words, wanted=asked, owed=owed, dated=dated)
        ours = (ours or one.has("own")) and not one.has("they")
        before = one


def _as_ours(token: Token) -> Token:
    """ "Our estimator says he will": who is ours stays ours."""
    if not token.has("he"):
        return token
    return replace(token, classes=(token.classes - {"you"}) | {"own"})


def _parts(some: Sequence[Token], language: str) -> Iterator[tuple[list[Token], bool]]:
    part: list[Token] = []
    waits = False
    for n, token in enumerate(some):
        condition = _is_condition(token, first=not part)
        anew = _anew(some, n) or (waits and len(part) > 1 and _follows_condition(some, n, language))
        if token.has("break") or token.text in _BUT or (condition and part) or anew:
            yield part, waits
            part, waits = [], False
        waits = waits or condition
        if not token.has("break"):
            part.append(token)
    yield part, waits


def _is_condition(token: Token, *, first: bool) -> bool:
    """A short word is one only where a clause begins: `si`, `se`, `als` mean much besides."""
    return token.has("once") and (first or len(token.text) > len("als"))


def _anew(some: Sequence[Token], n: int) -> bool:
    """Tell whether "and" begins another clause, with somebody who acts, or "that" does."""
    following = some[n + 1] if n + 1 < len(some) else Token(text="")
    if some[n].text == "maar" or (some[n].text == "that" and n and not some[n - 1].document):
        return following.has("we", "you", "own", "they", "the", "it")
    near = some[n + 1 : n + 5]
    begins = following.has("we", "you", "own", "they")
    return some[n].text in AND and (begins or _gets(near) or _parts_from(some[:n], near))


def _parts_from(before: Sequence[Token], near: Sequence[Token]) -> bool:
    """ "The plans are attached and the quote follows": one is here, the other is to come."""
    here = any(one.has("attached") for one in before[-_NEAR_AND:])
    comes = any(one.has("comes", "will_come", "future", "be_done", "now") for one in near)
    return here and comes and any(one.document for one in near)


def _follows_condition(some: Sequence[Token], n: int, language: str) -> bool:
    """ "As soon as it is in I will …", "zodra hij er is zetten we": where the condition ends."""
    token, following = some[n], some[n + 1] if n + 1 < len(some) else Token(text="")
    if language == "en":
        return token.has("we", "you", "own") and following.text in ("will", "shall")
    if language in ("de", "nl"):
        acts = token.has("send", "now", "future", "i_will", "receive", "will_receive", "comes")
        return acts and following.has("we", "you", "own") and not following.has("the")
    sure = ("now", "will_receive", "i_will")
    if token.has(*sure):
        return not some[n - 1].has("you", "it")
    return token.has("you", "it") and following.has(*sure, "it") and not some[n - 1].has("you")


def _with_objects(clause: Clause) -> Clause:
    words = [
        _not_then(
            _aside(_told(_pronoun(clause.words, n), clause), clause.words, n), clause.words, n
        )
        for n in range(len(clause.words))
    ]
    asked = clause.has("allow", "await")  # "give us two days for the quote"
    objects = [
        n for n, one in enumerate(words) if one.document and (asked or not _beside(words, n))
    ]
    return replace(clause, words=tuple(words), objects=tuple(_heads(words, objects)))


def _told(token: Token, clause: Clause) -> Token:
    """What we said that we would do lies ahead."""
    if token.text != "would" or not clause.has("reported"):
        return token
    return replace(token, classes=token.classes | {"future"})


def _not_then(token: Token, words: Sequence[Token], n: int) -> Token:
    """ "Friday, not Thursday" denies the day alone."""
    behind = n + 1 < len(words) and words[n + 1].has("time")
    before = any(one.has("time") for one in words[:n])
    return replace(token, classes=token.classes - {"not"}) if behind and before else token


def _aside(token: Token, words: Sequence[Token], n: int) -> Token:
    """Whoever stands behind a preposition does not act: "before the bank's board meets"."""
    before = n - 1 - (n > 1 and words[n - 1].has("the") and not words[n - 1].has("beside"))
    if not token.has("they") or before < 0 or not words[before].has("beside", "with", "to"):
        return token
    if words[before].has("agent"):
        return replace(token, classes=token.classes | {"by"})
    return replace(token, classes=token.classes - {"they"})


def _pronoun(words: Sequence[Token], n: int) -> Token:
    """Make an article with no noun behind it what it is: "die stuur ik u", "je le ferai suivre"."""
    token = words[n]
    following = words[n + 1] if n + 1 < len(words) else None
    if not token.has("the"):
        return _we_or_us(token, words)
    if token.has("us"):  # "ons voorstel", "stuur ons de SLA"
        possessed = following is not None and not following.has(*_VERBS, *_PRONOUNS, "the", "time")
        return replace(token, classes=token.classes - {"us" if possessed else "the"})
    if token.has("article"):
        return replace(token, classes=token.classes - {"it"})
    behind_verb = n > 0 and words[n - 1].has(*_VERBS)
    timed = following is not None and following.has("time") and behind_verb
    alone = following is None or timed or following.has(*_VERBS, "we", "you", "to")
    kept = (token.classes | {"it"}) if alone else (token.classes - {"it"})
    return replace(token, classes=kept)


def _we_or_us(token: Token, words: Sequence[Token]) -> Token:
    """French says "nous" for both; the end of the verb tells."""
    acts = any(one.has("now", "i_will") and _OF_US.search(one.text) for one in words)
    return replace(token, classes=token.classes - {"us"}) if acts else token


def _beside(words: Sequence[Token], n: int) -> bool:
    """Tell whether the document belongs to something else: "about the quote", "quote number"."""
    if n + 1 < len(words) and words[n + 1].has("about_it"):
        return True
    if _is_modifier(words, n):
        return True
    before = n - 1
    for _ in range(2):
        if before >= 0 and (describes(words[before]) or words[before].text[0].isdigit()):
            before -= 1
    if before >= 0 and words[before].has("the") and not words[before].has("beside"):
        before -= 1
    if before > 0 and words[before].has("with") and _is_thing(words[before - 1]):
        return True
    return before >= 0 and words[before].has("beside", "look")


def _is_modifier(words: Sequence[Token], n: int) -> bool:
    """ "Lease car coming over": an unknown noun behind it, and then the verb."""
    if n + 2 >= len(words) or words[n].text.endswith("s"):
        return False
    noun, verb = words[n + 1], words[n + 2]
    return (
        describes(noun)
        and not noun.name
        and verb.has("comes", "will_come", "is", "be_done", "future")
    )


def _is_thing(token: Token) -> bool:
    """Tell whether it may be goods, with which a document comes."""
    return describes(token) and not token.name and not token.has("carries")


def describes(token: Token) -> bool:
    """Tell whether nothing is known of a word, so that it may say what a document is like."""
    return token.classes <= _MARKS and token.document is None


def _heads(words: Sequence[Token], objects: Sequence[int]) -> Iterator[int]:
    """Of nouns side by side the last says what it is, unless it is a mere form."""
    for n in objects:
        beside_next = n + 1 in objects and words[n + 1].text not in _MERE_FORM
        after_one = n - 1 in objects and words[n].text in _MERE_FORM
        if not beside_next and not after_one:
            yield n
