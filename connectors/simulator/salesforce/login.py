"""Tokens, the version list and who is logged in: what stands beside the REST resources.

Client credentials only (facts, 3.1); the other flows answer `unsupported_grant_type`, as an org
does that has them switched off. None of these calls counts against the allowance.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from connectors.simulator.salesforce import errors
from connectors.simulator.salesforce.call import NEWEST, OLDEST, answer, refused
from connectors.simulator.salesforce.org import Org

_NO_STORE: Final = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}


async def token(org: Org, request: Request) -> Response:
    """Give a token for a client id and secret, from Basic authentication or from the body."""
    form = {k: v[0] for k, v in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
    client_id, secret = _credentials(request, form)
    problem = _problem(org, form.get("grant_type"), client_id, secret)
    response = answer(_problem_body(*problem), 400) if problem else answer(_grant(org, request))
    response.headers.update(_NO_STORE)
    return response


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _problem(
    org: Org, grant_type: str | None, client_id: str, secret: str
) -> tuple[str, str] | None:
    if grant_type != "client_credentials":
        return ("unsupported_grant_type", "grant type not supported")
    if not hmac.compare_digest(client_id.encode(), org.client_id.encode()):
        return ("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(secret.encode(), org.client_secret.encode()):
        return ("invalid_client", "invalid client credentials")
    if not (org.store.get("User", org.user_id) or {}).get("IsActive"):
        return ("inactive_user", "user is inactive")
    return None


def _problem_body(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}


def _grant(org: Org, request: Request) -> dict[str, str]:
    base = str(request.base_url).rstrip("/")
    identity = identity_url(org, request)
    issued = str(int(org.now().timestamp() * 1000))
    signed = hmac.new(org.client_secret.encode(), (identity + issued).encode(), hashlib.sha256)
    return {
        "access_token": org.issue_token(),
        "signature": base64.b64encode(signed.digest()).decode(),
        "token_format": "opaque",
        "instance_url": base,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
    }


def identity_url(org: Org, request: Request) -> str:
    """Return where the page stands that tells who the integration user is."""
    return f"{str(request.base_url).rstrip('/')}/id/{org.id}/{org.user_id}"


async def identity(org: Org, request: Request) -> Response:
    """Tell who is logged in: the page that a token's `id` names, also with the token in the URL."""
    _, _, given = request.headers.get("authorization", "").partition(" ")
    if not org.accepts(given.strip() or request.query_params.get("oauth_token", "")):
        return Response("Bad_OAuth_Token", 403)
    wanted = (request.path_params["org_id"], request.path_params["user_id"])
    user = org.store.get("User", org.user_id)
    if wanted != (org.id, org.user_id) or user is None:
        return Response("Wrong_Org", 403)
    return answer(
        {
            "id": identity_url(org, request),
            "asserted_user": True,
            "user_id": org.user_id,
            "organization_id": org.id,
            "username": user["Username"],
            "nick_name": user["Alias"],
            "display_name": user["Name"],
            "email": user["Email"],
            "active": bool(user["IsActive"]),
            "user_type": "STANDARD",
            "language": user["LanguageLocaleKey"],
            "locale": user["LocaleSidKey"],
            "timezone": user["TimeZoneSidKey"],
        }
    )


async def versions(org: Org, request: Request) -> Response:
    """List the API versions; needs no token and is not counted."""
    return answer(
        [
            {
                "label": f"Version {number}",
                "url": f"/services/data/v{number}.0",
                "version": f"{number}.0",
            }
            for number in range(OLDEST, NEWEST + 1)
        ]
    )


async def userinfo(org: Org, request: Request) -> Response:
    """Tell who is logged in (OpenID Connect user info)."""
    _, _, given = request.headers.get("authorization", "").partition(" ")
    if not org.accepts(given.strip()):
        return refused(errors.session_expired())
    user = org.store.get("User", org.user_id) or {}
    base = str(request.base_url).rstrip("/")
    return answer(
        {
            "sub": f"{base}/id/{org.id}/{org.user_id}",
            "user_id": org.user_id,
            "organization_id": org.id,
            "preferred_username": user["Username"],
            "nickname": user["Alias"],
            "name": user["Name"],
            "email": user["Email"],
            "email_verified": True,
            "given_name": user["FirstName"],
            "family_name": user["LastName"],
            "zoneinfo": user["TimeZoneSidKey"],
            "locale": user["LocaleSidKey"],
            "language": user["LanguageLocaleKey"],
            "active": bool(user["IsActive"]),
            "user_type": "STANDARD",
        }
    )
