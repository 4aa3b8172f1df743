"""The ways to log in to Salesforce: what each sends, and what it says when it is refused.

Source: facts, salesforce 3.1. Nothing here sends, and no secret stands in an error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import jwt
from pydantic import SecretStr

from connectors.errors import Unusable
from connectors.login_token import is_token
from connectors.salesforce.token_file import TokenFile

#: Salesforce takes an assertion of at most this age.
ASSERTION_LIFE: Final = dt.timedelta(minutes=3)
_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a login sends: a form, and perhaps Basic credentials."""

    form: Mapping[str, str]
    basic: tuple[str, str] | None = None


class Grant(Protocol):
    """One way to log in."""

    @property
    def needs_clock(self) -> bool:
        """Whether `ask` uses its moment."""

    def ask(self, base: str, now: dt.datetime | None) -> Asked:
        """What to send to the org at `base`; `now` is Salesforce's clock. Raises Unusable."""

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Keep what has to be kept of a login that succeeded. Raises Unusable."""

    def remedy(self, code: str) -> str | None:
        """What to do about a refusal with this OAuth code; None: the usual advice."""


@dataclass(frozen=True, kw_only=True)
class ClientCredentials:
    """The client credentials flow: the app itself, as its run-as user."""

    client_id: str
    client_secret: SecretStr
    needs_clock: bool = False

    def ask(self, base: str, now: dt.datetime | None) -> Asked:
        """The grant alone; id and secret travel as Basic credentials."""
        return Asked(
            form={"grant_type": "client_credentials"},
            basic=(self.client_id, self.client_secret.get_secret_value()),
        )

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Nothing has to be kept."""

    def remedy(self, code: str) -> str | None:
        """The usual advice is this flow's."""
        return None


@dataclass(frozen=True, kw_only=True)
class JwtBearer:
    """The JWT bearer flow: a user who let the app in beforehand, proven by a private key."""

    client_id: str
    username: str
    private_key: SecretStr
    needs_clock: bool = True

    def ask(self, base: str, now: dt.datetime | None) -> Asked:
        """An assertion for this org alone: the audience is its My Domain, never a general host."""
        assert now is not None, "needs_clock"
        claims = {
            "iss": self.client_id,
            "sub": self.username,
            "aud": base,
            "exp": int((now + ASSERTION_LIFE).timestamp()),
        }
        try:
            signed = jwt.encode(claims, self.private_key.get_secret_value(), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise Unusable(
                "SALESFORCE_PRIVATE_KEY_FILE names a file that holds no RSA private key in PEM "
                "form without a password. It begins with “-----BEGIN PRIVATE KEY-----”.",
                code="NO_PRIVATE_KEY",
            ) from None
        return Asked(form={"grant_type": _BEARER, "assertion": signed})

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Nothing has to be kept."""

    def remedy(self, code: str) -> str | None:
        """What is wrong is mostly the certificate, the user, or his consent."""
        return _JWT.get(code)


@dataclass(frozen=True, kw_only=True)
class RefreshToken:
    """The refresh token flow. Where the app rotates tokens, each login brings the next one."""

    client_id: str
    client_secret: SecretStr | None
    file: TokenFile
    needs_clock: bool = False

    def ask(self, base: str, now: dt.datetime | None) -> Asked:
        """The token as the file now has it: another process may have rotated it."""
        token = self.file.read()  # first: it takes in what a crash has left
        self.file.check_writable()
        form = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "refresh_token": token,
        }
        if self.client_secret is not None:
            form["client_secret"] = self.client_secret.get_secret_value()
        return Asked(form=form)

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Save a new refresh token before anything is done with the login that brought it."""
        token = answer.get("refresh_token")
        if isinstance(token, str) and is_token(token):
            self.file.save(token)

    def remedy(self, code: str) -> str | None:
        """What is wrong is mostly a token that was used, revoked, or has expired."""
        return _REFRESH.get(code)


_JWT: Final[Mapping[str, str]] = {
    "invalid_grant": (
        "Check that SALESFORCE_USERNAME names an active user who is pre-authorized for the app "
        "(Manage > Permitted Users), that the app holds the certificate of the private key, and "
        "that the base address is the org's own My Domain"
    ),
    "invalid_client": "Check that the app holds the certificate of the private key",
    "invalid_app_access": (
        "The user may not use the app: assign its permission set or profile to the user"
    ),
}

_REFRESH: Final[Mapping[str, str]] = {
    "invalid_grant": (
        "The refresh token was used before, was revoked, or has expired. Log the app in again and "
        "put the new token into SALESFORCE_REFRESH_TOKEN_FILE"
    ),
}
