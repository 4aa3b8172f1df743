"""The mirror: newest version wins, rows and watermark move together, no text stays."""

from __future__ import annotations

import datetime as dt
import itertools
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors.base import Batch, Feed, Identity, Window
from connectors.model import EVERY_STREAM, BlindSpot, Stage
from worker.layout import TABLES
from worker.mirror import Mirror, MirrorError

ROOT = Path(__file__).resolve().parents[2]
NOON = dt.datetime(2026, 11, 12, 12, tzinfo=dt.UTC)
DEALS = Feed(name="Opportunity", streams=("deals",), fields_hash="f1")
TASKS = Feed(name="Task", streams=("activities",), fields_hash="t1")
EVENTS = Feed(name="Event", streams=("activities",), fields_hash="e1")
CANARY = "kanarienvogel-7f3a"


def batch(stream: str, *rows: dict[str, Any]) -> Batch:
    stamp = {"modified_at": NOON, "deleted": False}
    return Batch(
        stream,
        pa.RecordBatch.from_pylist([{**stamp, **row} for row in rows], schema=EVERY_STREAM[stream]),
    )


def deal(name: str, minute: int = 0, id: str = "d1", **said: Any) -> dict[str, Any]:
    """A version of a deal, changed so many minutes after noon."""
    return {"id": id, "name": name, "modified_at": NOON + dt.timedelta(minutes=minute), **said}


def until(minute: int) -> Window:
    return Window(since=None, until=NOON + dt.timedelta(minutes=minute))


def put(mirror: Mirror, *batches: Batch, feed: Feed = DEALS, window: Window | None = None) -> int:
    """Store batches as one window; return how many rows were new or newer."""
    with mirror.storing(feed, window or until(0)) as storing:
        for one in batches:
            storing.add(one)
    return storing.changed


def rows(mirror: Mirror, sql: str) -> list[Any]:
    return mirror.connection.execute(sql).fetchall()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """An empty mirror in memory."""
    one = Mirror.open(None)
    yield one
    one.close()


# -- versions --------------------------------------------------------------------------------

VERSIONS = [deal("first", 0), deal("second", 1), deal("third", 2)]


@pytest.mark.parametrize("order", list(itertools.permutations(VERSIONS)), ids=range(6))
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "a batch each"])
def test_the_newest_version_wins_in_any_order(
    mirror: Mirror, order: Sequence[dict[str, Any]], together: bool
) -> None:
    """Late and repeated deliveries never bring an old value back."""
    batches = [batch("deals", *order)] if together else [batch("deals", one) for one in order]
    put(mirror, *batches)
    assert rows(mirror, "SELECT id, name FROM deals") == [("d1", "third")]


def test_the_same_again_changes_nothing(mirror: Mirror) -> None:
    """What overlaps with the last window is stored once."""
    some = [deal("one"), deal("two", id="d2")]
    assert put(mirror, batch("deals", *some)) == 2
    before = rows(mirror, "SELECT * EXCLUDE (modified_at) FROM deals ORDER BY id")
    put(mirror, batch("deals", *some), batch("deals", *reversed(some)))
    assert rows(mirror, "SELECT * EXCLUDE (modified_at) FROM deals ORDER BY id") == before
    assert put(mirror, batch("deals", deal("older", -1))) == 0
    assert mirror.count("deals") == 2


def test_a_deleted_record_stays_deleted_until_a_newer_version(mirror: Mirror) -> None:
    """A tombstone is a version like any other."""
    put(mirror, batch("deals", deal("gone", 1, deleted=True)), batch("deals", deal("alive", 0)))
    assert mirror.count("deals") == 0
    put(mirror, batch("deals", deal("back", 2)))
    assert mirror.count("deals") == 1


def call(*deal_ids: str, minute: int = 0, **said: Any) -> Batch:
    usual = {"kind": "call", "at": NOON, "done": True}
    return batch("activities", {**deal("", minute, "a1"), **usual, "deal_ids": deal_ids, **said})


def links(mirror: Mirror) -> set[Any]:
    return set(
        rows(
            mirror,
            "SELECT target, coalesce(d.id, c.id) FROM activity_links l "
            "LEFT JOIN deals d ON d.key = l.target_key "
            "LEFT JOIN contacts c ON c.key = l.target_key",
        )
    )


