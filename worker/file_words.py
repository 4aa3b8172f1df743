"""The words of followthrough.yaml, each with what it takes. What they mean stands in `settings`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from connectors.address import LOOPBACK
from connectors.open import CRMS, VERSIONS
from rules import scalars
from rules.free_days import read_region
from rules.lengths import LONGEST_DAYS
from rules.org import DEFAULT_HOURS
from rules.problems import shown
from rules.strict_yaml import Plain
from rules.words import Bare, Closed, Duration, OneOrMany, Text, Words, reader, wrong
from worker.fields_file import FieldsWords
from worker.objects_file import ObjectsWords
from worker.texts import MEANINGS, Keep
from worker.words_file import Steps, entries
from worker.zones import read_zone

WEEKDAYS: Final = (
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
_UNITS: Final = {"MB": 1, "GB": 1000}
#: With less not even a small company can be judged.
_LEAST_MEMORY: Final = 100
_CALENDAR_NAME: Final = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
#: What may be kept of texts, and what that means.
_KEEPS: Final = {str(keep): meaning for keep, meaning in MEANINGS.items()}
#: What may not stand in a file that others read, and which variable holds it.
_SECRET_PARTS: Final = ("secret", "token", "password")


def _time(text: str) -> dt.time:
    try:
        return dt.datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        raise ValueError(f'{shown(text)} is not a time of day. Write one like "09:00".') from None


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


def _count(text: str) -> int:
    number = scalars.whole_number(text)
    if number < 0:
        raise ValueError(f"{shown(text)} is too small. Write at least 0.")
    return number


def _megabytes(text: str) -> int:
    number, unit = text[:-2].strip(), text[-2:].upper()
    if unit not in _UNITS or not number.isdecimal():
        raise ValueError(f'{shown(text)} is no amount of memory. Write "400 MB", or "2 GB".')
    megabytes = int(number) * _UNITS[unit]
    if megabytes < _LEAST_MEMORY:
        raise ValueError(f"{shown(text)} is too little. Write at least {_LEAST_MEMORY} MB.")
    return megabytes


def _share(text: str) -> Decimal:
    share = scalars.number(text)
    if not 0 <= share <= 1:
        raise ValueError(f"{shown(text)} is not a share. Write a number between 0 and 1: 0.1.")
    return share


def _api_share(text: str) -> Decimal:
    share = _share(text)
    if not share:
        raise ValueError("0 leaves nothing to read with. Write a share such as 0.2.")
    return share


def _calendar_name(text: str) -> str:
    if text == DEFAULT_HOURS:
        raise ValueError('the calendar of everybody stands under "calendar:". Choose another name.')
    if not _CALENDAR_NAME.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is not a name for a calendar. Use small letters, digits and hyphens, "
            'such as "warehouse".'
        )
    return text


def _window(text: str) -> int:
    days = scalars.whole_number(text)
    if not 5 <= days <= 60:
        raise ValueError(f"{shown(text)} is not a number of working days from 5 to 60.")
    return days


def _days(text: str) -> int:
    days = scalars.whole_number(text)
    if not 1 <= days <= LONGEST_DAYS:
        raise ValueError(f"{shown(text)} is not a number of days from 1 to {LONGEST_DAYS}.")
    return days


def _somebody(text: str) -> str:
    kind, _, name = text.partition(":")
    if kind.strip() not in ("queue", "person") or not name.strip():
        raise ValueError(
            f'{shown(text)} names nobody. Write "queue:Sales Operations" or "person:Mia Stone".'
        )
    return f"{kind.strip()}:{name.strip()}"


def _on_off(text: str) -> bool:
    try:
        return {"on": True, "off": False}[text.lower()]
    except KeyError:
        raise ValueError(f'{shown(text)} is neither "on" nor "off".') from None


def _captured(value: object) -> bool | tuple[str, ...]:
    if isinstance(value, str) and value.lower() in ("yes", "true", "no", "false"):
        return scalars.yes_no(value)
    some = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) and one.strip() for one in some):
        raise wrong('write "yes", "no", or a list of names and e-mails.')
    return tuple(str(one).strip() for one in some)


_Text = Annotated[str, reader(str.strip)]
Labels = Annotated[tuple[_Text, ...], OneOrMany()]
_Whole = Annotated[int, reader(_count)]
_Share = Annotated[Decimal, reader(_share)]


class CalendarWords(Words):
    """When people work. Everybody's hours are meant in their own time zone."""

    opens: Annotated[dt.time, reader(_time)] = dt.time(9)
    closes: Annotated[dt.time, reader(_time)] = dt.time(17)
    days: tuple[Annotated[str, Closed("a day of the week", WEEKDAYS)], ...] = WEEKDAYS[:5]
    holidays_of: Annotated[str, reader(read_region)] | None = None
    free: tuple[Annotated[dt.date, reader(scalars.day)], ...] = ()

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.closes <= self.opens:
            raise wrong('"closes" must be later than "opens".')
        if not self.days:
            raise wrong('"days" names no day, so no time would ever pass. Write one, or delete it.')
        return self


