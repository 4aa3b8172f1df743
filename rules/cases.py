"""The `tests` of a rule: from words to cases, and cases that cannot be meant as they stand.

What a case expects is not judged here; `testing` runs the rule on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from rules.case_words import CaseActivityWords, CaseDeal, CaseWords, ExpectWords
from rules.checked import Case, CaseActivity, CasePerson, CaseValue, Expectation
from rules.notes import Notes
from rules.problems import did_you_mean, listed, shown
from rules.vocabulary import ACTIVITY_KINDS, STATE_OF_STAGE, STATES_OF_MOMENT

#: Kinds whose word in a case is the direction; the word of the others is their subject or text.
_DIRECTED: Final = frozenset({"call", "email", "message"})
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
_ROLES: Final = frozenset({"owner", "manager", "team"})
_STAGE_OF_STATE: Final = {state: stage for stage, state in STATE_OF_STAGE.items()}


def read_cases(words: Sequence[CaseWords], notes: Notes) -> tuple[Case, ...]:
    """The cases; a rule must have one that fires and one that stays quiet."""
    cases = tuple(_Reader(notes, number, case).case() for number, case in enumerate(words))
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


class _Reader:
    """One case while it is read: its words, and where they stand."""

    def __init__(self, notes: Notes, number: int, words: CaseWords) -> None:
        self.notes = notes
        self.path = ("tests", number)
        self.words = words
        self.known = {*words.people, *([words.deal.owner] if words.deal.owner else [])}
        self.known |= {one.manager for one in words.people.values() if one.manager}

    def case(self) -> Case:
        words = self.words
        if not words.expect:
            self._note("expect", 'this list is empty. Write for example "{at: …, fires: yes}".')
        return Case(
            name=words.name,
            deal=self._deal(words.deal),
            activities=tuple(self._activity(*one) for one in enumerate(words.activities)),
            people=tuple(self._people()),
            calendar=words.calendar,
            expect=tuple(self._expectation(*one) for one in enumerate(words.expect)),
            place=self.notes.value(*self.path),
        )

    def _note(self, *path_and_message: int | str) -> None:
        *path, message = path_and_message
        self.notes.add(self.notes.value(*self.path, *path), str(message))

    def _deal(self, words: CaseDeal) -> Mapping[str, CaseValue]:
        deal: dict[str, CaseValue] = {
            name: value for name, value in _set(words) if value is not None
        }
        of_stage = STATE_OF_STAGE.get(words.stage, "open") if words.stage else None
        state = words.state or of_stage or "open"
        if of_stage and state != of_stage:
            self._note("deal", "state", f'a deal in "{words.stage}" is {of_stage}, not {state}.')
        for moment, states in STATES_OF_MOMENT.items():
            if moment in deal and state not in states:
                needed = listed([f'"state: {one}"' for one in sorted(states, reverse=True)])
                self._note("deal", moment, f'"{moment}" needs {needed}.')
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
                name=name, manager=words.manager, active=words.active, time_zone=words.time_zone
            )

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
        return CaseActivity(
            on=words.on,
            kind=kind,
            direction=value if kind in _DIRECTED else None,
            outcome=words.outcome,
            by=words.by,
            automated=words.automated,
            with_client=words.with_client,
            done=words.done,
            duration_seconds=words.duration,
            subject=subject,
            text=text,
            linked_to=words.linked_to,
            place=self.notes.value(*self.path, "activities", number),
        )

    def _texts(
        self, number: int, kind: str, words: CaseActivityWords
    ) -> tuple[str | None, str | None]:
        if kind in _DIRECTED:
            return words.subject, words.text
        said = "text" if kind == "note" else "subject"
        if getattr(words, said) is not None:
            self._note("activities", number, said, f'"{kind}" is the {said} already. Delete this.')
        value = getattr(words, kind)
        return (words.subject, value) if kind == "note" else (value, words.text)

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
        if words.task and words.task.to:
            self._check_person(words.task.to, "expect", number, "task", "to")
        if words.task and not words.fires:
            self._note("expect", number, "task", "a rule that does not fire writes no task.")
        if words.next_check and words.fires:
            self._note("expect", number, "next_check", '"next_check" goes with "fires: no" only.')
        elif words.next_check and words.next_check <= words.at:
            self._note("expect", number, "next_check", '"next_check" must be later than "at".')
        return Expectation(
            at=words.at,
            fires=words.fires,
            next_check=words.next_check,
            task=dict(_set(words.task)) if words.task else {},
            place=self.notes.value(*self.path, "expect", number),
        )


def _set(words: Any) -> Iterator[tuple[str, Any]]:
    return ((name, getattr(words, name)) for name in words.model_fields_set)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
