"""Faults by script, and the request log: what the client sees, and what the org really did."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest
import requests

from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import (
    ActThenAnswer,
    ActThenDrop,
    Delay,
    Drip,
    DropBefore,
    Fault,
    Instead,
    Truncate,
)
from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import LOOPBACK, Simulator, serve

CREATE = "/services/data/v62.0/sobjects/Task"


def on_create(fault: Fault) -> Callable[[int, Arrival], Fault | None]:
    """Play a fault on creates and on nothing else."""
    return lambda number, arrival: fault if arrival.path == CREATE else None


def create(sim: Simulator) -> requests.Response:
    """Create a task with a fresh token."""
    headers = {"Authorization": f"Bearer {sim.org.issue_token()}"}
    return requests.post(sim.base_url + CREATE, json={"Subject": "x"}, headers=headers, timeout=10)


@pytest.mark.parametrize(
    ("fault", "status", "tasks"),
    [
        (Instead(status=503, body="busy", headers={"Retry-After": "7"}), 503, 0),
        (ActThenAnswer(status=502, body=b"<html>"), 502, 1),
        (Delay(seconds=0.01), 201, 1),
        (Delay(seconds=0.01, then=Instead(status=500)), 500, 0),
        (Drip(size=20, pause=0), 201, 1),
        (None, 201, 1),
    ],
)
def test_a_scripted_answer_reaches_the_client(fault: Fault | None, status: int, tasks: int) -> None:
    """The client sees the script's status; the org acted only where the script lets it."""
    faults = on_create(fault) if fault else None
    with Simulator(Org(), faults) as sim:
        answer = create(sim)
        assert answer.status_code == status
        assert sim.org.store.count("Task") == tasks
        assert [line.status for line in sim.requests] == [status]
    if isinstance(fault, Instead):
        assert (answer.text, answer.headers["Retry-After"]) == ("busy", "7")


@pytest.mark.parametrize(
    ("fault", "tasks", "status"),
    [(DropBefore(), 0, None), (ActThenDrop(), 1, None), (Truncate(keep=5), 1, 201)],
)
def test_a_lost_answer_is_a_broken_connection(fault: Fault, tasks: int, status: int | None) -> None:
    """The client cannot tell the three apart by the error; the org knows whether it acted."""
    with Simulator(Org(), on_create(fault)) as sim:
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            create(sim)
        assert sim.org.store.count("Task") == tasks
        assert [line.status for line in sim.requests] == [status]


@pytest.mark.parametrize(
    ("seconds", "tasks"), [(0.3, 1), (60, 0)], ids=["acts-late", "stops-first"]
)
def test_a_client_that_gave_up_does_not_stop_the_act(seconds: float, tasks: int) -> None:
    """A slow server acts after its client left, unless it is stopped before."""
    org = Org()
    with Simulator(org, on_create(Delay(seconds=seconds))) as sim:
        headers = {"Authorization": f"Bearer {org.issue_token()}"}
        with pytest.raises(requests.ReadTimeout):
            requests.post(sim.base_url + CREATE, json={}, headers=headers, timeout=0.1)
        for _ in range(100 * tasks):
            if not org.store.count("Task"):
                threading.Event().wait(0.02)
    assert org.store.count("Task") == tasks


def test_the_script_sees_number_and_request() -> None:
    """Requests are numbered from one; method, path, query and body are the client's."""
    seen: list[tuple[int, str, str, str, bytes]] = []

    def script(number: int, arrival: Arrival) -> Fault | None:
        seen.append((number, arrival.method, arrival.path, arrival.query, arrival.body))
        return DropBefore() if number == 2 else None

    with Simulator(Org(), script) as sim:
        url = sim.base_url + "/services/data/"
        assert requests.get(url + "?a=%20b", timeout=5).status_code == 200
        with pytest.raises(requests.ConnectionError):
            requests.post(url, data=b"two", timeout=5)
        assert requests.get(url, timeout=5).status_code == 200
        log = [(line.number, line.method, line.path, line.query) for line in sim.requests]
    assert seen[0] == (1, "GET", "/services/data", "a=%20b", b"")
    assert seen[1] == (2, "POST", "/services/data", "", b"two")
    assert log == [entry[:4] for entry in seen]


def test_a_half_sent_body_is_never_acted_on() -> None:
    """A connection that breaks in the middle of a body leaves no record."""
    arrived = threading.Event()
    with Simulator(Org()) as sim:
        address = (LOOPBACK, int(sim.base_url.rsplit(":", 1)[1]))
        with socket.create_connection(address, timeout=5) as raw:
            head = (
                f"POST {CREATE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                f"Authorization: Bearer {sim.org.issue_token()}\r\nContent-Length: 15\r\n\r\n"
            )
            raw.sendall(head.encode() + b'{"Subject":')
            while not sim.requests:
                arrived.wait(0.005)
        assert create(sim).status_code == 201
        assert sim.org.store.count("Task") == 1
        assert sim.requests[0].status is None


def test_several_simulators_live_side_by_side() -> None:
    """Each has its own port, org, tokens and log."""
    with Simulator(Org(name="one")) as first, Simulator(Org(name="two")) as second:
        assert first.base_url != second.base_url
        create(first)
        assert (first.org.store.count("Task"), second.org.store.count("Task")) == (1, 0)
        headers = {"Authorization": f"Bearer {first.org.issue_token()}"}
        url = second.base_url + "/services/data/v62.0/limits"
        assert requests.get(url, headers=headers, timeout=5).status_code == 401
        assert (len(first.requests), len(second.requests)) == (1, 1)


def test_a_stopped_simulator_listens_no_more() -> None:
    """After the block the port is closed."""
    with Simulator(Org()) as sim:
        url = sim.base_url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_a_taken_port_is_an_os_error() -> None:
    """`serve` says so before it serves, and announces nothing."""
    announced: list[str] = []
    with Simulator(Org()) as sim:
        taken = int(sim.base_url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match="is taken"):
            serve(Org(), port=taken, announce=announced.append)
    assert announced == []
