"""The routes of what is no record: owners, pipelines, properties, call outcomes, the account.

Source: facts 4.7.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import Response

from connectors.simulator.hubspot import account, errors, scopes
from connectors.simulator.hubspot.call import Call, answer, page
from connectors.simulator.hubspot.pipelines import Pipeline, pipeline_json, stage_json
from connectors.simulator.hubspot.schema import Kind, Option, Property
from connectors.simulator.hubspot.times import iso, millis

_OWNERS: Final = 100
_MOST_OWNERS: Final = 500

Json = dict[str, object]


def owners(call: Call) -> Response:
    """List owners, the deactivated ones only with `archived=true`; `email` finds one."""
    call.need(scopes.OWNERS)
    limit = call.number("limit", _OWNERS, _MOST_OWNERS)
    email, start = call.parameter("email").lower(), call.number("after", 0, 10**18)
    found = [
        one
        for _, one in sorted(call.scene.owners.items())
        if one.archived == call.flag("archived")
        and one.id >= start
        and (not email or one.email.lower() == email)
    ]
    after = str(found[limit].id) if len(found) > limit else None
    return answer(page(call, [one.json() for one in found[:limit]], after))


def owner(call: Call) -> Response:
    """Read one owner, by its id or by the id of its user."""
    call.need(scopes.OWNERS)
    wanted, by_user = call.part("owner_id"), call.parameter("idProperty") == "userId"
    for one in call.scene.owners.values():
        known_as = one.user_id if by_user else one.id
        if str(known_as) == wanted and one.archived == call.flag("archived"):
            return answer(one.json())
    raise errors.not_found()


def pipelines(call: Call) -> Response:
    """List the pipelines of deals, tickets or leads with their stages."""
    began, kind = _began(call), call.kind().name
    shown = [pipeline_json(one, n, began, kind) for n, one in enumerate(_pipelines(call))]
    return answer({"results": shown})


def pipeline(call: Call) -> Response:
    """Read one pipeline."""
    place, one = _pipeline(call)
    return answer(pipeline_json(one, place, _began(call), call.kind().name))


def stages(call: Call) -> Response:
    """List the stages of one pipeline."""
    began, kind = _began(call), call.kind().name
    found = _pipeline(call)[1].stages
    return answer({"results": [stage_json(one, n, began, kind) for n, one in enumerate(found)]})


def properties(call: Call) -> Response:
    """List the properties of a type that the caller may see."""
    kind = _schema(call)
    shown = [account.property_json(one, _began(call)) for one in _visible(call, kind)]
    return answer({"results": [] if call.flag("archived") else shown})


def one_property(call: Call) -> Response:
    """Read one property's definition."""
    kind = _schema(call)
    for one in _visible(call, kind):
        if one.name == call.part("name"):
            return answer(account.property_json(one, _began(call)))
    raise errors.not_found()


def create_property(call: Call) -> Response:
    """Create a property, in a group that exists."""
    kind = call.kind()
    call.need(*scopes.schema_write(kind.name))
    given = call.json()
    needed = ("name", "label", "type", "fieldType", "groupName")
    lacking = [name for name in needed if not isinstance(given.get(name), str) or not given[name]]
    if lacking:
        raise errors.validation(f"Some required fields were not set: [{', '.join(lacking)}]")
    if given["groupName"] not in call.portal.groups[kind.name]:
        raise errors.validation(f"Property group {given['groupName']} does not exist")
    one = account.add_property(call.scene.store, kind, _property(given), call.scene.now)
    return answer(account.property_json(one, _began(call)), 201)


def groups(call: Call) -> Response:
    """List the groups properties stand in."""
    kind = _schema(call)
    found = call.portal.groups[kind.name].items()
    shown = [
        {"name": name, "label": label, "displayOrder": place, "archived": False}
        for place, (name, label) in enumerate(found)
    ]
    return answer({"results": shown})


def dispositions(call: Call) -> Response:
    """List the outcomes of calls: id and label."""
    call.need(*scopes.read("calls"))
    outcomes = call.kind_named("calls").properties["hs_call_disposition"].options
    return answer([{"id": one.value, "label": one.label, "deleted": False} for one in outcomes])


def details(call: Call) -> Response:
    """Tell which account this is; the offset is of now, as the account's zone has it."""
    portal = call.portal
    offset = portal.now().astimezone(ZoneInfo(portal.zone)).utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    sign = "-" if minutes < 0 else "+"
    return answer(
        {
            "portalId": portal.portal_id,
            "accountType": "STANDARD",
            "timeZone": portal.zone,
            "companyCurrency": portal.currency,
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": portal.ui_domain,
            "dataHostingLocation": "eu1" if "eu1" in portal.ui_domain else "na1",
        }
    )


def usage(call: Call) -> Response:
    """Tell how much of the day's allowance private apps have used."""
    portal = call.portal
    end = millis(portal.midnight() + dt.timedelta(days=1))
    return answer(
        {
            "results": [
                {
                    "name": "private-apps-api-calls-daily",
                    "usageLimit": portal.daily,
                    "currentUsage": portal.access.used_today(),
                    "collectedAt": iso(call.scene.now),
                    "fetchStatus": "SUCCESS",
                    "resetsAt": iso(end),
                }
            ]
        }
    )


def _schema(call: Call) -> Kind:
    kind = call.kind()
    call.need(*scopes.schema_read(kind.name))
    return kind


def _visible(call: Call, kind: Kind) -> list[Property]:
    hidden = call.portal.hidden
    return [p for p in kind.properties.values() if f"{kind.name}.{p.name}" not in hidden]


def _pipelines(call: Call) -> tuple[Pipeline, ...]:
    """The pipelines of the path's type: deals, tickets and leads have some."""
    kind, scene = call.kind(), call.scene
    call.need(*scopes.schema_read(kind.name))
    known = {
        "deals": scene.pipelines,
        "tickets": scene.ticket_pipelines,
        "leads": scene.lead_pipelines,
    }
    return known.get(kind.name, ())


def _pipeline(call: Call) -> tuple[int, Pipeline]:
    for place, one in enumerate(_pipelines(call)):
        if one.id == call.part("pipeline_id"):
            return place, one
    raise errors.not_found()


def _property(given: Json) -> Property:
    options = given.get("options") or []
    return Property(
        name=str(given["name"]),
        label=str(given["label"]),
        type=str(given["type"]),
        field_type=str(given["fieldType"]),
        group=str(given["groupName"]),
        description=re.sub(r"\s+", " ", str(given.get("description") or "")),
        options=tuple(
            Option(value=str(one.get("value")), label=str(one.get("label")))
            for one in (options if isinstance(options, list) else [])
            if isinstance(one, dict)
        ),
        unique=given.get("hasUniqueValue") is True,
    )


def _began(call: Call) -> int:
    return call.portal.began
