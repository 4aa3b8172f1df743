"""Tokens for HubSpot: a Service Key as it stands, or OAuth with a refresh token.

A token never leaves memory and is never shown. Source: facts, hubspot 4.1 and 4.2.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from pydantic import SecretStr

from connectors.errors import Unusable
from connectors.login_token import LoginToken, is_token
from connectors.transport import Transport

MOST_LOGINS: Final = 3  # that a refused token may cause; those of the clock do not count
_EARLY: Final = 300.0  # seconds before its end at which a token is no longer used


class ServiceKey:
    """A Service Key (`pat-…`), or the token of a private app: good until a person revokes it."""

    def __init__(self, key: SecretStr) -> None:
        if not is_token(key.get_secret_value()):
            raise Unusable(
                "HUBSPOT_ACCESS_TOKEN is not a token: it has spaces or other signs in it, or is "
                "too short. Copy the Service Key again (Settings > Integrations > Service Keys).",
                code="NO_TOKEN",
            )
        self._key = key

    def token(self) -> str:
        """The key."""
        return self._key.get_secret_value()

    def renew(self, stale: str) -> str:
        """There is no other key. Raises Unusable."""
        raise Unusable(
            "HubSpot refuses the Service Key: it was revoked, rotated, or belongs to another "
            "account. Set HUBSPOT_ACCESS_TOKEN to a valid one (Settings > Integrations > Service "
            "Keys).",
            code="TOKEN_REFUSED",
            status=401,
        )


class RefreshToken:
    """Tokens by the OAuth refresh grant: each lives half an hour, and is renewed in time.

    A 401 is no proof of an expired token (facts 4.2), so it leads to one new token a request, to
    `MOST_LOGINS` a session, and to none after a login that was refused. `clock` gives monotonic
    seconds.
    """

    def __init__(
        self,
        transport: Transport,
        client_id: str,
        client_secret: SecretStr,
        refresh_token: SecretStr,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._client_id = client_id
        self._client_secret = client_secret
        self._refresh_token = refresh_token
        self._clock = clock
        self._token = LoginToken(self._log_in)
        self._ends = 0.0
        self._forced = 0

    def token(self) -> str:
        """The token in hand; logs in when there is none, or it is about to end."""
        held = self._token.held
        return held if held is not None and self._clock() < self._ends else self._token.anew()

    def renew(self, stale: str) -> str:
        """A token other than `stale`, which HubSpot has just refused."""
        held = self._token.other_than(stale)
        if held is not None:
            return held
        if self._forced >= MOST_LOGINS:
            raise Unusable(
                f"HubSpot refused the token {MOST_LOGINS} times although each login succeeded. "
                "Check that the app is still installed in this account, and its scopes.",
                code="TOO_MANY_LOGINS",
            )
        self._forced += 1
        return self._token.anew()

    def _log_in(self) -> str:
        answer = self._transport.request(
            "POST",
            self._transport.login_url,
            data={
                "grant_type": "refresh_token",
                "client_id": self._client_id,
                "client_secret": self._client_secret.get_secret_value(),
                "refresh_token": self._refresh_token.get_secret_value(),
            },
        ).json()
        told = answer if isinstance(answer, dict) else {}
        token = told.get("access_token")
        if not isinstance(token, str) or not is_token(token):
            raise Unusable(
                "HubSpot answered the login without a token. Install the app in the account again "
                "and set HUBSPOT_REFRESH_TOKEN.",
                code="NO_TOKEN",
            )
        # HubSpot keeps a refresh token as it is; should it send another, the session goes on.
        if is_token(told.get("refresh_token")):
            self._refresh_token = SecretStr(str(told["refresh_token"]))
        self._ends = self._clock() + max(0.0, _seconds(told.get("expires_in")) - _EARLY)
        return token


def _seconds(value: Any) -> float:
    return float(value) if isinstance(value, int) and 0 < value <= 86_400 else 1800.0
