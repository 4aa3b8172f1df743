"""What no rule makes use of is not asked of the CRM."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.model import EVERY_STREAM, STREAMS
from rules.org import Org
from rules.wanted import ALWAYS, streams_wanted
from tests.faults.world import CRMS, founded
from tests.worker.world import WON, rules_of
from worker.cycle import pull_alone
from worker.desk import Desk

COMPLAINT = "- {extends: shipped/follow-up-complaint}\n"
PROMISE = "- {extends: shipped/promised-proposal}\n"
#: By stream: what a request for it says.
OBJECTS = {
    "salesforce": {
        "proposals": "Quote",
        "cases": "Case",
        "leads": "Lead",
        "files": "Attachment",
        "quotas": "ForecastingQuota",
    },
    "hubspot": {
        "proposals": "/quotes",
        "cases": "/tickets",
        "leads": "/leads",
        "files": "/files",
        "quotas": "/goal_targets",
    },
}


def wanted(rules: str, **org: frozenset[str]) -> frozenset[str]:
    return streams_wanted(rules_of(rules).values(), Org(**org)) - ALWAYS


def test_a_rule_wants_what_it_reads_and_what_helps_it() -> None:
    """Quotes and files for a promise, cases for a complaint, and else nothing beside the usual."""
    assert frozenset(STREAMS) >= ALWAYS
    assert wanted(WON) == frozenset()
    assert wanted(COMPLAINT) == {"cases"}
    assert wanted(PROMISE) == {"proposals", "files"}
    assert wanted(PROMISE, no_streams=frozenset({"proposals"})) == {"files"}
    assert streams_wanted([], Org()) == ALWAYS
    assert frozenset(EVERY_STREAM) > ALWAYS


@pytest.mark.proof
@pytest.mark.parametrize("crm", CRMS)
def test_a_pass_asks_for_no_more_and_a_new_rule_for_its_own(crm: str, tmp_path: Path) -> None:
    """First none of them; with a rule that needs one, that one from the beginning, and no other."""
    named = OBJECTS[crm]

    def asked(since: int) -> set[str]:
        log = [f"{one.path}?{one.query} " for one in world.sim.requests[since:]]
        marks = {
            s: (f"FROM+{n}+", f"/{n}/") if crm == "salesforce" else (n,) for s, n in named.items()
        }
        return {s for s, words in marks.items() if any(w in line for line in log for w in words)}

    def read(desk: Desk) -> set[str]:
        return {one.feed for one in pull_alone(desk).feeds}

    with founded(crm, tmp_path) as world:
        with world.desk() as desk:
            feeds = read(desk)
            assert not {spot.stream for spot in desk.mirror.blind_spots()} & named.keys()
        assert asked(0) == set()
        world.later()
        before = len(world.sim.requests)
        with world.desk(WON + COMPLAINT) as desk:
            more = read(desk)
            assert "cases" in desk.mirror.complete_until()
        assert asked(before) == {"cases"}
        assert len({one for one in more - feeds if ":" not in one}) == 1
        world.later()
        with world.desk() as desk:
            assert read(desk) >= feeds
            assert "cases" not in desk.mirror.complete_until()
