"""Log in to Salesforce and hold the token. The token never leaves memory and is never shown."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.address import is_loopback
from connectors.crm_clock import server_now
from connectors.errors import Unusable
from connectors.login_token import LoginToken, is_token
from connectors.salesforce.grants import Asked, Grant
from connectors.transport import Transport

LOGIN_PATH: Final = "/services/oauth2/token"
#: Lists the API versions; needs no token and is not counted (facts, salesforce 3.1).
VERSIONS_PATH: Final = "/services/data"
MOST_LOGINS: Final = 3
_ID_URL: Final = re.compile(r"/id/([A-Za-z0-9]{15,18})/(005[A-Za-z0-9]{12,15})/?$")


class Logins:
    """Tokens of one org, by one grant.

    The answer says no lifetime, so a token is used until Salesforce refuses it. At most
    `MOST_LOGINS` logins a session, and none after one that was refused: an org locks out what
    keeps knocking.
    """

    def __init__(self, transport: Transport, grant: Grant) -> None:
        self._transport = transport
        self._grant = grant
        self._token = LoginToken(self._log_in)
        self._logins = 0
        self.user_id: str | None = None  # as the login answer names it

    def token(self) -> str:
        """The token in hand; logs in when there is none. Raises Unusable, or Retriable."""
        return self._token.held or self._token.anew()

    def renew(self, stale: str) -> str:
        """A token other than `stale`, which Salesforce has just refused."""
        return self._token.other_than(stale) or self._token.anew()

    def _log_in(self) -> str:
        if self._logins >= MOST_LOGINS:
            raise Unusable(
                f"Salesforce refused the token {MOST_LOGINS} times although each login succeeded. "
                "Check the app's IP relaxation and session settings, and that its run-as user may "
                "use the API.",
                code="TOO_MANY_LOGINS",
            )
        answer = self._answer(self._grant.ask(self._transport.address.base, self._moment()))
        told = answer if isinstance(answer, dict) else {}
        self._grant.answered(told)
        token = told.get("access_token")
        if not isinstance(token, str) or not is_token(token):
            raise Unusable(
                "Salesforce answered the login without a token. Check that the app allows the "
                "flow that is used, and names a run-as user where it is client credentials.",
                code="NO_TOKEN",
            )
        self._logins += 1
        self._check_instance(told.get("instance_url"))
        who = _ID_URL.search(str(told.get("id") or ""))
        self.user_id = who.group(2) if who else None
        return token

    def _answer(self, asked: Asked) -> Any:
        url = self._transport.address.base + LOGIN_PATH
        try:
            return self._transport.request("POST", url, data=asked.form, auth=asked.basic).json()
        except Unusable as refusal:
            remedy = self._grant.remedy(refusal.code)
            if remedy is None:
                raise
            raise Unusable(
                f"Salesforce did not accept the login ({refusal.code}). {remedy}.",
                code=refusal.code,
                status=refusal.status,
            ) from None

    def _moment(self) -> dt.datetime | None:
        """Salesforce's own clock, where the grant needs one: ours may be wrong."""
        if not self._grant.needs_clock:
            return None
        self._transport.request("GET", self._transport.address.base + VERSIONS_PATH)
        return server_now(self._transport, "Salesforce")

    def _check_instance(self, instance_url: Any) -> None:
        ours = urlsplit(self._transport.address.base).hostname
        theirs = _host(instance_url)
        if theirs is None or theirs == ours or is_loopback(ours):
            return
        raise Unusable(
            f"Salesforce says this org lives at another host than {ours}. Set the base address to "
            "the org's My Domain, as Setup > My Domain shows it.",
            code="OTHER_INSTANCE",
        )


def _host(url: Any) -> str | None:
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:
        return None
