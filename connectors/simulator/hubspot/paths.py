"""Where each resource lives in each version of the API: one table, keyed by version.

The older names carry different numbers (v1, v3, v4); the dated ones put the date right behind the
resource's name. Source: facts 4.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LEGACY: Final = "v3"
DATED: Final = ("2026-03", "2026-09")
VERSIONS: Final = (LEGACY, *DATED)

#: Resource -> where it lives under the older names, and under the dated ones.
ROOTS: Final[Mapping[str, tuple[str, str]]] = {
    "token": ("/oauth/v1/token", "/oauth/{version}/token"),
    "objects": ("/crm/v3/objects", "/crm/objects/{version}"),
    "links": ("/crm/v4/associations", "/crm/associations/{version}"),
    "record_links": ("/crm/v4/objects", "/crm/objects/{version}"),
    "properties": ("/crm/v3/properties", "/crm/properties/{version}"),
    "pipelines": ("/crm/v3/pipelines", "/crm/pipelines/{version}"),
    "owners": ("/crm/v3/owners", "/crm/owners/{version}"),
    "schemas": ("/crm-object-schemas/v3/schemas", "/crm-object-schemas/{version}/schemas"),
    "account": ("/account-info/v3", "/account-info/{version}"),
    "calling": ("/calling/v1", ""),  # has no dated name
    "files": ("/files/v3/files", ""),  # no dated name is known
    "record_links_v3": ("/crm/v3/objects", ""),
}

#: Another place of the token endpoint.
ALSO: Final = "/oauth/v3/token"


def path(resource: str, version: str, rest: str = "") -> str | None:
    """Give the path of an operation in a version; None where the version does not have it."""
    legacy, dated = ROOTS[resource]
    root = legacy if version == LEGACY else dated.replace("{version}", version)
    return root + rest if root else None
