"""Texts of rule files -> rules, or every problem of every file at once. Reads no file itself.

A file holds one rule or a list of rules. Shipped rules are blueprints: they are active only where a
file of the admin's says `extends: shipped/…`. Such a rule keeps the shipped rule's id unless it has
a `rule:` of its own; `extending` says what it inherits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from rules.checked import Rule
from rules.extending import PREFIX, inherited_cases, merged
from rules.lone_deals import SUFFIX, of_accounts, of_lone_deals, why_not
from rules.notes import Notes
from rules.org import CustomField
from rules.problems import Problem, did_you_mean, problem_at, shown
from rules.reading import NO_FIELDS, read_rule, rule_id
from rules.strict_yaml import Entries, Items, Node, Scalar, Source, read
from rules.subjects import OwnFields
from rules.vocabulary import STAGES

__all__ = ["RuleSet", "Source", "load"]

_ONE_RULE: Final = 'a file holds one rule or a list of rules. Begin with "rule: some-name".'


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """The rules that could be read. Use them only if there is no problem at all."""

    active: tuple[Rule, ...]
    shipped: tuple[Rule, ...]


def load(
    sources: Sequence[Source],
    *,
    shipped: Sequence[Source] = (),
    stages: frozenset[str] = STAGES,
    fields: OwnFields = NO_FIELDS,
) -> tuple[RuleSet, list[Problem]]:
    """Read the admin's files, over the shipped ones; problems come sorted by place.

    `stages` are the words of the org's stages, `fields` its own fields; shipped rules may use the
    common stages too.
    """
    known = tuple((record, tuple(named.items())) for record, named in fields.items())
    pack = _read_pack(tuple(shipped), stages, known)
    loading = _Loading(
        stages=stages,
        own=fields,
        problems=list(pack.problems),
        blueprints=dict(pack.blueprints),
        shipped=list(pack.rules),
    )
    for tree in loading.trees(sources):
        loading.take(tree)
    loading.check_renamed()
    loading.add_lone_deals()
    rules = RuleSet(active=tuple(loading.active), shipped=tuple(loading.shipped))
    return rules, sorted(set(loading.problems))


_Fields = tuple[tuple[str, tuple[tuple[str, CustomField], ...]], ...]


@dataclass(frozen=True, kw_only=True)
class _Pack:
    """The shipped rules as they were read."""

    blueprints: Mapping[str, Entries]
    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]


@lru_cache(maxsize=4)
def _read_pack(shipped: tuple[Source, ...], stages: frozenset[str], fields: _Fields) -> _Pack:
    """Read the shipped rules: once, as long as neither they nor the org's words change."""
    loading = _Loading(stages=stages, own={record: dict(named) for record, named in fields})
    for tree in loading.trees(shipped):
        loading.take_shipped(tree)
    return _Pack(
        blueprints=loading.blueprints,
        rules=tuple(loading.shipped),
        problems=tuple(loading.problems),
    )


@dataclass(kw_only=True)
class _Loading:
    """What has been read so far."""

    stages: frozenset[str]
    own: OwnFields
    problems: list[Problem] = field(default_factory=list)
    blueprints: dict[str, Entries] = field(default_factory=dict)
    shipped: list[Rule] = field(default_factory=list)
    active: list[Rule] = field(default_factory=list)
    claimed: dict[str, Entries] = field(default_factory=dict)  # the admin's rule of each name

    def trees(self, sources: Iterable[Source]) -> Iterator[Entries]:
        for source in sources:
            node, problems = read(source)
            self.problems += problems
            for one in node.items if isinstance(node, Items) else (node,):
                if isinstance(one, Entries):
                    yield one
                elif one is not None:
                    self.problems.append(problem_at(one.place, _ONE_RULE))

    def take_shipped(self, tree: Entries) -> None:
        notes = Notes(tree=tree, rule=rule_id(tree))
        extends = tree.key("extends")
        if extends is not None:
            notes.add(extends.place, "a shipped rule stands on its own. Write it out.")
        if notes.rule:
            _claim(notes.rule, tree, self.blueprints, notes)
        rule = read_rule(tree, self.stages | STAGES, notes, self.own)
        self.problems += notes.problems
        if rule is not None:
            self.shipped.append(rule)

    def take(self, tree: Entries) -> None:
        said = tree.get("extends")
        if said is None:
            self._take_own(tree)
            return
        base = self._base(said)
        if base is None:
            self.problems.append(self._unknown_base(said, rule_id(tree)))
            return
        whole = merged(self.blueprints[base], tree)
        notes = Notes(tree=whole, rule=rule_id(whole))
        rule = self._read(whole, tree, notes)
        blueprint = next((one for one in self.shipped if one.id == base), None)
        if rule is not None and blueprint is not None and tree.key("tests") is None:
            rule = replace(rule, cases=inherited_cases(rule, blueprint))
        if rule is not None:
            self.active.append(replace(rule, extends=base))

    def _take_own(self, tree: Entries) -> None:
        notes = Notes(tree=tree, rule=rule_id(tree))
        if notes.rule in self.blueprints:
            message = f'this is the name of a shipped rule. Write "extends: {PREFIX}{notes.rule}"'
            notes.add(notes.value("rule"), f"{message} or choose another name.")
        rule = self._read(tree, tree, notes)
        if rule is not None:
            self.active.append(rule)

    def _read(self, whole: Entries, written: Entries, notes: Notes) -> Rule | None:
        if notes.rule:
            _claim(notes.rule, written, self.claimed, notes)
        rule = read_rule(whole, self.stages, notes, self.own)
        self.problems += notes.problems
        return rule

    def _base(self, said: Node) -> str | None:
        name = said.text.removeprefix(PREFIX) if isinstance(said, Scalar) else ""
        prefixed = isinstance(said, Scalar) and said.text.startswith(PREFIX)
        return name if prefixed and name in self.blueprints else None

    def _unknown_base(self, said: Node, rule: str | None) -> Problem:
        known = [f"{PREFIX}{name}" for name in self.blueprints]
        text = said.text if isinstance(said, Scalar) else ""
        near = did_you_mean(text, known) or f' Write for example "{PREFIX}won-no-follow-up".'
        return problem_at(said.place, f"there is no shipped rule {shown(text)}.{near}", rule)

    def add_lone_deals(self) -> None:
        """Put a rule for deals without an account beside each that wants one."""
        active, self.active = self.active, []
        for rule in active:
            self.active.append(of_accounts(rule) if rule.lone_deals else rule)
            if not rule.lone_deals:
                continue
            name = f"{rule.id}{SUFFIX}"
            taken = f'"lone_deals" makes a rule "{name}", and there is one already. Rename that.'
            why = why_not(rule) or (taken if name in self.claimed else None)
            if why is None:
                self.active.append(of_lone_deals(rule, self.own))
            else:
                self.problems.append(problem_at(rule.place, why, rule.id))

    def check_renamed(self) -> None:
        names = {rule.id: rule for rule in self.active}
        for rule in self.active:
            if rule.was in names:
                message = f'the name "{rule.was}" in "was" belongs to another rule.'
                self.problems.append(problem_at(rule.place, message, rule.id))


def _claim(name: str, tree: Entries, taken: dict[str, Entries], notes: Notes) -> None:
    """Take a name for a rule, or note that another rule has it."""
    first = taken.setdefault(name, tree).place
    if first != tree.place:
        place = (tree.key("rule") or tree.key("extends") or tree).place
        message = f'"{name}" is the name of the rule at {first.path}:{first.line} already.'
        notes.add(place, f"{message} Every rule needs its own.")
