"""Trials of row F134: who asks to be forgotten, what the CRM deletes; by what bytes are left."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from typer.testing import CliRunner, Result

from connectors.base import Batch, Window
from rules.marks import Mark
from tests.faults.trials import in_a_directory, in_a_firm
from tests.worker.firm import Firm
from tests.worker.postgres import fresh, server
from tests.worker.test_ledger import LATER, NOW, intent, result, seen
from tests.worker.test_mirror import DEALS, TASKS, batch, rows
from worker import cli
from worker.about import About
from worker.desk import MIRROR_FILE
from worker.erasing import Whose, erase, forgotten
from worker.forgotten import listed
from worker.known import IntentState
from worker.ledger import Ledger
from worker.mirror import Mirror
from worker.older import let_go
from worker.purging import hold_to
from worker.reading import Reading
from worker.store import LEDGER_FILE
from worker.texts import Keep, TextKept
from worker.waiting import Item, hold, waiting

DAY = dt.timedelta(days=1)
CHECKS = "- {extends: shipped/purposeless-check-in, mode: live}\n"
#: Her name, what stands in mails to her, and where she works; another client, who stays.
DANA, SAID, CLIENT, OTHER = "Zwetschge", "in Walvisbaai", "Xylotom", "Northwind"
CHECK_IN = f"Hi Dana,\n\nJust touching base to see how you are all doing {SAID}.\n"
STAYS = "Just touching base to see how things are going in Nimwegen."


def lies_in(state: Path, words: str) -> set[str]:
    """The files of a state directory that hold these words."""
    files = [path for path in state.rglob("*") if path.is_file()]
    return {path.name for path in files if words.encode() in path.read_bytes()}


def say(home: Path, *words: str) -> Result:
    """Say a command in a directory with `config` and `state`."""
    places = ["--config", str(home / "config"), "--state", str(home / "state")]
    return CliRunner().invoke(cli.app, [*places, *words], env={"COLUMNS": "200"})


# -- a person of a client, in either CRM -------------------------------------------------------


def person(firm: Firm, deal: str, first: str, last: str) -> str:
    """Somebody who takes part in a deal."""
    made = firm.crm.made
    with firm.days_ago(12):
        if hasattr(made, "associate"):
            new: str = made.insert("contacts", {"firstname": first, "lastname": last})
            made.associate("deals", deal, "contacts", new)
            return new
        client = made.get("Opportunity", deal)["AccountId"]
        new = made.insert("Contact", {"FirstName": first, "LastName": last, "AccountId": client})
        role = {"OpportunityId": deal, "ContactId": new, "IsPrimary": True}
        made.insert("OpportunityContactRole", role)
        return new


def wrote_to(firm: Firm, deal: str, contact: str, text: str) -> None:
    """Sam wrote three mails to somebody, about a deal."""
    made, sam = firm.crm.made, firm.people["sam"]
    for days in (3, 4, 5):
        with firm.days_ago(days):
            if hasattr(made, "associate"):
                values = {
                    "hs_timestamp": made.now(),
                    "hs_email_direction": "EMAIL",
                    "hs_email_status": "SENT",
                    "hs_email_subject": "Hello",
                    "hs_email_text": text,
                    "hubspot_owner_id": sam,
                }
                mail = made.insert("emails", values)
                made.associate("emails", mail, "deals", deal)
                made.associate("emails", mail, "contacts", contact)
                continue
            made.insert(
                "Task",
                {
                    "Subject": "Hello",
                    "TaskSubtype": "Email",
                    "Status": "Completed",
                    "Description": text,
                    "WhatId": deal,
                    "WhoId": contact,
                    "OwnerId": sam,
                },
            )


def with_copies(firm: Firm) -> str:
    """Put a former ledger beside the stores, and what a killed process may leave."""
    old = firm.state / f"{LEDGER_FILE}.before-20261118T120000"
    old.write_bytes((firm.state / LEDGER_FILE).read_bytes())
    for leftover in (".tmp/spilled", ".anew"):
        path = firm.state / (MIRROR_FILE + leftover)
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"a killed process left this about {DANA} {SAID}")
    return old.name


@in_a_firm("F134")
def a_person_who_asks_to_be_forgotten(firm: Firm) -> None:
    """No byte of theirs is left; nothing of it is read again; no second task; others stay."""
    firm.say(CHECKS, "text: full\ntext_days: 3650\nquiet_hours: no\n")
    deal, other = firm.won(CLIENT), firm.open_deal("Walnut")
    dana, tom = person(firm, deal, "Dana", DANA), person(firm, other, "Tom", "Tellerbrot")
    wrote_to(firm, deal, dana, CHECK_IN)
    wrote_to(firm, other, tom, STAYS)
    firm.run()
    old, home = with_copies(firm), firm.state.parent
    before = {one.key: one.task_id for one in firm.known()}
    assert len(before) == 1
    shown = say(home, "forget", dana, "--kind", "contact")
    assert (shown.exit_code, "Nothing was erased yet" in shown.stdout) == (0, True), shown.output
    assert lies_in(firm.state, SAID) >= {MIRROR_FILE, LEDGER_FILE, old}
    done = say(home, "--json", "forget", dana, "--kind", "contact", "--yes")
    told = json.loads(done.stdout)
    assert (told["done"], told["quotes"], told["texts"], told["copies"]) == (True, 3, 3, [old])

    for lost in ("", MIRROR_FILE, LEDGER_FILE):  # each store knows it from the other
        assert lies_in(firm.state, DANA) == lies_in(firm.state, SAID) == set()
        assert lies_in(firm.state, "Tellerbrot") >= {MIRROR_FILE}  # nobody asked for him
        assert lies_in(firm.state, "Nimwegen") >= {MIRROR_FILE}
        for path in firm.state.glob(f"{lost}*") if lost else ():
            path.unlink()
        pulled = firm.run(later=25 * DAY / 24).pulled
        assert pulled is not None
        assert [one for one in pulled.swept if one.repaired] == []
        assert {one.key: one.task_id for one in firm.known()} == before
    assert lies_in(firm.state, DANA) == lies_in(firm.state, SAID) == set()


@in_a_firm("F134", crms=("salesforce",))
def a_record_that_the_crm_deletes(firm: Firm) -> None:
    """Within a day nothing is left of it but ids and times; who is still there stays whole."""
    deal = firm.won(CLIENT)
    dana, _ = person(firm, deal, "Dana", DANA), person(firm, deal, "Tom", "Tellerbrot")
    firm.run()
    assert lies_in(firm.state, DANA) == {MIRROR_FILE}
    firm.crm.made.delete("Contact", dana)
    for _ in range(2):
        firm.run(later=DAY)
    assert lies_in(firm.state, DANA) == set()
    assert lies_in(firm.state, "Tellerbrot") == {MIRROR_FILE}


@in_a_firm("F134", crms=("salesforce",))
def a_client_who_asks_to_be_forgotten(firm: Firm) -> None:
    """Its people and deals go with it. Its open task is closed, and none is written any more."""
    firm.won(CLIENT)
    firm.run()
    (task,) = [one for one in firm.tasks() if CLIENT in one.subject + one.body]
    client = firm.crm.made.query(f"SELECT Id FROM Account WHERE Name = '{CLIENT}'").records[0]["Id"]
    done = say(firm.state.parent, "--json", "forget", client, "--yes")
    told = json.loads(done.stdout)
    assert [one["stream"] for one in told["forgotten"]] == ["accounts", "deals"]
    assert [one["id"] for one in told["tasks"]] == [task.id]
    assert lies_in(firm.state, CLIENT) == set()
    firm.run(later=DAY)
    assert {one.id: one.closed for one in firm.tasks()}[task.id]
    assert "the deal is no longer looked after" in {o.id: o.body for o in firm.tasks()}[task.id]
    assert lies_in(firm.state, CLIENT) == set()
    assert sum(CLIENT in one.body for one in firm.tasks()) == 1
    assert lies_in(firm.state, OTHER) >= {MIRROR_FILE}


# -- the stores alone --------------------------------------------------------------------------


def a_mirror(home: Path) -> Path:
    """A mirror of a client; their person is named in another's deal, too, and was written to."""
    (home / "config" / "rules").mkdir(parents=True)
    (home / "config" / "rules" / "r.yaml").write_text(CHECKS)
    (home / "config" / "followthrough.yaml").write_text("text: full\ntext_days: 3650\n")
    path = home / "state" / MIRROR_FILE
    mirror = Mirror.open(path)
    mirror.reading = Reading(kept=TextKept(keep=Keep.FULL, days=90), now=NOW)
    everything = Window(since=None, until=NOW)
    mail = {"kind": "email", "direction": "outbound", "at": NOW - DAY, "done": True}
    of_dana = mail | {"id": "m1", "text": CHECK_IN, "contact_ids": ["c1"], "deal_ids": ["d1"]}
    of_dana["fields"] = [("discussed", f"with {DANA}"), ("score", "7")]
    with mirror.storing(DEALS, everything) as storing:
        storing.add(batch("accounts", {"id": "a1", "name": CLIENT}))
        storing.add(batch("contacts", {"id": "c1", "name": f"Dana {DANA}", "account_id": "a1"}))
        storing.add(batch("deals", {"id": "d1", "name": "One", "account_id": "a1"}))
        storing.add(batch("deals", {"id": "d2", "name": "Two", "next_step": f"ask Dana {DANA}"}))
        storing.add(batch("leads", {"id": "l1", "name": DANA, "converted_contact_id": "c1"}))
        storing.add(batch("owners", {"id": "u1", "name": "Sam", "active": True}))
        storing.add(batch("files", {"id": "c1", "name": "x.pdf", "deal_id": "d2"}))
    with mirror.storing(TASKS, everything) as storing:
        storing.add(batch("activities", of_dana, mail | {"id": "m2", "text": STAYS}))
    mirror.close()
    return path


