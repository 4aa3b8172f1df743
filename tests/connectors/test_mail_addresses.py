"""Addresses in a text, and which of them are the client's."""

from __future__ import annotations

import pytest

from connectors.mail_addresses import addresses, outsiders, own_domains
from connectors.plain_text import LONGEST

STAFF = frozenset({"ana@us.example", "bo@gmail.com"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ana <Ana@US.example>; al@client.example.", ["ana@us.example", "al@client.example"]),
        ('"Al, A." <al@client.example>,al@client.example', ["al@client.example"]),
        ("nobody at all", []),
        ("", []),
    ],
)
def test_addresses_come_in_small_letters_each_once(text: str, found: list[str]) -> None:
    """Names, brackets and a full stop are no part of an address."""
    assert list(addresses(text)) == found


def test_a_huge_list_is_cut_before_it_is_read() -> None:
    """What stands behind the cut is not seen."""
    assert not addresses(" " * LONGEST + "al@client.example")
    assert addresses(" " * (LONGEST - 17) + "al@client.example")


@pytest.mark.parametrize(
    ("found", "count"),
    [
        (["al@client.example", "cy@client.example"], 2),
        (["ana@us.example", "new@us.example"], 0),
        (["bo@gmail.com"], 0),
        (["somebody@gmail.com"], 1),
        ([], 0),
    ],
)
def test_a_colleague_is_known_by_name_or_by_domain(found: list[str], count: int) -> None:
    """A free mail address of one colleague makes no colleagues of all who have one."""
    assert outsiders(found, STAFF, own_domains(STAFF)) == count
