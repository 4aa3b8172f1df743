"""The three parts of a note in fields of the org's own: which fields, and when one is filled.

Whoever has fields for what was discussed, what was proposed and what the next contact is for names
them `discussed`, `proposed` and `next_purpose` under `fields: activity:`. A field that is filled
says its part of the note, as the text of the record would (`practices: C8`). How good the words in
it are is not judged here; a few letters are no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from rules.org import CustomField

#: Word of the field -> what it says, and with how many letters at least ("-" is none, "no" is one
#: where something can have been proposed or not).
_PARTS: Final[Mapping[str, tuple[str, int]]] = {
    "discussed": ("note.discussed", 4),
    "proposed": ("note.proposed", 2),
    "next_purpose": ("note.next_purpose", 4),
}

#: What filled fields say, of the activities `s` that `{only}` leaves; the table `note_fields` is
#: laid from `note_fields`.
FILLED: Final = r"""SELECT s.activity_key, n.signal, NULL AS due_at
FROM (SELECT key AS activity_key, fields FROM {activities} WHERE NOT deleted) s {only}
JOIN note_fields n ON length(regexp_replace(
    coalesce(s.fields[n.source], ''), '<[^>]*>|&[a-z]+;|[^\pL\pN]', '', 'g')) >= n.letters"""


def note_fields(fields: Mapping[str, CustomField]) -> pa.Table:
    """Return which fields of activities hold which part of a note, of those the org has named."""
    known = [(fields[word].source, *said) for word, said in _PARTS.items() if word in fields]
    return pa.table(
        {
            "source": pa.array([one[0] for one in known], pa.string()),
            "signal": pa.array([one[1] for one in known], pa.string()),
            "letters": pa.array([one[2] for one in known], pa.int64()),
        }
    )
