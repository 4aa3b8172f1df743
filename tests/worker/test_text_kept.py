"""What stays of what people wrote, by what lies in the files afterwards: mirror, ledger, log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from rules.signals.said import LONGEST_QUOTE
from tests.conftest import Clock
from tests.connectors.hubspot.conftest import founded
from tests.worker.world import SETTINGS, Company, rules_of
from worker.cycle import Pass, read_crm
from worker.desk import MIRROR_FILE
from worker.environment import Environment, SettingsError
from worker.look_back import look_back
from worker.mirror import Mirror
from worker.settings import load_settings
from worker.store import LEDGER_FILE
from worker.texts import Keep, TextKept

RULE = "- {extends: shipped/purposeless-check-in, mode: live}\n"
#: What decides, and an older message below it, which no quote holds.
SAID = "Just touching base to see how you are all doing over there in Walvisbaai"
BELOW = "On Tue, Nov 3, 2026 at 9:00 AM Dana wrote:\n> Thank you for the Zwetschgenkuchen."


def founded_in(directory: Path) -> Company:
    """A company in which Sam wrote three mails without a purpose."""
    made = Company(directory, Clock())
    deal = made.open_deal()
    for days in (3, 4, 5):
        with made.org.at(made.days_ago(days)):
            made.org.insert(
                "Task",
                {
                    "Subject": "Hello",
                    "TaskSubtype": "Email",
                    "Status": "Completed",
                    "Description": f"Hi Dana,\n\n{SAID}.\n\n{BELOW}\n",
                    "WhatId": deal,
                    "OwnerId": made.people["Sam Ortiz"],
                },
            )
    return made


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    made = founded_in(tmp_path_factory.mktemp("texts"))
    yield made
    made.close()


@pytest.fixture
def company(told: Company) -> Company:
    """Such a company, with nothing read yet, and nothing ever written."""
    told.forget_everything()
    told.fault = None
    return told


def run(company: Company, text: str, *, write: bool = False) -> Pass:
    company.say(RULE, f"{SETTINGS}text: {text}\n")
    return company.run(write=write)


def lies_in(state: Path, words: str) -> set[str]:
    """The files of a state directory that hold these words."""
    return {
        path.name
        for path in state.rglob("*")
        if path.is_file() and words.encode() in path.read_bytes()
    }


def read(company: Company, text: str) -> set[str]:
    """Pull under a setting; return the feeds whose texts were read again."""
    company.say(RULE, f"{SETTINGS}text: {text}\n")
    with company.desk() as desk:
        pulled = read_crm(desk, company.clock())
    return {feed.feed for feed in pulled.feeds if feed.again}


def rows(company: Company, query: str) -> list[Any]:
    mirror = Mirror.open(company.state / MIRROR_FILE, read_only=True)
    try:
        return mirror.connection.execute(query).fetchall()
    finally:
        mirror.close()


def signals(company: Company) -> list[Any]:
    return rows(company, "SELECT signal, said FROM signals")


@pytest.mark.proof
def test_quotes_keep_the_deciding_sentence_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It lies in the mirror, in the ledger until 30 days after the CRM has it, never in a log."""
    company = founded_in(tmp_path)
    try:
        done = run(company, "quotes", write=True)
        assert len(done.plan.creates) == 1
        assert lies_in(company.state, SAID[:40]) == {MIRROR_FILE, LEDGER_FILE}
        assert lies_in(company.state, "Zwetschgenkuchen") == set()
        assert all(len(said or "") <= LONGEST_QUOTE for _, said in signals(company))
        printed = capsys.readouterr()
        assert "Walvisbaai" not in printed.out + printed.err
        for days, left in ((29, {LEDGER_FILE}), (2, set())):
            company.clock.later(days=days)
            with company.desk() as desk:
                assert len(desk.ledger.tasks()) == 1  # what prevents a second one stays
            assert lies_in(company.state, SAID[:40]) - {MIRROR_FILE} == left
    finally:
        company.close()


def test_verdicts_only_keeps_no_word_and_judges_the_same(company: Company) -> None:
    """No sentence lies in any file; the finding is there, and quotes nothing."""
    done = run(company, "verdicts_only")
    (create,) = done.plan.creates
    assert lies_in(company.state, "touching base") == lies_in(company.state, "Walvisbaai") == set()
    assert {said for _, said in signals(company)} == {None}
    assert "touching base" not in repr(create)


@pytest.mark.proof
def test_texts_that_are_off_are_not_asked_for(company: Company) -> None:
    """No query of a pull names a body; rules that need texts say why they are silent."""
    before = len(company.sim.requests)
    done = run(company, "off")
    queries = [unquote_plus(one.query) for one in company.sim.requests[before:]]
    pulled = [one for one in queries if "ORDER BY" in one and "Key__c !=" not in one]
    assert {"Task", "Event", "EmailMessage"} <= {
        one.partition(" FROM ")[2].split()[0] for one in pulled
    }
    assert not any(body in one for one in pulled for body in ("Description", "Body"))
    assert signals(company) == []
    assert lies_in(company.state, "Walvisbaai") == set()
    (silent,) = done.evaluation.not_evaluable
    assert "text: off" in silent.why


@pytest.mark.proof
def test_texts_that_are_off_leave_the_other_rules_working(company: Company) -> None:
    """A deal that was won and forgotten is found as ever."""
    company.won("Forgotten")
    company.say("- {extends: shipped/won-no-follow-up, mode: live}\n", f"{SETTINGS}text: off\n")
    done = company.run(write=False)
    assert (len(done.plan.creates), done.evaluation.not_evaluable) == (1, [])


