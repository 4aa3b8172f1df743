"""Forms of a promise in which the document comes, or the client gets it: "slides to follow".

A form is a function of a clause. What undoes it stands in `undone.py`. No language's words.
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.signals.promises.acting import NEAR, THOSE, acts_on, follows, is_timed, theirs
from rules.signals.promises.clauses import Clause
from rules.signals.promises.undone import is_slogan


def await_it(clause: Clause) -> bool:
    """ "Watch your inbox on Friday for the drawings"."""
    return any(n <= 1 for n in clause.at("await")) and not clause.has("they")


def you_will_get(clause: Clause) -> bool:
    """ "You'll have it Monday", "Sie erhalten …", "lo tienes mañana", "expect our bid by"."""
    if clause.has("by"):
        return False
    if clause.has("we", "own") and follows(clause, clause.at("ensure"), "receive"):
        return True
    will = [n for n in clause.at("will_receive") if _is_of_you(clause, n)]
    if will and not clause.has("they"):
        return True
    if clause.language == "en":
        receivers = clause.at("you", "they")
        ahead = follows(clause, clause.at("future"), "receive", within=3)
        ours = any(clause.words[thing - 1].has("mine") for thing in clause.objects if thing)
        if ours and ahead and not clause.has("we", "not"):
            return True
        return any(
            who < verb
            and (is_timed(clause) or not clause.words[verb].has("find"))
            and (verb in ahead or (is_timed(clause) and _is_next(clause, who, verb)))
            and not any(clause.words[n].has("we", "not") for n in range(who, verb))
            for who in receivers
            for verb in clause.at("receive")
        )
    soon = is_timed(clause) or clause.has("ours", "future")
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


def document_comes(clause: Clause) -> bool:
    """ "Proposal to follow", "Angebot folgt", "votre devis sera dans votre boîte"."""
    things = [*clause.objects, *clause.at("it", "those")]
    german = clause.language in ("de", "nl")  # "bald folgt das Angebot"
    where = clause.at("will_come") if german else acts_on(clause, things, "will_come")
    ahead = acts_on(clause, things, "future")
    where += follows(clause, ahead, "come", within=3)
    bare = follows(clause, clause.at(*THOSE), "be_done", within=1)
    where += [
        n for n in bare if n + 1 < len(clause.words) and clause.words[n + 1].has("time", "when")
    ]
    where += follows(clause, follows(clause, things, "to", within=3), "come", within=1)
    inverted = [n for n in clause.at("comes") if clause.words[n].has("away")]
    if inverted and things:
        return True
    if theirs(clause):
        return False
    if where and not clause.has("by"):
        return True
    foreign = clause.language != "en"
    goes = clause.at("comes") if foreign else acts_on(clause, things, "comes")
    if follows(clause, goes, "send", within=2):  # "vai partilhar": another who acts
        return False
    arrives = is_timed(clause) or clause.has("ready", "you") or clause.held
    return bool(goes) and arrives and not clause.has("we", "by") and not _is_bare_be(clause, goes)


def _is_bare_be(clause: Clause, goes: Sequence[int]) -> bool:
    """ "ist", "est", "is" alone say what a thing is, not that it comes."""
    bare = all(clause.words[n].text in ("ist", "sind", "est", "is", "está", "zit") for n in goes)
    return bare and not (clause.has("ready") and is_timed(clause))


def document_will_be_sent(clause: Clause) -> bool:
    things = [*clause.objects, *clause.at("it", "those")]
    if not things or clause.has("by", "inside") or theirs(clause):
        return False
    ahead = clause.at("be_done")
    if clause.language == "en":
        ahead = acts_on(clause, things, "be_done")
        now = acts_on(clause, things, "is") if is_timed(clause) else []
        sent = [
            n for n in follows(clause, now, "done", within=3) if not clause.words[n].has("signed")
        ]
        return bool(sent or follows(clause, ahead, "done", "ready", within=3))
    return bool(ahead) and clause.has("done", "ready")


def document_with_you(clause: Clause) -> bool:
    """ "quote with you Tuesday"."""
    where = follows(clause, clause.objects, "ready", within=2 * NEAR)
    if where and is_slogan(clause):
        return False
    acts = clause.has("future", "comes", "receive", "we", "sent", "look", "they")
    return bool(where) and (is_timed(clause) or clause.held) and not acts
