"""Windows that never miss: overlap, the CRM's word, the sweep; and what may be judged meanwhile."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from connectors.base import Batch, Feed, Window
from connectors.errors import CrmError, Refused, Retriable, Unusable
from connectors.model import EVERY_STREAM
from tests.worker.paper import CALLS, DEALS, MAILS, NOON, Paper, Swept, Vouching, at, emptied
from worker.feeds import LATEST_FLOOR, OVERLAP
from worker.mirror import Mirror
from worker.pull import SETTLE, Pulled, pull
from worker.sweep import FRESH, unswept
from worker.texts import Keep, TextKept

DAY = 24 * 60
HOUR = dt.timedelta(hours=1)


@pytest.fixture(scope="module")
def opened() -> Iterator[Mirror]:
    made = Mirror.open(None)
    yield made
    made.close()


@pytest.fixture
def mirror(opened: Mirror) -> Mirror:
    return emptied(opened)


def read(crm: Paper, mirror: Mirror, minute: float) -> Pulled:
    """Pull when the CRM's clock says so many minutes after noon."""
    crm.now = at(minute)
    return pull(crm, mirror, crm.now, lambda feed, rows: None)


def ids(mirror: Mirror, stream: str = "deals") -> set[str]:
    found = mirror.connection.execute(f"SELECT id FROM {stream} WHERE NOT deleted").fetchall()
    return {row[0] for row in found}


def windows(crm: Paper, feed: str = "deals") -> list[Window]:
    return [said for what, name, said in crm.log if (what, name) == ("pull", feed)]


# -- the window -------------------------------------------------------------------------------


def test_a_row_that_turns_up_within_the_overlap_is_read(mirror: Mirror) -> None:
    """Stamped before the last window ended, visible only afterwards."""
    crm = Paper()
    crm.write("late", -10, late=12)
    read(crm, mirror, 0)
    assert ids(mirror) == set()
    read(crm, mirror, 15)
    assert ids(mirror) == {"late"}
    assert windows(crm)[-1].since == at(0) - SETTLE - OVERLAP


def test_the_crms_word_moves_the_next_window_back(mirror: Mirror) -> None:
    """What is still running is waited for, and the moment of judging moves on all the same."""
    crm = Vouching()
    crm.write("slow", -10, late=120)
    read(crm, mirror, 0)
    read(crm, mirror, 60)
    assert mirror.complete_until()["deals"] == at(60) - SETTLE
    assert windows(crm)[-1].since == at(-10) - OVERLAP
    read(crm, mirror, 121)
    assert ids(mirror) == {"slow"}
    assert windows(crm)[-1].since == at(-10) - OVERLAP
    read(crm, mirror, 130)
    assert windows(crm)[-1].since == at(121) - SETTLE - OVERLAP


def test_a_crm_that_vouches_for_nothing_is_not_waited_for(mirror: Mirror) -> None:
    """Beyond six hours the sweep has to find what is late."""
    crm = Vouching(floor=at(-3 * DAY))
    read(crm, mirror, 0)
    read(crm, mirror, 15)
    assert windows(crm)[-1].since == at(0) - SETTLE - LATEST_FLOOR - OVERLAP


def test_rows_newer_than_the_window_do_not_move_the_mark(mirror: Mirror) -> None:
    """They are stored, and read again."""

    class Eager(Paper):
        def pull(self, feed: str, window: Window) -> Any:
            return super().pull(feed, replace(window, until=at(DAY)))

    crm = Eager()
    crm.write("new", 0)
    read(crm, mirror, 0)
    assert ids(mirror) == {"new"}
    assert mirror.complete_until()["deals"] == at(0) - SETTLE


def test_each_feed_settles_in_its_own_time(mirror: Mirror) -> None:
    """A stream is as complete as its slowest feed."""
    fast = replace(CALLS, settle=dt.timedelta())
    crm = Paper(of=(DEALS, fast, MAILS))
    read(crm, mirror, 0)
    assert windows(crm, "calls") == [Window(since=None, until=at(0))]
    assert mirror.complete_until() == {"deals": at(0) - SETTLE, "activities": at(0) - SETTLE}


