"""What is looked at on this machine: settings and rules, the key, the state directory, both stores.

The stores are opened as a pass would open them; nothing is read from the CRM.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rules.checked import Mode
from rules.coverage import lay_coverage, unjudgeable
from rules.evaluate import prepare
from rules.load import RuleSet
from worker import feeds
from worker.desk import MIRROR_FILE
from worker.doctor.checks import MISTAKE, STATE_UNUSABLE, Check, look, note, ok, stop
from worker.environment import SettingsError
from worker.ledger import Ledger, LedgerError
from worker.loading import lexicon_warnings
from worker.lock import Busy, held
from worker.mirror import Mirror, MirrorError
from worker.pausing import why_paused
from worker.settings import Settings
from worker.store import LEDGER_FILE, open_ledger

#: Less room than this and a first load may not fit.
_ROOM: Final = 2 * 1024**3
#: Before this version SQLite could, rarely, reset its log under a reader (reliability, F124).
_MENDED: Final = (3, 51, 3)
_MANY: Final = 5


def settings_check(settings: Settings, loaded: RuleSet) -> Iterator[Check]:
    """Say what is set up: how many rules, and how many of them may write."""
    modes = [rule.mode for rule in loaded.active]
    writing = sum(mode is not Mode.SHADOW for mode in modes)
    says = f"{len(modes)} rules active in {settings.config}, {writing} of them may write"
    if not modes:
        yield look(
            "settings",
            f"no rule is active in {settings.config / 'rules'}",
            ["Put a file there that extends a shipped rule; `followthrough init` makes them all."],
        )
    else:
        yield ok("settings", f"{says}; writes: {'yes' if settings.writes else 'no'}")
    warnings = [str(one) for one in lexicon_warnings(settings.config)]
    if warnings:
        yield look("lexicon", f"{len(warnings)} entries say something in vain", warnings)


def key_check(settings: Settings) -> Iterator[Check]:
    """Say where the keys of tasks come from, and what cannot be read of the environment."""
    try:
        key = settings.key
    except SettingsError as error:
        yield stop("key", "FOLLOWTHROUGH_KEY cannot be read", MISTAKE, [str(error)])
        return
    if key is None:
        yield note(
            "key",
            "FOLLOWTHROUGH_KEY is not set: keys of tasks are made from the org's id, and can be "
            "guessed",
            ["Set FOLLOWTHROUGH_KEY before the first task is written, and keep it."],
        )
    else:
        yield ok("key", "FOLLOWTHROUGH_KEY is set; keep it")


def state_check(state: Path) -> Iterator[Check]:
    """Look at the state directory: whether it can be used, is private, and has room."""
    if not state.exists():
        yield _first_time(state)
        return
    if not state.is_dir() or not os.access(state, os.R_OK | os.W_OK | os.X_OK):
        why = "may not be written to" if state.is_dir() else "is no directory"
        todo = ["Name another with --state, or let the user that runs this read and write it."]
        yield stop("state", f"{state} {why}", STATE_UNUSABLE, todo)
        return
    paused = why_paused(state)
    if paused is not None:
        yield _pause(paused)
    wrong = [*_not_private(state), *_no_room(state)]
    if wrong:
        yield look("state", f"{state}", wrong)
    else:
        yield ok("state", f"{state} is private, and has room")


def _pause(why: str) -> Check:
    return look("pause", f"writing is paused: {why}", ["`followthrough pause --end` ends it."])


def _first_time(state: Path) -> Check:
    above = next((one for one in state.absolute().parents if one.exists()), Path("/"))
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return ok("state", f"{state} is not there yet; the first pull makes it")
    return stop(
        "state",
        f"{state} is not there, and cannot be made in {above}",
        STATE_UNUSABLE,
        ["Name another with --state, or let the user that runs this write there."],
    )


def _not_private(state: Path) -> Iterator[str]:
    if stat.S_IMODE(state.stat().st_mode) & 0o077:
        yield f"Others on this machine may look into {state}. Say chmod 700 {state}."


def _no_room(state: Path) -> Iterator[str]:
    free = shutil.disk_usage(state).free
    if free < _ROOM:
        yield f"{state} has {free / 1024**3:.1f} GB of room left. Free some: a mirror needs 2 GB."


def ledger_check(settings: Settings, org_id: str | None) -> Iterator[Check]:
    """Open the ledger, if there is one: whether it is whole, and this org's."""
    version = f"SQLite {sqlite3.sqlite_version}"
    if not settings.database and not (settings.state / LEDGER_FILE).exists():
        yield ok("ledger", f"there is none yet; the first run makes one ({version})")
        return
    try:
        ledger = open_ledger(settings.state, settings.database)
    except LedgerError as error:
        yield stop("ledger", "it cannot be used", STATE_UNUSABLE, [str(error)])
        return
    try:
        yield _ledger(ledger, version, org_id)
        paused = ledger.paused() if ledger.shared else None  # by another of its workers
        if paused is not None and why_paused(settings.state) is None:
            yield _pause(paused)
    finally:
        ledger.close()
    if not settings.database and sqlite3.sqlite_version_info < _MENDED:
        yield note("sqlite", f"{version}: 3.51.3 mends a rare fault when a log is reset")


