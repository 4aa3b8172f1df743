"""Since when a rule writes, and which of its findings lead to nothing whoever they are about. Pure.

A rule in shadow writes nothing, one that has changed nothing until the next run, and what was
overdue when a rule went live is its backlog: counted, not written (decision 0004).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from rules.checked import Mode, Rule, Start
from worker.decision import Reason
from worker.known import KnownRule


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Why a rule writes nothing about some episodes: all, or those that began and fell due so."""

    reason: Reason
    begun_before: dt.datetime | None = None
    due_until: dt.datetime | None = None

    def covers(self, anchor: dt.datetime, deadline: dt.datetime) -> bool:
        """Tell whether an episode with this beginning and deadline is one of them."""
        begun = self.begun_before is None or anchor < self.begun_before
        return begun and (self.due_until is None or deadline <= self.due_until)


def known_rules(
    rules: Mapping[str, Rule], before: Mapping[str, KnownRule], now: dt.datetime
) -> dict[str, KnownRule]:
    """Return what to remember: a rule that may write for the first time is live from now on."""
    known = {}
    for rule in rules.values():
        was = before.get(rule.id)
        since = was.live_since if was else None
        if rule.mode is not Mode.SHADOW:
            since = since or now
        known[rule.id] = KnownRule(meaning=rule.meaning, live_since=since)
    return known


def quiet_of(rule: Rule, before: KnownRule | None, now: dt.datetime) -> Quiet:
    """Return what a rule writes nothing about; `before` is what was known of it until this run.

    One that was never live is live from `now` on (UTC). An episode that began long before a rule's
    start and fell due only after it went live is new: nobody could have seen it coming.
    """
    if rule.mode is Mode.SHADOW:
        return Quiet(reason=Reason.SHADOW)
    if before is not None and before.meaning != rule.meaning and before.live_since is not None:
        return Quiet(reason=Reason.MEANING_CHANGED)
    live_since = (before.live_since if before is not None else None) or now
    return Quiet(
        reason=Reason.BACKLOG, begun_before=_first_anchor(rule, live_since), due_until=live_since
    )


def _first_anchor(rule: Rule, live_since: dt.datetime) -> dt.datetime:
    """Return when the earliest episode may have begun that this rule writes about."""
    start = rule.start_from
    if start.start is Start.ENABLED or start.length is None:
        return live_since
    return live_since - start.length.at_most()
