"""Too little memory: by the mirror's own limit (`memory:`), or by that of the process. It is told.

What was under way is rolled back, and done by the next run. A process that the machine ends for it
is like any other that was killed (`reliability: F101`). Imports nothing heavy: that may be what
there is no room for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: Exception -> what it says where it comes of too little memory: a library, a thread's stack.
_SAID: Final = {
    ImportError: ("failed to map segment", "cannot allocate memory"),
    RuntimeError: ("can't start new thread",),
}
#: What to do where the process has too little.
OF_THE_PROCESS: Final = (
    "this process may not have the memory it needs. Give it more (container, ulimit), or the "
    "mirror less (`memory:`); what was under way is done by the next run."
)
_OF_THE_MIRROR: Final = (
    "the mirror needs more memory than `memory:` in followthrough.yaml allows it, or than this "
    "process may have. Allow more; what was under way is done by the next run."
)


@contextmanager
def enough() -> Iterator[None]:
    """Tell of too little memory in a sentence. Raises MirrorError."""
    import duckdb

    from worker.mirror import MirrorError

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise MirrorError(_OF_THE_MIRROR) from None
    except Exception as error:
        if not is_short(error):
            raise
        raise MirrorError(OF_THE_PROCESS) from None


def is_short(error: Exception) -> bool:
    """Tell whether an exception says that the process has too little memory."""
    if isinstance(error, MemoryError):
        return True
    told = (said for kind, said in _SAID.items() if isinstance(error, kind))
    return any(part in str(error).lower() for said in told for part in said)
