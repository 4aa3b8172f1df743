"""The words of `where` as typed models: which tests a field can have, for each subject.

Only the form is here; whether the tests can hold together is checked in `conditions`. The models
of a subject are made from its fields, an org's own among them, once for each set of fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import Discriminator, Field, Tag, create_model

from rules import scalars, vocabulary
from rules.problems import shown
from rules.subjects import FIELDS, OwnFields, fields_of
from rules.touch_words import CountedActivity
from rules.vocabulary import FieldWord, Kind
from rules.words import (
    PLAIN_TEXT,
    STAGE_TITLE,
    Bare,
    Closed,
    DayOrMoment,
    LengthOfTime,
    Number,
    OneOrMany,
    StageWord,
    StateWord,
    Text,
    Words,
    YesNo,
    one_or_many,
    shape,
    wrong,
)


class TextTest(Words):
    """Tests of a text. Upper and lower case are the same to `contains` and `starts_with`."""

    is_: Annotated[tuple[Text, ...], OneOrMany()] = Field(
        (), alias="is", description="Exactly one of these, whatever the case."
    )
    is_not: Annotated[tuple[Text, ...], OneOrMany()] = Field((), description="None of these.")
    contains: Text | None = Field(None, description="These letters are in it.")
    starts_with: Text | None = Field(None, description="It begins with these letters.")
    is_empty: YesNo | None = Field(None, description="yes: nothing is written; no: something is.")


class PersonTest(Words):
    """Tests of a person, by name."""

    is_: Annotated[tuple[Text, ...], OneOrMany()] = Field(
        (), alias="is", description="One of these people."
    )
    is_not: Annotated[tuple[Text, ...], OneOrMany()] = Field(
        (), description="None of these people."
    )
    is_empty: YesNo | None = Field(None, description="yes: nobody; no: somebody.")


class StateTest(Words):
    """Tests of the state of a deal."""

    is_: Annotated[tuple[StateWord, ...], OneOrMany()] = Field(
        (), alias="is", description="One of these states."
    )
    is_not: Annotated[tuple[StateWord, ...], OneOrMany()] = Field(
        (), description="None of these states."
    )


class StageTest(Words):
    """Tests of the stage of a deal."""

    is_: Annotated[tuple[StageWord, ...], OneOrMany()] = Field(
        (), alias="is", description="One of these stages."
    )
    is_not: Annotated[tuple[StageWord, ...], OneOrMany()] = Field(
        (), description="None of these stages."
    )


class FieldValue(Words):
    """The value of another field of the same record."""

    field: Text = Field(description="The value of another field of the same record.")


_BY_STAGE: Final = (
    "One for each stage: {by_stage: {Proposal: 7 business days, Negotiation: 5 days}}."
)
_BY_PIPELINE: Final = "One for each pipeline, by the common words of followthrough.yaml."
_BY_SEGMENT: Final = "One for each segment, a field of your own with that name."


class NumberBy(Words):
    """A number that depends on the record: one of these, with its table."""

    by_stage: dict[StageWord, Number] | None = Field(None, description=_BY_STAGE)
    by_pipeline: dict[Text, Number] | None = Field(None, description=_BY_PIPELINE)
    by_segment: dict[Text, Number] | None = Field(None, description=_BY_SEGMENT)
    field: Text | None = Field(None, description="The value of another field of the same record.")


class LengthBy(Words):
    """A length of time that depends on the record: one of these, with its table."""

    by_stage: dict[StageWord, LengthOfTime] | None = Field(None, description=_BY_STAGE)
    by_pipeline: dict[Text, LengthOfTime] | None = Field(None, description=_BY_PIPELINE)
    by_segment: dict[Text, LengthOfTime] | None = Field(None, description=_BY_SEGMENT)
    by_amount: dict[Number, LengthOfTime] | None = Field(
        None,
        description="A length from each amount on: {50000: 1 business day, 0: 2 business days}.",
    )


NumberWords = Annotated[
    Annotated[Number, Tag("text")] | Annotated[NumberBy, Tag("entries")], Discriminator(shape)
]
LimitWords = Annotated[
    Annotated[LengthOfTime, Tag("text")] | Annotated[LengthBy, Tag("entries")],
    Discriminator(shape),
]
MomentWords = Annotated[
    Annotated[DayOrMoment, Tag("text")] | Annotated[FieldValue, Tag("entries")],
    Discriminator(shape),
]


class NumberTest(Words):
    """Tests of a number; a bare number means exactly this one."""

    at_least: NumberWords | None = Field(None, description="This or more.")
    at_most: NumberWords | None = Field(None, description="This or less.")
    more_than: NumberWords | None = Field(None, description="More than this.")
    below: NumberWords | None = Field(None, description="Less than this.")
    is_empty: YesNo | None = Field(None, description="yes: nothing is written; no: something is.")


class DateTest(Words):
    """Tests of a day or a moment. `before` and `after` leave out the day or moment they name."""

    before: MomentWords | None = Field(
        None, description="Earlier than this day or moment, which is left out."
    )
    after: MomentWords | None = Field(
        None, description="Later than this day or moment, which is left out."
    )
    older_than: LimitWords | None = Field(None, description="So long ago or longer.")
    newer_than: LimitWords | None = Field(None, description="Less long ago than this.")
    is_empty: YesNo | None = Field(None, description="yes: nothing is written; no: something is.")


def _is(value: str | list[Any]) -> dict[str, Any]:
    return {"is": value}


def _exactly(value: str | list[Any]) -> dict[str, Any]:
    if isinstance(value, list):
        raise wrong('a number is not compared with a list. Write for example "{at_least: 50000}".')
    try:
        scalars.number(value)
    except ValueError:
        message = f'{shown(value)} is not a number. Write for example "{{more_than: 50000}}".'
        raise wrong(message) from None
    return {"at_least": value, "at_most": value}


def _no_bare_date(value: str | list[Any]) -> dict[str, Any]:
    raise wrong(
        "say how to compare the time. Write for example "
        '"{newer_than: 60 days}" or "{after: 2026-11-12}".'
    )


_TEXTS: Final = one_or_many(PLAIN_TEXT)
_STATES: Final = one_or_many({"enum": list(vocabulary.DEAL_FIELDS["state"].choices)})
_STAGES: Final = one_or_many({"type": "string", "title": STAGE_TITLE})
TextTests = Annotated[TextTest, Bare(_is, like=_TEXTS)]
PersonTests = Annotated[PersonTest, Bare(_is, like=_TEXTS)]
StateTests = Annotated[StateTest, Bare(_is, like=_STATES)]
StageTests = Annotated[StageTest, Bare(_is, like=_STAGES)]
NumberTests = Annotated[NumberTest, Bare(_exactly, like={"type": ["number", "string"]})]
DateTests = Annotated[DateTest, Bare(_no_bare_date, like=None)]

_BY_KIND: Final[Mapping[Kind, Any]] = {
    Kind.TEXT: TextTests,
    Kind.PERSON: PersonTests,
    Kind.NUMBER: NumberTests,
    Kind.MONEY: NumberTests,
    Kind.DATE: DateTests,
    Kind.MOMENT: DateTests,
}
_BY_NAME: Final[Mapping[str, Any]] = {"stage": StageTests, "state": StateTests}

#: The words of a condition that are no field: groups, other records, a formula.
GROUPS: Final[Mapping[str, str]] = {
    "all": "Every one of these conditions holds.",
    "any": "At least one of these conditions holds.",
    "none": "None of these conditions holds.",
}
FORMULA: Final = "formula"
RELATED: Final[Mapping[str, str]] = {
    "deal": "Another deal of the same account or owner.",
    "contact": "A contact of the same account.",
    "activity": "An activity with the same account, before this one or at any time.",
}
#: What a record of each kind can have in common with the one a rule is for.
SAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "deal": ("account", "owner"),
    "contact": ("account",),
    "activity": ("account", "deal"),
}


class RelatedActivity(CountedActivity):
    """An activity beside the record: with the same account or deal."""

    same: Annotated[str, Closed("something in common", SAMES["activity"])] = Field(
        "account", description="What it has in common with the record."
    )
    before: LengthOfTime | None = Field(
        None, description="For a rule about activities: at most so long before this one."
    )


def where_model(subject: str, own: OwnFields) -> type[Words]:
    """Return the model of a `where` for this subject, with the org's own fields."""
    words = fields_of(subject, own)
    mine = tuple(sorted((n, w) for n, w in words.items() if n not in FIELDS[subject]))
    theirs = tuple(
        sorted((n, w) for n, w in fields_of("deal", own).items() if n not in FIELDS["deal"])
    )
    return _where(subject, mine, theirs)


