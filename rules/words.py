"""The smallest parts of the language as types: how a text becomes a value, and its JSON Schema.

Each type says in its own sentence what is wrong with a text. Nothing in here knows a rule.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from rules import scalars
from rules.lengths import DueWord, Length, Times, parse_due, parse_duration, parse_wait
from rules.problems import did_you_mean, listed, shown
from rules.vocabulary import DEAL_FIELDS

#: The type of an error whose message is already a sentence for the admin.
SENTENCE: Final = "sentence"

Schema = dict[str, Any]


class Words(BaseModel):
    """A part of a rule: a closed set of words, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


def written(words: Words) -> Iterator[tuple[str, Any]]:
    """The words somebody wrote, by the name they have in the file."""
    for name, field in type(words).model_fields.items():
        value = getattr(words, name)
        if name in words.model_fields_set and value is not None:
            yield field.alias or name, value


def wrong(sentence: str) -> PydanticCustomError:
    """The error that carries a sentence of ours through the validator, braces and all."""
    return PydanticCustomError(SENTENCE, "{sentence}", {"sentence": sentence})


def _reading(read: Callable[[str], Any]) -> Callable[[object], Any]:
    def check(value: object) -> Any:
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "a text is wanted")
        try:
            return read(value)
        except ValueError as error:
            raise wrong(str(error)) from None

    return check


def reader(read: Callable[[str], Any]) -> PlainValidator:
    """The validator of a text: `read` gives its value, or a ValueError with a sentence."""
    return PlainValidator(_reading(read))


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("this text is empty.")
    return text.strip()


def _kebab(what: str, example: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > 60 or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", text):
            raise ValueError(
                f"{shown(text)} is not a name for {what}. Use small letters, digits and hyphens, "
                f'such as "{example}".'
            )
        return text

    return read


#: The most times a `count` can ask for.
MOST_OFTEN: Final = 50


def _how_often(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]?", text) or int(text) > MOST_OFTEN:
        raise ValueError(
            f"{shown(text)} is not a number of times. Write a whole number from 1 to {MOST_OFTEN}."
        )
    return int(text)


def _share(text: str) -> Decimal:
    percent = text.strip().removesuffix("%").strip() if text.strip().endswith("%") else None
    share = scalars.number(percent) / 100 if percent is not None else scalars.number(text)
    if not 0 < share <= 1:
        raise ValueError(f"{shown(text)} is not a share. Write for example 0.5 or 50 %.")
    return share


#: Of more words than this nobody reads the list who has been told which one was meant.
_MANY: Final = 8


def known(words: Collection[str], guess: str) -> str:
    """Return ` Known: a, b and c.`; nothing where the list is long and there was a good guess."""
    return "" if guess and len(words) > _MANY else f" Known: {listed(words, 'and')}."


class Closed:
    """In an `Annotated[str, Closed(…)]`: a word out of a closed list; `what` says what it names."""

    def __init__(self, what: str, known: Mapping[str, str] | Iterable[str]) -> None:
        self.what = what
        self.words = tuple(str(word) for word in known)
        self.docs = known if isinstance(known, Mapping) else {}

    def read(self, text: str) -> str:
        """Return the word, if it is one of the list."""
        if text not in self.words:
            guess = did_you_mean(text, self.words)
            raise ValueError(f"{shown(text)} is not {self.what}.{guess}{known(self.words, guess)}")
        return text

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_reading(self.read))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        docs = " ".join(f"{word}: {doc}" for word, doc in self.docs.items())
        return {"enum": [*self.words]} | ({"description": docs} if docs else {})


def _stage(value: object, info: ValidationInfo) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "a text is wanted")
    stages = sorted((info.context or {}).get("stages", ()))
    if value not in stages:
        guess = did_you_mean(value, stages)
        raise wrong(f"there is no stage {shown(value)}.{guess}{known(stages, guess)}")
    return value


