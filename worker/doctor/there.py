"""What is looked at in the CRM: login, version, limits, clock, what may be seen, keys, people.

Asks only; nothing is written to the CRM. What one question cannot answer does not stop the others.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from connectors.base import Connector, Explains, Feed, Identity, Provisions, Setup
from connectors.errors import CrmError
from connectors.model import OPTIONAL_STREAMS, BlindSpot, Stage
from rules.checked import Rule
from rules.evaluate import why_not
from rules.org import Org
from rules.problems import listed, shown
from worker.doctor.checks import CRM_UNUSABLE, Check, look, note, ok, stop
from worker.settings import Settings

#: Clocks further apart than this are told (reliability, F47).
_APART: Final = dt.timedelta(minutes=5)
#: A version that ends within this time is worth a change now.
_SOON: Final = dt.timedelta(days=180)
#: Streams that an org may have or not, and a rule may ask for.
_MAYBE: Final = ("proposals", "ratings", *OPTIONAL_STREAMS)
_MANAGER: Final = "owners.manager_id"


@dataclass(frozen=True)
class Visit:
    """One look at a CRM, by somebody who is logged in."""

    connector: Connector
    settings: Settings
    rules: tuple[Rule, ...]
    identity: Identity
    ours: dt.datetime  # this machine's clock when the CRM said its own

    @cached_property
    def feeds(self) -> tuple[Feed, ...]:
        """What can be read."""
        return tuple(self.connector.feeds())

    @cached_property
    def blind(self) -> tuple[BlindSpot, ...]:
        """What cannot."""
        return tuple(self.connector.blind_spots())

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The org's stages."""
        return tuple(self.connector.stages())

    @cached_property
    def setup(self) -> Setup | None:
        """How the CRM is set up, where it says so."""
        return self.connector.setup() if isinstance(self.connector, Explains) else None

    @property
    def org(self) -> Org:
        """What rules know of the org."""
        return self.settings.org(self.stages)

    def why_not(self, rule: Rule, blind: Iterable[BlindSpot]) -> str | None:
        """Why a rule could not be judged although all that can be read was just read."""
        now = self.identity.server_now
        read = {stream: now for feed in self.feeds for stream in feed.streams}
        return why_not(rule, self.org, complete_until=read, blind_spots=tuple(blind), now=now)


def login_check(visit: Visit) -> Iterator[Check]:
    """Say whom the CRM takes us for."""
    who = visit.identity
    by = f"{who.user_name} ({who.user_id})" if who.user_id else who.user_name
    yield ok("login", f"{who.org_name} ({who.org_id}) as {by}")


def version_check(visit: Visit) -> Iterator[Check]:
    """Say by which version we ask, and whether it will last."""
    setup = visit.setup
    if setup is None:
        return
    says = f"version {setup.api_version}"
    if setup.api_versions and setup.api_versions[-1] != setup.api_version:
        says += f"; the newest here is {setup.api_versions[-1]}"
    if setup.api_ends is None:
        yield ok("api", says)
    else:
        says += f"; its support ends on {setup.api_ends}"
        soon = visit.identity.server_now.date() + _SOON >= setup.api_ends
        todo = [f'Write api_version: "{setup.api_versions[-1]}" in followthrough.yaml before then.']
        yield look("api", says, todo) if soon else note("api", says, todo)
    if setup.todo:
        yield look("setup", "the CRM is not set up as it has to be", setup.todo)


def clock_check(visit: Visit) -> Iterator[Check]:
    """Hold this machine's clock against the CRM's."""
    apart = visit.ours - visit.identity.server_now
    seconds = round(apart.total_seconds())
    if abs(apart) <= _APART:
        yield ok("clock", f"{abs(seconds)} s from the CRM's")
        return
    way = "ahead of" if seconds > 0 else "behind"
    todo = [
        "Let it be set by the network (NTP). What is read goes by the CRM's clock all the same."
    ]
    yield look("clock", f"{abs(seconds) // 60} minutes {way} the CRM's", todo)


