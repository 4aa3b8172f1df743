"""A promised quote, in both CRMs: its file alone is with nobody, a mail after it keeps the word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.firm import CRMS, Firm, reasons

pytestmark = pytest.mark.proof
RULES = "- {extends: shipped/promised-proposal, mode: live, escalate: []}\n"
STAGES = """\
stages:
  Proposal: [Proposal/Price Quote, Presentation Scheduled]
  Negotiation: [Negotiation/Review, Contract Sent]
"""


@pytest.fixture(params=CRMS)
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Firm]:
    """A firm that promised a quote nine days ago, for the next day."""
    made = Firm(tmp_path, request.param, rules=RULES, settings=STAGES)
    deal = made.open_deal("Northwind")
    with made.days_ago(9):
        made.crm.mail(deal, "I'll send you the quote tomorrow.")
    yield made
    made.close()


def deal_of(firm: Firm) -> str:
    """The one deal there is."""
    with firm.desk() as desk:
        rows = desk.mirror.connection.execute("SELECT id FROM deals").fetchall()
    return str(rows[0][0])


def test_a_file_alone_keeps_nothing_and_a_mail_after_it_does(firm: Firm) -> None:
    """The task is written beside the file, and closes by itself when the mail goes out."""
    firm.run()
    deal = deal_of(firm)
    with firm.days_ago(0, hours=-1):
        firm.crm.file(deal, "Northwind-Quote_v2.pdf")
    firm.run(later=dt.timedelta(hours=2))
    (task,) = firm.tasks()
    assert not task.closed
    with firm.days_ago(0, hours=-1):
        firm.crm.mail(deal, "Good morning, as we said.")
    firm.run(later=dt.timedelta(hours=2))
    (task,) = firm.tasks()
    assert task.closed


def test_a_file_of_another_name_keeps_nothing(firm: Firm) -> None:
    """Nor does a mail that goes out beside it."""
    firm.run()
    deal = deal_of(firm)
    with firm.days_ago(0, hours=-1):
        firm.crm.file(deal, "Floor plan.pdf")
        firm.crm.mail(deal, "Good morning, as we said.")
    again = firm.run(later=dt.timedelta(hours=2))
    (task,) = firm.tasks()
    assert not task.closed
    assert reasons(again) == ["ALREADY_OPEN"]
