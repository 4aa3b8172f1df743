"""Whether a sentence commits our side to a document: who acts, when, and what undoes it.

One table of forms of a promise over the classes of words (`grammar.py`), the same for every
language. It leans to silence. Nothing in here knows an activity, a moment or any language's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rules.signals.promises.clauses import AND, Clause, describes

_NEAR: Final = 4  # words between two that belong together
_GIVES: Final = ("now", "send", "sends", "sending", "making")


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """A clause that commits us to a document, by which form, and how it waits."""

    form: str
    artefact: str
    clause: Clause
    others: tuple[Clause, ...]  # the rest of its sentence
    waits: bool


# -- forms of a promise ----------------------------------------------------------------------

_Form = Callable[[Clause], bool]


def _ours(clause: Clause, n: int) -> bool:
    """Tell whether our side acts in the verb at n: who stands nearest before it decides."""
    for place in range(n - 1, -1, -1):
        word = clause.words[place]
        if word.has("own", "we"):
            return True
        if word.has("they") or (word.has("you") and clause.language == "en"):
            return False
    return clause.noted and all(
        one.has("time", "when", "todo", "future") for one in clause.words[:n]
    )


def _follows(clause: Clause, first: Iterable[int], *classes: str, within: int = _NEAR) -> list[int]:
    """Return where a word of these classes stands at most so many words behind one of these."""
    later = clause.at(*classes)
    return [n for n in later if any(0 < n - one <= within for one in first)]


def _first_person(clause: Clause) -> bool:
    return bool(clause.at("now")) and not clause.has("they")


def _we_send(clause: Clause) -> bool:
    """ "wir schicken", "stuur ik", "on vous transmet"; in English only with a time."""
    timed = clause.language != "en" or _is_timed(clause)
    verbs = clause.at("send")
    further = any(n and clause.words[n - 1].text in AND for n in verbs)
    if further and clause.language != "en" and clause.has("we") and not clause.has("they"):
        return True
    near = 3
    return timed and any(
        abs(verb - who) <= (near if clause.words[who].has("we") else near * 2)
        and not any(clause.words[n].has("they") for n in range(min(verb, who), max(verb, who)))
        for who in clause.at("we", "own")
        for verb in clause.at("send", "sends", "making")
        if verb != who
    )


def _we_will(clause: Clause) -> bool:
    """ "I will send", "wir werden … senden", "vou enviar", "going to send" in a note."""
    sure = _follows(clause, clause.at("i_will"), "send", within=2 * _NEAR + 2)
    verbs = _follows(
        clause,
        [n for n in clause.at("future") if _ours(clause, n)],
        "send",
        within=_NEAR if clause.language == "en" else 3 * _NEAR,
    )
    verbs += [n for n in _further(clause) if n > 0 and clause.words[n - 1].text in AND]
    behind = clause.language != "en" and clause.has("we") and clause.has("future")
    return bool(sure or verbs or (behind and clause.has("send") and not clause.has("they")))


def _further(clause: Clause) -> list[int]:
    """ "I'll look it up and send it": a second verb of the same subject."""
    ahead = [n for n in clause.at("future") if _ours(clause, n)]
    return _follows(clause, ahead, "send", within=3 * _NEAR)


def _we_are_sending(clause: Clause) -> bool:
    sure = [n for n in clause.at("making") if _ours(clause, n) or n == 0]
    soon = [n for n in clause.at("sending") if (_ours(clause, n) or n == 0) and _is_timed(clause)]
    ahead = _follows(clause, clause.at("future"), "sending")
    return bool(sure or soon or ahead)


def _let_me(clause: Clause) -> bool:
    lets = [n for n in clause.at("let") if n <= 1]
    return bool(_follows(clause, lets, "send", "get", within=2))


def _we_get_it_to_you(clause: Clause) -> bool:
    """ "I'll get you the quote", "we can have it ready by Monday", "get the pricing to Bob"."""
    gets = _follows(clause, [n for n in clause.at("future") if _ours(clause, n)], "get", within=3)
    gets += [n for n in clause.at("get") if clause.noted and n == 0]
    for verb in gets:
        if _follows(clause, [verb], "you", within=1):
            return True
        if _follows(clause, [*clause.objects, *clause.at("it")], "ready", "to", "done", within=6):
            return True
    return False


def _we_come_back_with_it(clause: Clause) -> bool:
    backs = [n for n in clause.at("back") if clause.language != "en" or _ours(clause, n)]
    withs = _follows(clause, backs, "with", within=6)
    return any(0 < thing - one <= 6 for one in withs for thing in clause.objects)


def _give_us_time(clause: Clause) -> bool:
    return clause.has("allow") and _is_timed(clause)


def _you_will_get(clause: Clause) -> bool:
    """ "You'll have it Monday", "Sie erhalten …", "lo tienes mañana", "expect our bid by"."""
    if clause.has("by"):
        return False
    if clause.has("we", "own") and _follows(clause, clause.at("ensure"), "receive"):
        return True
    will = [n for n in clause.at("will_receive") if clause.language != "en" or n <= 1]
    if will and not clause.has("they"):
        return True
    if clause.language == "en":
        receivers = clause.at("you", "they")
        ahead = _follows(clause, clause.at("future"), "receive", within=3)
        return any(
            who < verb
            and (_is_timed(clause) or not clause.words[verb].has("find"))
            and (verb in ahead or (_is_timed(clause) and verb - who == 1))
            and not any(clause.words[n].has("we", "not") for n in range(who, verb))
            for who in receivers
            for verb in clause.at("receive")
        )
    soon = _is_timed(clause) or clause.has("ours")
    return soon and clause.has("receive") and not clause.has("we")


def _document_comes(clause: Clause) -> bool:
    """ "Proposal to follow", "Angebot folgt", "votre devis sera dans votre boîte"."""
    things = [*clause.objects, *clause.at("it", "those")]
    german = clause.language in ("de", "nl")  # "bald folgt das Angebot"
    where = clause.at("will_come") if german else _follows(clause, things, "will_come", within=10)
    ahead = _follows(clause, things, "future", within=10)
    where += _follows(clause, ahead, "come", within=3)
    where += _follows(clause, _follows(clause, things, "to", within=3), "come", within=1)
    if _theirs(clause):
        return False
    if where and not clause.has("by"):
        return True
    goes = clause.at("comes") if german else _follows(clause, things, "comes", within=8)
    arrives = _is_timed(clause) or clause.has("ready", "you") or clause.held
    return bool(goes) and arrives and not clause.has("we", "by") and not _is_bare_be(clause, goes)


def _theirs(clause: Clause) -> bool:
    return any(n and clause.words[n - 1].has("theirs") for n in clause.objects)


def _is_bare_be(clause: Clause, goes: Sequence[int]) -> bool:
    """ "ist", "est", "is" alone say what a thing is, not that it comes."""
    bare = all(clause.words[n].text in ("ist", "sind", "est", "is", "está", "zit") for n in goes)
    return bare and not (clause.has("ready") and _is_timed(clause))


def _document_will_be_sent(clause: Clause) -> bool:
    things = [*clause.objects, *clause.at("it", "those")]
    if not things or clause.has("by", "inside") or _theirs(clause):
        return False
    ahead = clause.at("be_done")
    if clause.language == "en":
        ahead = _follows(clause, things, "be_done", within=9)
        return bool(_follows(clause, ahead, "done", "ready", within=3))
    return bool(ahead) and clause.has("done", "ready")


def _document_with_you(clause: Clause) -> bool:
    """ "quote with you Tuesday"."""
    return (
        bool(_follows(clause, clause.objects, "ready", within=1))
        and _is_timed(clause)
        and not clause.has("future", "comes", "receive", "we", "sent", "look")
    )


def _we_owe(clause: Clause) -> bool:
    owes = [n for n in clause.at("owe") if clause.language != "en" or _ours(clause, n) or n == 0]
    return bool(owes) and not clause.has("promised_by_them")


def _noted_duty(clause: Clause) -> bool:
    """ "send quote to Parr", "Angebot erstellen", "Kim to forward the report": notes only."""
    if not (clause.noted or clause.todo) or clause.has("now", "i_will"):
        return False
    verb = next(iter(clause.at("send")), len(clause.words))
    if any(one.has("they") for one in clause.words[:verb]):
        return False
    if clause.todo and all(one.document or one.has("the", "time", "us") for one in clause.words):
        return True
    first = [n for n in clause.at("send") if n <= 1 and not clause.words[0].has("we", "you")]
    named = [n for n in clause.at("send") if 1 <= n <= _NEAR and clause.words[n - 1].has("to")]
    last = clause.language in ("de", "nl", "fr") and clause.words[-1].has("send")
    return bool(first or named or last)


def _document_by(clause: Clause) -> bool:
    """ "Quote by EOD": a document, a time and nothing else; notes only."""
    if not clause.noted or not _is_timed(clause):
        return False
    thing = clause.objects[0]
    before, behind = clause.words[:thing], clause.words[thing + 1 :]
    short = len(before) <= 2 and all(one.has("the") or describes(one) for one in before)
    said = ("time", "when", "the", "owe", "to", "you", "with")
    return short and all(one.has(*said) for one in behind)


_IT: Final = ("it",)
_THOSE: Final = ("it", "those")
_NOTHING: Final = ()
#: Name, form, what may stand for the document.
_FORMS: Final[tuple[tuple[str, _Form, tuple[str, ...]], ...]] = (
    ("we-will", _we_will, _IT),
    ("first-person", _first_person, _IT),
    ("we-send", _we_send, _IT),
    ("we-are-sending", _we_are_sending, _IT),
    ("let-me", _let_me, _IT),
    ("we-get-it-to-you", _we_get_it_to_you, _IT),
    ("we-come-back-with-it", _we_come_back_with_it, _NOTHING),
    ("give-us-time", _give_us_time, _NOTHING),
    ("you-will-get", _you_will_get, _IT),
    ("document-will-be-sent", _document_will_be_sent, _THOSE),
    ("document-comes", _document_comes, _THOSE),
    ("document-with-you", _document_with_you, _NOTHING),
    ("we-owe", _we_owe, _NOTHING),
    ("noted-duty", _noted_duty, _NOTHING),
    ("document-by", _document_by, _NOTHING),
)
#: Forms in which what is done already is told of something ahead.
_PASSIVE: Final = frozenset({"we-get-it-to-you", "document-will-be-sent", "we-owe", "we-will"})


def _is_timed(clause: Clause) -> bool:
    return clause.has("time", "then")


def _is_undone(clause: Clause, form: str) -> bool:
    """Tell whether something in the clause takes the promise back."""
    if clause.has("not", "already", "attached", "general", "inside"):
        return True
    if clause.has("would") and not clause.has("reported"):
        return True
    if clause.has("us") and not clause.has("allow"):
        return True
    if clause.has("please") and not clause.has("we", "will_receive", "allow"):
        return True
    if clause.has("signed") and form != "we-get-it-to-you" and not clause.has("ready"):
        return True
    return form not in _PASSIVE and clause.has("sent") and not clause.has("reported")


# -- a sentence ------------------------------------------------------------------------------


def commitments(some: Sequence[Clause], *, asks: bool, before: str | None) -> Iterator[Commitment]:
    """Yield what the clauses of one sentence commit us to, in order.

    `asks`: it is a question; `before`: the document that was named last.
    """
    if asks or any(clause.has("offer") for clause in some):
        return
    named = before
    for n, clause in enumerate(some):
        later = next((one for part in some[n + 1 :] if (one := _document(part))), None)
        within = _last(clause) if clause.language == "en" else None
        meant = named or within or later
        form = _form(clause, meant)
        if form is not None:
            artefact = _document(clause) or meant
            if artefact is not None:
                others = (*some[:n], *some[n + 1 :])
                waits = any(one.waits for one in others)
                yield Commitment(
                    form=form, artefact=artefact, clause=clause, others=others, waits=waits
                )
        named = _last(clause) or named


def _form(clause: Clause, named: str | None) -> str | None:
    if clause.waits and not clause.has("will_come", "future"):
        return None
    if clause.waits and clause.language != "en":
        return None
    whole = bool(clause.objects)
    if not whole and not named:
        return None
    return next(
        (
            name
            for name, form, pronouns in _FORMS
            if (whole or clause.has(*pronouns) or (pronouns and _is_terse(clause)))
            and form(clause)
            and not _is_undone(clause, name)
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


def _last(clause: Clause) -> str | None:
    """Return the document that a pronoun behind this clause means."""
    some = [one.document for one in clause.words if one.document]
    return _document(clause) or (some[-1] if some else None)
