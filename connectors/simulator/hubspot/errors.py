"""HubSpot's refusals: status, category and sentence of each, and the JSON body around them.

Which of these nobody has seen live is said in COVERAGE.md. Knows no HTTP beyond the status.
Sources: facts 4.8; HubSpot: Error handling; recorded answers.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Json = dict[str, object]


class NotSimulated(Exception):
    """The request is fine in HubSpot and unknown here."""


class HubSpotError(Exception):
    """A refusal, as a single request is answered."""

    def __init__(self, status: int, category: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status, self.category, self.message, self.more = status, category, message, more

    def body(self) -> Json:
        """Give the body of a refused request."""
        correlation = str(uuid.uuid4())
        head: Json = {"status": "error", "message": self.message, "correlationId": correlation}
        return {**head, "category": self.category, **self.more}

    def entry(self, context: Mapping[str, object]) -> Json:
        """Give the same as one of the errors of a batch."""
        own = self.more.get("context", {})
        where = {**(own if isinstance(own, dict) else {}), **context}
        more = {name: value for name, value in self.more.items() if name == "subCategory"}
        return {
            "status": "error",
            "category": self.category,
            **more,
            "message": self.message,
            **({"context": where} if where else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """What is wrong with one property's value."""

    name: str
    code: str
    message: str


def validation(message: str, **more: object) -> HubSpotError:
    """Refuse what was sent."""
    return HubSpotError(400, "VALIDATION_ERROR", message, **more)


def invalid_values(flaws: Sequence[Flaw], portal_id: int) -> HubSpotError:
    """Refuse values of properties; the sentence carries its own JSON, as the vendor's does."""
    listed = [
        {
            "isValid": False,
            "message": flaw.message,
            "error": flaw.code,
            "name": flaw.name,
            "localizedErrorMessage": flaw.message,
            "portalId": portal_id,
        }
        for flaw in flaws
    ]
    text = json.dumps(listed, ensure_ascii=False, separators=(",", ":"))
    errors = [
        {"message": flaw.message, "code": flaw.code, "context": {"propertyName": [flaw.name]}}
        for flaw in flaws
    ]
    return validation(f"Property values were not valid: {text}", errors=errors)


def missing(kind: str, names: Sequence[str]) -> HubSpotError:
    """Refuse a new record without what every record of its type has."""
    return validation(
        f"Error creating {kind}. Some required properties were not set.",
        context={"properties": list(names)},
    )


def rule_broken(code: str, name: str) -> HubSpotError:
    """Refuse a write that breaks an administrator's validation rule (from 2026-09 on)."""
    message = f'Property "{name}" is required.'
    return validation(
        message, errors=[{"message": message, "code": code, "context": {"propertyName": [name]}}]
    )


def taken(status: int, name: str, value: str, holder: int, portal_id: int) -> HubSpotError:
    """Refuse a value another record holds; which status a live portal gives is unverified."""
    if name == "email":
        return HubSpotError(409, "CONFLICT", f"Contact already exists. Existing ID: {holder}")
    sentence = f"{name}: {value} cannot be set. {holder} already has that value."
    if status == 400:
        flaw = Flaw(name=name, code="CONFLICTING_UNIQUE_VALUE", message=sentence)
        return invalid_values([flaw], portal_id)
    return HubSpotError(409, "CONFLICT", sentence)


def not_found() -> HubSpotError:
    """Refuse a path that leads to no record."""
    return HubSpotError(404, "OBJECT_NOT_FOUND", "resource not found")


def unknown_type(name: str) -> HubSpotError:
    """Refuse an object type nobody knows."""
    return validation(f"Unable to infer object type from: {name}")


def unauthenticated() -> HubSpotError:
    """Refuse a call without a token, or with one nobody issued."""
    return HubSpotError(
        401,
        "INVALID_AUTHENTICATION",
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you "
        "can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
    )


def expired(seconds: int) -> HubSpotError:
    """Refuse a token that has had its time."""
    return HubSpotError(
        401,
        "EXPIRED_AUTHENTICATION",
        f"The OAuth token used to make this call expired {seconds} second(s) ago.",
    )


def missing_scopes(scopes: Sequence[str]) -> HubSpotError:
    """Refuse a call the app has not been granted."""
    entry = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": list(scopes)},
    }
    return HubSpotError(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. Read more about "
        "required scopes here: https://developers.hubspot.com/scopes.",
        errors=[entry],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )


def over_limit(policy: str) -> HubSpotError:
    """Refuse a call above a limit; `policy` is the policyName."""
    return HubSpotError(
        429,
        "RATE_LIMITS",
        f"You have reached your {policy.lower()} limit.",
        errorType="RATE_LIMIT",
        policyName=policy,
    )


def bad_json(detail: str) -> HubSpotError:
    """Refuse a body that is no JSON, or not of the shape the operation takes."""
    return validation(f"Invalid input JSON on line 1, column 1: {detail}")
