"""A resolved field as SQL, and the parents on the way to it. Resolves nothing itself.

Names are quoted here; they come from the Schema, never from the query's text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.simulator.salesforce.schema import Field, SObject

#: Field type -> the kind of value it holds, which decides what it may be compared with.
_KIND: Final[Mapping[str, str]] = {
    "id": "id",
    "reference": "id",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    "int": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "multipicklist": "multipicklist",
}


@dataclass(frozen=True, kw_only=True)
class Presence:
    """A parent on the way to a field, as SQL: its object's name and its Id, NULL where absent."""

    kind: str
    id: str
    label: str | None = None  # `Name` where the answer does not tell the object


@dataclass(frozen=True, kw_only=True)
class Column:
    """A resolved operand: its SQL, its field, and the keys that lead to it in a record."""

    sql: str
    field: Field
    keys: tuple[str, ...]
    parents: tuple[Presence, ...] = ()
    leads_to: frozenset[str] = frozenset()  # the objects an id or a reference may be of
    aggregate: bool = False

    @property
    def kind(self) -> str:
        """The kind of its values: text, id, number, date, datetime, boolean, multipicklist."""
        return _KIND.get(self.field.type, "text")

    @property
    def collated(self) -> str:
        """The SQL to compare, sort and group by: case counts only where the field says so."""
        text = self.kind in ("text", "multipicklist")
        ordinary = text and not self.field.case_sensitive
        return f"{self.sql} COLLATE SOQL_TEXT" if ordinary else self.sql


def presence_of(joined: Sequence[tuple[str, SObject]]) -> Presence:
    """Tell which of the joined tables, given with their aliases, has the parent's row."""
    cases = " ".join(
        f'WHEN {alias}."Id" IS NOT NULL THEN {quoted_text(one.name)}' for alias, one in joined
    )
    ids = ", ".join(f'{alias}."Id"' for alias, _ in joined)
    return Presence(kind=f"CASE {cases} END", id=f"COALESCE({ids}, NULL)")


def quoted(name: str) -> str:
    """Quote a name of the Schema as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(name: str) -> str:
    """Quote a name we know, an object's or a zone's, as an SQL text; values are bound instead."""
    return "'" + name.replace("'", "''") + "'"


def never_null_boolean(sql: str, one: Field) -> str:
    """Read an empty checkbox as false, also behind a missing parent."""
    return f"COALESCE({sql}, 0)" if one.type == "boolean" else sql
