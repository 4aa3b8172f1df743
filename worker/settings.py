"""Settings: what an operator says about one org.

`followthrough.yaml` in the config directory holds what may be read by everyone; secrets come from
the environment, or from files the environment names (`SALESFORCE_CLIENT_SECRET_FILE`), never from
YAML. Mistakes of the file come back all at once, each with its place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import holidays
from pydantic import AfterValidator, Field, SecretStr

from connectors.address import LOOPBACK
from connectors.model import Stage
from connectors.open import CRMS, VERSIONS, CrmSettings
from rules import scalars
from rules.calendars import WORKWEEK, Hours
from rules.compile import DEFAULT_HOURS
from rules.evaluate import Org, Said
from rules.problems import Place, Problem, did_you_mean, listed, problem_at, shown
from rules.vocabulary import STAGES
from rules.words import Closed, Duration, OneOrMany, Words, reader, wrong
from worker.environment import CREDENTIALS, Environment, SettingsError
from worker.people_file import read_people_file
from worker.plan import Limits
from worker.words_file import read_words
from worker.zones import read_zone

FILE: Final = "followthrough.yaml"
_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
#: Salesforce asks clients not to poll more often (`facts/salesforce.md` 3.2).
_SHORTEST: Final = 300


# -- the file --------------------------------------------------------------------------------


def _time(text: str) -> dt.time:
    try:
        return dt.datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        raise ValueError(f'{shown(text)} is not a time of day. Write one like "09:00".') from None


def _region(text: str) -> str:
    country, _, part = text.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        raise ValueError(
            f'{shown(text)} is not a country whose holidays are known. Write one like "DE" or '
            '"US-CA".'
        )
    if part and part not in known[country]:
        raise ValueError(
            f"{shown(part)} is not a part of {country}.{did_you_mean(part, known[country])}"
        )
    return text


def _every(seconds: int) -> int:
    if seconds < _SHORTEST:
        raise wrong("Run at most every 5 minutes; CRMs ask not to be polled more often.")
    return seconds


def _version(text: str) -> str:
    if not any(version.fullmatch(text) for version in VERSIONS.values()):
        raise ValueError(
            f'{shown(text)} is not a version of the API. Write one like "62.0" for Salesforce, '
            '"v3" or "2026-03" for HubSpot.'
        )
    return text


def _https(text: str) -> str:
    parts = urlsplit(text)
    if not (parts.scheme == "https" and parts.hostname) and not (
        parts.scheme == "http" and parts.hostname in LOOPBACK
    ):
        raise ValueError(
            f'{shown(text)} is not the address of an org. Write "https://…my.salesforce.com".'
        )
    return text


_Text = Annotated[str, reader(str.strip)]
Labels = Annotated[tuple[_Text, ...], OneOrMany()]


def _count(text: str) -> int:
    number = scalars.whole_number(text)
    if number < 0:
        raise ValueError(f"{shown(text)} is too small. Write at least 0.")
    return number


def _share(text: str) -> Decimal:
    share = scalars.number(text)
    if not 0 <= share <= 1:
        raise ValueError(f"{shown(text)} is not a share. Write a number between 0 and 1: 0.1.")
    return share


_Whole = Annotated[int, reader(_count)]


class CalendarWords(Words):
    """When people work. Everybody's hours are meant in their own time zone."""

    opens: Annotated[dt.time, reader(_time)] = dt.time(9)
    closes: Annotated[dt.time, reader(_time)] = dt.time(17)
    days: tuple[Annotated[str, Closed("a day of the week", _WEEKDAYS)], ...] = _WEEKDAYS[:5]
    holidays_of: Annotated[str, reader(_region)] | None = None
    free: tuple[Annotated[dt.date, reader(scalars.day)], ...] = ()


class LimitWords(Words):
    """How much may be written, before a person has to say yes."""

    new_per_person_and_day: _Whole = 3
    open_per_person: _Whole = 7
    creates_per_rule: _Whole = 10
    creates_share: Annotated[Decimal, reader(_share)] = Decimal("0.10")


