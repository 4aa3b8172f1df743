"""Records by an external id: find one, create or change one, over no HTTP.

REST API guide, "sObject Rows by External ID"; facts, salesforce 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.simulator.salesforce import errors, ids, records
from connectors.simulator.salesforce.errors import SalesforceError
from connectors.simulator.salesforce.scene import Scene
from connectors.simulator.salesforce.schema import Field, SObject
from connectors.simulator.salesforce.store import Row


class Several(Exception):
    """The key names more than one record: its field is not unique."""

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__("several records")
        self.rows = tuple(rows)


def field(entity: SObject, name: str) -> Field:
    """Find the external id a path names; `Id` counts as one."""
    one = entity.field(name)
    if one is None or not (one.external_id or one.type == "id"):
        raise errors.no_such_key(name)
    return one


def found(scene: Scene, entity: SObject, key: Field, value: str) -> Row | None:
    """Read the record a key names. Raises Several."""
    wanted = (ids.full(value) or "") if key.type == "id" else value
    rows = scene.store.alive(entity.name, key.name, wanted)
    if len(rows) > 1:
        raise Several(rows)
    return rows[0] if rows else None


def upsert(
    scene: Scene, entity: SObject, key: Field, value: object, given: Mapping[str, object]
) -> tuple[str, bool]:
    """Change the record with this key, or create it; return its id and whether it is new."""
    if key.type == "id":
        return _by_id(scene, entity, value, given)
    if not isinstance(value, str) or not value:
        raise SalesforceError("MISSING_ARGUMENT", f"{key.name} not specified", fields=[key.name])
    try:
        row = found(scene, entity, key, value)
    except Several:
        raise SalesforceError(
            "DUPLICATE_EXTERNAL_ID", f"{key.name}: more than one record found for external id field"
        ) from None
    if row is None:
        return records.create(scene, entity, {**given, key.name: value}), True
    records.update(scene, entity, str(row["Id"]), given)
    return str(row["Id"]), False


def _by_id(
    scene: Scene, entity: SObject, value: object, given: Mapping[str, object]
) -> tuple[str, bool]:
    if value is None:
        return records.create(scene, entity, given), True
    records.update(scene, entity, str(value), given)
    return str(value), False


def twice(key: Field, value: str) -> SalesforceError:
    """Say that one call names one key more than once; then all of them fail."""
    return SalesforceError(
        "DUPLICATE_VALUE",
        f"Duplicate external id specified: {value}",
        fields=[key.name],
    )
