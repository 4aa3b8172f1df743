"""The admin's own fields on Salesforce's objects: which are there, and their values as text.

A field is found by describe in any case of its letters and keeps the name the admin wrote. Pure:
no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.errors import Refused
from connectors.own_texts import day_text, flag_text, moment_text, number_text, plain_text
from connectors.salesforce.mapping import Page

#: Stream -> the fields to read, as the admin wrote them.
Custom = Mapping[str, tuple[str, ...]]
NO_CUSTOM: Final[Custom] = {}

#: Field types that hold several values, or bytes: nothing a rule could compare.
_NO_SINGLE_VALUE: Final = frozenset({"address", "location", "base64", "anyType", "complexvalue"})

#: Field type -> how its value is written; every other type is text.
_TEXTS: Final[Mapping[str, Callable[[Any], str]]] = {
    "boolean": flag_text,
    "int": number_text,
    "long": number_text,
    "double": number_text,
    "currency": number_text,
    "percent": number_text,
    "date": day_text,
    "datetime": moment_text,
}


@dataclass(frozen=True, kw_only=True)
class OwnField:
    """One of the admin's own fields that an object has."""

    name: str  # as the admin wrote it, and as rules will look it up
    field: str  # as Salesforce spells it
    type: str  # as describe names it


def found(names: Sequence[str], visible: Mapping[str, Mapping[str, Any]]) -> tuple[OwnField, ...]:
    """The fields among `names` that an object has, shows, and holds one value in."""
    every = (_found(name, visible) for name in dict.fromkeys(names))
    return tuple(one for one in every if one is not None and one.type not in _NO_SINGLE_VALUE)


def why_not(name: str, objects: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """The sentence about a field that none of these objects gives us, by their visible fields."""
    for of, visible in objects.items():
        one = _found(name, visible)
        if one is not None:
            return (
                f"{of}.{one.field} holds no single value (its type is {one.type}), so no rule can "
                "compare it. Name another field, for an address one of its parts such as "
                "BillingCity."
            )
    places = " or ".join(f"{of}.{name}" for of in objects) or name
    return (
        f"There is no field {places}, or the integration user may not see it. Check its API name "
        "(Setup > Object Manager > Fields & Relationships) and grant read access to it in a "
        "permission set of the integration user."
    )


def texts(of: str, page: Page, own: Sequence[OwnField]) -> list[list[tuple[str, str]]]:
    """Each record's own fields as (name, text); an empty one is not there.

    Raises Refused when Salesforce sent a value that cannot be what its field is.
    """
    return [[*_pairs(of, record, own)] for record in page.records]


def _pairs(of: str, record: Mapping[str, Any], own: Sequence[OwnField]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for one in own:
        value = record.get(one.field)
        text = "" if value is None else _text(of, one, value)
        if text:
            pairs.append((one.name, text))
    return pairs


def _text(of: str, one: OwnField, value: Any) -> str:
    try:
        return _TEXTS.get(one.type, plain_text)(value)
    except (ValueError, TypeError, OverflowError):
        raise Refused(
            f"Salesforce sent a value for {of}.{one.field} that is no {one.type}. The page was not "
            "stored; see which record changed last, or report this.",
            code="BAD_VALUE",
        ) from None


def _found(name: str, visible: Mapping[str, Mapping[str, Any]]) -> OwnField | None:
    spelt = name if name in visible else _spelt(name, visible)
    if spelt is None:
        return None
    return OwnField(name=name, field=spelt, type=str(visible[spelt].get("type")))


def _spelt(name: str, visible: Mapping[str, Any]) -> str | None:
    return next((field for field in visible if field.lower() == name.lower()), None)
