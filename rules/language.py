"""The YAML language as typed models: what may be written where. The JSON Schema comes from here.

Only the form is here: whether a rule makes sense is checked clause by clause in `conditions`,
`absences`, `texts` and `cases`. Which keys must be there is checked in `reading`, so that one that
is missing does not hide what is wrong with the others. The words of `where` depend on the subject
and on the org's own fields: `where_words` makes their models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from rules import vocabulary
from rules.case_words import RECORDS, CaseWords, case_model
from rules.checked import Mode, Severity, Start, StartFrom
from rules.lengths import Length, Unit
from rules.problems import did_you_mean, shown
from rules.subjects import OwnFields, fields_of, moments_of
from rules.touch_words import CountedActivity, EventWords, OwnActivity
from rules.vocabulary import STAGES
from rules.where_words import LimitWords, where_model
from rules.words import (
    STAGE_TITLE,
    CalendarName,
    Closed,
    Day,
    Due,
    HowOften,
    LengthOfTime,
    OneOrMany,
    RuleId,
    Share,
    Text,
    Wait,
    Words,
    YesNo,
    known,
    reader,
    shape,
)

GROWS: Final = "grows"


class FromEvent(Words):
    """A clock that begins with an activity: the first, the last, or each of them."""

    first: EventWords | None = Field(None, description="The first such activity is the clock.")
    last: EventWords | None = Field(None, description="The latest such activity is the clock.")
    each: EventWords | None = Field(
        None, description="The oldest that nothing has answered is the clock."
    )
    otherwise: Text | None = Field(
        None, description="The moment that serves where there is no such activity."
    )
    newer_than: LengthOfTime | None = Field(
        None, description="What is older begins nothing, so that it hides nothing newer."
    )


StartOfClock = Annotated[
    Annotated[Text, Tag("text")] | Annotated[FromEvent, Tag("entries")], Discriminator(shape)
]


class SoonerWords(Words):
    """What makes it due sooner."""

    activity: CountedActivity = Field(
        description="Which activity, since the clock began; of an activity, what it says itself."
    )
    within: LengthOfTime = Field(description="How long there is from then, if that is sooner.")


class Missing(EventWords):
    """Something that is missing: `after` and `within`, or `in_last` and `counting_from`."""

    any_of: tuple[EventWords, ...] = Field((), description="One of these would do.")
    all_of: tuple[EventWords, ...] = Field((), description="Every one of these is wanted.")
    after: StartOfClock | None = Field(None, description="What starts the clock.")
    within: LimitWords | None = Field(None, description="How long there is; the end is exclusive.")
    sooner: SoonerWords | None = Field(
        None, description="With within: what makes it due sooner, such as a client who asks."
    )
    in_last: LimitWords | None = Field(None, description="How long it has been missing by now.")
    counting_from: Text | None = Field(
        None,
        description="With in_last: not before this moment. With within: promise.due or "
        "meeting.end, from which the time runs.",
    )


class Counted(Words):
    """What is counted."""

    activity: OwnActivity = Field(description="Which activities.")


class Count(Words):
    """Activities that happened so often, or so seldom, in so long a time."""

    of: Counted = Field(description="Which activities are counted.")
    in_last: LengthOfTime | None = Field(None, description="In how long a time, back from now.")
    after: StartOfClock | None = Field(
        None, description="Only what came later than this moment, or than the last of something."
    )
    at_least: HowOften | None = Field(None, description="So many or more.")
    at_most: HowOften | None = Field(None, description="So many or fewer.")
    older_than: LengthOfTime | None = Field(None, description="Only those that are so old.")


class RatioWords(Words):
    """What part of a person's activities is of a kind."""

    of: Counted = Field(description="The activities of the kind.")
    to: Counted = Field(description="All the activities they are compared with.")
    in_last: LengthOfTime | None = Field(None, description="In how long a time, back from now.")
    below: Share | None = Field(None, description="It holds below this part, such as 50 %.")
    above: Share | None = Field(None, description="It holds above this part.")
    from_: HowOften = Field(8, alias="from", description="Fewer than this say nothing.")