@in_a_directory("F134")
def what_is_asked_for_is_shown_and_may_be_refused(home: Path) -> None:
    """An id of two records, none, and of whoever still gets tasks; and who is named elsewhere."""
    a_mirror(home)
    for words, sentence in (
        (("c1",), "c1 is the id of a contact and of a file. Say --kind."),
        (("c9",), "nothing that is held here has the id c9."),
        (("u1",), "Sam is active in the CRM, and gets tasks."),
        (("dana@client.example",), "E-mail addresses of clients are not kept"),
        (("c1", "--kind", "person"), '"person" is no kind of record.'),
        (("c1", "--end"), "c1 is not forgotten."),
        (("--yes",), "say `forget`"),
    ):
        said = say(home, "forget", *words)
        assert (said.exit_code, sentence in said.stderr) == (2, True), said.output
    told = json.loads(say(home, "--json", "forget", "c1", "--kind", "contact").stdout)
    streams = [(one["stream"], one["id"]) for one in told["forgotten"]]
    assert streams == [("contacts", "c1"), ("leads", "l1")]
    assert told["named_elsewhere"] == [{"stream": "deals", "id": "d2", "field": "next_step"}]
    assert (told["quotes"], told["texts"], told["done"]) == (1, 1, False)
    assert lies_in(home / "state", SAID) == {MIRROR_FILE}


