"""What hangs on what, where no stamp tells that it changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.open import CrmSettings, open_connector
from connectors.simulator.hubspot import links
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.server import Simulator
from tests.conftest import Clock
from worker.mirror import Mirror
from worker.pull import Pulled, pull
from worker.sweep import Swept

pytestmark = pytest.mark.proof  # a portal is read several times

NOON = dt.datetime(2026, 11, 12, 12, tzinfo=dt.UTC)


class World:
    """A portal with two deals and a note on the first, read once."""

    def __init__(self, portal: Portal, clock: Clock, sim: Simulator) -> None:
        self.portal, self.clock = portal, clock
        stage = {"pipeline": "default", "dealstage": portal.pipelines[0].stages[0].id}
        self.deals = [portal.insert("deals", {"dealname": n, **stage}) for n in ("one", "two")]
        self.note = portal.insert("notes", {"hs_timestamp": clock.now})
        portal.associate("notes", self.note, "deals", self.deals[0])
        values = {"base_url": sim.base_url, "access_token": portal.access_token}
        self.connector = open_connector(
            CrmSettings(crm="hubspot", **values), pause=lambda _seconds: None
        )
        self.mirror = Mirror.open(None)

    def pull(self, **later: float) -> Pulled:
        self.clock.later(**later)
        return pull(self.connector, self.mirror, self.clock.now, lambda feed, rows: None)

    def take_off(self, contact: str) -> None:
        """Take a contact off the first deal."""
        kinds = [self.portal.kind(name) for name in ("deals", "contacts")]
        ends = zip(kinds, (int(self.deals[0]), int(contact)), strict=True)
        with self.portal.store.transaction():
            links.dissociate(self.portal.scene(), *ends)

    def links(self) -> set[tuple[str, str]]:
        """Deals and contacts that are linked, by name."""
        found = self.mirror.connection.execute(
            "SELECT d.name, c.name FROM links l JOIN deals d ON d.key = l.deal_key "
            "JOIN contacts c ON c.key = l.contact_key WHERE NOT l.deleted"
        ).fetchall()
        return {(row[0], row[1]) for row in found}

    def on(self) -> set[str]:
        """The names of the deals that the note hangs on."""
        found = self.mirror.connection.execute(
            "SELECT d.name FROM activity_links l JOIN deals d ON d.key = l.target_key "
            "JOIN activities a ON a.key = l.activity_key WHERE l.target = 'deal' AND a.id = ?",
            [self.note],
        ).fetchall()
        return {row[0] for row in found}


def activities(pulled: Pulled) -> Swept:
    """What the sweep said of the activities."""
    (found,) = (one for one in pulled.swept if one.stream == "activities")
    return found


@pytest.fixture
def world() -> Iterator[Any]:
    clock = Clock(now=NOON)
    portal = Portal(clock=clock)
    with Simulator(portal) as sim:
        made = World(portal, clock, sim)
        made.clock.later(days=40)  # long ago: nobody looks for changes of it any more
        made.pull()
        yield made
        made.connector.close()
        made.mirror.close()
    portal.close()


def test_a_note_put_on_another_deal_is_found_by_the_sweep(world: World) -> None:
    """Also one that was taken off; what windows read is not called a miss for it."""
    world.portal.associate("notes", world.note, "deals", world.deals[1])
    world.pull(minutes=30)
    assert world.on() == {"one"}
    swept = activities(world.pull(hours=25))
    assert world.on() == {"one", "two"}
    assert (swept.moved, swept.repaired) == (1, 0)


def test_a_sweep_that_finds_every_note_on_its_deals_reads_none(world: World) -> None:
    """Two days on, nothing has moved."""
    assert [activities(world.pull(hours=25)).moved for _ in range(2)] == [0, 0]
    assert world.on() == {"one"}


def test_a_contact_taken_off_a_deal_is_off_it_when_the_deal_is_read(world: World) -> None:
    """One of two stays; when the last one goes, none is left; other deals keep theirs."""
    ann, bob = (world.portal.insert("contacts", {"firstname": n}) for n in ("Ann", "Bob"))
    for deal in world.deals:
        for contact in (ann, bob):
            world.portal.associate("deals", deal, "contacts", contact)
    world.pull(minutes=30)
    assert world.links() == {("one", "Ann"), ("one", "Bob"), ("two", "Ann"), ("two", "Bob")}
    world.take_off(bob)
    world.pull(minutes=30)
    assert world.links() == {("one", "Ann"), ("two", "Ann"), ("two", "Bob")}
    world.take_off(ann)
    world.pull(minutes=30)
    assert world.links() == {("two", "Ann"), ("two", "Bob")}
