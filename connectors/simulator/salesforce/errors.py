"""Refusals in Salesforce's own codes and sentences, and what it would never say: not simulated.

    SalesforceError   what the vendor answers: status, code, sentence, fields
    NotSimulated      the simulator does not know this; answered with 501, logged loudly

Sentences as real orgs give them; the ones nobody has seen live are marked in COVERAGE.md.
"""

from __future__ import annotations

from collections.abc import Sequence


class SalesforceError(Exception):
    """A refusal with the vendor's code, in the words a real org uses."""

    def __init__(
        self, code: str, message: str, *, fields: Sequence[str] = (), status: int = 400
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = tuple(fields)
        self.status = status


class NotSimulated(Exception):
    """Something a real org can do and the simulator cannot; never answered by a guess."""


def not_found() -> SalesforceError:
    """Say that an object, record or version is not there."""
    return SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)


def no_such_key(value: str) -> SalesforceError:
    """Say that a path's last part is neither an id nor a known external key."""
    return SalesforceError(
        "NOT_FOUND",
        f"Provided external ID field does not exist or is not accessible: {value}",
        status=404,
    )


def no_such_type(name: str) -> SalesforceError:
    """Say that an object is unknown where a record names it."""
    return SalesforceError("INVALID_TYPE", f"sObject type '{name}' is not supported.")


def no_such_field(field: str, entity: str) -> SalesforceError:
    """Say that a field is unknown or hidden, which look the same to the caller."""
    return SalesforceError("INVALID_FIELD", f"No such column '{field}' on sobject of type {entity}")


def session_expired() -> SalesforceError:
    """Say that the token is unknown or too old."""
    return SalesforceError("INVALID_SESSION_ID", "Session expired or invalid", status=401)


def limit_exceeded() -> SalesforceError:
    """Say that the org has used its calls of the last 24 hours."""
    return SalesforceError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)


def deleted(status: int = 400) -> SalesforceError:
    """Say that a record lies in the recycle bin; 404 when the path names it."""
    return SalesforceError("ENTITY_IS_DELETED", "entity is deleted", status=status)


def cross_reference(status: int = 400) -> SalesforceError:
    """Say that an id belongs to no record the caller may see."""
    return SalesforceError(
        "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=status
    )


def wrong_id(label: str, value: str, field: str) -> SalesforceError:
    """Say that an id has the wrong shape or belongs to another object."""
    return SalesforceError(
        "MALFORMED_ID", f"{label}: id value of incorrect type: {value}", fields=[field]
    )


def missing(fields: Sequence[str]) -> SalesforceError:
    """Say which required fields are empty."""
    return SalesforceError(
        "REQUIRED_FIELD_MISSING",
        f"Required fields are missing: [{', '.join(fields)}]",
        fields=fields,
    )


def too_long(label: str, value: str, field: str, length: int) -> SalesforceError:
    """Say that a text does not fit; the sentence quotes it, as the vendor's does."""
    return SalesforceError(
        "STRING_TOO_LONG",
        f"{label}: data value too large: {value} (max length={length})",
        fields=[field],
    )


def not_writable(fields: Sequence[str]) -> SalesforceError:
    """Say which fields the caller may read but not write."""
    return SalesforceError(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(fields)}. Please check the security settings "
        "of this field and verify that it is read/write for your profile or permission set.",
        fields=fields,
    )


def bad_choice(label: str, value: str, field: str) -> SalesforceError:
    """Say that a restricted picklist does not have the value."""
    return SalesforceError(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        f"{label}: bad value for restricted picklist field: {value}",
        fields=[field],
    )


def duplicate(field: str, record_id: str) -> SalesforceError:
    """Say which record already has the unique key; its id is given in 15 characters."""
    return SalesforceError(
        "DUPLICATE_VALUE",
        f"duplicate value found: {field} duplicates value on record with id: {record_id[:15]}",
    )


def inactive_owner(user_id: str, entity: str) -> SalesforceError:
    """Say that the owner cannot own anything any more."""
    return SalesforceError(
        "INACTIVE_OWNER_OR_USER",
        f"operation performed with inactive user [{user_id[:15]}] as owner of {entity.lower()}",
    )


def unreadable(kind: str, shape: str, value: object) -> SalesforceError:
    """Say that a JSON value is not what the field's type needs."""
    return SalesforceError(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from {shape} value {value} or request may be "
        "missing a required field at [line:1, column:1]",
    )


def out_of_range(value: float, field: str) -> SalesforceError:
    """Say that a number is too large for its field."""
    return SalesforceError(
        "NUMBER_OUTSIDE_VALID_RANGE",
        f"value outside of valid range on numeric field: {value}",
        fields=[field],
    )


def integrity(message: str, *fields: str) -> SalesforceError:
    """Say that values do not fit together."""
    return SalesforceError("FIELD_INTEGRITY_EXCEPTION", message, fields=fields)


def forbidden_verb(verb: str, label: str) -> SalesforceError:
    """Say that an object's records cannot be created or changed over the API."""
    return SalesforceError(
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be {verb}: {label}"
    )
