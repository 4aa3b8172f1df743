"""What people did, beside what only their clients' records say: the last step of laying it.

    open_deals, won_deals, lost_deals   whether the client has such a deal
    answers                             the client reached out less than two hours before

It is worked out for what rules look at of the last weeks (`own_work`), never for the whole past.
Builds statements; runs nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from rules.checked import TouchPattern

#: Whoever answers a client within two hours has a reason to write, whatever the words
#: (`practices: C7`); a machine of theirs asks nobody.
_AT_ONCE: Final = "INTERVAL 2 HOUR"
AT_ONCE: Final = dt.timedelta(hours=2)

#: Where to look for what people did, and at clients: everywhere, or at what happened lately.
_EVERYWHERE: Final = ("owner_touches t", "client_touches")
_LATELY: Final = (
    "(SELECT w.* FROM recent_work w SEMI JOIN people_now o ON o.key = w.group_key{these}) t",
    "recent_client_touches",
)
_THESE: Final = " SEMI JOIN {only} q ON q.activity_key = w.activity_key"

_OWN: Final = """CREATE OR REPLACE TEMP TABLE own_work AS
SELECT t.* FROM {source} WHERE t.happened_at <= $as_of{since} AND ({wanted})"""

_WITH_CLIENTS: Final = f"""WITH theirs AS (
    SELECT k.group_key FROM {{touches}} k SEMI JOIN own_work w ON w.activity_key = k.activity_key
), lately AS (
    SELECT k.group_key, k.activity_key, k.happened_at, k.class
    FROM {{touches}} k{{near}} WHERE k.happened_at <= $as_of{{before}}
), ours AS (
    SELECT k.group_key, k.activity_key, k.happened_at
    FROM lately k SEMI JOIN own_work w ON w.activity_key = k.activity_key
), clients AS (
    SELECT DISTINCT group_key FROM ours
), deals_of AS (
    SELECT c.group_key, a.open_deals > 0 AS open_deals, a.won_deals > 0 AS won_deals,
        a.lost_deals > 0 AS lost_deals
    FROM clients c JOIN account_sums a ON a.account_key = c.group_key
    UNION ALL SELECT c.group_key, d.state = 'open', d.state = 'won', d.state = 'lost'
    FROM clients c JOIN deals d ON d.key = c.group_key
    WHERE d.account_key IS NULL AND NOT d.deleted
), known AS (
    SELECT o.activity_key, bool_or(d.open_deals) AS open_deals,
        bool_or(d.won_deals) AS won_deals, bool_or(d.lost_deals) AS lost_deals
    FROM ours o JOIN deals_of d ON d.group_key = o.group_key GROUP BY o.activity_key
), asked AS (
    SELECT k.group_key, k.happened_at
    FROM lately k JOIN classes c ON c.class = k.class
    WHERE c.happened AND c.direction = 'inbound' AND c.kind IN ('call', 'email', 'message')
        AND NOT coalesce(c.automated, FALSE)
), answering AS (
    SELECT DISTINCT o.activity_key FROM ours o JOIN asked i ON i.group_key = o.group_key
        AND i.happened_at < o.happened_at AND i.happened_at > o.happened_at - {_AT_ONCE}
)
SELECT t.*, coalesce(k.open_deals, FALSE) AS open_deals, coalesce(k.won_deals, FALSE) AS won_deals,
    coalesce(k.lost_deals, FALSE) AS lost_deals, a.activity_key IS NOT NULL AS answers
FROM own_work t
LEFT JOIN known k ON k.activity_key = t.activity_key
LEFT JOIN answering a ON a.activity_key = t.activity_key"""


def work_statements(
    wanted: Iterable[str], *, bounded: bool, lately: bool = False, only: str | None = None
) -> tuple[str, str]:
    """Return what lays `own_work`, and from that the SELECT of `touches_of_owner`.

    They are of what is `wanted` of a touch `t`, up to `$as_of`. `bounded`: nothing from before
    `$since` is looked at; `lately`: that is kept apart; `only`: of the activities in this table.
    """
    source, touches = _LATELY if lately else _EVERYWHERE
    since = " AND t.happened_at > $since" if bounded else ""
    before = f" AND k.happened_at > CAST($since AS TIMESTAMPTZ) - {_AT_ONCE}" if bounded else ""
    own = _OWN.format(
        source=source.format(these=_THESE.format(only=only) if only else ""),
        since=since,
        wanted=" OR ".join(sorted(set(wanted))) or "FALSE",
    )
    near = " SEMI JOIN theirs q ON q.group_key = k.group_key" if only else ""
    return own, _WITH_CLIENTS.format(touches=touches, before=before, near=near)


def of_itself(pattern: TouchPattern) -> TouchPattern:
    """Return what a pattern asks of a touch alone, before anything of its client is known."""
    return replace(pattern, answers=None, client_has=frozenset())
