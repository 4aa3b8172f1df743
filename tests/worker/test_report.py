"""What a person reads of a pass: every kind of outcome, by the names of their records."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import duckdb
from rich.console import Console

from connectors.base import Identity, Usage
from rules.checked import Line
from rules.evaluate import Evaluation, NotEvaluable
from tests.worker.scene import DAY, NOW, RULE, Scene, finding, of_account
from worker.apply import Applied
from worker.cycle import Pass
from worker.render import print_plan
from worker.report import degraded, full, record_of

WHY = "cannot see Sam's activity: 3 of their last 20 working days show any"


def pass_of(scene: Scene) -> Pass:
    """A pass over the rules of a scene that wrote nothing; another rule could not be judged."""
    return Pass(
        identity=Identity(
            org_id="00D", org_name="One", user_id="005", user_name="I", server_now=NOW
        ),
        pulled=None,
        evaluation=Evaluation(
            connection=duckdb.connect(),
            tables={rule.id: "none" for rule in scene.rules},
            as_of={},
            not_evaluable=[NotEvaluable(rule="star-balance", why="the ratings are hidden.")],
        ),
        plan=scene.plan(),
        applied=Applied(),
    )


def page(scene: Scene) -> str:
    """What `followthrough plan` prints."""
    said = io.StringIO()
    print_plan(Console(file=said, width=400), pass_of(scene))
    return said.getvalue()


BOTH = replace(
    RULE,
    alert=Line(to=("manager",), text="{account} waits"),
    digest=Line(to=("manager",), text="{owner} may help {account}"),
)


def test_every_outcome_is_printed() -> None:
    """A task by the name of its account, an alert, a list with its line, and what is not judged."""
    found = of_account(deadline=NOW - 7 * DAY, account="Contoso")
    text = page(Scene(rules=[BOTH], findings=[found]))
    assert "Contoso" in text
    assert "tell Mia: Northwind waits" in text
    assert "Week of 16 Nov: 1 line for you  →  Mia" in text
    assert "- Sam may help Northwind · https://crm.example/account/a1" in text
    assert "star-balance is not evaluable: the ratings are hidden." in text
    assert "without a new task" not in text


def test_who_cannot_be_seen_is_told_once() -> None:
    """One sentence a person, with how many findings wait, whatever each would have led to."""
    scene = Scene(
        rules=[BOTH], findings=[finding(), finding("d2")], unjudgeable={"sam": WHY, "ana": "x"}
    )
    said = degraded(pass_of(scene))
    assert said[1:] == [f"{WHY} (2 findings held back)"]
    assert page(scene).count(WHY) == 1


def test_who_can_be_seen_is_not_mentioned() -> None:
    """Only a rule that could not be judged is."""
    assert len(degraded(pass_of(Scene(unjudgeable={"ana": WHY})))) == 1


def test_a_finding_of_several_outcomes_is_one_finding() -> None:
    """In the counts; the document has every decision, with its record."""
    document = full(pass_of(Scene(rules=[BOTH])), Usage(calls=0, used_today=0, allowed_today=0))
    assert document["summary"]["findings"] == 1
    kinds = [(one["kind"], one["subject"], one["record"]) for one in document["decisions"]]
    assert sorted(kinds) == [
        ("alert", "deal", "d1"),
        ("digest", "deal", "d1"),
        ("task", "deal", "d1"),
    ]
    assert json.dumps(document)


def test_a_record_is_called_by_its_name() -> None:
    """The client and the record; of a person only the name, of an activity what it was about."""
    values = {"deal": "Rollout", "owner": "Sam", "subject": "meeting"}
    assert record_of(finding(values=values)) == ("Northwind", "Rollout")
    person = finding("sam", subject="owner", deal_id=None, values=values)
    assert record_of(person) == ("Sam",)
    assert record_of(finding("00T", subject="activity", values=values))[1] == "meeting"
    assert record_of(of_account(values={})) == ("Northwind", "a1")
