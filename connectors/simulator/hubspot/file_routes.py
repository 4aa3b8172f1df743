"""The routes of files: search by id, and upload as a form. Source: HubSpot: Files guide."""

from __future__ import annotations

import email
import email.policy
import json
from typing import Final

from starlette.responses import Response

from connectors.simulator.hubspot import errors, files, scopes
from connectors.simulator.hubspot.call import Call, answer, page

_PAGE: Final = 100
ACCESS: Final = frozenset({"PRIVATE", "PUBLIC_INDEXABLE", "PUBLIC_NOT_INDEXABLE"})


def searched(call: Call) -> Response:
    """List files by `ids`, or all, in order of their ids; the cursor is a position."""
    call.need(scopes.FILES)
    start, limit = call.number("after", 0, 10**9), call.number("limit", _PAGE, _PAGE)
    found = files.some(call.scene.store, call.listed("ids"))
    end = start + limit
    return answer(page(call, found[start:end], str(end) if len(found) > end else None))


def uploaded(call: Call) -> Response:
    """Take a file with its name, folder and options; `overwrite` replaces one of the same name."""
    call.need(scopes.FILES)
    parts = _form(call)
    lacking = [name for name in ("file", "options") if name not in parts]
    if lacking or not {"folderPath", "folderId"} & set(parts):
        raise errors.validation(f"Some required fields were not set: {lacking or ['folderPath']}")
    options = json.loads(parts["options"])
    if not isinstance(options, dict) or options.get("access") not in ACCESS:
        raise errors.validation("options.access is not valid")
    name = parts.get("fileName", b"file").decode()
    folder = parts["folderPath"].decode() if options.get("overwrite") is True else ""
    store = call.scene.store
    made = files.add(store, name, call.scene.now, size=len(parts["file"]), folder=folder)
    return answer(files.some(store, [made])[0], 201)


def _form(call: Call) -> dict[str, bytes]:
    kind = call.request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise errors.HubSpotError(415, "VALIDATION_ERROR", "Unsupported media type; send a form")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    message = email.message_from_bytes(head + call.body, policy=email.policy.HTTP)
    found = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        found[str(name)] = part.get_payload(decode=True) or b""
    return {name: value for name, value in found.items() if isinstance(value, bytes)}
