"""The words of a rule's test cases as typed models: a deal, what happened, what must be said when.

Only the form is here; whether a case makes sense is checked in `cases`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rules import vocabulary
from rules.words import (
    Closed,
    Day,
    Duration,
    Moment,
    Number,
    OneOrMany,
    RuleId,
    StageWord,
    StateWord,
    Text,
    Words,
    YesNo,
    YesNoUnknown,
)

DirectionWord = Annotated[str, Closed("a direction of an activity", vocabulary.ACTIVITY_DIRECTIONS)]

OutcomeWord = Annotated[str, Closed("an outcome", vocabulary.OUTCOMES)]
LinkWord = Annotated[
    str, Closed("something an activity is linked to", ("deal", "account", "contact"))
]


class CaseDeal(Words):
    """The deal of a test case; what is not written is empty in the CRM."""

    name: Text | None = None
    account: Text | None = None
    owner: Text | None = None
    stage: StageWord | None = None
    state: StateWord | None = None
    amount: Number | None = None
    currency: Text | None = None
    probability: Number | None = None
    close_date: Day | None = None
    next_step: Text | None = None
    created_at: Moment | None = None
    won_at: Moment | None = None
    closed_at: Moment | None = None
    stage_entered_at: Moment | None = None


class CaseActivityWords(Words):
    """Something that happened, in a test case: `on`, and one kind of activity."""

    on: Moment
    call: DirectionWord | None = None
    email: DirectionWord | None = None
    message: DirectionWord | None = None
    meeting: Text | None = Field(None, description="What it was about.")
    note: Text | None = Field(None, description="The text of the note.")
    task: Text | None = Field(None, description="The subject of the task.")
    outcome: OutcomeWord | None = None
    by: Text = "owner"
    automated: YesNoUnknown = False
    with_client: YesNoUnknown = True
    done: YesNo = True
    duration: Duration | None = None
    subject: Text | None = None
    text: Text | None = None
    linked_to: LinkWord = "deal"


class CasePersonWords(Words):
    """Someone of ours in a test case."""

    manager: Text | None = None
    active: YesNo = True
    time_zone: Text = "UTC"


class ExpectedTask(Words):
    """What the task must say; only what is named is compared."""

    to: Text | None = None
    due: Day | None = None
    subject: Text | None = None
    purpose: Text | None = None
    opening: Text | None = None
    done_when: Text | None = None


class ExpectWords(Words):
    """What the rule must say at a moment."""

    at: Moment
    fires: YesNo
    next_check: Moment | None = None
    task: ExpectedTask | None = None


class CaseWords(Words):
    """An example of the rule: a deal, what happened, what the rule must say when."""

    name: Text
    deal: CaseDeal
    activities: tuple[CaseActivityWords, ...] = ()
    people: dict[Text, CasePersonWords] = Field(default_factory=dict)
    calendar: RuleId | None = None
    expect: Annotated[tuple[ExpectWords, ...], OneOrMany()]
