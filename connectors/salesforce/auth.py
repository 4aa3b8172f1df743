"""Log in to Salesforce and hold the token. The token never leaves memory and is never shown."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from connectors.address import is_loopback
from connectors.errors import Unusable
from connectors.login_token import LoginToken, is_token
from connectors.transport import Transport

LOGIN_PATH: Final = "/services/oauth2/token"
MOST_LOGINS: Final = 3
_ID_URL: Final = re.compile(r"/id/([A-Za-z0-9]{15,18})/(005[A-Za-z0-9]{12,15})/?$")


class ClientCredentials:
    """Tokens by the OAuth client credentials flow (facts, salesforce 3.1).

    The answer says no lifetime, so a token is used until Salesforce refuses it. At most
    `MOST_LOGINS` logins a session, and none after one that was refused: an org locks out what
    keeps knocking.
    """

    def __init__(self, transport: Transport, client_id: str, client_secret: SecretStr) -> None:
        self._transport = transport
        self._client_id = client_id
        self._client_secret = client_secret
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
        answer = self._transport.request(
            "POST",
            self._transport.address.base + LOGIN_PATH,
            data={"grant_type": "client_credentials"},
            auth=(self._client_id, self._client_secret.get_secret_value()),
        ).json()
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not is_token(token):
            raise Unusable(
                "Salesforce answered the login without a token. Check that the app allows the "
                "client credentials flow and names a run-as user.",
                code="NO_TOKEN",
            )
        self._logins += 1
        self._check_instance(answer.get("instance_url"))
        who = _ID_URL.search(str(answer.get("id") or ""))
        self.user_id = who.group(2) if who else None
        return token

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
