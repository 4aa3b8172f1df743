"""The routes of sObject Collections: many records, one call, one result a record.

REST API guide, pages "sObject Collections"; facts, 3.4. Errors here say `statusCode` where the
routes of single records say `errorCode`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from starlette.responses import Response

from connectors.simulator.salesforce import errors, ids, records
from connectors.simulator.salesforce.call import Call, answer
from connectors.simulator.salesforce.errors import SalesforceError
from connectors.simulator.salesforce.rows import shown
from connectors.simulator.salesforce.schema import SObject

_MOST_WRITTEN, _MOST_READ, _MOST_TURNS = 200, 2000, 10
_UNDONE: Final = SalesforceError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone "
    "header",
)

Result = dict[str, object]
Write = Callable[[Call, Mapping[str, object]], str]


def create(call: Call) -> Response:
    """Create up to 200 records of up to ten objects in turn."""
    return _written(call, _create_one)


def update(call: Call) -> Response:
    """Change up to 200 records, each named by its id."""
    return _written(call, _update_one)


def read(call: Call) -> Response:
    """Read up to 2000 records by id, in the caller's order; unknown ones are null."""
    entity, body = call.entity(), call.json()
    wanted, fields = body.get("ids"), body.get("fields")
    if not isinstance(wanted, list) or not isinstance(fields, list):
        raise errors.missing([name for name in ("ids", "fields") if name not in body])
    if len(wanted) > _MOST_READ:
        raise _too_many(_MOST_READ)
    names = tuple(str(name) for name in fields)
    return answer([_read_one(call, entity, str(one), names) for one in wanted])


def _read_one(
    call: Call, entity: SObject, record_id: str, names: tuple[str, ...]
) -> Mapping[str, object] | None:
    row = call.scene.store.get(entity.name, ids.full(record_id) or "")
    return None if row is None or row["IsDeleted"] else shown(call, entity, row, names)


def _written(call: Call, write: Write) -> Response:
    body = call.json()
    given = body.get("records")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise errors.unreadable("list", "VALUE_STRING", given)
    if len(given) > _MOST_WRITTEN:
        raise _too_many(_MOST_WRITTEN)
    _turns(given)
    if body.get("allOrNone") is not True:
        return answer([_one(call, write, record) for record in given])
    return answer(_all_or_none(call, write, given))


def _one(call: Call, write: Write, record: Mapping[str, object]) -> Result:
    try:
        with call.scene.store.transaction():
            return {"id": write(call, record), "success": True, "errors": []}
    except SalesforceError as refusal:
        return _failed(refusal)


class _Undo(Exception):
    """Takes back a whole call whose records must all be valid."""


def _all_or_none(call: Call, write: Write, given: list[dict[str, object]]) -> list[Result]:
    results: list[Result] = []
    try:
        with call.scene.store.transaction():
            results += [_one(call, write, record) for record in given]
            if not all(result["success"] for result in results):
                raise _Undo
    except _Undo:
        return [_failed(_UNDONE) if result["success"] else result for result in results]
    return results


def _failed(refusal: SalesforceError) -> Result:
    error = {
        "statusCode": refusal.code,
        "message": refusal.message,
        "fields": list(refusal.fields),
    }
    return {"success": False, "errors": [error]}


def _create_one(call: Call, record: Mapping[str, object]) -> str:
    return records.create(call.scene, _entity(call, record), record)


def _update_one(call: Call, record: Mapping[str, object]) -> str:
    entity = _entity(call, record)
    rest = {name: value for name, value in record.items() if name.lower() != "id"}
    given = next((str(v) for name, v in record.items() if name.lower() == "id"), None)
    if not given:
        raise SalesforceError("MISSING_ARGUMENT", "Id not specified in an update call")
    record_id = ids.full(given)
    if record_id is None or call.scene.store.object_of(record_id) != entity.name:
        raise errors.wrong_id(f"{entity.label} ID", given, "Id")
    if call.scene.store.get(entity.name, record_id) is None:
        raise errors.cross_reference()
    records.update(call.scene, entity, record_id, rest)
    return record_id


def _entity(call: Call, record: Mapping[str, object]) -> SObject:
    name = _type(record)
    one = call.scene.visible.object(name)
    if one is None:
        raise errors.no_such_type(name)
    return one


def _type(record: Mapping[str, object]) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not name:
        raise SalesforceError("INVALID_TYPE", "attributes.type must be given for every record")
    return str(name)


def _turns(given: list[dict[str, object]]) -> None:
    """Refuse more than ten runs of records of one object."""
    types = [_type(record) for record in given]
    turns = sum(1 for place, name in enumerate(types) if place == 0 or name != types[place - 1])
    if turns > _MOST_TURNS:
        raise SalesforceError(
            "LIMIT_EXCEEDED", f"Can't have more than {_MOST_TURNS} chunks in a single operation"
        )


def _too_many(most: int) -> SalesforceError:
    return SalesforceError(
        "EXCEEDED_ID_LIMIT",
        f"record limit reached. cannot submit more than {most} records into this call",
    )
