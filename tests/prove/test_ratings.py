"""What clients think of us, from a mapping of followthrough.yaml, in both CRMs.

On HubSpot it stands on tickets, or in an object of the account's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.firm import CRMS, Firm

pytestmark = pytest.mark.proof
RULES = """\
- rule: poor-rating
  title: A client is not happy with us, and nobody has spoken to them
  mode: live
  for: rating
  where: {category: [poor, fair], at: {newer_than: 30 days}}
  missing:
    touch: {at_least: C}
    after: at
    within: 1 business day
  then:
    task:
      to: [owner]
      subject: "Call {account}: they were not happy on {anchor:day}"
      purpose: "They told us what they think, and wait for an answer."
      opening: "The purpose of my call is to hear what we should do better."
      done_when: "a call connects, or you meet"
      due: 1 business day
  tests:
    - name: poor, and silence
      rating: {category: poor, at: 2026-11-12 10:00, owner: dana}
      expect: [{at: 2026-11-13 10:00, fires: yes, task: {to: dana}}]
    - name: a good word
      rating: {category: good, at: 2026-11-12 10:00, owner: dana}
      expect: [{at: 2026-11-13 10:00, fires: no}]
"""


@pytest.fixture(params=[*CRMS, "hubspot_own"])
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Firm]:
    """A firm with two clients who answered nine days ago: one is unhappy, one is not."""
    made = Firm(tmp_path, request.param, rules=RULES)
    made.say(settings=f"objects: {{ratings: {made.crm.ratings}}}\n")
    for client, grade in (("Northwind", "2"), ("Contoso", "4")):
        deal = made.open_deal(client)
        with made.days_ago(9):
            made.crm.rate(deal, made.people["sam"], grade, "2026-11-10")
    yield made
    made.close()


def test_an_unhappy_client_is_called_and_a_happy_one_is_not(firm: Firm) -> None:
    """One task, for the one it is about; it closes when somebody has spoken to them."""
    firm.run()
    (task,) = firm.tasks()
    assert task.subject == "Call Northwind: they were not happy on 10 Nov"
    assert (task.owner_id, task.closed) == (firm.people["sam"], False)
    with firm.desk() as desk:
        (row,) = desk.mirror.connection.execute(
            "SELECT id FROM deals WHERE name LIKE 'Northwind%'"
        ).fetchall()
    firm.call(row[0])
    firm.run(later=dt.timedelta(hours=1))
    (task,) = firm.tasks()
    assert task.closed


def test_an_object_that_is_hidden_is_told_and_nobody_is_judged(tmp_path: Path) -> None:
    """Without the scope the pass goes on, says which one is missing, and writes no task."""
    made = Firm(tmp_path, "hubspot_own", rules=RULES)
    made.say(settings=f"objects: {{ratings: {made.crm.ratings}}}\n")
    made.crm.portal.missing = frozenset({"crm.objects.custom.read"})
    with made.days_ago(9):
        made.crm.rate(made.open_deal("Northwind"), made.people["sam"], "2", "2026-11-10")
    done = made.run()
    assert made.tasks() == []
    with made.desk() as desk:
        spots = [one for one in desk.connector.blind_spots() if one.stream == "ratings"]
    assert [one.field for one in spots] == [None]
    assert "crm.objects.custom.read" in spots[0].why
    assert "crm.objects.custom.read" in str(done)
    made.close()
