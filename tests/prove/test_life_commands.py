"""The commands about what was written, through the door an operator uses. One company, in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.worker.firm import Firm
from worker import cli

pytestmark = pytest.mark.proof
QUIET = "quiet_hours: no\n"
TIGHT = QUIET + "limits: {creates_per_rule: 0}\n"
Say = Callable[..., Result]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    made = Firm(tmp_path_factory.mktemp("commands"), "salesforce", settings=TIGHT)
    made.won("Northwind")
    yield made
    made.close()


@pytest.fixture(scope="module")
def say(firm: Firm) -> Say:
    """Run a command in this process."""
    environment = {
        "COLUMNS": "160",
        "FOLLOWTHROUGH_KEY": "a key of the test",
        "SALESFORCE_URL": firm.sim.base_url,
        "SALESFORCE_CLIENT_ID": firm.crm.org.client_id,
        "SALESFORCE_CLIENT_SECRET": firm.crm.org.client_secret,
    }

    def run(*words: str) -> Result:
        where = ("--config", str(firm.config), "--state", str(firm.state))
        return CliRunner().invoke(cli.app, [*where, *words], env=environment)

    return run


def flat(said: Result) -> str:
    return " ".join(said.stdout.split())


def test_a_plan_waits_is_shown_and_confirmed(firm: Firm, say: Say) -> None:
    """By a run, by `confirm`, by `status`; then written once, and refused a second time."""
    assert "No plan waits." in say("confirm").stdout
    assert say("once", "--write").exit_code == 1
    shown = json.loads(say("--json", "confirm").stdout)
    (plan,) = shown
    assert plan["items"][0]["payload"]["subject"].startswith("Follow up with Northwind")
    assert "Purpose: They chose us" in say("confirm").stdout
    assert f"plan {plan['hash']} is awaiting confirmation" in flat(say("status"))
    done = say("confirm", plan["hash"])
    assert "1 task written." in done.stdout
    again = say("confirm", plan["hash"])
    assert (again.exit_code, "was confirmed before" in again.stderr) == (2, True)
    assert len(firm.tasks()) == 1


def test_a_pause_is_told_and_ends(firm: Firm, say: Say) -> None:
    """`status` says it at once."""
    say("pause", "the", "quarter", "ends")
    assert "writing is paused: the quarter ends." in flat(say("status"))
    assert "Writing goes on." in say("pause", "--end").stdout
    assert "There was no pause." in say("pause", "--end").stdout


def test_an_undo_is_shown_done_and_listed(firm: Firm, say: Say) -> None:
    """Run 2 was the confirmation; what it wrote goes, and stands in the list as undone."""
    assert say("undo").exit_code == 2
    assert say("undo", "2", "--rule", "x").exit_code == 2
    assert "no run began" in say("undo", "1999-01-01T00:00").stderr
    assert "is no day or moment" in say("undo", "--rule", "x", "--since", "soon").stderr
    assert "1 would be removed. Say it again with --yes" in flat(say("undo", "2"))
    assert "1 removed." in say("undo", "2", "--yes").stdout
    assert "0 removed." in say("undo", "2", "--yes").stdout
    assert [task.deleted for task in firm.tasks()] == [True]
    assert say("uninstall").exit_code == 2
    listed = flat(say("uninstall", "--plan"))
    assert "task undone 00T" in listed
    assert "1 tasks, 0 notifications." in listed


def test_a_ledger_is_rebuilt(firm: Firm, say: Say) -> None:
    """In place, and anew beside the one that was moved away."""
    assert "1 tasks of ours are known, 0 of them were adopted now." in flat(
        say("ledger", "rebuild")
    )
    anew = flat(say("ledger", "rebuild", "--anew"))
    assert "The former ledger is ledger.sqlite.before-" in anew
    assert "1 of them were adopted now." in anew
