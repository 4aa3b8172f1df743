"""The rows of the fault matrix that concern reading, each as it goes wrong over a real socket."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import format_datetime
from typing import Any

import pytest

from connectors.base import Connector
from connectors.errors import CrmError, Retriable, Unusable
from connectors.hubspot.reach import LATE
from connectors.simulator.exchange import Answer, Arrival
from connectors.simulator.faults import ActThenAnswer, Edit, Instead
from connectors.simulator.salesforce.schema import Field
from tests.faults.matrix import row
from tests.faults.world import LOGIN, World, founded, rows_of
from worker.passes import run_pass
from worker.pull import pull
from worker.report import degraded

JSON = {"content-type": "application/json;charset=UTF-8"}
SALESFORCE, HUBSPOT = ("salesforce",), ("hubspot",)
OAUTH = ("client_id", "client_secret", "refresh_token")


# -- what the rows have in common --------------------------------------------------------------


def when(world: World, stream: str = "activities") -> str:
    """The words of a script for what reads one stream."""
    feed = world.words.feeds[stream]
    if world.crm == "salesforce":
        return f"path: /queryAll, query: FROM {feed}"
    return f"path: /objects/{feed}"


def let(world: World, fault: str, stream: str = "activities", times: str = "always") -> None:
    """Let what reads one stream go wrong."""
    world.sim.script.add(f"- {{fault: {fault}, {when(world, stream)}, times: {times}}}")


def once(world: World, fault: str) -> None:
    """Let the third reading of records go wrong, once."""
    world.sim.script.add(f"- {{fault: {fault}, path: '{world.words.reads}', nth: 3}}")


def whole(world: World, connector: Connector | None = None) -> None:
    """With nothing wrong any more, the next pull makes the mirror equal to the CRM."""
    world.heal()
    world.later()
    done = world.pull(connector)
    assert not done.left
    assert world.seen() == world.truth()


def stays(world: World, connector: Connector, fault: Callable[[], None]) -> None:
    """A fault that lasts leaves one feed's mark where it was, and the others go on."""
    world.pull(connector)
    before = world.marks()
    feed = world.words.feeds["activities"]
    world.later()
    world.add("activities", "Dogwood")
    world.later()
    fault()
    done = world.pull(connector)
    assert {one.what.removesuffix(LATE) for one in done.left} == {feed}
    after = world.marks()
    assert after[feed] == before[feed]
    assert after[world.words.feeds["deals"]] > before[world.words.feeds["deals"]]
    whole(world, connector)


def by_oauth(world: World) -> Connector:
    """A connector that can log in anew; both CRMs have one."""
    if world.crm == "salesforce":
        return world.connect()
    said = {name: getattr(world.made, name) for name in OAUTH}
    return world.connect(access_token=None, **said)


# -- B1: start, login, transport ---------------------------------------------------------------


@row("F01")
def a_wrong_secret_is_told_and_not_tried_again(world: World) -> None:
    """One login, no data, nothing in the mirror."""
    name = "client_secret" if world.crm == "salesforce" else "access_token"
    with pytest.raises(Unusable):
        world.pull(**{name: "a wrong one"})
    assert len(world.sim.requests) <= 2
    assert world.marks() == {}


@row("F02")
def a_token_that_ends_in_the_middle_is_renewed(world: World) -> None:
    """Once, and the very same request is made again; nobody notices."""
    connector = by_oauth(world)
    once(world, "status, status: 401")
    assert not world.pull(connector).left
    assert world.asked(LOGIN) == 2
    (lost,) = [one for one in world.sim.requests if one.status == 401]
    again = [
        one for one in world.sim.requests if one.number > lost.number and LOGIN not in one.path
    ]
    assert (again[0].method, again[0].path, again[0].query) == (lost.method, lost.path, lost.query)
    assert world.seen() == world.truth()


@row("F03")
def tokens_refused_for_ever_cost_three_logins_at_most(world: World) -> None:
    """Though every login succeeds."""
    connector = by_oauth(world)
    world.sim.script.add(
        f"- {{fault: status, status: 401, path: '{world.words.reads}', times: always}}"
    )
    with pytest.raises(Unusable):
        world.pull(connector)
    assert world.asked(LOGIN) <= 3


@row("F04")
def a_401_in_any_form_is_a_401(world: World) -> None:
    """As a page, or as an object where a list is usual."""
    for body in ("html, status: 401", "body, status: 401, text: '{}'"):
        connector = by_oauth(world)
        once(world, body)
        assert not world.pull(connector).left
        world.heal()
    world.sim.script.add(
        f"- {{fault: html, status: 401, path: '{world.words.reads}', times: always}}"
    )
    with pytest.raises(Unusable):
        world.pull(by_oauth(world))


