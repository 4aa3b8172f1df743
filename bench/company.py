"""A company of any size, written straight into a mirror's tables by SQL alone.

Everything follows from the hash of a row's number: the same sizes give the same rows, whatever the
machine. No row passes through Python, and nobody's real data is in it. Columns are named, never
counted, so that a column more in the mirror is an empty one here.

What it looks like: deals live 10 to 360 days, a hundred on average, over the last two years; one
in five is open, a few for far too long; a deal has ten activities on average, some have none and
some have twenty, all within its life and the six weeks after it. Three deals share an account.
Three of four activities hang on their deal, the others on an account or a contact alone. Activities
lie in the order of time, as a CRM hands them out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from worker.mirror import Mirror, key_of, transaction

#: Now, for the whole company: a Friday noon.
NOW: Final = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
PEOPLE: Final = 200
MANAGERS: Final = 20
DEALS_AN_ACCOUNT: Final = 3

_NOW: Final = f"TIMESTAMPTZ '{NOW.isoformat()}'"
_ZONES: Final = "['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo']"
_Shares = Mapping[str, int]  # SQL of a value -> how many of a thousand rows have it


def fill(mirror: Mirror, *, deals: int, activities: int) -> None:
    """Write a company of `deals` and `activities` into an empty mirror, in one transaction."""
    run = mirror.connection.execute
    with transaction(mirror.connection):
        for name, select in _bases(deals, activities).items():
            run(f"CREATE TEMP TABLE {name} AS {select}")
        for table, select in _rows(deals):
            run(f"INSERT INTO {table} BY NAME {select}")
        for name in _bases(deals, activities):
            run(f"DROP TABLE {name}")


# -- how a value comes from a row's number ---------------------------------------------------


def _share(number: str, salt: int) -> str:
    """Return the SQL of a number from 0 to below 1 that only `number` and `salt` decide."""
    return f"(hash({number}, {salt}) / 18446744073709551616.0)"


def _pick(number: str, salt: int, shares: _Shares) -> str:
    below, cases = 0, ""
    for value, share in shares.items():
        below += share
        cases += f" WHEN hash({number}, {salt}) % 1000 < {below} THEN {value}"
    return f"CASE{cases} END"


def _days(days: str) -> str:
    return f"to_seconds(CAST(floor(({days}) * 86400) AS BIGINT))"


def _id(kind: str, number: str) -> str:
    return f"{kind!r} || lpad(CAST({number} AS VARCHAR), 12, '0')"


def _every(number: str, kind: str, modified_at: str) -> str:
    """Return the columns that every stream has."""
    made = _id(kind, number)
    return f"{key_of(made)} AS key, {made} AS id, {modified_at} AS modified_at, FALSE AS deleted"


# -- the shape of the company ----------------------------------------------------------------


def _bases(deals: int, activities: int) -> dict[str, str]:
    """Return the tables of numbers and moments from which all rows are written."""
    age = f"700 * {_share('n', 1)}"
    life = f"10 + 350 * {_share('n', 2)} * {_share('n', 3)}"
    ahead = f"14 * {_share('e.i', 25)}"
    twin = "CASE WHEN hash(i, 20) % 250 = 0 THEN i + 1 ELSE i END"  # the same event, twice
    return {
        "made_deals": f"""
            SELECT *, CASE WHEN ends > {_NOW} OR {_share("n", 4)} < 0.05 THEN 'open'
                WHEN {_share("n", 5)} < 0.4 THEN 'won' ELSE 'lost' END AS state
            FROM (SELECT *, born + {_days("life")} AS ends FROM (
                SELECT n, {_NOW} - {_days(age)} AS born, {life} AS life,
                    n // {DEALS_AN_ACCOUNT} AS account,
                    CASE WHEN hash(n, 6) % 200 > 0 THEN {MANAGERS}
                        + CAST(hash(n, 7) % {PEOPLE - MANAGERS} AS BIGINT) END AS owner
                FROM range({deals}) t(n)))""",
        "made_stages": f"""
            SELECT d.n, s.part AS part, CASE WHEN s.part < 1 THEN s.stage
                WHEN d.state = 'won' THEN 'Closed Won' ELSE 'Closed Lost' END AS stage,
                d.born + {_days("d.life * s.part")} AS entered_at
            FROM made_deals d, (VALUES (0.0, 'Qualification'), (0.3, 'Proposal'),
                (0.45, 'Proposal'), (0.6, 'Negotiation'), (1.0, '')) s(part, stage)
            WHERE d.born + {_days("d.life * s.part")} <= {_NOW}
                AND (s.part < 1 OR d.state <> 'open') AND (s.part <> 0.45 OR hash(d.n, 8) % 4 = 0)
            """,
        "made_activities": f"""
            SELECT *, moment <= {_NOW} AND hash(i, 27) % 100 > 0 AS done,
                {_pick("i", 28, {"owner": 850, "(owner - 20) % 20": 50, "NULL": 20})} AS by_usual
            FROM (
                SELECT d.n, d.account, d.owner, e.i, CASE
                    WHEN hash(e.i, 24) % 50 = 0 THEN {_NOW} + {_days(ahead)}
                    ELSE date_trunc('second', d.born + {_share("e.same", 26)} * (least(
                        CASE WHEN d.state = 'open' THEN {_NOW} ELSE d.ends + INTERVAL 42 DAY END,
                        {_NOW}) - d.born)) END AS moment
                FROM (SELECT i, {twin} AS same FROM range({activities}) t(i)) e
                JOIN made_deals d ON d.n = CAST(least(
                    hash(e.same, 21) % {deals}, hash(e.same, 22) % {deals}) AS BIGINT)
            ) ORDER BY moment""",
    }


# -- the rows of each table ------------------------------------------------------------------


def _rows(deals: int) -> Iterator[tuple[str, str]]:
    """Yield (table, the SELECT of its rows)."""
    accounts = deals // DEALS_AN_ACCOUNT + 1
    yield "owners", _owners()
    yield (
        "accounts",
        f"""SELECT {_every("n", "acc", _NOW)}, 'Account ' || n AS name,
        {key_of(_id("own", f"{MANAGERS} + hash(n, 10) % {PEOPLE - MANAGERS}"))} AS owner_key
        FROM range({accounts}) t(n)""",
    )
    yield (
        "contacts",
        f"""SELECT {_every("n", "con", _NOW)}, 'Person ' || n AS name,
        {key_of(_id("acc", "n // 2"))} AS account_key FROM range({2 * accounts}) t(n)""",
    )
    yield (
        "links",
        f"""SELECT {_every("2 * d.n + c", "lnk", _NOW)},
        {key_of(_id("dea", "d.n"))} AS deal_key,
        {key_of(_id("con", "2 * d.account + c"))} AS contact_key, c = 0 AS is_primary
        FROM made_deals d, range(2) t(c) WHERE c = 0 OR hash(d.n, 11) % 2 = 0""",
    )
    yield "deals", _deals()
    yield (
        "stage_changes",
        f"""SELECT {_every("100 * n + CAST(20 * part AS BIGINT)", "his", _NOW)},
        {key_of(_id("dea", "n"))} AS deal_key, stage, entered_at AS happened_at
        FROM made_stages ORDER BY entered_at""",
    )
    yield "activities", _activities()
    yield from (("activity_links", _links(target)) for target in ("deal", "account", "contact"))
    yield (
        "signals",
        f"""SELECT {key_of(_id("act", "i"))} AS activity_key, w.signal,
        'Just checking in on activity ' || i || '.' AS said, 'bench' AS lexicon
        FROM made_activities, (VALUES ('check_in', 30, 4), ('purpose', 31, 8), ('promise', 32, 3))
        w(signal, salt, share) WHERE hash(i, w.salt) % 100 < w.share""",
    )


def _owners() -> str:
    managers = _id("own", f"n % {MANAGERS}")
    return f"""SELECT {_every("n", "own", _NOW)}, 'Person ' || n AS name,
        'p' || n || '@bench.example' AS email, n % 40 <> 39 AS active, FALSE AS is_queue,
        {_ZONES}[1 + n % 4] AS time_zone,
        CASE WHEN n >= {MANAGERS} THEN {managers} END AS manager_id,
        CASE WHEN n >= {MANAGERS} THEN {key_of(managers)} END AS manager_key
        FROM range({PEOPLE}) t(n)"""


def _deals() -> str:
    return f"""SELECT {_every("d.n", "dea", f"least(d.ends, {_NOW})")}, 'Deal ' || d.n AS name,
        {_id("acc", "d.account")} AS account_id, {key_of(_id("acc", "d.account"))} AS account_key,
        {_id("own", "d.owner")} AS owner_id, {key_of(_id("own", "d.owner"))} AS owner_key,
        s.stage, d.state, CAST(hash(d.n, 12) % 200000 AS DECIMAL(20, 4)) AS amount,
        'EUR' AS currency, CAST(50 AS DOUBLE) AS probability, CAST(d.ends AS DATE) AS close_date,
        d.born AS created_at, 'Sales' AS pipeline, 'New business' AS type,
        CASE WHEN hash(d.n, 13) % 20 > 0 THEN s.entered_at END AS stage_changed_at
        FROM made_deals d JOIN (
            SELECT n, arg_max(stage, part) AS stage, max(entered_at) AS entered_at
            FROM made_stages GROUP BY n) s ON s.n = d.n
        ORDER BY d.n"""


_KINDS: Final = {
    "'email'": 500,
    "'call'": 250,
    "'meeting'": 100,
    "'note'": 70,
    "'task'": 50,
    "'message'": 30,
}
_DIRECTIONS: Final[Mapping[str, _Shares]] = {
    "email": {"'inbound'": 400, "'outbound'": 590},
    "call": {"'outbound'": 800, "'inbound'": 150},
    "message": {"'inbound'": 500, "'outbound'": 500},
    "meeting": {"'internal'": 50},
}
_OUTCOMES: Final[Mapping[str, _Shares]] = {
    "email": {"'bounced'": 20},
    "call": {
        "'connected'": 450,
        "'no_answer'": 200,
        "'voicemail'": 100,
        "'left_message'": 50,
        "'busy'": 30,
        "'wrong_number'": 10,
    },
    "meeting": {"'held'": 600, "'no_show'": 50, "'canceled'": 50},
}


def _activities() -> str:
    same = _id("act", "i + 1")
    other = f"{MANAGERS} + CAST(hash(i, 29) % {PEOPLE - MANAGERS} AS BIGINT)"
    by = f"CASE WHEN hash(i, 28) % 1000 < 920 THEN by_usual ELSE {other} END"
    twin = "hash(i, 20) % 250 = 0"
    return f"""SELECT {_every("i", "act", "moment")}, kind,
        {_by_kind(_DIRECTIONS, 34)} AS direction, {_by_kind(_OUTCOMES, 35)} AS outcome,
        moment AS happened_at, done, CASE WHEN kind = 'call' AND hash(i, 36) % 10 > 3
            THEN CAST(hash(i, 37) % 600 AS BIGINT) END AS duration_seconds,
        {_id("own", "by_whom")} AS owner_id, {key_of(_id("own", "by_whom"))} AS owner_key,
        {_pick("i", 38, {"FALSE": 730, "TRUE": 170})} AS automated,
        CASE WHEN kind = 'meeting' THEN {_pick("i", 39, {"0": 50, "2": 800})} END AS outsiders,
        CASE WHEN {twin} THEN {same} END AS same_as,
        CASE WHEN {twin} THEN {key_of(same)} END AS same_as_key, moment AS created_at,
        CASE WHEN hash(i, 40) % 10 > 1 THEN CAST(hash(i, 41) % 900 AS BIGINT) ELSE 0 END
            AS text_length,
        hash(i, 42) % 4 = 0 AS claims_contact
        FROM (SELECT *, {_pick("i", 33, _KINDS)} AS kind, {by} AS by_whom FROM made_activities)"""


def _by_kind(shares: Mapping[str, _Shares], salt: int) -> str:
    whens = "".join(f" WHEN {kind!r} THEN {_pick('i', salt, one)}" for kind, one in shares.items())
    return f"CASE kind{whens} END"


#: What an activity hangs on: per target which hundredths of the activities name it.
_LINKED: Final = {"deal": "< 75", "account": "< 87", "contact": "BETWEEN 30 AND 94"}


def _links(target: str) -> str:
    named = {"deal": "n", "account": "account", "contact": "2 * account + hash(i, 51) % 2"}[target]
    made = _id(target[:3], named)
    return f"""SELECT {key_of(_id("act", "i"))} AS activity_key, {target!r} AS target,
        {key_of(made)} AS target_key FROM made_activities
        WHERE hash(i, 50) % 100 {_LINKED[target]}"""
