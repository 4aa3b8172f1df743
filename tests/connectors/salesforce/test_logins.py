"""The three ways to log in, over real sockets: what is sent, what is kept, what is said."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.errors import CrmError, Unusable
from connectors.simulator.faults import ActThenDrop, Instead

LOGIN = "/services/oauth2/token"
USERNAME = "integration@simulated.example"


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    """A private key and its public half, as PEM."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = made.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture
def by_key(company: Any, keys: tuple[str, str]) -> dict[str, Any]:
    """Settings that log in by a key the app knows, as a user it lets in."""
    company.org.jwt_keys = (keys[1],)
    company.org.pre_authorized = frozenset({USERNAME})
    return {"client_secret": None, "username": USERNAME, "private_key": keys[0]}


@pytest.fixture
def by_token(company: Any, tmp_path: Path) -> dict[str, Any]:
    """Settings that log in by a refresh token which is replaced with each use."""
    company.org.rotates_refresh = True
    path = tmp_path / "token"
    path.write_text(company.org.sessions.allow(company.org.user_id) + "\n")
    path.chmod(0o600)
    return {"refresh_token_file": path}


def test_a_key_logs_in_by_the_orgs_own_clock(company: Any, by_key: dict[str, Any]) -> None:
    """The assertion is dated by Salesforce, so a clock that is wrong here does no harm."""
    company.clock.now = dt.datetime(2031, 7, 1, tzinfo=dt.UTC)
    connector = company.connect(**by_key)
    assert connector.identity().user_id == company.org.user_id
    assert company.asked(LOGIN) == 1
    assert connector.usage().calls == company.org.calls_used()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"username": "somebody@else.example"}, "SALESFORCE_USERNAME"),
        ({"private_key": "no key"}, "SALESFORCE_PRIVATE_KEY_FILE"),
        ({"client_id": "other-app"}, "SALESFORCE_CLIENT_ID"),
    ],
)
def test_a_key_that_does_not_fit_is_told(
    company: Any, by_key: dict[str, Any], wrong: dict[str, Any], says: str
) -> None:
    """At most one login, and a sentence that names the variable, without the key."""
    with pytest.raises(Unusable, match=says) as caught:
        company.connect(**(by_key | wrong)).identity()
    assert "no key" not in str(caught.value)
    assert company.asked(LOGIN) <= 1


def test_an_assertion_for_another_org_is_refused(company: Any, by_key: dict[str, Any]) -> None:
    """The certificate must be this app's: without it the login ends at once."""
    company.org.jwt_keys = ()
    with pytest.raises(Unusable, match="certificate"):
        company.connect(**by_key).identity()


def test_a_new_refresh_token_is_kept_before_anything_is_asked(
    company: Any, by_token: dict[str, Any]
) -> None:
    """Each login uses the token that the one before it brought; only its owner may read it."""
    path = by_token["refresh_token_file"]
    first = path.read_text()
    connector = company.connect(**by_token)
    connector.identity()
    second = path.read_text()
    company.org.expire_tokens()
    connector.stages()
    assert len({first, second, path.read_text()}) == 3
    assert company.asked(LOGIN) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_token_that_stays_is_left_as_it_is(company: Any, by_token: dict[str, Any]) -> None:
    """Without rotation nothing is written."""
    company.org.rotates_refresh = False
    path = by_token["refresh_token_file"]
    before = path.read_text(), path.stat().st_ino
    company.connect(**by_token).identity()
    assert (path.read_text(), path.stat().st_ino) == before


def test_a_used_refresh_token_is_refused_with_what_to_do(
    company: Any, by_token: dict[str, Any]
) -> None:
    """A token put back from a backup is dead, and its text stands in no error."""
    path = by_token["refresh_token_file"]
    old = path.read_text()
    company.connect(**by_token).identity()
    path.write_text(old)
    with pytest.raises(Unusable, match="used before") as caught:
        company.connect(**by_token).identity()
    assert old.strip() not in str(caught.value)


def test_a_folder_that_keeps_nothing_is_told_before_the_token_is_used_up(
    company: Any, by_token: dict[str, Any]
) -> None:
    """Where the next token could not be saved, the present one is not spent."""
    os.mkdir(f"{by_token['refresh_token_file']}.new")  # stands where the new file would
    with pytest.raises(Unusable, match="cannot be kept"):
        company.connect(**by_token).identity()
    assert company.asked(LOGIN) == 0


def test_what_a_crash_left_beside_the_token_does_no_harm(
    company: Any, by_token: dict[str, Any]
) -> None:
    """Half a file from a save that was cut off is replaced, and the token still is the old one."""
    path = by_token["refresh_token_file"]
    path.with_name(path.name + ".new").write_text("5Aep86")
    assert company.connect(**by_token).identity().user_id == company.org.user_id


def test_a_token_that_a_crash_left_beside_the_old_one_is_the_one(
    company: Any, by_token: dict[str, Any]
) -> None:
    """Written whole and not yet in its place: the old token is spent, the new one logs in."""
    path = by_token["refresh_token_file"]
    spent = path.read_text()
    company.connect(**by_token).identity()
    path.rename(path.with_name(path.name + ".new"))
    path.write_text(spent)
    assert company.connect(**by_token).identity().user_id == company.org.user_id
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("fault", [Instead(status=500, body=b"token=hidden-words"), ActThenDrop()])
def test_a_login_that_breaks_off_says_nothing_it_read(
    company: Any, by_token: dict[str, Any], fault: Any
) -> None:
    """No body, no form and no token stands in the error."""
    token = by_token["refresh_token_file"].read_text().strip()
    company.fault = lambda _number, call: fault if call.path == LOGIN else None
    with pytest.raises(CrmError) as caught:
        company.connect(**by_token).identity()
    shown = f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"
    assert "hidden-words" not in shown
    assert token not in shown
