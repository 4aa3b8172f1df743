"""What an entry of the lexicon stands for, written out: `{a|b} [c]` is `a`, `b`, `a c`, `b c`.

Reads the notation of `notation` as a person does, names what is wrong with it, and counts before it
writes anything out. Nothing in here matches a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from rules.problems import did_you_mean, shown

LONGEST: Final = 800  # characters of one phrase
MOST_FREE: Final = 3  # places of other words in one phrase
MOST: Final = 50_000  # what one phrase may stand for
#: The rest of a clause, or whatever stands in it before the next word.
REST: Final = ">>"
_DEEPEST: Final = 8
_NAME: Final = re.compile(r"<([^<>]*)>")
#: Signs that stand for a place, not for words.
_PLACES: Final = frozenset({"start", "end", "few"})
_CLOSES: Final = {"{": "}", "[": "]"}


class NotationError(ValueError):
    """An entry cannot be read; the message says what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of several runs of parts; of an optional one, or none of them."""

    options: tuple[tuple[Choice | str, ...], ...]

    @property
    def count(self) -> int:
        """How many texts it stands for."""
        return sum(count_of(option) for option in self.options)


Run = Sequence[Choice | str]


def count_of(run: Run) -> int:
    """Return how many texts a run of parts stands for."""
    total = 1
    for part in run:
        total *= part.count if isinstance(part, Choice) else 1
    return total


def parse(find: str, lists: Mapping[str, Sequence[str]]) -> Run:
    """Read a phrase; `lists` are the words that `<name>` stands for. Raises NotationError."""
    if len(find) > LONGEST:
        raise NotationError(f"the phrase is longer than {LONGEST} characters. Write several.")
    free = find.count("~") + find.count(REST)
    if free > MOST_FREE:
        raise NotationError(
            f"other words may stand in {free} places of it; {MOST_FREE} are the most."
        )
    bare = find.strip().removesuffix(REST).strip()
    if bare.startswith(("~", REST)) or bare.endswith(("~", REST)):
        raise NotationError('"~" stands between words. Delete it at the beginning and the end.')
    run = _Parser(find.replace(REST, "~"), lists).whole()
    if count_of(run) > MOST:
        raise NotationError(f"it stands for more than {MOST:,} phrases. Write several entries.")
    return run


def expansions(run: Run, most: int) -> list[str]:
    """Return up to `most` of the texts that a run stands for, single blanks."""
    found = (" ".join("".join(parts).split()) for parts in _texts(run))
    return list(islice(dict.fromkeys(islice(found, most * 4)), most))


def _texts(run: Run) -> Iterator[tuple[str, ...]]:
    return product(*(_of(part) for part in run))


def _of(part: Choice | str) -> list[str]:
    if isinstance(part, str):
        return [part]
    return ["".join(texts) for option in part.options for texts in _texts(option)]


class _Parser:
    """A phrase being read, sign by sign."""

    def __init__(self, find: str, lists: Mapping[str, Sequence[str]]) -> None:
        self._find = find
        self._lists = lists
        self._at = 0
        self._depth = 0

    def whole(self) -> Run:
        """Read all of it."""
        options = self._options("")
        return options[0]

    def _options(self, closes: str) -> tuple[tuple[Choice | str, ...], ...]:
        """Read up to the sign that closes, or to the end; `|` parts the options in braces."""
        options: list[list[Choice | str]] = [[]]
        while self._at < len(self._find):
            sign = self._find[self._at]
            self._at += 1
            if closes and sign == closes:
                return tuple(tuple(one) for one in options)
            if sign == "|" and closes:
                options.append([])
            else:
                options[-1].append(self._part(sign))
        if closes:
            raise NotationError(f'a "{closes}" is missing in {shown(self._find)}.')
        return tuple(tuple(one) for one in options)

    def _part(self, sign: str) -> Choice | str:
        if sign in _CLOSES:
            return self._bracket(sign)
        if sign in "}]|":
            where = ' Put alternatives in braces: "{a|b}".' if sign == "|" else ""
            raise NotationError(f'there is a "{sign}" too many in {shown(self._find)}.{where}')
        if sign == "<":
            return self._named()
        return "" if sign == "~" else sign

    def _bracket(self, sign: str) -> Choice:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotationError(f"brackets are nested more than {_DEEPEST} deep. Write several.")
        options = self._options(_CLOSES[sign])
        self._depth -= 1
        if all(not one for one in options):
            raise NotationError(f"nothing stands between two brackets in {shown(self._find)}.")
        return Choice(options=((), *options) if sign == "[" else options)

    def _named(self) -> Choice | str:
        found = _NAME.match(self._find, self._at - 1)
        if found is None:
            return "<"
        self._at = found.end()
        name = found[1]
        if name in _PLACES:
            return ""
        if name not in self._lists:
            guess = did_you_mean(name, self._lists)
            raise NotationError(f'there is no list of words "<{name}>".{guess}')
        some = self._lists[name]
        return Choice(options=tuple((one,) for one in (some[0], some[-1])))
