"""Records of one answer, by column: the JSON of REST and the CSV of Bulk read alike.

A column comes as it was sent; each reader turns it into what its field is, whole columns at once.
What cannot be is refused with its place, and nothing of it is quoted. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import Refused
from connectors.model import MOMENT, MONEY
from connectors.plain_text import clean

#: Exact for every number Salesforce can send, before it is rounded to what is kept.
_EXACT: Final = pa.decimal256(76, 30)
_TOO_MUCH: Final = pa.scalar(Decimal(10) ** 16, _EXACT)
_PLACES: Final = 4
_TICK: Final = "boolean"
_WRONG: Final = (pa.ArrowException, ValueError, TypeError, OverflowError)


class Page:
    """Columns by field; a field that was not asked for is null throughout."""

    def __init__(
        self, records: Sequence[Mapping[str, Any]] = (), *, of: str = "", columns: Any = None
    ) -> None:
        self._of = of
        self._length = len(records) if columns is None else columns.num_rows
        self._told_apart = columns is None  # JSON tells a tick from a text, CSV does not
        self._columns: dict[str, Any] = {}
        self._numbers: set[str] = set()
        if columns is None:
            records = [_flat(record) for record in records]
            for name in dict.fromkeys(name for record in records for name in record):
                self._take(name, [record.get(name) for record in records])
        else:
            self._columns = {name: columns.column(name) for name in columns.schema.names}

    def _take(self, name: str, values: list[Any]) -> None:
        if any(isinstance(value, (dict, list)) for value in values):
            self._columns[name] = None  # `attributes`, or what no field of ours is
            return
        if any(isinstance(value, (int, Decimal)) and value is not True for value in values):
            numeric = [value for value in values if value is not None]
            if not all(isinstance(value, bool) for value in numeric):
                self._numbers.add(name)
        self._columns[name] = self._array(name, values)

    def _array(self, name: str, values: list[Any]) -> Any:
        try:
            if name in self._numbers:
                return pa.array([_numeral(value) for value in values], pa.string())
            return pa.array(values, None if any(values) else _kind(values))
        except UnicodeEncodeError:
            return pa.array([clean(value) if isinstance(value, str) else value for value in values])
        except _WRONG:
            pass
        raise self._refusal(name, "value of one kind")

    def __len__(self) -> int:
        return self._length

    def has(self, name: str) -> bool:
        """Tell whether the field was asked for at all."""
        return name in self._columns

    def filter(self, mask: Any) -> Page:
        """The records for which `mask` is true."""
        kept = Page(of=self._of)
        kept._numbers = self._numbers
        kept._told_apart = self._told_apart
        kept._columns = {
            name: None if column is None else column.filter(mask)
            for name, column in self._columns.items()
        }
        kept._length = pc.sum(pc.cast(mask, pa.int64())).as_py() or 0
        return kept

    def nothing(self, kind: Any) -> Any:
        """A column in which nothing stands."""
        return pa.nulls(self._length, kind)

    def always(self, value: Any, kind: Any = None) -> Any:
        """A column in which the same stands throughout."""
        return pa.repeat(pa.scalar(value, kind), self._length)

    def text(self, name: str) -> Any:
        """Texts, without what no text should hold."""
        if name in self._numbers:
            raise self._refusal(name, "text")
        return self._cast(name, pa.string(), _cleaned, "text")

    def moment(self, name: str) -> Any:
        """Moments in UTC; one without its zone is refused."""
        return self._cast(name, MOMENT, lambda said: said.cast(MOMENT), "moment")

    def moment_or_day(self, name: str) -> Any:
        """Moments; a day stands for its first second."""
        return self._cast(name, MOMENT, _moment_or_day, "moment")

    def day(self, name: str) -> Any:
        """Days."""
        return self._cast(name, pa.date32(), lambda said: said.cast(pa.date32()), "day")

    def money(self, name: str) -> Any:
        """Amounts, exact to four places; null for what nobody means (10^16 and more)."""
        return self._cast(name, MONEY, _money, "amount")

    def number(self, name: str) -> Any:
        """Numbers."""
        return self._cast(name, pa.float64(), lambda said: said.cast(pa.float64()), "number")

    def whole(self, name: str) -> Any:
        """Whole numbers; what stands behind the point is cut."""
        return self._cast(name, pa.int64(), _whole, "number")

    def flag(self, name: str) -> Any:
        """Ticks."""
        return self._cast(name, pa.bool_(), lambda said: said.cast(pa.bool_()), _TICK)

    def judged(self, name: str, judge: Callable[[str], Any], kind: Any, word: str = "value") -> Any:
        """A column made by a function of each text; equal texts are judged once.

        Raises Refused with the field where the function raises ValueError or TypeError.
        """
        return self._cast(name, kind, partial(looked_up, judge=judge, kind=kind), word)

    def _cast(self, name: str, kind: Any, cast: Callable[[Any], Any], word: str) -> Any:
        if name not in self._columns:
            return self.nothing(kind)
        said = self._columns[name]
        if said is None:
            raise self._refusal(name, word)
        if said.type == pa.null():
            return self.nothing(kind)
        if self._told_apart and (said.type == pa.bool_()) != (word == _TICK):
            raise self._refusal(name, word)
        try:
            return _one_chunk(cast(_one_chunk(said)))
        except _WRONG:
            pass  # refused below: an error must not carry the value it is about
        raise self._refusal(name, word)

    def _refusal(self, name: str, word: str) -> Refused:
        return Refused(
            f"Salesforce sent a value for {self._of or 'a record'}.{name} that is no {word}. The "
            "page was not stored; see which record changed last, or report this.",
            code="BAD_VALUE",
        )


def _flat(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """A record with what relationships brought under its path, `Owner.Name`, as CSV names it."""
    if not any(isinstance(value, dict) for value in record.values()):
        return record
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and "attributes" in value:
            flat |= {f"{name}.{key}": one for key, one in _flat(value).items()}
        elif name != "attributes":
            flat[name] = value
    return flat


def _moment_or_day(said: Any) -> Any:
    days = pc.match_substring_regex(said, r"^\d{4}-\d\d-\d\d$")
    first = pc.binary_join_element_wise(said, "T00:00:00Z", "")
    return pc.if_else(days, first, said).cast(MOMENT)


def looked_up(said: Any, judge: Callable[[Any], Any], kind: Any) -> Any:
    """Each value of a column through a function, equal ones once; null stays null."""
    coded = _one_chunk(said).dictionary_encode()
    judged = pa.array([judge(value) for value in coded.dictionary.to_pylist()], kind)
    return judged.take(coded.indices)


def _one_chunk(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _kind(values: Sequence[Any]) -> Any:
    """The type of a column of nulls, empty texts and unticked boxes."""
    kinds = {type(value) for value in values if value is not None}
    return pa.string() if kinds == {str} else pa.bool_() if kinds == {bool} else None


def _numeral(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise TypeError("not a number")
    return str(value)


def _cleaned(said: Any) -> Any:
    texts = said.cast(pa.string())
    if pc.any(pc.match_substring(texts, "\x00")).as_py():
        texts = pc.replace_substring(texts, "\x00", "")
    return texts


def _money(said: Any) -> Any:
    exact = said.cast(_EXACT)
    sensible = pc.less(pc.abs(exact), _TOO_MUCH)
    return pc.if_else(sensible, pc.round(exact, _PLACES, "half_to_even"), None).cast(MONEY)


def _whole(said: Any) -> Any:
    try:
        return said.cast(pa.int64())
    except pa.ArrowInvalid:
        return pc.trunc(said.cast(pa.float64())).cast(pa.int64())