class LimitWords(Words):
    """How much may be written, before a person has to say yes."""

    new_per_person_and_day: _Whole = 3
    open_per_person: _Whole = 7
    creates_per_rule: _Whole = 10
    creates_share: _Share = Decimal("0.10")
    creates_of_usual: _Whole = 3
    creates_per_day: _Whole = 100
    creates_per_owner: _Whole = 2
    closes_share: _Share = Decimal("0.20")
    closes_from: _Whole = 20
    renamed_from: _Whole = 3
    expire_after: Annotated[int, reader(_days)] = 30


class CoverageWords(Words):
    """When a person's work is seen well enough to judge them by what is missing."""

    guard: Annotated[bool, reader(_on_off)] = True
    share: _Share = Decimal("0.6")
    days: Annotated[int, reader(_window)] = 20
    mail_capture: Annotated[bool | tuple[str, ...], PlainValidator(_captured)] = False


class FileWords(Words):
    """The words of followthrough.yaml."""

    crm: Annotated[str, Closed("a CRM", tuple(CRMS))] = "salesforce"
    url: Annotated[str, reader(_https)] | None = None
    api_version: Annotated[str, reader(_version)] | None = None
    writes: Annotated[bool, reader(scalars.yes_no)] = False
    resolve_as: Annotated[str, Closed("what becomes of a task", ("close", "delete"))] = "close"
    marker_mode: Annotated[bool, reader(scalars.yes_no)] = False
    every: Annotated[Duration, AfterValidator(_every)] = 900
    time_zone: Annotated[str, reader(read_zone)] = "UTC"
    calendar: CalendarWords = CalendarWords()
    calendars: dict[Annotated[str, reader(_calendar_name)], CalendarWords] = Field(
        default_factory=dict
    )
    stages: dict[str, Labels] = Field(default_factory=dict)
    quotes: Annotated[bool, reader(scalars.yes_no)] = True
    text: Annotated[str, Closed("what to keep of texts", _KEEPS)] = Keep.QUOTES
    text_days: Annotated[int, reader(_days)] | None = None
    pipelines: dict[Text, Labels] = Field(default_factory=dict)
    fields: FieldsWords = FieldsWords()
    objects: ObjectsWords = ObjectsWords()
    coverage: Annotated[CoverageWords, Bare(lambda said: {"guard": said}, "guard")] = (
        CoverageWords()
    )
    pilot: Labels = ()
    quiet_hours: Annotated[bool, reader(scalars.yes_no)] = True
    otherwise_to: Annotated[tuple[Annotated[str, reader(_somebody)], ...], OneOrMany()] = ()
    limits: LimitWords = LimitWords()
    memory: Annotated[int, reader(_megabytes)] = 400
    api_share: Annotated[Decimal, reader(_api_share)] = Decimal("0.2")
    proxy: _Text | None = None
    ca_bundle: _Text | None = None


# -- what single words cannot show -------------------------------------------------------------


def mistakes(plain: Plain) -> Iterator[tuple[Steps, str]]:
    """Yield where something is wrong with the file as a whole, and the sentence."""
    if not isinstance(plain, dict):
        yield (), "settings are `word: value`."
    for word, _ in entries(plain):
        if any(part in word for part in _SECRET_PARTS):
            yield (
                (word, "[key]"),
                f'"{word}" is a secret and does not belong in a file that others read. Set '
                "SALESFORCE_CLIENT_SECRET in the environment instead.",
            )
    yield from _days_of_texts(plain)
    yield from _label_twice(plain, "stages")
    yield from _label_twice(plain, "pipelines")


def _days_of_texts(plain: Plain) -> Iterator[tuple[Steps, str]]:
    said = dict(entries(plain))
    if said.get("text") == Keep.FULL and "text_days" not in said:
        yield (
            ("text", "[key]"),
            '"text: full" keeps whole texts. Say for how long: "text_days: 30".',
        )
    if "text_days" in said and said.get("text") != Keep.FULL:
        yield (
            ("text_days", "[key]"),
            '"text_days" means something with "text: full" only. Delete it.',
        )


def _label_twice(plain: Plain, section: str) -> Iterator[tuple[Steps, str]]:
    """A label that stands for two words would mean whichever comes last."""
    meant: dict[str, str] = {}
    for word, labels in entries(plain, section):
        for label in labels if isinstance(labels, list) else [labels]:
            first = meant.setdefault(label, word) if isinstance(label, str) else word
            if first != word:
                yield (section, word), f'{shown(str(label))} stands under "{first}" already.'
