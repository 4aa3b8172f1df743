"""hubspot-api-client over our transport. Nothing of the library is known elsewhere but in `client`.

The library's generated clients build each request (paths, quoting, queries, bodies) and hand it to
a REST client of their own; here that client is ours, so that one transport carries every byte. The
library's models and exceptions are never reached: answers stay the JSON that was read strictly, and
errors are `connectors.errors`. Source: facts, libraries 2.2.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import hubspot

from connectors.answer import Answer
from connectors.hubspot.pace import Pace
from connectors.hubspot.paths import lane_of, path_for
from connectors.transport import Transport

_OURS: Final = frozenset({"authorization", "user-agent"})  # headers that the transport writes


class Wire:
    """What the library takes for its REST client, and the factory that gives it to the library."""

    def __init__(self, transport: Transport, version: str, pace: Pace) -> None:
        self._transport = transport
        self._version = version
        self._pace = pace

    def library(self) -> Any:
        """The client library, every request of which goes through here."""
        return hubspot.HubSpot(api_factory=self.api)

    def api(self, package: Any, name: str, _: Mapping[str, Any]) -> Any:
        """Make one of the library's clients; what it is configured with has no effect."""
        configuration = package.Configuration()
        configuration.host = self._transport.address.base
        client = package.ApiClient(configuration=configuration)
        client.rest_client = self
        # Its configuration has just allowed warnings again, which would quote URLs: see `wire.py`.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        return getattr(package, name)(api_client=client)

    # Named as the library calls them.
    def GET(self, url: str, **said: Any) -> Answer:
        """Ask."""
        return self.send("GET", url, **said)

    def POST(self, url: str, **said: Any) -> Answer:
        """Create, or ask with a body."""
        return self.send("POST", url, **said)

    def PATCH(self, url: str, **said: Any) -> Answer:
        """Change."""
        return self.send("PATCH", url, **said)

    def DELETE(self, url: str, **said: Any) -> Answer:
        """Archive."""
        return self.send("DELETE", url, **said)

    def send(
        self,
        method: str,
        url: str,
        query_params: Sequence[tuple[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        **_: Any,
    ) -> Answer:
        """Send one request at the path of the configured version, in our own time."""
        path = path_for(self._version, urlsplit(url).path)
        lane = lane_of(path)
        self._pace.keep(lane)
        kept = {k: v for k, v in (headers or {}).items() if k.lower() not in _OURS}
        answer = self._transport.request(
            method,
            self._transport.address.base + path,
            params=[(name, _text(value)) for name, value in query_params or ()],
            headers=kept,
            json=body,
        )
        self._pace.learn(lane, answer.headers)
        return answer

    def upload(self, path: str, file: tuple[str, bytes, str], fields: Mapping[str, str]) -> Answer:
        """Send a file as a form, which the library has no method for."""
        lane = lane_of(path)
        self._pace.keep(lane)
        url = self._transport.address.base + path
        answer = self._transport.request("POST", url, files={"file": file}, data=fields)
        self._pace.learn(lane, answer.headers)
        return answer


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