def _receiver(text: str) -> str:
    word, colon, name = (part.strip() for part in text.partition(":"))
    if colon and word in vocabulary.NAMED_RECEIVERS:
        if not name:
            raise ValueError(f'"{word}:" needs a name behind it, such as "{_NAMED[word]}".')
        return f"{word}:{name}"
    if text in vocabulary.RECEIVERS:
        return text
    guess = did_you_mean(f"{word}:", [f"{one}:" for one in _NAMED]) if colon else ""
    guess = guess or did_you_mean(text, vocabulary.RECEIVERS)
    named = "" if guess or colon else f' Someone by name is written "person:{text}".'
    roles = known(vocabulary.RECEIVERS, guess)
    raise ValueError(f"{shown(text)} is not someone who can get a task.{guess}{named}{roles}")


#: How a receiver is named that is no role.
_NAMED: Final = {"queue": "queue:Support", "person": "person:Dana Ruiz"}
assert _NAMED.keys() == vocabulary.NAMED_RECEIVERS.keys()


Receiver = Annotated[
    str,
    reader(_receiver),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [*vocabulary.RECEIVERS]},
                {"type": "string", "pattern": "^(queue|person):.+"},
            ]
        }
    ),
]
Receivers = Annotated[tuple[Receiver, ...], OneOrMany()]


class Task(Words):
    """The task to write into the CRM."""

    to: Receivers = Field(description="Who gets it: the first in the list who is there.")
    subject: Text = Field(description="One line, the verb first, the client named.")
    purpose: Text = Field(description="Why it matters to the client, one sentence.")
    opening: Text = Field(description="A first sentence to say or write.")
    done_when: Text = Field(description="The exact thing that closes it.")
    due: Due = Field(description="When it is due, from when it is written.")
    priority: Annotated[str, Closed("a priority", ("normal", "high"))] = Field(
        "normal", description="normal or high."
    )


class LineWords(Words):
    """One line for somebody."""

    to: Receivers = Field(description="Who is told: the first in the list who is there.")
    text: Text = Field(description="The line itself.")


class Then(Words):
    """What to do about it: a task, an alert, or a line of somebody's digest."""

    task: Task | None = Field(
        None,
        description="A task in the CRM; it closes by itself when the finding ends. With extends, "
        "no takes the shipped one and its steps away.",
    )
    alert: LineWords | None = Field(None, description="Told at once, at most once.")
    digest: LineWords | None = Field(None, description="A line of their weekly digest.")


class StepTask(Words):
    """The task of a step; what is not written is as in the rule's own task."""

    subject: Text = Field(description="One line, the verb first.")
    purpose: Text | None = Field(None, description="Why it matters to the client.")
    opening: Text | None = Field(None, description="A first sentence to say or write.")
    done_when: Text | None = Field(None, description="The exact thing that closes it.")
    due: Due | None = Field(None, description="When it is due.")
    priority: Annotated[str, Closed("a priority", ("normal", "high"))] | None = Field(
        None, description="normal or high."
    )


class StepWords(Words):
    """Who is told what when a task has stayed open for so long."""

    after: Wait = Field(
        description="How long after the task was written, such as 3 business days, "
        "the limit again or 3 times the limit."
    )
    to: Receivers = Field((), description="Who is told: the first in the list who is there.")
    alert: Text | None = Field(None, description="A line told at once, at most once.")
    task: StepTask | None = Field(None, description="A task for them.")
    digest: Receivers = Field((), description="Whose digest gets a line about it.")
    text: Text | None = Field(None, description="The line of the digest.")


class RuleLimits(Words):
    """How much the rule may write, beside the limits of the org."""

    per_owner_per_day: HowOften | None = Field(
        None, description="So many new tasks a person and day, at most."
    )
    per_run: HowOften | None = Field(None, description="So many new tasks a run, at most.")
    repeat: Annotated[Length | None, reader(lambda text: _repeat(text))] = Field(
        None, description="once (the default), or after 14 days."
    )
    reopen_within: LengthOfTime | None = Field(
        None,
        description="A task we closed is opened again, instead of a new one, if the rule holds "
        "anew so soon.",
    )


