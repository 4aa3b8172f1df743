"""The tables that rules read, built from the mirror: records as rules see them, and their touches.

    people_now, deals_now, accounts_now, contacts_now, owners_now, activities_now, ratings_now
        one row a record: key, id, known_owner_key (whose working time counts), begun_at (the
        moment that names an episode where no clock does), account_key, and the fields of `subjects`
    happened, planned
        activities that took place, graded; and those that lie ahead
    touches_of_<group>, planned_of_<group>        group: deal, account, contact, owner
    quotes_of_<group>, files_of_<group>, stage_entries_of_<group>   group: deal, account
        what can be missing or counted, one row a record and group, the group's key first

An activity belongs to a deal it is linked to. One linked to no deal at all belongs to the deals of
its contact or account: while they are open, from 14 days before they were created, and after they
are won; to a lost deal until 14 days after its end. One linked to *another* deal of the account
counts for a won deal (the client did hear from us), not for an open one (that talk was about
something else). To an account belongs what is linked to it, to its contacts or to its deals; a deal
without an account is a client of its own.

Our own tasks are no activities: the connector leaves them out, so no pattern can meet them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rules.papers import FILES_OF_ACCOUNT, FILES_OF_DEAL
from rules.touches import GRADE, GRADES


@dataclass(frozen=True)
class Relation:
    """A table, the SELECT that fills it, and the tables of this file it is built from."""

    sql: str
    needs: tuple[str, ...] = ()
    kept: bool = True  # as a table; else a view, read anew wherever it is named

    def statement(self, name: str) -> str:
        """Return the statement that lays it."""
        return f"CREATE OR REPLACE TEMP {'TABLE' if self.kept else 'VIEW'} {name} AS {self.sql}"


#: People with who leads them: `people.yaml` before the CRM, by e-mail, whoever of two is active.
_PEOPLE: Final = """WITH named AS (
    SELECT lower(email) AS email, arg_max(id, (coalesce(active, FALSE), id)) AS id
    FROM owners WHERE NOT deleted AND email IS NOT NULL GROUP BY lower(email)
), leads AS (
    SELECT n.email, o.id AS id, o.key AS key FROM named n JOIN owners o ON o.id = n.id
)
SELECT o.* REPLACE (
    coalesce(n.id, o.manager_id) AS manager_id, coalesce(n.key, o.manager_key) AS manager_key,
    coalesce(m.time_zone, o.time_zone) AS time_zone), s.key AS delegate_key
FROM owners o
LEFT JOIN said_of_people m ON m.email = lower(o.email)
LEFT JOIN leads n ON n.email = m.manager
LEFT JOIN leads s ON s.email = m.delegate"""

#: Stage moments by the history, closing moment by stage entry.
#:
#: A stage was entered at the first row of the last unbroken run of history rows that name it: a
#: history row is also written when only the amount changes (`facts/salesforce.md` 3.5). Without
#: history, or while its last row still names another stage (the deal was read later than the
#: history), the CRM's own last stage change serves, then an older entry into the stage, then the
#: creation of the deal; for a closed deal whose moment nobody kept, 17:00 UTC of its close date
#: (`practices: C1`).
_DATED: Final = """SELECT d.*, coalesce(
        CASE WHEN e.current THEN e.entered_at END,
        d.stage_changed_at,
        e.entered_at,
        CASE WHEN d.state <> 'open'
            THEN timezone('UTC', CAST(d.close_date AS TIMESTAMP) + INTERVAL 17 HOUR) END,
        d.created_at) AS stage_entered_at
    FROM deals d {join} LEFT JOIN deal_entries e ON e.deal_key = d.key
    WHERE NOT d.deleted AND {where}"""
_DEALS: Final = """WITH dated AS ({dated})
SELECT d.*, d.key AS deal_key, coalesce(d.account_key, d.key) AS client_key,
    d.created_at AS begun_at,{moments}
    coalesce(s.word, d.stage) AS stage_word, coalesce(p.word, d.pipeline) AS pipeline_word,
    o.key AS known_owner_key, o.name AS owner_name, o.manager_key{of_account}
