"""The routes of single records, lists and search. Sources: facts 4.3, 4.4."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from connectors.simulator.hubspot import errors, links, merging, records, rendering, scopes, search
from connectors.simulator.hubspot.call import Call, answer, page
from connectors.simulator.hubspot.links import chosen
from connectors.simulator.hubspot.schema import Kind, Record
from connectors.simulator.hubspot.times import millis

_PAGE: Final = 10
_LARGEST: Final = 100
_LARGEST_WITH_HISTORY: Final = 50

Json = dict[str, object]


def listed(call: Call) -> Response:
    """List records in order of their ids; a cursor is the first id of the next page."""
    kind = call.kind()
    call.need(*scopes.read(kind.name))
    history = call.listed("propertiesWithHistory")
    limit = call.number("limit", _PAGE, _LARGEST_WITH_HISTORY if history else _LARGEST)
    start = call.number("after", 0, 10**18)
    found = call.scene.store.page(kind.name, start, limit + 1, archived=call.flag("archived"))
    shown = [_shown(call, kind, record) for record in found[:limit]]
    after = str(found[limit - 1].id + 1) if len(found) > limit > 0 else None
    return answer(page(call, shown, after))


def read(call: Call) -> Response:
    """Read one record by its id, or by `idProperty`."""
    kind = call.kind()
    call.need(*scopes.read(kind.name))
    return answer(_shown(call, kind, _found(call, kind, archived=call.flag("archived"))))


def create(call: Call) -> Response:
    """Create a record, with associations where they are given."""
    kind = call.kind()
    call.need(*scopes.write(kind.name))
    record = created(call, kind, call.json())
    response = answer(rendering.rendered(call.scene, kind, record, None), 201)
    response.headers["Location"] = f"{call.request.url}/{record.id}"
    return response


def update(call: Call) -> Response:
    """Change a record."""
    kind = call.kind()
    call.need(*scopes.write(kind.name))
    given = properties(call.json())
    record = records.update(call.scene, kind, _found(call, kind), given)
    names = [*given, *kind.stamps]
    return answer(rendering.rendered(call.scene, kind, record, names))


def archive(call: Call) -> Response:
    """Archive a record; one that is not there, or no more, is no error."""
    kind = call.kind()
    call.need(*scopes.write(kind.name))
    given = call.part("record_id")
    record = call.scene.store.get(kind.name, int(given)) if given.isdigit() else None
    if record is not None:
        records.archive(call.scene, kind, record)
    return Response(status_code=204)


def merged(call: Call) -> Response:
    """Merge two records of a type."""
    kind = call.kind()
    call.need(*scopes.write(kind.name))
    given, scene = call.json(), call.scene
    main, other = (
        records.find(scene, kind, str(given.get(name) or ""))
        for name in ("primaryObjectId", "objectIdToMerge")
    )
    left = merging.merge(scene, kind, main, other, renews=call.portal.merge_renews)
    return answer(rendering.rendered(scene, kind, left, None))


def searched(call: Call) -> Response:
    """Answer a search from the index."""
    kind = call.kind()
    call.need(*scopes.read(kind.name))
    if len(call.body.decode("utf-8", "replace")) > call.portal.longest_search:
        raise errors.validation(
            f"The search request is longer than {call.portal.longest_search} characters."
        )
    body = call.json()
    asked = search.read(body, call.portal.ceiling)
    seen = millis(call.portal.now() - call.portal.index_lag)
    found = search.run(call.scene.store, kind, asked, seen)
    names = rendering.chosen(kind, names_of(body, "properties"))
    end = asked.after + len(found.records)
    shown: Json = {
        "total": found.total,
        "results": [rendering.rendered(call.scene, kind, one, names) for one in found.records],
    }
    if found.records and end < found.total:
        shown["paging"] = {"next": {"after": str(end)}}
    return answer(shown)


def created(call: Call, kind: Kind, given: Json) -> Record:
    """Create one record from `{properties, associations}`."""
    record = records.create(call.scene, kind, properties(given))
    wanted = given.get("associations") or []
    for one in wanted if isinstance(wanted, list) else []:
        _associate(call, kind, record, one)
    return call.scene.store.get(kind.name, record.id) or record


def properties(given: Json) -> dict[str, object]:
    """Read the properties of a write."""
    found = given.get("properties")
    if not isinstance(found, dict):
        raise errors.validation("Some required fields were not set: [properties]")
    return found


def names_of(body: Json, name: str) -> list[str]:
    """Read a list of property names of a body."""
    given = body.get(name) or []
    if not isinstance(given, list):
        raise errors.bad_json(f"{name} is a list")
    return [str(one) for one in given]


def _associate(call: Call, kind: Kind, record: Record, one: object) -> None:
    spec = one if isinstance(one, dict) else {}
    to, types = spec.get("to"), spec.get("types")
    if not isinstance(to, dict) or not isinstance(types, list) or not types:
        raise errors.validation("an association is {to: {id}, types: [...]}")
    target_id = str(to.get("id", ""))
    target_kind = call.scene.store.kind_of(int(target_id)) if target_id.isdigit() else None
    if target_kind is None:
        raise errors.validation(f"No object exists with the id {target_id or 'none'}")
    target = call.scene.kinds[target_kind]
    found = chosen(call.scene, kind, target, types)
    links.associate(call.scene, (kind, record.id), (target, int(target_id)), found)


def _found(call: Call, kind: Kind, *, archived: bool = False) -> Record:
    by = call.parameter("idProperty") or None
    return records.find(call.scene, kind, call.part("record_id"), by=by, archived=archived)


def _shown(call: Call, kind: Kind, record: Record) -> Json:
    names = call.listed("properties")
    with_history = call.listed("propertiesWithHistory")
    usual = rendering.chosen(kind, [*names, *with_history] if names else with_history)
    shown = rendering.rendered(call.scene, kind, record, usual)
    if with_history:
        shown["propertiesWithHistory"] = rendering.history(call.scene, kind, record, with_history)
    targets = [call.portal.kind(name) for name in call.listed("associations")]
    for target in targets:
        call.need(*scopes.read(target.name))
    found = rendering.associations(call.scene, record, targets, call.portal.inline_links)
    if found:
        shown["associations"] = found
    return shown
