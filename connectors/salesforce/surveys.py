"""What surveys were about: the records their invitations name. Reads; keeps nothing."""

from __future__ import annotations

import pyarrow.compute as pc

from connectors.errors import Refused
from connectors.salesforce.client import Client, soql
from connectors.salesforce.describe import Describes
from connectors.salesforce.merged import chunks
from connectors.salesforce.page import Page

_AT_ONCE = 200  # ids in one query


def subjects(client: Client, describes: Describes, page: Page) -> dict[str, tuple[str, ...]]:
    """The subjects of a page's invitations, by invitation; none where the user may not see them."""
    invitations = pc.unique(page.text("InvitationId").drop_null()).to_pylist()
    if {"ParentId", "SubjectId"} - set(describes.fields("SurveySubject") or {}):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for part in chunks(invitations, _AT_ONCE):
        query = soql(
            "SELECT ParentId, SubjectId FROM SurveySubject WHERE ParentId IN {part} ORDER BY Id",
            part=part,
        )
        try:
            rows = client.rows(query)
        except Refused:
            return {}
        for row in rows:
            about = found.get(str(row["ParentId"]), ())
            found[str(row["ParentId"])] = (*about, str(row["SubjectId"]))
    return found
