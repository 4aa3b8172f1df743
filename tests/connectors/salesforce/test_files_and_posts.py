"""Reports as files beside a record; alerts as posts where nothing else will do. Real sockets."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connectors.base import Attaches, Attachment
from connectors.model import Alert, Verdict
from connectors.simulator.faults import ActThenDrop

KEY = "ft_" + "a" * 26


def report(company: Any, **changes: Any) -> Attachment:
    values: dict[str, Any] = {
        "key": KEY,
        "task_id": company.ids["deal"],
        "name": "week-46.html",
        "content": b"<p>secret</p>",
        "media_type": "text/html",
    }
    return Attachment(**(values | changes))


def alert(company: Any) -> Alert:
    return Alert(
        key=KEY,
        deal_id=company.ids["deal"],
        to_id=company.ids["user"],
        title="Look at Northwind",
        body="Nobody called.\nref: r@1 · " + KEY,
        due=dt.date(2026, 11, 20),
    )


def titles(company: Any) -> list[str]:
    place = company.ids["deal"]
    soql = f"SELECT ContentDocument.Title FROM ContentDocumentLink WHERE LinkedEntityId = '{place}'"
    return [row["ContentDocument"]["Title"] for row in company.org.query(soql).records]


def test_a_report_is_attached_once(company: Any) -> None:
    """The same name again is the same file; another name is another."""
    connector = company.connect()
    assert isinstance(connector, Attaches)
    same = report(company)
    results = connector.attach([same, same, report(company, name="week-47.html")])
    assert {one.verdict for one in results} == {Verdict.APPLIED}
    assert [one.reason for one in results] == ["", "already_there", ""]
    assert sorted(titles(company)) == ["week-46.html", "week-47.html"]


def test_a_lost_answer_is_unknown_and_the_next_try_finds_it(company: Any) -> None:
    """Nothing is sent twice."""
    company.fault = lambda _number, call: (
        ActThenDrop() if call.method == "POST" and "ContentVersion" in call.path else None
    )
    connector = company.connect()
    assert connector.attach([report(company)])[0].verdict is Verdict.UNKNOWN
    company.fault = None
    assert connector.attach([report(company)])[0].reason == "already_there"
    assert titles(company) == ["week-46.html"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"task_id": "../x"}, "BAD_ID"),
        ({"content": b""}, "EMPTY"),
        ({"content": b"x" * 6_000_000}, "TOO_LARGE"),
        ({"task_id": "006000000000009AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_a_file_that_cannot_be_is_refused(company: Any, changes: Any, reason: str) -> None:
    """By its shape before anything is sent, or by the org."""
    (result,) = company.connect().attach([report(company, **changes)])
    assert (result.verdict, result.reason) == (Verdict.NOT_APPLIED, reason)


class TestWithoutBellAndTasks:
    """An org without the notification type, in which no task can be written either."""

    @pytest.fixture
    def org_options(self) -> dict[str, Any]:
        return {"key_field": False, "notification_types": ()}

    def test_an_alert_is_posted_on_its_deal(self, company: Any) -> None:
        """With its receiver mentioned, and once."""
        result = company.connect().send_alert(alert(company))
        assert (result.verdict, result.reason) == (Verdict.APPLIED, "post")
        (post,) = company.org.posts
        assert post["ParentId"] == company.ids["deal"]
        assert str(post["Body"]).startswith("@Integration User Look at Northwind\nNobody called.")

    def test_a_lost_answer_is_unknown_and_nothing_is_repeated(self, company: Any) -> None:
        """A post can never be looked up by its key."""
        company.fault = lambda _number, call: ActThenDrop() if "chatter" in call.path else None
        assert company.connect().send_alert(alert(company)).verdict is Verdict.UNKNOWN
        assert len(company.org.posts) == 1

    def test_an_org_without_chatter_says_so(self, company: Any) -> None:
        """Nothing goes out, and the administrator can mend it."""
        company.org.chatter = False
        result = company.connect().send_alert(alert(company))
        assert (result.verdict, result.reason, result.permanent) == (
            Verdict.NOT_APPLIED,
            "FUNCTIONALITY_NOT_ENABLED",
            False,
        )