FROM dated d
LEFT JOIN stage_words s ON s.stage = d.stage
LEFT JOIN pipeline_words p ON p.stage = d.pipeline
LEFT JOIN people_now o ON o.key = d.owner_key{accounts}"""


_MOMENTS: Final = """
    CASE WHEN d.state = 'won' THEN d.stage_entered_at END AS won_at,
    CASE WHEN d.state <> 'open' THEN d.stage_entered_at END AS closed_at,"""


def deals(
    *, join: str = "", where: str = "TRUE", of_account: bool = True, dated: bool = True
) -> str:
    """Return the SELECT of deals as rules see them, of those `d` that are joined and held.

    Without `of_account` the name and the fields of the account are not there; where it is not
    `dated`, nor is when it entered its stage, was won or was closed.
    """
    found = _DATED if dated else "SELECT d.* FROM deals d {join} WHERE NOT d.deleted AND {where}"
    return _DEALS.format(
        dated=found.format(join=join, where=where),
        moments=_MOMENTS if dated else "",
        of_account=", a.name AS account_name, a.fields AS account_fields" if of_account else "",
        accounts="\nLEFT JOIN accounts a ON a.key = d.account_key" if of_account else "",
    )


def dated_deals(join: str = "") -> str:
    """Return the SELECT of what the deals of an account come to, of those `d` that are joined."""
    return f"""SELECT d.account_key, d.state, d.amount, d.created_at,
    CASE WHEN d.state = 'won' THEN d.stage_entered_at END AS won_at
FROM ({_DATED.format(join=join, where="TRUE")}) d"""


OF_DEALS: Final = """count(*) FILTER (WHERE d.state = 'open') AS open_deals,
    count(*) FILTER (WHERE d.state = 'won') AS won_deals,
    count(*) FILTER (WHERE d.state = 'lost') AS lost_deals,
    sum(d.amount) FILTER (WHERE d.state = 'won') AS won_amount,
    min(d.won_at) AS first_won_at, max(d.won_at) AS last_won_at,
    min(d.created_at) AS first_deal_at"""

#: Where nothing else names an episode, it is the record's one and only.
_ALWAYS: Final = "CAST('2000-01-01 00:00:00+00:00' AS TIMESTAMPTZ)"

_ACCOUNTS: Final = f"""SELECT a.*, a.key AS account_key, a.key AS client_key, s.* EXCLUDE (
        account_key, open_deals, won_deals, lost_deals),
    coalesce(s.open_deals, 0) AS open_deals, coalesce(s.won_deals, 0) AS won_deals,
    coalesce(s.lost_deals, 0) AS lost_deals,
    coalesce(s.first_deal_at, {_ALWAYS}) AS begun_at,
    o.key AS known_owner_key, o.name AS owner_name, o.manager_key, a.name AS account_name
FROM accounts a {{join}}
LEFT JOIN account_sums s ON s.account_key = a.key
LEFT JOIN people_now o ON o.key = a.owner_key
WHERE NOT a.deleted"""


def accounts(*, join: str = "") -> str:
    """Return the SELECT of accounts as rules see them, of those `a` that are joined."""
    return _ACCOUNTS.format(join=join)


_CONTACTS: Final = f"""WITH part AS (
    SELECT DISTINCT contact_key, deal_key FROM links
    WHERE NOT deleted AND contact_key IS NOT NULL
), sums AS (
    SELECT p.contact_key, {OF_DEALS} FROM part p JOIN deals_now d ON d.key = p.deal_key
    GROUP BY p.contact_key
)
SELECT c.*, c.key AS contact_key, coalesce(c.account_key, c.key) AS client_key,
    coalesce(s.open_deals, 0) AS open_deals, coalesce(s.won_deals, 0) AS won_deals,
    s.last_won_at, s.first_deal_at, coalesce(s.first_deal_at, {_ALWAYS}) AS begun_at,
    a.owner_key, o.key AS known_owner_key, o.name AS owner_name, o.manager_key,
    a.name AS account_name, a.fields AS account_fields