def zone_check(visit: Visit) -> Iterator[Check]:
    """Hold the zone of the settings against the CRM's."""
    ours, theirs = visit.settings.file.time_zone, visit.setup.time_zone if visit.setup else None
    if theirs is None or theirs == ours:
        yield ok("time zone", ours + ("" if theirs else "; the CRM does not say its own"))
        return
    todo = [f"If dates in rules are meant there, write time_zone: {theirs} in followthrough.yaml."]
    yield note("time zone", f"{ours} in followthrough.yaml, {theirs} in the CRM", todo)


def stages_check(visit: Visit) -> Iterator[Check]:
    """Say which stages there are, and which labels of the settings are none of them."""
    won = [one.label for one in visit.stages if one.is_won]
    lost = [one.label for one in visit.stages if one.is_closed and not one.is_won]
    says = (
        f"{len(visit.stages)}: won {listed(won, 'and') or 'none'}, "
        f"lost {listed(lost, 'and') or 'none'}"
    )
    here = {one.label for one in visit.stages}
    named = [label for labels in visit.settings.file.stages.values() for label in labels]
    unknown = [label for label in named if label not in here]
    if not unknown or not here:
        yield ok("stages", says) if won else look("stages", says, [_NO_WON])
        return
    labels = listed([shown(label) for label in sorted(here)], "and")
    names = listed([shown(one) for one in unknown], "or")
    todo = f"There is no stage {names}. The CRM's: {labels}. Correct stages: in followthrough.yaml."
    yield look("stages", says, [todo])


_NO_WON: Final = "No stage counts as won, so no deal is ever won. Look at the CRM's stages."


def outcomes_check(visit: Visit) -> Iterator[Check]:
    """Say which outcomes of calls count as what."""
    outcomes = visit.setup.outcomes if visit.setup else {}
    if not outcomes:
        return
    known = [f"{label}: {meant}" for label, meant in outcomes.items() if meant]
    says = "; ".join(known) or "none that we know"
    unknown = [label for label, meant in outcomes.items() if not meant]
    if unknown:
        names = listed([shown(one) for one in unknown], "and")
        yield note("call outcomes", says, [f"Nothing is known of {names}: such calls may be any."])
    else:
        yield ok("call outcomes", says)


def rights_check(visit: Visit) -> Iterator[Check]:
    """Say what is hidden, what to grant, and which active rules lose by it."""
    needed = [one for one in visit.blind if one.stream not in _MAYBE or one.field is not None]
    if any(said.manager for said in visit.settings.people.said_of.values()):
        needed = [one for one in needed if f"{one.stream}.{one.field}" != _MANAGER]
    told: dict[str, list[str]] = {}
    for spot in needed:
        told.setdefault(spot.why, []).extend(_losing(visit, spot))
    todo = [_with_rules(why, rules) for why, rules in told.items()]
    says = f"{len({feed.name for feed in visit.feeds if not feed.repairs})} objects can be read"
    if not todo:
        yield ok("rights", f"{says}, with every field that is wanted")
    elif any(told.values()):
        yield look("rights", f"{says}; hidden, and needed by rules:", todo)
    else:
        yield note("rights", f"{says}; hidden, and not needed by any active rule:", todo)
    if visit.setup and visit.setup.unstamped:
        names = listed(list(visit.setup.unstamped), "and")
        said = "Rules see such a change within a day, not at once."
        yield note("formulas", f"{names} may change without leaving a stamp", [said])


def _losing(visit: Visit, spot: BlindSpot) -> list[str]:
    return [rule.id for rule in visit.rules if visit.why_not(rule, [spot]) == spot.why]


def _with_rules(why: str, rules: Iterable[str]) -> str:
    named = ", ".join(sorted(set(rules)))
    return f"{why} Not evaluable without it: {named}." if named else why


