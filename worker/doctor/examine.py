"""The whole look, in one order: what is here, then what is in the CRM. Writes nothing to the CRM.

Every question is asked, whatever became of the one before; only where nobody can log in are the
questions to the CRM left out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Final

from connectors.base import Connector, Remembers, for_writing
from connectors.errors import CrmError
from connectors.open import open_connector
from rules.load import RuleSet
from rules.problems import Problem
from worker.apply import Clock
from worker.clock import utc_now
from worker.doctor import here, there
from worker.doctor.checks import CRM_UNUSABLE, MISTAKE, Check, note, stop
from worker.doctor.people import people_check
from worker.doctor.there import Visit, asked, limits_check
from worker.environment import SettingsError
from worker.loading import load_all
from worker.log import keep_out
from worker.settings import Settings, without_people

Connect = Callable[[Settings], Connector]
_UNASKED: Final = "the CRM was not asked anything"


def examine(
    config: Path, state: Path, *, connect: Connect | None = None, clock: Clock = utc_now
) -> Iterator[Check]:
    """Yield every check, each as soon as it is made. Raises nothing that an operator can mend."""
    settings, loaded, problems = _load(config, state)
    settings = settings or _without_people(config, state)
    if problems:
        told = [str(one) for one in problems]
        yield stop("settings", "rules or settings have mistakes", MISTAKE, told)
    elif settings is not None and loaded is not None:
        yield from here.settings_check(settings, loaded)
    if settings is None:
        yield from here.state_check(state)
        yield note("crm", f"{_UNASKED}: the settings come first")
        return
    yield from here.key_check(settings)
    yield from here.state_check(state)
    org_id = yield from _crm(settings, loaded, connect or _connect, clock)
    if state.is_dir() or settings.database:
        yield from here.ledger_check(settings, org_id)
        yield from here.mirror_check(settings, org_id)


def _load(config: Path, state: Path) -> tuple[Settings | None, RuleSet | None, list[Problem | str]]:
    try:
        return load_all(config, state)
    except SettingsError as error:  # of the environment, without which the files say nothing
        return None, None, list(error.problems)


def _without_people(config: Path, state: Path) -> Settings | None:
    try:
        settings = without_people(config, state)
        return settings if settings.crm else None
    except SettingsError:  # told already
        return None


def _crm(
    settings: Settings, loaded: RuleSet | None, connect: Connect, clock: Clock
) -> Generator[Check, None, str | None]:
    """Look at the CRM, if it can be reached; return which org it is, as far as that is known."""
    try:
        keep_out(*settings.secrets())
        connector = connect(settings)
    except SettingsError as error:
        told = [str(one) for one in error.problems]
        yield stop("credentials", _UNASKED, MISTAKE, told)
        return None
    except CrmError as error:
        yield stop("credentials", _UNASKED, CRM_UNUSABLE, [error.message])
        return None
    if isinstance(connector, Remembers):
        connector.spent_before(here.spent(settings, clock()))
    try:
        with for_writing(connector):  # a day that is used up is a thing to be told
            return (yield from _visit(connector, settings, loaded, clock))
    finally:
        connector.close()


def _visit(
    connector: Connector, settings: Settings, loaded: RuleSet | None, clock: Clock
) -> Generator[Check, None, str | None]:
    try:
        identity = connector.identity()
    except CrmError as error:
        yield stop("login", "nobody is logged in", CRM_UNUSABLE, [error.message])
        return None
    rules = loaded.active if loaded is not None else ()
    visit = Visit(connector, settings, tuple(rules), identity, clock())
    for check in (*there.CHECKS, people_check, limits_check):
        name = check.__name__.removesuffix("_check")
        yield from asked(name, visit, check)
    return identity.org_id


def _connect(settings: Settings) -> Connector:
    return open_connector(settings.crm_settings())
