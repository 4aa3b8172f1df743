"""`objects:` of followthrough.yaml: objects of the org's own that hold ratings or survey answers.

On Salesforce it is an object of the org's own; on HubSpot, too, or properties of companies,
contacts, deals, tickets or answers to surveys.

objects:
  ratings: {from: Client_Rating__c, account: Account__c, category: Grade__c, at: Given_On__c}
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from connectors.open import HUBSPOT_HOLDERS, OBJECT, OBJECTS_OF
from rules.problems import shown
from rules.words import Words, reader, wrong

_OBJECT: Final = re.compile(OBJECT)
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")  # as `connectors.open` has it
#: A word of the file -> the column of the stream; other words are called alike.
_COLUMNS: Final = {
    "account": "account_id",
    "contact": "contact_id",
    "deal": "deal_id",
    "owner": "owner_id",
}


def _object(text: str) -> str:
    if not _OBJECT.fullmatch(text.strip()):
        raise ValueError(
            f"{shown(text)} is not the name of an object of the org's own. Write its API name, "
            'such as "Client_Rating__c", or on HubSpot "client_rating", "p123_client_rating" or '
            f'"2-123", or one of {", ".join(HUBSPOT_HOLDERS)}.'
        )
    return text.strip()


def _field(text: str) -> str:
    if not _FIELD.fullmatch(text.strip()):
        raise ValueError(
            f'{shown(text)} is not the API name of a field. Write one like "Grade__c".'
        )
    return text.strip()


_ObjectName = Annotated[str, reader(_object)]
_FieldName = Annotated[str, reader(_field)]


class _Mapped(Words):
    source: _ObjectName = Field(alias="from")
    account: _FieldName | None = None
    contact: _FieldName | None = None
    owner: _FieldName | None = None
    comment: _FieldName | None = None
    category: _FieldName | None = None
    at: _FieldName | None = None

    @model_validator(mode="after")
    def _some_field(self) -> Self:
        if self.model_fields_set == {"source"}:
            raise wrong('names no field. Say where things stand, such as "account: Account__c".')
        return self


class RatingWords(_Mapped):
    """The object that holds what clients think of our people."""

    behaviour: _FieldName | None = None


class AnswerWords(_Mapped):
    """The object that holds what clients answered in surveys."""

    deal: _FieldName | None = None
    survey: _FieldName | None = None
    question: _FieldName | None = None
    score: _FieldName | None = None


class ObjectsWords(Words):
    """Objects of the org's own, by what they hold."""

    ratings: RatingWords | None = None
    survey_answers: AnswerWords | None = None


def misplaced(words: ObjectsWords, crm: str) -> list[str]:
    """Say which objects this CRM cannot have, by how they are named."""
    if crm not in OBJECTS_OF:
        return []
    fits, why = OBJECTS_OF[crm]
    said = ((stream, getattr(words, stream)) for stream in ObjectsWords.model_fields)
    return [
        f"followthrough.yaml: objects: {stream}: {one.source} is {why}"
        for stream, one in said
        if one is not None and not fits.fullmatch(one.source)
    ]


def mapped_objects(words: ObjectsWords) -> dict[str, dict[str, Any]]:
    """Return by stream the object and the field of each column."""
    found: dict[str, dict[str, Any]] = {}
    for stream in ObjectsWords.model_fields:
        said: _Mapped | None = getattr(words, stream)
        if said is None:
            continue
        fields = {
            _COLUMNS.get(word, word): name
            for word, name in said.model_dump(exclude={"source"}).items()
            if name is not None
        }
        found[stream] = {"object": said.source, "fields": fields}
    return found
