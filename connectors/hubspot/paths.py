"""Where things live at HubSpot, by API version: one table, and what may be asked at all.

The client library knows the paths of v3 (and v4 for associations), which lose support in 2027; the
dated versions have the same operations in the same shapes elsewhere. So every call is made by the
library, and its path is looked up here on the way out. Source: facts, hubspot 4.1.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from connectors.hubspot.pace import CALLS, LINKS, SEARCH

DEFAULT: Final = "v3"
VERSIONS: Final = (DEFAULT, "2026-03", "2026-09")

#: Versions whose support ends, and when: facts, hubspot 4.1.
ENDS: Final = {DEFAULT: dt.date(2027, 9, 1)}

#: The token endpoint of v1 ends on 16 February 2027: v3 takes a dated one.
LOGIN_PATH: Final = "/oauth/2026-03/token"
SCHEMAS_PATH: Final = "/crm-object-schemas/v3/schemas"
ACCOUNT_PATH: Final = "/account-info/v3/details"
DISPOSITIONS_PATH: Final = "/calling/v1/dispositions"
UPLOAD_PATH: Final = "/files/v3/files"
FILES_PATH: Final = f"{UPLOAD_PATH}/search"

#: The library's path -> the dated one. `{version}` is 2026-03 or 2026-09.
_DATED: Final = tuple(
    (re.compile(pattern), dated)
    for pattern, dated in (
        (r"/crm/v3/(objects|owners|pipelines|properties)(?=/|$)", r"/crm/\1/{version}"),
        (r"/crm/v4/associations(?=/)", "/crm/associations/{version}"),
        (r"/crm/v4/objects(?=/)", "/crm/objects/{version}"),
        (r"/account-info/v3(?=/)", "/account-info/{version}"),
        (r"/crm-object-schemas/v3(?=/)", "/crm-object-schemas/{version}"),
    )
)

_RESOURCES: Final = "objects|owners|pipelines|properties|associations"
PATHS: Final = re.compile(
    rf"/crm/(?:v[34]/(?:{_RESOURCES})|(?:{_RESOURCES})/20\d\d-\d\d)(?:/[A-Za-z0-9_./%-]*)?"
    r"|/oauth/20\d\d-\d\d/token|/account-info/(?:v3|20\d\d-\d\d)/details"
    r"|/crm-object-schemas/(?:v3|20\d\d-\d\d)/schemas"
    rf"|{DISPOSITIONS_PATH}|{FILES_PATH}|{UPLOAD_PATH}"
)
_READS: Final = re.compile(r"/crm/.*/(?:search|batch/read)")


def login_path(version: str) -> str:
    """Where an app's refresh token buys an access token."""
    return LOGIN_PATH if version == DEFAULT else f"/oauth/{version}/token"


def path_for(version: str, path: str) -> str:
    """The path by which `version` knows an operation that the library names by `path`."""
    if version == DEFAULT:
        return path
    for pattern, dated in _DATED:
        if pattern.match(path):
            return pattern.sub(dated.format(version=version), path, count=1).rstrip("/")
    return path


def is_read(method: str, path: str) -> bool:
    """Tell a request that changes nothing: searches and batch reads are POSTs here."""
    return method in {"GET", "HEAD"} or (method == "POST" and _READS.fullmatch(path) is not None)


def lane_of(path: str) -> str:
    """Which of HubSpot's limits a request counts against; searches and associations have their own.

    A search counts for the whole account, five a second.
    """
    if path.endswith("/search"):
        return SEARCH
    return LINKS if "/associations/" in path else CALLS
