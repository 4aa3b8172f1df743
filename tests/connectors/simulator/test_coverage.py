"""COVERAGE.md says what the code does: every route and object has its row, every row is true."""

from __future__ import annotations

import re
from pathlib import Path

import connectors.simulator
from connectors.simulator.salesforce import dialect, objects
from connectors.simulator.salesforce.org import Org

COVERAGE = Path(connectors.simulator.__file__).parent / "COVERAGE.md"


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = COVERAGE.read_text().split(f"### {heading}\n")[1].split("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    """The operations in the table are exactly those the dialect serves."""
    written = [(cells[0], cells[1].strip("`")) for cells in rows("Operations")]
    assert sorted(written) == sorted([*dialect.OPEN, *dialect.DATA])


def test_every_object_has_its_row_and_every_row_its_object() -> None:
    """The objects in the table are exactly those of a plain org, with their key prefixes."""
    written = {cells[0]: cells[1] for cells in rows("Objects")}
    assert written == {one.name: one.key_prefix for one in objects.standard()}


def test_every_switch_named_is_a_setting_of_an_org() -> None:
    """A switch in the table is a field of `Org` with the default the table tells."""
    fields = Org.__dataclass_fields__
    table = rows("Switches of `Org` where real orgs differ or nobody knows")
    assert table
    assert [cells[0] for cells in table if cells[0].strip("`") not in fields] == []


def test_every_row_says_how_sure_we_are() -> None:
    """The last cell of an operation or an object is one of the three words explained on top."""
    words = {cells[-1] for heading in ("Operations", "Objects") for cells in rows(heading)}
    assert words <= {"recorded", "documented", "open"}


def test_the_page_promises_no_path_of_this_machine() -> None:
    """The coverage page names no absolute path except the API's own and the loopback address."""
    paths = re.findall(r"(?<![\w}.])/[a-z-]+/[\w/]*", COVERAGE.read_text())
    known = ("/services/", "/id/", "/files/", "/crm/", "/crm-object-schemas/", "/oauth/")
    known += ("/account-info/", "/calling/")
    assert {path for path in paths if not path.startswith(known)} == set()