def test_a_repairing_feed_holds_nothing_back(mirror: Mirror) -> None:
    """It has nothing to read at first, and then reads an older window once more."""
    late = Feed(
        name="calls:late", streams=("activities",), fields_hash="1", settle=HOUR, repairs=True
    )
    crm = Paper(of=(replace(CALLS, settle=dt.timedelta()), late))
    read(crm, mirror, 0)
    assert windows(crm, "calls:late") == []
    read(crm, mirror, 15)
    assert windows(crm, "calls:late") == [Window(since=at(-60) - OVERLAP, until=at(-45))]
    assert mirror.complete_until() == {"activities": at(15)}


def test_a_repairing_feed_waits_with_its_twin(mirror: Mirror) -> None:
    """One failure is not two in a row, and texts are read again by the twin alone."""
    late = replace(CALLS, name="calls:late", settle=HOUR, repairs=True)
    crm = Paper(of=(CALLS, late, DEALS))
    read(crm, mirror, 0)
    crm.fails = {"calls": Retriable("busy")}
    done = read(crm, mirror, 15)
    assert ([one.what for one in done.left], [f.feed for f in done.feeds]) == (["calls"], ["deals"])
    crm.fails, crm.now = {}, at(30)
    look_back = dt.timedelta(days=90)
    mirror.reading = replace(mirror.reading, kept=TextKept(keep=Keep.FULL, days=9))
    done = pull(crm, mirror, crm.now, lambda feed, rows: None, look_back=look_back)
    assert [f.feed for f in done.feeds if f.again] == ["calls"]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", [Swept, Vouching], ids=["sweep", "floor"])
@pytest.mark.proof
def test_after_a_week_of_late_commits_the_mirror_is_the_crm(
    mirror: Mirror, kind: type[Paper], seed: int
) -> None:
    """Whichever of the two guarantees there is, once the last late change has turned up."""
    dice, crm = random.Random(seed), kind(page=50)
    for minute in range(0, 7 * DAY, 10):
        late = dice.choice([0, 0, 0, 1, 8, 40, 200])
        gone = dice.random() < 0.05
        crm.write(f"d{dice.randrange(300)}", minute + dice.random(), late=late, deleted=gone)
    for minute in range(0, 9 * DAY, 120):
        read(crm, mirror, minute)
    assert ids(mirror) == {v.id for v in crm.visible("deals") if not v.deleted}
    versions = mirror.connection.execute("SELECT id, modified_at::VARCHAR FROM deals").fetchall()
    assert len(versions) == len(crm.visible("deals"))


# -- read from the beginning -----------------------------------------------------------------


def test_until_it_was_read_again_a_changed_feed_holds_its_stream_back(mirror: Mirror) -> None:
    """Other fields, another permission: old rows are no ground to judge on."""
    crm = Paper(of=(DEALS, CALLS, MAILS))
    read(crm, mirror, 0)
    crm.of = (DEALS, replace(CALLS, fields_hash="2"), MAILS)
    crm.fails = {"calls": Retriable("busy")}
    read(crm, mirror, 15)
    assert mirror.complete_until() == {"deals": at(15) - SETTLE}
    crm.fails = {}
    read(crm, mirror, 30)
    assert windows(crm, "calls")[-1].since is None
    assert mirror.complete_until()["activities"] == at(30) - SETTLE


def test_a_watermark_in_the_future_is_not_believed(mirror: Mirror) -> None:
    """The CRM's clock was ahead, or somebody wrote it: nobody can have read that far."""
    crm = Paper()
    read(crm, mirror, 180)
    crm.write("between", 60)
    read(crm, mirror, 61 + SETTLE.total_seconds() / 60)
    assert windows(crm)[-1].since is None
    assert ids(mirror) == {"between"}


def test_a_watermark_a_little_ahead_is_kept(mirror: Mirror) -> None:
    """Clocks behind one address differ by seconds; the overlap covers that."""
    crm = Paper()
    read(crm, mirror, 0)
    read(crm, mirror, -1)
    assert windows(crm)[-1] == Window(since=at(0) - SETTLE - OVERLAP, until=at(0) - SETTLE)


