"""A CRM's answer: its body read once, its JSON strictly. Judges nothing and shows nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import requests
import urllib3

from connectors import strict_json
from connectors.wire import Adapter

#: Another way for a request than a socket: the request, the seconds of silence borne -> what came.
#: Raises what `requests` would. For tests that need no wire.
Line = Callable[[requests.PreparedRequest, float], urllib3.HTTPResponse]

_MEDIA_TYPE: Final = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,40}")


class Answer(requests.Response):
    """A successful answer whose JSON has been read, strictly and once."""

    payload: Any = None

    def hold(self, body: bytes) -> None:
        """Keep a body that has been read to its end."""
        self._content = body
        self._content_consumed = True  # else closing the answer would end the connection

    def json(self, **_: Any) -> Any:
        """The payload; a client library's own options for reading it have no effect."""
        return self.payload


class AnswerAdapter(Adapter):
    """Gives answers of our own kind; a `line` brings them in place of sockets."""

    def __init__(self, line: Line | None = None) -> None:
        self._line = line
        super().__init__()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        *rest: Any,
        **kw: Any,
    ) -> requests.Response:
        """Send a request, by the line if there is one; `timeout` is that of `requests`."""
        if self._line is None:
            return super().send(request, stream, timeout, *rest, **kw)
        return self.build_response(request, self._line(request, timeout[1]))

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> Answer:
        answer = Answer()
        answer.__dict__.update(super().build_response(req, resp).__dict__)
        return answer


def content_kind(answer: Answer) -> str:
    """The media type of an answer, in small letters and without its parameters."""
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def read_payload(answer: Answer) -> tuple[Any, str]:
    """Read an answer's JSON: the payload, or None and why there is none."""
    kind = content_kind(answer)
    if "json" not in kind:
        return None, f"it is {kind if _MEDIA_TYPE.fullmatch(kind) else 'something else'}, not JSON"
    try:
        payload = strict_json.loads(answer.content)
    except ValueError as reason:
        return None, str(reason)
    if not isinstance(payload, (dict, list)):
        return None, "it is neither an object nor a list"
    return payload, ""
