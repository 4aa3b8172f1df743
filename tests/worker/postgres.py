"""A PostgreSQL of the tests' own: Debian's programs, a directory that goes away, a Unix socket."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlalchemy as sa

_SCHEMAS = itertools.count(1)


def programs() -> Path:
    """Where the server's programs are; skips the test, saying why, where there are none."""
    if find_spec("psycopg") is None:
        pytest.skip("the extra [postgres] is not installed")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return found[-1].parent


def _servant() -> str | None:
    """Root may not run the server: the package's own user does."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("root may not run PostgreSQL, and there is no user postgres")


@contextmanager
def server() -> Iterator[str]:
    """Run a server; yield the address of its one database."""
    bin, user = programs(), _servant()
    place = Path(tempfile.mkdtemp(prefix="ledger"))
    if user is not None:
        shutil.chown(place, user)

    def call(*command: str) -> None:
        said = [str(bin / command[0]), *command[1:]]
        done = subprocess.run(said, user=user, cwd=place, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    data = str(place / "data")
    try:
        call("initdb", "-D", data, "-U", "worker", "--auth=trust", "--no-sync", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories='{place}'"
        call("pg_ctl", "-D", data, "-w", "-s", "-l", str(place / "log"), "-o", options, "start")
        try:
            yield f"postgresql://worker@/postgres?host={place}"
        finally:
            call("pg_ctl", "-D", data, "-w", "-s", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place)


def fresh(address: str) -> str:
    """The address of a ledger of one test's own, in a schema of its own."""
    name = f"ledger{next(_SCHEMAS)}"
    engine = sa.create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as run:
        run.exec_driver_sql(f"CREATE SCHEMA {name}")
    engine.dispose()
    return f"{address}&options=-csearch_path%3D{name}"
