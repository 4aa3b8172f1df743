"""The grants of the token endpoint: client credentials, JWT bearer, refresh token.

Every other flow answers `unsupported_grant_type`, as an org does that has it switched off. Facts,
salesforce 3.1; OAuth 2.0 JWT Bearer Flow and Refresh Token Flow of Salesforce Help. Judges only.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import jwt

from connectors.simulator.salesforce.org import Org

_LONGEST: Final = dt.timedelta(minutes=3, seconds=30)  # of an assertion, with some slack


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request for a token."""

    org: Org
    form: Mapping[str, str]
    basic: tuple[str, str] | None
    base: str  # under which the org was asked


@dataclass(frozen=True, kw_only=True)
class Granted:
    """Who may come in, and the refresh token that comes with it, if any."""

    user_id: str
    refresh_token: str | None = None


class Denied(Exception):
    """The refusal of a login, in OAuth's words."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


def grant(ask: Ask) -> Granted:
    """Judge a request. Raises Denied."""
    judge = _GRANTS.get(ask.form.get("grant_type", ""))
    if judge is None:
        raise Denied("unsupported_grant_type", "grant type not supported")
    granted = judge(ask)
    if not (ask.org.store.get("User", granted.user_id) or {}).get("IsActive"):
        raise Denied("inactive_user", "user is inactive")
    return granted


def _client_credentials(ask: Ask) -> Granted:
    client_id, secret = ask.basic or (_said(ask, "client_id"), _said(ask, "client_secret"))
    _known_client(ask, client_id)
    _right_secret(ask, secret)
    return Granted(user_id=ask.org.user_id)


def _jwt_bearer(ask: Ask) -> Granted:
    claims = _claims(ask)
    user = next(
        (row for row in ask.org.store.all("User") if row["Username"] == claims.get("sub")), None
    )
    if user is None or user["Username"] not in ask.org.pre_authorized:
        raise Denied("invalid_grant", "user hasn't approved this consumer")
    return Granted(user_id=str(user["Id"]))


def _claims(ask: Ask) -> Mapping[str, object]:
    """Read an assertion that the app signed, for this org, for now."""
    assertion = _said(ask, "assertion")
    try:
        told = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise Denied("invalid_grant", "invalid assertion") from None
    _known_client(ask, str(told.get("iss")))
    if not any(_signed_by(key, assertion) for key in ask.org.jwt_keys):
        raise Denied("invalid_grant", "invalid assertion")
    if told.get("aud") != ask.base:
        raise Denied("invalid_grant", "audience is invalid")
    left = _seconds(told.get("exp")) - ask.org.now().timestamp()
    if not 0 < left <= _LONGEST.total_seconds():
        raise Denied("invalid_grant", "expired authorization code")
    return dict(told)


def _signed_by(key: str, assertion: str) -> bool:
    try:
        jwt.decode(
            assertion,
            key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_aud": False},
        )
    except (jwt.PyJWTError, ValueError):
        return False
    return True


def _seconds(value: object) -> float:
    """The end of an assertion; some libraries write it as a text."""
    text = str(value)
    return float(text) if text.isdigit() else 0.0


def _refresh(ask: Ask) -> Granted:
    client_id, secret = ask.basic or (_said(ask, "client_id"), ask.form.get("client_secret"))
    _known_client(ask, client_id)
    if secret is not None:
        _right_secret(ask, secret)
    token = _said(ask, "refresh_token")
    user_id = ask.org.sessions.refreshed(token)
    if user_id is None:
        raise Denied("invalid_grant", "expired access/refresh token")
    following = ask.org.sessions.rotate(token) if ask.org.rotates_refresh else None
    return Granted(user_id=user_id, refresh_token=following)


def _said(ask: Ask, name: str) -> str:
    return ask.form.get(name, "")


def _known_client(ask: Ask, client_id: str) -> None:
    if not hmac.compare_digest(client_id.encode(), ask.org.client_id.encode()):
        raise Denied("invalid_client_id", "client identifier invalid")


def _right_secret(ask: Ask, secret: str) -> None:
    if not hmac.compare_digest(secret.encode(), ask.org.client_secret.encode()):
        raise Denied("invalid_client", "invalid client credentials")


_GRANTS: Final[Mapping[str, Callable[[Ask], Granted]]] = {
    "client_credentials": _client_credentials,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": _jwt_bearer,
    "refresh_token": _refresh,
}
