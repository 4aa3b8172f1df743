"""A field of the org's own that the worker may not see stops what needs it, in both CRMs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.load import Source, load
from tests.worker.firm import CRMS, WON, Firm
from worker import rule_files
from worker.desk import open_desk
from worker.passes import run_pass

pytestmark = pytest.mark.proof
FIELDS = "fields: {deal: {tier: {from: {salesforce: Tier__c, hubspot: tier}, kind: text}}}\n"
GOLD = """\
- extends: shipped/won-no-follow-up
  rule: gold-no-follow-up
  mode: live
  where: {tier: {is_not: gold}}
  tests:
    - name: silence
      deal: {state: won, won_at: 2026-11-12 10:00}
      expect: [{at: 2026-11-19 10:01, fires: yes}]
    - name: gold
      deal: {state: won, won_at: 2026-11-12 10:00, tier: gold}
      expect: [{at: 2026-11-19 10:01, fires: no}]
"""


@pytest.fixture(params=CRMS)
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Firm]:
    """A firm that sold a deal, and whose rules name a field that nobody shows to the worker."""
    made = Firm(tmp_path, request.param, rules=WON, settings=FIELDS)
    made.won()
    yield made
    made.close()


def test_the_rule_that_needs_it_is_not_evaluable(firm: Firm) -> None:
    """It would hold for every deal, as nothing is not gold; the other rule is judged."""
    settings = firm.settings()
    text = Source(path="r.yaml", text=WON + GOLD)
    found, problems = load([text], shipped=rule_files.shipped(), fields=settings.fields)
    assert problems == []
    rules = {one.id: one for one in found.active}
    with open_desk(settings, rules, clock=firm.clock) as desk:
        done = run_pass(desk, "once", read=True, write=True)
    (unfit,) = done.evaluation.not_evaluable
    assert unfit.rule == "gold-no-follow-up"
    assert any(name in unfit.why for name in ("Tier__c", "property tier of deals"))
    assert [one.rule for one in done.plan.creates] == ["won-no-follow-up"]
