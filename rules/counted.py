"""How that which was counted, or is wanted, is said: words only; decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from rules.checked import Planned, Presence, Ratio, TouchPattern
from rules.problems import listed
from rules.saying import said
from rules.vocabulary import ACTIVITY_KINDS

_WRITTEN: Final = ("email", "message")

#: What a text is wanted to say, as a person would put it.
_WANTED: Final[Mapping[str, str]] = {
    "note.discussed": "what was discussed",
    "note.proposed": "what was proposed",
    "note.next_purpose": "what the next contact is for",
    "purpose": "what the contact is for",
    "delivery": "that the document went out",
}


def own_contact(touch: Mapping[str, Any]) -> str:
    """Say a contact of the person who is judged, with its client, if that has a name."""
    plain = said({**touch, "by_name": None})
    client = touch["client"]
    if not client:
        return plain
    if touch["direction"] == "inbound":
        return plain.replace("the client", client)
    return f"{plain} {'to' if touch['kind'] in _WRITTEN else 'with'} {client}"


def quoted(touch: Mapping[str, Any], wanted: Collection[str]) -> str:
    """Say what the text of a contact says; if something is wanted, first what it does not say yet.

    What is still to add comes first, as a long line loses its end.
    """
    lacking = _to_add(touch, wanted)
    sentence = f': "{touch["said"]}"' if touch["said"] else ""
    return f", to add: {lacking}{'; so far' if sentence else ''}{sentence}" if lacking else sentence


def _to_add(touch: Mapping[str, Any], wanted: Collection[str]) -> str:
    lacking = [words for one, words in _WANTED.items() if one in wanted]
    known = {words for one, words in _WANTED.items() if one in touch["signals"]}
    return listed([words for words in lacking if words not in known], "and")


def nobody_says(patterns: Collection[TouchPattern]) -> str:
    """Say that no text brings what is wanted; empty where a mere contact would do."""
    if not patterns or not all(one.says for one in patterns):
        return ""
    every = {word for one in patterns for word in one.says}
    words = [said for one, said in _WANTED.items() if one in every]
    return f"Nothing on record since then says {listed(words, 'or')}" if words else ""


def nothing_ahead(planned: Planned, by: str | None = None) -> str:
    """Say that nothing of the kind is planned; `by` is a day that was named, if that is later."""
    every = planned.kinds == frozenset(ACTIVITY_KINDS)
    what = "Nothing" if every else f"No {listed(sorted(planned.kinds))}"
    when = f"by {by}, the day that was named" if by else f"in the next {planned.in_next}"
    return f"{what} is planned {when}"


def how_it_ended(about: Presence | Ratio) -> str:
    """Say why what was counted is no reason any more."""
    if isinstance(about, Ratio):
        bound = "below" if about.below is not None else "above"
        share = about.below if about.below is not None else about.above
        return f"the part is no longer {bound} {share:.0%} in the last {about.in_last}"
    if about.at_most is not None:
        return f"more than {about.at_most} of the kind in the last {about.in_last}"
    few = "nothing" if about.at_least in (None, 1) else f"fewer than {about.at_least}"
    window = f"in the last {about.in_last}" if about.in_last else "since then"
    return f"{few} of the kind {window}"