# -- what goes wrong -------------------------------------------------------------------------


def test_a_feed_that_fails_keeps_its_cursor_and_the_others_go_on(mirror: Mirror) -> None:
    """What came before it failed is stored and does no harm."""
    crm = Paper(of=(DEALS, CALLS, MAILS), page=1)
    read(crm, mirror, 0)
    crm.write("c1", 1, feed="calls")
    crm.write("c2", 2, feed="calls")
    crm.write("c3", 3, feed="calls")
    crm.fails = {"calls": Retriable("Page 3 never came.")}
    done = read(crm, mirror, 15)
    assert [(one.what, one.why) for one in done.left] == [("calls", "Page 3 never came.")]
    assert mirror.complete_until() == {"deals": at(15) - SETTLE, "activities": at(0) - SETTLE}
    assert ids(mirror, "activities") == {"c1", "c2"}
    crm.fails = {}
    read(crm, mirror, 30)
    assert ids(mirror, "activities") == {"c1", "c2", "c3"}


def test_what_is_refused_is_not_judged(mirror: Mirror) -> None:
    """A permission that is gone makes the stream blind at once, and only while it is gone."""
    crm = Paper()
    read(crm, mirror, 0)
    crm.fails = {"calls": Refused("The integration user may not see calls.")}
    assert [b.stream for b in read(crm, mirror, 15).blind_spots] == ["activities"]
    assert [b.why for b in mirror.blind_spots()] == ["The integration user may not see calls."]
    crm.fails = {}
    read(crm, mirror, 30)
    assert mirror.blind_spots() == ()


def test_a_crm_that_is_down_is_left_alone(mirror: Mirror) -> None:
    """After two feeds in a row the others are not even asked for."""
    crm = Paper(of=(DEALS, CALLS, MAILS, Feed(name="more", streams=("deals",), fields_hash="")))
    read(crm, mirror, 0)
    crm.fails = dict.fromkeys(("calls", "mails"), Retriable("down"))
    asked = len(crm.log)
    done = read(crm, mirror, 15)
    assert [name for _, name, _ in crm.log[asked:]] == ["deals", "calls", "mails"]
    assert [one.what for one in done.left] == ["calls", "mails", "more"]


@pytest.mark.parametrize("problem", [Retriable("down"), Refused("no"), Unusable("key")])
def test_where_nothing_can_be_read_the_pull_fails(mirror: Mirror, problem: CrmError) -> None:
    """The run is a failed one, and says why."""
    crm = Paper()
    crm.fails = dict.fromkeys(("deals", "calls"), problem)
    with pytest.raises(type(problem)):
        read(crm, mirror, 0)
    assert mirror.complete_until() == {}


# -- the sweep -------------------------------------------------------------------------------


def swept(crm: Paper) -> Swept:
    assert isinstance(crm, Swept)
    return crm


def test_the_sweep_reads_what_windows_missed_and_counts_it(mirror: Mirror) -> None:
    """Two hours late is later than any overlap; windows overlap more until nothing is missed."""
    crm = Swept()
    crm.write("a", -10)
    read(crm, mirror, 0)
    crm.write("late", 10, late=120)
    for minute in (30, 60, 180):
        assert read(crm, mirror, minute).swept == ()
    assert ids(mirror) == {"a"}
    done = read(crm, mirror, DAY)
    (deals,) = [one for one in done.swept if one.stream == "deals"]
    assert (deals.repaired, deals.deleted, deals.hidden, deals.listed) == (1, 0, 0, 2)
    assert ids(mirror) == {"a", "late"}
    read(crm, mirror, DAY + 15)
    assert windows(crm)[-1].since == at(DAY) - SETTLE - 4 * OVERLAP
    assert [one.repaired for one in read(crm, mirror, 2 * DAY + 15).swept] == [0, 0]
    read(crm, mirror, 2 * DAY + 30)
    assert windows(crm)[-1].since == at(2 * DAY + 15) - SETTLE - OVERLAP


