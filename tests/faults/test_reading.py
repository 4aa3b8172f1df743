"""The reading half of the fault matrix: every row tried over real sockets, in both dialects.

Most rows take a second, and are proofs; a few stay with the whole suite.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import reading_rows
from tests.faults.matrix import ALL, ELSEWHERE, NOT_READING, ROWS, Row
from tests.faults.world import World, founded

ROOT = Path(__file__).resolve().parents[2]
#: Those that `make test` runs too.
SAMPLE = {"F48"}


def _trials() -> Iterator[Any]:
    for one in ROWS:
        for crm in one.crms:
            quick = one.id in SAMPLE
            marks = [] if quick else [pytest.mark.proof]
            yield pytest.param(one, crm, id=f"{one.id}-{one.name}-{crm}", marks=marks)


@pytest.mark.parametrize(("row", "crm"), [*_trials()])
def test_row(row: Row, crm: str, tmp_path: Path) -> None:
    """What goes wrong is borne, told, and made up for; see the row's own words."""
    with founded(crm, tmp_path, **row.how) as world:
        for number in range(row.many):
            world.add("accounts", f"Client {number}")
        world.clock.later(minutes=30)
        row.run(world)


def test_every_row_of_the_matrix_has_an_answer() -> None:
    """Tried here, proved elsewhere, or about writing; none twice."""
    tried = {one.id for one in ROWS}
    answers = [*tried, *ELSEWHERE, *NOT_READING]
    assert sorted(answers) == sorted(ALL)
    assert all(len(why) > 10 for why in NOT_READING.values())


def test_what_is_proved_elsewhere_is_there() -> None:
    """The file has a test of that name."""
    for place in ELSEWHERE.values():
        path, _, name = place.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), place


def test_every_row_says_what_it_tries() -> None:
    """In a sentence, as tests do."""
    for one in ROWS:
        assert one.run.__doc__ or one.name.startswith("a_read_is_repeated"), one.name
    assert reading_rows.__doc__
    assert World.__doc__
