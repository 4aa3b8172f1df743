"""The routes of sObject Collections: many records, one call, one result a record.

REST API guide, pages "sObject Collections"; facts, 3.4. Errors here say `statusCode` where the
routes of single records say `errorCode`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from starlette.responses import Response

from connectors.simulator.salesforce import errors, ids, keyed, records
from connectors.simulator.salesforce.call import Call, answer
from connectors.simulator.salesforce.errors import SalesforceError
from connectors.simulator.salesforce.rows import shown
from connectors.simulator.salesforce.schema import Field, SObject

_MOST_WRITTEN, _MOST_READ, _MOST_TURNS = 200, 2000, 10
_UNDONE: Final = SalesforceError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone "
    "header",
)

Result = dict[str, object]
Write = Callable[[Call, Mapping[str, object]], Result]


def create(call: Call) -> Response:
    """Create up to 200 records of up to ten objects in turn."""
    return _written(call, _create_one)


def update(call: Call) -> Response:
    """Change up to 200 records, each named by its id."""
    return _written(call, _update_one)


def upsert(call: Call) -> Response:
    """Create or change up to 200 records of one object by a field that is an external id."""
    entity = call.entity()
    key = keyed.field(entity, call.part("field"))
    given = _given(call)
    wanted = [_key_of(record, key) for record in given]
    twice = {value for value in wanted if value is not None and wanted.count(value) > 1}

    def write(call: Call, record: Mapping[str, object]) -> Result:
        if _type(record) != entity.name:
            raise errors.no_such_type(_type(record))
        value = _key_of(record, key)
        if value in twice:
            raise keyed.twice(key, str(value))
        rest = {name: one for name, one in record.items() if name.lower() != key.name.lower()}
        record_id, created = keyed.upsert(call.scene, entity, key, value, rest)
        return {"id": record_id, "success": True, "errors": [], "created": created}

    return _answered(call, write, given, call.json().get("allOrNone") is True)


def delete(call: Call) -> Response:
    """Delete up to 200 records, each named by its id in `?ids=`."""
    given = [one for one in (call.parameter("ids") or "").split(",") if one]
    if not given:
        raise errors.missing(["ids"])
    if len(given) > _MOST_WRITTEN:
        raise _too_many(_MOST_WRITTEN)
    whole = (call.parameter("allOrNone") or "").lower() == "true"
    return _answered(call, _delete_one, [{"id": one} for one in given], whole)


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


def _written(call: Call, write: Callable[[Call, Mapping[str, object]], str]) -> Response:
    given = _given(call)
    _turns(given)

    def told(call: Call, record: Mapping[str, object]) -> Result:
        return {"id": write(call, record), "success": True, "errors": []}

    return _answered(call, told, given, call.json().get("allOrNone") is True)


def _given(call: Call) -> list[dict[str, object]]:
    given = call.json().get("records")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise errors.unreadable("list", "VALUE_STRING", given)
    if len(given) > _MOST_WRITTEN:
        raise _too_many(_MOST_WRITTEN)
    return given


def _answered(
    call: Call, write: Write, given: list[dict[str, object]], all_or_none: bool
) -> Response:
    if not all_or_none:
        return answer([_one(call, write, record) for record in given])
    return answer(_all_or_none(call, write, given))


def _one(call: Call, write: Write, record: Mapping[str, object]) -> Result:
    try:
        with call.scene.store.transaction():
            return write(call, record)
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


def _delete_one(call: Call, record: Mapping[str, object]) -> Result:
    record_id = ids.full(str(record["id"]))
    name = call.scene.store.object_of(record_id) if record_id else None
    entity = call.scene.visible.object(name) if name else None
    if record_id is None or entity is None:
        raise errors.wrong_id("ID", str(record["id"]), "Id")
    row = call.scene.store.get(entity.name, record_id)
    if row is None:
        raise errors.cross_reference()
    if row["IsDeleted"]:
        raise errors.deleted()
    records.delete(call.scene, entity, record_id)
    return {"id": record_id, "success": True, "errors": []}


def _key_of(record: Mapping[str, object], key: Field) -> object:
    return next((one for name, one in record.items() if name.lower() == key.name.lower()), None)


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
