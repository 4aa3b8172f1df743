"""The routes of associations: v4 with its numeric ids, and the one v3 write that is recorded.

Sources: facts 4.6; recorded associations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.responses import Response

from connectors.simulator.hubspot import errors, links, records, rendering, scopes
from connectors.simulator.hubspot.association_types import CREATED_LABELS, LinkType
from connectors.simulator.hubspot.batch_routes import judged
from connectors.simulator.hubspot.call import Call, answer, page
from connectors.simulator.hubspot.errors import HubSpotError
from connectors.simulator.hubspot.links import End
from connectors.simulator.hubspot.schema import Kind, Record

MOST_READ: Final = 1_000
MOST_WRITTEN: Final = 2_000
_PAGE: Final = 500

Json = dict[str, object]


def of_record(call: Call) -> Response:
    """List what one record is associated with; the cursor is the id to go on from."""
    kind, target = _kinds(call, write=False)
    record = records.find(call.scene, kind, call.part("record_id"))
    limit = call.number("limit", _PAGE, _PAGE)
    found = _from(links.ends(call.scene, record.id, target), call.parameter("after"))
    after = str(found[limit].id) if len(found) > limit else None
    return answer(page(call, [_end(one) for one in found[:limit]], after))


def batch_read(call: Call) -> Response:
    """List what many records are associated with; a record without any is an error in a 207."""
    kind, target = _kinds(call, write=False)
    results, problems = [], []
    most = call.portal.link_page
    for one in call.inputs(MOST_READ):
        given = str(one.get("id"))
        known = given.isdigit() and call.scene.store.kind_of(int(given)) == kind.name
        all_ends = links.ends(call.scene, int(given), target) if known else []
        if not all_ends:
            problems.append(_none(kind, target, given))
            continue
        found = _from(all_ends, str(one.get("after") or ""))
        shown: Json = {"from": {"id": given}, "to": [_end(end) for end in found[:most]]}
        if len(found) > most:
            shown["paging"] = {"next": {"after": str(found[most].id)}}
        results.append(shown)
    return judged(call, results, problems)


def batch_create(call: Call) -> Response:
    """Associate many pairs by kinds that are named."""
    kind, target = _kinds(call, write=True)
    return _pairs(call, (kind, target), lambda one: _specified(call, kind, target, one), 201)


def batch_default(call: Call) -> Response:
    """Associate many pairs by the plain kind."""
    kind, target = _kinds(call, write=True)
    return _pairs(call, (kind, target), lambda one: [], 200)


def batch_archive(call: Call) -> Response:
    """Undo associations; ids nobody has are no error (recorded)."""
    kind, target = _kinds(call, write=True)
    for one in call.inputs(MOST_WRITTEN):
        ends = one.get("to")
        for end in ends if isinstance(ends, list) else [ends]:
            source_id, target_id = _id(one.get("from")), _id(end)
            links.dissociate(call.scene, (kind, source_id), (target, target_id))
    return Response(status_code=204)


def put_default(call: Call) -> Response:
    """Associate two records by the plain kind; again is no error."""
    kind, target = _kinds(call, write=True)
    source_id, target_id = _both(call, kind, target)
    links.associate(call.scene, (kind, source_id), (target, target_id), ())
    spec = links.plain(call.scene, kind, target)
    forth = _spec(source_id, target_id, spec.id, spec)
    back = _spec(target_id, source_id, spec.back, spec)
    return judged(call, [forth, back], [])


def put_labelled(call: Call) -> Response:
    """Associate two records by kinds named in a list."""
    kind, target = _kinds(call, write=True)
    source_id, target_id = _both(call, kind, target)
    types = links.chosen(call.scene, kind, target, _list_body(call))
    links.associate(call.scene, (kind, source_id), (target, target_id), types)
    return answer(_made(kind, source_id, target, target_id, types), 201)


def archive(call: Call) -> Response:
    """Undo every association of two records."""
    kind, target = _kinds(call, write=True)
    ends = (_id({"id": call.part("record_id")}), _id({"id": call.part("target_id")}))
    links.dissociate(call.scene, (kind, ends[0]), (target, ends[1]))
    return Response(status_code=204)


def labels(call: Call) -> Response:
    """List the kinds of association between two object types."""
    kind, target = _kinds(call, write=False)
    found = call.scene.link_types.between(kind.name, target.name)
    shown = [{"category": o.category, "typeId": o.id, "label": o.label} for o in found]
    return answer({"results": shown})


def put_v3(call: Call) -> Response:
    """Associate two records by the name of a kind, as v3 does (recorded)."""
    kind, target = _kinds(call, write=True)
    record = records.find(call.scene, kind, call.part("record_id"))
    wanted = call.part("name")
    known = call.scene.link_types.between(kind.name, target.name)
    found = [one for one in known if wanted in (one.name, str(one.id))]
    if not found:
        raise errors.validation(f"{wanted} is not a valid association type")
    target_id = _id({"id": call.part("target_id")})
    links.associate(call.scene, (kind, record.id), (target, target_id), found)
    after = call.scene.store.get(kind.name, record.id) or record
    return answer(_with_links(call, kind, after, target))


def _with_links(call: Call, kind: Kind, record: Record, target: Kind) -> Json:
    shown = rendering.rendered(call.scene, kind, record, rendering.chosen(kind, []))
    most = call.portal.inline_links
    found = rendering.associations(call.scene, record, [target], most)
    return {**shown, "associations": found}


def _kinds(call: Call, *, write: bool) -> tuple[Kind, Kind]:
    kind, target = call.kind("object"), call.kind("target")
    for one in (kind, target):
        call.need(*(scopes.write(one.name) if write else scopes.read(one.name)))
    return kind, target


def _both(call: Call, kind: Kind, target: Kind) -> tuple[int, int]:
    """Find both records of a path: unlike in a batch, a wrong id is a 404."""
    source = records.find(call.scene, kind, call.part("record_id"))
    return source.id, records.find(call.scene, target, call.part("target_id")).id


def _pairs(
    call: Call,
    kinds: tuple[Kind, Kind],
    types: Callable[[Json], list[LinkType]],
    status: int,
) -> Response:
    kind, target = kinds
    results: list[Json] = []
    problems: list[Json] = []
    for one in call.inputs(MOST_WRITTEN):
        source_id, target_id = _id(one.get("from")), _id(one.get("to"))
        try:
            with call.scene.store.transaction():
                chosen = types(one)
                links.associate(call.scene, (kind, source_id), (target, target_id), chosen)
        except HubSpotError as refusal:
            problems.append(refusal.entry({}))
            continue
        results.append(_made(kind, source_id, target, target_id, chosen))
    return judged(call, results, problems, status)


def _specified(call: Call, kind: Kind, target: Kind, one: Json) -> list[LinkType]:
    types = one.get("types")
    if not isinstance(types, list) or not types:
        raise errors.validation("Some required fields were not set: [types]")
    return links.chosen(call.scene, kind, target, types)


def _list_body(call: Call) -> list[object]:
    given = call.json_list()
    if not given:
        raise errors.validation("at least one association type is needed")
    return given


def _made(kind: Kind, source_id: int, target: Kind, target_id: int, types: list[LinkType]) -> Json:
    return {
        "fromObjectTypeId": kind.type_id,
        "fromObjectId": source_id,
        "toObjectTypeId": target.type_id,
        "toObjectId": target_id,
        "labels": [CREATED_LABELS.get(o.id, o.label) for o in types if o.label],
    }


def _spec(source_id: int, target_id: int, type_id: int, one: LinkType) -> Json:
    return {
        "from": {"id": str(source_id)},
        "to": {"id": str(target_id)},
        "associationSpec": {"associationCategory": one.category, "associationTypeId": type_id},
    }


def _end(end: End) -> Json:
    return {
        "toObjectId": end.id,
        "associationTypes": [
            {"category": one.category, "typeId": one.id, "label": one.label} for one in end.types
        ],
    }


def _from(found: list[End], after: str) -> list[End]:
    return [end for end in found if not after.isdigit() or end.id >= int(after)]


def _id(given: object) -> int:
    text = str(given.get("id")) if isinstance(given, dict) else ""
    if not text.isdigit() or len(text) > 18:
        raise errors.validation(f"{text or 'none'} is no record id")
    return int(text)


def _none(kind: Kind, target: Kind, record_id: str) -> Json:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {target.singular} is associated with {kind.singular} {record_id}.",
        "context": {
            "fromObjectId": [record_id],
            "fromObjectType": [kind.singular],
            "toObjectType": [target.singular],
        },
    }
