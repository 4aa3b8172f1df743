"""The demo's story at many moments: weekends, clock changes, the turn of the year."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.simulator.company import DIALECTS
from tests.journeys import test_conformance as suite

MOMENTS = [*suite.MOMENTS, *suite.MORE_MOMENTS]


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_dialect_gives_the_same_findings_and_tasks(moment: str) -> None:
    """Rule, record, anchor, evidence, receiver and words: byte by byte."""
    suite.same_findings(moment)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("crm", DIALECTS)
def test_the_story_leads_to_ten_tasks_and_the_second_pass_to_none(crm: str, moment: str) -> None:
    """Told on any day, the same deals need a word and the same do not."""
    suite.ten_tasks_then_none(crm, moment)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("crm", DIALECTS)
def test_the_tasks_quote_what_was_written(crm: str, moment: str) -> None:
    """A promise, three mails in German and half a note; the same words with a purpose are left."""
    suite.texts_are_quoted(crm, moment)


@pytest.mark.parametrize("moment", suite.MOMENTS)
def test_the_whole_pack_says_the_same_in_every_dialect(moment: str, tmp_path: Path) -> None:
    """Every rule of the pack holds for somebody, the same in both, and only once."""
    suite.the_whole_pack(moment, tmp_path)
