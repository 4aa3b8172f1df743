"""Keys: the same duty always has the same key, two duties never share one."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.keys import LENGTH, PREFIX, Keyring, default_secret

WON = dt.datetime(2026, 11, 12, 10, 0, tzinfo=dt.UTC)
RING = Keyring(b"a key of the test", "00D000000000001EAA")


def test_the_published_example_never_changes() -> None:
    """A change of this value writes every task of every org once more."""
    key = RING.task_key("won-no-follow-up", "deal", "006000000000001AAA", WON)
    assert key == "ft_tf5suzrse6ab46hczqdzb5wion"


def test_the_published_alert_never_changes() -> None:
    """A change of this value tells every manager once more."""
    key = RING.alert_key("stale-proposal", "deal", "006000000000001AAA", WON, 1)
    assert key == "ft_5vgnyxuopmhmhfbnxhrx23xwxh"


def test_a_list_has_a_key_of_its_person_and_week() -> None:
    """Another week, another person: another list."""
    keys = {RING.digest_key(who, week) for who in ("sam", "mia") for week in ("2026w47", "2026w48")}
    assert len(keys) == 4


def test_the_same_duty_has_the_same_key() -> None:
    """Another key ring, another spelling of the same moment: the same key."""
    berlin = WON.astimezone(dt.timezone(dt.timedelta(hours=1)))
    again = Keyring(b"a key of the test", "00D000000000001EAA")
    assert again.task_key("r", "deal", "006", berlin) == RING.task_key("r", "deal", "006", WON)


@pytest.mark.parametrize(
    "other",
    [
        Keyring(b"a key of the test", "00D000000000002EAA").task_key("r", "deal", "006", WON),
        Keyring(b"another key", "00D000000000001EAA").task_key("r", "deal", "006", WON),
        RING.task_key("s", "deal", "006", WON),
        RING.task_key("r", "deal", "007", WON),
        RING.task_key("r", "deal", "006", WON + dt.timedelta(seconds=1)),
        RING.task_key("r", "account", "006", WON),
        RING.task_key("r", "deal", "006", WON, 1),
        RING.alert_key("r", "deal", "006", WON, 0),
        RING.digest_key("006", "2026w47"),
    ],
    ids=["org", "secret", "rule", "deal", "anchor", "subject", "step", "alert", "digest"],
)
def test_anything_else_has_another_key(other: str) -> None:
    """Org, secret, rule, record, moment, step and kind each make a key of its own."""
    assert other != RING.task_key("r", "deal", "006", WON)


def test_words_do_not_run_into_each_other() -> None:
    """A rule's end and a deal's beginning cannot change places."""
    assert RING.task_key("ab", "deal", "c", WON) != RING.task_key("a", "deal", "bc", WON)


@given(rule=st.text(max_size=60), deal=st.text(max_size=20))
def test_every_key_has_the_same_shape(rule: str, deal: str) -> None:
    """Prefix, 26 characters of base32 in lower case, nothing of what went in."""
    key = RING.task_key(rule, "deal", deal, WON)
    assert len(key) == LENGTH == 29
    assert re.fullmatch(re.escape(PREFIX) + "[a-z2-7]{26}", key)


def test_a_ring_is_told_by_its_mark() -> None:
    """The same secret and org have the same mark; another secret has another."""
    assert RING.mark == Keyring(b"a key of the test", "00D000000000001EAA").mark
    assert RING.mark != Keyring(b"another key", "00D000000000001EAA").mark


def test_without_a_secret_the_org_makes_one() -> None:
    """The stand-in is the org's own, so that two orgs still have different keys."""
    assert default_secret("one") == default_secret("one")
    assert default_secret("one") != default_secret("two")