FROM contacts c
LEFT JOIN sums s ON s.contact_key = c.key
LEFT JOIN accounts a ON a.key = c.account_key AND NOT a.deleted
LEFT JOIN people_now o ON o.key = a.owner_key
WHERE NOT c.deleted"""

#: People who are judged: not who left, and no queues.
_OWNERS: Final = f"""SELECT p.*, p.key AS owner_key, p.key AS known_owner_key, p.name AS owner_name,
    m.name AS manager_name, {_ALWAYS} AS begun_at
FROM people_now p LEFT JOIN people_now m ON m.key = p.manager_key
WHERE p.active AND NOT p.deleted AND NOT coalesce(p.is_queue, FALSE)"""

_RATINGS: Final = """SELECT r.*, r.happened_at AS begun_at,
    coalesce(r.account_key, r.key) AS client_key, o.key AS known_owner_key,
    o.name AS owner_name, o.manager_key, a.name AS account_name, a.fields AS account_fields
FROM ratings r
LEFT JOIN people_now o ON o.key = r.owner_key
LEFT JOIN accounts a ON a.key = r.account_key
WHERE NOT r.deleted"""

#: Of two records of one event, the one kept has the links of both.
_TWINS: Final = """SELECT a.key AS activity_key, l.target, l.target_key FROM {activities} a
JOIN activity_links l ON l.activity_key = a.same_as_key
WHERE a.same_as_key IS NOT NULL AND NOT a.deleted"""


def twins(activities: str = "activities") -> str:
    """Return the SELECT of the links that activities have from another record of the event."""
    return _TWINS.format(activities=activities)


TWINS: Final = twins()


def linked(twins: str, links: str = "activity_links") -> str:
    """Return the SELECT of links; one that both records of an event have comes twice."""
    return f"""SELECT activity_key, target, target_key FROM {links}
UNION ALL SELECT activity_key, target, target_key FROM {twins}"""


SUPERSEDED: Final = """SELECT DISTINCT same_as_key AS key FROM activities
WHERE same_as_key IS NOT NULL AND NOT deleted"""

#: What a note says is also said of the conversations of the same person with the same client that
#: it stands beside (`practices: C8`). A note that comes late counts late, for two weeks; and a call
#: is often logged after the note on it, some only by their day.
_NOTES_BESIDE: Final = """WITH spoken AS (
    SELECT s.activity_key, s.signal, s.due_at, a.owner_key, a.happened_at
    FROM signals s
    JOIN activities a ON a.key = s.activity_key AND a.kind = 'note' AND NOT a.deleted
    WHERE starts_with(s.signal, 'note.') AND {near}
), links_of AS (
    SELECT l.activity_key, l.target, l.target_key FROM every_link l
    SEMI JOIN spoken n ON n.activity_key = l.activity_key
), homes AS (
    SELECT activity_key, target_key AS client_key FROM links_of WHERE target = 'account'
    UNION SELECT l.activity_key, coalesce(c.account_key, c.key) FROM links_of l
        JOIN contacts c ON c.key = l.target_key WHERE l.target = 'contact'
    UNION SELECT l.activity_key, coalesce(d.account_key, d.key) FROM links_of l
        JOIN deals d ON d.key = l.target_key WHERE l.target = 'deal' AND NOT d.deleted
), clients AS (
    SELECT DISTINCT client_key FROM homes
), targets AS (
    SELECT 'account' AS target, client_key AS target_key, client_key FROM clients
    UNION ALL SELECT 'contact', c.key, x.client_key FROM contacts c
        JOIN clients x ON x.client_key = coalesce(c.account_key, c.key)
    UNION ALL SELECT 'deal', d.key, x.client_key FROM deals d
        JOIN clients x ON x.client_key = coalesce(d.account_key, d.key) WHERE NOT d.deleted
), conversations AS (
    SELECT DISTINCT l.activity_key, t.client_key FROM {links} l
    JOIN targets t ON t.target = l.target AND t.target_key = l.target_key
)
SELECT DISTINCT v.activity_key, n.signal, n.due_at FROM spoken n
JOIN homes h ON h.activity_key = n.activity_key
JOIN conversations v ON v.client_key = h.client_key
JOIN activities a ON a.key = v.activity_key AND a.owner_key = n.owner_key
WHERE a.kind IN ('call', 'meeting')
    AND n.happened_at >= a.happened_at - INTERVAL 24 HOUR
    AND n.happened_at < a.happened_at + INTERVAL 14 DAY"""
_NEAR: Final = """a.happened_at >= CAST($first AS TIMESTAMPTZ) - INTERVAL 24 HOUR
    AND a.happened_at < CAST($last AS TIMESTAMPTZ) + INTERVAL 14 DAY"""


def notes_beside(links: str, *, bounded: bool = False) -> str:
    """Return the SELECT of what notes say of the conversations in the table `links`.

    `bounded`: none of these is from before `$first` or after `$last`.
    """
    return _NOTES_BESIDE.format(links=links, near=_NEAR if bounded else "TRUE")


_WORDS_OF_GRADES: Final = " ".join(f"WHEN {n} THEN '{name}'" for name, n in GRADES.items())
_HAPPENED: Final = f"""SELECT a.key, a.id, a.kind, a.direction, a.outcome, a.happened_at,
    a.duration_seconds, a.happened_at + to_seconds(coalesce(a.duration_seconds, 0)) AS ends_at,
    a.owner_key, a.automated, a.fields,
    {GRADE} AS grade, CASE {GRADE} {_WORDS_OF_GRADES} ELSE 'none' END AS grade_word{{said}}
