"""The Name object, which stands for every target of a polymorphic relationship: `What.Name`.

Chooses among the targets' fields; joining the targets is `soql_scope.py`'s work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.simulator.salesforce.schema import Field, SObject
from connectors.simulator.salesforce.soql_column import (
    Column,
    Presence,
    never_null_boolean,
    presence_of,
    quoted,
)
from connectors.simulator.salesforce.soql_errors import no_column
from connectors.simulator.salesforce.soql_tree import Place

#: Fields of the Name object, which stands for every target of a polymorphic relationship.
_NAME_OBJECT: Final[Mapping[str, str]] = {
    name.lower(): name
    for name in (
        *("Id", "Name", "Type", "Alias", "Email", "FirstName", "IsActive", "LastName"),
        *("LastReferencedDate", "LastViewedDate", "Phone", "ProfileId", "Title"),
        *("Username", "UserRoleId"),
    )
}
#: Objects whose name field is not called Name.
_NAME_FIELD: Final[Mapping[str, str]] = {
    "Case": "CaseNumber",
    "Contract": "ContractNumber",
    "EmailMessage": "Subject",
    "Event": "Subject",
    "Note": "Title",
    "Task": "Subject",
}


@dataclass(frozen=True)
class NameColumn:
    """A field of the Name object, before the path to it is known."""

    sql: str
    field: Field
    presence: Presence
    leads_to: frozenset[str]

    def under(self, keys: Iterable[str], parents: Iterable[Presence]) -> Column:
        """Put the column at the end of the walk that led to it."""
        return Column(
            sql=self.sql,
            field=self.field,
            keys=(*keys, self.field.name),
            parents=(*parents, self.presence),
            leads_to=self.leads_to,
        )


def name_column(joined: Sequence[tuple[str, SObject]], name: str, place: Place) -> NameColumn:
    """Resolve a field of the Name object over its targets, given with their tables' aliases.

    Raises SoqlError INVALID_FIELD.
    """
    known = _NAME_OBJECT.get(name.lower())
    presence = replace(presence_of(joined), label="Name")
    if known == "Type":
        kind = Field(name="Type", type="picklist")
        return NameColumn(presence.kind, kind, presence, frozenset())
    wanted = [(alias, one.field(_name_field(one, known))) for alias, one in joined if known]
    found = [(alias, one) for alias, one in wanted if one is not None]
    if known is None or not found:
        raise no_column(name, "Name", place)
    choices = [f"{alias}.{quoted(one.name)}" for alias, one in found]
    sql = never_null_boolean(f"COALESCE({', '.join([*choices, 'NULL'])})", found[0][1])
    leads_to = frozenset(one.name for _, one in joined)
    return NameColumn(sql, replace(found[0][1], name=known), presence, leads_to)


def _name_field(entity: SObject, known: str | None) -> str:
    return _NAME_FIELD.get(entity.name, "Name") if known == "Name" else known or ""
