"""The hand-over: what the mirror holds and rules need, whole or refused."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.base import Feed, Identity, Window
from connectors.model import STREAMS, BlindSpot
from rules.calendars import Hours
from rules.evaluate import Org, Said
from worker.handover import MANIFEST, HandoverError, read_handover, write_handover
from worker.mirror import Mirror

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
ORG = Org(
    zone="Europe/Berlin",
    hours={"default": Hours(opens=dt.time(8, 30), holidays=frozenset({dt.date(2026, 12, 25)}))},
    stage_words={"Offer": "Proposal"},
    stages=frozenset({"Offer", "Won"}),
    said_of={"ada@example.com": Said(manager="mia@example.com")},
)


Spoil = Callable[[Path], object]


def mirror(*, owner: str = "dana", bound: bool = True) -> Mirror:
    """A mirror with a deal, two activities of two months, and one nobody dated."""
    stamp = {"modified_at": NOW, "deleted": False}
    months = (dt.datetime(2026, 9, 30, 23, tzinfo=dt.UTC), NOW, None)
    rows = {
        "deals": [{"id": "d1", "owner_id": owner, "state": "open", "created_at": NOW, **stamp}],
        "activities": [
            {"id": f"a{n}", "kind": "call", "at": at, "done": True, "text": "secret", **stamp}
            for n, at in enumerate(months)
        ],
    }
    made = Mirror.of({s: pa.Table.from_pylist(r, schema=STREAMS[s]) for s, r in rows.items()})
    if bound:
        made.belongs_to(
            Identity(org_id="00D1", org_name="A", user_id="5", user_name="ft", server_now=NOW), "x"
        )
        made.remember_org((), (BlindSpot(stream="proposals", field=None, why="no permission."),))
        feed = Feed(name="deals", streams=("deals",), fields_hash="")
        with made.storing(feed, Window(since=None, until=NOW)):
            pass
    return made


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hand-over that nobody changes."""
    folder = tmp_path_factory.mktemp("out") / "whole"
    write_handover(mirror(), ORG, folder, NOW)
    return folder


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    """Everything that `prepare` and `evaluate` need beside the tables comes back as it was."""
    written = write_handover(mirror(), ORG, tmp_path, NOW)
    read = read_handover(tmp_path)
    assert read == written
    assert read.org == ORG
    assert read.complete_until == {"deals": NOW}
    assert [spot.stream for spot in read.blind_spots] == ["proposals"]
    assert read.rows["deals"] == 1


def test_the_tables(tmp_path: Path) -> None:
    """Activities lie by month, keys have a sign, and no text of an activity leaves the mirror."""
    source = mirror()
    write_handover(source, ORG, tmp_path / "out", NOW)
    folder = tmp_path / "out" / "activities"
    assert {p.stem for p in folder.iterdir()} == {"2026-09", "2026-11", "undated"}
    assert [pq.read_metadata(p).num_rows for p in folder.iterdir()] == [1, 1, 1]
    deals = pq.read_table(tmp_path / "out" / "deals")
    key = source.connection.sql("SELECT key FROM deals").fetchall()[0][0]
    assert deals.schema.field("key").type == pa.int64()
    assert deals["key"][0].as_py() % 2**64 == key
    assert b"secret" not in b"".join(p.read_bytes() for p in tmp_path.rglob("*.parquet"))
    assert not {"meta", "feeds"} & {p.name for p in (tmp_path / "out").iterdir()}


def test_it_is_the_operators_alone(whole: Path) -> None:
    """Names and amounts are in it."""
    assert whole.stat().st_mode & 0o077 == 0


def test_a_former_one_is_replaced(tmp_path: Path) -> None:
    """The second says what the mirror says now, and nothing of the first is left."""
    write_handover(mirror(), ORG, tmp_path / "out", NOW)
    write_handover(mirror(owner="tom"), Org(), tmp_path / "out", NOW)
    assert read_handover(tmp_path / "out").org == Org()
    assert pq.read_table(tmp_path / "out" / "deals")["owner_id"].to_pylist() == ["tom"]


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """A directory with anything else in it is refused, and keeps it."""
    (tmp_path / "holiday.jpg").write_text("x")
    with pytest.raises(HandoverError, match="holds something else"):
        write_handover(mirror(), ORG, tmp_path, NOW)
    assert [p.name for p in tmp_path.iterdir()] == ["holiday.jpg"]


def test_an_empty_mirror_is_not_handed_over(tmp_path: Path) -> None:
    """It would say that nothing was ever done."""
    with pytest.raises(HandoverError, match="Pull first"):
        write_handover(mirror(bound=False), ORG, tmp_path / "out", NOW)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.unlink(), "was not finished"),
        (lambda path: path.write_text("{"), "cannot be read"),
        (lambda path: path.write_text("{}"), "another version"),
        (lambda path: _change(path, "schema_version", 1), "another version"),
        (lambda path: _change(path, "made_at", "soon"), "not what this program writes"),
    ],
)
def test_half_a_handover_is_refused(spoil: Spoil, why: str, whole: Path, tmp_path: Path) -> None:
    """The manifest is written last; without a whole one of this version nothing is read."""
    copy = tmp_path / MANIFEST
    copy.write_bytes((whole / MANIFEST).read_bytes())
    assert read_handover(tmp_path).org == ORG
    spoil(copy)
    with pytest.raises(HandoverError, match=why):
        read_handover(tmp_path)


def _change(path: Path, name: str, value: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
