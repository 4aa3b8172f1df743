"""Pages are stored together, as long as the newest version still wins and nothing is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pyarrow as pa
import pytest

from connectors.base import STAMPS, Batch
from connectors.errors import Retriable
from connectors.model import EVERY_STREAM
from worker.together import together

NOON = dt.datetime(2026, 11, 12, 12, tzinfo=dt.UTC)


def page(stream: str, *ids: str, of: tuple[str, ...] = ()) -> Batch:
    """A page of records; `of`: it holds all that these deals have of the stream."""
    rows = [{"id": one, "modified_at": NOON, "deleted": False} for one in ids]
    whole = [{"id": one, "modified_at": NOON} for one in of]
    return Batch(
        stream,
        pa.RecordBatch.from_pylist(rows, schema=EVERY_STREAM[stream]),
        pa.RecordBatch.from_pylist(whole, schema=STAMPS) if of else None,
    )


def told(*pages: Batch) -> list[tuple[str, str, str]]:
    """Stream, ids of the rows and ids of what is whole, batch by batch."""
    return [
        (
            one.stream,
            "".join(one.rows["id"].to_pylist()),
            "" if one.whole is None else "".join(one.whole["id"].to_pylist()),
        )
        for one in together(pages)
    ]


def test_pages_of_a_stream_are_one_batch() -> None:
    """Also where pages of other streams, and what is all there is, stand between them."""
    pages = [
        *(page("deals", "a"), page("links", "p", of=("a",)), page("deals", "b")),
        *(page("links", "q", of=("b",)), page("links", of=("c",)), page("links", "r")),
    ]
    assert told(*pages) == [("deals", "ab", ""), ("links", "pqr", "abc")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (page("deals", "a", "b"), page("deals", "b")),
        (page("links", "p", of=("a",)), page("links", "q", of=("a",))),
    ],
    ids=["a version", "what there is"],
)
def test_what_is_told_twice_stays_apart(first: Batch, second: Batch) -> None:
    """The later one is stored later, and so wins."""
    assert list(together([first, second])) == [first, second]


def test_a_large_batch_is_left_as_it_is() -> None:
    """What a bulk load brings waits for nothing, and small ones before it go first."""
    large = page("deals", *map(str, range(2_000)))
    small = [page("accounts", one) for one in "xy"]
    found = list(together([*small, large, page("deals", "a")]))
    assert [one.rows.num_rows for one in found] == [2, 2_000, 1]
    assert found[1] is large


def test_a_crm_that_fails_fails_after_what_it_told() -> None:
    """What was held is stored, and not passed off as all there was."""

    def source() -> Iterator[Batch]:
        yield page("deals", "a")
        raise Retriable("gone")

    found = together(source())
    assert next(found).rows["id"].to_pylist() == ["a"]
    with pytest.raises(Retriable, match="gone"):
        next(found)
