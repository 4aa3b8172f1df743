"""The answers to #why: what a rule sees in the record of a task. Reads only; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from rules import wording
from rules.checked import Rule
from rules.evaluate import Evaluation
from rules.explain import explain
from rules.org import Org
from worker.grounds import Memory
from worker.known import KnownTask
from worker.words_typed import Word


def explained(
    connection: duckdb.DuckDBPyConnection,
    rules: Mapping[str, Rule],
    org: Org,
    evaluation: Evaluation,
    memory: Memory,
) -> dict[str, list[str]]:
    """Return the lines that answer each task in which somebody asks why, by key.

    Of a rule that could not be judged in this run there is no answer yet.
    """
    by_name = {name: rule for rule in rules.values() for name in (rule.was, rule.id) if name}
    asked = {one.key for one in memory.words if one.word == Word.WHY}
    answers = {}
    for key in sorted(asked & memory.tasks.keys()):
        task = memory.tasks[key]
        rule = by_name.get(task.rule)
        if rule is None or not task.about.record_id:
            answers[key] = [wording.RULE_GONE]
        elif rule.id in evaluation.judged:
            answers[key] = _answer(connection, rule, org, evaluation, task)
    return answers


def _answer(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    org: Org,
    evaluation: Evaluation,
    task: KnownTask,
) -> list[str]:
    said = explain(connection, rule, org, task.about.record_id, evaluation.as_of[rule.id])
    conditions = said.conditions if said is not None else ()
    return wording.explained(rule, [(one.said, one.seen, one.held) for one in conditions])
