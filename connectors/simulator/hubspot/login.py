"""The token endpoint: a refresh token for an access token. Not counted, needs no token.

Source: facts 4.2. Other grants answer `unsupported_grant_type`.
"""

from __future__ import annotations

import hmac
import uuid
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from connectors.simulator.hubspot import scopes
from connectors.simulator.hubspot.call import answer
from connectors.simulator.hubspot.portal import Portal


async def token(portal: Portal, request: Request) -> Response:
    """Give an access token for the refresh token in a form."""
    body = (await request.body()).decode("utf-8", "replace")
    form = {name: values[0] for name, values in parse_qs(body).items()}
    problem = _problem(portal, form)
    if problem:
        return _refused(*problem)
    granted = [scope for scope in scopes.every() if scope not in portal.missing]
    return answer(
        {
            "token_type": "bearer",
            "refresh_token": portal.access.rotated(),
            "access_token": portal.access.issue(),
            "hub_id": portal.portal_id,
            "scopes": granted,
            "expires_in": int(portal.token_life.total_seconds()),
        }
    )


def _problem(portal: Portal, form: dict[str, str]) -> tuple[str, str, str] | None:
    if form.get("grant_type") != "refresh_token":
        return "unsupported_grant_type", "BAD_GRANT_TYPE", "grant_type must be refresh_token"
    if not _same(form.get("client_id", ""), portal.client_id):
        return "invalid_client", "BAD_CLIENT_ID", "missing or unknown client id"
    if not _same(form.get("client_secret", ""), portal.client_secret):
        return "invalid_client", "BAD_CLIENT_SECRET", "missing or unknown client secret"
    if not portal.installed:
        return "access_denied", "BAD_HUB", "the hub has removed the app"
    if not portal.access.accepts_refresh(form.get("refresh_token", "")):
        return "invalid_grant", "BAD_REFRESH_TOKEN", "missing or invalid refresh token"
    return None


def _same(given: str, held: str) -> bool:
    return hmac.compare_digest(given.encode(), held.encode())


def _refused(error: str, status: str, message: str) -> Response:
    body = {
        "error": error,
        "error_description": message,
        "status": status,
        "message": message,
        "correlationId": str(uuid.uuid4()),
    }
    return answer(body, 400)