def _ledger(ledger: Ledger, version: str, org_id: str | None) -> Check:
    bound = ledger.org_id()
    if org_id is not None and bound is not None and bound != org_id:
        return stop("ledger", f"it is of org {bound}", STATE_UNUSABLE, [_other_org(bound, org_id)])
    kept = "PostgreSQL" if ledger.shared else version
    return ok("ledger", f"{len(ledger.tasks())} tasks of ours are known ({kept})")


def _other_org(bound: str, org_id: str) -> str:
    return (
        f"The state belongs to org {bound}, and the CRM says it is {org_id}. Point the settings "
        "back to the first org, or use another state directory for the second."
    )


def mirror_check(settings: Settings, org_id: str | None) -> Iterator[Check]:
    """Open the mirror, if there is one: whose it is, how far it was read, whom it shows."""
    path = settings.state / MIRROR_FILE
    if not path.exists():
        yield ok("mirror", "there is none yet; the first pull fills it")
        return
    try:
        with held(settings.state):
            mirror = Mirror.open(path, patience=1.0)
            try:
                yield from _mirror(mirror, settings, org_id)
            finally:
                mirror.close()
    except Busy:
        yield note("mirror", "a run is under way, so the mirror was not looked at")
    except MirrorError as error:
        yield stop("mirror", "it cannot be used", STATE_UNUSABLE, [str(error)])


def spent(settings: Settings, now: dt.datetime) -> int:
    """Return how many calls our runs made in the 24 hours before `now`, as far as can be seen."""
    path = settings.state / MIRROR_FILE
    if not path.exists():
        return 0
    try:
        mirror = Mirror.open(path, read_only=True, patience=0.5)
    except MirrorError:
        return 0
    try:
        return feeds.spent(mirror.connection, now)
    finally:
        mirror.close()


def _mirror(mirror: Mirror, settings: Settings, org_id: str | None) -> Iterator[Check]:
    bound, complete = mirror.org_id(), mirror.complete_until()
    if org_id is not None and bound is not None and bound != org_id:
        yield stop("mirror", f"it is of org {bound}", STATE_UNUSABLE, [_other_org(bound, org_id)])
    elif not complete:
        yield note("mirror", "nothing has been read to its end yet; say `followthrough pull`")
    else:
        oldest = min(complete.values())
        yield ok("mirror", f"read until {oldest:%Y-%m-%d %H:%M} UTC")
        if settings.org(()).coverage is not None and {"owners", "activities"} <= complete.keys():
            yield _coverage(mirror, settings)


def _coverage(mirror: Mirror, settings: Settings) -> Check:
    """Say of how many people enough is seen to judge them by what is missing."""
    org, now = settings.org(mirror.stages()), max(mirror.complete_until().values())
    prepare(mirror.connection, org, now, ())
    lay_coverage(mirror.connection, org, now)
    sql = (
        "SELECT count(*) FROM people_now WHERE active AND NOT deleted "
        "AND NOT coalesce(is_queue, FALSE)"
    )
    everybody = int(mirror.connection.execute(sql).fetchall()[0][0])
    dark = list(unjudgeable(mirror.connection).values())
    says = f"enough is seen of {everybody - len(dark)} of {everybody} people to judge them"
    return note("coverage", says, _first(dark)) if dark else ok("coverage", says)


def _first(lines: Sequence[str]) -> list[str]:
    """The first few, and how many more there are."""
    more = len(lines) - _MANY
    return [*lines[:_MANY], *([f"… and {more} more."] if more > 0 else [])]
