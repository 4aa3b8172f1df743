"""Which of what a rule holds for is looked at one by one, and what is only counted. Reads only.

The evidence of a finding costs more than its verdict. A rule that is switched on in an old company
holds for tens of thousands of records about which nothing is written: of these the newest are shown
with their evidence, those with a task of ours among them, and all others are a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from rules.evaluate import Evaluation, Verdict
from worker.quiet import Quiet

#: So many findings of a rule that lead to nothing are shown.
SHOWN: Final = 200


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The verdicts of a rule whose evidence is wanted, and how many others hold as well."""

    verdicts: tuple[Verdict, ...]
    counted: int = 0


def choose(evaluation: Evaluation, rule: str, quiet: Quiet, records: Iterable[str]) -> Gathered:
    """Choose among what `rule` holds for; `records` are those with a task of ours."""
    held, values = _held(quiet)
    many = evaluation.count(rule, f"fires AND {held}", values)
    if many <= SHOWN:
        return Gathered(verdicts=tuple(evaluation.firing(rule)))
    chosen = [
        *evaluation.verdicts(rule, f"fires AND NOT ({held})", values),
        *evaluation.verdicts(
            rule, "fires AND record IN (SELECT unnest($records))", {"records": sorted({*records})}
        ),
        *evaluation.verdicts(rule, f"fires AND {held}", values, newest=SHOWN),
    ]
    found = {one.record_id: one for one in chosen}
    shown = sum(_is_quiet(one, quiet) for one in found.values())
    return Gathered(verdicts=tuple(found[id] for id in sorted(found)), counted=many - shown)


def _held(quiet: Quiet) -> tuple[str, dict[str, Any]]:
    """What a verdict must be for its episode to be quiet, and the values that this names."""
    named = {"anchor < $begun": quiet.begun_before, "deadline <= $due": quiet.due_until}
    known = {sql: moment for sql, moment in named.items() if moment is not None}
    values = {sql.partition("$")[2]: moment for sql, moment in known.items()}
    return " AND ".join(known) or "TRUE", values


def _is_quiet(verdict: Verdict, quiet: Quiet) -> bool:
    assert verdict.anchor is not None
    assert verdict.deadline is not None
    return quiet.covers(verdict.anchor, verdict.deadline)