@row("F05", crms=HUBSPOT)
def a_401_does_not_mean_that_the_token_has_expired(world: World) -> None:
    """One forced login, and the rest of the run uses it."""
    connector = by_oauth(world)
    world.clock.later(minutes=2)
    once(world, "status, status: 401")
    assert not world.pull(connector).left
    assert world.asked(LOGIN) == 2


@row("F07")
def another_org_is_refused_before_anything_is_read(world: World) -> None:
    """Both ids are named."""
    world.run()
    other = "hubspot" if world.crm == "salesforce" else "salesforce"
    with founded(other, world.home) as second:
        with pytest.raises(Exception, match=str(second.connect().identity().org_id)) as told:
            second.run()
        assert world.connect().identity().org_id in str(told.value)
        data = "/queryAll" if other == "salesforce" else "/objects/"
        assert second.asked(data) == 0


@row("F09")
def a_stream_that_is_forbidden_is_not_empty(world: World) -> None:
    """Rules that need it are not evaluable, and say what to grant; nothing is found."""
    first = world.run()
    assert first.evaluation.judged, first.evaluation.not_evaluable
    world.later()
    code = "INSUFFICIENT_ACCESS" if world.crm == "salesforce" else "MISSING_SCOPES"
    feed = "query: FROM Event" if world.crm == "salesforce" else "path: /objects/calls"
    world.sim.script.add(f"- {{fault: status, status: 403, code: {code}, times: always, {feed}}}")
    done = world.run()
    assert not done.evaluation.judged
    assert [one.rule for one in done.evaluation.not_evaluable] == ["won-no-follow-up"]
    assert not done.plan.creates
    world.heal()
    world.later()
    assert world.run().evaluation.judged


@row("F10", crms=SALESFORCE)
def a_403_may_be_a_limit(world: World) -> None:
    """Salesforce says so by its code; nothing is called forbidden."""
    connector = world.connect()
    world.pull(connector)
    world.later()
    let(world, "status, status: 403, code: REQUEST_LIMIT_EXCEEDED")
    done = world.pull(connector)
    assert "Task" in [one.what for one in done.left]
    assert not [spot for spot in done.blind_spots if spot.field is None]
    whole(world, connector)


@contextmanager
def _stranger() -> Iterator[tuple[str, Callable[[], bool]]]:
    """Another server: its address, and whether anybody has come."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def was_asked() -> bool:
            try:
                server.accept()[0].close()
            except TimeoutError:
                return False
            return True

        yield f"http://127.0.0.1:{server.getsockname()[1]}", was_asked


@row("F13")
def a_redirect_is_not_followed(world: World) -> None:
    """The other server gets no byte, and the mark does not move."""
    connector = world.connect()
    world.pull(connector)
    before = world.marks()
    with _stranger() as (url, was_asked):
        for status in (302, 307):
            world.later()
            let(world, f"redirect, status: {status}, to: '{url}/x'", stream="accounts")
            with pytest.raises(Unusable):
                world.pull(connector)
            world.heal()
        assert not was_asked()
    feed = world.words.feeds["accounts"]
    assert world.marks()[feed] == before[feed]
    whole(world, connector)


@row("F14", crms=SALESFORCE)
def a_next_page_that_leads_elsewhere_is_not_asked_for(world: World) -> None:
    """Whatever Salesforce, or somebody in its place, calls the next page."""
    connector = world.connect()
    with _stranger() as (url, was_asked):
        leads = [f"{url}/services/data/v62.0/query/1-2000", "/services/data/v62.0/../x", "@evil/x"]
        for place in leads:
            world.fault = _edit(
                "FROM Task", lambda page, to=place: {**page, "done": False, "nextRecordsUrl": to}
            )
            done = world.pull(connector)
            assert "Task" in [one.what for one in done.left]
            assert "Task" not in world.marks()
        assert not was_asked()
    whole(world, connector)


def _edit(part: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Let the pages of some requests be changed on their way."""

    def edited(answer: Answer) -> Answer:
        headers = tuple(h for h in answer.headers if h[0].lower() != "content-length")
        body = json.dumps(change(json.loads(answer.body))).encode()
        return Answer(status=answer.status, headers=headers, body=body)

    return lambda _number, call: Edit(change=edited) if part in _plain(call) else None


def _plain(call: Arrival) -> str:
    return (call.path + "?" + call.query).replace("+", " ").replace("%20", " ")


