"""Who is logged in to an org: access tokens with their users, and refresh tokens that rotate.

Keeps tokens in memory; reads no clock. Facts, salesforce 3.1.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class _Session:
    user_id: str
    issued: dt.datetime


class Sessions:
    """The open sessions of one org, and the refresh tokens it has given out."""

    def __init__(self, org_id: str) -> None:
        self._org_id = org_id
        self._open: dict[str, _Session] = {}
        self._refresh: dict[str, str] = {}  # token -> user id; a used one under rotation is gone

    def start(self, user_id: str, now: dt.datetime) -> str:
        """Open a session and return its access token."""
        token = f"{self._org_id[:15]}!AQ{secrets.token_urlsafe(48)}"
        self._open[token] = _Session(user_id=user_id, issued=now)
        return token

    def user_of(self, token: str, now: dt.datetime, life: dt.timedelta) -> str | None:
        """Name the user whose open session this is."""
        session = self._open.get(token)
        return session.user_id if session and now - session.issued < life else None

    def end_all(self) -> None:
        """Close every session."""
        self._open.clear()

    def allow(self, user_id: str) -> str:
        """Give out a refresh token, as a person's consent does."""
        token = f"5Aep861{secrets.token_urlsafe(48)}"
        self._refresh[token] = user_id
        return token

    def refreshed(self, token: str) -> str | None:
        """Name the user a refresh token stands for; None for one that is no longer good."""
        return self._refresh.get(token)

    def rotate(self, token: str) -> str:
        """Replace a refresh token: the old one is never accepted again."""
        return self.allow(self._refresh.pop(token))

    def revoke(self) -> None:
        """Withdraw every refresh token, as an administrator can."""
        self._refresh.clear()
