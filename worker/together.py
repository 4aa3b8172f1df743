"""Small batches put together, so that what it costs to store a batch is paid once for many pages.

A CRM answers by pages of 50 to 200 records, and storing a page costs about as much as storing two
thousand records. Asks nothing and stores nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

import pyarrow as pa

from connectors.base import Batch
from connectors.errors import CrmError

#: So many rows are waited for at most, and so many bytes of them: mails are long.
_ENOUGH: Final = 2_000
_HEAVY: Final = 16 * 1024 * 1024
_PARTS: Final = tuple(one.name for one in fields(Batch) if one.name != "stream")


def together(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield the same rows in fewer batches, each stream in the order in which it first came.

    No batch holds two versions of a record, nor says twice what there is of one: what comes later
    is stored later. Where the CRM fails, what it told before comes first.
    """
    held = _Held()
    try:
        for batch in batches:
            if not held.has_room_for(batch):
                yield from held.joined()
                held = _Held()
            if batch.rows.num_rows < _ENOUGH:
                held.take(batch)
            else:  # a bulk load: nothing waits then, and no object is made of its rows
                yield batch
    except CrmError:
        yield from held.joined()
        raise
    yield from held.joined()


class _Held:
    """Batches that wait for more of their stream."""

    def __init__(self) -> None:
        self._batches: dict[str, list[Batch]] = {}
        self._ids: dict[str, set[str]] = {}
        self._rows = self._bytes = 0

    def has_room_for(self, batch: Batch) -> bool:
        """Tell whether a batch may be stored together with those that wait."""
        if self._rows + batch.rows.num_rows >= _ENOUGH or self._bytes > _HEAVY:
            return False
        return self._ids.get(batch.stream, set()).isdisjoint(_ids(batch))

    def take(self, batch: Batch) -> None:
        """Let a batch wait."""
        self._batches.setdefault(batch.stream, []).append(batch)
        self._ids.setdefault(batch.stream, set()).update(_ids(batch))
        self._rows += batch.rows.num_rows
        self._bytes += batch.rows.nbytes

    def joined(self) -> Iterator[Batch]:
        """Yield what waits, stream by stream."""
        return map(_joined, self._batches.values())


def _ids(batch: Batch) -> list[str]:
    """The records of a batch, and those of which it says what there is beside them."""
    told = [] if batch.whole is None else batch.whole["id"].to_pylist()
    return [*batch.rows["id"].to_pylist(), *told]


def _joined(some: Sequence[Batch]) -> Batch:
    if len(some) == 1:
        return some[0]
    parts = {name: _all([getattr(one, name) for one in some]) for name in _PARTS}
    return Batch(stream=some[0].stream, **parts)


def _all(parts: Sequence[Any]) -> Any:
    found = [one for one in parts if one is not None]
    if not found:
        return None
    whole = isinstance(found[0], pa.RecordBatch)
    return pa.concat_batches(found) if whole else pa.concat_arrays(found)