@row("F16")
def a_crm_that_cannot_be_reached_is_tried_a_while(world: World) -> None:
    """With growing waits, five times; then the run ends and nothing has moved."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(Retriable):
        world.pull(base_url=closed)
    assert len(world.waits) == 4
    assert world.marks() == {}


def _lost(id: str, *faults: str) -> None:
    """A row in which a read is lost once: it is repeated, and nobody notices."""

    def run(world: World) -> None:
        connector = world.connect(read_timeout=1.0)
        world.pull(connector)
        for fault in faults:
            world.later()
            world.add("deals", fault)
            world.later()
            before = len(world.sim.requests)
            once(world, fault)
            assert not world.pull(connector).left
            lost = [one for one in world.sim.requests[before:] if one.fault]
            assert len(lost) == 1
            assert world.seen() == world.truth()
            world.heal()

    run.__name__ = "a_read_is_repeated_after_" + faults[0].partition(",")[0].replace("-", "_")
    row(id)(run)


_lost("F17", "timeout, seconds: 1.5")
_lost("F18", "timeout-after, seconds: 1.5")
_lost("F19", "reset", "reset-after", "close", "close-after")
_lost("F20", "truncated, bytes: 40")
_lost("F29", *(f"status, status: {status}" for status in (500, 502, 503, 504)))


@row("F20")
def a_page_that_is_always_cut_is_never_stored(world: World) -> None:
    """The others are; the next pull makes up for it."""
    stays(world, world.connect(), lambda: let(world, "truncated, bytes: 40"))


@row("F21")
def a_drip_is_cut_at_the_deadline(world: World) -> None:
    """However many bytes have come by then."""
    connector = world.connect(deadline=0.5)
    once(world, "drip, bytes: 1, seconds: 0.1")
    assert not world.pull(connector).left
    assert world.seen() == world.truth()


@row("F22")
def a_page_of_html_is_no_page_of_records(world: World) -> None:
    """Wherever it comes, the mark does not move past it."""
    stays(world, world.connect(), lambda: let(world, "html"))


@row("F22")
def html_at_any_request_is_noticed(world: World) -> None:
    """One request after the other; each time the mirror is the CRM in the end."""
    connector = world.connect()
    world.pull(connector)
    world.later()
    before = len(world.sim.requests)
    world.pull(connector)
    for place in range(1, len(world.sim.requests) - before + 1, 4):
        world.later()
        world.rename(min(world.truth()["deals"]), f"at {place}")
        world.later()
        world.sim.script.add(f"- {{fault: html, nth: {place}}}")
        assert not world.pull(connector).left
        assert world.sim.script.entries[0].played == 1
        assert world.name_of(min(world.truth()["deals"])) == f"at {place}"
        world.heal()


# -- B2: limits and errors of the server -------------------------------------------------------


@row("F25")
def a_server_is_waited_for_as_long_as_it_asks(world: World) -> None:
    """In seconds or as a date; not backwards, not for nonsense, a quarter of an hour at most."""
    at = format_datetime(world.clock.now + dt.timedelta(seconds=30), usegmt=True)
    longest = 10.0 if world.crm == "hubspot" else 0.0
    connector = world.connect()
    for said, least, most in (
        ("7", 7, 8),
        (at, 30, 31),
        ("315360000", 900, 901),
        ("-5", longest, longest + 1),
        ("soon", longest, longest + 1),
    ):
        world.waits.clear()
        once(world, f"status, status: 429, retry_after: '{said}'")
        assert not world.pull(connector).left
        assert any(least <= wait <= most for wait in world.waits), (said, world.waits)
        world.heal()


@row("F26", crms=HUBSPOT)
def a_limit_without_a_word_is_waited_for_by_its_name(world: World) -> None:
    """Ten seconds, or one."""
    connector = world.connect()
    for policy, least in (("TEN_SECONDLY_ROLLING", 10), ("SECONDLY", 1)):
        world.waits.clear()
        once(world, f"status, status: 429, policy: {policy}")
        assert not world.pull(connector).left
        assert any(least <= wait <= least + 1 for wait in world.waits), world.waits
        world.heal()


@row("F26", crms=SALESFORCE)
def a_limit_without_a_word_is_waited_for_a_little(world: World) -> None:
    """Salesforce has no names for its limits."""
    once(world, "status, status: 429")
    assert not world.pull().left
    assert len(world.waits) == 1


@row("F27", crms=SALESFORCE, daily_calls=500)
@row("F27", crms=HUBSPOT, daily=1950)
def our_share_of_the_day_is_never_exceeded(world: World) -> None:
    """Counted over runs: what does not fit is left, and no cursor is lost."""
    most = 0.2 * 0.7 * (500 if world.crm == "salesforce" else 1950)
    left: list[str] = []
    while not left:
        done = world.run()
        assert done.pulled is not None
        left = [one.what for one in done.pulled.left]
    assert any("left for a later pull" in line for line in degraded(done))
    assert len(world.sim.requests) - world.asked(LOGIN) <= most + 9  # what tells how much was used
    with world.desk() as desk:
        marks = desk.mirror.complete_until()
    world.later()
    for _ in range(3):  # what writing needs is asked with the rest of our share, and no more
        done = world.run()
        assert done.pulled is not None
        left = [one.what for one in done.pulled.left]
        assert left == ["everything"] or not done.pulled.feeds
        assert done.pulled.read_until == marks
    assert len(world.sim.requests) - world.asked(LOGIN) <= most / 0.7
    world.clock.later(hours=25)
    done = world.run()
    assert done.pulled is not None
    assert done.pulled.feeds


@row("F27")
def what_is_decided_is_written_when_reading_has_to_wait(world: World) -> None:
    """With what reads leave of our share; what was read stays, and is used for two hours."""
    sold = world.sell(min(world.truth()["deals"]))
    world.clock.later(days=9)
    assert not [world.run() for _ in range(3)][-1].rebuilding  # what is left of more is more
    spent = len(world.sim.requests) - world.asked(LOGIN)
    world.allow(round(spent / 0.14))
    world.later()
    done = world.run(write=True)
    assert done.pulled is not None
    assert not done.pulled.feeds
    assert [one.about.record_id for one in done.applied.written] == [sold]
    assert [str(one.state) for one in done.applied.written] == ["acked"]
    assert "today's share" in degraded(done)[0] or "share of the daily" in degraded(done)[0]
    world.clock.later(hours=3)
    assert not world.run(write=True).evaluation.judged


@row("F27")
def a_day_that_is_used_up_ends_the_reading(world: World) -> None:
    """Nothing more is asked for, and every cursor stays where it was."""
    connector = world.connect()
    world.pull(connector)
    before = world.marks()
    world.later()
    said = "code: REQUEST_LIMIT_EXCEEDED, status: 403"
    let(world, f"status, {said if world.crm == 'salesforce' else 'status: 429, policy: DAILY'}")
    done = world.pull(connector)
    last = world.sim.requests[-1]
    assert last.fault == "Instead"
    left = {one.what for one in done.left}
    assert world.words.feeds["activities"] in left
    assert {name for name, mark in world.marks().items() if mark == before[name]} == left
    whole(world, connector)


@row("F28")
def what_others_spend_counts_too(world: World) -> None:
    """Reading stops when the org as a whole has used nine tenths of its day."""
    connector = world.connect()
    world.pull(connector)
    world.later()

    def drained(answer: Answer) -> Answer:
        told = (
            (("sforce-limit-info", "api-usage=95000/100000"),)
            if world.crm == "salesforce"
            else (
                ("x-hubspot-ratelimit-daily", "100000"),
                ("x-hubspot-ratelimit-daily-remaining", "5000"),
            )
        )
        names = {name for name, _ in told}
        kept = tuple(h for h in answer.headers if h[0].lower() not in names)
        return replace(answer, headers=(*kept, *told))

    world.fault = lambda _number, call: (
        Edit(change=drained)
        if "deals" in call.path.lower() or "FROM Opportunity WHERE" in _plain(call)
        else None
    )
    done = world.pull(connector)
    assert done.left
    whole(world, world.connect())


@row("F29")
def an_overload_that_lasts_leaves_its_feed(world: World) -> None:
    """After five attempts; the others go on."""
    stays(world, world.connect(), lambda: let(world, "status, status: 503"))
    assert len(world.waits) >= 4


@row("F34", crms=SALESFORCE, many=420)
def a_cursor_that_is_gone_starts_its_window_again(world: World) -> None:
    """Rows come twice, and are stored once."""
    connector = world.connect(page_size=200)
    world.sim.script.add(
        "- {fault: status, status: 400, code: INVALID_QUERY_LOCATOR, path: /queryAll/}\n"
        "- {fault: status, status: 400, code: INVALID_QUERY_LOCATOR, path: /query/}"
    )
    assert not world.pull(connector).left
    assert world.seen() == world.truth()


WIDE = tuple(Field(name=f"Wide_field_number_{n:04}__c", type="string") for n in range(800))


@row("F36", crms=SALESFORCE, extra_fields={"Opportunity": WIDE})
def more_fields_than_an_address_has_room_for(world: World) -> None:
    """They are asked for in parts, and every part of every record arrives; later changes, too."""
    names = [one.name for one in WIDE]
    record = min(world.truth()["deals"])
    world.made.update("Opportunity", record, {names[0]: "first", names[-1]: "last"})
    world.later()
    connector = world.connect(custom_fields={"deals": tuple(names)})
    sql = "SELECT fields[?], fields[?] FROM deals WHERE id = ?"
    values = [names[0], names[-1], record]
    world.pull(connector)
    assert world.seen() == world.truth()
    assert world.mirror.connection.execute(sql, values).fetchall() == [("first", "last")]
    world.made.update("Opportunity", record, {names[-1]: "changed"})
    whole(world, connector)
    assert world.mirror.connection.execute(sql, values).fetchall() == [("first", "changed")]
    assert not [one for one in world.sim.requests if one.status == 414]


@row("F39", crms=HUBSPOT)
def a_batch_that_answers_for_some_only_loses_none(world: World) -> None:
    """207 is judged by its errors: what has no answer is not taken for gone."""
    connector = world.connect()
    world.pull(connector)
    for record in world.truth()["deals"]:
        world.rename(record, "Renamed")
    world.later()
    world.sim.script.add("- {fault: partial, path: /batch/read, times: always}")
    with contextlib.suppress(CrmError):
        world.pull(connector)
    assert world.seen()["deals"] == world.truth()["deals"]
    whole(world, connector)
    assert {world.name_of(one) for one in world.truth()["deals"]} == {"Renamed"}


@row("F40")
def a_crm_that_is_down_is_soon_left_alone(world: World) -> None:
    """No feed after the second that failed is even asked for."""
    connector = world.connect()
    world.pull(connector)
    world.later()
    before = len(world.sim.requests)
    world.sim.script.add(
        f"- {{fault: status, status: 503, path: '{world.words.reads}', times: always}}"
    )
    with pytest.raises(Retriable):
        world.pull(connector)
    assert len(world.sim.requests) - before <= 2 * 5 + 5
    whole(world, connector)


@row("F40")
def a_crm_that_is_down_is_left_alone_by_the_next_process_too(world: World) -> None:
    """A minute, then two; a person may try at once, and whoever gets through ends it."""

    def scheduled(command: str = "run") -> int:
        before = len(world.sim.requests)
        with contextlib.suppress(Retriable):
            world.run(command=command)
        return len(world.sim.requests) - before

    assert scheduled() > 0
    world.later()
    world.sim.script.add("- {fault: status, status: 503, times: always}")
    assert scheduled() > 0
    world.clock.later(seconds=59)
    assert scheduled() == 0
    assert any("is left alone until" in line for line in world.status().look_at)
    world.clock.later(seconds=2)
    assert scheduled() > 0
    world.clock.later(seconds=90)
    assert scheduled() == 0
    assert scheduled("once") > 0
    world.clock.later(seconds=239)
    assert scheduled() == 0
    world.heal()
    assert scheduled("once") > 20
    assert scheduled() > 20
    assert not any("left alone" in line for line in world.status().look_at)
    world.sim.script.add("- {fault: status, status: 429, times: always}")  # which is an answer
    assert scheduled() > 0
    assert scheduled() > 0


# -- B3: pull, parse, mirror, watermark --------------------------------------------------------


@row("F41")
def rows_that_come_twice_are_stored_once(world: World) -> None:
    """On one page, or on two."""
    world.sim.script.add(f"- {{fault: rows-twice, path: '{world.words.reads}', times: always}}")
    world.pull()
    assert world.seen() == world.truth()
    world.mirror.check_keys()
    stored = world.mirror.connection.execute("SELECT count(*) FROM deals").fetchall()
    assert stored == [(3,)]


@row("F42", many=420)
def records_that_change_while_pages_are_read(world: World) -> None:
    """Seen twice is fine; none is missed, and each has its last name in the end."""
    connector = world.connect(page_size=200)
    kind = world.words.accounts
    name = "Name" if world.crm == "salesforce" else "name"
    second = "/queryAll/, nth: 1" if world.crm == "salesforce" else f"/objects/{kind}, nth: 3"
    world.sim.script.add(
        f"- {{fault: change, object: {kind}, values: {{{name}: Yew}}, path: {second}}}\n"
        + (
            f"- {{fault: change, object: {kind}, values: {{{name}: Yew}}, path: /query/}}"
            if world.crm == "salesforce"
            else ""
        )
    )
    world.pull(connector)
    assert sum(entry.played for entry in world.sim.script.entries) >= 1
    assert world.seen()["accounts"] == world.truth()["accounts"]
    whole(world, connector)
    names = world.mirror.connection.execute("SELECT DISTINCT name FROM accounts").fetchall()
    assert names == [("Yew",)]


@row("F43", many=420)
def more_rows_of_one_moment_than_a_page_holds(world: World) -> None:
    """All were made, and then all changed, at the same moment."""
    connector = world.connect(page_size=200)
    world.pull(connector)
    assert world.seen() == world.truth()
    kind = world.words.accounts
    name = "Name" if world.crm == "salesforce" else "name"
    world.later()
    world.sim.script.change(kind, None, {name: "Yew"})
    whole(world, connector)
    names = world.mirror.connection.execute("SELECT DISTINCT name FROM accounts").fetchall()
    assert names == [("Yew",)]


@row("F44")
def what_every_window_missed_is_found_within_a_day(world: World) -> None:
    """A record that is not there, and one of which an older version is."""
    connector = world.connect()
    world.clock.later(hours=2)  # no window reaches back to when they were made
    world.pull(connector)
    missing, stale, _ = sorted(world.truth()["deals"])
    run = world.mirror.connection.execute
    run("DELETE FROM deals WHERE id = ?", [missing])
    run(
        "UPDATE deals SET name = 'Old', modified_at = modified_at - INTERVAL 1 HOUR WHERE id = ?",
        [stale],
    )
    world.later()
    assert world.pull(connector).swept == ()
    world.clock.later(hours=25)
    done = world.pull(connector)
    (swept,) = [one for one in done.swept if one.stream == "deals"]
    assert (swept.repaired, swept.deleted, swept.hidden) == (2, 0, 0)
    assert not any(one.repaired for one in done.swept if one.stream == "activities")
    assert world.seen() == world.truth()
    assert world.name_of(stale) != "Old"
    world.clock.later(hours=25)
    assert not any(one.repaired or one.hidden for one in world.pull(connector).swept)


@row("F44")
def rules_about_what_is_missing_wait_for_a_sweep(world: World) -> None:
    """When none has come through for 26 hours they are not evaluable; then they are again."""
    world.run()
    listed = (
        "query: SystemModstamp FROM Opportunity WHERE"
        if world.crm == "salesforce"
        else "path: /objects/deals, query: archived=false"
    )
    world.sim.script.add(f"- {{fault: status, status: 503, {listed}, times: always}}")
    world.clock.later(hours=25)
    done = world.run()
    assert done.evaluation.judged
    assert any(line.startswith("sweep of deals was left") for line in degraded(done))
    world.clock.later(hours=2)
    done = world.run()
    assert "last compared with the CRM" in done.evaluation.not_evaluable[0].why
    assert not done.evaluation.judged
    world.heal()
    assert world.run().evaluation.judged


@row("F49")
def what_is_not_listed_is_deleted_only_if_the_crm_says_so(world: World) -> None:
    """A record whose deletion no window told of goes; one that nobody knows stays as it was."""
    record = min(world.truth()["deals"])
    world.pull()
    world.later()
    world.remove(record)
    for _ in range(2):  # until no window reaches back to the deletion
        world.clock.later(hours=2)
        world.pull()
    run = world.mirror.connection.execute
    run("UPDATE deals SET deleted = FALSE WHERE id = ?", [record])
    ghost = record[:-4] + "9999" if world.crm == "hubspot" else "006Ft00000000ZZIAA"
    run("CREATE TEMP TABLE ghost AS SELECT * FROM deals WHERE id = ?", [record])
    run("UPDATE ghost SET id = ?, key = md5_number_lower(?)", [ghost, ghost])
    run("INSERT INTO deals SELECT * FROM ghost")
    world.clock.later(hours=25)
    (swept,) = [one for one in world.pull().swept if one.stream == "deals"]
    if world.crm == "hubspot":  # what it has under no id is gone there for good
        assert (swept.repaired, swept.deleted, swept.hidden) == (0, 2, 0)
        assert world.seen()["deals"] == world.truth()["deals"]
    else:
        assert (swept.repaired, swept.deleted, swept.hidden) == (0, 1, 1)
        assert world.seen()["deals"] == world.truth()["deals"] | {ghost}


@row("F49", crms=SALESFORCE)
def much_that_is_hidden_at_once_stops_what_is_new(world: World) -> None:
    """The next passes say so and hold what is new back, until somebody has said yes."""
    with world.desk() as desk:
        run_pass(desk, "once", read=True, write=True)
    world.clock.later(hours=26)
    with world.desk() as desk:
        run = desk.mirror.connection.execute
        run(
            "CREATE TEMP TABLE ghosts AS SELECT d.* REPLACE (left(id, 12) || 'ZZ' || i || 'IAA' "
            "AS id) FROM (SELECT * FROM deals LIMIT 1) d, range(6) r(i)"
        )
        run("INSERT INTO deals SELECT * REPLACE (md5_number_lower(id) AS key) FROM ghosts")
        said = run_pass(desk, "once", read=True, write=True).plan.look_at
        assert any("deals are no longer shown to this account" in one for one in said), said
        again = run_pass(desk, "once", read=True, write=True).plan.look_at
    assert any("Nothing new is written until somebody says yes" in one for one in again)


@row("F45", crms=HUBSPOT, index_lag=dt.timedelta(minutes=10))
def a_change_that_the_index_does_not_show_yet(world: World) -> None:
    """It comes with a later window, which begins before its stamp."""
    connector = world.connect()
    world.clock.later(hours=2)  # what repairs reads no window in which the records were made
    world.pull(connector)
    record = min(world.truth()["deals"])
    world.clock.later(minutes=6)
    world.rename(record, "Renamed")
    world.clock.later(minutes=8)
    world.pull(connector)
    world.clock.later(minutes=4)
    world.pull(connector)
    assert world.name_of(record) == "Renamed"


@row("F47")
def a_clock_that_differs_is_told_and_bounds_nothing_of_ours(world: World) -> None:
    """Windows go by the CRM's Date; when it comes back, what was passed over is read."""
    for seconds in (3600, -3600):
        world.sim.script.add(f"- {{fault: skew, seconds: {seconds}, times: always}}")
        done = world.run()
        assert done.identity.server_now == world.clock.now + dt.timedelta(seconds=seconds)
        assert any("this machine's clock is 60 minutes" in line for line in degraded(done))
        record = min(world.truth()["deals"])
        world.later()
        world.rename(record, f"after {seconds}")
        world.heal()
        world.later()
        assert not any("clock" in line for line in degraded(world.run()))
        with world.desk() as desk:
            sql = "SELECT name FROM deals WHERE id = ?"
            found = desk.mirror.connection.execute(sql, [record]).fetchall()
        assert found == [(f"after {seconds}",)]


