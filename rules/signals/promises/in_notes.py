"""Forms of a promise without a verb, as in notes: "quote by EOD", "to do: send the slides".

A form is a function of a clause. What undoes it stands in `undone.py`. No language's words.
"""

from __future__ import annotations

import re
from typing import Final

from rules.signals.promises.acting import NEAR, is_timed
from rules.signals.promises.clauses import Clause, describes
from rules.signals.promises.due import in_english
from rules.signals.promises.grammar import folded
from rules.signals.promises.undone import is_slogan

#: A number that counts things, not days: "40k this year", "six now, six in January".
_COUNT: Final = re.compile(r"^\d+(?:k|[.,]\d+)?(?:$| (?:now|this|in|per|a)\b)")
_PLAIN: Final = ("time", "when", "the", "with", "beside", "fine")


def noted_duty(clause: Clause) -> bool:
    """ "send quote to Parr", "Angebot erstellen", "Kim to forward the report": notes only."""
    if not (clause.noted or clause.todo) or clause.has("now", "i_will"):
        return False
    verb = next(iter(clause.at("send")), len(clause.words))
    if any(one.has("they") for one in clause.words[:verb]):
        return False
    if clause.todo and all(one.document or one.has("the", "time", "us") for one in clause.words):
        return True
    first = [n for n in clause.at("send") if n <= 1 and not clause.words[0].has("we", "you")]
    named = [n for n in clause.at("send") if 1 <= n <= NEAR and clause.words[n - 1].has("to")]
    last = clause.language in ("de", "nl", "fr") and clause.words[-1].has("send")
    return bool(first or named or last)


def document_by(clause: Clause) -> bool:
    """ "Quote by EOD": a document, a time and nothing else; notes only."""
    if not clause.noted or not is_timed(clause):
        return False
    thing = clause.objects[0]
    before, behind = clause.words[:thing], clause.words[thing + 1 :]
    short = len(before) <= 2 and all(one.has("the", "adj") or describes(one) for one in before)
    said = ("time", "when", "the", "owe", "to", "you", "with", "fine", "ready")
    to = [n for n, one in enumerate(behind) if one.has("to", "with") or one.has("whom")]
    named = {n + k for n in to for k in (1, 2)}
    rest = [one for n, one in enumerate(behind) if n not in named and n not in to]
    return short and all(one.has(*said) for one in rest) and not is_slogan(clause)


def aimed_at(clause: Clause) -> bool:
    """ "Aiming for Friday with the quote", "target for the quote is Friday"."""
    named = any(one.document for one in clause.words)
    if named and clause.words[0].has("time", "then"):  # "end of next week for the quote"
        return clause.noted and all(one.has(*_PLAIN) or one.document for one in clause.words)
    return named and clause.has("aim") and is_timed(clause) and not clause.has("they", "you")


def only_when(clause: Clause) -> bool:
    """ "Quote: Monday", "You asked for the slides: Tuesday"."""
    if clause.wanted is None or not (clause.noted or clause.has("fine")):
        return False
    if _COUNT.search(in_english(folded(clause.text))):  # "Budget: 40k this year"
        return False
    said = ("time", "when", "the", "fine", "ready", "ours", "with", "us", "to")
    return is_timed(clause) and all(one.has(*said) for one in clause.words)


def is_recounted(clause: Clause) -> bool:
    """Tell whether it is the heading of what was talked about: "discussed:", "proposed:"."""
    heading = all(one.has("recounts", "the") for one in clause.words)
    return heading and clause.has("recounts")
