"""The newest message of a text: what was written last, without what is quoted below it."""

from __future__ import annotations

import re
from typing import Final

#: A line at which an older message begins, in the forms of the common mail programs.
_OLDER: Final = re.compile(
    r"""^\s*(?:
        >.*
      | -{2,}\s*(?:original\ message|forwarded\ message|ursprüngliche\ nachricht|message\ d'origine
            |mensaje\ original|oorspronkelijk\ bericht|mensagem\ original).*
      | _{8,}\s*
      | (?:from|von|de|van)\s*:\s.*@.*
      | (?:on|am|le|el|op|em)\b.{6,120}
            (?:wrote|schrieb.{0,60}|a\ écrit|escribió|schreef.{0,60}|escreveu)\s*:?\s*
      | --\s*
    )$""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]*")


def newest(text: str) -> str:
    """Return the newest message; a text that begins with a quote has none of its own above it."""
    found = _OLDER.search(text)
    return text[: found.start()] if found else text


def sentences(text: str) -> list[str]:
    """Return the sentences of a message, in order, without blanks around them."""
    return [said for part in _SENTENCE.findall(text) if (said := part.strip())]