FROM {{activities}} a {{join}}
WHERE a.done AND NOT a.deleted AND a.kind <> 'task'"""
_NOT_SUPERSEDED: Final = "ANTI JOIN superseded s ON s.key = a.key"


def _with_said(activities: str = "activities", said: str = "said") -> str:
    return _HAPPENED.format(
        activities=activities,
        join=f"LEFT JOIN {said} r ON r.activity_key = a.key {_NOT_SUPERSEDED}",
        said=", coalesce(r.signals, []) AS signals, r.due_at, r.note_due_at",
    )


def happened(activities: str = "activities", *, apart: bool = False) -> str:
    """Return the SELECT of what took place, of the activities of a table; not what was said.

    Of what is kept `apart`, nothing has another record that counts in its place.
    """
    join = "" if apart else _NOT_SUPERSEDED
    return _HAPPENED.format(activities=activities, join=join, said="")


END_OF_DAY: Final = """timezone('UTC',
        date_trunc('day', timezone('UTC', {moment})) + INTERVAL 1 DAY)"""

#: What may lie ahead: what is still to be done, and every meeting, which a calendar never ticks
#: off. A task is due on a day, whatever its hour, so it lies ahead until that day is over.
_PLANNED: Final = f"""SELECT a.key, a.kind, a.owner_key, a.happened_at AS begins_at,
    CASE WHEN a.kind = 'meeting'
        THEN a.happened_at ELSE {END_OF_DAY.format(moment="a.happened_at")} END AS happened_at
FROM activities a ANTI JOIN superseded s ON s.key = a.key
WHERE NOT a.deleted AND a.happened_at IS NOT NULL
    AND (NOT a.done OR a.kind = 'meeting') AND coalesce(a.outcome, '') <> 'canceled'"""

#: Which way a touch went, of a row that has its kind and direction.
WAY: Final = """{at}.kind IN ('call', 'meeting', 'note')
        OR coalesce({at}.direction, 'inbound') = 'inbound' AS two_way,
    {at}.direction IS DISTINCT FROM 'inbound' AS ours"""

#: What every table of touches has behind its group's key.
_TOUCH: Final = f"""h.key AS activity_key, h.kind, h.direction, h.outcome, h.happened_at,
    h.ends_at, h.duration_seconds, h.grade, h.automated, h.signals, h.due_at, h.note_due_at,
    {WAY.format(at="h")}"""
#: What a client wrote is nobody's of us.
THEIRS: Final = "{at}.direction = 'inbound' AND {at}.kind IN ('email', 'message')"


def kept_touches(table: str) -> str:
    """Read from what is kept (`rules.upkeep`): no table of its own."""
    return f"""SELECT t.group_key, t.activity_key, c.kind, c.direction, c.outcome, t.happened_at,
    t.happened_at + to_seconds(coalesce(t.duration_seconds, 0)) AS ends_at, t.duration_seconds,
    c.grade, c.automated, c.signals, t.due_at, t.note_due_at, c.two_way, c.ours, c.who
