"""The routes of schemas: the objects of the account's own. Source: HubSpot: Schemas guide."""

from __future__ import annotations

from starlette.responses import Response

from connectors.simulator.hubspot import account, custom_objects, errors, scopes
from connectors.simulator.hubspot.call import Call, answer
from connectors.simulator.hubspot.schema import Kind
from connectors.simulator.hubspot.times import iso

Json = dict[str, object]


def schemas(call: Call) -> Response:
    """List the objects of the account's own."""
    call.need(*scopes.schemas())
    own = [_shown(call, one) for one in call.scene.kinds.values() if one.short]
    return answer({"results": [] if call.flag("archived") else own})


def schema(call: Call) -> Response:
    """Read one schema, by type id, full or short name."""
    call.need(*scopes.schemas())
    wanted = call.part("object").lower()
    for one in call.scene.kinds.values():
        if one.short and wanted in (one.type_id, one.name.lower(), one.short.lower()):
            return answer(_shown(call, one))
    raise errors.not_found()


def _shown(call: Call, one: Kind) -> Json:
    began, hidden = call.portal.began, call.portal.hidden
    seen = [p for p in one.properties.values() if f"{one.name}.{p.name}" not in hidden]
    return {
        "id": one.type_id.partition("-")[2],
        "objectTypeId": one.type_id,
        "fullyQualifiedName": one.name,
        "name": one.short,
        "labels": {"singular": custom_objects.label(one), "plural": custom_objects.label(one)},
        "metaType": "PORTAL_SPECIFIC",
        "archived": False,
        "requiredProperties": [p.name for p in seen if p.required],
        "searchableProperties": [],
        "secondaryDisplayProperties": [],
        "properties": [account.property_json(p, began) for p in seen],
        "associations": [
            {
                "id": str(link.id),
                "fromObjectTypeId": one.type_id,
                "toObjectTypeId": call.scene.kinds[link.target].type_id,
                "name": link.name,
            }
            for target in one.linked
            for link in call.scene.link_types.between(one.name, target)
        ],
        "createdAt": iso(began),
        "updatedAt": iso(began),
    }
