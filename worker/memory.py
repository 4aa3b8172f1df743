"""Too little memory: the mirror's own limit (`memory:`), or that of the process. Told, not borne.

Whatever was under way is rolled back and is done by the next run; a process that the machine ends
for it is like one that was killed (`reliability: F101`).
"""

from __future__ import annotations

from typing import Final

import duckdb

#: What is raised where memory ends.
SHORT: Final = (MemoryError, duckdb.OutOfMemoryException)


def too_little(error: BaseException) -> str:
    """Return what to do, in a sentence."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return (
            "the mirror needs more memory than `memory:` in followthrough.yaml allows it, or than "
            "this process may have. Allow more; what was under way is done by the next run."
        )
    return (
        "this process may not have the memory it needs. Give it more (container, ulimit), or a "
        "smaller `memory:` in followthrough.yaml; what was under way is done by the next run."
    )
