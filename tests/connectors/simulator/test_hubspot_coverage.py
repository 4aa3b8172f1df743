"""The HubSpot half of COVERAGE.md says what the code does, in both directions."""

from __future__ import annotations

from pathlib import Path

import connectors.simulator
from connectors.simulator.hubspot import dialect, objects
from connectors.simulator.hubspot.paths import ROOTS
from connectors.simulator.hubspot.portal import Portal

COVERAGE = Path(connectors.simulator.__file__).parent / "COVERAGE.md"


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = COVERAGE.read_text().split(f"### {heading}\n")[1].split("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    """Method and both paths of each row are exactly those the dialect serves."""
    written = [
        (cells[0], cells[1].strip("`"), cells[2].strip("`")) for cells in rows("HubSpot operations")
    ]
    served = [("POST", *ROOTS["token"]), *(one.shown() for one in dialect.OPERATIONS)]
    assert sorted(written) == sorted(served)


def test_every_row_is_served_under_every_name() -> None:
    """Each path of the table is a route of a portal, the dated ones once a version."""
    served = {
        (method, one.path) for one in dialect.routes(Portal()) for method in one.methods or ()
    }
    for cells in rows("HubSpot operations"):
        method, older, dated = cells[0], cells[1].strip("`"), cells[2].strip("`")
        wanted = {older, *(dated.replace("{version}", v) for v in ("2026-03", "2026-09") if dated)}
        assert {(method, path) for path in wanted} <= served


def test_every_object_has_its_row_and_every_row_its_object() -> None:
    """The objects of the table are those of a plain portal, with their type ids."""
    written = {cells[0]: cells[1] for cells in rows("HubSpot objects")}
    assert written == {one.name: one.type_id for one in objects.standard().values()}


def test_every_switch_named_is_a_setting_of_a_portal() -> None:
    """A switch of the table is a field of `Portal`."""
    table = rows("Switches of `Portal` where real portals differ or nobody knows")
    assert len(table) > 10
    fields = Portal.__dataclass_fields__
    assert [cells[0] for cells in table if cells[0].strip("`") not in fields] == []


def test_every_row_says_how_sure_we_are() -> None:
    """The last cell of an operation or an object is one of the three words explained on top."""
    words = {c[-1] for heading in ("HubSpot operations", "HubSpot objects") for c in rows(heading)}
    assert words <= {"recorded", "documented", "open"}
