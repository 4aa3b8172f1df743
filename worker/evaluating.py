"""Judge the mirror as it was at its last pull, on DuckDB or on a Spark cluster. Writes nothing.

Both engines run the same statements: what they say is the same record for record (`make spark`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rules.checked import Rule
from rules.evaluate import Evaluation, Verdict, evaluate, prepare
from worker.desk import MIRROR_FILE
from worker.handover import Handover, write_handover
from worker.lock import held
from worker.mirror import Mirror
from worker.settings import Settings

ENGINES: Final = ("duckdb", "spark")
_UNREAD: Final = "nothing has been read to its end yet. Say `followthrough pull` first."


_NO_SPARK: Final = (
    "Spark is an extra that is not installed here: pip install 'followthrough[spark]'. It needs "
    "Java 17 beside it."
)


class NothingRead(Exception):
    """There is no mirror to judge, or nothing to judge it with; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one rule says about all records: how many it looked at, and which it holds for."""

    rule: str
    population: int
    firing: Sequence[Verdict]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data; moments in ISO, UTC."""
        found = [
            {
                "record": one.record_id,
                "anchor": one.anchor.isoformat() if one.anchor else None,
                "deadline": one.deadline.isoformat() if one.deadline else None,
            }
            for one in self.firing
        ]
        return {"rule": self.rule, "in_scope": self.population, "findings": found}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What every rule says, and why some say nothing."""

    said: Sequence[Said]
    not_evaluable: Mapping[str, str]


def judge_mirror(settings: Settings, rules: Sequence[Rule]) -> Judged:
    """Judge the mirror on DuckDB. Raises NothingRead, Busy, MirrorError."""
    with held(settings.state), _mirror(settings) as mirror:
        complete = mirror.complete_until()
        org, now = settings.org(mirror.stages()), max(complete.values())
        prepare(mirror.connection, org, now, rules)
        return _judged(
            evaluate(
                mirror.connection,
                rules,
                org,
                complete_until=complete,
                blind_spots=mirror.blind_spots(),
                now=now,
            )
        )


def hand_over(settings: Settings, directory: Path) -> Handover:
    """Write the mirror as Parquet. Raises NothingRead, Busy, MirrorError, HandoverError."""
    with held(settings.state), _mirror(settings) as mirror:
        now = max(mirror.complete_until().values())
        return write_handover(mirror, settings.org(mirror.stages()), directory, now)


def judge_on_spark(rules: Sequence[Rule], directory: Path, master: str) -> Judged:
    """Judge a hand-over on the cluster at `master`. Raises NothingRead, HandoverError."""
    try:
        from worker.spark import SparkError, evaluate_on_spark  # a heavy library, an extra
    except ModuleNotFoundError:
        raise NothingRead(_NO_SPARK) from None
    try:
        with evaluate_on_spark(rules, directory, master) as evaluation:
            return _judged(evaluation)
    except SparkError as error:
        raise NothingRead(str(error)) from None


@contextmanager
def _mirror(settings: Settings) -> Iterator[Mirror]:
    path = settings.state / MIRROR_FILE
    if not path.exists():
        raise NothingRead(_UNREAD)
    mirror = Mirror.open(
        path, memory=settings.memory
    )  # what follows from the records may have to be kept first
    try:
        if not mirror.complete_until():
            raise NothingRead(_UNREAD)
        yield mirror
    finally:
        mirror.close()


def _judged(evaluation: Evaluation) -> Judged:
    return Judged(
        said=[
            Said(
                rule=rule,
                population=evaluation.population(rule),
                firing=evaluation.firing(rule),
            )
            for rule in evaluation.judged
        ],
        not_evaluable={one.rule: one.why for one in evaluation.not_evaluable},
    )
