"""The key that stands on every task we write: the same finding always has the same key.

So a second run, a crash or a lost ledger never makes a second task, and a key tells a person who
reads it in the CRM nothing (`rulings: Keys`).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "ft_"
LENGTH: Final = len(PREFIX) + 26


def default_secret(org_id: str) -> bytes:
    """Return the secret that serves when the operator set none: bound to the org, not secret."""
    return hashlib.sha256(org_id.encode()).digest()


@dataclass(frozen=True)
class Keyring:
    """Makes the keys of one org."""

    secret: bytes
    org_id: str

    def task_key(self, rule: str, deal_id: str, anchor: dt.datetime) -> str:
        """Return the key of the task of one episode. `anchor` is when the duty began, UTC."""
        moment = anchor.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self._key(rule, "deal", deal_id, moment, "task", "0")

    @property
    def mark(self) -> str:
        """Tell this key ring from one with another secret; tells nothing of the secret."""
        return self._key("mark")

    def alert_key(self, rule: str, deal_id: str, anchor: dt.datetime, step: int) -> str:
        """Return the key of one step of an episode's escalation, the first is 1."""
        moment = anchor.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self._key(rule, "deal", deal_id, moment, "alert", str(step))

    def _key(self, *parts: str) -> str:
        named = "\x1f".join((self.org_id, *parts)).encode()
        digest = hmac.new(self.secret, named, hashlib.sha256).digest()
        return PREFIX + base64.b32encode(digest).decode("ascii").lower()[:26]
