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
from rules.where_words import Where
from rules.words import (
    STAGE_TITLE,
    Closed,
    Due,
    HowOften,
    LengthOfTime,
    OneOrMany,
    RuleId,
    StageWord,
    Text,
    Words,
    reader,
    shape,
)


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

SignalWord = Annotated[str, Closed("a signal that is looked for in texts", vocabulary.SIGNALS)]
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


class CountedActivity(Touch):
    """Which activities are counted: a touch, and what its text says."""

    says: Annotated[tuple[SignalWord, ...], OneOrMany()] = ()
    does_not_say: Annotated[tuple[SignalWord, ...], OneOrMany()] = ()


class Counted(Words):
    """What is counted."""

    activity: CountedActivity


class Count(Words):
    """Activities that happened at least so often in so long a time."""

    of: Counted
    in_last: LengthOfTime | None = None
    at_least: HowOften = 1


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


class StepWords(Words):
    """Who is told what when a task has stayed open for so long."""

    after: LengthOfTime
    to: Annotated[tuple[Receiver, ...], OneOrMany()]
    alert: Text | None = None


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
    """For which deals, where what holds, what is missing or counted, then what to write to whom."""

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
    count: Annotated[tuple[Count, ...], OneOrMany()] = ()
    then: Then | None = None
    escalate: Annotated[tuple[StepWords, ...], OneOrMany()] = ()
    start_from: StartWords = StartFrom(start=Start.AGE, length=Length(14, Unit.DAYS))
    late_counts: Annotated[str, Closed("a way to treat late answers", ("yes",))] = "yes"
    calendar: RuleId | None = None
    tests: tuple[CaseWords, ...] = ()


#: What a rule must have that extends no other, and what it must have at least one of.
REQUIRED: Final = ("rule", "title", "for", "then", "tests")
REASONS: Final = ("missing", "count")


def json_schema(stages: Iterable[str] = STAGES) -> dict[str, Any]:
    """The JSON Schema of a rule file, for editors: one rule or a list of rules."""
    schema = RuleWords.model_json_schema()
    definitions = {name: dict(form) for name, form in schema.pop("$defs").items()}
    for part in (
        "Missing",
        "Count",
        "Then",
        "Task",
    ):  # a rule that extends another may leave these open
        definitions[part].pop("required")
    definitions["StepWords"]["required"].append("alert")  # the reader asks for it in a sentence
    for part in ("Where", "CaseDeal"):
        for name, form in definitions[part]["properties"].items():
            form["description"] = DEAL_FIELDS[name].doc
    whole = {
        "anyOf": [{"required": ["extends"]}]
        + [{"required": [*REQUIRED, reason]} for reason in REASONS]
    }
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
