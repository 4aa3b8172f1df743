"""The routes of single records: create, read, change, delete, read by an external id.

REST API guide, pages "sObject Basic Information", "sObject Rows", "sObject Rows by External ID".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from connectors.simulator.salesforce import customizing, errors, keyed, records
from connectors.simulator.salesforce.call import Call, answer
from connectors.simulator.salesforce.describe import brief
from connectors.simulator.salesforce.errors import NotSimulated, SalesforceError
from connectors.simulator.salesforce.schema import SObject
from connectors.simulator.salesforce.store import Row
from connectors.simulator.salesforce.times import from_http_date, moment

_RESOURCES: Final = frozenset(
    {
        "describe",
        "defaultValues",
        "layouts",
        "listviews",
        "quickActions",
        "relevantItems",
    }
)


def create(call: Call) -> Response:
    """Create one record."""
    entity = call.entity()
    if entity.name in customizing.GUARDED:
        customizing.permitted(call)
    record_id = records.create(call.scene, entity, call.json())
    return answer({"id": record_id, "success": True, "errors": []}, 201)


def about(call: Call) -> Response:
    """Describe an object in a few words; the list of recently seen records is always empty."""
    return answer({"objectDescribe": brief(call.entity(), call.root), "recentItems": []})


def read(call: Call) -> Response:
    """Read one record, all its fields or those of `?fields=`."""
    _is_record(call, call.part("record_id"))
    entity = call.entity()
    row = records.find(call.scene, entity, call.part("record_id"))
    return answer(shown(call, entity, row, _wanted(call)))


def read_by_key(call: Call) -> Response:
    """Read one record by a field that is an external id."""
    _is_record(call, call.part("field"))
    entity = call.entity()
    try:
        row = _by_key(call, entity)
    except keyed.Several as several:
        return answer([_path(call, entity, row) for row in several.rows], 300)
    return answer(shown(call, entity, row, _wanted(call)))


def upsert(call: Call) -> Response:
    """Create or change one record by a field that is an external id; `?updateOnly=true`."""
    entity = call.entity()
    key = keyed.field(entity, call.part("field"))
    body = call.json()
    if any(name.lower() == key.name.lower() for name in body):
        raise SalesforceError(
            "INVALID_FIELD",
            f"The {key.name} field should not be specified in the sobject data.",
            fields=[key.name],
        )
    try:
        if (call.parameter("updateOnly") or "").lower() == "true":
            _by_key(call, entity)
        keyed.found(call.scene, entity, key, call.part("value"))
    except keyed.Several as several:
        return answer([_path(call, entity, row) for row in several.rows], 300)
    with call.scene.store.transaction():
        record_id, created = keyed.upsert(call.scene, entity, key, call.part("value"), body)
    status = 201 if created else 200
    return answer({"id": record_id, "success": True, "errors": [], "created": created}, status)


def delete_by_key(call: Call) -> Response:
    """Put the record a key names into the recycle bin."""
    entity = call.entity()
    try:
        row = _by_key(call, entity)
    except keyed.Several as several:
        return answer([_path(call, entity, row) for row in several.rows], 300)
    records.delete(call.scene, entity, str(row["Id"]))
    return Response(status_code=204)


def _by_key(call: Call, entity: SObject) -> Row:
    key = keyed.field(entity, call.part("field"))
    row = keyed.found(call.scene, entity, key, call.part("value"))
    if row is None:
        raise errors.not_found()
    return row


def update(call: Call) -> Response:
    """Change one record, unless it changed after `If-Unmodified-Since`."""
    entity, record_id = call.entity(), call.part("record_id")
    _unchanged(call, entity, record_id)
    records.update(call.scene, entity, record_id, call.json())
    return Response(status_code=204)


def delete(call: Call) -> Response:
    """Put one record into the recycle bin."""
    records.delete(call.scene, call.entity(), call.part("record_id"))
    return Response(status_code=204)


def shown(
    call: Call, entity: SObject, row: Row, wanted: tuple[str, ...] | None
) -> Mapping[str, object]:
    """Render a record with its attributes; unknown wanted fields are refused."""
    whole = records.rendered(entity, row)
    attributes = {"type": entity.name, "url": _path(call, entity, row)}
    if wanted is None:
        return {"attributes": attributes, **whole}
    names = []
    for name in wanted:
        field = entity.field(name)
        if field is None:
            raise errors.no_such_field(name, entity.name)
        names.append(field.name)
    return {"attributes": attributes, **{name: whole[name] for name in [*names, "Id"]}}


def _is_record(call: Call, part: str) -> None:
    """Keep the resources beside the records apart from them: nobody's id is `deleted`."""
    if part in _RESOURCES:
        raise NotSimulated(f"GET {call.request.url.path}")


def _path(call: Call, entity: SObject, row: Row) -> str:
    return f"{call.root}/sobjects/{entity.name}/{row['Id']}"


def _wanted(call: Call) -> tuple[str, ...] | None:
    given = call.parameter("fields")
    return tuple(name.strip() for name in given.split(",")) if given else None


def _unchanged(call: Call, entity: SObject, record_id: str) -> None:
    given = call.header("if-unmodified-since")
    since = from_http_date(given) if given else None
    if since is None:
        return
    row = records.find(call.scene, entity, record_id)
    if moment(str(row["LastModifiedDate"])) > since:
        raise SalesforceError(
            "PRECONDITION_FAILED",
            "The record was modified after the date in If-Unmodified-Since",
            status=412,
        )
