"""The routes of batches: at most 100 inputs, each with an outcome of its own or none at all.

With a different `objectWriteTraceId` on every input, a bad one is an error beside the others'
results (207); without, it refuses the whole batch. Source: facts 4.3; HubSpot: Error handling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from starlette.responses import Response

from connectors.simulator.hubspot import errors, records, rendering, scopes
from connectors.simulator.hubspot.call import Call, answer
from connectors.simulator.hubspot.errors import HubSpotError
from connectors.simulator.hubspot.object_routes import created, names_of, properties
from connectors.simulator.hubspot.schema import Kind
from connectors.simulator.hubspot.times import iso

MOST: Final = 100

Json = dict[str, object]
One = Callable[[Call, Kind, Json], Json]


def read(call: Call) -> Response:
    """Read records by id or by `idProperty`; the ids nobody has come back as one error."""
    kind = call.kind()
    call.need(*scopes.read(kind.name))
    inputs, body = call.inputs(MOST), call.json()
    by = str(body["idProperty"]) if body.get("idProperty") else None
    history = names_of(body, "propertiesWithHistory")
    names = rendering.chosen(kind, [*names_of(body, "properties"), *history])
    results, gone = [], []
    for wanted in dict.fromkeys(str(one.get("id")) for one in inputs):
        try:
            record = records.find(call.scene, kind, wanted, by=by, archived=call.flag("archived"))
        except HubSpotError as refusal:
            if refusal.status != 404:
                raise
            gone.append(wanted)
            continue
        shown = rendering.rendered(call.scene, kind, record, names)
        if history:
            shown["propertiesWithHistory"] = rendering.history(call.scene, kind, record, history)
        results.append(shown)
    return judged(call, results, [_gone(kind, gone)] if gone else [])


def create(call: Call) -> Response:
    """Create records, with associations where they are given."""
    return _each(call, _create, 201)


def update(call: Call) -> Response:
    """Change records by id or by `idProperty`."""
    return _each(call, _update, 200)


def upsert(call: Call) -> Response:
    """Change the records that hold a unique value, create those that nobody holds."""
    return _each(call, _upsert, 200)


def archive(call: Call) -> Response:
    """Archive records; ids nobody has are no error."""
    kind = call.kind()
    call.need(*scopes.write(kind.name))
    for one in call.inputs(MOST):
        given = str(one.get("id"))
        record = call.scene.store.get(kind.name, int(given)) if given.isdigit() else None
        if record is not None:
            records.archive(call.scene, kind, record)
    return Response(status_code=204)


def judged(
    call: Call, results: Sequence[object], problems: Sequence[Json], status: int = 200
) -> Response:
    """Answer a batch: 207 as soon as there is an error, and COMPLETE all the same."""
    body: Json = {"status": "COMPLETE", "results": list(results)}
    if problems:
        body |= {"numErrors": len(problems), "errors": list(problems)}
    stamp = iso(call.scene.now)
    return answer({**body, "startedAt": stamp, "completedAt": stamp}, 207 if problems else status)


def _each(call: Call, do: One, status: int) -> Response:
    kind = call.kind()
    call.need(*scopes.write(kind.name))
    inputs = call.inputs(MOST)
    traces = [str(one.get("objectWriteTraceId") or "") for one in inputs]
    traced = all(traces) and len(set(traces)) == len(traces)
    results: list[Json] = []
    problems: list[Json] = []
    for one, trace in zip(inputs, traces, strict=True):
        mark: Json = {"objectWriteTraceId": trace} if trace else {}
        try:
            with call.scene.store.transaction():
                results.append({**do(call, kind, one), **mark})
        except HubSpotError as refusal:
            if not traced:
                raise
            problems.append(refusal.entry({"objectWriteTraceId": [trace]}))
    return judged(call, results, problems, status)


def _create(call: Call, kind: Kind, one: Json) -> Json:
    return rendering.rendered(call.scene, kind, created(call, kind, one), None)


def _update(call: Call, kind: Kind, one: Json) -> Json:
    by = str(one["idProperty"]) if one.get("idProperty") else None
    record = records.find(call.scene, kind, str(one.get("id")), by=by)
    given = properties(one)
    changed = records.update(call.scene, kind, record, given)
    return rendering.rendered(call.scene, kind, changed, [*given, *kind.stamps])


def _upsert(call: Call, kind: Kind, one: Json) -> Json:
    by, wanted = str(one.get("idProperty") or ""), str(one.get("id") or "")
    if not by or not wanted:
        raise errors.validation("Some required fields were not set: [id, idProperty]")
    try:
        record = records.find(call.scene, kind, wanted, by=by)
    except HubSpotError as refusal:
        if refusal.status != 404:
            raise
        record = records.create(call.scene, kind, {by: wanted, **properties(one)})
        return {**rendering.rendered(call.scene, kind, record, None), "new": True}
    record = records.update(call.scene, kind, record, properties(one))
    return {**rendering.rendered(call.scene, kind, record, None), "new": False}


def _gone(kind: Kind, ids: list[str]) -> Json:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get some {kind.upper} objects, they may be deleted or not exist. "
        "Check that ids are valid.",
        "context": {"ids": ids},
    }
