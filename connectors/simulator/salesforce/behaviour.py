"""What an org does by itself: derived fields before a write, consequences after it.

One table of each, by object; what an object does stands in its own module. Nothing here refuses
for lack of permission, and nothing reads a clock: `scene.now` is the moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from connectors.simulator.salesforce import activities, mails, opportunities, people, service
from connectors.simulator.salesforce.consequence import Consequence
from connectors.simulator.salesforce.scene import Change, Scene


def _deal(scene: Scene, change: Change) -> Iterator[Consequence]:
    yield from opportunities.history(scene, change)
    if not change.new["IsDeleted"]:
        yield from opportunities.field_history(scene, change)


def _event(scene: Scene, change: Change) -> Iterator[Consequence]:
    yield from activities.roll_up(scene, change)
    yield from service.people_of_event(scene, change)


COMPLETE: Final[Mapping[str, Callable[[Scene, Change], None]]] = {
    "Account": people.account,
    "Contact": people.full_name,
    "Lead": people.full_name,
    "User": people.user,
    "Group": people.group,
    "Opportunity": opportunities.complete,
    "Quote": opportunities.quote,
    "Task": activities.task,
    "Event": activities.event,
    "EmailMessage": mails.complete,
    "Case": service.case,
    "EventRelation": service.relation,
    "ContentVersion": service.version,
}

FOLLOW: Final[Mapping[str, Callable[[Scene, Change], Iterator[Consequence]]]] = {
    "Account": people.person_contact,
    "Opportunity": _deal,
    "Group": people.queue,
    "OpportunityContactRole": opportunities.one_primary,
    "Task": activities.roll_up,
    "Event": _event,
    "EmailMessage": mails.paired_task,
    "ContentVersion": service.document,
    "ContentDocument": service.published,
}


def complete(scene: Scene, change: Change) -> None:
    """Fill in what follows from the other fields; may refuse values that do not fit together."""
    step = COMPLETE.get(change.entity.name)
    if step:
        step(scene, change)


def follow(scene: Scene, change: Change) -> Iterator[Consequence]:
    """Do to other rows what the write sets off, and yield the rows it creates."""
    step = FOLLOW.get(change.entity.name)
    if step:
        yield from step(scene, change)
