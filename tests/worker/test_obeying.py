"""What a plan does about words in tasks, evidence that comes late, and tasks that grow old."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules.checked import Limits as RuleLimits
from rules.checked import Rule
from rules.lengths import Length
from tests.worker.scene import DAY, NOW, RULE, Scene, ended, finding, key, task, task_of, tasks
from worker.about import Kind
from worker.decision import Decision, Reason
from worker.known import CLOSED_BY_US, HeardWord, KnownTask, TaskState, Turn
from worker.obeying import ANSWERED


def word(word: str, argument: str = "", mark: str = "m1", **changed: Any) -> HeardWord:
    """A word in the task k, typed an hour ago."""
    heard = HeardWord(key="k", mark=mark, word=word, argument=argument, heard_at=NOW - DAY / 24)
    return replace(heard, **changed)


def heard(*words: HeardWord, of: KnownTask | None = None, **scene: Any) -> Decision:
    """What a plan makes of words in the task k of Sam's."""
    known = tasks(of or task())
    (decision,) = Scene(findings=[], tasks=known, words=words, **scene).plan().decisions
    assert decision.reason is Reason.HEARD
    return decision


ENDS = [
    ("elsewhere", TaskState.RESOLVED, "handled outside the CRM."),
    ("notneeded", TaskState.DISMISSED, "not needed, as you said."),
    ("wrong", TaskState.DISMISSED, "a false alarm, as you said. Thank you."),
]


@pytest.mark.parametrize(("said", "state", "line"), ENDS)
def test_a_word_that_ends_a_task_closes_it(said: str, state: TaskState, line: str) -> None:
    """With its reason for the ledger; the person reads that they were heard."""
    decision = heard(word(said, "my reason"))
    assert decision.close is not None
    assert decision.close.line == f"{CLOSED_BY_US} {line}"
    assert decision.turn == Turn(state=state, said=said, reason="my reason", heard=("m1",))


def test_of_a_task_that_is_ticked_off_only_the_ledger_changes() -> None:
    """Nothing is written into it."""
    decision = heard(word("elsewhere"), of=task(TaskState.CLAIMED))
    assert (decision.close, decision.tell) == (None, None)
    assert decision.turn is not None
    assert decision.turn.state is TaskState.RESOLVED


def test_a_snooze_counts_from_the_moment_it_was_typed() -> None:
    """A day counts to its beginning on the owner's calendar."""
    decision = heard(word("snooze", "14d on leave"))
    assert decision.turn == Turn(
        state=TaskState.SNOOZED,
        until=NOW - DAY / 24 + 14 * DAY,
        said="snooze",
        reason="on leave",
        heard=("m1",),
    )
    turn = heard(word("snooze", "until 2026-12-01")).turn
    assert turn is not None
    assert turn.until is not None
    assert turn.until.isoformat() == "2026-12-01T00:00:00+00:00"


@pytest.mark.parametrize("said", ["", "until 2026-11-01", "until 2029-01-01"])
def test_a_snooze_without_a_good_end_is_asked_about(said: str) -> None:
    """None, in the past, or so far away that nobody will remember: the task stays as it is."""
    decision = heard(word("snooze", said))
    assert decision.tell is not None
    assert decision.tell.lines[0].startswith("Followthrough: until when?")
    assert decision.turn == Turn(heard=("m1",))
    assert decision.covers == (ANSWERED,)


def test_the_last_word_that_decides_counts() -> None:
    """All of them are done with; the answer to another is not lost when nothing ends."""
    both = heard(
        word("wrong"),
        word("snooze", "3d", mark="m2"),
        word("why", mark="m3"),
        explained={"k": ["Followthrough: because"]},
    )
    assert both.turn is not None
    assert (both.turn.state, both.turn.heard) == (TaskState.SNOOZED, ("m1", "m2", "m3"))
    assert both.tell is not None
    assert both.tell.lines == ("Followthrough: because",)


def test_a_second_riddle_is_not_answered() -> None:
    """One answer a task is enough."""
    decision = heard(word("unknown"), mentions={"k": frozenset({ANSWERED})})
    assert (decision.tell, decision.turn) == (None, Turn(heard=("m1",)))


def test_why_waits_for_an_answer_and_other_words_do_not() -> None:
    """A rule that could not be judged today answers in another run."""
    scene = Scene(findings=[], tasks=tasks(task()), words=[word("why")])
    assert scene.plan().decisions == ()
    assert heard(word("why"), word("help", mark="m2")).turn == Turn(heard=("m2",))


