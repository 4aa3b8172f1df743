"""The file that keeps a refresh token, which Salesforce may replace with every login.

Saved so that a crash at any moment leaves the old token or the new one, whole, readable by its
owner only (reliability F06). A token never stands in an error.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectors.errors import Unusable
from connectors.login_token import is_token

_OWNER_ONLY: Final = 0o600
_NEW: Final = ".new"


class TokenFile:
    """One refresh token in one file. Whoever writes it may read it: nobody else."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str:
        """The token as it now stands. Raises Unusable where there is none."""
        self._finish()
        try:
            text = self._path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise self._unfit(f"cannot be read ({why})") from None
        if not is_token(text):
            raise self._unfit("holds no refresh token")
        return text

    def check_writable(self) -> None:
        """Prove that a new token could be kept, before the old one is used up. Raises Unusable."""
        try:
            self._put_beside("probe")
            os.unlink(self._beside)
        except OSError as error:
            raise self._unkept(error) from None

    def save(self, token: str) -> None:
        """Replace the token; on return it is on the disk. Raises Unusable."""
        try:
            self._put_beside(token)
            os.replace(self._beside, self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            raise self._unkept(error) from None

    def _finish(self) -> None:
        """Put the token in its place that a crash left beside it: it is the newest one.

        Only a whole line counts; what was cut off is no token, and the old one still is.
        """
        try:
            text = self._beside.read_text(encoding="utf-8")
            if text.endswith("\n") and is_token(text.strip()):
                os.replace(self._beside, self._path)
                _sync_folder(self._path.parent)
        except (OSError, UnicodeDecodeError):
            return  # none, or none to read: the old token is tried

    @property
    def _beside(self) -> Path:
        return self._path.with_name(self._path.name + _NEW)

    def _put_beside(self, text: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._beside)  # of a crash; what another user made there is not written to
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(self._beside, flags, _OWNER_ONLY), "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _unfit(self, what: str) -> Unusable:
        return Unusable(
            f"SALESFORCE_REFRESH_TOKEN_FILE names {self._path}, which {what}. Log the app in again "
            "and put the refresh token there, alone in the file.",
            code="NO_REFRESH_TOKEN",
        )

    def _unkept(self, error: OSError) -> Unusable:
        return Unusable(
            f"A new refresh token cannot be kept beside {self._path} ({error.strerror}). "
            "Salesforce may replace the token with each login, so the worker must be able to write "
            "into its folder.",
            code="TOKEN_NOT_KEPT",
        )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
