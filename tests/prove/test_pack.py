"""The shipped rules' own cases, as `followthrough rules test` runs them in every `make check`."""

from __future__ import annotations

import pytest

from rules.testing import run_cases
from tests.rules.test_shipped import RULES
from tests.rules.world import BENCH


@pytest.mark.parametrize("name", RULES)
def test_its_own_cases_hold(name: str) -> None:
    """Through the real engine, one by one, each said by its name."""
    results = run_cases(RULES[name], BENCH)
    assert [one.case for one in results] == [case.name for case in RULES[name].cases]
    assert [str(p) for one in results for p in one.differences] == []