_OwnWords = tuple[tuple[str, FieldWord], ...]


@lru_cache(maxsize=64)
def _where(subject: str, mine: _OwnWords, theirs: _OwnWords) -> type[Words]:
    title = f"Where{subject.capitalize()}"
    words = {**FIELDS[subject], **dict(mine)}
    conditions = Annotated[tuple[title, ...], OneOrMany()]  # type: ignore[valid-type]
    groups: dict[str, Any] = {
        name: (conditions, Field((), description=doc)) for name, doc in GROUPS.items()
    }
    formula = (Text | None, Field(None, description="A comparison of numbers."))
    fields = {**_tests_of(words), **groups, FORMULA: formula, **_related(subject, theirs)}
    doc = f"Conditions on {subject}s; all must hold."
    model: type[Words] = create_model(title, __base__=Words, __doc__=doc, **fields)
    model.model_rebuild(_types_namespace={title: model})
    return model


def _tests_of(words: Mapping[str, FieldWord]) -> dict[str, Any]:
    return {
        name.replace(".", "__"): (
            _test_of(name, word) | None,
            Field(None, alias=name, description=word.doc),
        )
        for name, word in words.items()
    }


def _test_of(name: str, word: FieldWord) -> Any:
    named = _BY_NAME.get(name.rpartition(".")[2]) if word.kind is Kind.CHOICE else None
    if named is not None:
        return named
    return _choice(name, word.choices) if word.kind is Kind.CHOICE else _BY_KIND[word.kind]


