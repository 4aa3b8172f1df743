"""The reading half of the fault matrix, F01 to F62: which rows are tried here, and why others not.

`design/reliability.md`, part B1 to B3. A row is tried here (`row`), is proved by another test of
ours (`ELSEWHERE`), concerns writing (`NOT_READING`), or is not done (`NOT_DONE`, with what holds
meanwhile). The suite refuses a row without an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.faults.world import CRMS, World

ALL: Final = tuple(f"F{number:02}" for number in range(1, 63))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One trial of a row: in which dialects, and in what kind of company."""

    id: str
    name: str
    run: Callable[[World], None]
    crms: tuple[str, ...]
    how: Mapping[str, Any] = field(default_factory=dict)
    many: int = 0  # so many clients beside the three


ROWS: Final[list[Row]] = []


def row(
    id: str, *, crms: tuple[str, ...] = CRMS, many: int = 0, **how: Any
) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Register a trial of a row."""

    def register(run: Callable[[World], None]) -> Callable[[World], None]:
        name = run.__name__
        ROWS.append(Row(id=id, name=name, run=run, crms=crms, how=how, many=many))
        return run

    return register


_TRANSPORT: Final = "tests/connectors/test_transport.py::"
_WINDOWS: Final = "tests/worker/test_windows.py::"
#: Row -> the test that proves it.
ELSEWHERE: Final[Mapping[str, str]] = {
    "F08": "tests/worker/test_pull.py::test_a_ledger_that_never_saw_our_tasks_reads_all",
    "F11": _TRANSPORT + "test_a_bad_certificate_gets_nothing",
    "F12": _TRANSPORT + "test_the_environment_is_not_believed",
    "F15": _TRANSPORT + "test_an_address_that_leads_elsewhere_is_refused_before_connecting",
    "F23": _TRANSPORT + "test_a_huge_answer_is_refused_after_decompression",
    "F44": _WINDOWS + "test_after_a_week_of_late_commits_the_mirror_is_the_crm",
    "F46": _WINDOWS + "test_rows_newer_than_the_window_do_not_move_the_mark",
    "F49": _WINDOWS + "test_absent_is_not_deleted",
    "F58": "tests/rules/test_newest.py::test_only_the_beginning_of_a_huge_text_is_read",
    "F62": _WINDOWS + "test_a_watermark_in_the_future_is_not_believed",
}
#: Rows about writing; the tests of writing have them.
NOT_READING: Final[Mapping[str, str]] = {
    "F24": "an answer for another request: the id and success of a write",
    "F30": "a write that may have been carried out",
    "F31": "a key that is taken",
    "F32": "a locked record",
    "F33": "a key that several records carry",
}
#: Rows that are not done, and what holds meanwhile.
NOT_DONE: Final[Mapping[str, str]] = {
    "F06": "a rotated refresh token is not yet kept on disk: the next login says so and ends",
    "F35": "a window that times out is left to the next pull and reported; it is not halved",
    "F36": "an address beyond 16,384 bytes is refused as too long and reported, not split",
    "F37": "there is no bulk reading yet",
    "F38": "there is no bulk reading yet",
    "F50": "a merged record of Salesforce is deleted; nobody follows MasterRecordId",
    "F53": "the sweep compares stamps, so a formula that changes without one is not read again",
}
