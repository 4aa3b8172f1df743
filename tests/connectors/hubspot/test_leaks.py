"""Nothing that HubSpot says, and no token, leaves the connector by an error or an outcome."""

from __future__ import annotations

import json
import traceback
from typing import Any

import pytest

from connectors.errors import CrmError
from connectors.simulator.faults import Instead

from .conftest import Company

SECRET = "Zwetschgenkuchen"
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": f"text/{SECRET}"}
TOLD = {
    "status": "error",
    "message": f"{SECRET} cannot be set. 5 already has that value {SECRET}",
    "category": SECRET,
    "correlationId": SECRET,
    "errors": [
        {"message": SECRET, "code": SECRET, "context": {"requiredGranularScopes": [f"{SECRET} x"]}}
    ],
    "context": {SECRET: [SECRET]},
    "links": {"about": f"https://{SECRET}.example"},
    "policyName": f"daily {SECRET}",
}
ANSWERS = [
    *(
        Instead(status=status, body=json.dumps(TOLD), headers=JSON | {"Retry-After": SECRET})
        for status in (400, 401, 403, 404, 409, 414, 423, 429, 477, 500, 502, 524, 530)
    ),
    Instead(status=200, body=f"<html>{SECRET}</html>", headers=HTML),
    Instead(status=200, body=f'{{"results": "{SECRET}"}}', headers=JSON),
    Instead(status=200, body=f'{{"results": [{{"id": "{SECRET}"}}]}}', headers=JSON),
    Instead(status=207, body=json.dumps({"results": [], "errors": [TOLD]}), headers=JSON),
    Instead(status=302, headers={"Location": f"https://{SECRET}.example/"}),
]


def said(problem: BaseException) -> str:
    """All that a log could show of an error: its message, its parts, its traceback."""
    return "".join(traceback.format_exception(problem)) + repr(problem) + repr(vars(problem))


def spoken(company: Company, answer: Instead, *, late: bool) -> list[str]:
    """What the connector says of everything it does, the errors and the outcomes.

    `late`: it has seen the account before things go wrong.
    """
    connector = company.connect(attempts=1)
    if late:
        connector.identity()
        connector.feeds()
        list(connector.pull("owners", company.everything()))
        connector.find_tasks(["ft_x"])
    company.fault = lambda *_: answer
    heard = []
    for ask in (
        lambda: connector.identity(),
        lambda: connector.feeds(),
        lambda: connector.blind_spots(),
        lambda: list(connector.pull("deals", company.everything())),
        lambda: list(connector.pull("notes", company.lately(company.clock.now))),
        lambda: list(connector.our_tasks(None)),
        lambda: connector.activity("5"),
        lambda: connector.why_not_writable(),
        lambda: connector.create_tasks([company.draft()]),
        lambda: connector.create_tasks([company.draft("k1"), company.draft("k2")]),
    ):
        try:
            heard.append(repr(ask()))
        except CrmError as problem:
            heard.append(said(problem))
    return heard


@pytest.mark.parametrize("late", [pytest.param(False, marks=pytest.mark.proof), True])
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda one: str(one.status))
def test_no_word_of_an_answer_and_no_token_is_repeated(
    company: Any, answer: Instead, late: bool
) -> None:
    """Whatever the status, wherever in the answer it stands, and whenever it comes."""
    heard = spoken(company, answer, late=late)
    assert any("HubSpot" in one for one in heard)
    for one in heard:
        assert SECRET not in one
        assert company.portal.access_token not in one


def test_a_refused_login_shows_neither_secret_nor_refresh_token(company: Any) -> None:
    """The form goes into the body and into no error."""
    secrets = {"client_id": "cid", "client_secret": "s3cret-client", "refresh_token": "s3cret-refr"}
    connector = company.connect(access_token=None, **secrets)
    with pytest.raises(CrmError) as caught:
        connector.identity()
    assert not any(one in said(caught.value) for one in ("s3cret-client", "s3cret-refr"))