def test_evidence_goes_before_a_word() -> None:
    """The task is closed once; the word is obeyed in the next run."""
    scene = Scene(
        findings=[], tasks=tasks(task()), words=[word("elsewhere")], endings={"k": ended()}
    )
    assert [d.reason for d in scene.plan().decisions] == [Reason.DUTY_MET]


AGES = [
    ("open for 30 days", task(written=NOW - 30 * DAY), True),
    ("open for less", task(written=NOW - 29 * DAY), False),
    ("snoozed", task(TaskState.SNOOZED, written=NOW - 60 * DAY, until=NOW + DAY), False),
    ("its snooze is over", task(written=NOW - 60 * DAY, until=NOW - 2 * DAY), False),
    ("reopened by a person", task(written=NOW - 60 * DAY, ended_at=NOW - 50 * DAY), False),
    ("a list of a week", task(written=NOW, kind=Kind.DIGEST), False),
    ("ticked off", task(TaskState.CLAIMED, written=NOW - 60 * DAY), False),
    ("a manager's step", task(written=NOW - 31 * DAY, kind=Kind.STEP), True),
]


@pytest.mark.parametrize(("age", "known", "over"), AGES, ids=[row[0] for row in AGES])
def test_when_a_task_expires(age: str, known: KnownTask, over: bool) -> None:
    """It is closed, with a line that says why."""
    decisions = Scene(findings=[], tasks=tasks(known)).plan().decisions
    closed = [d.close.line for d in decisions if d.close]
    assert closed == ([f"{CLOSED_BY_US} nobody has acted on it for 30 days."] if over else []), age


def test_evidence_for_a_ticked_task_changes_the_ledger_only() -> None:
    """Its finding is not asked again, as before."""
    known = tasks(task(TaskState.CLAIMED, ended_at=NOW - DAY))
    (decision,) = Scene(findings=[], tasks=known, proofs={"k": ended()}).plan().decisions
    assert (decision.reason, decision.close) == (Reason.PROVEN, None)
    assert decision.turn == Turn(state=TaskState.RESOLVED, said="proof", reason="call connected")


def test_a_word_in_a_task_nobody_knows_is_no_accident() -> None:
    """The plan goes on."""
    scene = Scene(words=[word("wrong", key="gone")], findings=[finding()])
    assert scene.only().reason is Reason.NEW


AGAIN = replace(RULE, limits=RuleLimits(reopen_within=Length.parse("14 days")))
LATER = finding(anchor=NOW - 2 * DAY)  # a second episode of the same deal


def again(known: KnownTask, rule: Rule = AGAIN) -> Decision:
    """What becomes of the second episode."""
    return Scene(rules=[rule], findings=[LATER], tasks=tasks(known)).only()


def test_a_duty_that_comes_back_soon_opens_its_old_task() -> None:
    """Under the old key, with a line; then it is simply open, and ours to close."""
    decision = again(task_of(finding(), TaskState.RESOLVED, ended_at=NOW - 13 * DAY))
    assert (decision.reason, decision.key) == (Reason.REOPENED, key(finding()))
    assert decision.tell is not None
    assert (decision.tell.reopen, decision.draft) == (True, None)
    assert decision.turn == Turn(state=TaskState.OPEN, until=NOW)
    assert again(task_of(finding())).reason is Reason.ALREADY_OPEN


NEW_TASKS = [
    ("too long ago", task_of(finding(), TaskState.RESOLVED, ended_at=NOW - 14 * DAY), AGAIN),
    ("ticked off", task_of(finding(), TaskState.CLAIMED, ended_at=NOW - DAY), AGAIN),
    (
        "elsewhere",
        task_of(finding(), TaskState.RESOLVED, ended_at=NOW - DAY, said="elsewhere"),
        AGAIN,
    ),
    ("the rule does not say", task_of(finding(), TaskState.RESOLVED, ended_at=NOW - DAY), RULE),
]


@pytest.mark.parametrize(("why", "known", "rule"), NEW_TASKS, ids=[row[0] for row in NEW_TASKS])
def test_otherwise_a_new_episode_has_a_task_of_its_own(
    why: str, known: KnownTask, rule: Rule
) -> None:
    """With the key of its own anchor."""
    decision = again(known, rule)
    assert (decision.reason, decision.key) == (Reason.NEW, key(LATER)), why
