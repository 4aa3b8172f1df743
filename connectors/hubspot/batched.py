"""Create many tasks in one request, and tell the outcome of each from what comes back.

Each input has a trace of its own: without one, a bad input would refuse the whole batch. An outcome
is told by key or trace, never by its place; what has none is unknown. Source: facts, hubspot 4.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.errors import CrmError, Refused
from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client, Draft
from connectors.hubspot.dialect import is_id
from connectors.hubspot.objects import KEY_PROPERTY
from connectors.hubspot.values import value_of

#: The answer holds every task again, and a change's answer is not held beyond 1 MiB.
MOST: Final = 25
_HEAVY: Final = 100_000  # characters of values in one batch

TRACE: Final = "objectWriteTraceId"


@dataclass(kw_only=True)
class Sent:
    """What became of one batch: ids by key, keys that were refused, and what stopped it all."""

    made: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    problem: CrmError | None = None


def parts(drafts: Sequence[Draft]) -> Iterator[list[Draft]]:
    """Split drafts into batches whose answers can be held."""
    held: list[Draft] = []
    for one in drafts:
        if held and (len(held) == MOST or _weight([*held, one]) > _HEAVY):
            yield held
            held = []
        held = [*held, one]
    if held:
        yield held


def send(client: Client, kind: str, drafts: Sequence[Draft]) -> Sent:
    """Create the records of one batch. A refusal of the whole batch refuses each of them."""
    try:
        payload = client.create_many(kind, drafts)
    except Refused as problem:
        return Sent(refused={one.trace for one in drafts}, problem=problem)
    except CrmError as problem:
        return Sent(problem=problem)
    wanted = {one.trace for one in drafts}
    sent = Sent(
        made={
            key: str(one["id"])
            for one in _dicts(payload.get("results"))
            if is_id(one.get("id")) and (key := _key(one)) in wanted
        }
    )
    named = {key for one in _dicts(payload.get("errors")) for key in _traces(one)}
    sent.refused = (named & wanted) - set(sent.made)
    return sent


def _key(made: Record) -> str:
    """Whose it is: by the key that stands in it, else by the trace it carries."""
    return value_of(made, KEY_PROPERTY) or str(made.get(TRACE) or "")


def _traces(error: Mapping[str, Any]) -> list[str]:
    context = error.get("context")
    told = context.get(TRACE) if isinstance(context, dict) else None
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []


def _dicts(value: Any) -> list[Record]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _weight(drafts: Sequence[Draft]) -> int:
    return sum(len(value) for one in drafts for value in one.properties.values())
