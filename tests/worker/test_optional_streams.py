"""Streams an org may have or not: stored like any other, and what clients wrote is let go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors.base import Batch, Feed, Window
from connectors.model import EVERY_STREAM, OPTIONAL_STREAMS, STREAMS
from rules.evaluate import prepare
from rules.keeping import evaluate_kept
from rules.org import Org
from tests.rules import world as rules_world
from tests.worker.paper import emptied
from worker.mirror import Mirror
from worker.purging import hold_to
from worker.reading import Reading
from worker.texts import Keep, TextKept

NOON = dt.datetime(2026, 11, 12, 12, tzinfo=dt.UTC)
CASES = Feed(name="Case", streams=("cases",), fields_hash="c1")
SAID = "Nobody has called me back since Tuesday"
CANARY = "Zwetschgenkuchen"
CASE = {
    "id": "500",
    "account_id": "a1",
    "deal_ids": ["d1", "d2", "d1"],
    "status": "New",
    "created_at": NOON,
    "subject": f"About the {CANARY}",
    "text": f"Hello, {SAID}. The {CANARY} was fine.",
}
ANSWER = {"id": "s1", "deal_id": "d1", "score": 3.0, "at": NOON, "comment": f"{SAID}. {CANARY}!"}


def batch(stream: str, *rows: dict[str, Any], minute: int = 0) -> Batch:
    stamp = {"modified_at": NOON + dt.timedelta(minutes=minute), "deleted": False}
    schema = EVERY_STREAM[stream]
    return Batch(stream, pa.RecordBatch.from_pylist([{**stamp, **r} for r in rows], schema=schema))


def put(mirror: Mirror, *batches: Batch, feed: Feed = CASES) -> None:
    with mirror.storing(feed, Window(since=None, until=NOON)) as storing:
        for one in batches:
            storing.add(one)


def rows(mirror: Mirror, sql: str) -> list[Any]:
    return mirror.connection.execute(sql).fetchall()


def opened(path: Path, keep: Keep, days: int | None = None) -> Mirror:
    mirror = Mirror.open(path)
    mirror.reading = Reading(kept=TextKept(keep=keep, days=days), now=NOON)
    return mirror


@pytest.fixture(scope="module")
def one_mirror() -> Iterator[Mirror]:
    made = Mirror.open(None)
    yield made
    made.close()


@pytest.fixture
def mirror(one_mirror: Mirror) -> Mirror:
    emptied(one_mirror).reading = Reading(kept=TextKept(), now=NOON)
    return one_mirror


@pytest.mark.parametrize("stream", OPTIONAL_STREAMS)
def test_each_is_stored_by_id_the_newest_version_winning(mirror: Mirror, stream: str) -> None:
    """Once per record, and gone when the CRM says so."""
    put(mirror, batch(stream, {"id": "one"}, {"id": "two"}))
    put(mirror, batch(stream, {"id": "one"}, minute=1))
    assert mirror.count(stream) == 2
    put(mirror, batch(stream, {"id": "two", "deleted": True}, minute=2))
    assert mirror.count(stream) == 1
    mirror.check_keys()


def test_a_case_hangs_on_its_deals(mirror: Mirror) -> None:
    """On each once; a version that names another one replaces them."""
    deals = "SELECT d.id FROM case_deals c JOIN deals d ON d.key = c.deal_key ORDER BY 1"
    put(mirror, batch("deals", {"id": "d1"}, {"id": "d2"}), batch("cases", CASE))
    assert rows(mirror, deals) == [("d1",), ("d2",)]
    put(mirror, batch("cases", {**CASE, "deal_ids": ["d2"]}, minute=1))
    assert rows(mirror, deals) == [("d2",)]


SIGNALS = "SELECT stream, signal, said FROM record_signals ORDER BY ALL"


def test_what_clients_write_is_read_once(mirror: Mirror) -> None:
    """The deciding sentence stays, as of a mail; a newer version says what it says alone."""
    put(mirror, batch("cases", CASE), batch("survey_answers", ANSWER))
    assert {one[:2] for one in rows(mirror, SIGNALS)} == {
        ("cases", "complaint"),
        ("survey_answers", "complaint"),
    }
    assert SAID in rows(mirror, SIGNALS)[0][2]
    put(mirror, batch("cases", {**CASE, "text": "The third box is blue."}, minute=1))
    assert [one[0] for one in rows(mirror, SIGNALS)] == ["survey_answers"]


@pytest.mark.parametrize(
    ("keep", "quoted", "whole"),
    [
        (Keep.OFF, False, False),
        (Keep.VERDICTS_ONLY, False, False),
        (Keep.QUOTES, True, False),
        (Keep.FULL, True, True),
    ],
)
def test_no_more_stays_than_the_setting_allows(
    tmp_path: Path, keep: Keep, quoted: bool, whole: bool
) -> None:
    """What lies in the file's bytes, of cases and of answers."""
    path = tmp_path / "mirror.duckdb"
    mirror = opened(path, keep, 30)
    put(mirror, batch("cases", CASE), batch("survey_answers", ANSWER))
    mirror.close()
    held = path.read_bytes()
    assert (SAID[:30].encode() in held, CANARY.encode() in held) == (quoted, whole)


