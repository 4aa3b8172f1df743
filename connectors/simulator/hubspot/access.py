"""Who is let in and how often: tokens, the OAuth app's refresh, the windows of the limits.

Static tokens of private apps and service keys live for ever; OAuth's live half an hour. Sources:
facts 4.2, 4.6, 4.8.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connectors.simulator.hubspot import errors
from connectors.simulator.hubspot.limits import DAILY, SECONDLY, SPANS, TEN_SECONDLY, Window

if TYPE_CHECKING:
    from connectors.simulator.hubspot.portal import Portal

_BUCKETS: Final = ("calls", "links", "searches", "day", "links_day")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whose token a call carries."""

    oauth: bool


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A limit that is reached: the error and how many seconds until there is room."""

    error: errors.HubSpotError
    wait: int


class Access:
    """The tokens of a portal and its windows."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._issued: dict[str, dt.datetime] = {}
        self._refresh = portal.refresh_token
        self._windows = {name: Window() for name in _BUCKETS}

    # ------------------------------------------------------------------ tokens

    def issue(self) -> str:
        """Give the OAuth app an access token."""
        token = f"C{secrets.token_urlsafe(40)}"
        self._issued[token] = self._portal.now()
        return token

    def accepts_refresh(self, token: str) -> bool:
        """Tell whether a refresh token is the one in force."""
        return hmac.compare_digest(token.encode(), self._refresh.encode())

    def rotated(self) -> str:
        """Give the refresh token from now on: another one where the app's tokens rotate."""
        if self._portal.rotates:
            self._refresh = f"refresh-{secrets.token_urlsafe(16)}"
        return self._refresh

    def expire_tokens(self) -> None:
        """Forget every access token of the OAuth app."""
        self._issued.clear()

    def caller(self, authorization: str) -> Caller:
        """Tell who calls. Raises 401 for a token nobody issued, or one that is too old."""
        kind, _, token = authorization.partition(" ")
        token = token.strip()
        if kind.lower() != "bearer" or not token or not self._portal.installed:
            raise errors.unauthenticated()
        if hmac.compare_digest(token.encode(), self._portal.access_token.encode()):
            return Caller(oauth=False)
        issued = self._issued.get(token)
        if issued is None:
            raise errors.unauthenticated()
        over = self._portal.now() - issued - self._portal.token_life
        if over >= dt.timedelta(0):
            raise errors.expired(int(over.total_seconds()))
        return Caller(oauth=True)

    # ------------------------------------------------------------------ limits

    def count(self, caller: Caller, bucket: str) -> Refusal | None:
        """Count one call of a kind (`calls`, `links`, `searches`); a refusal where it is full."""
        policy = SECONDLY if bucket == "searches" else TEN_SECONDLY
        day = "links_day" if bucket == "links" else "day"
        now = self._portal.now()
        used = self._used(bucket, policy)
        refusal: Refusal | None = None
        if self.used_today(day) >= self._daily(day):
            end = self._portal.midnight() + dt.timedelta(days=1)
            refusal = self._refused(DAILY, int((end - now).total_seconds()))
        elif used >= self._burst(caller, bucket):
            wait = self._windows[bucket].frees_in(now, SPANS[policy])
            refusal = self._refused(policy, wait)
        if refusal is None:
            self._windows[bucket].count(now)
            self._windows[day].count(now)
        return refusal

    def headers(self, caller: Caller, bucket: str) -> dict[str, str]:
        """Tell what is left, as every answer but a search's does."""
        if bucket == "searches":
            return {}
        burst = self._burst(caller, bucket)
        left = max(0, burst - self._used(bucket, TEN_SECONDLY))
        shown = {"Max": burst, "Remaining": left, "Interval-Milliseconds": 10_000}
        if not caller.oauth:
            day = "links_day" if bucket == "links" else "day"
            daily = self._daily(day)
            shown["Daily"] = daily
            shown["Daily-Remaining"] = max(0, daily - self.used_today(day))
        return {f"X-HubSpot-RateLimit-{name}": str(value) for name, value in shown.items()}

    def used_today(self, day: str = "day") -> int:
        """Count the calls since the account's midnight, those of other apps included."""
        others = self._portal.others_today if day == "day" else 0
        return self._windows[day].since(self._portal.midnight()) + others

    def forget_calls(self) -> None:
        """Give the portal its whole allowance back."""
        for window in self._windows.values():
            window.clear()

    def _refused(self, policy: str, wait: int) -> Refusal | None:
        if policy not in self._portal.enforced:
            return None
        return Refusal(error=errors.over_limit(policy), wait=wait)

    def _used(self, bucket: str, policy: str) -> int:
        span = dt.timedelta(seconds=SPANS[policy])
        others = self._portal.others_searching if bucket == "searches" else 0
        return self._windows[bucket].since(self._portal.now() - span) + others

    def _burst(self, caller: Caller, bucket: str) -> int:
        portal = self._portal
        plain = portal.oauth_burst if caller.oauth else portal.burst
        sizes = {"searches": portal.search_rate, "links": portal.association_burst}
        return sizes.get(bucket, plain)

    def _daily(self, day: str) -> int:
        portal = self._portal
        return portal.association_daily if day == "links_day" else portal.daily
