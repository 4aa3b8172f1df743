"""Settings: what an operator says about one org.

`followthrough.yaml` and `people.yaml` hold what may be read by everyone; secrets come from
the environment, or from files the environment names (`SALESFORCE_CLIENT_SECRET_FILE`), never from
YAML. Mistakes of both files come back all at once, each with its place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from pydantic import SecretStr, ValidationError

from connectors.model import Stage
from connectors.open import CRMS, CrmSettings
from rules.calendars import Hours
from rules.org import DEFAULT_HOURS, Coverage, CustomField, Org
from rules.problems import Problem, listed, shown
from rules.vocabulary import STAGES
from worker.environment import CREDENTIALS, Environment, SettingsError
from worker.fields_file import STREAMS, FieldsWords, own_fields, sources
from worker.file_words import WEEKDAYS, CalendarWords, CoverageWords, FileWords, mistakes
from worker.objects_file import mapped_objects, misplaced
from worker.people_file import PeopleFile, read_people_file
from worker.plan import Limits
from worker.texts import Keep, TextKept
from worker.words_file import entries, read_plain, read_words

T = TypeVar("T")

FILE: Final = "followthrough.yaml"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything said about one org, checked."""

    config: Path
    state: Path
    file: FileWords
    environment: Environment
    people: PeopleFile = field(default_factory=PeopleFile)

    @property
    def crm(self) -> str:
        """The CRM: FOLLOWTHROUGH_CRM in the environment, else the file's. Raises SettingsError."""
        named = self.environment.followthrough_crm or self.file.crm
        if named not in CREDENTIALS:
            known = listed(CREDENTIALS, "and")
            raise SettingsError([f"FOLLOWTHROUGH_CRM is {shown(named)}. Known: {known}."])
        return named

    @property
    def writes(self) -> bool:
        return self.file.writes

    @property
    def every(self) -> dt.timedelta:
        return dt.timedelta(seconds=self.file.every)

    @property
    def pilot(self) -> frozenset[str]:
        return frozenset(self.file.pilot)

    @property
    def key(self) -> SecretStr | None:
        return self.environment.secret("followthrough_key")

    @property
    def database(self) -> str | None:
        """The address of the PostgreSQL database that holds the ledger; None: a file does."""
        secret = self.environment.secret("followthrough_database")
        return secret.get_secret_value() if secret else None

    @property
    def text(self) -> TextKept:
        """What is kept of what people wrote."""
        return TextKept(keep=Keep(self.file.text), days=self.file.text_days)

    @property
    def memory(self) -> str:
        """What the mirror's database may use, as DuckDB says it."""
        return f"{self.file.memory}MB"

    @property
    def limits(self) -> Limits:
        return Limits(**self.file.limits.model_dump())

    def org(self, stages: Sequence[Stage]) -> Org:
        """Return what rules need to know of the org, with its stages as the CRM names them."""
        named = {DEFAULT_HOURS: self.file.calendar, **self.file.calendars}
        return Org(
            zone=self.file.time_zone,
            hours={name: _hours(name, said) for name, said in named.items()},
            stage_words={**_closing(stages), **_words_of(self.file.stages)},
            pipeline_words=_words_of(self.file.pipelines),
            stages=frozenset(stage.label for stage in stages) or None,
            no_streams=frozenset() if self.file.quotes else frozenset({"proposals"}),
            no_stages=frozenset(word for word, labels in self.file.stages.items() if not labels),
            said_of=self.people.said_of,
            support_pool=self.people.support_pool,
            fields=self.fields,
            coverage=_coverage(self.file.coverage),
        )

    @property
    def fields(self) -> Mapping[str, Mapping[str, CustomField]]:
        """The org's own fields that this CRM has, by subject and word."""
        return own_fields(self.file.fields, self.crm)

    def secrets(self) -> list[str]:
        """Return every secret, so that logs can keep them out."""
        return [secret.get_secret_value() for secret in self.environment.secrets()]

    def crm_settings(self) -> CrmSettings:
        """Return how to reach the CRM. Raises SettingsError naming what is missing."""
        crm = self.crm
        values = CREDENTIALS[crm].read(self.environment, self.file.url)
        missing = CREDENTIALS[crm].missing(crm, values)
        if wrong := [*missing, *misplaced(self.file.objects, crm)]:
            raise SettingsError(wrong)
        said = {
            "api_version": self.file.api_version,
            "api_share": float(self.file.api_share),
            "proxy": self.file.proxy,
            "ca_bundle": self.file.ca_bundle,
            "custom_fields": sources(self.fields),
            "objects": mapped_objects(self.file.objects),
            "texts": self.text.keep is not Keep.OFF,
            "marker_mode": self.file.marker_mode,
        }
        return CrmSettings.model_validate({"crm": crm, **values, **said})