def test_a_stricter_setting_takes_out_what_lay_there(tmp_path: Path) -> None:
    """Whole texts, then the quotes, then the verdicts; and whole texts when their days are over."""
    path = tmp_path / "mirror.duckdb"
    full = TextKept(keep=Keep.FULL, days=30)
    mirror = opened(path, Keep.FULL, 30)
    put(mirror, batch("cases", CASE))
    mirror = hold_to(mirror, path, full, NOON + dt.timedelta(days=29))
    assert rows(mirror, "SELECT count(*) FROM record_texts") == [(1,)]
    mirror = hold_to(mirror, path, full, NOON + dt.timedelta(days=32))
    assert CANARY.encode() not in path.read_bytes()
    mirror = hold_to(mirror, path, replace(full, keep=Keep.VERDICTS_ONLY), NOON)
    assert rows(mirror, SIGNALS) == [("cases", "complaint", None)]
    mirror = hold_to(mirror, path, replace(full, keep=Keep.OFF), NOON)
    assert rows(mirror, SIGNALS) == []
    assert mirror.window(CASES, NOON).since is None
    mirror.close()
    assert SAID[:30].encode() not in path.read_bytes()


def test_another_lexicon_wants_cases_read_again(mirror: Mirror) -> None:
    """As mails are; a feed without texts is not."""
    put(mirror, batch("cases", CASE))
    assert not mirror.wants_reading_again(CASES)
    mirror.reading = replace(mirror.reading, zone="UTC", kept=TextKept(keep=Keep.FULL, days=9))
    assert mirror.wants_reading_again(CASES)
    assert not mirror.wants_reading_again(Feed(name="l", streams=("leads",), fields_hash=""))


# -- cases that complain ---------------------------------------------------------------------

NOON_5 = dt.datetime(2026, 11, 5, 10, tzinfo=dt.UTC)
CALM = {
    "id": "500",
    "account_id": "northwind",
    "created_at": NOON_5,
    "text": "The third box is blue.",
}


def complaining(case: dict[str, Any], at: str = "2026-11-05 16:00") -> list[str]:
    """The accounts for which follow-up-complaint holds, in a mirror with this case alone."""
    mirror = rules_world.mirror(deals=[rules_world.deal()])
    put(mirror, batch("cases", case))
    rule = rules_world.shipped("follow-up-complaint")
    return [one.record_id for one in rules_world.judge(mirror, rule, at).firing(rule.id)]


@pytest.mark.parametrize(
    "said",
    [
        {"text": f"Hello, {SAID}."},
        pytest.param({"escalated": True}, marks=pytest.mark.proof),
    ],
    ids=str,
)
def test_a_case_that_complains_is_the_managers(said: dict[str, Any]) -> None:
    """By its words, by the org's own type, or because it was escalated."""
    assert complaining({**CALM, **said}) == ["northwind"]
    assert complaining({**CALM, **said}, "2026-11-05 11:00") == []


@pytest.mark.proof
def test_a_case_that_comes_later_is_judged_too() -> None:
    """What rules said before is kept, and what a case changes is judged again."""
    mirror = rules_world.mirror(deals=[rules_world.deal()])
    rule, org, now = rules_world.shipped("follow-up-complaint"), Org(), NOON_5.replace(hour=16)
    read = dict.fromkeys(STREAMS, now)

    def firing() -> list[str]:
        prepare(mirror.connection, org, now, [rule])
        kept = evaluate_kept(
            mirror.connection, [rule], org, complete_until=read, blind_spots=(), now=now
        )
        return [one.record_id for one in kept.evaluation.firing(rule.id)]

    assert firing() == []
    put(mirror, batch("cases", {**CALM, "escalated": True}))
    assert firing() == ["northwind"]
    put(mirror, batch("cases", {**CALM, "escalated": False}, minute=1))
    assert firing() == []


@pytest.mark.parametrize("said", [{}, {"type": "Question"}, {"type": "Complaint", "deleted": True}])
def test_any_other_case_is_nobodys(said: dict[str, Any]) -> None:
    """Somebody who asks for something does not complain of us."""
    assert complaining({**CALM, **said}) == []


@pytest.mark.parametrize("type", ["Customer complaint", "Reklamation", "Réclamation", "Queja"])
def test_the_orgs_own_type_says_it(mirror: Mirror, type: str) -> None:
    """In the language of whoever set the CRM up."""
    put(mirror, batch("cases", {**CALM, "type": type}))
    assert rows(mirror, "SELECT signal FROM signals") == [("complaint",)]


def test_a_case_that_no_longer_complains(mirror: Mirror) -> None:
    """Its activity goes; it comes back when it is escalated, and says so once."""
    live = "SELECT id, kind, direction FROM activities WHERE NOT deleted"
    said = "SELECT signal FROM signals"
    complaint = {**CALM, "type": "Complaint"}
    put(mirror, batch("cases", complaint), batch("cases", complaint))
    assert rows(mirror, live) == [("case-500", "case", "inbound")]
    assert rows(mirror, said) == [("complaint",)]
    put(mirror, batch("cases", {**CALM, "type": "Question"}, minute=1))
    assert (rows(mirror, live), rows(mirror, said)) == ([], [])
    put(mirror, batch("cases", {**CALM, "escalated": True}, minute=2))
    assert (len(rows(mirror, live)), len(rows(mirror, said))) == (1, 1)


def test_a_case_is_no_touch(mirror: Mirror) -> None:
    """What support is told is no contact between the client and their seller."""
    made = rules_world.mirror(deals=[rules_world.deal()])
    put(made, batch("cases", {**CALM, "escalated": True, "deal_ids": ["d1"]}))
    waiting = rules_world.shipped("client-waiting")
    assert rules_world.judge(made, waiting, "2026-11-20 12:00").firing(waiting.id) == []
    grades = "SELECT DISTINCT grade FROM classes WHERE kind = 'case'"
    assert rows(made, grades) == [(0,)]
