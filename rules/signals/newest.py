"""The newest message of a text: what was written last, without what is quoted below it.

Nothing in here judges what is said. Every pattern runs in linear time: no blank is matched across
lines, and what may stand between two words is bounded.
"""

from __future__ import annotations

import re
from typing import Final

_HEADER: Final = r"(?:from|von|de|van)"  # of a mail that is quoted, in six languages
_SENT: Final = (  # the header that follows it
    r"(?:sent|date|gesendet|datum|envoyé|enviado(?:\ el)?|fecha|verzonden|enviada(?:\ em)?|data)"
)
#: A line at which an older message begins, in the forms of the common mail programs.
_OLDER: Final = re.compile(
    rf"""^[^\S\n]*(?:
        >.*
      | -{{2,}}[^\S\n]*(?:original|forwarded|ursprüngliche|weitergeleitete|message|mensaje
            |mensagem|oorspronkelijk|doorgestuurd).*
      | (?:begin\ forwarded\ message|anfang\ der\ weitergeleiteten\ (?:e-?mail|nachricht)
            |début\ du\ message\ (?:transféré|réexpédié)|inicio\ del\ mensaje\ reenviado
            |begin\ doorgestuurd\ bericht|início\ da\ mensagem\ reencaminhada)[^\S\n]*:?
      | _{{8,}}
      | \*?{_HEADER}[^\S\n]?:\*?[^\S\n].*(?:@.*|\n[^\S\n]*\*?{_SENT}[^\S\n]?:.*)
      | (?:on|am|le|el|op|em)\b(?:[^\n]{{1,120}}\n)?[^\n]{{6,120}}
            (?:wrote|schrieb[^\n]{{0,60}}|a\ écrit|escribió|schreef[^\n]{{0,60}}|escreveu)
            [^\S\n]*:
      | --
    )[^\S\n]*$""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_QUOTE: Final = re.compile(r"^[^\S\n]*>", re.MULTILINE)
#: A full stop between two figures, as in 25.11. or 3.5, ends nothing.
_SENTENCE: Final = re.compile(r"(?:[^.!?\n]|(?<=\d)\.(?=\d))+[.!?]*")
#: Mail programs break lines at about 76 characters; what goes on below belongs to the sentence.
_BROKEN_AT: Final = 50
_GREETING_WORDS: Final = 5


def newest(text: str) -> str:
    """Return the newest message; a text that begins with a quote has none of its own above it."""
    text = _lines(text)
    found = _OLDER.search(text)
    return text[: found.start()] if found else text


def between_quotes(text: str) -> str:
    """Return what stands below the first quoted line and is not quoted itself: answers to it.

    Empty where the older message is not marked line by line, for then nobody can tell them apart.
    """
    text = _lines(text)
    found = _OLDER.search(text)
    if found is None:
        return ""
    lines = text[found.start() :].split("\n")
    marked = [n for n, line in enumerate(lines[:4]) if _QUOTE.match(line)]
    if not marked:
        return ""
    return "\n".join(line for line in lines[marked[0] :] if not _QUOTE.match(line))


def sentences(text: str) -> list[str]:
    """Return the sentences of a message, in order, without blanks around them."""
    whole = "\n".join(_unbroken(text.split("\n")))
    return [said for part in _SENTENCE.findall(whole) if (said := part.strip())]


def _unbroken(lines: list[str]) -> list[str]:
    """Join lines that a mail program has broken; a greeting stands alone."""
    whole: list[list[str]] = []
    before = ""
    for line in (one.strip() for one in lines):
        if before and line and _goes_on(before, line):
            whole[-1].append(line)
        else:
            whole.append([line])
        before = line
    return [" ".join(parts) for parts in whole]


def _goes_on(line: str, following: str) -> bool:
    if len(line) >= _BROKEN_AT:
        return True
    greeting = line.endswith(",") and len(line.split()) <= _GREETING_WORDS
    return following[0].islower() and not greeting


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
