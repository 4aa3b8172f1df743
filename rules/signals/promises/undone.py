"""What takes a promise back in its own clause: the past, a denial, a request, a slogan.

Nothing in here knows how a promise is made. No language's words.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from rules.signals.promises.acting import THOSE
from rules.signals.promises.clauses import Clause, describes
from rules.signals.promises.due import is_prompt, is_vague, said_day, without_hours
from rules.signals.promises.grammar import folded

#: Forms in which somebody acts for us, ahead: what else stands in the clause describes the thing.
SURE: Final = frozenset({"we-will", "let-me", "we-see-to-it", "we-get-it-to-you", "leave-it-to-us"})
#: Forms in which what is done already is told of something ahead.
_PASSIVE: Final = frozenset({"we-get-it-to-you", "document-will-be-sent", "we-owe", "we-will"})
#: Forms in which nobody of ours acts: what is signed may come from the client.
_OF_IT: Final = frozenset(
    {
        "document-comes",
        "document-by",
        "document-with-you",
        "document-will-be-sent",
        "only-when",
        "noted-duty",
    }
)
_DOES: Final = (
    *("now", "send", "sends", "sending", "receive", "will_receive"),
    *("comes", "will_come", "future", "i_will", "be_done"),
)
_ANY_DAY: Final = dt.date(2026, 1, 7)  # a Wednesday, on which "tomorrow" and "Friday" lie ahead
_AHEAD: Final = ("will_receive", "i_will", "will_come", "be_done")


def is_undone(clause: Clause, form: str) -> bool:
    """Tell whether something in the clause takes the promise back."""
    return (
        clause.has("not", "general", "inside")
        or _lacks(clause)
        or _is_maybe(clause)
        or _is_asked_of_them(clause, form)
        or _is_here(clause, form)
        or _is_of_another_thing(clause, form)
        or _is_gone(clause, form)
        or (clause.has("since") and form not in SURE)
    )


def _lacks(clause: Clause) -> bool:
    """ "Without a quote", "every quote"."""
    bare = clause.at("lacking", "each")
    return any(0 < thing - one <= 3 for one in bare for thing in clause.objects)


def _is_maybe(clause: Clause) -> bool:
    return clause.has("would") and not clause.has("reported")


def _is_of_another_thing(clause: Clause, form: str) -> bool:
    """ "Laat ik u de cijfers zien", "läuft bis Mai", "u heeft een contract tot maart"."""
    shown = clause.has("shown") and clause.has("leave")
    some = any(n and clause.words[n - 1].has("some") for n in clause.objects)
    has = form == "you-will-get" and clause.has("holds") and clause.has("until")
    return shown or clause.has("lasts") or (some and has)


def _is_asked_of_them(clause: Clause, form: str) -> bool:
    to_us = clause.has("us") and not (clause.language == "en" and form == "we-will")
    if to_us and not (clause.has("todo") or form == "give-us-time"):
        return True
    asked = (
        "we",
        "will_receive",
        "await",
        "leave",
        *(("allow",) if form == "give-us-time" else ()),
    )
    return clause.has("please") and not clause.has(*asked)


def _is_here(clause: Clause, form: str) -> bool:
    """Tell whether it has come already, with this mail or before."""
    if not clause.has("already") and (not comes_along(clause) or is_ahead(clause)):
        return False
    if form == "you-will-get" and comes_along(clause) and not is_ahead(clause):
        return True
    ahead = clause.at("future", "will_receive", "await", "i_will")
    behind = _is_behind_thing(clause, "already", "attached")
    return not (behind and ahead and (form in SURE or form == "you-will-get"))


def comes_along(clause: Clause) -> bool:
    """Tell whether what it is about comes with the message: "attached", "ich füge … bei"."""
    return clause.has("attached") or clause.words[-1].has("attached_last")


def is_ahead(clause: Clause) -> bool:
    """Tell whether somebody acts on a day to come: "anbei … sende ich Ihnen morgen"."""
    if clause.has("next_mail"):
        return True
    if not clause.has(*_DOES):
        return False
    words = [
        one.text
        for n, one in enumerate(clause.words)
        if not (n and one.has("time") and clause.words[n - 1].has("of_day"))
    ]
    plain = folded(" ".join(words))
    day = said_day(without_hours(plain), _ANY_DAY)
    return is_vague(plain) or (day is not None and day > _ANY_DAY)


def _is_gone(clause: Clause, form: str) -> bool:
    if clause.has("signed") and form in _OF_IT and not clause.has("ready", "you"):
        return True
    if form in _PASSIVE or form in SURE or clause.has("reported", *_AHEAD):
        return False
    past = [n for n in clause.at("sent") if not _is_adjective(clause, n)]
    told = clause.language == "en" and all(_is_told_of_thing(clause, n) for n in past)
    return bool(past) and not told


def _is_adjective(clause: Clause, n: int) -> bool:
    """ "The revised quote": a participle before the document, behind its article."""
    if clause.words[n].has("lately") and n and clause.words[n - 1].has("time"):
        return True
    if clause.language in ("fr", "es", "pt") and any(
        0 < n - thing <= 2 for thing in clause.objects
    ):
        return clause.has("now", "comes", "receive", "send", "sends")
    after = any(n < thing <= n + 2 for thing in clause.objects)
    return after and (n == 0 or clause.words[n - 1].has("the") or describes(clause.words[n - 1]))


def _is_behind_thing(clause: Clause, *classes: str) -> bool:
    """Tell whether these stand behind the document, as in "the quote you asked for yesterday"."""
    things = [*clause.objects, *clause.at(*THOSE)]
    said = [n for n in clause.at(*classes) if not _is_adjective(clause, n)]
    return bool(things) and all(n > things[0] for n in said)


def _is_told_of_thing(clause: Clause, n: int) -> bool:
    """ "The quote we discussed": who acts stands between the document and what is past."""
    thing = next(iter(clause.objects), n)
    return any(thing < who < n for who in clause.at("we", "you", "they"))


def is_slogan(clause: Clause) -> bool:
    """ "Your quote within 24 hours!": without a verb, to everybody."""
    thing = clause.words[clause.objects[0]]
    to_all = any(one.has("to_all") for one in clause.words) or thing.has("to_all")
    return to_all and is_prompt(folded(clause.text))
