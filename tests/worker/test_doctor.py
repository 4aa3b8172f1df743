"""`followthrough doctor` and `init`, as a person meets them: all problems at once, none made."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from connectors.simulator.hubspot.pipelines import SALES
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.schema import Field
from connectors.simulator.server import Simulator
from worker import cli

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-secret-that-nobody-may-see-0815"
STAGES = {
    "salesforce": "stages: {Proposal: Proposal/Price Quote, Negotiation: Negotiation/Review}\n",
    "hubspot": "stages: {Proposal: Presentation Scheduled, Negotiation: Contract Sent}\n",
}
PEOPLE = """\
people:
- {email: sam@hartwell.example, manager: mia@hartwell.example}
- {email: mia@hartwell.example}
"""
BOTH = pytest.mark.parametrize("crm", ["salesforce", "hubspot"])


@dataclass(frozen=True, kw_only=True)
class Said:
    """What `doctor` said."""

    code: int
    checks: Mapping[str, tuple[str, str]]  # by name: the state, and everything that was said
    text: str

    def state(self, name: str) -> str:
        return self.checks[name][0]

    def told(self, name: str) -> str:
        return self.checks[name][1]


@dataclass
class World:
    """A CRM with two people, and an admin beside it."""

    home: Path
    crm: str
    made: Any
    sim: Simulator
    environment: dict[str, str | None] = field(default_factory=dict)

    def write(self, name: str, text: str) -> None:
        path = self.home / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def say(self, *words: str) -> Result:
        where = ("--config", str(self.home / "config"), "--state", str(self.home / "s"))
        return CliRunner().invoke(cli.app, [*where, *words], env=self.environment)

    def doctor(self) -> Said:
        """Ask, and hold what was said against what may never be said."""
        said = self.say("--json", "doctor")
        assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
        told = json.loads(said.stdout)
        assert told["code"] == said.exit_code
        shown = said.stdout + said.stderr
        for secret in (SECRET, getattr(self.made, "client_secret", SECRET), self._token()):
            assert secret not in shown
        checks = {
            one["check"]: (one["state"], " ".join([one["says"], *one["todo"]]))
            for one in told["checks"]
        }
        return Said(code=said.exit_code, checks=checks, text=shown)

    def _token(self) -> str:
        return str(getattr(self.made, "access_token", SECRET))


@contextmanager
def founded(home: Path, crm: str, **how: Any) -> Iterator[World]:
    made: Any = Org(**how) if crm == "salesforce" else Portal(**how)
    for name in ("sam", "mia"):
        address = f"{name}@hartwell.example"
        if crm == "salesforce":
            person = {"LastName": name.title(), "Email": address, "Username": address}
            made.insert("User", person | {"Alias": name, "TimeZoneSidKey": "UTC", "IsActive": True})
        else:
            made.add_owner(address, name.title(), "Hart")
    with Simulator(made) as sim:
        world = World(home=home, crm=crm, made=made, sim=sim)
        url = {f"{crm.upper()}_URL": sim.base_url, "FOLLOWTHROUGH_CRM": crm}
        if crm == "salesforce":
            secrets = {"CLIENT_ID": made.client_id, "CLIENT_SECRET": made.client_secret}
        else:
            secrets = {"ACCESS_TOKEN": made.access_token}
        named = {f"{crm.upper()}_{name}": value for name, value in secrets.items()}
        world.environment = {**url, **named, "FOLLOWTHROUGH_KEY": SECRET, "COLUMNS": "110"}
        world.write("followthrough.yaml", STAGES[crm])
        world.write("people.yaml", PEOPLE)
        world.write("rules/won.yaml", "extends: shipped/won-no-follow-up\nmode: live\n")
        world.write("rules/promise.yaml", "extends: shipped/promised-proposal\n")
        yield world
    made.close()


@BOTH
def test_where_all_is_well_it_says_what_it_saw(tmp_path: Path, crm: str) -> None:
    """One line a check, nothing to look at, and not a single record made or changed."""
    with founded(tmp_path, crm) as world:
        said = world.doctor()
        assert said.code == 0, said.text
        assert {state for state, _ in said.checks.values()} <= {"ok", "note"}
        assert "2 rules active" in said.told("settings")
        assert world.made.name in said.told("login") or "24681357" in said.told("login")
        assert "all 2 that are active" in said.told("rules")
        assert "won Closed Won" in said.told("stages")
        assert said.state("cases") == said.state("files") == "ok"
        assert ("external_id" in said.told("keys")) == (crm == "salesforce")
        assert "of today's" in said.told("limits")
        assert "not there yet" in said.told("state")
        assert not (tmp_path / "s").exists()
        made = [one for one in world.sim.requests if one.method == "POST" and one.status == 201]
        assert made == []
        page = world.say("doctor")
        assert "Nothing was written to the CRM." in page.stdout
        assert "ok   login" in page.stdout


@BOTH
def test_what_is_hidden_names_the_rules_that_lose_by_it(tmp_path: Path, crm: str) -> None:
    """A field that a rule needs is a thing to look at, with what to grant; so is a stream."""
    with founded(tmp_path, crm) as world:
        if crm == "salesforce":
            world.made.hidden = frozenset({"Opportunity.IsWon", "Quote", "Case"})
        else:
            world.made.missing = frozenset({"crm.objects.quotes.read", "crm.objects.tickets.read"})
            world.made.hidden = frozenset({"deals.dealstage"})
        said = world.doctor()
        assert said.code == 1
        assert said.state("rights") == "look"
        assert "Not evaluable without it: promised-proposal, won-no-follow-up." in said.text
        assert (said.state("proposals"), said.state("cases")) == ("look", "note")
        assert "not evaluable without: promised-proposal" in said.told("proposals")
        assert "no active rule needs it" in said.told("cases")
        assert "2 of 2 cannot be judged" in said.told("rules")


@BOTH
def test_without_the_key_field_nothing_can_be_written_and_nothing_is_made(
    tmp_path: Path, crm: str
) -> None:
    """What `provision` would do is told; so are words of the settings that the CRM has not."""
    how = {"key_field": False} if crm == "salesforce" else {"key_property": False}
    with founded(tmp_path, crm, **how, zone="Europe/Berlin") as world:
        world.write("followthrough.yaml", "stages: {Proposal: Angebot}\npilot: [Sma]\n")
        world.write("people.yaml", PEOPLE.replace("sam@", "sma@"))
        world.environment["FOLLOWTHROUGH_KEY"] = None
        said = world.doctor()
        assert said.code == 1, said.text
        assert said.state("keys") == "look"
        assert "provision --write" in said.told("keys")
        assert "FOLLOWTHROUGH_KEY is not set" in said.told("key")
        assert 'There is no stage "Angebot"' in said.told("stages")
        assert "Europe/Berlin" in said.told("time zone")
        assert '"sma@hartwell.example", and no user' in said.told("people")
        assert 'Did you mean "sam@hartwell.example"' in said.told("people")
        assert 'pilot: names the person "Sma"' in said.told("people")
        key = "Followthrough_Key__c" if crm == "salesforce" else "followthrough_key"
        assert key in said.told("keys")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """A wrong rule, a wrong secret and a state directory that is none: one look, the first code."""
    with founded(tmp_path, "salesforce") as world:
        world.write("rules/won.yaml", "extends: shipped/won-no-folow-up\n")
        world.write("people.yaml", "peeple: []\n")
        (tmp_path / "s").write_text("a file")
        world.environment["SALESFORCE_CLIENT_SECRET"] = SECRET + "-wrong"
        said = world.doctor()
        assert said.code == 2
        stopped = {name for name, (state, _) in said.checks.items() if state == "stop"}
        assert stopped == {"settings", "login", "state"}
        assert "won-no-follow-up" in said.told("settings")
        assert "peeple" in said.told("settings")
        assert "SALESFORCE_CLIENT_SECRET" in said.told("login")


@pytest.mark.parametrize(
    ("change", "code", "check", "sentence"),
    [
        ({"HUBSPOT_ACCESS_TOKEN": SECRET}, 3, "login", "Service Key"),
        ({"HUBSPOT_ACCESS_TOKEN": None}, 2, "credentials", "HUBSPOT_ACCESS_TOKEN"),
        ({"FOLLOWTHROUGH_KEY": None, "FOLLOWTHROUGH_KEY_FILE": "/none"}, 2, "key", "/none"),
        ({"FOLLOWTHROUGH_CRM": "siebel"}, 2, "settings", "siebel"),
    ],
)
def test_what_stops_everything_has_the_exit_code_of_its_kind(
    tmp_path: Path, change: dict[str, str | None], code: int, check: str, sentence: str
) -> None:
    """Settings before the CRM; one sentence that says what to do."""
    with founded(tmp_path, "hubspot") as world:
        world.environment |= change
        said = world.doctor()
        assert (said.code, said.state(check)) == (code, "stop"), said.text
        assert sentence in said.told(check)


@pytest.mark.proof
def test_another_orgs_state_is_refused(tmp_path: Path) -> None:
    """Both ids are named, and the state is as it was; the first org finds all well."""
    with founded(tmp_path, "salesforce") as world:
        assert world.say("pull").exit_code == 0
        said = world.doctor()
        assert (said.code, said.state("mirror")) == (0, "ok"), said.text
        assert "read until" in said.told("mirror")
        assert "people to judge them" in said.told("coverage")
        org = world.made.id
        (tmp_path / "s").chmod(0o755)
        (tmp_path / "s" / "pause").write_text("stocktaking\n")
        with founded(tmp_path, "hubspot") as other:
            said = other.doctor()
            assert said.code == 4
            assert org in said.told("mirror")
            assert "24681357" in said.told("mirror")
            assert said.state("ledger") == "stop"
            assert "chmod 700" in said.told("state")
            assert "stocktaking" in said.told("pause")


@pytest.mark.proof
def test_a_clock_that_is_wrong_and_a_day_that_is_used_up(tmp_path: Path) -> None:
    """Told with how much; a formula among the fields is told, too. Everything else is looked at."""
    price = Field(name="Margin__c", type="double", calculated=True, createable=False)
    late = dt.timedelta(minutes=-20)
    with founded(
        tmp_path,
        "salesforce",
        clock=lambda: dt.datetime.now(dt.UTC) + late,
        daily_calls=220,
        extra_fields={"Opportunity": (price,)},
    ) as world:
        margin = "fields: {deal: {margin: {from: Margin__c, kind: number, about: The margin.}}}\n"
        world.write("followthrough.yaml", STAGES["salesforce"] + margin)
        said = world.doctor()
        assert said.code == 1, said.text
        assert "20 minutes ahead of" in said.told("clock")
        assert "Opportunity.Margin__c" in said.told("formulas")
        assert "reading may use 0 more" in said.told("limits")
        looked = {name for name, (state, _) in said.checks.items() if state == "look"}
        assert looked == {"clock", "limits"}


def test_a_stage_that_is_won_in_no_pipeline(tmp_path: Path) -> None:
    """No deal would ever be won, and every rule about sales would be silent."""
    stages = tuple(one for one in SALES.stages if one.label != "Closed Won")
    with founded(tmp_path, "hubspot", pipelines=(replace(SALES, stages=stages),)) as world:
        said = world.doctor()
        assert said.state("stages") == "look"
        assert "won none" in said.told("stages")


# -- init ------------------------------------------------------------------------------------


def _init(config: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.app, ["--config", str(config), "init", *words])


@BOTH
def test_init_makes_a_folder_that_is_right_at_once(tmp_path: Path, crm: str) -> None:
    """Every rule in shadow, no mistake in it, comments included, no secret filled in."""
    config = tmp_path / "new"
    assert _init(config, "--crm", crm).exit_code == 0
    checked = CliRunner().invoke(cli.app, ["--config", str(config), "rules", "check"])
    assert checked.exit_code == 0, checked.stdout + checked.stderr
    listed = CliRunner().invoke(cli.app, ["--config", str(config), "--json", "rules", "list"])
    active = [one for one in json.loads(listed.stdout) if one["active"]]
    assert len(active) == 14
    assert {one["mode"] for one in active} == {"shadow"}
    settings = (config / "followthrough.yaml").read_text()
    assert f"\ncrm: {crm}\n" in settings
    assert ("Presentation Scheduled" in settings) == (crm == "hubspot")
    asked = (config / ".env.example").read_text()
    assert f"{crm.upper()}_URL" in asked
    assert not [line for line in asked.splitlines() if line[:1].isupper() and line[-1] != "="]


def test_init_is_the_example_of_the_repository(tmp_path: Path) -> None:
    """For the CRM of the example, byte for byte."""
    _init(tmp_path / "new", "--crm", "salesforce")
    made = {path.relative_to(tmp_path / "new"): path for path in (tmp_path / "new").rglob("*.*")}
    for path in (ROOT / "config").rglob("*.*"):
        assert made[path.relative_to(ROOT / "config")].read_bytes() == path.read_bytes()


def test_init_writes_nothing_over(tmp_path: Path) -> None:
    """A folder that holds anything is left as it is, and the sentence says what to do."""
    (tmp_path / "mine.txt").write_text("mine")
    said = _init(tmp_path)
    assert said.exit_code == 2
    assert "is not empty" in said.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert _init(tmp_path / "new", "--crm", "siebel").exit_code == 2
    assert not (tmp_path / "new").exists()