@lru_cache(maxsize=64)
def _choice(name: str, choices: tuple[str, ...]) -> Any:
    one = Annotated[str, Closed(f"one of the words of {name}", choices)]
    some = Annotated[tuple[one, ...], OneOrMany()]
    title = f"{name.title().replace('.', '').replace('_', '')}Test"
    model: type[Words] = create_model(
        title,
        __base__=Words,
        __doc__=f"Tests of {name}.",
        is_=(some, Field((), alias="is")),
        is_not=(some, ()),
        is_empty=(YesNo | None, None),
    )
    return Annotated[model, Bare(_is, like=one_or_many({"enum": list(choices)}))]


def _related(subject: str, own_of_deals: _OwnWords) -> dict[str, Any]:
    if subject == "owner":
        return {}
    deals = {**FIELDS["deal"], **dict(own_of_deals)}
    models: dict[str, Any] = {
        "deal": _related_model("deal", deals),
        "contact": _related_model("contact", FIELDS["contact"]),
        "activity": RelatedActivity,
    }
    return {
        f"other_{name}": (model | None, Field(None, alias=name, description=RELATED[name]))
        for name, model in models.items()
    }


def _related_model(subject: str, words: Mapping[str, FieldWord]) -> type[Words]:
    same = Annotated[str, Closed("something in common", SAMES[subject])]
    model: type[Words] = create_model(
        f"Related{subject.capitalize()}",
        __base__=Words,
        __doc__=f"Another {subject} beside the record.",
        same=(same, "account"),
        **_tests_of(words),
    )
    return model


#: What every `where` shares, for those who list the words of the language.
TEST_MODELS: Final = (TextTest, PersonTest, StateTest, StageTest, NumberTest, DateTest)
assert set(SAMES) == set(RELATED) <= set(vocabulary.SUBJECTS)
