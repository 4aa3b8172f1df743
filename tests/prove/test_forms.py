"""Every form of the language: its cases hold, and each of its conditions decides one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.case_coverage import never_false
from tests.rules.test_forms import FORMS, ON, RELATIVES, differences, loaded


@pytest.mark.parametrize(
    "path", [one for one in FORMS if one.stem in RELATIVES], ids=lambda path: path.stem
)
def test_its_cases_hold(path: Path) -> None:
    """What the form is for fires, and what stands just beside it stays quiet."""
    assert differences(path) == []


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_each_condition_decides_a_case(path: Path) -> None:
    """A condition that is never false might as well not be there: its cases would show nothing."""
    rule = loaded(path.read_text(encoding="utf-8"))
    assert [str(problem) for problem in never_false(rule, ON)] == []