@row("F47")
def a_clock_that_jumps_in_the_middle_of_a_run_loses_nothing(world: World) -> None:
    """By more than a window is wide, ahead and back; the run's own moment is that of its start."""
    connector = world.connect()
    world.pull(connector)
    record = min(world.truth()["deals"])
    for seconds in (1500, -1500):
        world.later()
        world.rename(record, f"within {seconds}")
        world.sim.script.add(f"- {{fault: skew, seconds: {seconds}, nth: 4, times: always}}")
        assert not world.pull(connector).left
        world.later()
        world.rename(record, f"after {seconds}")
        whole(world, connector)
        assert world.name_of(record) == f"after {seconds}"
        assert max(world.marks().values()) <= world.clock.now


@row("F48")
def a_deleted_record_is_gone(world: World) -> None:
    """It comes marked, in the window in which it was deleted."""
    connector = world.connect()
    world.pull(connector)
    record = min(world.truth()["deals"])
    world.later()
    world.remove(record)
    whole(world, connector)
    assert record not in world.seen()["deals"]


@row("F51")
def a_field_that_is_hidden_is_not_empty(world: World) -> None:
    """It is named, with what to grant, and its feed is read afresh when it comes back."""
    world.pull()
    hidden = {"salesforce": "Opportunity.CloseDate", "hubspot": "deals.closedate"}[world.crm]
    world.made.hidden = frozenset({hidden})
    world.later()
    done = world.pull()
    assert ("deals", "close_date") in {(spot.stream, spot.field) for spot in done.blind_spots}
    world.made.hidden = frozenset()
    world.later()
    again = {feed.feed for feed in world.pull().feeds if feed.first_time}
    assert again == {world.words.feeds["deals"]}