FROM {table} t JOIN classes c ON c.class = t.class WHERE c.happened"""


def kept_planned(table: str) -> str:
    return f"""SELECT t.group_key, c.kind, t.happened_at AS begins_at,
    CASE WHEN c.kind = 'meeting' THEN t.happened_at
        ELSE {END_OF_DAY.format(moment="t.happened_at")} END AS happened_at
FROM {table} t JOIN classes c ON c.class = t.class WHERE c.planned"""


#: Everybody whom a client has: the owners of the account and of its deals, with who leads them.
_CLIENT_PEOPLE: Final = """WITH every AS (
    SELECT a.key AS client_key, a.owner_key FROM accounts a {of_account} WHERE NOT a.deleted
    UNION SELECT coalesce(d.account_key, d.key), d.owner_key FROM deals d {of_deal}
        WHERE NOT d.deleted
)
SELECT e.client_key, p.key AS owner_key, p.manager_key, m.delegate_key
FROM every e JOIN people_now p ON p.key = e.owner_key
LEFT JOIN people_now m ON m.key = p.manager_key"""


def client_people(groups: str | None = None) -> str:
    """Return the SELECT of everybody whom a client has, of all or of those in a table of groups."""
    joins = ("a.key", "coalesce(d.account_key, d.key)")
    of_account, of_deal = (
        f"SEMI JOIN {groups} g ON g.group_key = {key}" if groups else "" for key in joins
    )
    return _CLIENT_PEOPLE.format(of_account=of_account, of_deal=of_deal)


def roles(links: str, client: str, activities: str, people: str = "client_people") -> str:
    """Return what everybody of a client's says of who did an activity, the nearest relation first.

    `links` names group_key, activity_key and the column `client`. A `lead` owns something of the
    client's and leads somebody who does, or is led by nobody; a `deputy` stands in for a manager.
    """
    return f"""SELECT l.group_key, l.activity_key, max(CASE
        WHEN h.owner_key = c.owner_key THEN 4
        WHEN h.owner_key = c.manager_key THEN 3
        WHEN o.manager_key = c.manager_key THEN 2
        ELSE 1 END) AS role,
    bool_or(h.owner_key = coalesce(c.manager_key, c.owner_key)) AS leads,
    bool_or(h.owner_key = c.delegate_key) AS stands_in
FROM {links} l
JOIN {activities} h ON h.key = l.activity_key AND h.owner_key IS NOT NULL
JOIN {people} c ON c.client_key = l.{client}
LEFT JOIN people_now o ON o.key = h.owner_key
GROUP BY l.group_key, l.activity_key"""


def who_of(activity: str, role: str) -> str:
    """Return who of us did an activity, told by a row of `roles`; NULL for what a client wrote."""
    return f"""CASE WHEN ({THEIRS.format(at=activity)}) OR {activity}.owner_key IS NULL THEN NULL
        WHEN {role}.role = 4 THEN CASE WHEN {role}.leads THEN 'lead' ELSE 'owner' END
        WHEN {role}.role = 3 THEN 'manager'
        WHEN {role}.stands_in THEN 'deputy'
        WHEN {role}.role = 2 THEN 'team' ELSE 'other' END"""


_TOUCHES_OF_CONTACT: Final = f"""SELECT l.group_key, {_TOUCH}, {who_of("h", "r")} AS who
FROM contact_links l
JOIN happened h ON h.key = l.activity_key
LEFT JOIN contact_roles r ON r.group_key = l.group_key AND r.activity_key = l.activity_key"""

_CONTACT_LINKS: Final = """SELECT DISTINCT l.activity_key, c.key AS group_key, c.client_key
FROM linked l JOIN contacts_now c ON c.key = l.target_key WHERE l.target = 'contact'"""

_TOUCHES_OF_OWNER: Final = f"""SELECT h.owner_key AS group_key, {_TOUCH}, 'owner' AS who
FROM happened h JOIN people_now o ON o.key = h.owner_key
WHERE NOT ({THEIRS.format(at="h")})"""


def own_touches(activities: str, said: str) -> str:
    """Return the SELECT of what people did, of the activities of a table and what they say."""
    return f"""SELECT h.owner_key AS group_key, {_TOUCH}, 'owner' AS who
