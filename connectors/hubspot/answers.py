"""HubSpot's answers, judged by their shape before anything believes them.

A page is a list of records with ids; a batch is judged by its errors; a write by the record it
gives back. Whatever is otherwise becomes one of `connectors.errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.errors import OutcomeUnknown, Retriable
from connectors.hubspot.dialect import is_id

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Link:
    """One association, seen from a record."""

    id: str
    types: tuple[int, ...]
    label: str | None


def after(payload: Any) -> str | None:
    """Where the next page begins; None on the last one."""
    paging = payload.get("paging") if isinstance(payload, dict) else None
    following = paging.get("next") if isinstance(paging, dict) else None
    place = following.get("after") if isinstance(following, dict) else None
    return str(place) if isinstance(place, (str, int)) and str(place) else None


def results(answer: Any) -> list[Record]:
    """What a page lists."""
    payload = answer.json()
    listed = payload.get("results") if isinstance(payload, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise unusable("answered with something that is no page of records")
    return listed


def records(answer: Any) -> list[Record]:
    """The records of a page."""
    found = results(answer)
    if not all(is_id(one.get("id")) for one in found):
        raise unusable("answered with a record that has no id")
    return found


def found(answer: Any, above: int) -> tuple[list[Record], int]:
    """The records of a search and how many match, asked for by ids above `above`, in their order.

    A search that says there are more, and gives none, or gives them in another order, would lose
    the rest.
    """
    listed, every = records(answer), total(answer)
    ids = [int(one["id"]) for one in listed]
    if ids != sorted(set(ids)) or (ids and ids[0] <= above):
        raise unusable("found records out of order")
    if every > 0 and not listed:
        raise unusable("found fewer records than it says there are")
    return listed, every


def total(answer: Any) -> int:
    """How many records match a search."""
    payload = answer.json()
    count = payload.get("total") if isinstance(payload, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise unusable("found records without saying how many there are")
    return count


def complete(answer: Any) -> Any:
    """Judge a batch by its errors, never by its status: 207 comes with "COMPLETE" (facts 4.3).

    A record that is not there, or has no associations, is no error. Anything else is: a part of an
    answer must never be taken for the whole.
    """
    payload = answer.json()
    errors = payload.get("errors") if isinstance(payload, dict) else None
    listed = errors if isinstance(errors, list) else []
    count = payload.get("numErrors") if isinstance(payload, dict) else None
    named = sum(_missing(one) for one in listed)
    if named < len(listed) or (isinstance(count, int) and count > 0 and not listed):
        raise unusable("answered a part of what was asked")
    return answer


def _missing(error: Any) -> bool:
    if not isinstance(error, dict):
        return False
    kind = str(error.get("subCategory") or "")
    return error.get("category") == "OBJECT_NOT_FOUND" or kind.endswith("NO_ASSOCIATIONS_FOUND")


def record(answer: Any, *, read: bool = True) -> Record:
    """The one record of an answer; a write without it has an unknown outcome."""
    payload = answer.json() if hasattr(answer, "json") else None
    if isinstance(payload, dict) and is_id(payload.get("id")):
        return payload
    if read:
        raise unusable("answered with a record that has no id")
    raise _unheard()


def written(answer: Any) -> Record:
    """What became of a batch of changes; without results and errors its outcome is unknown."""
    payload = answer.json() if hasattr(answer, "json") else None
    if isinstance(payload, dict) and isinstance(payload.get("results"), list):
        return payload
    raise _unheard()


def _unheard() -> OutcomeUnknown:
    return OutcomeUnknown(
        "HubSpot answered a change in a way it never does, so nobody knows whether it took place. "
        "The task is looked up by its key before anything else is sent.",
        code="NO_ANSWER",
    )


def inline(record: Mapping[str, Any], kind: str) -> list[Link] | None:
    """The associations that came with a record of a list; None where there are more of them.

    Each is named once for every kind of association, without type numbers and people's labels.
    """
    every = record.get("associations")
    told = every.get(kind) if isinstance(every, dict) else None
    if told is None:
        return []
    listed = told.get("results") if isinstance(told, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise unusable("answered with something that is no list of associations")
    if after(told) is not None:
        return None
    ids = dict.fromkeys(str(one.get("id")) for one in listed)
    if not all(map(is_id, ids)):
        raise unusable("answered with an association to nothing")
    return [Link(id=one, types=(), label=None) for one in ids]


def links(entry: Mapping[str, Any]) -> list[Link]:
    """The associations of one record in a batch."""
    listed = entry.get("to")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise unusable("answered with something that is no list of associations")
    return [_link(one) for one in listed]


#: Kinds of association of the account's own have numbers of their own, which are HubSpot's, too.
_OWN: Final = "USER_DEFINED"


def _link(one: Mapping[str, Any]) -> Link:
    target = str(one.get("toObjectId"))  # a number, where every other id is a text
    if not is_id(target):
        raise unusable("answered with an association to nothing")
    types = [kind for kind in one.get("associationTypes") or () if isinstance(kind, dict)]
    labels = [kind["label"] for kind in types if isinstance(kind.get("label"), str)]
    return Link(
        id=target,
        types=tuple(
            kind["typeId"]
            for kind in types
            if isinstance(kind.get("typeId"), int) and kind.get("category") != _OWN
        ),
        label=next(iter(labels), None),
    )


def unusable(what: str) -> Retriable:
    """An answer that must not be stored, nor taken for the whole."""
    return Retriable(
        f"HubSpot {what}. Nothing was stored of it; the next run asks again.", code="NO_ANSWER"
    )
