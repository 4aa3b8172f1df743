"""Which streams rules make use of, so that no others have to be read from the CRM.

Who people are, whose a record is and what was done is always wanted: tasks are worded with it, and
the coverage guard counts it. Of the rest a rule says itself what it needs; what merely tells it
more, where an org has it, stands in here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from connectors.model import STREAMS, ActivityKind
from rules.checked import Rule
from rules.derived import clauses_of
from rules.evaluate import streams_of
from rules.org import Org

#: Streams that are read only where a rule makes use of them, beside the optional ones.
_SOME: Final = frozenset({"proposals", "ratings"})
ALWAYS: Final = frozenset(STREAMS) - _SOME
#: A signal that a client's case may give, too (`worker.complaining`).
_OF_CASES: Final = "complaint"


def streams_wanted(rules: Iterable[Rule], org: Org) -> frozenset[str]:
    """Return the streams to read for these rules, without those that the admin says are empty."""
    every = [*rules]
    needed = frozenset(stream for rule in every for stream in streams_of(rule, org))
    helpful = frozenset(stream for rule in every for stream in _helped_by(rule))
    return ALWAYS | needed | (helpful - org.no_streams)


def _helped_by(rule: Rule) -> frozenset[str]:
    """Return the streams that tell a rule more where they are there."""
    helped = {*rule.heeds_streams}
    if any(_may_be_a_case(one.kinds, one.says) for one in clauses_of(rule).patterns):
        helped.add("cases")
    return frozenset(helped)


def _may_be_a_case(kinds: frozenset[str], says: frozenset[str]) -> bool:
    return ActivityKind.CASE in kinds and _OF_CASES in says
