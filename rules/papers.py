"""Files on deals that are named like a document, and when one went out: the tables `files_of_…`.

    group_key, made_at, kind (a word of `vocabulary.DOCUMENTS`), mailed, happened_at

A file alone is with nobody: it counts as `mailed` when a mail of ours to the client goes out before
a working day has passed, and then `happened_at` is that of the mail. Builds statements; runs
nothing.
"""

from __future__ import annotations

from typing import Final

from rules.touches import GRADES
from rules.vocabulary import DOCUMENTS

_EVERY: Final = " UNION ALL ".join(
    f"SELECT deal_key, created_at, '{kind}' AS kind FROM files WHERE NOT deleted AND is_{kind}"
    for kind in DOCUMENTS
)
#: In days: from a Friday over the weekend. 1970 began on a Thursday, so day 1 is a Friday.
_WORKING_DAY: Final = """to_days(CASE CAST(floor(epoch(f.created_at) / 86400) AS BIGINT) % 7
        WHEN 1 THEN 3 WHEN 2 THEN 3 WHEN 3 THEN 2 ELSE 1 END)"""


def _files(papers: str, touches: str) -> str:
    return f"""WITH papers AS ({papers})
SELECT f.group_key, f.created_at AS made_at, f.kind, FALSE AS mailed, f.created_at AS happened_at
FROM papers f
UNION ALL SELECT f.group_key, f.created_at, f.kind, TRUE, m.happened_at
FROM papers f JOIN {touches} m ON m.group_key = f.group_key
WHERE m.kind = 'email' AND m.direction = 'outbound' AND m.grade >= {GRADES["C"]}
    AND m.happened_at >= f.created_at AND m.happened_at < f.created_at + {_WORKING_DAY}"""


FILES_OF_DEAL: Final = _files(
    f"SELECT deal_key AS group_key, created_at, kind FROM ({_EVERY})", "touches_of_deal"
)
FILES_OF_ACCOUNT: Final = _files(
    f"""SELECT coalesce(d.account_key, d.key) AS group_key, p.created_at, p.kind
    FROM ({_EVERY}) p JOIN deals d ON d.key = p.deal_key WHERE NOT d.deleted""",
    "touches_of_account",
)
