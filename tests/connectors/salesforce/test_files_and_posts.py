"""Reports as files on our tasks; alerts as posts where nothing else will do. Real sockets."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connectors.base import Attaches, Attachment
from connectors.model import Alert, TaskDraft, Verdict
from connectors.simulator.faults import ActThenDrop

KEY = "ft_" + "a" * 26


def our_task(company: Any, connector: Any) -> str:
    """A task of ours on the deal."""
    draft = TaskDraft(
        key=KEY,
        deal_id=company.ids["deal"],
        contact_id=None,
        owner_id=company.ids["user"],
        subject="Read this",
        body="x",
        due=dt.date(2026, 11, 20),
    )
    (made,) = connector.create_tasks([draft])
    assert made.task_id
    return str(made.task_id)


def report(task: str, **changes: Any) -> Attachment:
    values: dict[str, Any] = {
        "key": KEY,
        "task_id": task,
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


def on(company: Any, task: str) -> list[tuple[str, str]]:
    """The files on a task, each with the number of its latest version."""
    soql = (
        "SELECT ContentDocument.Title, ContentDocument.LatestPublishedVersion.VersionNumber "
        f"FROM ContentDocumentLink WHERE LinkedEntityId = '{task}'"
    )
    found = [row["ContentDocument"] for row in company.org.query(soql).records]
    return sorted((one["Title"], one["LatestPublishedVersion"]["VersionNumber"]) for one in found)


def test_a_report_hangs_on_its_task_once(company: Any) -> None:
    """The same name again is the next version of the same file; another name is another file."""
    connector = company.connect()
    assert isinstance(connector, Attaches)
    task = our_task(company, connector)
    results = connector.attach([report(task), report(task), report(task, name="week-47.html")])
    assert {(one.verdict, one.task_id) for one in results} == {(Verdict.APPLIED, task)}
    assert on(company, task) == [("week-46.html", "2"), ("week-47.html", "1")]


def test_a_lost_answer_is_unknown_and_the_next_try_makes_no_second_file(company: Any) -> None:
    """And what stands behind the lost one is not sent."""
    connector = company.connect()
    task = our_task(company, connector)
    company.fault = lambda _number, call: (
        ActThenDrop() if call.method == "POST" and "ContentVersion" in call.path else None
    )
    lost, behind = connector.attach([report(task), report(task, name="b.html")])
    assert (lost.verdict, behind.verdict) == (Verdict.UNKNOWN, Verdict.NOT_APPLIED)
    company.fault = None
    assert connector.attach([report(task)])[0].verdict is Verdict.APPLIED
    assert on(company, task) == [("week-46.html", "2")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"task_id": "../x"}, "BAD_ID"),
        ({"task_id": "00T000000000009AAA"}, "GONE"),
        ({"key": "ft_" + "b" * 26}, "NOT_OUR_TASK"),
        ({"content": b"x" * 6_000_000}, "TOO_LARGE"),
    ],
)
def test_a_file_that_cannot_be_is_refused(company: Any, changes: Any, reason: str) -> None:
    """Before anything is sent."""
    connector = company.connect()
    task = our_task(company, connector)
    (result,) = connector.attach([report(task, **changes)])
    assert (result.verdict, result.reason, result.permanent) == (
        Verdict.NOT_APPLIED,
        reason,
        True,
    )
    assert on(company, task) == []


def test_an_org_without_files_says_so(company: Any) -> None:
    """The task stays as it is."""
    connector = company.connect()
    task = our_task(company, connector)
    company.org.hidden = frozenset({"ContentVersion"})
    assert connector.attach([report(task)])[0].reason == "NO_ATTACHMENTS"


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