@row("F52")
def a_field_that_a_rule_wants_anew_is_read_of_every_record(world: World) -> None:
    """Old rows do not have it, so their feed begins at the beginning."""
    world.pull()
    world.later()
    name = {"salesforce": "LeadSource", "hubspot": "description"}[world.crm]
    record = min(world.truth()["deals"])
    world.made.update(world.words.deals, record, {name: "Web"})
    world.clock.later(days=2)
    world.pull()
    done = world.pull(custom_fields={"deals": (name,)})
    assert {f.feed for f in done.feeds if f.first_time} == {world.words.feeds["deals"]}
    sql = "SELECT fields[?] FROM deals WHERE id = ?"
    found = world.mirror.connection.execute(sql, [name, record]).fetchall()
    assert "Web" in str(found)


FORMULA = Field(name="Margin__c", type="double", calculated=True, createable=False)


@row("F53", crms=SALESFORCE, extra_fields={"Opportunity": (FORMULA,)})
def a_formula_that_changes_without_a_stamp(world: World) -> None:
    """No window sees it; the daily sweep does, and counts nothing as missed."""
    connector = world.connect(custom_fields={"deals": (FORMULA.name,)})
    record = min(world.truth()["deals"])
    sql, values = "SELECT fields[?] FROM deals WHERE id = ?", [FORMULA.name, record]
    world.made.recalculate("Opportunity", record, {FORMULA.name: 12.5})
    world.pull(connector)
    world.clock.later(hours=2)
    world.made.recalculate("Opportunity", record, {FORMULA.name: 20})
    world.pull(connector)
    assert world.mirror.connection.execute(sql, values).fetchall() == [("12.5",)]
    world.clock.later(hours=25)
    swept = world.pull(connector).swept
    assert world.mirror.connection.execute(sql, values).fetchall() == [("20",)]
    assert not any(one.repaired for one in swept)


