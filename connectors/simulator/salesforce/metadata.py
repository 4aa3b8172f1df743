"""The routes that describe the org instead of its records: resources, limits, describes."""

from __future__ import annotations

from starlette.responses import Response

from connectors.simulator.salesforce import describe, login
from connectors.simulator.salesforce.call import Call, answer


def resources(call: Call) -> Response:
    """List what lies under a version."""
    names = ("limits", "sobjects", "query", "queryAll", "composite", "jobs")
    listed = {name: f"{call.root}/{name}" for name in names}
    return answer(
        {**listed, "identity": login.identity_url(call.org, call.request, call.scene.user_id)}
    )


def limits(call: Call) -> Response:
    """Tell the daily allowance; the only limit the simulator keeps."""
    left = max(call.org.daily_calls - call.org.calls_used(), 0)
    return answer({"DailyApiRequests": {"Max": call.org.daily_calls, "Remaining": left}})


def objects(call: Call) -> Response:
    """Describe every visible object in a few words."""
    return answer(describe.everything(call.scene.visible, call.root))


def one_object(call: Call) -> Response:
    """Describe one object with its visible fields."""
    entity = call.entity()
    types = call.scene.store.where("RecordType", "SobjectType", entity.name)
    return answer(describe.full(entity, call.root, types))
