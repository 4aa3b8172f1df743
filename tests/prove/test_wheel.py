"""The package as it is installed: `init` and `rules test` work from the wheel alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("worker", "connectors", "rules", "config")
BUILD = ("-m", "pip", "wheel", "--quiet", "--no-index", "--no-build-isolation", "--no-deps")


def built(tmp_path: Path) -> Path:
    """The wheel, unpacked; nothing of the repository is beside it."""
    source, installed = tmp_path / "source", tmp_path / "installed"
    for part in PARTS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, source / part, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, *BUILD, "--wheel-dir", str(tmp_path), str(source)],
        check=True,
        cwd=tmp_path,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(installed)
    return installed


def test_an_installed_package_makes_a_config_and_tests_it(tmp_path: Path) -> None:
    """The example lies in the wheel with every file, and the rules it extends as well."""
    installed = built(tmp_path)
    assert not (installed / "config").exists()

    def say(*words: str) -> str:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(
            [sys.executable, "-m", "worker", "--config", str(tmp_path / "made"), *words],
            env={**environment, "PYTHONPATH": str(installed)},
            cwd=installed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "for hubspot" in say("init", "--crm", "hubspot")
    here = {one.relative_to(ROOT / "config") for one in (ROOT / "config").rglob("*.*")}
    made = {one.relative_to(tmp_path / "made") for one in (tmp_path / "made").rglob("*.*")}
    assert made == here | {Path(".env.example")}
    assert "no mistakes" in say("rules", "check")
    assert "hold" in say("rules", "test", "won-no-follow-up")
