"""Record ids: checksum, counter, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.simulator.salesforce import ids


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("001Wt00000PFsjO", "001Wt00000PFsjOIAT"),
        ("0057e00000RmwSW", "0057e00000RmwSWAAZ"),
        ("012000000000000", "012000000000000AAA"),
    ],
)
def test_the_checksum_is_the_vendors(short: str, whole: str) -> None:
    """Fifteen characters grow to the eighteen that recorded orgs show."""
    assert ids.full(short) == whole


def test_a_lost_letter_case_is_repaired() -> None:
    """The checksum brings the case of an id back that went through capitals."""
    assert ids.full("001WT00000PFSJOIAT") == "001Wt00000PFsjOIAT"


@pytest.mark.parametrize(
    "bad",
    ["", "001", "001Wt00000PFsj", "001Wt00000PFsjOIA", "001Wt00000PFs-O", "001Wt00000PFsjO??9"],
)
def test_what_is_no_id_is_none(bad: str) -> None:
    """Wrong lengths, wrong characters and impossible checksums are no ids."""
    assert ids.full(bad) is None


@given(st.integers(min_value=1, max_value=62**9 - 1))
def test_a_minted_id_is_whole_and_tells_its_number(number: int) -> None:
    """Minting and reading back are each other's inverse, and the checksum is right."""
    minted = ids.mint("00T", number)
    assert ids.full(minted) == ids.full(minted[:15]) == minted
    assert ids.number(minted) == number


@given(st.integers(min_value=1, max_value=62**8), st.integers(min_value=1, max_value=1000))
def test_later_ids_sort_later(number: int, step: int) -> None:
    """The order of ids as text is the order of their creation."""
    assert ids.mint("00T", number) < ids.mint("00T", number + step)