def test_signals_are_those_of_the_newest_version(mirror: Mirror) -> None:
    """Two versions in one batch: what the older one said is not kept."""
    said = {"id": "a1", "kind": "email", "direction": "outbound", "done": True}
    older = {**said, "text": "Just checking in.", "modified_at": NOON}
    newer = {**said, "text": "Hello.", "modified_at": NOON + dt.timedelta(minutes=1)}
    put(mirror, batch("activities", newer, older), feed=TASKS)
    assert rows(mirror, "SELECT signal FROM signals") == []
    put(mirror, batch("activities", {**older, "id": "a2"}), feed=TASKS)
    assert rows(mirror, "SELECT signal, said FROM signals") == [("check_in", "Just checking in.")]


def test_links_are_replaced_as_a_whole(mirror: Mirror) -> None:
    """A record that was moved belongs to its new deal only."""
    put(mirror, batch("deals", *(deal("", id=f"d{n}") for n in (1, 2, 3))))
    put(mirror, batch("contacts", {"id": "ann"}))
    put(mirror, call("d1", "d2", "d2", contact_ids=["ann"]), feed=TASKS)
    assert links(mirror) == {("deal", "d1"), ("deal", "d2"), ("contact", "ann")}
    assert rows(mirror, "SELECT count(*) FROM activity_links") == [(3,)]
    put(mirror, call("d3", minute=1), feed=TASKS)
    assert links(mirror) == {("deal", "d3")}
    put(mirror, call("d1", minute=0), feed=TASKS)
    assert links(mirror) == {("deal", "d3")}
    put(mirror, call(minute=2, deal_ids=None), feed=TASKS)
    assert links(mirror) == set()


def test_a_reference_needs_no_order_of_loading(mirror: Mirror) -> None:
    """A deal may come before its owner; an empty reference is no reference."""
    put(mirror, batch("deals", deal("", owner_id="dana"), deal("", id="d2", owner_id=None)))
    put(mirror, batch("owners", {"id": "dana", "name": "Dana"}))
    found = rows(
        mirror, "SELECT d.id, o.name FROM deals d LEFT JOIN owners o ON o.key = d.owner_key"
    )
    assert sorted(found) == [("d1", "Dana"), ("d2", None)]


def test_a_batch_of_another_shape_is_refused(mirror: Mirror) -> None:
    """A connector that drifts from the canonical schema is told at once."""
    odd = Batch("deals", pa.RecordBatch.from_pylist([{"id": "d1"}]))
    with pytest.raises(MirrorError, match="deals does not have its canonical schema"):
        put(mirror, odd)
    with pytest.raises(MirrorError, match="no stream 'deal; DROP'"):
        mirror.count("deal; DROP")


# -- watermarks ------------------------------------------------------------------------------


def test_rows_and_watermark_commit_together(mirror: Mirror) -> None:
    """A window that was stored whole is not read again, but for the overlap."""
    assert mirror.window(DEALS, NOON) == Window(since=None, until=NOON)
    put(mirror, batch("deals", deal("one")), window=until(0))
    later = NOON + dt.timedelta(hours=1)
    assert mirror.window(DEALS, later) == Window(since=NOON - dt.timedelta(minutes=15), until=later)
    assert mirror.complete_until() == {"deals": NOON}


def test_a_window_without_rows_moves_the_watermark_too(mirror: Mirror) -> None:
    """That nothing has changed is also something that was read."""
    put(mirror)
    assert mirror.complete_until() == {"deals": NOON}


class Broken(Exception):
    """Whatever goes wrong while a CRM is read."""


def test_an_exception_in_the_middle_leaves_the_watermark(mirror: Mirror) -> None:
    """What was stored before does no harm: the same window is read again."""
    put(mirror, batch("deals", deal("old")), window=until(0))

    def half() -> None:
        with mirror.storing(DEALS, until(60)) as storing:
            storing.add(batch("deals", deal("new", 30)))
            storing.add(batch("deals", deal("two", 31, "d2")))
            raise Broken

    with pytest.raises(Broken):
        half()
    assert mirror.complete_until() == {"deals": NOON}
    assert rows(mirror, "SELECT name FROM deals") == [("new",)]
    put(mirror, batch("deals", deal("new", 30), deal("two", 31, "d2")), window=until(60))
    assert rows(mirror, "SELECT name FROM deals ORDER BY name") == [("new",), ("two",)]
    assert mirror.complete_until() == {"deals": NOON + dt.timedelta(hours=1)}


def test_a_last_batch_that_cannot_be_stored_leaves_the_watermark(mirror: Mirror) -> None:
    """Neither its rows nor the mark are there, and the mirror can go on."""
    odd = Batch("deals", pa.RecordBatch.from_pylist([{"id": "d2"}]))
    with pytest.raises(MirrorError):
        put(mirror, batch("deals", deal("one")), odd)
    assert mirror.complete_until() == {}
    assert put(mirror, batch("deals", deal("one", 1))) == 1