def test_a_quiet_day_is_swept_once_and_repairs_nothing(mirror: Mirror) -> None:
    """A completed full load counts as a sweep; what is newer than the window is not missing."""
    crm = Swept()
    crm.write("a", -10)
    read(crm, mirror, 0)
    crm.write("new", DAY - 1)
    done = read(crm, mirror, DAY)
    assert [(one.stream, one.repaired) for one in done.swept] == [("deals", 0), ("activities", 0)]
    assert read(crm, mirror, DAY + 60).swept == ()


def test_absent_is_not_deleted(mirror: Mirror) -> None:
    """Only the CRM's own word makes a record deleted; a hidden one stays as it was."""
    crm = Swept()
    for id in ("gone", "hidden", "stays"):
        crm.write(id, -10)
    read(crm, mirror, 0)
    crm.write("gone", 10, late=200, deleted=True)  # and no window tells of it
    read(crm, mirror, 180)
    crm.hidden = {"hidden"}
    (deals, _) = read(crm, mirror, DAY).swept
    assert (deals.deleted, deals.hidden, deals.repaired) == (1, 1, 0)
    assert ids(mirror) == {"hidden", "stays"}
    assert mirror.blind_spots() == ()


def test_a_case_among_the_activities_is_not_looked_for(mirror: Mirror) -> None:
    """The CRM lists it as a case, not as an activity; it is neither hidden nor gone."""
    crm = Swept()
    read(crm, mirror, 0)
    case = {"id": "500", "modified_at": at(-10), "deleted": False, "type": "Complaint"}
    rows = pa.RecordBatch.from_pylist([case], schema=EVERY_STREAM["cases"])
    mirror.store(Batch("cases", rows))
    assert [one.hidden for one in read(crm, mirror, DAY).swept] == [0, 0]
    assert ids(mirror, "activities") == {"case-500"}
    assert not [said for what, _, said in crm.log if what == "fetch" and said]


def test_rows_that_stand_beside_another_object_are_not_looked_for(mirror: Mirror) -> None:
    """Answers that an admin keeps on tickets: the list of answers does not name them."""
    crm = Swept(of=(DEALS, replace(CALLS, streams=("activities", "deals"))))
    crm.write("a", -10)
    read(crm, mirror, 0)
    row = {"id": "on a call", "modified_at": at(-10), "deleted": False}
    mirror.store(Batch("deals", pa.RecordBatch.from_pylist([row], schema=EVERY_STREAM["deals"])))
    assert [one.hidden for one in read(crm, mirror, DAY).swept] == [0, 0]
    assert not [said for what, _, said in crm.log if what == "fetch" and said]
    assert ids(mirror) == {"a", "on a call"}


def test_too_much_hidden_at_once_stops_the_rules(mirror: Mirror) -> None:
    """A changed sharing rule must not look like a company without deals; it may be undone."""
    crm = Swept()
    for number in range(50):
        crm.write(f"d{number}", -10)
    read(crm, mirror, 0)
    crm.hidden = {f"d{number}" for number in range(5)}
    done = read(crm, mirror, DAY)
    assert [(b.stream, b.field) for b in done.blind_spots] == [("deals", None)]
    assert "5 of 50 deals" in done.blind_spots[0].why
    assert read(crm, mirror, DAY + 15).swept == ()
    assert [b.stream for b in mirror.blind_spots()] == ["deals"]
    crm.hidden = set()
    read(crm, mirror, DAY + 60)
    assert mirror.blind_spots() == ()


def test_a_feed_that_was_not_read_is_not_compared(mirror: Mirror) -> None:
    """Half a stream would make the other half look hidden."""
    crm = Swept(of=(DEALS, CALLS, MAILS))
    for number in range(9):
        crm.write(f"c{number}", -10, feed="calls")
    read(crm, mirror, 0)
    crm.fails = {"calls": Retriable("busy")}
    assert [one.stream for one in read(crm, mirror, DAY).swept] == ["deals"]
    crm.fails = {"sweep of mails": Retriable("busy")}
    done = read(crm, mirror, DAY + 15)
    assert [(one.what, one.why) for one in done.left] == [("sweep of activities", "busy")]
    assert ids(mirror, "activities") == {f"c{number}" for number in range(9)}