@row("F54", crms=SALESFORCE)
def archived_activities_are_read(world: World) -> None:
    """Else somebody who called last year would never have called."""
    calls = world.truth()["activities"]
    world.clock.later(days=400)
    assert world.made.archive() == len(calls)
    world.pull()
    assert world.seen()["activities"] == calls


@row("F55")
def nothing_is_written_before_all_was_read_once(world: World) -> None:
    """A worker without its mirror may not know what a client has been told."""
    wanted = "query: FROM Event" if world.crm == "salesforce" else "path: /objects/notes, nth: 2"
    fault = f"- {{fault: status, status: 503, times: always, {wanted}}}"
    world.sim.script.add(fault)
    done = world.run()
    assert done.rebuilding
    assert any(line.startswith("rebuilding") for line in degraded(done))
    world.heal()
    world.later()
    assert not world.run().rebuilding
    world.sim.script.add(fault)
    world.later()
    done = world.run()
    assert done.pulled is not None
    assert done.pulled.left
    assert not done.rebuilding


@row("F55", many=420)
def a_page_that_never_comes_stops_its_feed_only(world: World) -> None:
    """Earlier pages stay, the mark does not move, and no rule judges what is half there."""
    connector = world.connect(page_size=200)
    if world.crm == "salesforce":
        world.sim.script.add(
            "- {fault: status, status: 503, path: /queryAll/, nth: 2, times: always}\n"
            "- {fault: status, status: 503, path: /query/, nth: 2, times: always}"
        )
    else:
        world.sim.script.add(
            "- {fault: status, status: 503, path: /objects/companies, query: after, nth: 2, "
            "times: always}"
        )
    done = world.pull(connector)
    assert [one.what for one in done.left] == [world.words.feeds["accounts"]]
    assert len(world.seen()["accounts"]) == (400 if world.crm == "salesforce" else 200)
    assert "accounts" not in world.mirror.complete_until()
    whole(world, connector)


