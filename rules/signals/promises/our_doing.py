"""Forms of a promise in which our side acts: "I'll send it", "give us two days", "we owe you".

A form is a function of a clause. What undoes it stands in `undone.py`. No language's words.
"""

from __future__ import annotations

from rules.signals.promises.acting import NEAR, THOSE, follows, is_timed, ours
from rules.signals.promises.clauses import AND, Clause


def first_person(clause: Clause) -> bool:
    return bool(clause.at("now")) and not clause.has("they")


def we_send(clause: Clause) -> bool:
    """ "wir schicken", "stuur ik", "on vous transmet"; in English only with a time."""
    timed = clause.language != "en" or is_timed(clause)
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


def we_will(clause: Clause) -> bool:
    """ "I will send", "wir werden … senden", "vou enviar", "going to send" in a note."""
    sure = follows(clause, clause.at("i_will"), "send", within=2 * NEAR + 2)
    verbs = follows(
        clause,
        [n for n in clause.at("future") if ours(clause, n)],
        "send",
        within=NEAR if clause.language == "en" else 3 * NEAR,
    )
    verbs += [n for n in _further(clause) if n > 0 and clause.words[n - 1].text in AND]
    behind = clause.language != "en" and clause.has("we") and clause.has("future")
    return bool(sure or verbs or (behind and clause.has("send") and not clause.has("they")))


def _further(clause: Clause) -> list[int]:
    """ "I'll look it up and send it": a second verb of the same subject."""
    ahead = [n for n in clause.at("future") if ours(clause, n)]
    return follows(clause, ahead, "send", within=3 * NEAR)


def we_are_sending(clause: Clause) -> bool:
    things = [n for n in clause.at("making") if not clause.words[n].document]
    sure = [n for n in things if ours(clause, n) or n == 0]
    timed = is_timed(clause) or clause.has("it", "you")
    soon = [n for n in clause.at("sending") if (ours(clause, n) or n == 0) and timed]
    ahead = follows(clause, clause.at("future"), "sending")
    return bool(sure or soon or ahead)


def we_see_to_it(clause: Clause) -> bool:
    """ "I'll make sure legal gets it to you", "I've asked Tom to email it"."""
    ensures = [n for n in clause.at("ensure") if n == 0 or ours(clause, n)]
    does = ("send", "sends", "receive", "comes", "come", "get", "be_done")
    if follows(clause, ensures, *does, within=3 * NEAR):
        return True
    has = [n for n in clause.at("causes") if n + 1 < len(clause.words) and ours(clause, n)]
    helped = [n for n in has if clause.words[n + 1].name or clause.words[n + 1].has("they", "own")]
    if follows(clause, helped, "send", "get", within=2 * NEAR):
        return True
    asks = [n for n in clause.at("asked") if ours(clause, n)]
    tos = follows(clause, asks, "to", within=NEAR)
    return bool(follows(clause, tos, "send", "get", within=2)) and not clause.has("us")


def leave_it_to_us(clause: Clause) -> bool:
    """ "Leave the quote with me", "consider it sent"."""
    lets = [n for n in clause.at("leave") if n <= 1]
    things = follows(clause, lets, *THOSE, within=3)
    things += [n for n in clause.objects if lets and n > lets[0]]
    return bool(follows(clause, things, "with_me", within=NEAR))


def let_me(clause: Clause) -> bool:
    lets = [n for n in clause.at("let") if n <= 1]
    return bool(follows(clause, lets, "send", "get", within=2))


def we_get_it_to_you(clause: Clause) -> bool:
    """ "I'll get you the quote", "we can have it ready by Monday", "get the pricing to Bob"."""
    ahead = [n for n in clause.at("future") if ours(clause, n)]
    gets = follows(clause, [*ahead, *clause.at("i_will")], "get", within=3)
    gets += [n for n in clause.at("get") if clause.noted and n == 0]
    for verb in gets:
        if follows(clause, [verb], "you", within=1):
            return True
        if follows(clause, [*clause.objects, *clause.at("it")], "ready", "to", "done", within=6):
            return True
    return False


def we_come_back_with_it(clause: Clause) -> bool:
    backs = [
        n
        for n in clause.at("back")
        if clause.language != "en" or ours(clause, n) or clause.words[n].has("hear")
    ]
    withs = follows(clause, backs, "with", within=6)
    return any(0 < thing - one <= 6 for one in withs for thing in clause.objects)


def give_us_time(clause: Clause) -> bool:
    soon = follows(clause, clause.at("allow"), "time", within=3)
    return bool(soon) and not clause.has("look")


def we_owe(clause: Clause) -> bool:
    if clause.owed and clause.objects and not clause.has("we", "now", "they"):
        return True
    owes = [n for n in clause.at("owe") if clause.language != "en" or ours(clause, n) or n == 0]
    return bool(owes) and not clause.has("promised_by_them")
