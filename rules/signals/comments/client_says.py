"""What clients write: complaints about follow-up, praise, and automatic replies.

Their words stand in mails and messages that came in, and in our notes where they quote the client.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rules.signals.comments.judging import CommentText, judge_comments
from rules.signals.comments.weighing import MIXED, NEGATIVE
from rules.signals.said import Author, Found, Sentence, Written, first_of_each, sentences_of
from rules.signals.text.newest import sentences
from rules.signals.words.lexicon import Lexicon
from rules.signals.words.phrases import Phrases

COMPLAINT: Final = "complaint"
PRAISE: Final = "praise"
AUTO_REPLY: Final = "auto_reply"

#: An automatic reply says so at once.
_AT_ONCE: Final = 4


def find_complaints(some: Sequence[Written], phrases: Phrases) -> Iterable[Found]:
    """Return who of the clients complains that nobody follows up."""
    theirs = _theirs(some, phrases)
    texts = [one.whole for one in theirs]
    rows = zip(phrases.find("complaint", texts), phrases.find("complaint_not", texts), strict=True)
    return first_of_each(COMPLAINT, theirs, [yes and not no for yes, no in rows])


def find_praise(
    some: Sequence[Written], lexicon: Lexicon, model: object | None = None
) -> Iterable[Found]:
    """Return who of the clients praises us; what displeases in the same message spoils it."""
    phrases = lexicon.phrases
    theirs = _theirs(some, phrases)
    texts = [one.whole for one in theirs]
    undone = zip(theirs, phrases.find("praise_not", texts), strict=True)
    spoiled = {one.by.id for one, no in undone if no}
    whole: dict[str, list[str]] = {}
    for one in theirs:
        whole.setdefault(one.by.id, []).append(one.whole)
    comments = [CommentText(id=id, text="\n\n".join(said)) for id, said in whole.items()]
    judged = {one.id: one for one in judge_comments(comments, model, lexicon.own)}
    worth = {id for id, one in judged.items() if one.worth_collecting}
    clear = {id for id, one in judged.items() if one.label not in (NEGATIVE, MIXED)} - spoiled
    says = zip(theirs, phrases.find("praise", texts), strict=True)
    praised = [
        one.by.id in clear and (yes or (one.by.id in worth and one.whole == judged[one.by.id].said))
        for one, yes in says
    ]
    return first_of_each(PRAISE, theirs, praised)


def find_auto_replies(some: Sequence[Written], phrases: Phrases) -> Iterable[Found]:
    """Return which mails a machine answered: its subject or its first sentences say so."""
    begin = [
        Sentence(by=one, whole=said)
        for one in some
        for said in [*sentences(one.subject), *one.own_sentences[:_AT_ONCE]]
    ]
    texts = [one.whole for one in begin]
    undone = zip(begin, phrases.find("auto_reply_not", texts), strict=True)
    people = {one.by.id for one, no in undone if no}
    found = zip(begin, phrases.find("auto_reply", texts), strict=True)
    return first_of_each(AUTO_REPLY, begin, [yes and one.by.id not in people for one, yes in found])


def _theirs(some: Sequence[Written], phrases: Phrases) -> list[Sentence]:
    all_sentences = sentences_of(some)
    quoted = phrases.find("client_said", [one.whole for one in all_sentences])
    return [
        one
        for one, yes in zip(all_sentences, quoted, strict=True)
        if yes or one.by.author == Author.CLIENT
    ]