def _repeat(text: str) -> Length | None:
    if text.strip() == "once":
        return None
    word, _, length = text.strip().partition(" ")
    if word != "after":
        raise ValueError(f'{shown(text)} is not known here. Write "once" or "after 14 days".')
    return Length.parse(length)


class ResolveWords(Words):
    """When a finding is over although it still holds, and what the task says then."""

    when: Any = Field(None, description="Conditions under which it is over.")
    close_task_with: Text | None = Field(None, description="The line written into the task.")


class Backfill(Words):
    """A backlog that is wanted."""

    backfill: LengthOfTime = Field(description="How old an episode may be.")


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


Subject = Annotated[str, Closed("something a rule can be for", vocabulary.SUBJECTS)]
SEVERITIES: Final = {
    **{str(word): f"Always {word}." for word in Severity},
    GROWS: "Low at first, medium from one and a half times the limit, high from three times.",
}


MODES: Final[Mapping[str, str]] = {
    "shadow": "Its findings are reported, and nothing is written; what a rule begins with.",
    "pilot": "Written for the people named under pilot: in followthrough.yaml.",
    "live": "Written for everybody.",
}
assert MODES.keys() == set(Mode)


class RuleWords(Words):
    """For which records, where what holds, what is missing or counted, then what to write."""

    rule: RuleId | None = Field(None, description="The identity of the rule; never used again.")
    title: Text | None = Field(None, description="What the rule notices, for people.")
    about: Text = Field("", description="Why it matters, for whoever edits the rule.")
    severity: Annotated[str, Closed("a severity", SEVERITIES)] = Field(
        "medium", description="How grave it is; the gravest come first."
    )
    tags: Annotated[tuple[Text, ...], OneOrMany()] = Field(
        (), description="Words of your own, to find rules by."
    )
    mode: Annotated[str, Closed("a mode", MODES)] = Field(
        "shadow", description="Whether its findings are reported only, or written, and for whom."
    )
    was: RuleId | None = Field(None, description="The name the rule had before.")
    extends: Text | None = Field(None, description="The shipped rule it differs from.")
    from_: Day | None = Field(None, alias="from", description="The first day it is in force.")
    until: Day | None = Field(None, description="The last day it is in force.")
    for_: Subject | None = Field(None, alias="for", description="What the rule is for.")
    where: Any = Field(None, description="What must hold.")
    missing: Annotated[tuple[Missing, ...], OneOrMany()] = Field(
        (), description="What should have been. The first is the duty, others hold it back."
    )
    count: Annotated[tuple[Count, ...], OneOrMany()] = Field(
        (), description="What happened too often, or too seldom."
    )
    ratio: Annotated[tuple[RatioWords, ...], OneOrMany()] = Field(
        (), description="What part of a person's activities is of a kind."
    )
    then: Then | None = Field(None, description="What to write, and to whom.")
    escalate: Annotated[tuple[StepWords, ...], OneOrMany()] = Field(
        (), description="Who is told when the task stays open."
    )
    resolve: ResolveWords | None = Field(None, description="When it is over, and what is said.")
    limits: RuleLimits | None = Field(None, description="How much it may write.")
    start_from: StartWords = Field(
        StartFrom(start=Start.AGE, length=Length(14, Unit.DAYS)),
        description="How old an episode may be when the rule goes live.",
    )
    lone_deals: YesNo = Field(
        False, description="For accounts: whether deals without one are judged, too."
    )
    late_counts: YesNo = Field(True, description="Whether a late answer clears it.")
    calendar: CalendarName | None = Field(None, description="Whose working hours count.")
    tests: tuple[CaseWords, ...] = Field((), description="Examples, in the rule's own words.")


#: In the place of what the rule that is extended writes.
NOT_WANTED: Final = {"enum": ["no", False]}

#: What a rule must have that extends no other, and what it must have at least one of.
REQUIRED: Final = ("rule", "title", "for", "then", "tests")
REASONS: Final = ("where", "missing", "count", "ratio")


