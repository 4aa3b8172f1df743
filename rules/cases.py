"""The `tests` of a rule: from words to cases, and cases that cannot be meant as they stand.

What a case expects is not judged here; `testing` runs the rule on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from rules.case_nouns import (
    Case,
    CaseActivity,
    CaseFile,
    CasePerson,
    CaseQuote,
    CaseValue,
    Expectation,
)
from rules.case_words import (
    RECORDS,
    CaseActivityWords,
    CaseWords,
    ExpectedLine,
    ExpectedTask,
    ExpectWords,
    case_model,
)
from rules.complaints import validated
from rules.conditions import Vocabulary
from rules.free_days import read_region
from rules.notes import Path
from rules.problems import did_you_mean, listed, shown
from rules.strict_yaml import find
from rules.vocabulary import ACTIVITY_KINDS, NEXT_PURPOSE, STATE_OF_STAGE, STATES_OF_MOMENT

#: Kinds whose word in a case is the direction; the word of the others is their subject or text.
_DIRECTED: Final = frozenset({"call", "email", "message"})
#: Kinds whose word is their text.
_TEXTS: Final = frozenset({"note", "case"})
_OUTCOMES: Final[Mapping[str, frozenset[str]]] = {
    "call": frozenset(
        {
            "connected",
            "no_answer",
            "busy",
            "voicemail",
            "left_message",
            "wrong_number",
            "canceled",
        }
    ),
    "meeting": frozenset({"held", "no_show", "canceled"}),
    "email": frozenset({"bounced"}),
    "message": frozenset({"bounced"}),
}
#: What of that which a text says has a day.
DATED: Final = frozenset({"promise", NEXT_PURPOSE})
_ROLES: Final = frozenset({"owner", "manager", "team"})
_STAGE_OF_STATE: Final = {state: stage for stage, state in STATE_OF_STAGE.items()}


def read_cases(
    words: Sequence[CaseWords],
    known: Vocabulary,
    stages: frozenset[str],
    outcomes: Collection[str],
) -> tuple[Case, ...]:
    """The cases; a rule must have one that fires and one that stays quiet.

    `outcomes` are what the rule writes: task, alert, digest.
    """
    notes = known.notes
    about = _About(known=known, stages=stages, outcomes=outcomes)
    cases = tuple(_Reader(about, number, case).case() for number, case in enumerate(words))
    names = [case.name for case in cases]
    for number, name in enumerate(names):
        if name in names[:number]:
            place = notes.value("tests", number, "name")
            notes.add(place, f"another test is called {shown(name)} already. Rename one.")
    said = {expected.fires for case in cases for expected in case.expect}
    for fires, sentence in _NEEDED.items():
        if fires not in said:
            notes.add(notes.key("tests"), sentence)
    return cases


_NEEDED: Final = {
    True: 'no test expects the rule to fire. Add one with "fires: yes".',
    False: 'no test expects the rule to stay quiet. Add one with "fires: no".',
}


@dataclass(frozen=True, kw_only=True)
class _About:
    """What cases may speak of."""

    known: Vocabulary
    stages: frozenset[str]
    outcomes: Collection[str]


class _Reader:
    """One case while it is read: its words, and where they stand."""

    def __init__(self, about: _About, number: int, words: CaseWords) -> None:
        self.notes = about.known.notes
        self.known_words = about.known
        self.path: Path = ("tests", number)
        self.words = words
        self.stages = about.stages
        self.outcomes = about.outcomes
        self.records = {name: self._record(name, (name,)) for name in RECORDS}
        self.owner = self._owner()
        people = words.people
        self.known = {*people, *([self.owner] if self.owner else [])}
        self.known |= {one for p in people.values() for one in (p.manager, p.delegate) if one}

    def case(self) -> Case:
        words = self.words
        subject = self.known_words.subject
        if not words.expect:
            self._note("expect", 'this list is empty. Write for example "{at: …, fires: yes}".')
        self._check_subject(subject)
        return Case(
            name=words.name,
            deal=self._deal(self.records["deal"], ("deal",)),
            other_deals=tuple(self._other_deals()),
            record=self.records.get(subject, {}) if subject != "deal" else {},
            activities=tuple(self._activity(*one) for one in enumerate(words.activities)),
            quotes=tuple(CaseQuote(on=q.on, presented=q.presented) for q in words.quotes),
            files=tuple(CaseFile(on=one.on, name=one.name) for one in words.files),
            stages=tuple((one.on, one.stage) for one in words.stages),
            people=tuple(self._people()),
            calendar=words.calendar,
            expect=tuple(self._expectation(*one) for one in enumerate(words.expect)),
            place=self.notes.value(*self.path),
        )

    def _record(self, name: str, path: Path) -> Mapping[str, CaseValue]:
        plain = getattr(self.words, name)
        return {} if plain is None else self._validated(name, plain, path)

    def _validated(self, name: str, plain: object, path: Path) -> dict[str, CaseValue]:
        node, _ = find(self.notes.tree, (*self.path, *path))
        model = case_model(name, self.known_words.own)
        found, errors, _ = validated(model, plain, node, {"stages": self.stages}, self.notes.rule)
        self.notes.problems += errors
        return {word: value for word, value in _set(found) if value is not None}

    def _owner(self) -> str | None:
        said = self.records["owner"].get("name")
        for record in ("deal", "account", "contact", "rating"):
            said = said or self.records[record].get("owner")
        return str(said) if said is not None else None

    def _check_subject(self, subject: str) -> None:
        """A case must hold the record its rule is for."""
        self._check_this(subject)
        if subject in ("deal", "rating") and getattr(self.words, subject) is None:
            self.notes.add(self.notes.value(*self.path), f'"{subject}" is missing.')
        for name in RECORDS:
            unused = name not in ("deal", subject)
            if unused and getattr(self.words, name) is not None:
                message = f'this rule is for "{subject}": a case has no "{name}" of its own.'
                self.notes.add(self.notes.key(*self.path, name), message)

    def _check_this(self, subject: str) -> None:
        """Of several activities, it must be clear which one a rule for activities is judged for."""
        marked = [number for number, one in enumerate(self.words.activities) if one.this]
        if subject == "activity" and not self.words.activities:
            message = 'a rule for activities needs one under "activities" in every case.'
            self.notes.add(self.notes.value(*self.path), message)
        if subject != "activity" and marked:
            message = f'this rule is for "{subject}": no activity is the one it is judged for.'
            self.notes.add(self.notes.key(*self.path, "activities", marked[0], "this"), message)
        for number in marked[1:] if subject == "activity" else ():
            message = 'another activity is "this" already. A case is judged for one.'
            self.notes.add(self.notes.key(*self.path, "activities", number, "this"), message)

    def _note(self, *path_and_message: int | str) -> None:
        *path, message = path_and_message
        self.notes.add(self.notes.value(*self.path, *path), str(message))

    def _other_deals(self) -> Iterator[Mapping[str, CaseValue]]:
        for number, plain in enumerate(self.words.other_deals):
            path: Path = ("other_deals", number)
            yield self._deal(self._validated("deal", plain, path), path)

    def _deal(self, said: Mapping[str, CaseValue], path: Path) -> Mapping[str, CaseValue]:
        deal = dict(said)
        stage = deal.get("stage")
        of_stage = STATE_OF_STAGE.get(str(stage), "open") if stage else None
        state = str(deal.get("state") or of_stage or "open")
        if of_stage and state != of_stage:
            self._note(*path, "state", f'a deal in "{stage}" is {of_stage}, not {state}.')
        for moment, states in STATES_OF_MOMENT.items():
            if moment in deal and state not in states:
                needed = listed([f'"state: {one}"' for one in sorted(states, reverse=True)])
                self._note(*path, moment, f'"{moment}" needs {needed}.')
        deal["state"] = state
        if state in _STAGE_OF_STATE:
            deal.setdefault("stage", _STAGE_OF_STATE[state])
        return deal

    def _people(self) -> Iterator[CasePerson]:
        for name, words in self.words.people.items():
            if not _is_time_zone(words.time_zone):
                message = f'{shown(words.time_zone)} is no time zone. Write "Europe/Berlin".'
                self._note("people", name, "time_zone", message)
            yield CasePerson(
                name=name,
                manager=words.manager,
                active=words.active,
                time_zone=words.time_zone,
                delegate=words.delegate,
                region=self._region(name, words.region),
                leave=tuple((span.first, span.last) for span in words.leave),
            )

    def _region(self, name: str, region: str | None) -> str | None:
        if region is None:
            return None
        try:
            return read_region(region)
        except ValueError as error:
            self._note("people", name, "region", str(error))
            return None

    def _activity(self, number: int, words: CaseActivityWords) -> CaseActivity:
        kinds = [kind for kind in ACTIVITY_KINDS if getattr(words, kind) is not None]
        if len(kinds) != 1:
            message = (
                "what was it? Write one of " if not kinds else "this is two things. Keep one: "
            )
            self._note("activities", number, f"{message}{listed(kinds or ACTIVITY_KINDS)}.")
        kind = str(kinds[0]) if kinds else "call"
        self._check_person(words.by, "activities", number, "by")
        self._check_outcome(number, kind, words)
        value = getattr(words, kind)
        subject, text = self._texts(number, kind, words)
        if words.due is not None and not DATED & {*(words.says or ())}:
            message = (
                '"due" is when a promise falls due, or the day of the next contact. Write '
                '"says: promise" or "says: note.next_purpose" beside it.'
            )
            self.notes.add(self.notes.key(*self.path, "activities", number, "due"), message)
        return CaseActivity(
            on=words.on,
            kind=kind,
            direction=value if kind in _DIRECTED else "inbound" if kind == "case" else None,
            outcome=words.outcome,
            by=words.by,
            automated=words.automated,
            with_client=words.with_client,
            done=words.done,
            duration_seconds=words.duration,
            subject=subject,
            text=text,
            linked_to=words.linked_to,
            client=words.client,
            this=words.this,
            says=words.says,
            due=words.due,
            place=self.notes.value(*self.path, "activities", number),
        )

    def _texts(
        self, number: int, kind: str, words: CaseActivityWords
    ) -> tuple[str | None, str | None]:
        if kind in _DIRECTED:
            return words.subject, words.text
        said = "text" if kind in _TEXTS else "subject"
        if getattr(words, said) is not None:
            self._note("activities", number, said, f'"{kind}" is the {said} already. Delete this.')
        value = getattr(words, kind)
        return (words.subject, value) if kind in _TEXTS else (value, words.text)

    def _check_outcome(self, number: int, kind: str, words: CaseActivityWords) -> None:
        known = _OUTCOMES.get(kind, frozenset())
        if words.outcome and words.outcome not in known:
            fitting = f" Known: {listed(sorted(known), 'and')}." if known else ""
            message = f'"{words.outcome}" does not fit {kind}.{fitting}'
            self._note("activities", number, "outcome", message)
        if words.duration is not None and kind not in ("call", "meeting"):
            message = "only a call or a meeting has a duration. Delete this."
            self._note("activities", number, "duration", message)

    def _check_person(self, name: str, *path: int | str) -> None:
        if name not in _ROLES | self.known:
            guess = did_you_mean(name, _ROLES | self.known)
            message = f'nobody here is called {shown(name)}.{guess} Write "owner" or a name of'
            self._note(*path, f'{message} "people".')

    def _expectation(self, number: int, words: ExpectWords) -> Expectation:
        for outcome, said in ((name, getattr(words, name)) for name in _WRITTEN):
            if said is not None:
                self._check_written(number, outcome, said, fires=words.fires)
        if words.severity and not words.fires:
            message = '"severity" goes with "fires: yes" only.'
            self.notes.add(self.notes.key(*self.path, "expect", number, "severity"), message)
        if words.next_check and words.fires:
            self._note("expect", number, "next_check", '"next_check" goes with "fires: no" only.')
        elif words.next_check and words.next_check <= words.at:
            self._note("expect", number, "next_check", '"next_check" must be later than "at".')
        return Expectation(
            at=words.at,
            fires=words.fires,
            next_check=words.next_check,
            task=dict(_set(words.task)),
            alert=dict(_set(words.alert)),
            digest=dict(_set(words.digest)),
            severity=words.severity,
            place=self.notes.value(*self.path, "expect", number),
        )

    def _check_written(
        self, number: int, outcome: str, said: ExpectedTask | ExpectedLine, *, fires: bool
    ) -> None:
        what = _WRITTEN[outcome]
        if not fires:
            self._note("expect", number, outcome, f"a rule that does not fire writes no {what}.")
        elif outcome not in self.outcomes:
            message = f'this rule writes no {what}: there is no "{outcome}" in "then".'
            self.notes.add(self.notes.key(*self.path, "expect", number, outcome), message)
        if said.to:
            self._check_person(said.to, "expect", number, outcome, "to")


#: What a rule writes, as `then` and an expectation name it, and what it is called.
_WRITTEN: Final[Mapping[str, str]] = {"task": "task", "alert": "alert", "digest": "line"}


def _set(words: Any) -> Iterator[tuple[str, Any]]:
    if words is None:
        return iter(())
    fields = type(words).model_fields
    return (
        (fields[name].alias or name, getattr(words, name))
        for name in sorted(words.model_fields_set)
    )


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
