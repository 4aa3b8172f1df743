"""Tokens, the version list and who is logged in: what stands beside the REST resources.

The grants stand in `grants.py` (facts, 3.1). None of these calls counts against the allowance.
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
from connectors.simulator.salesforce.grants import Ask, Denied, Granted, grant
from connectors.simulator.salesforce.org import Org

_NO_STORE: Final = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}


async def token(org: Org, request: Request) -> Response:
    """Give a token by one of the grants in the body."""
    form = {k: v[0] for k, v in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
    ask = Ask(org=org, form=form, basic=_basic(request), base=str(request.base_url).rstrip("/"))
    try:
        granted = grant(ask)
    except Denied as denial:
        body = {"error": denial.error, "error_description": denial.description}
        response = answer(body, 400)
    else:
        response = answer(_session(ask, granted))
    response.headers.update(_NO_STORE)
    return response


def _basic(request: Request) -> tuple[str, str] | None:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _session(ask: Ask, granted: Granted) -> dict[str, str]:
    org = ask.org
    identity = _identity_url(ask.base, org, granted.user_id)
    issued = str(int(org.now().timestamp() * 1000))
    signed = hmac.new(org.client_secret.encode(), (identity + issued).encode(), hashlib.sha256)
    more = {"refresh_token": granted.refresh_token} if granted.refresh_token else {}
    return {
        "access_token": org.sessions.start(granted.user_id, org.now()),
        **more,
        "signature": base64.b64encode(signed.digest()).decode(),
        "token_format": "opaque",
        "instance_url": ask.base,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
    }


def identity_url(org: Org, request: Request, user_id: str) -> str:
    """Return where the page stands that tells who a user is."""
    return _identity_url(str(request.base_url).rstrip("/"), org, user_id)


def _identity_url(base: str, org: Org, user_id: str) -> str:
    return f"{base}/id/{org.id}/{user_id}"


async def identity(org: Org, request: Request) -> Response:
    """Tell who is logged in: the page that a token's `id` names, also with the token in the URL."""
    _, _, given = request.headers.get("authorization", "").partition(" ")
    user_id = org.user_of(given.strip() or request.query_params.get("oauth_token", ""))
    if user_id is None:
        return Response("Bad_OAuth_Token", 403)
    if (request.path_params["org_id"], request.path_params["user_id"]) != (org.id, user_id):
        return Response("Wrong_Org", 403)
    user = org.store.get("User", user_id) or {}
    return answer(
        {
            "id": identity_url(org, request, user_id),
            "asserted_user": True,
            "user_id": user_id,
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
    user_id = org.user_of(given.strip())
    if user_id is None:
        return refused(errors.session_expired())
    user = org.store.get("User", user_id) or {}
    base = str(request.base_url).rstrip("/")
    return answer(
        {
            "sub": f"{base}/id/{org.id}/{user_id}",
            "user_id": user_id,
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