def streams_check(visit: Visit) -> Iterator[Check]:
    """Say of each stream that an org may have or not whether it is here, and who needs it."""
    read: dict[str, list[str]] = {}
    for feed in visit.feeds:
        for stream in feed.streams if not feed.repairs else ():
            read.setdefault(stream, []).append(feed.name)
    for stream in _MAYBE:
        name = stream.replace("_", " ")
        spot = next((b for b in visit.blind if b.stream == stream and b.field is None), None)
        if stream in read:
            yield ok(name, f"read ({', '.join(read[stream])})")
            continue
        losing = [rule.id for rule in visit.rules if stream in _wanted(visit, rule)]
        why = [spot.why] if spot else []
        if losing:
            yield look(name, f"not here; not evaluable without: {', '.join(losing)}", why)
        else:
            yield note(name, "not here; no active rule needs it", why)


def _wanted(visit: Visit, rule: Rule) -> frozenset[str]:
    return rule.needs_streams - visit.org.no_streams


def rules_check(visit: Visit) -> Iterator[Check]:
    """Say which active rules cannot be judged on this CRM, and why."""
    whys = {rule.id: visit.why_not(rule, visit.blind) for rule in visit.rules}
    lost = {rule: why for rule, why in whys.items() if why is not None}
    if not lost:
        yield ok("rules", f"all {len(whys)} that are active can be judged here")
        return
    told = {spot.why for spot in visit.blind}
    todo = [f"{rule}: {why}" for rule, why in lost.items() if why not in told]
    says = f"{len(lost)} of {len(whys)} cannot be judged here: {', '.join(lost)}"
    yield look("rules", says, todo)


def keys_check(visit: Visit) -> Iterator[Check]:
    """Say what keeps a task from being written twice, and what `provision` would make."""
    crm, why = visit.connector, visit.connector.why_not_writable()
    mode, todo = "", []
    if isinstance(crm, Provisions):
        mode = crm.mode()
        todo = [one.todo for one in crm.provision(write=False) if one.todo is not None]
    todo = list(dict.fromkeys([*([why] if why else []), *todo]))
    says = f"tasks are kept from being written twice by: {mode or 'unknown'}"
    if why is not None:
        can = ["`followthrough provision --write` makes what is missing where it may."]
        yield look("keys", f"tasks cannot be written ({mode})", [*todo, *can])
    elif todo:
        yield note("keys", f"{says}, for the CRM keeps no key unique", todo)
    else:
        yield ok("keys", says)


def limits_check(visit: Visit) -> Iterator[Check]:
    """Say what the CRM's day still holds for us; asked last, so that all of this is counted."""
    usage = visit.connector.usage()
    share = visit.settings.file.api_share
    if usage.allowed_today is None or usage.used_today is None:
        yield note("limits", f"the CRM tells no allowance of calls; this look took {usage.calls}")
        return
    left = usage.left_for_reads or 0
    says = (
        f"{usage.used_today:,} of today's {usage.allowed_today:,} calls are used by everybody; "
        f"reading may use {left:,} more (api_share: {share}); this look took {usage.calls}"
    )
    if left:
        yield ok("limits", says)
    else:
        yield look("limits", says, ["Wait until calls become free again, or raise api_share."])


#: In the order of a page.
CHECKS: Final[tuple[Callable[[Visit], Iterator[Check]], ...]] = (
    login_check,
    version_check,
    clock_check,
    zone_check,
    rights_check,
    streams_check,
    stages_check,
    outcomes_check,
    rules_check,
    keys_check,
)


def asked(name: str, visit: Visit, check: Callable[[Visit], Iterator[Check]]) -> Iterator[Check]:
    """Make one check; where the CRM does not answer, say that instead."""
    try:
        yield from check(visit)
    except CrmError as error:
        yield stop(name, "the CRM did not answer this", CRM_UNUSABLE, [error.message])


def counted(checks: Iterable[Check]) -> str:
    """Return how many checks stand how."""
    found = Counter(str(one.state) for one in checks)
    return ", ".join(f"{number} {state}" for state, number in found.items())
