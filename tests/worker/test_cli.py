"""The command line as a person meets it: one clear sentence, an exit code, nothing half done."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator
from worker import cli

ROOT = Path(__file__).resolve().parents[2]
STAGES = (
    "quiet_hours: no\ncoverage: off\n"
    "stages:\n  Proposal: Proposal/Price Quote\n  Negotiation: Negotiation/Review\n"
)
LIVE = "extends: shipped/won-no-follow-up\nmode: live\n"


class Shell:
    """A directory with a config, and a way to say commands in it."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        self.environment: dict[str, str | None] = {"COLUMNS": "120", **environment}
        (directory / "config" / "rules").mkdir(parents=True)
        self.write("followthrough.yaml", STAGES)
        self.write("rules/won.yaml", LIVE)

    def write(self, name: str, text: str) -> None:
        (self.directory / "config" / name).write_text(text)

    def say(self, *words: str) -> Result:
        """Run a command in this process: the same door, without starting Python each time."""
        where = ("--config", str(self.directory / "config"), "--state", str(self.directory / "s"))
        return CliRunner().invoke(cli.app, [*where, *words], env=self.environment)

    def knows(self, state: Path) -> None:
        """Begin with what another one's `pull` has read."""
        shutil.copytree(state, self.directory / "s", dirs_exist_ok=True)


@pytest.fixture(scope="module")
def org() -> Iterator[Org]:
    """An org with one sale that nobody followed up."""
    now = dt.datetime.now(dt.UTC)
    org = Org()
    with org.at(now - dt.timedelta(days=40)):
        person = {"LastName": "Ortiz", "Email": "sam@hartwell.example", "Alias": "sam"}
        owner = org.insert("User", person | {"FirstName": "Sam", "Username": "sam@h.example"})
        account = org.insert("Account", {"Name": "Northwind", "OwnerId": owner})
        deal = {"Name": "Rollout", "AccountId": account, "OwnerId": owner}
        deal |= {"StageName": "Qualification", "CloseDate": "2026-11-30"}
        sold = org.insert("Opportunity", deal)
    with org.at(now - dt.timedelta(days=13)):
        org.update("Opportunity", sold, {"StageName": "Closed Won"})
    yield org
    org.close()


@pytest.fixture(scope="module")
def simulator(org: Org) -> Iterator[Simulator]:
    with Simulator(org) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, simulator: Simulator) -> Shell:
    return _shell(tmp_path, simulator)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory, simulator: Simulator) -> Path:
    """The state directory after one `pull`: what most commands begin with."""
    shell = _shell(tmp_path_factory.mktemp("read"), simulator)
    assert shell.say("pull").exit_code == 0
    return shell.directory / "s"


def _shell(directory: Path, simulator: Simulator) -> Shell:
    return Shell(
        directory,
        {
            "SALESFORCE_URL": simulator.base_url,
            "SALESFORCE_CLIENT_ID": simulator.org.client_id,
            "SALESFORCE_CLIENT_SECRET": simulator.org.client_secret,
        },
    )


def _writes(simulator: Simulator) -> int:
    return sum(r.method != "GET" and "oauth2" not in r.path for r in simulator.requests)


def test_plan_shows_the_task_as_it_would_read_and_writes_nothing(shell, simulator):
    """An admin's first look is safe."""
    before = _writes(simulator)
    said = shell.say("plan")
    assert said.exit_code == 0, said.stderr
    assert "Follow up with Northwind after their" in said.stdout
    assert 'Suggested opening: "The purpose of my call is' in said.stdout
    assert "1 to write, 0 to close. Nothing was written." in said.stdout
    assert _writes(simulator) == before


@pytest.mark.proof
def test_once_without_the_switch_writes_nothing(shell, simulator):
    """Writing is off until somebody says so."""
    before = _writes(simulator)
    assert shell.say("once").exit_code == 0
    assert _writes(simulator) == before


