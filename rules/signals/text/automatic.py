"""Mails that no person wrote for this reader: answers of machines, newsletters, surveys, calendars.

Headers decide where there are any. Without them only phrases do that a person does not write, or
two that a person does not write together; a footer alone makes no mail automatic, for a CRM puts
one under letters too. Never judges what a person wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rules.signals.text.automatic_words import ALONE, AWAY, OUT_OF_OFFICE, PAIRS, SUBJECTS, Pair
from rules.signals.text.newest import unquoted

_LONGEST_HEAD: Final = 1_500  # characters in which a machine has said what it is
_LONGEST_FOOT: Final = 1_000
_LONGEST_LINE: Final = 200  # of a subject
_LONGEST_ABSENCE: Final = 120  # words of an answer of somebody who is away

_HEADERS: Final[tuple[tuple[str, Callable[[str], bool], str], ...]] = (
    ("auto-submitted", lambda said: said != "no", "header Auto-Submitted"),
    (
        "precedence",
        lambda said: said in {"bulk", "list", "junk", "auto_reply", "auto-reply"},
        "header Precedence",
    ),
    ("list-unsubscribe", bool, "header List-Unsubscribe"),
    ("list-id", bool, "header List-Id"),
    ("x-autoreply", lambda said: said not in {"", "no", "false"}, "header X-Autoreply"),
    ("x-autorespond", lambda said: said not in {"", "no", "false"}, "header X-Autorespond"),
    ("return-path", lambda said: said == "<>", "header Return-Path"),
    ("content-type", lambda said: said.startswith("multipart/report"), "header Content-Type"),
)

_ANSWERED: Final = (
    *("re:", "aw:", "sv:", "antw:", "res:"),
    *("tr:", "fw:", "fwd:", "wg:", "rv:", "enc:"),
)


def is_automatic(
    text: str, headers: Mapping[str, str] | None = None, *, subject: str = ""
) -> str | None:
    """Return in words why no person wrote a mail, or None if one may have.

    `text` is the whole text, with its footer; what it quotes does not count, and of a long one
    the beginning and the end are read. `headers` are those of the mail, in any case of letters.
    """
    if headers and (why := _by_header(headers)):
        return why
    why = _by_words(text, subject)
    return None if why is None else _by_words(unquoted(text), subject)


def _by_words(text: str, subject: str) -> str | None:
    first, head, small = _views(text, subject)
    for why, begins in SUBJECTS:
        if first.startswith(begins) or head.startswith(begins):
            return why
    for why, phrases in ALONE:
        if any(phrase in small for phrase in phrases):
            return why
    return next((pair.why for pair in PAIRS if _holds(small, pair)), None) or _away(text, small)


def _by_header(headers: Mapping[str, str]) -> str | None:
    said = {name.lower(): value.strip().lower() for name, value in headers.items()}
    return next((why for name, is_so, why in _HEADERS if name in said and is_so(said[name])), None)


def _views(text: str, subject: str) -> tuple[str, str, str]:
    """Return the subject, the first line, and what is read of the whole, in small letters.

    The answer to such a mail carries its subject on, and so begins with another word.
    """
    some = text[:_LONGEST_HEAD]
    if len(text) > _LONGEST_HEAD:
        some = f"{some}\n{text[-_LONGEST_FOOT:]}"
    small = " ".join(some.lower().replace("’", "'").split())
    head = text.lstrip()[:_LONGEST_LINE].lower()
    for word in ("subject:", "betreff:", "objet :", "objet:", "asunto:", "onderwerp:", "assunto:"):
        head = head.removeprefix(word).lstrip()
    return subject.strip()[:_LONGEST_LINE].lower(), head, small


def _holds(small: str, pair: Pair) -> bool:
    return any(one in small for one in pair.these) and any(one in small for one in pair.those)


def _away(text: str, small: str) -> str | None:
    """Tell the answer of somebody who is away from a letter of one who will be.

    Who asks something has written himself; a long text is a letter.
    """
    if "?" in text or len(small.split()) > _LONGEST_ABSENCE or small.startswith(_ANSWERED):
        return None
    return OUT_OF_OFFICE if _holds(small, AWAY) else None
