"""The route of Chatter posts: one post on a record, with people mentioned in it.

Connect REST API guide, "Feed Elements"; facts, salesforce 3.6. A post has no key: every call posts
again. Feeds are not read over HTTP; `Org.posts` shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from connectors.simulator.salesforce import errors, ids, records
from connectors.simulator.salesforce.call import Call, answer
from connectors.simulator.salesforce.errors import SalesforceError
from connectors.simulator.salesforce.times import wire

_MOST_MENTIONS: Final = 25
_LONGEST: Final = 10_000


def post(call: Call) -> Response:
    """Post one text on a record."""
    if not call.org.chatter:
        raise SalesforceError(
            "FUNCTIONALITY_NOT_ENABLED", "The requested resource is not enabled", status=403
        )
    body = call.json()
    text = _text(call, body)
    parent = ids.full(str(body.get("subjectId") or "")) or ""
    target = call.scene.store.object_of(parent)
    row = call.scene.store.get(target, parent) if target else None
    if body.get("feedElementType") != "FeedItem" or row is None or row["IsDeleted"]:
        raise SalesforceError("INVALID_ID_FIELD", f"Invalid identifier: {parent}")
    entity = call.scene.schema.objects["feeditem"]
    made = records.plant(call.scene, entity, {"ParentId": parent, "Body": text, "Type": "TextPost"})
    return answer(
        {
            "id": made,
            "feedElementType": "FeedItem",
            "body": {"text": text},
            "parent": {"id": parent},
            "createdDate": wire(call.scene.stamp),
        },
        201,
    )


def _text(call: Call, body: Mapping[str, object]) -> str:
    """The text of the segments, with the names of those who are mentioned."""
    given = body.get("body")
    segments = given.get("messageSegments") if isinstance(given, dict) else None
    if not isinstance(segments, list) or not all(isinstance(one, dict) for one in segments):
        raise errors.missing(["body"])
    if sum(one.get("type") == "Mention" for one in segments) > _MOST_MENTIONS:
        raise SalesforceError("POST_BODY_INVALID", "Too many mentions")
    text = "".join(_segment(call, one) for one in segments)
    if not text.strip() or len(text) > _LONGEST:
        raise SalesforceError("POST_BODY_INVALID", "The post is empty or too long")
    return text


def _segment(call: Call, segment: Mapping[str, object]) -> str:
    if segment.get("type") == "Text":
        return str(segment.get("text") or "")
    if segment.get("type") != "Mention":
        raise errors.NotSimulated(f"a message segment of type {segment.get('type')}")
    user = call.scene.store.get("User", ids.full(str(segment.get("id") or "")) or "")
    if user is None:
        raise SalesforceError("INVALID_ID_FIELD", f"Invalid identifier: {segment.get('id')}")
    return f"@{user['Name']}"
