"""A simulator without sockets, threads or an event loop: a call goes in, the answer comes out.

    clock = Clock(...)                                  # any callable that gives aware UTC
    crm = InProcess(Org(clock=clock), wait=clock.later_by)
    connector = open_connector(
        CrmSettings(base_url=crm.base_url, ...),
        line=crm,                # requests go to the ASGI application, in the caller's thread
        pause=crm.wait,          # waits between attempts and for the pace: virtual
        seconds=crm.seconds,     # the clock by which waits are reckoned: virtual
    )

It serves the same application as `server.Simulator`, faults and log included, and is handed to a
connector as its `line`. Time is the CRM's clock alone: `wait` moves it on by so many seconds
(without one, a wait takes no time). A request that a fault keeps waiting beyond the silence its
client bears is given up by the client and goes on by itself: what is left of it happens before the
first request, or `settle()`, after its moment. So a change may be applied long after its client
has gone, always at the same place for the same story.

Never in here: a CRM's own words, a random number, a clock of the machine. Not like a wire: an
answer is whole before its client sees any of it, so the client's deadline for an exchange (which is
measured on the machine's clock) never passes.
"""

from __future__ import annotations

import datetime as dt
import http.client
import io
from collections.abc import Callable, Generator, MutableMapping
from types import coroutine
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import urllib3
from requests import ConnectionError as NoConnection
from requests import PreparedRequest, ReadTimeout

from connectors.simulator.application import Application, Faults, Message
from connectors.simulator.exchange import Logged
from connectors.simulator.serving import Crm, either, pages_of, script_of

#: Nobody listens there: a connector that was not given the line fails at once.
BASE_URL: Final = "http://127.0.0.1:9"


class InProcess:
    """One org, or one portal, that is called rather than connected to. Not for several threads."""

    def __init__(
        self,
        org: Crm,
        faults: Faults | None = None,
        *,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self.base_url = BASE_URL
        self.script = script_of(org)
        self._now = org.now
        self._began = org.now()
        self._move = wait
        self._left: list[_Call] = []  # given up by their clients, and not over
        self._application = _Application(
            pages_of(org),
            now=org.now,
            faults=either(faults, self.script),
            close=_hang_up,
            stopping=lambda: False,
        )

    @property
    def requests(self) -> list[Logged]:
        """What the simulator was asked, in order."""
        return self._application.requests

    def forget(self) -> None:
        """Empty the log of requests; they are numbered on."""
        self._application.forget()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        if self._move is not None and seconds > 0:
            self._move(seconds)

    def seconds(self) -> float:
        """The seconds since this was made, by the CRM's clock."""
        return (self._now() - self._began).total_seconds()

    def settle(self) -> None:
        """Let happen what is due of requests whose clients have gone."""
        while due := [one for one in self._left if one.wakes <= self._now()]:
            first = min(due, key=lambda one: one.wakes)
            if first.goes_on():
                self._left.remove(first)

    def drop(self) -> None:
        """Let nothing more come of requests whose clients have gone: their server went as well."""
        self._left.clear()

    def __call__(self, request: PreparedRequest, silence: float) -> urllib3.HTTPResponse:
        """Bring a request there and its answer back. Raises what `requests` raises."""
        self.settle()
        call = _Call(self._application, request)
        while not call.goes_on():
            left = (call.wakes - self._now()).total_seconds()
            if left > silence:
                self.wait(silence)
                call.gone = True
                self._left.append(call)
                raise ReadTimeout("the simulator said nothing for too long")
            self.wait(left)
            if self._now() < call.wakes:  # this clock stands
                call.wakes = self._now()
        return call.answer()


class _Application(Application):
    """The application on a clock that is moved: a wait is a moment to be called again."""

    async def wait(self, seconds: float) -> None:
        await _until(self._now() + dt.timedelta(seconds=seconds))


@coroutine
def _until(moment: dt.datetime) -> Generator[dt.datetime, None, None]:
    yield moment


def _hang_up(scope: MutableMapping[str, Any], reset: bool) -> None:
    scope["closed"] = ConnectionResetError("reset") if reset else _closed()


def _closed() -> Exception:
    return http.client.RemoteDisconnected("closed without an answer")


class _Call:
    """One request on its way through the application, step by step."""

    def __init__(self, application: Application, request: PreparedRequest) -> None:
        self.wakes = dt.datetime.min.replace(tzinfo=dt.UTC)
        self.gone = False  # its client
        self._method = request.method or "GET"
        self._body = _bytes(request.body)
        self._scope = _scope(request, self._body)
        self._asked = False
        self._sent: list[Message] = []
        self._steps = application(self._scope, self._receive, self._send).__await__()

    def goes_on(self) -> bool:
        """Do what comes next; True once it is over, else `wakes` says when to come again."""
        try:
            self.wakes = next(self._steps)
        except StopIteration:
            return True
        return False

    def answer(self) -> urllib3.HTTPResponse:
        """What came back. Raises ConnectionError where nothing did."""
        if not self._sent:
            raise NoConnection(
                urllib3.exceptions.ProtocolError(
                    "Connection aborted.", self._scope.get("closed") or _closed()
                )
            )
        start = self._sent[0]
        headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
        status = int(start["status"])
        return urllib3.HTTPResponse(
            body=io.BytesIO(b"".join(part.get("body", b"") for part in self._sent[1:])),
            headers=urllib3.HTTPHeaderDict(headers),
            status=status,
            reason=http.client.responses.get(status, ""),
            preload_content=False,
            request_method=self._method,
        )

    async def _receive(self) -> Message:
        if self._asked or self.gone:
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if not self.gone:
            self._sent.append(message)


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _scope(request: PreparedRequest, body: bytes) -> MutableMapping[str, Any]:
    parts = urlsplit(request.url or "")
    headers = {str(name).lower(): str(value) for name, value in request.headers.items()}
    headers |= {"host": parts.netloc, "content-length": str(len(body))}
    raw = parts.path.encode("ascii")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": parts.scheme,
        "path": unquote(parts.path),
        "raw_path": raw,
        "root_path": "",
        "query_string": parts.query.encode("ascii"),
        "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()],
        "client": ("127.0.0.1", 9),
        "server": (parts.hostname, parts.port),
    }