@pytest.mark.proof
def test_full_keeps_whole_texts_for_some_days(company: Company) -> None:
    """Two of three mails are young enough; in time they go as well, out of the bytes, too."""
    read(company, "full\ntext_days: 4")
    assert texts(company) == 2
    assert MIRROR_FILE in lies_in(company.state, "Zwetschgenkuchen")
    now = company.clock.now
    try:
        company.clock.later(days=5)
        with company.desk():
            pass
    finally:
        company.clock.now = now
    assert texts(company) == 0
    assert lies_in(company.state, "Zwetschgenkuchen") == set()
    assert lies_in(company.state, SAID[:40]) == {MIRROR_FILE}


def texts(company: Company) -> int:
    return len(rows(company, "SELECT 1 FROM texts"))


@pytest.mark.proof
def test_a_stricter_word_takes_out_what_lay_there(company: Company) -> None:
    """What was kept before is gone from the files at the next opening, not only from tables."""
    read(company, "quotes")
    assert lies_in(company.state, SAID[:40]) == {MIRROR_FILE}
    for stricter, left in (("verdicts_only", {("check_in", None)}), ("off", set())):
        company.say(RULE, f"{SETTINGS}text: {stricter}\n")
        with company.desk() as desk:
            assert desk.mirror.count("activities") == 3
        assert lies_in(company.state, "touching base") == set()
        assert set(signals(company)) == left


@pytest.mark.proof
def test_a_freer_word_reads_again_what_it_may_keep_now(company: Company) -> None:
    """From verdicts to quotes the sentences come back without anybody touching a record, once."""
    read(company, "verdicts_only")
    company.clock.later(hours=1)
    assert "Task" in read(company, "quotes")
    assert SAID in {(said or "").rstrip(".") for _, said in signals(company)}
    company.clock.later(hours=1)
    assert read(company, "quotes") == set()


@pytest.mark.proof
def test_a_changed_lexicon_reads_texts_again(company: Company) -> None:
    """Old mails are read with it, too: their signals carry its version, and not the old one."""
    read(company, "quotes")
    before = lexicons(company)
    folder = company.config / "lexicon"
    folder.mkdir()
    try:
        (folder / "en.yaml").write_text("off: [en.opener.circle-back]\n")
        company.clock.later(hours=1)
        assert "Task" in read(company, "quotes")
    finally:
        (folder / "en.yaml").unlink()
        folder.rmdir()
    assert len(before) == len(lexicons(company)) == 1
    assert lexicons(company) != before


def lexicons(company: Company) -> set[Any]:
    return {version for (version,) in rows(company, "SELECT lexicon FROM signals")}


def test_hubspot_is_not_asked_for_bodies_either() -> None:
    """Neither a list nor a search names one; a note comes with its text only if that is asked."""
    bodies: list[bytes] = []
    with founded() as company:
        note = company.log("notes", hs_note_body=f"<p>{SAID}</p>")
        company.fault = lambda _, call: bodies.append(call.body + call.query.encode())
        for texts, held in ((False, None), (True, SAID)):
            connector = company.connect(texts=texts)
            bodies.clear()
            for window in (company.everything(), company.lately(company.clock.now)):
                pulled = [
                    row for b in connector.pull("notes", window) for row in b.rows.to_pylist()
                ]
                assert [row["text"] for row in pulled] == [held]
            assert any(b"hs_note_body" in one for one in bodies) is texts
            spots = {(spot.stream, spot.field) for spot in connector.blind_spots()}
            assert (("activities", "text") in spots) is not texts
            found = connector.activity(note)
            assert found is not None
            assert found.rows["text"].to_pylist() == [held]
        assert company.connect().activity("999999") is None


def test_the_horizon_is_the_beginning_of_a_day() -> None:
    """So that a file is written anew once a day at most; without `full` there is none."""
    noon = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
    kept = TextKept(keep=Keep.FULL, days=2)
    assert kept.horizon(noon) == dt.datetime(2026, 11, 17, tzinfo=dt.UTC)
    assert TextKept().horizon(noon) is None


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("text: some", '"some" is not what to keep of texts.'),
        ("text: full", 'Say for how long: "text_days: 30".'),
        ("text_days: 30", 'means something with "text: full" only'),
        ("text: full\ntext_days: 0", '"0" is not a number of days from 1 to 3650.'),
    ],
)
def test_a_setting_that_means_nothing_is_told(tmp_path: Path, said: str, sentence: str) -> None:
    """With its place in the file."""
    (tmp_path / "followthrough.yaml").write_text(f"{said}\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, tmp_path / "state", Environment())
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{tmp_path / 'followthrough.yaml'}:")
    assert sentence in str(problem)


def test_rules_look_back_as_far_as_their_lengths() -> None:
    """A rule on ten business days needs a month of texts; who reads none needs none."""
    checks = "- extends: shipped/purposeless-check-in\n"
    assert look_back(rules_of("- extends: shipped/won-no-follow-up\n").values()) is None
    assert look_back(rules_of(checks).values()) == dt.timedelta(days=44)
    longer = f"{checks}  count: {{in_last: 90 days, at_least: 3}}\n"
    assert look_back(rules_of(longer).values()) == dt.timedelta(days=118)