def test_changed_fields_are_read_from_the_beginning(mirror: Mirror) -> None:
    """A field that became readable is missing in every row that was read before."""
    put(mirror, batch("deals", deal("one", amount=None)))
    wider = Feed(name="Opportunity", streams=("deals",), fields_hash="f2")
    assert mirror.window(wider, NOON) == Window(since=None, until=NOON)
    put(mirror, batch("deals", deal("one", currency="EUR")), feed=wider)
    assert rows(mirror, "SELECT currency FROM deals") == [("EUR",)]
    assert mirror.window(wider, NOON).since is not None


def test_a_stream_is_as_complete_as_its_slowest_feed(mirror: Mirror) -> None:
    """Until a feed is given up; then it holds nothing back."""
    put(mirror, feed=TASKS, window=until(60))
    put(mirror, feed=EVENTS, window=until(0))
    assert mirror.complete_until() == {"activities": NOON}
    mirror.forget_feeds_but(["Task", "Opportunity"])
    assert mirror.complete_until() == {"activities": NOON + dt.timedelta(hours=1)}


def test_a_feed_that_fills_another_stream_too_says_so(mirror: Mirror) -> None:
    """The same fields, one stream more: the mark holds for both from then on."""
    put(mirror)
    wider = Feed(name=DEALS.name, streams=("deals", "proposals"), fields_hash=DEALS.fields_hash)
    put(mirror, feed=wider)
    assert mirror.complete_until() == {"deals": NOON, "proposals": NOON}
    assert rows(mirror, "SELECT count(*) FROM feeds") == [(1,)]


def test_a_clock_that_runs_backwards_takes_nothing_back(mirror: Mirror) -> None:
    """The CRM's clock may be corrected; the window never ends before the watermark."""
    put(mirror, window=until(60))
    assert mirror.window(DEALS, NOON).until == NOON + dt.timedelta(hours=1)


# -- whose it is -----------------------------------------------------------------------------


def org(id: str, name: str = "Acme") -> Identity:
    return Identity(org_id=id, org_name=name, user_id="u", user_name="U", server_now=NOON)


def test_another_org_is_refused(mirror: Mirror) -> None:
    """The first org binds the mirror; a second one is told what to do."""
    assert mirror.org_id() is None
    mirror.belongs_to(org("00D1"), "salesforce")
    mirror.belongs_to(org("00D1", "Acme, renamed"), "salesforce")
    with pytest.raises(MirrorError) as refused:
        mirror.belongs_to(org("00D2", "Other"), "salesforce")
    assert str(refused.value) == (
        "this state belongs to org 00D1, but the CRM says it is 00D2 (Other). Point the settings "
        "back to the first org, or use another state directory for the second."
    )
    assert mirror.org_id() == "00D1"


def test_what_the_org_looks_like_is_remembered(mirror: Mirror) -> None:
    """The last pull's word counts."""
    assert (mirror.stages(), mirror.blind_spots()) == ((), ())
    stages = (Stage(label="Won", is_closed=True, is_won=True),)
    blind = (BlindSpot(stream="deals", field=None, why="Grant it."),)
    mirror.remember_org((Stage(label="Old", is_closed=False, is_won=False),), blind)
    mirror.remember_org(stages, blind)
    assert (mirror.stages(), mirror.blind_spots()) == (stages, blind)


def test_keys_are_checked(mirror: Mirror) -> None:
    """Two ids of one key, or one id twice, are told with what to do."""
    put(mirror, batch("deals", deal("one"), deal("two", id="d2")))
    mirror.check_keys()
    same = "INSERT INTO deals SELECT * REPLACE ('d3' AS id) FROM deals WHERE id = 'd1'"
    mirror.connection.execute(same)
    with pytest.raises(MirrorError, match=r"deals are inconsistent .* Delete mirror\.duckdb"):
        mirror.check_keys()


def test_columns_have_the_types_of_what_fills_them(mirror: Mirror) -> None:
    """No value is turned into another kind on its way in."""
    for stream, table in TABLES.items():
        columns = list(table.columns(stream))
        mirror.connection.register("nothing", EVERY_STREAM[stream].empty_table())
        select = ", ".join(f"{one.expression} AS {one.name}" for one in columns)
        made = rows(mirror, f"DESCRIBE SELECT {select} FROM nothing")
        laid = rows(mirror, f"DESCRIBE {stream}")
        assert [one[:2] for one in made] == [one[:2] for one in laid], stream


# -- the file --------------------------------------------------------------------------------


