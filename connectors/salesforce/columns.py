"""Small verbs on whole columns: ids by their prefix, lists, moments of days. Pure Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.model import MOMENT
from connectors.plain_text import LONGEST

_DAY: Final = pa.scalar(86_400_000_000, pa.duration("us"))
_SECOND: Final = pa.scalar(1_000_000, pa.duration("us"))


def ids(prefix: str, *columns: Any) -> Any:
    """The ids of one object among several columns, each once, as a list per row."""
    kept: list[Any] = []
    for column in columns:
        wanted = _only(pc.starts_with(column, prefix), column)
        for other in kept:
            wanted = _only(pc.invert(pc.fill_null(pc.equal(wanted, other), False)), wanted)
        kept.append(wanted)
    offsets, values, _ = woven(kept)
    return pa.ListArray.from_arrays(offsets, values)


def woven(columns: Sequence[Any]) -> tuple[Any, Any, Any]:
    """Columns of equal length as one run of values, row by row, nulls left out.

    Returned with it: where each row begins, and of which column each value is.
    """
    length = len(columns[0])
    places = pc.subtract(pc.cumulative_sum(pa.repeat(1, length)), 1)
    whole = pa.table(
        {
            "row": pa.concat_arrays([places] * len(columns)),
            "column": pa.concat_arrays(
                [pa.repeat(number, length) for number in range(len(columns))]
            ),
            "value": pa.concat_arrays([column.cast(pa.string()) for column in columns]),
        }
    )
    held = whole.filter(pc.is_valid(whole["value"]))
    if len(columns) > 1:
        held = held.sort_by([("row", "ascending"), ("column", "ascending")])
    counts = pa.repeat(pa.scalar(0, pa.int32()), length)
    for column in columns:
        counts = pc.add(counts, pc.is_valid(column).cast(pa.int32()))
    begins = pa.array([0], pa.int32())
    offsets = pa.concat_arrays([begins, pc.cumulative_sum(counts)]) if length else begins
    return offsets, held["value"].combine_chunks(), held["column"].combine_chunks()


def cut(texts: Any) -> Any:
    """The part of each body that is looked at at all."""
    longest = pc.max(pc.utf8_length(texts)).as_py() or 0
    return pc.utf8_slice_codeunits(texts, 0, LONGEST) if longest > LONGEST else texts


def begins(days: Any) -> Any:
    """The first moment of each day, UTC."""
    return days.cast(pa.timestamp("us")).cast(MOMENT)


def ends(days: Any) -> Any:
    """The last second of each day, UTC."""
    return pc.subtract(pc.add(begins(days), _DAY), _SECOND)


def seconds(count: Any) -> Any:
    """Numbers of seconds as lengths of time."""
    return count.cast(pa.duration("s")).cast(pa.duration("us"))


def true_only(flags: Any) -> Any:
    """Ticks, where one that is hidden counts as not set."""
    return pc.fill_null(flags, False)


def _only(mask: Any, column: Any) -> Any:
    return pc.if_else(mask, column, None)
