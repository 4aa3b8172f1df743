"""The reading half of the fault matrix, F01 to F62: which rows are tried here, and why others not.

`design/reliability.md`, part B1 to B3. A row is tried here (`row`), is proved by another test of
ours (`ELSEWHERE`), or concerns writing (`NOT_READING`). The suite refuses a row without an answer.
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
_SALESFORCE: Final = "tests/connectors/salesforce/"
#: Row -> the test that proves it.
ELSEWHERE: Final[Mapping[str, str]] = {
    "F06": _SALESFORCE + "test_logins.py::test_what_a_crash_left_beside_the_token_does_no_harm",
    "F35": _SALESFORCE + "test_repair.py::test_a_window_that_takes_too_long_is_read_in_halves",
    "F37": _SALESFORCE + "test_bulk.py::test_a_job_that_never_ends_is_given_up",
    "F38": _SALESFORCE + "test_bulk.py::test_rows_that_do_not_come_whole_are_not_called_complete",
    "F50": "tests/worker/test_following.py::"
    "test_all_that_named_two_merged_clients_names_the_one_that_is_left",
    "F08": "tests/worker/test_pull.py::test_a_ledger_that_never_saw_our_tasks_reads_all",
    "F11": _TRANSPORT + "test_a_bad_certificate_gets_nothing",
    "F12": _TRANSPORT + "test_the_environment_is_not_believed",
    "F15": _TRANSPORT + "test_an_address_that_leads_elsewhere_is_refused_before_connecting",
    "F23": _TRANSPORT + "test_a_huge_answer_is_refused_after_decompression",
    "F46": _WINDOWS + "test_rows_newer_than_the_window_do_not_move_the_mark",
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
