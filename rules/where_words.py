"""The words of `where` as typed models: which tests a field of a deal can have.

Only the form is here; whether the tests can hold together is checked in `conditions`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from rules.words import (
    Bare,
    DayOrMoment,
    LengthOfTime,
    Number,
    OneOrMany,
    StageWord,
    StateWord,
    Text,
    Words,
    YesNo,
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