@in_a_directory("F134")
def a_crash_between_the_two_stores(home: Path) -> None:
    """The ledger is erased first, and knows of whom the next opening rids the mirror."""
    path = a_mirror(home)
    with closing(Ledger.open(home / "state" / LEDGER_FILE)) as ledger:
        erase(ledger, Whose(records=frozenset({("contacts", "c1"), ("leads", "l1")})), NOW)
    assert lies_in(home / "state", SAID) == {MIRROR_FILE}
    assert say(home, "forget", "m2").exit_code == 0  # it opens both, and erases nothing itself
    assert lies_in(home / "state", SAID) == set()
    assert lies_in(home / "state", "Nimwegen") == {MIRROR_FILE}
    with closing(Mirror.open(path)) as mirror:
        assert rows(mirror, "SELECT name, deleted FROM contacts") == [(None, True)]
        assert listed(mirror.connection) == {("contacts", "c1"), ("leads", "l1")}
        (kept,) = rows(mirror, "SELECT fields FROM activities WHERE id = 'm1'")
        assert kept == ({"discussed": "xxxx xxxxxxxxx", "score": "7"},)
        assert rows(mirror, "SELECT count(*) FROM signals") == [(2,)]  # what was judged stays


@in_a_directory("F134", quick=True)
def what_arrives_of_who_is_forgotten(home: Path) -> None:
    """It is emptied before it is stored; taken off the list, the same row is stored whole."""
    path = a_mirror(home)
    mine = frozenset({("contacts", "c1")})
    again: list[Batch] = [
        batch("contacts", {"id": "c1", "name": "Dana Neumann", "modified_at": LATER}),
        batch(
            "ratings", {"id": "r1", "contact_id": "c1", "comment": f"{DANA}!", "category": "fair"}
        ),
        batch("ratings", {"id": "r2", "contact_id": "c2", "comment": "Nimwegen"}),
    ]

    def arrive(forget: frozenset[Any]) -> list[Any]:
        mirror = hold_to(Mirror.open(path), path, TextKept(keep=Keep.FULL, days=90), NOW, forget)
        with mirror.storing(DEALS, Window(since=NOW, until=LATER)) as storing:
            for one in again:
                storing.add(one)
        rated = rows(mirror, "SELECT id, comment, category FROM ratings ORDER BY id")
        mirror.close()
        return rated

    assert arrive(mine) == [("r1", None, "fair"), ("r2", "Nimwegen", None)]
    assert lies_in(home / "state", "Neumann") == lies_in(home / "state", f"{DANA}!") == set()
    assert arrive(frozenset())[0] == ("r1", f"{DANA}!", "fair")
    with closing(Mirror.open(path)) as mirror:
        names = rows(mirror, "SELECT name, deleted FROM contacts")
    assert names == [("Dana Neumann", False)]


