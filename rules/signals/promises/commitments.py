"""Whether a sentence commits our side to a document: who acts, when, and what undoes it.

One table of forms of a promise over the classes of words (`grammar.py`), the same for every
language. It leans to silence. Nothing in here knows an activity, a moment or any language's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rules.signals.promises.clauses import AND, Clause, describes

OTHER: Final = "other"
_NEAR: Final = 4  # words between two that belong together
_THOSE: Final = ("it", "those")
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
    if _another_before(clause, n):
        return False
    for place in range(n - 1, -1, -1):
        word = clause.words[place]
        if word.has("own", "we"):
            return True
        if word.has("they") or (word.has("you") and clause.language == "en"):
            return False
    before = clause.words[:n]
    if clause.noted and all(one.has("time", "when", "todo", "future") for one in before):
        return True
    if clause.noted and before[0].has("beside") and len(before) <= _NEAR // 2:
        return True
    return _is_colleague(clause, n)


def _another_before(clause: Clause, n: int) -> bool:
    """ "I hear the city will issue it": a noun with its article, no preposition before, acts."""
    if clause.language != "en":
        return False
    place = n - 1
    while place > 0 and clause.words[place].has("time", "fine", "when"):
        place -= 1
    if place < 1 or not describes(clause.words[place]):
        return False
    while place > 0 and describes(clause.words[place]):
        place -= 1
    before = clause.words[place - 1] if place else None
    article = clause.words[place].has("the", "theirs") and not clause.words[place].has("beside")
    return article and not (before is not None and before.has("beside", "with"))


def _is_colleague(clause: Clause, n: int) -> bool:
    """ "Priya from sales will send you": a name, where the client is spoken to."""
    named = any(one.name for one in clause.words[:n])
    to_you = any(one.has("you") for one in clause.words[n : n + _NEAR + 1])
    possessed = any(
        one.text in ("your", "the", "uw", "votre", "su", "sua") for one in clause.words[:n]
    )
    return named and to_you and not possessed


def _acts_on(clause: Clause, first: Iterable[int], *classes: str) -> list[int]:
    """Return where a word of these classes stands behind one of these, nobody else its subject."""
    start = min(first, default=len(clause.words))
    who = ("we", "you", "they") if clause.language == "en" else ("we", "they")
    return [
        n for n in clause.at(*classes) if n >= start and not (n and clause.words[n - 1].has(*who))
    ]


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
    things = [n for n in clause.at("making") if not clause.words[n].document]
    sure = [n for n in things if _ours(clause, n) or n == 0]
    timed = _is_timed(clause) or clause.has("it", "you")
    soon = [n for n in clause.at("sending") if (_ours(clause, n) or n == 0) and timed]
    ahead = _follows(clause, clause.at("future"), "sending")
    return bool(sure or soon or ahead)


def _we_see_to_it(clause: Clause) -> bool:
    """ "I'll make sure legal gets it to you", "I've asked Tom to email it"."""
    ensures = [n for n in clause.at("ensure") if n == 0 or _ours(clause, n)]
    does = ("send", "sends", "receive", "comes", "come", "get", "be_done")
    if _follows(clause, ensures, *does, within=3 * _NEAR):
        return True
    asks = [n for n in clause.at("asked") if _ours(clause, n)]
    tos = _follows(clause, asks, "to", within=_NEAR)
    return bool(_follows(clause, tos, "send", "get", within=2)) and not clause.has("us")


def _leave_it_to_us(clause: Clause) -> bool:
    """ "Leave the quote with me", "consider it sent"."""
    lets = [n for n in clause.at("leave") if n <= 1]
    things = _follows(clause, lets, *_THOSE, within=3)
    things += [n for n in clause.objects if lets and n > lets[0]]
    return bool(_follows(clause, things, "with_me", within=_NEAR))


def _await_it(clause: Clause) -> bool:
    """ "Watch your inbox on Friday for the drawings"."""
    return any(n <= 1 for n in clause.at("await")) and not clause.has("they")


def _aimed_at(clause: Clause) -> bool:
    """ "Aiming for Friday with the quote", "target for the quote is Friday"."""
    named = any(one.document for one in clause.words)
    if named and clause.words[0].has("time", "then"):  # "end of next week for the quote"
        return clause.noted and all(one.has(*_PLAIN) or one.document for one in clause.words)
    return named and clause.has("aim") and _is_timed(clause) and not clause.has("they", "you")


def _only_when(clause: Clause) -> bool:
    """ "Quote: Monday", "You asked for the slides: Tuesday"."""
    if clause.wanted is None or not (clause.noted or clause.has("fine")):
        return False
    said = ("time", "when", "the", "fine", "ready", "ours", "with", "us", "to")
    return _is_timed(clause) and all(one.has(*said) for one in clause.words)


def _let_me(clause: Clause) -> bool:
    lets = [n for n in clause.at("let") if n <= 1]
    return bool(_follows(clause, lets, "send", "get", within=2))


def _we_get_it_to_you(clause: Clause) -> bool:
    """ "I'll get you the quote", "we can have it ready by Monday", "get the pricing to Bob"."""
    ahead = [n for n in clause.at("future") if _ours(clause, n)]
    gets = _follows(clause, [*ahead, *clause.at("i_will")], "get", within=3)
    gets += [n for n in clause.at("get") if clause.noted and n == 0]
    for verb in gets:
        if _follows(clause, [verb], "you", within=1):
            return True
        if _follows(clause, [*clause.objects, *clause.at("it")], "ready", "to", "done", within=6):
            return True
    return False


def _we_come_back_with_it(clause: Clause) -> bool:
    backs = [
        n
        for n in clause.at("back")
        if clause.language != "en" or _ours(clause, n) or clause.words[n].text.startswith("hear")
    ]
    withs = _follows(clause, backs, "with", within=6)
    return any(0 < thing - one <= 6 for one in withs for thing in clause.objects)


def _give_us_time(clause: Clause) -> bool:
    soon = _follows(clause, clause.at("allow"), "time", within=3)
    return bool(soon) and not clause.has("look")


def _you_will_get(clause: Clause) -> bool:
    """ "You'll have it Monday", "Sie erhalten …", "lo tienes mañana", "expect our bid by"."""
    if clause.has("by"):
        return False
    if clause.has("we", "own") and _follows(clause, clause.at("ensure"), "receive"):
        return True
    will = [n for n in clause.at("will_receive") if _is_of_you(clause, n)]
    if will and not clause.has("they"):
        return True
    if clause.language == "en":
        receivers = clause.at("you", "they")
        ahead = _follows(clause, clause.at("future"), "receive", within=3)
        if any(clause.words[thing - 1].text in ("our", "my") for thing in clause.objects if thing):
            if ahead and not clause.has("we", "not"):
                return True
        return any(
            who < verb
            and (_is_timed(clause) or not clause.words[verb].has("find"))
            and (verb in ahead or (_is_timed(clause) and _is_next(clause, who, verb)))
            and not any(clause.words[n].has("we", "not") for n in range(who, verb))
            for who in receivers
            for verb in clause.at("receive")
        )
    soon = _is_timed(clause) or clause.has("ours", "future")
    return soon and clause.has("receive") and not clause.has("we")


def _is_next(clause: Clause, who: int, verb: int) -> bool:
    """ "You get", "you are getting"."""
    return verb - who == 1 or (verb - who == 2 and clause.words[who + 1].has("is"))


def _is_of_you(clause: Clause, n: int) -> bool:
    """Tell whether it is the client who will have it; in English only the order of words tells."""
    before = clause.words[n - 1] if n else None
    if before is not None and before.has("we"):
        return False
    return clause.language != "en" or n <= 1 or (before is not None and before.has("you"))


def _document_comes(clause: Clause) -> bool:
    """ "Proposal to follow", "Angebot folgt", "votre devis sera dans votre boîte"."""
    things = [*clause.objects, *clause.at("it", "those")]
    german = clause.language in ("de", "nl")  # "bald folgt das Angebot"
    where = clause.at("will_come") if german else _acts_on(clause, things, "will_come")
    ahead = _acts_on(clause, things, "future")
    where += _follows(clause, ahead, "come", within=3)
    bare = _follows(clause, clause.at(*_THOSE), "be_done", within=1)
    where += [
        n for n in bare if n + 1 < len(clause.words) and clause.words[n + 1].has("time", "when")
    ]
    where += _follows(clause, _follows(clause, things, "to", within=3), "come", within=1)
    inverted = [n for n in clause.at("comes") if clause.words[n].text.split()[0] in _AWAY]
    if inverted and things:
        return True
    if _theirs(clause):
        return False
    if where and not clause.has("by"):
        return True
    foreign = clause.language != "en"
    goes = clause.at("comes") if foreign else _acts_on(clause, things, "comes")
    if _follows(clause, goes, "send", within=2):  # "vai partilhar": another who acts
        return False
    arrives = _is_timed(clause) or clause.has("ready", "you") or clause.held
    return bool(goes) and arrives and not clause.has("we", "by") and not _is_bare_be(clause, goes)


_AWAY: Final = ("out", "off", "over", "along", "here")  # "out goes the contract"


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
        ahead = _acts_on(clause, things, "be_done")
        now = _acts_on(clause, things, "is") if _is_timed(clause) else []
        sent = [
            n for n in _follows(clause, now, "done", within=3) if not clause.words[n].has("signed")
        ]
        return bool(sent or _follows(clause, ahead, "done", "ready", within=3))
    return bool(ahead) and clause.has("done", "ready")


def _document_with_you(clause: Clause) -> bool:
    """ "quote with you Tuesday"."""
    where = _follows(clause, clause.objects, "ready", within=2 * _NEAR)
    if where and _is_slogan(clause):
        return False
    acts = clause.has("future", "comes", "receive", "we", "sent", "look", "they")
    return bool(where) and (_is_timed(clause) or clause.held) and not acts


def _we_owe(clause: Clause) -> bool:
    if clause.owed and clause.objects and not clause.has("we", "now", "they"):
        return True
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
    short = len(before) <= 2 and all(one.has("the", "adj") or describes(one) for one in before)
    said = ("time", "when", "the", "owe", "to", "you", "with", "fine", "ready")
    to = [n for n, one in enumerate(behind) if one.has("to", "with") or one.text in _FOR]
    named = {n + k for n in to for k in (1, 2)}
    rest = [one for n, one in enumerate(behind) if n not in named and n not in to]
    return short and all(one.has(*said) for one in rest) and not _is_slogan(clause)


_PLAIN: Final = ("time", "when", "the", "with", "beside", "fine")


def _is_slogan(clause: Clause) -> bool:
    """ "Your quote within 24 hours!": without a verb, to everybody."""
    thing = clause.words[clause.objects[0]]
    to_all = any(one.text in _YOUR for one in clause.words) or thing.text in _QUOTES
    return to_all and _HOURS.search(clause.text) is not None


_IT: Final = ("it",)
_NOTHING: Final = ()
#: It needs no word for the document.
_ANYTHING: Final = ("time",)
#: Name, form, what may stand for the document.
_FORMS: Final[tuple[tuple[str, _Form, tuple[str, ...]], ...]] = (
    ("we-will", _we_will, _IT),
    ("first-person", _first_person, _IT),
    ("we-send", _we_send, _IT),
    ("we-are-sending", _we_are_sending, _IT),
    ("let-me", _let_me, _IT),
    ("we-see-to-it", _we_see_to_it, _IT),
    ("leave-it-to-us", _leave_it_to_us, _THOSE),
    ("we-get-it-to-you", _we_get_it_to_you, _IT),
    ("we-come-back-with-it", _we_come_back_with_it, _NOTHING),
    ("give-us-time", _give_us_time, _ANYTHING),
    ("you-will-get", _you_will_get, _IT),
    ("document-will-be-sent", _document_will_be_sent, _THOSE),
    ("document-comes", _document_comes, _THOSE),
    ("document-with-you", _document_with_you, _NOTHING),
    ("await-it", _await_it, _NOTHING),
    ("we-owe", _we_owe, _NOTHING),
    ("noted-duty", _noted_duty, _NOTHING),
    ("document-by", _document_by, _NOTHING),
    ("aimed-at", _aimed_at, _ANYTHING),
    ("only-when", _only_when, _ANYTHING),
)
#: Forms in which what is done already is told of something ahead.
_PASSIVE: Final = frozenset({"we-get-it-to-you", "document-will-be-sent", "we-owe", "we-will"})


_FOR: Final = (
    "for",
    "naar",
    "nach",
    "chez",
    "con",
    "com",
    "mit",
    "p",
    "avec",
    "met",
    "de",
    "du",
    "für",
    "pour",
    "para",
    "voor",
    "à",
    "a",
    "an",
    "aan",
)
_YOUR: Final = frozenset(
    {"your", "ihr", "ihre", "votre", "vos", "su", "sus", "tu", "uw", "je", "seu", "sua", "vosso"}
)
_QUOTES: Final = frozenset(
    {"quotes", "quotations", "estimates", "prices", "angebote", "offerten", "offertes", "devis", "presupuestos",
     "cotizaciones", "orçamentos", "proposals", "preise", "prijzen", "propostas"}
)  # fmt: skip
_HOURS: Final = re.compile(
    r"\b(?:24|48|72|12|2|one|a|1) ?(?:h|hs|hrs?|hours?|std|stunden|heures|horas|uur|day|dag|dia|día|jour)\b"
)


def _is_timed(clause: Clause) -> bool:
    return clause.has("time", "then") or clause.dated


#: Forms in which somebody acts for us, ahead: what else stands in the clause describes the thing.
_SURE: Final = frozenset(
    {"we-will", "let-me", "we-see-to-it", "we-get-it-to-you", "leave-it-to-us"}
)


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
_AHEAD: Final = ("will_receive", "i_will", "will_come", "be_done")


def _is_undone(clause: Clause, form: str) -> bool:
    """Tell whether something in the clause takes the promise back."""
    return (
        clause.has("not", "general", "inside")
        or _lacks(clause)
        or _is_maybe(clause)
        or _is_asked_of_them(clause, form)
        or _is_here(clause, form)
        or _is_gone(clause, form)
        or (clause.has("since") and form not in _SURE)
    )


def _lacks(clause: Clause) -> bool:
    """ "Without a quote", "every quote"."""
    bare = clause.at("lacking", "each")
    return any(0 < thing - one <= 3 for one in bare for thing in clause.objects)


def _is_maybe(clause: Clause) -> bool:
    return clause.has("would") and not clause.has("reported")


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
    if not clause.has("attached", "already"):
        return False
    ahead = clause.at("future", "will_receive", "await", "i_will")
    behind = _is_behind_thing(clause, "already", "attached")
    return not (behind and ahead and (form in _SURE or form == "you-will-get"))


def _is_gone(clause: Clause, form: str) -> bool:
    if clause.has("signed") and form in _OF_IT and not clause.has("ready", "you"):
        return True
    if form in _PASSIVE or form in _SURE or clause.has("reported", *_AHEAD):
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
    things = [*clause.objects, *clause.at(*_THOSE)]
    said = [n for n in clause.at(*classes) if not _is_adjective(clause, n)]
    return bool(things) and all(n > things[0] for n in said)


def _is_told_of_thing(clause: Clause, n: int) -> bool:
    """ "The quote we discussed": who acts stands between the document and what is past."""
    thing = next(iter(clause.objects), n)
    return any(thing < who < n for who in clause.at("we", "you", "they"))


# -- a sentence ------------------------------------------------------------------------------


def commitments(some: Sequence[Clause], *, asks: bool, before: str | None) -> Iterator[Commitment]:
    """Yield what the clauses of one sentence commit us to, in order.

    `asks`: it is a question; `before`: the document that was named last.
    """
    if asks:
        some = _said_before(some)
    named = before
    for n, clause in enumerate(some):
        later = next((one for part in some[n + 1 :] if (one := _document(part))), None)
        within = _last(clause) if clause.language == "en" else None
        meant = clause.wanted or named or within or later
        form = None if _is_offered(some, n) or _is_brought(some, n) else _form(clause, meant)
        if form is not None:
            artefact = _artefact(clause, meant)
            if artefact is not None:
                others = (*some[:n], *some[n + 1 :])
                waits = any(one.waits for one in others) and not _is_dated(some, n)
                yield Commitment(
                    form=form, artefact=artefact, clause=clause, others=others, waits=waits
                )
        named = _last(clause) or named


_OR: Final = frozenset({"or", "oder", "ou", "o", "of"})
_QUESTION: Final = frozenset(
    "who what when where why which how did do does have has had is are am was were could can would will shall should may "
    "might wer was wann wo warum wie welche welches qui quand où pourquoi comment combien est-ce quel quelle quién qué cuándo "
    "dónde cómo cuál wie wat wanneer waar waarom hoe welk welke quem quando onde como qual".split()
)


def _said_before(some: Sequence[Clause]) -> Sequence[Clause]:
    """Return what is said before it is asked: "I'll send it on Friday, is that all right?"."""
    if not some or some[-1].words[0].text in _OR:
        return ()
    first = some[0].words[0]
    verb = first.has(
        "send", "sends", "now", "receive", "comes", "future", "offer", "invite", "would", "let"
    )
    if first.text in _QUESTION or (verb and not first.document):
        return ()
    return some[:-1]


def _is_offered(some: Sequence[Clause], n: int) -> bool:
    """Tell whether it depends on its being wanted: said in it, before it, or just behind it."""
    if any(clause.has("offer") for clause in some[max(0, n - 1) : n + 2]):
        return True
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
            for name, form, pronouns in _FORMS
            if (whole or clause.has(*pronouns) or (pronouns and (quotes or _is_terse(clause))))
            and (not clause.waits or name in _OF_THE_THING)
            and form(clause)
            and not _is_undone(clause, name)
        ),
        None,
    )


#: Forms that may end a condition: "once they sign the quote will follow".
_OF_THE_THING: Final = frozenset(
    {"document-comes", "document-will-be-sent", "you-will-get", "we-will"}
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


def _is_dated(some: Sequence[Clause], n: int) -> bool:
    """ "On 4 January, once the year is closed": a day, and behind it what comes before that."""
    before = any(one.waits for one in some[:n])
    strict = any(one.waits and one.has("iff") for one in some)
    return not before and not strict and some[n].has("time", "then")


def _last(clause: Clause) -> str | None:
    """Return the document that a pronoun behind this clause means."""
    some = [one.document for one in clause.words if one.document]
    return _document(clause) or (some[-1] if some else None)
