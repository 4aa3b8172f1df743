"""A disk that loses power: what a traced process asked of it, and what may be left of that.

Only what was synced is sure. Of the rest any part may be there: writes in any order, half of one
(in sectors of 512 bytes), a file that was made or removed without its directory being synced.
Harsher than a real disk, and honest in one thing only: what it said it had synced, it has.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SECTOR: Final = 512
CALLS: Final = (
    *("openat", "write", "pwrite64", "pwritev", "fsync", "fdatasync", "sync_file_range"),
    *("ftruncate", "truncate", "fallocate", "rename", "renameat", "renameat2", "unlink"),
    "unlinkat",
)


@dataclass(frozen=True, kw_only=True)
class Op:
    """One thing asked of the disk: create, write, truncate, sync, unlink, sync_names.

    `note` asks nothing: the process says something.
    """

    kind: str
    name: str = ""
    data: bytes = b""
    at: int = 0  # bytes: where a write begins, or how long a file shall be


# -- tracing ---------------------------------------------------------------------------------

_LINE: Final = re.compile(r"^([\d.]+) (\w+)\((.*)\) += (-?\d+)")
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_OPEN_FILE: Final = re.compile(r"^\d+<((?:\\x[0-9a-f]{2})*)>")


def traced(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    files: Sequence[Path],
    notes: Path,
    log: Path,
) -> list[Op]:
    """Run a command to its end; return what it asked of these files and their directory, in order.

    `notes` is the file into which it says what it believes.
    """
    directory = files[0].parent
    places = [word for path in (*files, directory, notes) for word in ("-P", str(path))]
    told = ["strace", "-ff", "--seccomp-bpf", "-ttt", "-y", "-xx", "-s", "1000000", "-qq"]
    told += ["-e", f"trace={','.join(CALLS)}", "-e", "signal=none", "-o", str(log), *places]
    done = subprocess.run([*told, *command], env=dict(environment), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for part in log.parent.glob(f"{log.name}.*") for line in _lines(part)]
    names = {str(path): path.name for path in files} | {str(directory): ""}
    return [op for *_, call, said in sorted(lines) for op in _ops(call, said, names, str(notes))]


def _lines(part: Path) -> Iterator[tuple[float, int, str, str]]:
    """Moment, place, call and arguments of whatever succeeded."""
    for place, line in enumerate(part.read_text().splitlines()):
        found = _LINE.match(line)
        if found is not None and int(found[4]) >= 0:
            yield float(found[1]), place, found[2], found[3]


def _ops(call: str, said: str, names: Mapping[str, str], notes: str) -> Iterator[Op]:
    opened = _OPEN_FILE.match(said)
    texts = [_bytes(found) for found in _TEXT.findall(said)]
    path = _bytes(opened[1]).decode() if opened else texts[0].decode()
    if path == notes:
        if call == "write":
            yield Op(kind="note", data=texts[0])
        return
    name, last = names[path], said.rpartition(", ")[2]
    if call in ("fsync", "fdatasync"):
        yield Op(kind="sync" if name else "sync_names", name=name)
    elif call == "pwrite64":
        yield Op(kind="write", name=name, data=texts[0], at=int(last))
    elif call == "ftruncate":
        yield Op(kind="truncate", name=name, at=int(last))
    elif call in ("unlink", "unlinkat"):
        yield Op(kind="unlink", name=name)
    elif call == "openat":
        assert "O_TRUNC" not in said, said
        yield from [Op(kind="create", name=name)] if "O_CREAT" in said else []
    else:
        raise AssertionError(f"the ledger did what this model does not know: {call}")


def _bytes(said: str) -> bytes:
    return bytes.fromhex(said.replace("\\x", ""))


# -- the disk --------------------------------------------------------------------------------


@dataclass
class _File:
    sure: bytearray = field(default_factory=bytearray)
    unsure: list[Op] = field(default_factory=list)

    def sync(self) -> None:
        for op in self.unsure:
            _do(self.sure, op)
        self.unsure.clear()


@dataclass
class Disk:
    """Files by name, as they are sure to be, and what came after that."""

    files: dict[str, _File] = field(default_factory=dict)  # as the running process sees them
    sure_names: dict[str, _File] = field(default_factory=dict)
    unsure_names: list[tuple[str, _File | None]] = field(default_factory=list)

    def take(self, op: Op) -> None:
        """Do what was asked."""
        if op.kind == "create" and op.name not in self.files:
            self.files[op.name] = _File()
            self.unsure_names.append((op.name, self.files[op.name]))
        elif op.kind == "unlink":
            del self.files[op.name]
            self.unsure_names.append((op.name, None))
        elif op.kind in ("write", "truncate"):
            self.files[op.name].unsure.append(op)
        elif op.kind == "sync":
            self.files[op.name].sync()
        elif op.kind == "sync_names":
            self.sure_names = dict(self.files)
            self.unsure_names.clear()

    def after_a_cut(self, luck: Luck) -> dict[str, bytes]:
        """Return what is found when the power is back."""
        names = dict(self.sure_names)
        for name, made in self.unsure_names:
            if not luck.keeps():
                continue
            names.pop(name, None)
            if made is not None:
                names[name] = made
        return {name: _left(file, luck) for name, file in names.items()}


def _left(file: _File, luck: Luck) -> bytes:
    found = bytearray(file.sure)
    for op in file.unsure:
        for part in luck.part_of(op):
            _do(found, part)
    return bytes(found)


def _do(content: bytearray, op: Op) -> None:
    """Write, or cut; what lies between the end and a later write is zeros."""
    end = op.at + len(op.data)
    content.extend(bytes(max(0, end - len(content))))
    if op.kind == "truncate":
        del content[op.at :]
    else:
        content[op.at : end] = op.data


class Luck:
    """What of the unsure is kept: `share` of it, 0 to 1; chosen by a seed."""

    def __init__(self, share: float, seed: str) -> None:
        self._share = share
        self._random = random.Random(seed)

    def keeps(self) -> bool:
        """Whether one thing is kept."""
        return self._random.random() < self._share

    def part_of(self, op: Op) -> list[Op]:
        """What is kept of a write: all, nothing, or, by a chance of a quarter, some sectors."""
        torn = 0 < self._share < 1 and op.kind == "write" and self._random.random() < 0.25
        parts = list(_sectors(op)) if torn else [op]
        return [part for part in parts if self.keeps()]


def _sectors(op: Op) -> Iterator[Op]:
    at, end = op.at, op.at + len(op.data)
    while at < end:
        upto = min(end, (at // SECTOR + 1) * SECTOR)
        yield Op(kind="write", name=op.name, data=op.data[at - op.at : upto - op.at], at=at)
        at = upto