@pytest.mark.proof
def test_plan_as_json_is_one_document(shell):
    """Scripts read the same plan."""
    plan = json.loads(shell.say("--json", "plan").stdout)
    assert [d["reason"] for d in plan["decisions"]] == ["new"]
    assert plan["decisions"][0]["task"]["subject"].startswith("Follow up with Northwind")
    assert plan["written"] == []


def test_apply_takes_only_the_plan_that_was_looked_at(shell, simulator, read):
    """Another hash: nothing is written, and the sentence says what to do."""
    shell.knows(read)
    before = _writes(simulator)
    said = shell.say("apply", "000000000000", "--write")
    assert said.exit_code == 2
    assert "Look at it with `followthrough plan`" in said.stderr
    assert _writes(simulator) == before


@pytest.mark.proof
def test_status_before_and_after_the_first_pass(shell):
    """Broken while no pass has ended, well after one."""
    assert shell.say("status").exit_code == 2
    shell.say("once")
    said = shell.say("status")
    assert said.exit_code == 0, said.stdout
    assert "our tasks: none" in said.stdout


def test_rules_check_tells_every_mistake_of_rules_and_settings_at_once(shell):
    """Three files, three mistakes, one run."""
    shell.write("followthrough.yaml", STAGES + "writess: yes\n")
    shell.write("rules/won.yaml", LIVE + "wher: {amount: 1}\n")
    shell.write("rules/other.yaml", "extends: shipped/won-no-folow-up\n")
    said = shell.say("rules", "check")
    assert said.exit_code == 2
    assert "followthrough.yaml:6:1:" in said.stderr
    assert "writes" in said.stderr
    assert "rules/won.yaml:3:1: won-no-follow-up:" in said.stderr
    assert "won-no-follow-up" in said.stderr.split("other.yaml")[1]
    assert "Traceback" not in said.stderr


def test_an_unknown_stage_is_told_with_its_line(shell):
    """A stage that nobody has is a mistake of the rule, found before anything runs."""
    stale = "extends: shipped/stale-proposal\nwhere: {stage: [Proposal, Negociation]}\n"
    shell.write("rules/stale.yaml", stale)
    said = shell.say("plan")
    assert said.exit_code == 2
    assert "rules/stale.yaml:2:" in said.stderr
    assert 'Did you mean "Negotiation"' in said.stderr


@pytest.mark.proof
def test_a_stage_the_org_does_not_have_makes_the_rule_not_evaluable(shell):
    """The org calls it something else: the other rules go on, and the sentence says what to do."""
    shell.write("followthrough.yaml", "quiet_hours: no\ncoverage: off\nevery: 15 minutes\n")
    shell.write("rules/stale.yaml", "extends: shipped/stale-proposal\n")
    said = shell.say("plan")
    assert said.exit_code == 1
    assert "stale-proposal is not evaluable: this org has no stage" in " ".join(said.stdout.split())
    assert "Follow up with Northwind" in said.stdout


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({"SALESFORCE_CLIENT_SECRET": "wrong"}, 3, "SALESFORCE_CLIENT_SECRET"),
        ({"SALESFORCE_URL": "http://127.0.0.1:9"}, 3, "could not be reached"),
        ({"SALESFORCE_URL": "https://login.example.com"}, 3, ""),
        ({"SALESFORCE_CLIENT_ID": ""}, 2, "SALESFORCE_CLIENT_ID"),
        ({"SALESFORCE_CLIENT_SECRET": "", "SALESFORCE_CLIENT_SECRET_FILE": "/none"}, 2, "/none"),
    ],
)
def test_a_crm_that_cannot_be_used_is_one_sentence(shell, change, code, sentence):
    """Wrong credentials, wrong address: what is wrong and what to do, and no traceback."""
    shell.environment |= change
    random.seed(168042)  # draws short waits between the attempts; without it, it takes longer
    said = shell.say("--log-level", "error", "once", "--write")
    lines = [line for line in said.stderr.splitlines() if not line.startswith("{")]
    assert said.exit_code == code, said.stderr
    assert len(lines) == 1
    assert sentence in lines[0]
    assert "Traceback" not in said.stderr


