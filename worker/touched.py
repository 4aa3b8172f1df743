"""What a person has changed of a task that we wrote. Pure; keeps hashes, never what was written.

A text is compared line by line, blanks aside, without the lines that we added later: each CRM keeps
blanks and line ends in its own way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # the scheduler process must not load a client's libraries
    from connectors.model import Task

#: What we write of a task and a person may change.
FIELDS: Final = ("subject", "body", "due", "owner")


def hash_of_line(line: str) -> str:
    """Return what tells a line of a task from others, however its blanks were kept."""
    return hashlib.sha256(" ".join(line.split()).encode()).hexdigest()[:40]


def wrote(payload: Mapping[str, Any]) -> str:
    """Return what stands for a task as we wrote it: hashes by field, as JSON."""
    said = {
        "subject": hash_of_line(payload.get("subject") or payload.get("title") or ""),
        "body": _hash_of_text(payload.get("body") or "", frozenset()),
        "due": payload.get("due"),
        "owner": payload.get("owner_id"),
    }
    return json.dumps(said, sort_keys=True)


def touched_fields(wrote: str, task: Task, ours: frozenset[str]) -> list[str]:
    """Return the fields of a task that are not as we wrote them.

    `ours` are hashes of lines that we added. Of a task whose writing nobody remembers: none.
    """
    before = json.loads(wrote)
    now = {
        "subject": hash_of_line(task.subject),
        "body": _hash_of_text(task.body, ours),
        "due": task.due.isoformat() if task.due else None,
        "owner": task.owner_id,
    }
    return [field for field in FIELDS if field in before and before[field] != now[field]]


def _hash_of_text(text: str, without: frozenset[str]) -> str:
    lines = [hash_of_line(line) for line in text.splitlines() if line.strip()]
    kept = [line for line in lines if line not in without]
    return hashlib.sha256("".join(kept).encode()).hexdigest()[:40]
