"""The routes /query, /queryAll and the pages behind a locator.

Adds to the records of `query.run` what only HTTP knows: urls and pages. Facts, 3.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from connectors.simulator.salesforce.call import Call, answer
from connectors.simulator.salesforce.columns import columns
from connectors.simulator.salesforce.errors import NotSimulated, SalesforceError
from connectors.simulator.salesforce.paging import Page
from connectors.simulator.salesforce.query import Record

_BATCH: Final = re.compile(r"\s*batchSize\s*=\s*(\d+)\s*", re.IGNORECASE)
_SMALLEST, _LARGEST = 200, 2000
_FILE_LINKS: Final = re.compile(r"\bFROM\s+ContentDocumentLink\b", re.IGNORECASE)
_NAMED: Final = re.compile(r"\b(ContentDocumentId|LinkedEntityId)\s*(=|IN\b)", re.IGNORECASE)
_LONG_TEXT: Final = 255  # characters; textareas above it are the long ones


def query(call: Call) -> Response:
    """Answer a query over what is neither deleted nor archived."""
    return _asked(call, all_rows=False)


def query_all(call: Call) -> Response:
    """Answer a query over everything, the recycle bin included."""
    return _asked(call, all_rows=True)


def more(call: Call) -> Response:
    """Answer with the page a locator names, for both kinds of query."""
    return _paged(call, call.org.locators.page(call.part("locator"), call.scene.now))


def _asked(call: Call, *, all_rows: bool) -> Response:
    if call.parameter("explain"):
        raise NotSimulated("a query plan (/query?explain=)")
    soql = call.parameter("q")
    if not soql:
        raise SalesforceError("MALFORMED_QUERY", "A query string has to be specified")
    _restricted(soql)
    result = call.org.query(soql, all_rows=all_rows, visible=call.scene.visible)
    if call.org.slow_above is not None and len(result.records) > call.org.slow_above:
        raise SalesforceError("QUERY_TIMEOUT", "Your query request was running for too long.")
    if call.parameter("columns") == "true":
        return answer(columns(soql, call.scene.visible))
    records = [_with_url(call.root, record) for record in result.records]
    batch = _batch(call, result.entity, records)
    return _paged(call, call.org.locators.first(records, result.total_size, batch, call.scene.now))


def _restricted(soql: str) -> None:
    """Links of files can be listed only of records, or of documents, that are named."""
    asked = _FILE_LINKS.search(soql)
    if asked and not _NAMED.search(soql[asked.end() :]):
        raise SalesforceError(
            "MALFORMED_QUERY",
            "Implementation restriction: ContentDocumentLink requires a filter by a single Id on "
            "ContentDocumentId or LinkedEntityId using the equals operator or multiple Id's using "
            "the IN operator.",
        )


def _paged(call: Call, page: Page) -> Response:
    body: dict[str, object] = {"totalSize": page.total_size, "done": page.next_locator is None}
    if page.next_locator:
        body["nextRecordsUrl"] = f"{call.root}/query/{page.next_locator}"
    body["records"] = page.records
    return answer(body)


def _batch(call: Call, entity: str, records: list[dict[str, object]]) -> int:
    """The page's size: what the caller asks within the bounds, 200 with two or more long texts."""
    asked = _BATCH.fullmatch(call.header("sforce-query-options") or "")
    size = min(max(int(asked[1]), _SMALLEST), _LARGEST) if asked else _LARGEST
    one = call.scene.visible.object(entity)
    fields = [one.field(name) for name in records[0]] if one and records else []
    long_texts = sum(1 for f in fields if f and f.type == "textarea" and f.length > _LONG_TEXT)
    return _SMALLEST if long_texts > 1 else size


def _with_url(root: str, record: Mapping[str, object]) -> dict[str, object]:
    shown: dict[str, object] = {}
    for name, value in record.items():
        if name == "attributes" and isinstance(value, dict):
            shown[name] = _attributes(root, record, value)
        elif isinstance(value, dict):
            shown[name] = _nested(root, value)
        else:
            shown[name] = value
    return shown


def _nested(root: str, value: dict[str, object]) -> dict[str, object]:
    children = value.get("records")
    if isinstance(children, list):
        return {**value, "records": [_with_url(root, child) for child in children]}
    return _with_url(root, value)


def _attributes(root: str, record: Mapping[str, object], shown: dict[str, object]) -> object:
    if isinstance(record, Record) and record.id and record.entity:
        return {**shown, "url": f"{root}/sobjects/{record.entity}/{record.id}"}
    return shown
