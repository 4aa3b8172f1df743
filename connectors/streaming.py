"""A large answer, read as it comes: bounded in time, in silence and in size, never held whole.

Opening is repeated like any read; once bytes have been given out nothing is, and whoever reads
asks for the part again. Errors are those of `connectors.errors`.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import requests

from connectors import outcome
from connectors.answer import Answer, content_kind
from connectors.errors import CrmError, Retriable
from connectors.transport import ON_THE_WIRE, MiB, Transport, logged_in
from connectors.wire import Exchange, TooLarge, TooLong

_CHUNK: Final = 262_144


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What one streamed answer may take: seconds, and bytes after decompression."""

    deadline: float = 900.0
    silence: float = 60.0  # a result set that stalls is asked for again (reliability F38)
    most: int = 4096 * MiB


class Stream:
    """The body of one answer, as a file that is read once; `headers` are the answer's."""

    def __init__(
        self, answer: Answer, exchange: Exchange, way: outcome.Way, bounds: Bounds
    ) -> None:
        self.headers: Mapping[str, str] = answer.headers
        self.closed = False
        self._raw = answer.raw
        self._exchange = exchange
        self._way = way
        self._left = bounds.most
        self._ended = False
        self._rest = b""

    def readable(self) -> bool:
        """It is read, not written."""
        return True

    def read(self, size: int = _CHUNK) -> bytes:
        """The next `size` bytes, fewer only at the end. Raises Retriable when it breaks off."""
        parts = [self._rest]
        held = len(self._rest)
        while held < size and not self._ended:
            part = self._next()
            held += len(part)
            parts.append(part)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]

    def readline(self) -> bytes:
        """The next line with its end, or what is left. Raises as `read`."""
        while b"\n" not in self._rest and not self._ended:
            self._rest += self._next()
        line, end, self._rest = self._rest.partition(b"\n")
        return line + end

    def more(self) -> bool:
        """Tell whether anything is left. Raises as `read`."""
        while not self._rest and not self._ended:
            self._rest = self._next()
        return bool(self._rest)

    def _next(self) -> bytes:
        try:
            if self._exchange.left <= 0:
                raise TooLong
            part: bytes = self._raw.read1(_CHUNK, decode_content=True)
            self._left -= len(part)
            if self._left < 0:
                raise TooLarge
        except ON_THE_WIRE as problem:
            raise outcome.broken(self._way, problem, self._exchange, read=True) from None
        self._ended = not part
        return part


@contextmanager
def streamed(
    transport: Transport, url: str, *, kind: str, bounds: Bounds | None = None
) -> Iterator[Stream]:
    """Open `url` for reading as it comes; its content type must be `kind`. Raises CrmError."""
    limits = bounds or Bounds()
    admitted = transport.address.admit(url)
    request = transport.prepare_request(requests.Request("GET", admitted, headers={"Accept": kind}))
    answer, exchange = transport.patiently(
        lambda: _opened(transport, request, kind, limits), read=True
    )
    try:
        yield Stream(answer, exchange, transport.way, limits)
    finally:
        answer.close()
        exchange.__exit__(None, None, None)


def _opened(
    transport: Transport, request: requests.PreparedRequest, kind: str, bounds: Bounds
) -> tuple[Answer, Exchange]:
    tokens = transport.tokens
    assert tokens is not None, "a connector's transport has them"
    transport.budget.spend(read=True)
    token = logged_in(tokens.token)
    answer, exchange = _sent(transport, request, token, bounds)
    if answer.status_code == http.client.UNAUTHORIZED:
        _let_go(answer, exchange)
        answer, exchange = _sent(transport, request, logged_in(lambda: tokens.renew(token)), bounds)
    if answer.status_code == http.client.OK and content_kind(answer) == kind:
        return answer, exchange
    try:
        raise _refusal(transport, answer, exchange)
    finally:
        _let_go(answer, exchange)


def _sent(
    transport: Transport, request: requests.PreparedRequest, token: str, bounds: Bounds
) -> tuple[Answer, Exchange]:
    signed = request.copy()
    signed.headers["Authorization"] = f"Bearer {token}"
    exchange = Exchange(bounds.deadline)
    exchange.__enter__()
    try:
        answer = transport.begin(signed, silence=bounds.silence)
    except ON_THE_WIRE as problem:
        exchange.__exit__(None, None, None)
        raise outcome.broken(transport.way, problem, exchange, read=True) from None
    return answer, exchange


def _let_go(answer: Answer, exchange: Exchange) -> None:
    answer.close()
    exchange.__exit__(None, None, None)


def _refusal(transport: Transport, answer: Answer, exchange: Exchange) -> CrmError:
    """The error an answer is that is not what was asked for."""
    try:
        transport.hold(answer, exchange, read=True)
        transport.judged(answer, read=True)
    except ON_THE_WIRE as problem:
        return outcome.broken(transport.way, problem, exchange, read=True)
    except CrmError as problem:
        return problem
    return Retriable(
        f"{transport.way.crm} answered with something else than what was asked for. Nothing was "
        "stored of it; the next run asks again.",
        code="NO_ANSWER",
    )