FROM ({_with_said(activities, said)}) h
WHERE h.owner_key IS NOT NULL AND NOT ({THEIRS.format(at="h")})"""


_ITS_DEAL: Final = ("name", "stage_word", "state", "amount", "pipeline_word", "type", "fields")
_DEAL_COLUMNS: Final = ", ".join(f"d.{name} AS deal_{name}" for name in _ITS_DEAL)

_THEIR_DEALS: Final = deals(
    join="SEMI JOIN homes x ON x.deal_key = d.key", of_account=False, dated=False
)

#: Activities as records of their own. Its deal is the one it is linked to; of several, the newest.
_ACTIVITIES: Final = f"""WITH homes AS (
    SELECT b.activity_key, arg_max(d.key, (d.state = 'open', d.created_at)) AS deal_key
    FROM {{touches}}deal_touches b SEMI JOIN {{chosen}} h ON h.key = b.activity_key
    JOIN deals d ON d.key = b.group_key WHERE NOT d.deleted AND {{since}} GROUP BY b.activity_key
), clients AS (
    SELECT b.activity_key, arg_min(a.key, a.id) AS account_key
    FROM {{touches}}client_touches b SEMI JOIN {{chosen}} h ON h.key = b.activity_key
    JOIN accounts a ON a.key = b.group_key WHERE {{since}} GROUP BY b.activity_key
)
SELECT h.*, h.key AS activity_key, h.happened_at AS begun_at,
    d.key AS deal_key, {_DEAL_COLUMNS},
    c.key AS account_key, c.name AS account_name, c.fields AS account_fields,
    coalesce(c.key, d.client_key) AS client_key,
    o.key AS known_owner_key, o.name AS owner_name, o.manager_key
FROM {{chosen}} h
LEFT JOIN homes x ON x.activity_key = h.key
LEFT JOIN ({_THEIR_DEALS}) d ON d.key = x.deal_key
LEFT JOIN clients y ON y.activity_key = h.key
LEFT JOIN accounts c ON c.key = coalesce(d.account_key, y.account_key)
LEFT JOIN people_now o ON o.key = h.owner_key"""


def activities(chosen: str, since: str = "TRUE", touches: str = "") -> str:
    """Return the SELECT of activities as records, of those that are in the table `chosen`.

    Where an activity belongs is worked out for these alone; there are too many of them for all.
    `since` is what the moments `b.happened_at` of all of them have in common, `touches` what
    stands before the names of the tables of touches that all of them are in.
    """
    return _ACTIVITIES.format(chosen=chosen, since=since, touches=touches)


_ENTRIES: Final = """SELECT h.{group} AS group_key, h.happened_at,
    coalesce(s.word, h.stage) AS stage_word
FROM stage_entries h LEFT JOIN stage_words s ON s.stage = h.stage"""

#: A quote counts when it was made and, once presented, when it was changed last: a draft from
#: before a promise may well be what went out after it.
_QUOTES: Final = """SELECT deal_key AS group_key, happened_at,
    coalesce(presented, FALSE) AS presented
