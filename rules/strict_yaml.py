"""YAML text -> a tree whose nodes know their place, or everything that is wrong with the text.

A file of settings needs little of YAML: mappings, lists, texts. Whatever else YAML offers
(anchors, tags, several documents, guesses about types) is refused, because it is how such files go
wrong or are abused. Scalars stay text; whoever wants a number or a date reads it from the text.
Nothing in here knows a word of the rule language, reads a file, or raises on any text.

The tree is built from the parser's events, never by its own composer: the composer in C crashes
the whole process on deep nesting, the one in Python recurses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import yaml

from rules.problems import Place, Problem, problem_at, shown
from rules.yaml_mistakes import explain

BIGGEST_BYTES: Final = 1 << 20
DEEPEST: Final = 20
MOST_EVENTS: Final = 20_000

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NEWLINE: Final = re.compile(r"\r\n|\r|\n")
#: Control characters, line breaks only Unicode knows, marks that reorder what a person reads, and
#: halves of characters.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2060\u2028-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """The text of a file, and the path to name in problems."""

    path: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Scalar:
    """A text. `raw` is how it stands in the file, quotes and all."""

    text: str
    quoted: bool  # in quotes, or a block after `|` or `>`
    place: Place
    raw: str

    @property
    def blank(self) -> bool:
        """Whether nothing at all was written."""
        return not self.quoted and self.text in ("", "~")

    def place_of(self, part: str, nth: int = 0) -> Place:
        """Where the nth occurrence of `part` stands in the file; the scalar's place if unknown."""
        at = -1
        for _ in range(nth + 1):
            at = self.raw.find(part, at + 1)
            if at < 0:
                return self.place
        before = _NEWLINE.split(self.raw[:at])
        column = len(before[-1]) + (self.place.column if len(before) == 1 else 1)
        return Place(path=self.place.path, line=self.place.line + len(before) - 1, column=column)


