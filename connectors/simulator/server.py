"""A simulator on 127.0.0.1: in a thread for tests and the demo, in the foreground for a person.

    with Simulator(Org()) as sim:  # or Simulator(Portal())
        requests.get(sim.base_url + "/services/data/")

Binds to the loopback address only; several simulators may live in one process.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any, Final, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from connectors.simulator.application import Application, Faults
from connectors.simulator.control import control
from connectors.simulator.exchange import Logged
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.salesforce.org import Org
from connectors.simulator.serving import Crm, either, pages_of, script_of

LOOPBACK: Final = "127.0.0.1"
_LOOK: Final = 0.005  # seconds
_PATIENCE: Final = 10.0  # seconds a start or a stop may take

#: How a socket is closed with a reset: linger, for no time.
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class PortTaken(OSError):
    """A port of this machine at which somebody listens already, or which is not ours to take."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} of {LOOPBACK} is taken, or not ours to take")


class Simulator:
    """One org, or one portal, behind a port of its own."""

    def __init__(self, org: Crm, faults: Faults | None = None, *, port: int = 0) -> None:
        self._crm = org
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}
        self.script = script_of(org)
        self._application = Application(
            pages_of(org),
            now=org.now,
            faults=either(faults, self.script),
            close=self._hang_up,
            stopping=lambda: self._server.should_exit,
            control=control(self.script, lambda: self.requests),
        )
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((LOOPBACK, port))
        except OSError as error:
            self._socket.close()
            raise PortTaken(port) from error
        self._server = _Server(_config(self._application, self._transports))
        self._thread = threading.Thread(target=self.run, name="simulator", daemon=True)

    @property
    def base_url(self) -> str:
        """The address of the simulator, without a slash at its end."""
        return f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"

    @property
    def org(self) -> Org:
        """The Salesforce org that is served."""
        assert isinstance(self._crm, Org), "this simulator serves a HubSpot portal"
        return self._crm

    @property
    def portal(self) -> Portal:
        """The HubSpot portal that is served."""
        assert isinstance(self._crm, Portal), "this simulator serves a Salesforce org"
        return self._crm

    @property
    def requests(self) -> list[Logged]:
        """What the simulator was asked, in order."""
        return self._application.requests

    def run(self) -> None:
        """Serve until told to stop; in the main thread that is Ctrl-C."""
        self._server.run(sockets=[self._socket])

    def __enter__(self) -> Self:
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_PATIENCE / 0.005)):
            if self._server.started:
                return self
            if not self._thread.is_alive():
                break
            waited.wait(0.005)
        raise RuntimeError(f"The simulator did not start listening at {self.base_url}.")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_PATIENCE)
        self._socket.close()

    def _hang_up(self, scope: MutableMapping[str, Any], reset: bool) -> None:
        transport = self._transports.get(tuple(scope["client"]))
        if transport and reset:
            line = transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            transport.abort()
        elif transport:
            transport.close()


class _Server(uvicorn.Server):
    """uvicorn, looking up more often: a test starts and stops hundreds of simulators.

    The library's own loop looks every tenth of a second whether it is to stop, and then waits
    another tenth whatever happens.
    """

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(_LOOK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for _ in range(int(_PATIENCE / _LOOK)):
            if not self.server_state.connections and not self.server_state.tasks:
                break
            await asyncio.sleep(_LOOK)
        await self.lifespan.shutdown()


def serve(
    org: Crm,
    *,
    port: int = 8760,
    announce: Callable[[str], None] | None = None,
    faults: str = "",
) -> None:
    """Serve a CRM in the foreground until Ctrl-C; `announce` is told the address first.

    `faults` is a script in YAML. Raises ScriptError, PortTaken.
    """
    simulator = Simulator(org, port=port)
    if faults:
        simulator.script.add(faults)
    if announce:
        announce(simulator.base_url)
    with contextlib.suppress(KeyboardInterrupt):
        simulator.run()


def _config(application: Application, transports: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=_protocol(transports),
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=1 << 20,
    )


def _protocol(transports: dict[tuple[str, int], asyncio.Transport]) -> type[asyncio.Protocol]:
    class Protocol(H11Protocol):
        """Uvicorn's, which also notes each connection so that a fault can close it."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self._peer = transport.get_extra_info("peername")
            transports[self._peer] = transport
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            transports.pop(self._peer, None)
            super().connection_lost(exc)

    return Protocol