def test_what_is_missing_counts_only_after_a_sweep(mirror: Mirror) -> None:
    """Rules that judge by absence wait when the last one is older than 26 hours."""
    crm = Swept()
    read(crm, mirror, 0)
    assert unswept(mirror, {"deals"}, at(0) + FRESH - SETTLE) is None
    why = unswept(mirror, {"deals", "activities"}, at(1) + FRESH)
    assert why is not None
    assert why.startswith("the activities were last compared with the CRM at 2026-11-19 11:55 UTC")
    assert unswept(mirror, {"ratings"}, at(1) + FRESH) is None


# -- the allowance ---------------------------------------------------------------------------


def test_calls_are_estimated_before_they_are_made(mirror: Mirror) -> None:
    """From what the same reading took before, by the length of the window."""
    crm = Paper(page=10)
    for number in range(40):
        crm.write(f"d{number}", -30 + number)
    first = read(crm, mirror, 10 + 5)
    assert [(f.feed, f.calls, f.estimated) for f in first.feeds] == [
        ("deals", 4, None),
        ("calls", 1, None),
    ]
    read(crm, mirror, 30)
    later = read(crm, mirror, 60)
    assert [f.estimated for f in later.feeds] == [3, 1]  # 45 minutes now, 30 before
    crm.of = (replace(DEALS, fields_hash="2"), CALLS)
    again = read(crm, mirror, 90)
    assert next((f.calls, f.estimated) for f in again.feeds) == (4, 4)


def test_what_can_be_counted_is_counted_before_it_is_read(mirror: Mirror) -> None:
    """And where the CRM cannot count just now, the feed is tried all the same."""

    class Counting(Paper):
        def rows_of(self, feed: str, window: Window) -> int | None:
            if feed == "calls":
                raise Retriable("busy")
            return 250

    done = read(Counting(), mirror, 0)
    assert [f.estimated for f in done.feeds] == [3, None]


def test_what_does_not_fit_is_left_the_most_important_first(mirror: Mirror) -> None:
    """Nothing is begun that cannot end, and the cursor of what is left stays."""
    links = Feed(name="roles", streams=("links",), fields_hash="1")
    crm = Paper(of=(links, CALLS, DEALS), page=10)
    for number in range(40):
        crm.write(f"d{number}", -30 + number)
    read(crm, mirror, 15)
    crm.left = crm.calls + 5
    crm.of = (links, CALLS, replace(DEALS, fields_hash="2"))
    done = read(crm, mirror, 30)
    assert [f.feed for f in done.feeds] == ["deals", "calls"]
    assert [one.what for one in done.left] == ["roles"]
    assert "needs about 1 call," in done.left[0].why
    assert "links" in mirror.complete_until()
    crm.left = None
    assert [f.feed for f in read(crm, mirror, 45).feeds] == ["roles", "calls", "deals"]


def test_an_allowance_that_ends_midway_keeps_every_cursor(mirror: Mirror) -> None:
    """What was read stays; nothing more is asked for, and no sweep."""
    crm = Swept(of=(DEALS, CALLS, MAILS))
    read(crm, mirror, 0)
    crm.fails = {"calls": Unusable("Nothing remains of today.", code="DAILY")}
    asked = len(crm.log)
    done = read(crm, mirror, DAY)
    assert [one.what for one in done.left] == ["calls", "mails"]
    assert [name for what, name, _ in crm.log[asked:] if what == "pull"] == ["deals", "calls"]
    assert mirror.complete_until()["activities"] == at(0) - SETTLE
    assert mirror.complete_until()["deals"] > NOON


def test_a_sweep_that_does_not_fit_is_left(mirror: Mirror) -> None:
    """It is told, and made up for on the next occasion."""
    crm = Swept(page=1)
    for number in range(9):
        crm.write(f"d{number}", -30 + number)
    read(crm, mirror, 0)
    crm.left = crm.calls + 6
    done = read(crm, mirror, DAY)
    assert [one.what for one in done.left] == ["sweep of deals"]
    crm.left = None
    assert [one.stream for one in read(crm, mirror, DAY + 15).swept] == ["deals"]
