"""Clauses in which our document comes along with the message, went out just now, or is there.

The same classes of words that undo a promise (`undone.py`). No language's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from rules.signals.promises.acting import theirs
from rules.signals.promises.clauses import Clause, clauses
from rules.signals.promises.finding import OFFERED
from rules.signals.promises.grammar import Token, folded, grammar_of
from rules.signals.promises.undone import comes_along, is_ahead
from rules.signals.text.tongue import LANGUAGES, tongues

_SAYS: Final = ("attached", "dispatched", "just", "got")
_LAST: Final = "attached_last"
_OPEN: Final = ("not", "would", "future", "i_will", "will_come", "be_done", "they")
#: Words between "without" and the document that is missing: "ohne das neue Angebot".
_REACH: Final = 3
_ACTS: Final = ("now", "send", "sends", "sent", "comes", "we", "receive", "will_receive")


def brings(sentence: str) -> bool:
    """Tell whether our words say that an offer or a contract is here, or was sent."""
    return _any(sentence, lambda one: _comes_along(one) or _went_out(one))


def has_it(sentence: str) -> bool:
    """Tell whether the client's words say that an offer or a contract of ours came."""
    return not sentence.endswith("?") and _any(sentence, _is_got)


def _any(sentence: str, tells: Callable[[Clause], bool]) -> bool:
    for language in tongues(sentence):
        some = clauses(sentence, language, noted=False)
        if sentence.endswith("?"):
            some = some[:-1]
        if any(_is_open(one) and tells(one) for one in _joined(some)):
            return True
    return False


def _joined(some: Sequence[Clause]) -> Iterator[Clause]:
    """Give "attached" to the document behind a mark: "En pièce jointe, l'offre", "Attached: quote".

    One clause of another kind may stand between them: "anbei, wie besprochen, das Angebot".
    """
    left = 0
    head: tuple[Token, ...] = ()
    for one in some:
        if left and one.objects and not _is_told_of(one):
            words = (*head, *one.words)
            one = replace(one, words=words, objects=tuple(n + len(head) for n in one.objects))
        if one.has("attached") and all(word.has("attached", "the") for word in one.words):
            head, left = one.words, 2
        else:
            left = 0 if one.objects or not left else left - 1
        yield one


def _is_told_of(clause: Clause) -> bool:
    """Tell whether somebody does something with the document, or it is still to come."""
    before = clause.words[: clause.objects[0]]
    return clause.has("comes", "will_come") or any(one.has(*_ACTS) for one in before)


def _is_open(clause: Clause) -> bool:
    """Tell whether it may say so at all: of an offer or a contract, not denied, no condition."""
    named = any(clause.words[n].document in OFFERED for n in clause.objects)
    if not named or clause.has(*_OPEN) or _lacks(clause):
        return False
    return not (clause.waits or theirs(clause) or is_ahead(clause))


def _lacks(clause: Clause) -> bool:
    """Tell whether a document is what is missing; an offer without service is none the less one."""
    before = (clause.words[max(0, n - _REACH - 1) : n] for n in clause.objects)
    return any(word.has("lacking") for words in before for word in words)


def _comes_along(clause: Clause) -> bool:
    asked = clause.has("please") and clause.has("send", "sends", "sending", "attach_it")
    return comes_along(clause) and not asked and not clause.has("us")


def _went_out(clause: Clause) -> bool:
    if clause.has("us", "offer"):
        return False
    if clause.has("just"):
        return clause.has("send")
    ours = clause.language in ("es", "pt") or (clause.has("has_done") and not _is_of_you(clause))
    return clause.has("dispatched") and ours


def _is_of_you(clause: Clause) -> bool:
    return clause.has("you") and not clause.has("we", "sent")


def _is_got(clause: Clause) -> bool:
    ours = clause.language in ("es", "pt") or clause.has("has_done")
    return clause.has("got") and ours


@cache
def bringing_gate() -> tuple[str, ...]:
    """Return patterns of which one is in the plain text of whatever says so."""
    words = {
        folded(phrase)
        for language in LANGUAGES
        for phrase, token in grammar_of(language).phrases.items()
        if token.has(*_SAYS, _LAST)
    }
    return (rf"\b(?:{'|'.join(sorted(words))})\b",)
