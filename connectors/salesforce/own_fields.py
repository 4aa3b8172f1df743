"""The admin's own fields on Salesforce's objects: which are there, and their values as text.

A field is found by describe in any case of its letters and keeps the name the admin wrote. Pure:
no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.own_texts import day_text, moment_text, number_text
from connectors.salesforce.columns import cut, woven
from connectors.salesforce.page import Page

#: Stream -> the fields to read, as the admin wrote them.
Custom = Mapping[str, tuple[str, ...]]

#: Field types that hold several values, or bytes: nothing a rule could compare.
_NO_SINGLE_VALUE: Final = frozenset({"address", "location", "base64", "anyType", "complexvalue"})

_MAP: Final = pa.map_(pa.string(), pa.string())


@dataclass(frozen=True, kw_only=True)
class OwnField:
    """One of the admin's own fields that an object has."""

    name: str  # as the admin wrote it, and as rules will look it up
    field: str  # as Salesforce spells it
    type: str  # as describe names it
    calculated: bool = False  # a formula or roll-up, which leaves no stamp when it changes


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


def texts(page: Page, own: Sequence[OwnField]) -> Any:
    """Each record's own fields as (name, text); an empty one is not there.

    Raises Refused when Salesforce sent a value that cannot be what its field is.
    """
    if not own:
        return page.nothing(_MAP)
    offsets, values, columns = woven([_texts(page, one) for one in own])
    names = pa.array([one.name for one in own], pa.string()).take(columns)
    return pa.MapArray.from_arrays(offsets, names, values)


def _texts(page: Page, one: OwnField) -> Any:
    read = _COLUMNS.get(one.type)
    return _held(page.text(one.field) if read is None else read(page, one))


def _held(texts: Any) -> Any:
    return pc.if_else(pc.equal(texts, ""), None, cut(texts))


def _numbers(page: Page, one: OwnField) -> Any:
    return page.judged(one.field, number_text, pa.string(), one.type)


def _days(page: Page, one: OwnField) -> Any:
    return page.judged(one.field, day_text, pa.string(), one.type)


def _moments(page: Page, one: OwnField) -> Any:
    return page.judged(one.field, moment_text, pa.string(), one.type)


def _flags(page: Page, one: OwnField) -> Any:
    return page.flag(one.field).cast(pa.string())


#: Field type -> how its column is written; every other type is text.
_COLUMNS: Final[Mapping[str, Callable[[Page, OwnField], Any]]] = {
    "boolean": _flags,
    "int": _numbers,
    "long": _numbers,
    "double": _numbers,
    "currency": _numbers,
    "percent": _numbers,
    "date": _days,
    "datetime": _moments,
}


def _found(name: str, visible: Mapping[str, Mapping[str, Any]]) -> OwnField | None:
    spelt = name if name in visible else _spelt(name, visible)
    if spelt is None:
        return None
    described = visible[spelt]
    return OwnField(
        name=name,
        field=spelt,
        type=str(described.get("type")),
        calculated=described.get("calculated") is True,
    )


def _spelt(name: str, visible: Mapping[str, Any]) -> str | None:
    return next((field for field in visible if field.lower() == name.lower()), None)
