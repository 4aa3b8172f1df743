"""What kind of file system the state lies on. Locks and syncs are not to be relied on everywhere.

Reads the kernel's table of mounts; where there is none, nothing is said. Refuses nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")
#: File systems that other machines write to as well, or that lose what they said was on disk.
_SHARED: Final = re.compile(r"nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|lustre|fuse\..+")
_ESCAPE: Final = re.compile(r"\\([0-7]{3})")


def why_unsafe(directory: Path, mounts: str | None = None) -> str | None:
    """Say why the state should not lie in a directory, or None. `mounts` is a table of mounts."""
    kind = kind_of(directory, _read() if mounts is None else mounts)
    if kind is None or not _SHARED.fullmatch(kind):
        return None
    return (
        f"the state directory {directory} lies on {kind}, which several machines share. "
        "Its locks and its disk cannot be relied on, so a task could be written twice, or its "
        "record be lost. Move it to a disk of this machine."
    )


def kind_of(directory: Path, mounts: str) -> str | None:
    """Return the kind of the file system that holds a directory; None where nobody knows."""
    best, found = -1, None
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        _, _, _, _, where, *_ = (*fields.split(" "), *[""] * 5)
        if not where or not rest:
            continue
        point = Path(_ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), where))
        if directory.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), rest.split(" ")[0]
    return found


def _read() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
