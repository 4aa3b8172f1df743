"""The admin's own properties, and the labels of options: definitions read, values as text. Pure.

A property is found in any case of its letters and keeps the name the admin wrote. What a text looks
like is the same for every CRM and stands in `own_texts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.hubspot.values import Page, moment
from connectors.own_texts import day_text, flag_text, moment_text, number_text, plain_text


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A property of an object, as HubSpot defines it."""

    name: str
    type: str  # string, number, bool, enumeration, date, datetime
    labels: Mapping[str, str] = field(default_factory=dict)  # of options, by their value
    calculated: bool = False  # from other records, which may leave no stamp on this one


@dataclass(frozen=True, kw_only=True)
class OwnField:
    """One of the admin's own properties that an object has."""

    name: str  # as the admin wrote it, and as rules will look it up
    property: Definition


def among(names: Sequence[str], defined: Mapping[str, Definition]) -> tuple[OwnField, ...]:
    """The properties among `names` that an object has; HubSpot's names are all in small letters."""
    every = ((name, defined.get(name.lower())) for name in dict.fromkeys(names))
    return tuple(OwnField(name=name, property=one) for name, one in every if one is not None)


def definitions(listed: Sequence[Mapping[str, Any]]) -> dict[str, Definition]:
    """The properties that HubSpot lists for an object, by name."""
    return {
        str(one.get("name")): Definition(
            name=str(one.get("name")),
            type=str(one.get("type")),
            labels=_labels(one.get("options")),
            calculated=one.get("calculated") is True,
        )
        for one in listed
    }


def _labels(options: Any) -> dict[str, str]:
    listed = options if isinstance(options, list) else []
    told = [(one.get("value"), one.get("label")) for one in listed if isinstance(one, dict)]
    return {
        value: label for value, label in told if isinstance(value, str) and isinstance(label, str)
    }


def fields(page: Page, own: Sequence[OwnField]) -> list[list[tuple[str, str]]]:
    """The own properties of each record: name and text. An empty one is not there.

    Nor is a value that its property cannot hold: HubSpot keeps those when an admin changes a
    property's type, and one of them must not stop all the others.
    """
    columns = {one.name: page.read(one.property.name, _reader(one.property.type)) for one in own}
    return [
        [(name, text) for name, texts in columns.items() if (text := texts[place])]
        for place in range(len(page))
    ]


def _reader(kind: str) -> Callable[[str], str]:
    read: Callable[[str], str] = _READERS.get(kind, plain_text)

    def text_of(value: str) -> str:
        try:
            return read(value)
        except (ValueError, TypeError, OverflowError):
            return ""

    return text_of


def _flag(text: str) -> str:
    said = {"true": True, "false": False}.get(text.lower())
    return flag_text(said)  # which refuses what is neither


def _day(text: str) -> str:
    return day_text(moment(text).date().isoformat())


def _moment(text: str) -> str:
    return moment_text(moment(text).isoformat())


_READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "number": number_text,
    "bool": _flag,
    "date": _day,
    "datetime": _moment,
}