def filled(path: Path) -> Mirror:
    mirror = Mirror.open(path)
    told = {
        "kind": "task",  # a note says what was discussed, and that is quoted
        "subject": f"Visited {CANARY}",
        "text": f"Met with {CANARY} {CANARY}",
        "at": NOON,
        "done": True,
        "deal_ids": ["d1"],
    }
    put(mirror, batch("deals", deal("a-name-that-stays")))
    put(mirror, batch("contacts", {"id": "c1", "name": "Ann", "email": f"{CANARY}@example.org"}))
    put(mirror, batch("activities", {"id": "a1", **told}), feed=TASKS)
    return mirror


def test_no_text_of_an_activity_is_in_the_file(tmp_path: Path) -> None:
    """Only what was read from it; the same for the address of a contact."""
    mirror = filled(tmp_path / "mirror.duckdb")
    read = "SELECT text_length, claims_contact FROM activities"
    assert rows(mirror, read) == [(len(f"Met with {CANARY} {CANARY}"), True)]
    while_open = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    mirror.close()
    closed = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for found in (while_open, closed):
        assert CANARY.encode() not in found
        assert CANARY.encode("utf-16-le") not in found
    assert b"a-name-that-stays" in closed  # names are not packed away: the search can find one


def test_every_file_is_the_owners_alone(tmp_path: Path) -> None:
    """The mirror, whatever DuckDB puts beside it, and the directory it was made in."""
    path = tmp_path / "state" / "mirror.duckdb"
    mirror = filled(path)
    mirror.connection.execute("CHECKPOINT")
    put(mirror, batch("deals", deal("after the checkpoint", 5)))
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert modes == {"mirror.duckdb": 0o600, "mirror.duckdb.wal": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    mirror.close()
    path.chmod(0o644)
    Mirror.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_stored_is_there_again(tmp_path: Path) -> None:
    """Rows, marks and the org outlive the process."""
    path = tmp_path / "mirror.duckdb"
    first = filled(path)
    first.belongs_to(org("00D1"), "salesforce")
    first.close()
    again = Mirror.open(path, read_only=True)
    assert (again.count("deals"), again.org_id()) == (1, "00D1")
    assert again.complete_until() == {"deals": NOON, "activities": NOON}
    again.close()


def test_moments_are_utc_whatever_the_machine_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Tokyo as in London."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    mirror = filled(tmp_path / "mirror.duckdb")
    assert rows(mirror, "SELECT happened_at::VARCHAR FROM activities") == [
        ("2026-11-12 12:00:00+00",)
    ]
    assert mirror.complete_until()["deals"].utcoffset() == dt.timedelta()
    mirror.close()


def test_a_file_that_is_no_mirror(tmp_path: Path) -> None:
    """The sentence says that it may go."""
    path = tmp_path / "mirror.duckdb"
    path.write_text("this is no database")
    with pytest.raises(MirrorError, match=r"cannot be opened as a mirror .* Delete it"):
        Mirror.open(path)


def test_a_mirror_of_another_layout(tmp_path: Path) -> None:
    """An older or newer program's mirror is rebuilt, not guessed at."""
    path = tmp_path / "mirror.duckdb"
    mirror = Mirror.open(path)
    mirror.connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    mirror.close()
    with pytest.raises(MirrorError, match=r"layout 99, this program needs \d+\. Delete"):
        Mirror.open(path)


def test_a_mirror_reads_no_other_file(tmp_path: Path) -> None:
    """A statement that would leave the database fails, whatever a rule file says."""
    (tmp_path / "secret.csv").write_text("a\n1\n")
    mirror = Mirror.open(tmp_path / "mirror.duckdb")
    with pytest.raises(Exception, match="disabled"):
        mirror.connection.execute(f"SELECT * FROM '{tmp_path}/secret.csv'")
    mirror.close()


OPEN = """
import sys
from pathlib import Path
from worker.mirror import Mirror, MirrorError
try:
    Mirror.open(Path(sys.argv[1]), patience=0.5)
except MirrorError as error:
    print(error)
"""


def test_a_second_process_gets_a_sentence(tmp_path: Path) -> None:
    """It waits a while, then says what to do; the first one is not disturbed."""
    path = tmp_path / "mirror.duckdb"
    mirror = filled(path)
    process = subprocess.run(
        [sys.executable, "-c", OPEN, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    assert process.stdout.strip() == (
        f"{path} has been open in another run for 0.5 seconds. Wait until that run has ended."
    )
    assert process.returncode == 0
    assert mirror.count("deals") == 1
    mirror.close()