def test_no_config_directory_is_told(tmp_path):
    """A first start in the wrong place says where rules belong."""
    said = CliRunner().invoke(cli.app, ["--config", str(tmp_path / "none"), "plan"])
    assert said.exit_code == 2
    assert "this directory is missing" in said.stderr


def test_rules_list_and_test(shell):
    """The admin's rules with their modes, and the cases of one of them."""
    listed = shell.say("rules", "list")
    assert "won-no-follow-up" in listed.stdout
    assert "not used" in listed.stdout  # stale-proposal is shipped, and nobody extends it
    tested = shell.say("rules", "test", "won-no-follow-up")
    assert tested.exit_code == 0
    assert "cases of 1 rule hold" in tested.stdout


def test_a_failing_case_is_one_sentence_with_its_place(shell):
    """An admin's wrong expectation fails the command."""
    shell.write(
        "rules/won.yaml",
        LIVE + "tests:\n"
        "  - name: too early\n"
        "    deal: {state: won, won_at: 2026-11-12 10:00}\n"
        "    expect: [{at: 2026-11-13 10:00, fires: yes}, {at: 2026-11-12 11:00, fires: no}]\n",
    )
    said = shell.say("rules", "test", "won-no-follow-up")
    assert said.exit_code == 2
    assert 'rules/won.yaml:6:14: won-no-follow-up: test "too early"' in said.stdout


def test_the_scheduler_process_is_light():
    """It imports no database, no columns and no client library; a pass is a child process."""
    probe = (
        "import sys, worker.cli, worker.schedule; "
        "print(sorted({'duckdb', 'pyarrow', 'simple_salesforce', 'hubspot'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", probe],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "[]"


# -- explain ---------------------------------------------------------------------------------


def _sold(org):
    (deal,) = org.query("SELECT Id FROM Opportunity WHERE Name = 'Rollout'").records
    return deal["Id"]


def test_explain_says_what_each_rule_sees(shell, org, simulator, read):
    """Every condition with its value; a rule that stays quiet names what failed first."""
    shell.write("rules/stale.yaml", "extends: shipped/stale-proposal\n")
    shell.knows(read)
    before = len(simulator.requests)
    said = shell.say("explain", _sold(org))
    assert said.exit_code == 0, said.stderr
    page = " ".join(said.stdout.split())
    assert "won-no-follow-up: fires, at 20" in page
    assert "yes state is won won deals.state" in page
    assert "stale-proposal: stays quiet, at 20" in page
    assert "first failed: stage is Prospecting or Qualification or Proposal" in page
    assert len(simulator.requests) == before  # the mirror alone was asked


def test_explain_as_json_is_one_document(shell, org, read):
    """The same for scripts: verdict, conditions, moments."""
    shell.knows(read)
    (told,) = json.loads(shell.say("--json", "explain", _sold(org)).stdout)
    assert (told["rule"], told["explanation"]["fires"]) == ("won-no-follow-up", True)
    conditions = told["explanation"]["conditions"]
    assert [one["held"] for one in conditions] == [True] * len(conditions)
    assert set(conditions[0]) == {"said", "held", "seen", "source", "turns"}
    assert any(one["turns"] for one in conditions)


@pytest.mark.proof
def test_explain_of_a_deal_that_is_not_there(shell, org):
    """Nothing read, unknown, deleted: each has its sentence, and nothing is made up."""
    said = shell.say("explain", _sold(org))
    assert (said.exit_code, said.stdout) == (2, "")
    assert "nothing has been read to its end yet. Say `followthrough pull`" in said.stderr
    now = dt.datetime.now(dt.UTC)
    deal = {"Name": "Gone", "StageName": "Qualification", "CloseDate": "2026-11-30"}
    with org.at(now - dt.timedelta(days=1)):
        gone = org.insert("Opportunity", deal)
    shell.say("pull")
    with org.at(now - dt.timedelta(minutes=10)):  # nothing younger than five minutes is read
        org.delete("Opportunity", gone)
    said = shell.say("explain", "006000000000000AAA")
    assert said.exit_code == 2
    assert "the mirror holds no deal 006000000000000AAA, nor another record" in said.stderr
    assert shell.say("explain", gone).exit_code == 0
    shell.say("pull")
    said = shell.say("explain", gone)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr == f"deal {gone} has been deleted in the CRM.\n"


