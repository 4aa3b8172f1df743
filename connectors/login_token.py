"""The token of one session, as logins bring it. Never shown, and never out of memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from pydantic import SecretStr

from connectors.errors import Unusable

_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,4096}")


class LoginToken:
    """Holds the token of the last login; none takes place after one that was refused.

    An account locks out what keeps knocking, so a refusal is raised again without asking. `log_in`
    asks for a token; what it raises besides Unusable is not remembered.
    """

    def __init__(self, log_in: Callable[[], str]) -> None:
        self._log_in = log_in
        self._held: SecretStr | None = None
        self._refusal: Unusable | None = None

    @property
    def held(self) -> str | None:
        """The token in hand."""
        return self._held.get_secret_value() if self._held is not None else None

    def other_than(self, stale: str) -> str | None:
        """The token in hand, unless it is the one that has just been refused."""
        return self.held if self.held != stale else None

    def anew(self) -> str:
        """Log in. Raises Unusable, also for a refusal of before, or Retriable."""
        if self._refusal is not None:
            raise self._refusal
        try:
            token = self._log_in()
        except Unusable as refusal:
            self._refusal = refusal
            raise
        self._held = SecretStr(token)
        return token


def is_token(value: object) -> bool:
    """Tell whether this can be sent as a token: visible ASCII of a sensible length."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None
