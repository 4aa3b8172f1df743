"""Collects what is wrong with one rule while its clauses are checked, each at its place."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.problems import Place, Problem, problem_at
from rules.strict_yaml import Node, Scalar, find

#: Where something stands in a rule: keys of entries and numbers of list items.
Path = tuple[int | str, ...]


@dataclass(kw_only=True)
class Notes:
    """The problems of one rule, and the tree they have their places from."""

    tree: Node
    rule: str | None
    problems: list[Problem] = field(default_factory=list)

    def add(self, place: Place, message: str) -> None:
        """Note a problem at a place."""
        self.problems.append(problem_at(place, message, self.rule))

    def value(self, *path: int | str) -> Place:
        """Where the value at a path stands, or the nearest there is."""
        return find(self.tree, path)[0].place

    def key(self, *path: int | str) -> Place:
        """Where the key of a path stands, or the nearest there is."""
        node, key = find(self.tree, path)
        return (key or node).place

    def scalar(self, *path: int | str) -> Scalar | None:
        """The text at a path as it stands in the file."""
        node, _ = find(self.tree, path)
        return node if isinstance(node, Scalar) else None