@pytest.mark.proof
def test_explain_says_why_a_rule_cannot_be_judged(shell, org):
    """A field that is hidden from us is named; no condition is told as if it were known."""
    shell.write("rules/won.yaml", LIVE + "where: {state: won, amount: {at_least: 1}}\n")
    org.hidden = frozenset({"Opportunity.Amount"})
    try:
        shell.say("pull")
        said = shell.say("explain", _sold(org))
        (told,) = json.loads(shell.say("--json", "explain", _sold(org)).stdout)
    finally:
        org.hidden = frozenset()
    assert said.exit_code == 0
    assert "won-no-follow-up: not evaluable:" in said.stdout
    assert "Opportunity.Amount" in said.stdout
    assert "state is won" not in said.stdout
    assert told["explanation"] is None


def test_explain_after_a_first_pull_that_broke_off(shell, org, read):
    """Rows without a moment they are true of are no ground to judge on."""
    shell.knows(read)
    with duckdb.connect(str(shell.directory / "s" / "mirror.duckdb")) as mirror:
        mirror.execute("DELETE FROM feeds")
    said = shell.say("explain", _sold(org))
    assert (said.exit_code, said.stdout) == (2, "")
    assert "nothing has been read to its end yet" in said.stderr


def test_writing_leaves_one_task_and_the_second_pass_none(shell, simulator, org):
    """The main job, through the door an operator uses. Runs last: the org is shared."""
    assert shell.say("once", "--write").exit_code == 0
    found = "SELECT Id FROM Task WHERE Followthrough_Key__c != null"
    assert len(org.query(found).records) == 1
    before = _writes(simulator)
    said = shell.say("once", "--write")
    assert said.exit_code == 0
    assert "Nothing was written to the CRM." in said.stdout
    assert _writes(simulator) == before
    assert len(org.query(found).records) == 1


def test_evaluate_judges_the_mirror_alone(shell, org, simulator, read):
    """Each rule with its scope and what it holds for; without a mirror, or Spark, what to do."""
    unread = shell.say("evaluate")
    assert (unread.exit_code, "followthrough pull" in unread.stderr) == (2, True)
    shell.knows(read)
    before = len(simulator.requests)
    (told,) = json.loads(shell.say("--json", "evaluate").stdout)["rules"]
    assert told["rule"] == "won-no-follow-up"
    assert [one["record"] for one in told["findings"]] == [_sold(org)]
    assert "won-no-follow-up" in shell.say("evaluate").stdout
    assert len(simulator.requests) == before
    refused = shell.say("evaluate", "--engine", "spark")
    assert (refused.exit_code, "--handover DIR" in refused.stderr) == (2, True)


def test_evaluate_hands_the_mirror_over(shell, read):
    """As Parquet with a manifest; where Spark is not installed, it is said how."""
    shell.knows(read)
    folder = shell.directory / "handed"
    said = shell.say("evaluate", "--engine", "spark", "--handover", str(folder))
    assert (folder / "manifest.json").exists()
    if importlib.util.find_spec("pyspark") is None:
        assert (said.exit_code, "followthrough[spark]" in said.stderr) == (2, True)


def test_a_port_that_is_taken_has_its_sentence(shell: Shell) -> None:
    """Somebody else listens there; that is no fault of ours."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = str(other.getsockname()[1])
        said = shell.say("simulator", "--empty", "--port", taken)
    assert (said.exit_code, taken in said.stderr) == (cli.MISTAKE, True)
    assert "--port" in said.stderr
