"""What permissions leave of a schema: hidden, read only, restricted. Pure."""

from __future__ import annotations

from dataclasses import replace

from connectors.simulator.salesforce.schema import Schema, SObject


def permitted(schema: Schema, read_only: frozenset[str], restricted: frozenset[str]) -> Schema:
    """Leave out the verbs and words that a user may not use."""
    return Schema({key: _one(one, read_only, restricted) for key, one in schema.objects.items()})


def _one(one: SObject, read_only: frozenset[str], restricted: frozenset[str]) -> SObject:
    if one.name in read_only:
        one = replace(one, createable=False, updateable=False, deletable=False)
    fields = dict(one.fields)
    for key, old in fields.items():
        place = f"{one.name}.{old.name}"
        if place in read_only:
            fields[key] = replace(old, createable=False, updateable=False)
        elif place in restricted:
            fields[key] = replace(old, restricted_picklist=True)
    return replace(one, fields=fields)
