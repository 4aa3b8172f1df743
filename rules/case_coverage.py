"""Which conditions of a rule its own cases never make false: `rules test --coverage`.

A condition that is true in every case might as well not be there, or be misspelt.
"""

from __future__ import annotations

from rules import select
from rules.checked import Rule
from rules.compile import explain_rule
from rules.evaluate import lay_facts, parameters
from rules.problems import Problem, problem_at
from rules.reciting import recite
from rules.testing import Bench, World, lay_out


def never_false(rule: Rule, on: Bench) -> list[Problem]:
    """Return the conditions that hold in every case at every moment it names, each at its place."""
    if not rule.cases:
        return []
    world = lay_out(rule, rule.cases, on)
    explained = explain_rule(rule)
    failed: set[int] = set()
    for moment in world.moments:
        lay_facts(world.connection, [explained], moment)
        values = parameters(explained.parameters, world.org, moment)
        for record in _judged_at(world, moment):
            for row in select.rows(world.connection, explained.sql, values | {"record": record}):
                failed |= {n for n in range(len(explained.clauses)) if row[f"held_{n}"] is not True}
    untried = [c.about for n, c in enumerate(explained.clauses) if n not in failed]
    said = "no case makes this false: {}."
    return [problem_at(about.place, said.format(recite(about)), rule.id) for about in untried]


def _judged_at(world: World, moment: object) -> list[str]:
    return [
        story.judged
        for story in world.stories
        if any(story.utc(expected.at) == moment for expected in story.case.expect)
    ]