class FileWords(Words):
    """The words of followthrough.yaml."""

    crm: Annotated[str, Closed("a CRM", tuple(CRMS))] = "salesforce"
    url: Annotated[str, reader(_https)] | None = None
    api_version: Annotated[str, reader(_version)] | None = None
    writes: Annotated[bool, reader(scalars.yes_no)] = False
    every: Annotated[Duration, AfterValidator(_every)] = 900
    time_zone: Annotated[str, reader(read_zone)] = "UTC"
    calendar: CalendarWords = CalendarWords()
    stages: dict[str, Labels] = Field(default_factory=dict)
    pilot: Labels = ()
    limits: LimitWords = LimitWords()
    proxy: _Text | None = None
    ca_bundle: _Text | None = None


# -- both ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything said about one org, checked."""

    config: Path
    state: Path
    file: FileWords
    environment: Environment
    people: Mapping[str, Said] = field(default_factory=dict)  # people.yaml, by e-mail

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
    def limits(self) -> Limits:
        return Limits(**self.file.limits.model_dump())

    @property
    def stage_words(self) -> frozenset[str]:
        """Every word that a rule may use for a stage."""
        return STAGES | self.file.stages.keys()

    def org(self, stages: Sequence[Stage]) -> Org:
        """Return what rules need to know of the org, with its stages as the CRM names them."""
        named = {label: word for word, labels in self.file.stages.items() for label in labels}
        return Org(
            zone=self.file.time_zone,
            hours={DEFAULT_HOURS: self._hours()},
            stage_words=named,
            stages=frozenset(stage.label for stage in stages) or None,
            said_of=self.people,
        )

    def secrets(self) -> list[str]:
        """Return every secret, so that logs can keep them out."""
        return [secret.get_secret_value() for secret in self.environment.secrets()]

    def crm_settings(self) -> CrmSettings:
        """Return how to reach the CRM. Raises SettingsError naming what is missing."""
        crm = self.crm
        values = CREDENTIALS[crm].read(self.environment, self.file.url)
        missing = CREDENTIALS[crm].missing(crm, values)
        if missing:
            raise SettingsError(missing)
        said = {
            "api_version": self.file.api_version,
            "proxy": self.file.proxy,
            "ca_bundle": self.file.ca_bundle,
        }
        return CrmSettings.model_validate({"crm": crm, **values, **said})

    def _hours(self) -> Hours:
        said = self.file.calendar
        return Hours(
            name=DEFAULT_HOURS,
            opens=said.opens,
            closes=said.closes,
            weekdays=frozenset(_WEEKDAYS.index(day) for day in said.days) or WORKWEEK,
            holidays=frozenset(said.free) | _public_holidays(said.holidays_of),
        )


def _public_holidays(region: str | None) -> frozenset[dt.date]:
    if region is None:
        return frozenset()
    country, _, part = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=_YEARS))


_YEARS: Final = range(2015, 2041)


def load_settings(config: Path, state: Path, environment: Environment | None = None) -> Settings:
    """Read `followthrough.yaml` (optional) and the environment. Raises SettingsError."""
    return Settings(
        config=config,
        state=state,
        file=_read_file(config / FILE),
        environment=environment or Environment(),
        people=read_people_file(config),
    )


def _read_file(path: Path) -> FileWords:
    words = read_words(path, FileWords, lambda plain: _secrets(plain, path))
    if words.calendar.closes <= words.calendar.opens:
        raise SettingsError([f'{path}: calendar: "closes" must be later than "opens".'])
    return words


def _secrets(plain: Any, path: Path) -> list[Problem]:
    if not isinstance(plain, Mapping):
        return [problem_at(Place(path=str(path), line=1, column=1), "settings are `word: value`.")]
    return [
        problem_at(
            Place(path=str(path), line=1, column=1),
            f'"{word}" is a secret and does not belong in a file that others read. Set '
            "SALESFORCE_CLIENT_SECRET in the environment instead.",
        )
        for word in plain
        if "secret" in word or "token" in word or "password" in word
    ]
