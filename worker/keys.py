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

    def task_key(
        self, rule: str, subject: str, record_id: str, anchor: dt.datetime, step: int = 0
    ) -> str:
        """Return the key of the task of one episode. `anchor` is when the duty began, UTC.

        `step` is the place in the rule's escalation of the task it asks for, from 1; 0 is the task
        of the rule itself.
        """
        return self._key(rule, subject, record_id, _moment(anchor), "task", str(step))

    def alert_key(
        self, rule: str, subject: str, record_id: str, anchor: dt.datetime, step: int
    ) -> str:
        """Return the key of one alert of an episode: of a step from 1, or 0, of the rule itself."""
        return self._key(rule, subject, record_id, _moment(anchor), "alert", str(step))

    def digest_key(self, person_id: str, week: str) -> str:
        """Return the key of one person's list of a week, such as 2026w48."""
        return self._key("", "owner", person_id, week, "digest", "0")

    def roll_up_key(self, person_id: str, day: str) -> str:
        """Return the key of the roll-up of a person that began on a day of theirs, ISO."""
        return self._key("", "owner", person_id, day, "roll-up", "0")

    @property
    def mark(self) -> str:
        """Tell this key ring from one with another secret; tells nothing of the secret."""
        return self._key("mark")

    def _key(self, *parts: str) -> str:
        named = "\x1f".join((self.org_id, *parts)).encode()
        digest = hmac.new(self.secret, named, hashlib.sha256).digest()
        return PREFIX + base64.b32encode(digest).decode("ascii").lower()[:26]


def _moment(anchor: dt.datetime) -> str:
    return anchor.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