BAD_JSON = (
    '{"done": true, "totalSize": 1, "records": [{"a": NaN}], "results": []}',
    '{"done": true, "done": true, "totalSize": 0, "records": [], "results": []}',
    '{"done": true, "totalSize": %s, "records": [], "results": []}' % ("9" * 5000),
    '{"done": true, "totalSize": 0, "records": [], "results": [], "deep": %s}'
    % ("[" * 2000 + "]" * 2000),
)


@row("F56")
def json_that_is_none_is_not_believed(world: World) -> None:
    """NaN, a key twice, a number of 5,000 digits, a depth that breaks readers."""
    connector = world.connect()
    world.pull(connector)
    before = world.marks()
    feed = world.words.feeds["activities"]
    part = f"FROM {feed}" if world.crm == "salesforce" else f"/objects/{feed}"
    for body in BAD_JSON:
        world.later()
        bad = Instead(status=200, body=body, headers=JSON)
        world.fault = lambda _number, call, bad=bad: bad if part in _plain(call) else None
        done = world.pull(connector)
        assert {one.what.removesuffix(LATE) for one in done.left} == {feed}, body[:60]
        assert world.marks()[feed] == before[feed]
    whole(world, connector)


@row("F57")
def characters_that_break_stores_are_cleaned(world: World) -> None:
    """A NUL goes, half a character is marked as one that is not known."""

    def spoiled(answer: Answer) -> Answer:
        headers = tuple(h for h in answer.headers if h[0].lower() != "content-length")
        body = answer.body.replace(b'"Alder"', b'"Al\\u0000der\\ud800"')
        return Answer(status=answer.status, headers=headers, body=body)

    world.fault = lambda _number, call: Edit(change=spoiled)
    assert not world.pull().left
    names = world.mirror.connection.execute("SELECT name FROM deals ORDER BY name").fetchall()
    assert names[0] == ("Alder\N{REPLACEMENT CHARACTER}",)


