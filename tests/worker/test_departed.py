"""Who gets the work of somebody who left, and what the admin hears of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from rules.free_days import Span
from rules.people import Person
from tests.worker.scene import NOW, PEOPLE, RULE, Scene, person, task, tasks
from worker.decision import Reason

OWNER_ONLY = replace(RULE, task=replace(RULE.task, to=("owner",))) if RULE.task else RULE
GONE = {name: replace(one, active=False) for name, one in PEOPLE.items()}
QUEUE = replace(person("Ops"), id="ops", is_queue=True)
AWAY = replace(
    PEOPLE["sam"], leave=(Span(first=NOW.date(), last=NOW.date() + dt.timedelta(days=5)),)
)


def scene(people: dict[str, Person], *otherwise_to: str) -> Scene:
    """A finding about a deal of Sam's, and a rule that names only the owner."""
    return Scene(rules=[OWNER_ONLY], people=people, otherwise_to=otherwise_to)


TO = [
    ("Sam is there", PEOPLE, (), "sam"),
    ("Sam has left: his manager", PEOPLE | {"sam": GONE["sam"]}, ("person:Ana",), "mia"),
    (
        "both have left: a queue",
        PEOPLE | {"sam": GONE["sam"], "mia": GONE["mia"], "ops": QUEUE},
        ("queue:Ops", "person:Ana"),
        "ops",
    ),
    (
        "no such queue: the next",
        PEOPLE | {"sam": GONE["sam"], "mia": GONE["mia"]},
        ("queue:Ops", "person:Ana"),
        "ana",
    ),
    ("nobody is named", GONE, (), ""),
    ("Sam is on leave, and comes back", PEOPLE | {"sam": AWAY}, ("person:Ana",), ""),
]


@pytest.mark.parametrize(("why", "people", "otherwise", "to"), TO, ids=[row[0] for row in TO])
def test_who_gets_it(
    why: str, people: dict[str, Person], otherwise: tuple[str, ...], to: str
) -> None:
    """The manager, then whom the admin names, in their order; leave is no departure."""
    decision = scene(people, *otherwise).only()
    assert decision.to_id == to, why
    assert decision.reason is (Reason.NEW if to else Reason.NO_RECEIVER)


def test_the_admin_hears_who_takes_over_and_who_does_not() -> None:
    """And where open tasks of ours lie; of people who are there, nothing."""
    known = tasks(task())
    one_left = replace(scene(PEOPLE | {"sam": GONE["sam"]}), tasks=known).plan()
    assert one_left.look_at == (
        "Sam has left: 1 new task for their records went to Mia.",
        "Sam has left and holds 1 open task of ours. Hand over in the CRM.",
    )
    (nobody,) = scene(GONE).plan().look_at
    assert nobody.startswith("Sam has left, and nobody is there for 1 finding")
    assert replace(scene(PEOPLE), tasks=known).plan().look_at == ()
