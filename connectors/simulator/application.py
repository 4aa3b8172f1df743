"""The path of a request through a simulator: number it, read it, ask for a fault, act, answer.

One ASGI application around any CRM's dialect. Knows no CRM. A request whose body breaks off is
never acted on. Closing a connection needs the server's transports, handed in by `server.py`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from email.utils import format_datetime
from typing import Any, Final

from connectors.simulator.exchange import Answer, Arrival, Logged
from connectors.simulator.faults import (
    ActThenAnswer,
    ActThenDrop,
    ActThenHang,
    ActThenReset,
    AfterActing,
    Before,
    Delay,
    Drip,
    DropBefore,
    Fault,
    Instead,
    ResetBefore,
    Truncate,
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Faults = Callable[[int, Arrival], Fault | None]
Close = Callable[[MutableMapping[str, Any], bool], None]  # True: with a reset
Control = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

#: The vendor's bounds in bytes (Salesforce, facts 3.2); HubSpot documents none.
LONGEST_URI: Final = 16_384
#: Where the simulator itself is spoken to: neither logged nor broken by a script.
CONTROL: Final = "/-/"
_SLICE: Final = 0.05  # seconds between looks at whether the server stops

_log: Final = logging.getLogger("followthrough.simulator")


class _Stopped(Exception):
    """The server stops while a script waits: nothing more is done for the request."""


class Application:
    """Serves one dialect; `requests` is the log of what it was asked."""

    def __init__(
        self,
        app: App,
        *,
        now: Callable[[], dt.datetime],
        faults: Faults | None,
        close: Close,
        stopping: Callable[[], bool],
        control: Control | None = None,
    ) -> None:
        self._app = app
        self._now = now
        self._faults = faults
        self._close = close
        self._stopping = stopping
        self._control = control
        self.requests: list[Logged] = []
        self._forgotten = 0  # lines of the log

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        if self._control is not None and scope["path"].startswith(CONTROL):
            await self._control(scope, receive, send)
            return
        number = self._forgotten + len(self.requests) + 1
        path = scope["path"].rstrip("/") or "/"
        query = scope["query_string"].decode("latin-1")
        self.requests.append(
            Logged(number=number, method=scope["method"], path=path, query=query, status=None)
        )
        body = await _whole_body(receive)
        if body is None:
            _log.warning("request %d: %s %s broke off; not acted on", number, scope["method"], path)
            return
        arrival = _arrival(scope, path, query, body)
        fault = self._faults(number, arrival) if self._faults else None
        if fault is not None:
            self._write(number, fault=type(fault).__name__)
        try:
            await _Exchange(self, number, scope, arrival, receive, send).play(fault)
        except _Stopped:
            await self.close(scope, receive)

    async def wait(self, seconds: float) -> None:
        """Wait as a script says, client or no client; a stopping server ends the wait."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            if self._stopping():
                raise _Stopped
            await asyncio.sleep(min(left, _SLICE))

    async def act(self, scope: MutableMapping[str, Any], arrival: Arrival) -> Answer:
        """Let the dialect act on a request and catch its answer."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_URI:
            return Answer(status=414, headers=(), body=b"")
        parts: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": arrival.body, "more_body": False}

        async def send(message: Message) -> None:
            parts.append(message)

        await self._app({**scope, "path": arrival.path}, receive, send)
        start = parts[0]
        return Answer(
            status=start["status"],
            headers=tuple((k.decode(), v.decode("latin-1")) for k, v in start["headers"]),
            body=b"".join(part.get("body", b"") for part in parts[1:]),
        )

    def note(self, number: int, status: int) -> None:
        """Write into the log what a request is about to be answered."""
        self._write(number, status=status)

    def forget(self) -> None:
        """Empty the log; requests are numbered on from where they were."""
        self._forgotten += len(self.requests)
        self.requests.clear()

    def _write(self, number: int, **said: Any) -> None:
        place = number - self._forgotten - 1
        if place >= 0:
            self.requests[place] = replace(self.requests[place], **said)

    def date(self) -> str:
        """Give the CRM's moment for the Date header."""
        return format_datetime(self._now().astimezone(dt.UTC).replace(microsecond=0), usegmt=True)

    async def close(
        self, scope: MutableMapping[str, Any], receive: Receive, *, reset: bool = False
    ) -> None:
        """Close a request's connection, orderly or not, and wait until it is gone."""
        self._close(scope, reset)
        while (await receive())["type"] != "http.disconnect":
            pass


class _Exchange:
    """One request on its way back: acting, sending, failing as told."""

    def __init__(
        self,
        application: Application,
        number: int,
        scope: MutableMapping[str, Any],
        arrival: Arrival,
        receive: Receive,
        send: Send,
    ) -> None:
        self._application, self._number, self._scope = application, number, scope
        self._arrival, self._receive, self._send = arrival, receive, send

    async def play(self, fault: Fault | None) -> None:
        """Answer, or fail as told."""
        if isinstance(fault, Delay):
            await self._application.wait(fault.seconds)
            await self.play(fault.then)
        elif isinstance(fault, Before):
            fault.do()
            await self.play(fault.then)
        elif isinstance(fault, DropBefore | ResetBefore):
            await self._drop(reset=isinstance(fault, ResetBefore))
        elif isinstance(fault, Instead):
            await self._whole(_scripted(fault))
        else:
            answer = await self._application.act(self._scope, self._arrival)
            await self._acted(answer, fault)

    async def _acted(self, answer: Answer, fault: AfterActing | None) -> None:
        if isinstance(fault, ActThenDrop | ActThenReset | ActThenHang):
            if isinstance(fault, ActThenHang):
                await self._application.wait(fault.seconds)
            await self._drop(reset=isinstance(fault, ActThenReset))
        elif isinstance(fault, ActThenAnswer):
            await self._whole(_scripted(fault))
        elif isinstance(fault, Truncate):
            await self._start(answer)
            await self._body(answer.body[: fault.keep], more=True)
            await self._drop()
        elif isinstance(fault, Drip):
            await self._dripped(answer, fault)
        else:
            await self._whole(fault.change(self._dated(answer)) if fault else answer)

    def _dated(self, answer: Answer) -> Answer:
        return replace(answer, headers=(("date", self._application.date()), *answer.headers))

    async def _dripped(self, answer: Answer, fault: Drip) -> None:
        await self._start(answer)
        for start in range(0, len(answer.body), fault.size):
            await self._body(answer.body[start : start + fault.size], more=True)
            await self._application.wait(fault.pause)
        await self._body(b"", more=False)

    async def _whole(self, answer: Answer) -> None:
        await self._start(answer)
        await self._body(answer.body, more=False)

    async def _drop(self, *, reset: bool = False) -> None:
        await self._application.close(self._scope, self._receive, reset=reset)

    async def _start(self, answer: Answer) -> None:
        self._application.note(self._number, answer.status)
        headers = {name.lower(): value for name, value in answer.headers}
        headers.setdefault("date", self._application.date())
        if answer.status != 204:
            headers.setdefault("content-length", str(len(answer.body)))
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": pairs})

    async def _body(self, body: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


def _scripted(fault: Instead | ActThenAnswer) -> Answer:
    body = fault.body.encode() if isinstance(fault.body, str) else fault.body
    return Answer(status=fault.status, headers=tuple(fault.headers.items()), body=body)


def _arrival(scope: MutableMapping[str, Any], path: str, query: str, body: bytes) -> Arrival:
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
    return Arrival(method=scope["method"], path=path, query=query, headers=headers, body=body)


async def _whole_body(receive: Receive) -> bytes | None:
    """Read a body to its end; None where the connection broke off before it."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
