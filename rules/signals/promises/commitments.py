"""Whether a sentence commits our side to a document: who acts, when, and what undoes it.

One table of forms of a promise over the classes of words (`grammar.py`), the same for every
language. It leans to silence. Nothing in here knows an activity, a moment or any language's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rules.signals.promises.acting import THOSE
from rules.signals.promises.clauses import Clause
from rules.signals.promises.in_notes import (
    aimed_at,
    document_by,
    is_recounted,
    noted_duty,
    only_when,
)
from rules.signals.promises.of_document import (
    await_it,
    document_comes,
    document_will_be_sent,
    document_with_you,
    you_will_get,
)
from rules.signals.promises.our_doing import (
    first_person,
    give_us_time,
    leave_it_to_us,
    let_me,
    we_are_sending,
    we_come_back_with_it,
    we_get_it_to_you,
    we_owe,
    we_see_to_it,
    we_send,
    we_will,
)
from rules.signals.promises.undone import is_undone

OTHER: Final = "other"
_GIVES: Final = ("now", "send", "sends", "sending", "making")
_IT: Final = ("it",)
_NOTHING: Final = ()
#: It needs no word for the document.
_ANYTHING: Final = ("time",)
Form = Callable[[Clause], bool]
#: Name, form, what may stand for the document.
FORMS: Final[tuple[tuple[str, Form, tuple[str, ...]], ...]] = (
    ("we-will", we_will, _IT),
    ("first-person", first_person, _IT),
    ("we-send", we_send, _IT),
    ("we-are-sending", we_are_sending, _IT),
    ("let-me", let_me, _IT),
    ("we-see-to-it", we_see_to_it, _IT),
    ("leave-it-to-us", leave_it_to_us, THOSE),
    ("we-get-it-to-you", we_get_it_to_you, _IT),
    ("we-come-back-with-it", we_come_back_with_it, _NOTHING),
    ("give-us-time", give_us_time, _ANYTHING),
    ("you-will-get", you_will_get, _IT),
    ("document-will-be-sent", document_will_be_sent, THOSE),
    ("document-comes", document_comes, THOSE),
    ("document-with-you", document_with_you, _NOTHING),
    ("await-it", await_it, _NOTHING),
    ("we-owe", we_owe, _NOTHING),
    ("noted-duty", noted_duty, _NOTHING),
    ("document-by", document_by, _NOTHING),
    ("aimed-at", aimed_at, _ANYTHING),
    ("only-when", only_when, _ANYTHING),
)
#: Forms that may end a condition: "once they sign the quote will follow".
_OF_THE_THING: Final = frozenset(
    {"document-comes", "document-will-be-sent", "you-will-get", "we-will"}
)


#: Forms that promise nothing below "discussed:" and "proposed:".
_OF_NOTES: Final = frozenset({"document-with-you", "aimed-at", "only-when"})
_NO_FORMS: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """A clause that commits us to a document, by which form, and how it waits."""

    form: str
    artefact: str
    clause: Clause
    others: tuple[Clause, ...]  # the rest of its sentence
    waits: bool


def commitments(some: Sequence[Clause], *, asks: bool, before: str | None) -> Iterator[Commitment]:
    """Yield what the clauses of one sentence commit us to, in order.

    `asks`: it is a question; `before`: the document that was named last.
    """
    if asks:
        some = _said_before(some)
    named = before
    told = _recounted(some[0]) if some else _NO_FORMS
    for n, clause in enumerate(some):
        later = next((one for part in some[n + 1 :] if (one := _document(part))), None)
        within = _last(clause) if clause.language == "en" else None
        meant = clause.wanted or named or within or later
        form = None if _is_offered(some, n) or _is_brought(some, n) else _form(clause, meant)
        if form is not None and not (n and form in told):
            artefact = _artefact(clause, meant)
            if artefact is not None:
                others = (*some[:n], *some[n + 1 :])
                waits = any(one.waits for one in others) and not _is_dated(some, n)
                yield Commitment(
                    form=form, artefact=artefact, clause=clause, others=others, waits=waits
                )
        named = _last(clause) or named


def _recounted(first: Clause) -> frozenset[str]:
    """Return the forms that promise nothing behind this heading; of what was proposed one more."""
    if not is_recounted(first):
        return _NO_FORMS
    return _OF_NOTES | {"document-by"} if first.has("proposes") else _OF_NOTES


def _said_before(some: Sequence[Clause]) -> Sequence[Clause]:
    """Return what is said before it is asked: "I'll send it on Friday, is that all right?"."""
    if not some or some[-1].words[0].has("or"):
        return ()
    first = some[0].words[0]
    verb = first.has(
        "send", "sends", "now", "receive", "comes", "future", "offer", "invite", "would", "let"
    )
    if first.has("asking") or (verb and not first.document):
        return ()
    return some[:-1]


def _is_offered(some: Sequence[Clause], n: int) -> bool:
    """Tell whether it depends on its being wanted: said in it, before it, or just behind it."""
    if any(clause.has("offer") for clause in some[max(0, n - 1) : n + 2]):
        return True
    behind = some[n + 1 : n + 2]
    if any(all(one.has("please") for one in clause.words) for clause in behind):
        return not some[n].has("we", "will_receive")  # "…, please"
    return any(clause.has("invite") for clause in some[max(0, n - 1) : n + 1])


def _is_brought(some: Sequence[Clause], n: int) -> bool:
    """Tell whether somebody else brings it: "it is being drawn up; the insurer will send it"."""
    if some[n].has("we", "own", "now", "i_will"):
        return False
    beside = some[n + 1 : n + 2]
    return any(
        one.has("they") and one.has("send", "sends") and not one.has("we", "own") for one in beside
    )


def _form(clause: Clause, named: str | None) -> str | None:
    if clause.waits and not clause.has("will_come", "future"):
        return None
    if clause.waits and clause.language != "en":
        return None
    if clause.waits and clause.has("iff") and not clause.objects:
        return None
    whole = bool(clause.objects)
    quotes = clause.has("quotes") and not clause.objects
    if not whole and not named and not clause.wanted and not quotes:
        return None
    return next(
        (
            name
            for name, form, pronouns in FORMS
            if (whole or clause.has(*pronouns) or (pronouns and (quotes or _is_terse(clause))))
            and (not clause.waits or name in _OF_THE_THING)
            and form(clause)
            and not is_undone(clause, name)
        ),
        None,
    )


def _is_terse(clause: Clause) -> bool:
    """Tell whether it leaves the thing out that it is about: "…, encaminho amanhã"."""
    terse = clause.language in ("es", "pt") or (clause.noted and clause.language == "en")
    return terse and all(one.classes for one in clause.words)


def _document(clause: Clause) -> str | None:
    """Return what the clause is about: the first document behind its verb, else the first."""
    behind = [thing for thing in clause.objects for verb in clause.at(*_GIVES)[:1] if thing > verb]
    some = behind or clause.objects
    return clause.words[some[0]].document if some else None


def _artefact(clause: Clause, meant: str | None) -> str | None:
    """Return what it is about; a copy, a draft or a form is of what was named, if anything was."""
    what = _document(clause)
    if what is None:
        return meant or ("quote" if clause.has("quotes") else None)
    forms = all(clause.words[n].has("form") for n in clause.objects)
    if what == OTHER and forms:
        beside = [one.document for one in clause.words if one.document not in (None, OTHER)]
        return beside[0] if beside else (meant or what)
    return what


_WHEN: Final = ("time", "when", "the", "then", "beside")


def _is_dated(some: Sequence[Clause], n: int) -> bool:
    """ "On 4 January, once the year is closed": a day, and behind it what comes before that."""
    timed = next(
        (k for k, one in enumerate(some) if all(word.has(*_WHEN) for word in one.words)), n
    )
    before = any(one.waits for one in some[: min(timed, n)])
    if timed < n and not any(one.waits and one.has("iff") for one in some):
        return not before  # "on Monday, once he is back, I'll send it"
    strict = any(one.waits and one.has("iff") for one in some)
    return not before and not strict and some[n].has("time", "then")


def _last(clause: Clause) -> str | None:
    """Return the document that a pronoun behind this clause means."""
    some = [one.document for one in clause.words if one.document]
    return _document(clause) or (some[-1] if some else None)