#: Marks the place in the JSON Schema where the stages of the org belong.
STAGE_TITLE: Final = "stage of the org"
PLAIN_TEXT: Final[Schema] = {"type": ["string", "number", "boolean"]}
_LENGTH_PATTERN: Final = "^[0-9]+ +(hour|day|week|business hour|business day)s?$"
_YES_NO: Final[Schema] = {"enum": ["yes", "no", True, False]}

Text = Annotated[str, reader(_text), WithJsonSchema(PLAIN_TEXT)]
StateWord = Annotated[str, Closed("a state of a deal", DEAL_FIELDS["state"].choices)]
_KEBAB: Final = WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9-]*$"})
RuleId = Annotated[str, reader(_kebab("a rule", "won-no-follow-up")), _KEBAB]
CalendarName = Annotated[str, reader(_kebab("a calendar", "night-shift")), _KEBAB]
YesNo = Annotated[bool, reader(scalars.yes_no), WithJsonSchema(_YES_NO)]
YesNoUnknown = Annotated[
    bool | None,
    reader(scalars.yes_no_unknown),
    WithJsonSchema({"enum": [*_YES_NO["enum"], "unknown"]}),
]
Number = Annotated[Decimal, reader(scalars.number), WithJsonSchema({"type": ["number", "string"]})]
Day = Annotated[
    dt.date, reader(scalars.day), WithJsonSchema({"type": "string", "examples": ["2026-11-12"]})
]
Moment = Annotated[
    dt.datetime,
    reader(scalars.moment),
    WithJsonSchema({"type": "string", "examples": ["2026-11-12 10:00"]}),
]
DayOrMoment = Annotated[
    dt.date | dt.datetime,
    reader(scalars.day_or_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-11-12", "2026-11-12 10:00"]}),
]
LengthOfTime = Annotated[
    Length,
    reader(Length.parse),
    WithJsonSchema(
        {"type": "string", "pattern": _LENGTH_PATTERN, "examples": ["5 business days", "30 days"]}
    ),
]
Wait = Annotated[
    Length | Times,
    reader(parse_wait),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": _LENGTH_PATTERN},
                {"type": "string", "pattern": "^(the limit again|[1-9][0-9]? times the limit)$"},
            ],
            "examples": ["3 business days", "the limit again", "3 times the limit"],
        }
    ),
]
Due = Annotated[
    Length | DueWord,
    reader(parse_due),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": _LENGTH_PATTERN},
                {"enum": [str(word) for word in DueWord]},
            ]
        }
    ),
]
HowOften = Annotated[
    int,
    reader(_how_often),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_OFTEN}),
]
Share = Annotated[
    Decimal,
    reader(_share),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "%$"}]}),
]
Duration = Annotated[
    int, reader(parse_duration), WithJsonSchema({"type": "string", "examples": ["5 minutes"]})
]
StageWord = Annotated[
    str, PlainValidator(_stage), WithJsonSchema({"type": "string", "title": STAGE_TITLE})
]


class OneOrMany:
    """In an `Annotated[tuple[X, ...], OneOrMany()]`: one X may be written without brackets."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_as_list, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


def _as_list(value: object) -> object:
    return [value] if isinstance(value, (str, dict)) else value


class Bare:
    """In an `Annotated[Model, Bare(…)]`: a value alone stands for the words that `say` gives it."""

    def __init__(self, say: Callable[[Any], dict[str, Any]], like: Schema | None) -> None:
        self.say = say
        self.like = like  # the JSON Schema of the bare value; None: there is none

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def expand(value: object) -> object:
            return self.say(value) if isinstance(value, (str, list)) else value

        return core_schema.no_info_before_validator_function(expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        model = handler(schema)
        return {"anyOf": [self.like, model]} if self.like else model


def one_or_many(schema: Schema) -> Schema:
    """Return the JSON Schema of a value, or of a list of such values."""
    return {"anyOf": [schema, {"type": "array", "items": schema}]}


def shape(value: object) -> str:
    """Which branch of a union a value takes, so that only that branch complains."""
    return "entries" if isinstance(value, dict) else "text"
