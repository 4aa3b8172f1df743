"""Confirm a plan that brakes have stopped: what of it still stands is written, the rest is told.

Each item is held against the mirror as it is now. What is written is what the person has seen, with
one exception: a day that has passed meanwhile is moved to the day a new task would get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from worker.apply import intent_of
from worker.decision import Decision, Plan
from worker.known import Intent, KnownTask
from worker.waiting import Item, Waiting


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """What becomes of a plan that was confirmed."""

    intents: tuple[Intent, ...]
    gone: tuple[Item, ...]  # no longer asked for
    changed: tuple[Item, ...]  # asked for, of another person or in other words


def still_stand(waiting: Waiting, plan: Plan, tasks: Mapping[str, KnownTask]) -> Confirmed:
    """Sort the items of a plan by what the present plan says of them."""
    now: dict[tuple[str, str], Decision] = {
        (one.key, one.action): one for one in (*plan.decisions, *plan.held) if one.action
    }
    intents: list[Intent] = []
    gone: list[Item] = []
    changed: list[Item] = []
    for item in waiting.items:
        decision = now.get((item.key, item.action))
        if decision is None:
            gone.append(item)
            continue
        intent = intent_of(decision, tasks)
        if _same(item, intent):
            intents.append(replace(intent, payload=_frozen(item, intent)))
        else:
            changed.append(item)
    return Confirmed(intents=tuple(intents), gone=tuple(gone), changed=tuple(changed))


#: What a person said yes to; the body counts days, which go on.
_SEEN = ("owner_id", "deal_id", "account_id", "task_id", "line")


def _same(item: Item, intent: Intent) -> bool:
    return all(item.payload.get(name) == intent.payload.get(name) for name in _SEEN)


def _frozen(item: Item, intent: Intent) -> Mapping[str, object]:
    """The payload as it was seen; a due day never lies in the past."""
    due = max(str(item.payload.get("due", "")), str(intent.payload.get("due", "")))
    return dict(item.payload) | ({"due": due} if due else {})


def items_of(
    held: Sequence[Decision], tasks: Mapping[str, KnownTask], why: Mapping[str, str]
) -> list[Item]:
    """Return what waits, frozen as it would be written; `why` is what stopped it, by key."""
    return [
        Item(
            rule=one.rule,
            key=one.key,
            action=one.action,
            to=one.to,
            why=why.get(one.key, ""),
            payload=intent_of(one, tasks).payload,
        )
        for one in held
        if one.action
    ]
