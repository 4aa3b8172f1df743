"""A simulated portal over HTTP for the tests beside this file: one simulator a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.server import Simulator
from tests.connectors.simulator.hubspot_client import Client, anew


@pytest.fixture(scope="module")
def served() -> Iterator[Simulator]:
    """One simulator for a whole file; `client` gives each test a new portal in it."""
    with Simulator(Portal()) as sim:
        yield sim


@pytest.fixture
def client(served: Simulator) -> Iterator[Client]:
    """A client of a new portal whose clock stands at noon."""
    anew(served.portal)
    made = Client(served)
    yield made
    made.session.close()