def _hours(name: str, said: CalendarWords) -> Hours:
    return Hours(
        name=name,
        opens=said.opens,
        closes=said.closes,
        weekdays=frozenset(WEEKDAYS.index(day) for day in said.days),
        holidays=frozenset(said.free),
        region=said.holidays_of,
    )


def _coverage(said: CoverageWords) -> Coverage | None:
    if not said.guard:
        return None
    on = said.mail_capture
    return Coverage(
        share=float(said.share),
        days=said.days,
        mail_capture=on is True,
        captured=frozenset() if isinstance(on, bool) else frozenset(one.lower() for one in on),
    )


def _closing(stages: Sequence[Stage]) -> Mapping[str, str]:
    """The CRM says itself which stages are won and lost, whatever they are called."""
    return {one.label: "Won" if one.is_won else "Lost" for one in stages if one.is_closed}


def _words_of(sections: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The org's label -> rules' word."""
    return {label: word for word, labels in sections.items() for label in labels}


# -- reading ---------------------------------------------------------------------------------


def load_settings(config: Path, state: Path, environment: Environment | None = None) -> Settings:
    """Read both files (optional) and the environment.

    Raises SettingsError with the mistakes of both files.
    """
    problems: list[Problem | str] = []
    file = _told(problems, lambda: read_words(config / FILE, FileWords, mistakes))
    people = _told(problems, lambda: read_people_file(config, calendar_names(config)))
    if file is None or people is None:
        raise SettingsError(problems)
    return Settings(
        config=config,
        state=state,
        file=file,
        environment=environment or Environment(),
        people=people,
    )


def without_people(config: Path, state: Path, environment: Environment | None = None) -> Settings:
    """Read the settings while people.yaml is wrong: enough to reach the CRM, not to judge anybody.

    Raises SettingsError.
    """
    file = read_words(config / FILE, FileWords, mistakes)
    return Settings(config=config, state=state, file=file, environment=environment or Environment())


def calendar_names(config: Path) -> frozenset[str]:
    """Return what calendars may be called, also while the rest of the file is wrong."""
    return frozenset({DEFAULT_HOURS, *_keys(config, "calendars")})


def stage_words(config: Path) -> frozenset[str]:
    """Return every word that a rule may use for a stage, also while the file is wrong."""
    return STAGES | _keys(config, "stages")


def field_words(config: Path) -> Mapping[str, Mapping[str, CustomField]]:
    """Return the own fields a rule may name on any CRM, also while the rest of the file is wrong.

    None where they are wrong themselves.
    """
    said = dict(entries(read_plain(config / FILE))).get("fields") or {}
    try:
        words = FieldsWords.model_validate(said)
    except ValidationError:
        return {}
    of_each = [own_fields(words, crm) for crm in CRMS]
    return {
        subject: {word: one for some in of_each for word, one in some[subject].items()}
        for subject in STREAMS
    }


def _keys(config: Path, section: str) -> frozenset[str]:
    return frozenset(key for key, _ in entries(read_plain(config / FILE), section))


def _told(problems: list[Problem | str], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except SettingsError as error:
        problems += error.problems
        return None
