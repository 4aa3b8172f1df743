"""How a simulated org comes to be: its schema by its settings, and the rows every org has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.simulator.salesforce import editions, objects, seed, service_objects
from connectors.simulator.salesforce.schema import Field, Schema
from connectors.simulator.salesforce.store import Row
from connectors.simulator.salesforce.times import stamp

if TYPE_CHECKING:
    from connectors.simulator.salesforce.org import Org


def build(org: Org) -> Schema:
    """Make the schema of an org by its settings."""
    gone = frozenset() if org.quotes else frozenset({"Quote", "Opportunity.SyncedQuoteId"})
    gone |= frozenset() if org.forecasts else service_objects.FORECASTS
    gone |= frozenset() if org.surveys else service_objects.SURVEYS
    schema = objects.with_record_types(objects.standard().without(gone), org.record_types)
    words = {
        "Opportunity.StageName": [stage.name for stage in org.stages if stage.active],
        "Task.Status": [status.name for status in org.statuses],
        "Task.Priority": [priority.name for priority in org.priorities],
    }
    for place, values in words.items():
        entity, name = place.split(".")
        old = schema.objects[entity.lower()].fields[name.lower()]
        schema = objects.extended(schema, {entity: (replace(old, picklist=tuple(values)),)})
    if org.key_field:
        schema = objects.extended(schema, objects.KEYED)
    own = {one.name.lower(): one for one in org.extra_objects}
    schema = Schema({**schema.objects, **own})
    there = frozenset(one.name for one in schema)
    for more in (_of_edition(org, there), org.extra_fields):
        schema = objects.extended(schema, more)
    return schema


def _of_edition(org: Org, there: frozenset[str]) -> Mapping[str, tuple[Field, ...]]:
    """The fields of what the org has switched on."""
    parts = [editions.currencies(org.currencies)]
    if org.person_accounts:
        parts.append(editions.PERSON)
    added: dict[str, tuple[Field, ...]] = {}
    for part in parts:
        for name, fields in part.items():
            if name in there:
                added[name] = added.get(name, ()) + fields
    return added


def plant(org: Org) -> tuple[str, str]:
    """Give a new org what every org has; find it again in a file that has it."""
    held = org.store.all("Organization")
    if held:
        return str(held[0]["Id"]), str(held[0]["CreatedById"])
    with org.store.transaction():
        return _plant_anew(org)


def _plant_anew(org: Org) -> tuple[str, str]:
    user_id = org.store.mint("User", "005")
    stamps: Row = {"CreatedById": user_id, "LastModifiedById": user_id}
    for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
        stamps[name] = stamp(org.now())
    org.store.insert("User", {"Id": user_id, **stamps, **_integration_user(org)})
    org_id = seed.plant(org.store, "Organization", "00D", _organization(org), stamps)
    lists = {
        ("OpportunityStage", "01J"): seed.stage_rows(org.stages),
        ("RecordType", "012"): seed.record_type_rows(org.record_types),
        ("TaskStatus", "01T"): seed.status_rows(org.statuses),
        ("TaskPriority", "01P"): seed.priority_rows(org.priorities),
        ("CustomNotificationType", "0ML"): seed.notification_type_rows(org.notification_types),
    }
    for (name, prefix), rows in lists.items():
        for row in rows:
            seed.plant(org.store, name, prefix, row, stamps)
    return org_id, user_id


def _integration_user(org: Org) -> Row:
    return {
        "FirstName": "Integration",
        "LastName": "User",
        "Name": "Integration User",
        "Username": "integration@simulated.example",
        "Email": "integration@simulated.example",
        "Alias": "integ",
        "IsActive": 1,
        "UserType": "Standard",
        "TimeZoneSidKey": org.zone,
        "LocaleSidKey": org.locale,
        "LanguageLocaleKey": "en_US",
    }


def _organization(org: Org) -> Row:
    return {
        "Name": org.name,
        "OrganizationType": org.organization_type,
        "IsSandbox": int(org.sandbox),
        "IsReadOnly": 0,
        "TimeZoneSidKey": org.zone,
        "DefaultLocaleSidKey": org.locale,
        "LanguageLocaleKey": "en_US",
        "FiscalYearStartMonth": 1,
        "InstanceName": "SIM1",
    }
