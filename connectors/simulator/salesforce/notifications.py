"""Custom notifications over HTTP: the standard action that sends them, and where its types are.

An action call takes a list of inputs and judges each for itself; one refused input makes the whole
answer a 400, though the others are carried out. No input has a key: every call notifies again.
Actions Developer Guide, "Invoking Actions" and "Custom Notification Actions"; Apex Reference,
"CustomNotification"; facts, 3.6. A target by page reference, another sender, groups and teams as
recipients are not simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from connectors.simulator.salesforce import errors, ids
from connectors.simulator.salesforce.bell import Notification
from connectors.simulator.salesforce.call import Call, answer
from connectors.simulator.salesforce.errors import NotSimulated, SalesforceError
from connectors.simulator.salesforce.query import Record, run
from connectors.simulator.salesforce.schema import Schema
from connectors.simulator.salesforce.soql import SoqlError
from connectors.simulator.salesforce.store import Row

TYPE: Final = "CustomNotificationType"
_ACTION: Final = "customNotificationAction"
_MOST_RECIPIENTS: Final = 500
_LONGEST: Final = {"title": 250, "body": 750}  # UTF-16 units, as the vendor's platform counts
_REQUIRED: Final = ("customNotifTypeId", "recipientIds", "title", "body", "targetId")
_BEYOND: Final = ("senderId", "targetPageRef", "actionGroup")
#: Recipients that stand for many users, whose members the simulator does not keep.
_MANY: Final = frozenset({"Group", "Account", "Opportunity"})


def send(call: Call) -> Response:
    """Notify users, as often as asked."""
    if not call.org.may_notify:
        raise SalesforceError(
            "INSUFFICIENT_ACCESS", "insufficient access rights on this action", status=403
        )
    inputs = call.json().get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        raise errors.unreadable("list", "VALUE_STRING", inputs)
    judged = [_judged(call, one) for one in inputs]
    for one in judged:
        if not isinstance(one, SalesforceError):
            for notification in one:
                call.org.bell.ring(notification)
    refused = any(isinstance(one, SalesforceError) for one in judged)
    return answer([_result(one) for one in judged], 400 if refused else 200)


def types(call: Call) -> Response:
    """Answer a query of the Tooling API, of whose objects only the notification type is here.

    Some integration users see the type here and not in /query; what `Org.hidden` hides of it
    there is therefore shown here.
    """
    soql = call.parameter("q")
    if not soql:
        raise SalesforceError("MALFORMED_QUERY", "A query string has to be specified")
    entity = call.org.schema.object(TYPE)
    assert entity is not None, "every org has the object"
    only = Schema({TYPE.lower(): replace(entity, children=())})
    store = call.scene.store
    try:
        with store.lock:
            found = run(store.connection, only, soql, now=call.scene.now, zone=call.scene.zone)
    except SoqlError as refusal:
        if refusal.code == "INVALID_TYPE":
            raise NotSimulated("the Tooling API on anything but CustomNotificationType") from None
        raise
    return answer(
        {
            "size": len(found.records),
            "totalSize": found.total_size,
            "done": True,
            "queryLocator": None,
            "entityTypeName": TYPE,
            "records": [_with_url(call, record) for record in found.records],
        }
    )


def _with_url(call: Call, record: dict[str, object]) -> dict[str, object]:
    if not isinstance(record, Record) or not record.id:
        return record
    url = f"{call.root}/tooling/sobjects/{TYPE}/{record.id}"
    return {**record, "attributes": {"type": TYPE, "url": url}}


def _result(one: list[Notification] | SalesforceError) -> dict[str, object]:
    if isinstance(one, SalesforceError):
        error = {"statusCode": one.code, "message": one.message, "fields": list(one.fields)}
        return {
            "actionName": _ACTION,
            "errors": [error],
            "isSuccess": False,
            "outputValues": None,
        }
    done = {"SuccessMessage": "Your custom notification is processed successfully."}
    return {"actionName": _ACTION, "errors": None, "isSuccess": True, "outputValues": done}


def _judged(call: Call, given: Mapping[str, object]) -> list[Notification] | SalesforceError:
    """Give what one input sends, or why it is refused."""
    try:
        return _read(call, given)
    except SalesforceError as refusal:
        return refusal


def _read(call: Call, given: Mapping[str, object]) -> list[Notification]:
    _known(given)
    title, body = (_text(given, name) for name in ("title", "body"))
    kind = _record(call, given["customNotifTypeId"], "customNotifTypeId", TYPE)
    users = _users(call, given["recipientIds"])
    target = _record(call, given["targetId"], "targetId")
    heard = kind["Desktop"] or kind["Mobile"]  # a type with no channel reaches nobody
    return [
        Notification(
            kind=str(kind["DeveloperName"]),
            recipient=str(user["Id"]),
            title=title,
            body=body,
            target=str(target["Id"]),
            moment=call.scene.now,
        )
        for user in users
        if heard and user["IsActive"]
    ]


def _known(given: Mapping[str, object]) -> None:
    beyond = [name for name in _BEYOND if given.get(name)]
    if beyond:
        raise NotSimulated(f"{_ACTION} with {', '.join(beyond)}")
    for name in given:
        if name not in (*_REQUIRED, *_BEYOND):
            raise _bad_input(f"Unknown input parameter: {name}")
    for name in _REQUIRED:
        if not given.get(name):
            raise _bad_input(f"Missing required input parameter: {name}")


def _text(given: Mapping[str, object], name: str) -> str:
    text = given[name]
    if not isinstance(text, str):
        raise _bad_input(f"Input parameter {name} must be a string")
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > _LONGEST[name]:
        raise errors.too_long(name, text, name, _LONGEST[name])
    return text


def _users(call: Call, given: object) -> list[Row]:
    wanted = given if isinstance(given, list) else [given]
    if len(wanted) > _MOST_RECIPIENTS:
        raise _bad_input(f"recipientIds has more than {_MOST_RECIPIENTS} values")
    found = {str(row["Id"]): row for row in (_recipient(call, one) for one in wanted)}
    return list(found.values())


def _recipient(call: Call, given: object) -> Row:
    record_id = _id(given, "recipientIds")
    entity = call.scene.store.object_of(record_id)
    if entity in _MANY:
        raise NotSimulated(f"a notification to everybody of {entity} {record_id}")
    return _record(call, record_id, "recipientIds", "User")


def _record(call: Call, given: object, name: str, entity: str | None = None) -> Row:
    """Find the record an input names; of one object only, where `entity` says so."""
    record_id = _id(given, name)
    store = call.scene.store
    object_name = store.object_of(record_id)
    if object_name is None or (entity and object_name != entity):
        raise errors.wrong_id(name, record_id, name)
    row = store.get(object_name, record_id)
    if row is None:
        raise errors.cross_reference()
    if row["IsDeleted"]:
        raise errors.deleted()
    return row


def _id(given: object, name: str) -> str:
    record_id = ids.full(given) if isinstance(given, str) else None
    if record_id is None:
        raise errors.wrong_id(name, str(given), name)
    return record_id


def _bad_input(message: str) -> SalesforceError:
    return SalesforceError("INVALID_API_INPUT", message)
