"""One exchange on the wire: bounded in time and in size, and honest about whether it left.

`requests` bounds the silence between two bytes, not the exchange; a server that drips one byte a
second holds it for ever. Here a watchdog closes the socket at one monotonic deadline, headers
included, and the body is counted after decompression. Knows no CRM and classifies nothing.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_CHUNK: Final = 65_536
_present = threading.local()

# Its warnings quote the URL, and ours hold the query; what went wrong is told by our errors.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class TooLong(Exception):
    """The deadline passed before the answer was complete."""


class TooLarge(Exception):
    """The answer is larger than we are willing to hold."""


class Exchange:
    """One request and its answer: how long it may still take, and whether a byte has left."""

    def __init__(self, seconds: float) -> None:
        self.allowed = seconds
        self.sent = True  # until a connection is seen being opened, suppose the worst
        self._ends = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._watchdog: threading.Timer | None = None
        self._done = False

    def __enter__(self) -> Exchange:
        _present.exchange = self
        return self

    def __exit__(self, *_: object) -> None:
        _present.exchange = None
        with self._lock:
            self._done = True
        if self._watchdog is not None:
            self._watchdog.cancel()

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self._ends - time.monotonic()

    def watch(self, sock: socket.socket) -> None:
        """Close `sock` at the deadline, whatever it is doing then."""
        if self._watchdog is None:
            self._watchdog = threading.Timer(max(0.0, self.left), self._cut, (sock,))
            self._watchdog.daemon = True
            self._watchdog.start()

    def _cut(self, sock: socket.socket) -> None:
        with self._lock, suppress(OSError):
            if not self._done:
                # The plain socket's method: TLS would first take its own state apart.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _Watched(HTTPConnection):
    def connect(self) -> None:
        exchange: Exchange | None = getattr(_present, "exchange", None)
        if exchange is not None:
            exchange.sent = False
        super().connect()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        exchange: Exchange | None = getattr(_present, "exchange", None)
        if exchange is not None and self.sock is not None:
            exchange.sent = True
            exchange.watch(self.sock)
        super().send(data)


class _WatchedTls(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _PoolTls(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


_POOLS: Final = {"http": _Pool, "https": _PoolTls}


class Adapter(HTTPAdapter):
    """requests' adapter over connections that obey an `Exchange`; repeats nothing by itself."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def read_body(response: requests.Response, exchange: Exchange, limit: int) -> bytes:
    """Read an answer to its end.

    Raises TooLong, TooLarge (bytes after decompression), or the library's error when it is cut.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        if exchange.left <= 0:
            raise TooLong
        # read1, not read: read(n) waits until n bytes are there, and drips pass the deadline.
        part = response.raw.read1(_CHUNK, decode_content=True)
        if not part:
            return b"".join(parts)
        size += len(part)
        if size > limit:
            raise TooLarge
        parts.append(part)
