"""Whom the coverage guard asks about: the owner of a record, or the manager whose duty it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.checked import Rule, TouchPattern
from rules.org import Org
from tests.worker.scene import NOW, PEOPLE, RING, RULE, finding
from worker.plan import Limits, Memory, Setting
from worker.sitting import Sitting

HARDLY = "cannot see their activity: 3 of 20"
NOTHING = "cannot see their activity: 0 of 20"
#: Sam shows little, Mia, who leads him, nothing; Ana is seen.
SETTING = Setting(
    org=Org(),
    keyring=RING,
    people=PEOPLE,
    limits=Limits(),
    pilot=frozenset(),
    record_url=lambda kind, record: "",
    unjudgeable={"sam": HARDLY, "mia": NOTHING},
    unseen={"mia": NOTHING},
)


def missing(*by: str) -> Rule:
    """A rule that misses contact by these."""
    (duty,) = RULE.absences
    (touch,) = duty.touches
    assert isinstance(touch, TouchPattern)
    wanted = replace(touch, by=frozenset(by))
    return replace(RULE, absences=(replace(duty, events=(wanted,)),))


@pytest.mark.parametrize(
    ("by", "owner", "why"),
    [
        (["owner", "team", "manager"], "sam", HARDLY),
        (["owner", "team", "manager"], "ana", None),  # whoever of them it could have been
        (["anyone"], "ana", None),
        (["manager"], "ana", NOTHING),  # whatever is seen of hers, the duty is Mia's
        (["manager"], "mia", NOTHING),  # who leads herself
    ],
)
def test_who_is_asked_for_contact_is_judged(by: list[str], owner: str, why: str | None) -> None:
    """By what is missing somebody is judged only if what they do can be seen."""
    assert told(missing(*by), owner, SETTING) == why


def test_little_is_enough_of_a_manager() -> None:
    """One activity in four weeks shows that theirs are seen; of a rep that would be too little."""
    little = replace(SETTING, unjudgeable={"sam": HARDLY, "mia": HARDLY}, unseen={})
    assert told(missing("manager"), "sam", little) is None
    assert told(missing("owner"), "sam", little) == HARDLY
    assert told(missing("manager"), "mia", little) == HARDLY


def told(rule: Rule, owner: str, setting: Setting) -> str | None:
    """Return why a finding on a record of this person's is not held against anybody."""
    sitting = Sitting(Memory(tasks={}, rules={}, refused=frozenset()), setting, NOW)
    return sitting.cannot_see(rule, finding(owner_id=owner))