@row("F59")
def an_older_version_does_not_come_back(world: World) -> None:
    """A page out of a cache, after the newer one was read."""
    connector = world.connect()
    part = "FROM Opportunity WHERE" if world.crm == "salesforce" else "/objects/deals?"
    kept: list[bytes] = []

    def keep(answer: Answer) -> Answer:
        if rows_of(answer.body):
            kept.append(answer.body)
        return answer

    world.fault = lambda _number, call: Edit(change=keep) if part in _plain(call) else None
    world.pull(connector)
    assert kept
    record = min(world.truth()["deals"])
    world.later()
    world.rename(record, "Newer")
    whole(world, connector)
    old = ActThenAnswer(status=200, body=kept[-1], headers=JSON)
    anew = world.connect(
        custom_fields={"deals": ("LeadSource" if world.crm == "salesforce" else "description",)}
    )
    world.fault = lambda _number, call: (
        old if part in _plain(call) and "limit=1&" not in _plain(call) + "&" else None
    )
    world.pull(anew)
    world.heal()
    assert world.name_of(record) == "Newer"


class Crash(BaseException):
    """The process ends here."""


@row("F60")
@row("F61")
def a_crash_at_any_feed_is_made_up_for(world: World) -> None:
    """Between a page and its mark: the mark has not moved, and the next pull reads the same."""
    feeds = [feed.name for feed in world.connect().feeds()]
    for place in range(0, len(feeds), 3):
        world.later()
        world.rename(min(world.truth()["deals"]), f"before {place}")
        world.later()
        before = world.marks()

        def crash(feed: str, rows: int, at: str = feeds[place]) -> None:
            if feed == at:
                raise Crash

        connector = world.connect()
        try:
            pull(connector, world.mirror, connector.identity().server_now, crash)
        except Crash:
            assert world.marks().get(feeds[place]) == before.get(feeds[place])
        whole(world)
        assert world.name_of(min(world.truth()["deals"])) == f"before {place}"