FROM proposals WHERE NOT deleted
UNION ALL SELECT deal_key, modified_at, TRUE FROM proposals WHERE NOT deleted AND presented"""

RELATIONS: Final[Mapping[str, Relation]] = {
    "people_now": Relation(_PEOPLE),
    "deals_now": Relation(deals(), ("people_now",), kept=False),
    "accounts_now": Relation(accounts(), ("people_now",), kept=False),
    "contacts_now": Relation(_CONTACTS, ("deals_now", "people_now")),
    "owners_now": Relation(_OWNERS, ("people_now",)),
    "ratings_now": Relation(_RATINGS, ("people_now",)),
    "linked": Relation(linked(f"({TWINS})"), kept=False),
    "superseded": Relation(SUPERSEDED, kept=False),
    "happened": Relation(_with_said(), ("superseded",), kept=False),
    "planned": Relation(_PLANNED, ("superseded",), kept=False),
    "client_people": Relation(client_people(), ("people_now",), kept=False),
    "contact_links": Relation(_CONTACT_LINKS, ("linked", "contacts_now")),
    "contact_roles": Relation(
        roles("contact_links", "client_key", "happened"),
        ("contact_links", "client_people", "happened", "people_now"),
    ),
    "touches_of_deal": Relation(kept_touches("deal_touches"), kept=False),
    "touches_of_account": Relation(kept_touches("client_touches"), kept=False),
    "touches_of_contact": Relation(_TOUCHES_OF_CONTACT, ("contact_links", "contact_roles")),
    "owner_touches": Relation(_TOUCHES_OF_OWNER, ("happened", "people_now"), kept=False),
    # filled when it is known how far back rules look (`evaluate.lay_facts`)
    "touches_of_owner": Relation(
        "SELECT * FROM owner_touches LIMIT 0", ("owner_touches",), kept=False
    ),
    "planned_of_deal": Relation(kept_planned("deal_touches"), kept=False),
    "planned_of_account": Relation(kept_planned("client_touches"), kept=False),
    "planned_of_contact": Relation(
        "SELECT l.group_key, p.kind, p.begins_at, p.happened_at "
        "FROM contact_links l JOIN planned p ON p.key = l.activity_key",
        ("contact_links", "planned"),
    ),
    "planned_of_owner": Relation(
        "SELECT p.owner_key AS group_key, p.kind, p.begins_at, p.happened_at FROM planned p "
        "WHERE p.owner_key IS NOT NULL",
        ("planned",),
        kept=False,
    ),
    "quotes_of_deal": Relation(_QUOTES, kept=False),
    "quotes_of_account": Relation(
        "SELECT coalesce(d.account_key, d.key) AS group_key, q.happened_at, q.presented "
        "FROM quotes_of_deal q JOIN deals d ON d.key = q.group_key WHERE NOT d.deleted",
        ("quotes_of_deal",),
        kept=False,
    ),
    "files_of_deal": Relation(FILES_OF_DEAL, ("touches_of_deal",), kept=False),
    "files_of_account": Relation(FILES_OF_ACCOUNT, ("touches_of_account",), kept=False),
    "stage_entries_of_deal": Relation(_ENTRIES.format(group="deal_key"), kept=False),
    "stage_entries_of_account": Relation(
        f"{_ENTRIES.format(group='client_key')} WHERE h.client_key IS NOT NULL", kept=False
    ),
    "activities_now": Relation(
        activities("happened"), ("happened", "deals_now", "people_now"), kept=False
    ),
}


def in_order(names: Iterable[str]) -> list[str]:
    """Return these tables and all they are built from, in the order in which to build them."""
    found: dict[str, None] = {}

    def add(name: str) -> None:
        for needed in RELATIONS[name].needs:
            add(needed)
        found.setdefault(name)

    for name in sorted(names):
        add(name)
    return list(found)


def statements(names: Iterable[str]) -> Iterator[str]:
    """Yield the statements that build these tables and all they are built from."""
    for name in in_order(names):
        yield RELATIONS[name].statement(name)