def json_schema(stages: Iterable[str] = STAGES, own: OwnFields | None = None) -> dict[str, Any]:
    """The JSON Schema of a rule file, for editors: one rule or a list of rules."""
    schema = RuleWords.model_json_schema()
    definitions = {name: dict(form) for name, form in schema.pop("$defs").items()}
    for part in ("Missing", "Count", "RatioWords", "Then", "Task", "LineWords"):
        definitions[part].pop("required", None)  # a rule that extends another may leave these open
    for name, form in definitions["Then"]["properties"].items():  # `task: no`, where it extends
        definitions["Then"]["properties"][name] = form | {"anyOf": [*form["anyOf"], NOT_WANTED]}
    definitions["StepWords"]["oneOf"] = [{"required": [one]} for one in ("alert", "task", "digest")]
    whole = {
        "anyOf": [{"required": ["extends"]}]
        + [{"required": [*REQUIRED, reason]} for reason in REASONS],
        "allOf": _wheres(own or {}, definitions),
    }
    definitions["CaseWords"]["properties"] |= _cases(own or {}, definitions)
    definitions["Rule"] = schema | whole
    rule = {"$ref": "#/$defs/Rule"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Followthrough rules",
        "anyOf": [rule, {"type": "array", "items": rule}],
        "$defs": _tidied(definitions, sorted(stages)),
    }


def _wheres(own: OwnFields, definitions: dict[str, Any]) -> list[dict[str, Any]]:
    """For each subject: if a rule is for it, its `where` has these words.

    A rule that extends another need not say what it is for: there any subject's words may stand.
    """
    wheres = {
        subject: _defined(where_model(subject, own), definitions) for subject in vocabulary.SUBJECTS
    }
    found = [
        {
            "if": {"properties": {"for": {"const": subject}}, "required": ["for"]},
            "then": _where_is(where),
        }
        for subject, where in wheres.items()
    ]
    return [*found, {"if": {"required": ["for"]}, "else": _where_is({"anyOf": [*wheres.values()]})}]


def _where_is(form: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"where": form, "resolve": {"properties": {"when": form}}}}


def _cases(own: OwnFields, definitions: dict[str, Any]) -> dict[str, Any]:
    """The records of a case, whose words depend on the org's own fields."""
    words = definitions["CaseWords"]["properties"]
    found = {}
    for record in RECORDS:
        model = case_model(record, own)
        found[record] = words[record] | _defined(model, definitions)
        docs = {name: word.doc for name, word in fields_of(record, own).items()}
        for name, form in definitions[model.__name__]["properties"].items():
            form["description"] = docs[name]
    found["other_deals"] = words["other_deals"] | {"items": {"$ref": found["deal"]["$ref"]}}
    return found


def _defined(model: type[Words], definitions: dict[str, Any]) -> dict[str, Any]:
    """Put a model and what it uses among the definitions; return the reference to it."""
    schema = model.model_json_schema(ref_template="#/$defs/{model}")
    definitions |= {name: dict(form) for name, form in schema.pop("$defs", {}).items()}
    if "$ref" in schema:  # a model that holds itself is among them already
        return {"$ref": schema["$ref"]}
    definitions[model.__name__] = schema
    return {"$ref": f"#/$defs/{model.__name__}"}


def moment_docs(subject: str, own: OwnFields) -> Mapping[str, str]:
    """Return the moments at which a clock can start for this subject, with what they are."""
    return {name: word.doc for name, word in moments_of(subject, own).items()}


def _tidied(schema: Any, stages: list[str]) -> Any:
    """The schema with the org's stages in it, and without what says nothing to an editor.

    That is: the nulls, which no file may hold, and titles that only repeat the word.
    """
    if isinstance(schema, list):
        return [_tidied(one, stages) for one in schema if one != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    if schema.get("title") == STAGE_TITLE:
        return {"enum": stages}
    tidy = {key: _tidied(value, stages) for key, value in schema.items() if _says(key, value)}
    some = tidy.get("anyOf", ())
    if len(some) == 1 and not some[0].keys() & tidy.keys():
        tidy |= some[0]
        del tidy["anyOf"]
    return tidy


def _says(key: str, value: Any) -> bool:
    if key == "default":
        return value is not None and not isinstance(value, (dict, list))
    return not (key == "title" and isinstance(value, str) and value != STAGE_TITLE)