ALL = Whose(
    records=frozenset({("contacts", "c1")}),
    near=frozenset({("deals", "near")}),
    names=(f"Dana {DANA}",),
    quotes=(f"All is well {SAID}, and the\nweather holds.",),
)


def filled(ledger: Ledger) -> None:
    """A write in every state that is told of her, and one that is not; words, a plan, a run."""
    near = About(subject="deal", record_id="near", deal_id="near")
    by_name, by_quote = f"Call Dana {DANA}", f"She said: All is well {SAID}, and the weather holds."
    ledger.plan(
        [
            intent("planned", contact_id="c1", body=DANA),
            intent("sending", subject=by_name),
            intent("acked", body=by_quote),
            replace(intent("near", body=f"who {DANA}"), about=near),
            intent("other", subject="Call Tom"),
        ],
        1,
    )
    known = {one.key: one for one in ledger.unsettled()}
    sent = [known[key] for key in ("sending", "acked", "near", "other")]
    ledger.arm(sent, NOW)
    settled = [(one, IntentState.ACKED, replace(result(), key=one.key)) for one in sent[1:]]
    ledger.settle(settled, NOW)
    typed = seen("acked", body=f"x\n#notneeded Dana {DANA} has left", modified_at=LATER)
    ledger.adopt([(typed, Mark(rule="won-no-follow-up"))], LATER)
    item = Item(
        rule="r", key="k", action="create", to="Sam", why="a brake", payload={"body": by_name}
    )
    hold(ledger, "plan1", [item], "under", NOW)
    ledger.end_run(ledger.begin_run("once", NOW), "ok", {"look_at": [f"{by_name}: nobody"]}, NOW)


def check_erased(ledger: Ledger) -> None:
    """What is planned is planned anew, what is on its way is left to its key, the rest is empty."""
    found = erase(ledger, ALL, LATER)
    counts = (found.payloads, found.given_up, found.reasons, found.plans, found.runs)
    assert counts == (4, 2, 1, 1, 1)
    intents = {one.key: one for one in ledger.unsettled(*IntentState)}
    assert {key: (str(one.state), bool(one.payload)) for key, one in intents.items()} == {
        "sending": ("dead", False),
        "acked": ("acked", False),
        "near": ("acked", False),
        "other": ("acked", True),
    }
    assert ledger.dead() == []  # nobody has to look
    assert ledger.unanswered() == {"sending"}  # and no second one is written
    assert (ledger.words(), waiting(ledger)) == ([], [])
    run = ledger.last_run("ok")
    assert run is not None
    assert run.summary == {"look_at": ["Call (forgotten): nobody"]}
    assert {*ledger.tasks()} == {"acked", "near", "other"}
    assert forgotten(ledger) == {("contacts", "c1"): LATER}
    ledger.write_anew()
    assert erase(ledger, ALL, LATER).payloads == 0  # a second time there is nothing


@in_a_directory("F134", quick=True)
def words_in_every_row_of_a_ledger(home: Path) -> None:
    """They go from the file and its log; keys, ids and times stay."""
    with closing(Ledger.open(home / LEDGER_FILE)) as ledger:
        filled(ledger)
        assert lies_in(home, DANA) != set()
        check_erased(ledger)
        assert lies_in(home, DANA) == lies_in(home, SAID) == set()  # while it is open, too
        assert lies_in(home, "Call Tom") != set()


@in_a_directory("F134")
def words_in_a_ledger_that_several_share(_: Path) -> None:
    """On PostgreSQL the tables are written anew; what was erased lies in no file of theirs."""
    with server() as postgres, closing(Ledger.open_database(fresh(postgres))) as ledger:
        filled(ledger)
        check_erased(ledger)
        data = Path(postgres.partition("host=")[2]) / "data"
        with ledger.transaction() as run:
            run.execute(sa.text("SELECT 1"))
        engine = sa.create_engine(postgres.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as raw:
            raw.exec_driver_sql("CHECKPOINT")
        engine.dispose()
        assert lies_in(data / "base", DANA) == set()
        assert lies_in(data / "base", "Call Tom") != set()


@in_a_directory("F134", quick=True)
def a_former_ledger_ages_out(home: Path) -> None:
    """After thirty days by the moment in its name; a younger one stays, and the ledger itself."""
    old, young = (home / f"{LEDGER_FILE}.before-{day}T120000" for day in ("20261018", "20261022"))
    for path in (old, young, home / LEDGER_FILE):
        path.write_text("what tasks said")
    assert let_go(home, NOW) == [old]
    assert sorted(path.name for path in home.iterdir()) == [LEDGER_FILE, young.name]