@dataclass(frozen=True, kw_only=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, kw_only=True)
class Entries:
    """A mapping, in the order of the file; no key is in it twice."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place
    flow: bool  # written in braces

    def get(self, key: str) -> Node | None:
        """The value under `key`, if there is one."""
        return next((value for name, value in self.entries if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """The key itself, for its place."""
        return next((name for name, _ in self.entries if name.text == key), None)


Node = Scalar | Items | Entries
Plain = str | None | list["Plain"] | dict[str, "Plain"]


def read(source: Source) -> tuple[Node | None, list[Problem]]:
    """Read one document. No node: it is empty, or so wrong that no part of it can be trusted.

    The same source again, as the shipped rules are, costs nothing: its tree never changes.
    """
    node, problems = _read_once(source)
    return node, list(problems)


@lru_cache(maxsize=64)
def _read_once(source: Source) -> tuple[Node | None, Sequence[Problem]]:
    text = source.text.removeprefix("\ufeff")
    problems = _unreadable(source.path, text)
    if problems:
        return None, problems
    reading = _Reading(path=source.path, text=text)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reading.take(event)
    except _TooMuchError as much:
        return None, [problem_at(much.place, str(much))]
    except yaml.MarkedYAMLError as error:
        line, column, sentence = explain(error, _NEWLINE.split(text))
        return None, [problem_at(Place(path=source.path, line=line, column=column), sentence)]
    except yaml.YAMLError:
        return None, [problem_at(reading.start, "this is not YAML. Save the file as plain text.")]
    return (None if reading.refused else reading.root), reading.problems


def to_plain(node: Node) -> Plain:
    """The tree as dicts, lists and texts; None where nothing was written."""
    if isinstance(node, Scalar):
        return None if node.blank else node.text
    if isinstance(node, Items):
        return [to_plain(item) for item in node.items]
    return {key.text: to_plain(value) for key, value in node.entries}


def find(node: Node, path: Iterable[int | str]) -> tuple[Node, Scalar | None]:
    """The node at a path of keys and indices, and the key it stands under.

    Steps that the tree does not have are passed over, so that paths from a validator, which names
    its own branches too, still lead to the nearest place.
    """
    key: Scalar | None = None
    for step in path:
        if isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node, key = node.items[step], None
        elif isinstance(node, Entries) and isinstance(step, str) and node.key(step):
            key, node = next(pair for pair in node.entries if pair[0].text == step)
    return node, key


def blanks(
    node: Node, told: Collection[Place] = (), under: Scalar | None = None
) -> Iterator[tuple[Place, str]]:
    """Every place where a value is missing, with the key it belongs to.

    Braces at a place in `told` are passed over: `{account}` there was meant as a text.
    """
    if isinstance(node, Scalar):
        if node.blank:
            yield (under or node).place, under.text if under else ""
    elif isinstance(node, Items):
        for item in node.items:
            yield from blanks(item, told, None if isinstance(item, Scalar) else under)
    elif not (node.flow and node.place in told):
        for key, value in node.entries:
            yield from blanks(value, told, key)


def _unreadable(path: str, text: str) -> list[Problem]:
    if len(text.encode(errors="surrogatepass")) > BIGGEST_BYTES:
        place = Place(path=path, line=1, column=1)
        return [problem_at(place, "the file is larger than 1 MiB. Split it into several files.")]
    problems = []
    for number, line in enumerate(_NEWLINE.split(text), start=1):
        for found in _UNSEEN.finditer(line):
            place = Place(path=path, line=number, column=found.start() + 1)
            problems.append(problem_at(place, _unseen(found[0])))
    return problems


def _unseen(character: str) -> str:
    return f"there is an invisible character here (U+{ord(character):04X}). Delete it."


class _TooMuchError(Exception):
    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place


@dataclass(kw_only=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    place: Place
    mapping: bool
    flow: bool = False
    nodes: list[Node] = field(default_factory=list)  # of a mapping: key, value, key, value


@dataclass(kw_only=True)
class _Reading:
    """The tree as far as the events have come."""

    path: str
    text: str
    problems: list[Problem] = field(default_factory=list)
    refused: bool = False
    root: Node | None = None
    count: int = 0
    documents: int = 0
    open: list[_Open] = field(default_factory=list)

    @property
    def start(self) -> Place:
        return Place(path=self.path, line=1, column=1)

    def take(self, event: Any) -> None:
        place = Place(
            path=self.path,
            line=event.start_mark.line + 1,
            column=event.start_mark.column + 1,
        )
        self.count += 1
        if self.count > MOST_EVENTS:
            raise _TooMuchError(place, "the file holds too much. Split it into several files.")
        step = _STEPS.get(type(event))
        if step is not None:
            self._refuse_references(event, place)
            step(self, event, place)

    def _refuse_references(self, event: Any, place: Place) -> None:
        if getattr(event, "anchor", None):
            self._refuse(place, "anchors (&) and references (*) are not allowed. Write it out.")
        if getattr(event, "tag", None):
            self._refuse(
                place, "tags (!) are not allowed. Put a text that begins with ! in quotes."
            )

    def _refuse(self, place: Place, message: str) -> None:
        self.refused = True
        self.problems.append(problem_at(place, message))

    def document(self, event: Any, place: Place) -> None:
        self.documents += 1
        if self.documents == 2:
            self._refuse(place, 'a second document begins here. Remove the line "---".')

    def begin(self, event: Any, place: Place) -> None:
        if len(self.open) >= DEEPEST:
            raise _TooMuchError(place, f"this is nested more than {DEEPEST} levels deep.")
        mapping = isinstance(event, yaml.MappingStartEvent)
        self.open.append(_Open(place=place, mapping=mapping, flow=bool(event.flow_style)))

    def scalar(self, event: Any, place: Place) -> None:
        unseen = _UNSEEN.search(event.value)
        if unseen:
            message = f"\\ stands for an invisible character here (U+{ord(unseen[0]):04X})."
            self.problems.append(problem_at(place, f"{message} Use single quotes."))
        self._add(
            Scalar(
                text=event.value,
                quoted=event.style in ("'", '"', "|", ">"),
                place=place,
                raw=self.text[event.start_mark.index : event.end_mark.index],
            )
        )

    def reference(self, event: Any, place: Place) -> None:
        self._add(Scalar(text="", quoted=True, place=place, raw=""))

    def end(self, event: Any, place: Place) -> None:
        done = self.open.pop()
        if not done.mapping:
            self._add(Items(items=tuple(done.nodes), place=done.place))
            return
        pairs = list(zip(done.nodes[::2], done.nodes[1::2], strict=True))
        entries = tuple(self._checked(pairs))
        self._add(Entries(entries=entries, place=done.place, flow=done.flow))

    def _checked(self, pairs: list[tuple[Node, Node]]) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, int] = {}
        for key, value in pairs:
            if not isinstance(key, Scalar) or not key.text:
                message = "a word was expected here, before the colon."
                if not isinstance(key, Scalar):
                    message += ' Put a text that begins with "{" or "[" in quotes.'
                self.problems.append(problem_at(key.place, message))
            elif key.text in seen:
                twice = (
                    f"{shown(key.text)} is written twice; the first is on line {seen[key.text]}."
                )
                self.problems.append(problem_at(key.place, twice))
            else:
                seen[key.text] = key.place.line
                yield key, value

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1].nodes.append(node)
        elif self.root is None:
            self.root = node


_STEPS: Final[Any] = {
    yaml.DocumentStartEvent: _Reading.document,
    yaml.MappingStartEvent: _Reading.begin,
    yaml.SequenceStartEvent: _Reading.begin,
    yaml.ScalarEvent: _Reading.scalar,
    yaml.AliasEvent: _Reading.reference,
    yaml.MappingEndEvent: _Reading.end,
    yaml.SequenceEndEvent: _Reading.end,
}
