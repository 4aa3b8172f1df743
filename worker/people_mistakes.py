"""Mistakes of `people.yaml` that no single word shows: somebody twice, a name that nobody has.

Works on the file as written, whatever its shape, so that these mistakes come together with all
others. Nothing in here reads a file.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rules.problems import did_you_mean, listed, shown
from rules.strict_yaml import Plain
from worker.words_file import Steps

#: Words that name somebody else -> what nobody does for themselves.
_OTHERS: Final[Mapping[str, str]] = {"manager": "lead", "delegate": "stand in for"}
#: So alike two e-mails are that one is probably the other, misspelt.
_ALIKE: Final = 0.92


class Names:
    """Whom the file itself knows, by every name it gives them."""

    def __init__(self, people: Collection[tuple[str, tuple[str, ...]]]) -> None:
        """Take e-mails in small letters, each with names and aliases."""
        self._emails = [email for email, _ in people]
        self._shown = sorted({name for _, names in people for name in names})
        self._of: dict[str, set[str]] = {}
        for email, names in people:
            for name in names:
                self._of.setdefault(name.casefold(), set()).add(email)

    def email(self, said: str | None) -> str | None:
        """Return the e-mail of whoever is named by e-mail, name or alias; None for nobody."""
        if said is None or "@" in said:
            return said.casefold() if said else None
        found = self._of.get(said.casefold(), set())
        return next(iter(found)) if len(found) == 1 else None

    def complaint(self, said: str) -> str | None:
        """Return what is wrong with a name or an e-mail, or None.

        An e-mail without a line is right, unless it is almost that of a line: then it is probably
        a slip of the pen, which would silently mean nobody.
        """
        return self._no_email(said.casefold()) if "@" in said else self._no_name(said)

    def _no_email(self, said: str) -> str | None:
        near = difflib.get_close_matches(said, self._emails, n=1, cutoff=_ALIKE)
        if said in self._emails or not near:
            return None
        return (
            f"{shown(said)} has no line in this file. Did you mean {shown(near[0])}? If not, give "
            "them a line of their own."
        )

    def _no_name(self, said: str) -> str | None:
        found = sorted(self._of.get(said.casefold(), set()))
        if len(found) == 1:
            return None
        if found:
            return f"{shown(said)} can be {listed(found)}. Write the e-mail."
        guess = did_you_mean(said, self._shown) or " Write the e-mail, or give them this name."
        return f"nobody in this file is called {shown(said)}.{guess}"


def mistakes(plain: Plain, calendars: Collection[str]) -> Iterator[tuple[Steps, str]]:
    """Yield where something is wrong, and the sentence. `calendars` are the known names."""
    lines = _lines(plain)
    known = Names([(line.email, line.names()) for line in lines])
    yield from _twice(lines)
    for line in lines:
        yield from _wrong_others(line, known)
        yield from _no_calendar(line, calendars)
    for number, said in enumerate(_texts(plain, "support_pool")):
        complaint = known.complaint(said) if said else None
        if complaint:
            yield ("support_pool", number), complaint


@dataclass(frozen=True)
class _Line:
    """A person as written, right or wrong."""

    number: int
    said: Mapping[str, Plain]

    @property
    def email(self) -> str:
        return self.text("email").casefold()

    def text(self, word: str) -> str:
        return next(iter(_texts(self.said, word)), "")

    def names(self) -> tuple[str, ...]:
        return tuple(one for one in (self.text("name"), *_texts(self.said, "aliases")) if one)

    def at(self, word: str) -> Steps:
        return ("people", self.number, word)


def _texts(plain: object, word: str) -> list[str]:
    """The texts under a word, one or many; empty ones keep the places of the others."""
    said = plain.get(word) if isinstance(plain, Mapping) else None
    some = said if isinstance(said, list) else [said]
    return [one.strip() if isinstance(one, str) else "" for one in some]


def _lines(plain: Plain) -> list[_Line]:
    people = plain.get("people") if isinstance(plain, dict) else None
    some = people if isinstance(people, list) else []
    return [_Line(number, one) for number, one in enumerate(some) if isinstance(one, dict)]


def _twice(lines: list[_Line]) -> Iterator[tuple[Steps, str]]:
    seen: set[str] = set()
    for line in lines:
        if line.email and line.email in seen:
            yield line.at("email"), f"{line.email} stands there twice. Keep one line."
        seen.add(line.email)


def _wrong_others(line: _Line, known: Names) -> Iterator[tuple[Steps, str]]:
    for word, deed in _OTHERS.items():
        said = line.text(word)
        complaint = known.complaint(said) if said else None
        if complaint:
            yield line.at(word), complaint
        elif said and known.email(said) == line.email:
            yield line.at(word), f"{line.email} is said to {deed} themselves."


def _no_calendar(line: _Line, known: Collection[str]) -> Iterator[tuple[Steps, str]]:
    name = line.text("calendar")
    if name and name not in known:
        guess = did_you_mean(name, known) or f" Known: {listed(sorted(known), 'and')}."
        yield (
            line.at("calendar"),
            (f"there is no calendar {shown(name)}.{guess} Calendars stand in followthrough.yaml."),
        )
