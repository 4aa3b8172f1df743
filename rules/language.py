"""The YAML language as typed models: what may be written where. The JSON Schema comes from here.

Only the form is here: whether a rule makes sense is checked clause by clause in `conditions`,
`absences`, `texts` and `cases`. Which keys must be there is checked in `load`, so that one that is
missing does not hide what is wrong with the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from rules import vocabulary
from rules.case_words import CaseWords
from rules.checked import Mode, Severity, Start, StartFrom
from rules.lengths import Length, Unit
from rules.vocabulary import DEAL_FIELDS, STAGES
from rules.words import (
    STAGE_TITLE,
    Bare,
    Closed,
    DayOrMoment,
    Due,
    LengthOfTime,
    Number,
    OneOrMany,
    RuleId,
    StageWord,
    StateWord,
    Text,
    Words,
    YesNo,
    reader,
    shape,
    wrong,
)


class TextTest(Words):
    """Tests of a text. Upper and lower case are the same to `contains` and `starts_with`."""

    is_: Annotated[tuple[Text, ...], OneOrMany()] = Field((), alias="is")
    is_not: Annotated[tuple[Text, ...], OneOrMany()] = ()
    contains: Text | None = None
    starts_with: Text | None = None
    is_empty: YesNo | None = None


class PersonTest(Words):
    """Tests of a person, by name."""

    is_: Annotated[tuple[Text, ...], OneOrMany()] = Field((), alias="is")
    is_not: Annotated[tuple[Text, ...], OneOrMany()] = ()
    is_empty: YesNo | None = None


class StateTest(Words):
    """Tests of the state of a deal."""

    is_: Annotated[tuple[StateWord, ...], OneOrMany()] = Field((), alias="is")
    is_not: Annotated[tuple[StateWord, ...], OneOrMany()] = ()


class StageTest(Words):
    """Tests of the stage of a deal."""

    is_: Annotated[tuple[StageWord, ...], OneOrMany()] = Field((), alias="is")
    is_not: Annotated[tuple[StageWord, ...], OneOrMany()] = ()


class NumberTest(Words):
    """Tests of a number; a bare number means exactly this one."""

    at_least: Number | None = None
    at_most: Number | None = None
    more_than: Number | None = None
    below: Number | None = None
    is_empty: YesNo | None = None


class DateTest(Words):
    """Tests of a day or a moment. `before` and `after` leave out the day or moment they name."""

    before: DayOrMoment | None = None
    after: DayOrMoment | None = None
    older_than: LengthOfTime | None = None
    newer_than: LengthOfTime | None = None
    is_empty: YesNo | None = None


def _is(value: str | list[Any]) -> dict[str, Any]:
    return {"is": value}


def _exactly(value: str | list[Any]) -> dict[str, Any]:
    if isinstance(value, list):
        raise wrong('a number is not compared with a list. Write for example "{at_least: 50000}".')
    return {"at_least": value, "at_most": value}


def _no_bare_date(value: str | list[Any]) -> dict[str, Any]:
    raise wrong(
        "say how to compare the time. Write for example "
        '"{newer_than: 60 days}" or "{after: 2026-11-12}".'
    )


TextTests = Annotated[TextTest, Bare(_is, like="is")]
PersonTests = Annotated[PersonTest, Bare(_is, like="is")]
StateTests = Annotated[StateTest, Bare(_is, like="is")]
StageTests = Annotated[StageTest, Bare(_is, like="is")]
NumberTests = Annotated[NumberTest, Bare(_exactly, like="at_least")]
DateTests = Annotated[DateTest, Bare(_no_bare_date, like="")]


class Where(Words):
    """Conditions on the fields of the deal; all must hold."""

    name: TextTests | None = None
    account: TextTests | None = None
    owner: PersonTests | None = None
    stage: StageTests | None = None
    state: StateTests | None = None
    amount: NumberTests | None = None
    currency: TextTests | None = None
    probability: NumberTests | None = None
    close_date: DateTests | None = None
    next_step: TextTests | None = None
    created_at: DateTests | None = None
    won_at: DateTests | None = None
    closed_at: DateTests | None = None
    stage_entered_at: DateTests | None = None


class ByStage(Words):
    """A length for each stage."""

    by_stage: dict[StageWord, LengthOfTime]


LimitWords = Annotated[
    Annotated[LengthOfTime, Tag("text")] | Annotated[ByStage, Tag("entries")],
    Discriminator(shape),
]
_MOMENTS: Final = {name: DEAL_FIELDS[name].doc for name in vocabulary.MOMENTS}
MomentWord = Annotated[str, Closed("a moment of a deal", _MOMENTS)]
Who = Annotated[str, Closed("someone of us a touch can come from", vocabulary.WHO)]
ActivityWord = Annotated[str, Closed("a kind of activity", vocabulary.ACTIVITY_KINDS)]

Receiver = Annotated[str, Closed("someone who can get a task", vocabulary.RECEIVERS)]


class Touch(Words):
    """Which contact with the client counts."""

    by: Annotated[tuple[Who, ...], OneOrMany()] = ("anyone",)
    at_least: Annotated[str, Closed("a grade of evidence", vocabulary.GRADES)] = "C"
    direction: Annotated[str, Closed("a direction", vocabulary.DIRECTIONS)] = "any"
    type: Annotated[tuple[ActivityWord, ...], OneOrMany()] = vocabulary.ACTIVITY_KINDS


class Missing(Words):
    """A touch that is missing: `after` and `within`, or `in_last` and `counting_from`."""

    touch: Touch
    after: MomentWord | None = None
    within: LimitWords | None = None
    in_last: LimitWords | None = None
    counting_from: MomentWord | None = None


class Task(Words):
    """The task to write into the CRM."""

    to: Annotated[tuple[Receiver, ...], OneOrMany()]
    subject: Text
    purpose: Text
    opening: Text
    done_when: Text
    due: Due
    priority: Annotated[str, Closed("a priority", ("normal", "high"))] = "normal"


class Then(Words):
    """What to do about it."""

    task: Task


class Backfill(Words):
    """A backlog that is wanted."""

    backfill: LengthOfTime


def _start(text: str) -> StartFrom:
    if text == "enabled":
        return StartFrom(start=Start.ENABLED, length=None)
    return StartFrom(start=Start.AGE, length=Length.parse(text))


StartWords = Annotated[
    Annotated[
        StartFrom,
        reader(_start),
        WithJsonSchema({"type": "string", "examples": ["14 days", "enabled"]}),
        Tag("text"),
    ]
    | Annotated[Backfill, Tag("entries")],
    Discriminator(shape),
]


Subject = Annotated[str, Closed("something a rule can be for", ("deal",))]


class RuleWords(Words):
    """For which deals, where what holds, what is missing, then what to write to whom."""

    rule: RuleId | None = Field(None, description="The identity of the rule; never used again.")
    title: Text | None = None
    about: Text = ""
    severity: Annotated[str, Closed("a severity", tuple(Severity))] = "medium"
    tags: Annotated[tuple[Text, ...], OneOrMany()] = ()
    mode: Annotated[str, Closed("a mode", tuple(Mode))] = "shadow"
    was: RuleId | None = Field(None, description="The name the rule had before.")
    extends: Text | None = Field(None, description="The shipped rule it differs from.")
    for_: Subject | None = Field(None, alias="for")
    where: Where | None = None
    missing: Annotated[tuple[Missing, ...], OneOrMany()] = ()
    then: Then | None = None
    start_from: StartWords = StartFrom(start=Start.AGE, length=Length(14, Unit.DAYS))
    late_counts: Annotated[str, Closed("a way to treat late answers", ("yes",))] = "yes"
    calendar: RuleId | None = None
    tests: tuple[CaseWords, ...] = ()


#: What a rule must have that extends no other.
REQUIRED: Final = ("rule", "title", "for", "missing", "then", "tests")


def json_schema(stages: Iterable[str] = STAGES) -> dict[str, Any]:
    """The JSON Schema of a rule file, for editors: one rule or a list of rules."""
    schema = RuleWords.model_json_schema()
    definitions = {name: dict(form) for name, form in schema.pop("$defs").items()}
    for part in ("Missing", "Then", "Task"):  # a rule that extends another may leave these open
        definitions[part].pop("required")
    for part in ("Where", "CaseDeal"):
        for name, form in definitions[part]["properties"].items():
            form["description"] = DEAL_FIELDS[name].doc
    whole = {"anyOf": [{"required": ["extends"]}, {"required": [*REQUIRED]}]}
    definitions["Rule"] = schema | whole
    rule = {"$ref": "#/$defs/Rule"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Followthrough rules",
        "anyOf": [rule, {"type": "array", "items": rule}],
        "$defs": _tidied(definitions, sorted(stages)),
    }


def _tidied(schema: Any, stages: list[str]) -> Any:
    """The schema with the org's stages in it, and without the nulls that no file may hold."""
    if isinstance(schema, list):
        return [_tidied(one, stages) for one in schema if one != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    if schema.get("title") == STAGE_TITLE:
        return {"enum": stages}
    return {
        key: _tidied(value, stages)
        for key, value in schema.items()
        if not (key == "default" and (value is None or isinstance(value, (dict, list))))
    }
