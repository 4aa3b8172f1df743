"""The words of a rule's test cases as typed models: a record, what happened, what must be said.

Only the form is here; whether a case makes sense is checked in `cases`. The words of a deal depend
on the org's own fields: `case_model` makes their model.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import Field, WithJsonSchema, create_model

from rules import vocabulary
from rules.checked import Severity
from rules.free_days import Span, read_span
from rules.subjects import FIELDS, OwnFields, fields_of
from rules.touch_words import SignalWord
from rules.vocabulary import FieldWord, Kind
from rules.words import (
    CalendarName,
    Closed,
    Day,
    Duration,
    Moment,
    Number,
    OneOrMany,
    StageWord,
    StateWord,
    Text,
    Words,
    YesNo,
    YesNoUnknown,
    reader,
)

DirectionWord = Annotated[str, Closed("a direction of an activity", vocabulary.ACTIVITY_DIRECTIONS)]

OutcomeWord = Annotated[str, Closed("an outcome", vocabulary.OUTCOMES)]
LinkWord = Annotated[
    str, Closed("something an activity is linked to", ("deal", "account", "contact"))
]
SpanOfDays = Annotated[
    Span,
    reader(read_span),
    WithJsonSchema({"type": "string", "examples": ["2026-11-16", "2026-11-16..2026-11-20"]}),
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
    pipeline: Text | None = None
    type: Text | None = None


class CaseActivityWords(Words):
    """Something that happened, in a test case: `on`, and one kind of activity."""

    on: Moment = Field(description="When it happened, local to the owner.")
    call: DirectionWord | None = Field(None, description="A call, by its direction.")
    email: DirectionWord | None = Field(None, description="A mail, by its direction.")
    message: DirectionWord | None = Field(None, description="A message, by its direction.")
    meeting: Text | None = Field(None, description="What it was about.")
    note: Text | None = Field(None, description="The text of the note.")
    task: Text | None = Field(None, description="The subject of the task.")
    case: Text | None = Field(None, description="A case of the client's that complains: its text.")
    outcome: OutcomeWord | None = Field(None, description="How it went.")
    by: Text = Field("owner", description="Who of us: owner, manager, team, or a name.")
    automated: YesNoUnknown = Field(False, description="Sent by a machine: yes, no or unknown.")
    with_client: YesNoUnknown = Field(True, description="Whether somebody of the client took part.")
    done: YesNo = Field(True, description="no: it is planned, or still to be done.")
    duration: Duration | None = Field(None, description="How long it took, such as 5 minutes.")
    subject: Text | None = Field(None, description="Its subject.")
    text: Text | None = Field(None, description="Its text.")
    linked_to: LinkWord = Field("deal", description="What it is linked to in the CRM.")
    client: Text | None = Field(None, description="Another client it was with, by name.")
    this: YesNo = Field(False, description="The one a rule about activities is judged for.")
    says: Annotated[tuple[SignalWord, ...], OneOrMany()] | None = Field(
        None, description="What its text says; without it the text is read."
    )
    due: Moment | None = Field(
        None,
        description="When its promise falls due, or which day it names for the next contact.",
    )


class CaseQuoteWords(Words):
    """A quote of the deal, in a test case."""

    on: Moment = Field(description="When it was made.")
    presented: YesNo = Field(True, description="Whether the client has it.")


class CaseFileWords(Words):
    """A file on the deal, in a test case."""

    on: Moment = Field(description="When it was put there.")
    name: Text = Field(description="What the file is called.")


class CaseStageWords(Words):
    """An earlier entry of the deal into a stage, in a test case."""

    on: Moment = Field(description="When it came in.")
    stage: StageWord = Field(description="Into which stage.")


class CasePersonWords(Words):
    """Someone of ours in a test case."""

    manager: Text | None = Field(None, description="Who leads them.")
    delegate: Text | None = Field(None, description="Who stands in for them.")
    active: YesNo = Field(True, description="no: they have left.")
    time_zone: Text = Field("UTC", description="Where they live.")
    region: Text | None = Field(None, description="Whose public holidays are free, such as DE-BY.")
    leave: Annotated[tuple[SpanOfDays, ...], OneOrMany()] = Field(
        (), description="Days of leave: 2026-11-16 or 2026-11-16..2026-11-20."
    )


class ExpectedTask(Words):
    """What the task must say; only what is named is compared."""

    to: Text | None = Field(None, description="Who gets it.")
    due: Day | None = Field(None, description="The day it is due.")
    subject: Text | None = Field(None, description="Its subject.")
    purpose: Text | None = Field(None, description="Its purpose.")
    opening: Text | None = Field(None, description="Its opening.")
    done_when: Text | None = Field(None, description="What closes it.")


class ExpectedLine(Words):
    """What the alert or the line of the digest must say."""

    to: Text | None = Field(None, description="Who is told.")
    text: Text | None = Field(None, description="The line.")


class ExpectWords(Words):
    """What the rule must say at a moment."""

    at: Moment = Field(description="The moment, local to the owner.")
    fires: YesNo = Field(description="Whether the rule holds.")
    next_check: Moment | None = Field(None, description="When time alone will change that.")
    task: ExpectedTask | None = Field(None, description="What the task says.")
    alert: ExpectedLine | None = Field(None, description="What the alert says.")
    digest: ExpectedLine | None = Field(None, description="What the line of the digest says.")
    severity: Annotated[str, Closed("a severity", tuple(Severity))] | None = Field(
        None, description="How grave it is by then."
    )


class CaseWords(Words):
    """An example of the rule: a record, what happened, what the rule must say when."""

    name: Text = Field(description="What the case shows.")
    deal: Any = Field(None, description="The deal; of a rule for deals, the one that is judged.")
    account: Any = Field(None, description="The account of a rule for accounts.")
    contact: Any = Field(None, description="The contact of a rule for contacts.")
    owner: Any = Field(None, description="The person of a rule for owners.")
    rating: Any = Field(None, description="The rating of a rule for ratings.")
    other_deals: tuple[Any, ...] = Field((), description="Further deals of the same account.")
    activities: tuple[CaseActivityWords, ...] = Field((), description="What happened.")
    quotes: tuple[CaseQuoteWords, ...] = Field((), description="Quotes of the deal.")
    files: tuple[CaseFileWords, ...] = Field((), description="Files on the deal.")
    stages: tuple[CaseStageWords, ...] = Field((), description="Earlier entries into stages.")
    people: dict[Text, CasePersonWords] = Field(
        default_factory=dict, description="Who of us there is, by name."
    )
    calendar: CalendarName | None = Field(None, description="Whose working hours everybody has.")
    expect: Annotated[tuple[ExpectWords, ...], OneOrMany()] = Field(
        description="What the rule must say, and when."
    )


#: The records a case can hold beside its activities, by the key they stand under.
RECORDS: Final = ("deal", "account", "contact", "owner", "rating")
#: Fields that follow from other records and cannot be written in a case.
_COUNTED: Final = frozenset(
    {"open_deals", "won_deals", "lost_deals", "won_amount", "first_won_at", "last_won_at"}
    | {"first_deal_at", "manager", "account"}
)
_VALUES: Final[Mapping[Kind, Any]] = {
    Kind.TEXT: Text,
    Kind.PERSON: Text,
    Kind.CHOICE: Text,
    Kind.NUMBER: Number,
    Kind.MONEY: Number,
    Kind.DATE: Day,
    Kind.MOMENT: Moment,
}


def case_model(record: str, own: OwnFields) -> type[Words]:
    """Return the model of a record in a case, with the org's own fields."""
    known = fields_of(record, own)
    mine = tuple(sorted((name, word) for name, word in known.items() if name not in FIELDS[record]))
    return _case_model(record, mine)


@lru_cache(maxsize=64)
def _case_model(record: str, mine: tuple[tuple[str, FieldWord], ...]) -> type[Words]:
    words = dict(mine)
    base: type[Words] = CaseDeal
    if record != "deal":
        base = Words
        words |= {name: w for name, w in FIELDS[record].items() if name not in _COUNTED}
    fields: dict[str, Any] = {
        name.replace(".", "__"): (_value(word) | None, Field(None, alias=name))
        for name, word in words.items()
    }
    model: type[Words] = create_model(f"Case{record.capitalize()}", __base__=base, **fields)
    return model


def _value(word: FieldWord) -> Any:
    if word.kind is Kind.CHOICE and word.choices:
        return Annotated[str, Closed(f"one of the words of {word.name}", word.choices)]
    return _VALUES[word.kind]
