"""`fields:` of followthrough.yaml: the org's own fields, and the words rules call them by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from rules.org import CustomField
from rules.problems import shown
from rules.subjects import FIELDS
from rules.vocabulary import PLACEHOLDERS
from rules.where_words import FORMULA, GROUPS, RELATED
from rules.words import Bare, Closed, OneOrMany, Text, Words, reader, wrong

#: Subject -> the stream its own fields come with.
STREAMS: Final[Mapping[str, str]] = {
    "deal": "deals",
    "account": "accounts",
    "contact": "contacts",
    "activity": "activities",
}

_KINDS: Final[Mapping[str, str]] = {
    "text": "Any text.",
    "number": "A number.",
    "money": "An amount.",
    "date": "A day.",
    "moment": "A day and time.",
    "choice": "One of the words under choices.",
}
_WORD: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SOURCE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")  # as `connectors.open` has it


def _source(text: str) -> str:
    if not _SOURCE.fullmatch(text.strip()):
        raise ValueError(
            f"{shown(text)} is not the CRM's own name of a field. Write one like "
            '"Renewal_Date__c" for Salesforce, "renewal_date" for HubSpot.'
        )
    return text.strip()


def _own_word(subject: str) -> Callable[[str], str]:
    taken = {*FIELDS[subject], *GROUPS, FORMULA, *RELATED, "same", *PLACEHOLDERS}

    def read(text: str) -> str:
        if not _WORD.fullmatch(text) or len(text) > 40:
            raise ValueError(
                f"{shown(text)} is not a word for a field. Use small letters, digits and "
                'underscores, such as "renewal_on".'
            )
        if text in taken or hasattr(Words, text) or text.startswith("model_"):
            raise ValueError(f"{shown(text)} means something else in rules. Choose another word.")
        return text

    return read


_Source = Annotated[str, reader(_source)]


class SourceWords(Words):
    """The CRM's own name of a field, for each CRM that has it."""

    salesforce: _Source | None = None
    hubspot: _Source | None = None


class FieldWords(Words):
    """One field of the org's own."""

    source: Annotated[
        SourceWords, Bare(lambda name: {"salesforce": name, "hubspot": name}, "salesforce")
    ] = Field(alias="from")
    kind: Annotated[str, Closed("a kind of field", _KINDS)] = "text"
    about: Text | None = None
    choices: Annotated[tuple[Text, ...], OneOrMany()] = ()

    @model_validator(mode="after")
    def _choices_fit(self) -> Self:
        if self.kind == "choice" and not self.choices:
            raise wrong('a field of kind choice needs "choices": the values it can have.')
        if self.choices and self.kind != "choice":
            raise wrong(f'"choices" goes with "kind: choice", not with "kind: {self.kind}".')
        return self


class FieldsWords(Words):
    """The org's own fields, by what they belong to."""

    deal: dict[Annotated[str, reader(_own_word("deal"))], FieldWords] = Field(default_factory=dict)
    account: dict[Annotated[str, reader(_own_word("account"))], FieldWords] = Field(
        default_factory=dict
    )
    contact: dict[Annotated[str, reader(_own_word("contact"))], FieldWords] = Field(
        default_factory=dict
    )
    activity: dict[Annotated[str, reader(_own_word("activity"))], FieldWords] = Field(
        default_factory=dict
    )


def own_fields(words: FieldsWords, crm: str) -> dict[str, dict[str, CustomField]]:
    """Return by subject and word the fields that this CRM has; others are left out."""
    return {
        subject: {
            word: _own(word, said, source)
            for word, said in getattr(words, subject).items()
            if (source := getattr(said.source, crm, None))
        }
        for subject in STREAMS
    }


def sources(fields: Mapping[str, Mapping[str, CustomField]]) -> dict[str, tuple[str, ...]]:
    """Return by stream the CRM's names of the fields to read, each once; streams without, none."""
    return {
        STREAMS[subject]: tuple(sorted({field.source for field in some.values()}))
        for subject, some in fields.items()
        if some
    }


def _own(word: str, said: FieldWords, source: str) -> CustomField:
    return CustomField(
        word=word,
        source=source,
        kind=said.kind,
        doc=said.about or f"The field {source} of the CRM.",
        choices=said.choices,
    )
