"""The writing half of the fault matrix, F86 to F134: where each row is proved, or why it is not.

`design/reliability.md`, parts B5 and B6. F63 to F85 are about rules and their evaluation, which the
tests of rules have. The suite refuses a row without an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ALL: Final = tuple(f"F{number}" for number in range(86, 135))
_APPLY: Final = "tests/worker/test_apply.py::"
_LEDGER: Final = "tests/worker/test_ledger.py::"
_SCHEDULE: Final = "tests/worker/test_schedule.py::"
_TRANSPORT: Final = "tests/connectors/test_transport.py::"
_LOG: Final = "tests/worker/test_log.py::"
_CONFIRM: Final = "tests/prove/test_confirming.py::"
_LIFE: Final = "tests/prove/test_life.py::"
_CUT: Final = "tests/prove/test_power_cut.py::"
_HERE: Final = "tests/faults/test_writing.py::"
#: Row -> the test that proves it.
PROVED: Final[Mapping[str, str]] = {
    "F86": _CONFIRM + "test_a_stopped_plan_waits_whole_and_keeps_its_hash",
    "F87": _CONFIRM + "test_deals_that_vanish_stop_new_tasks_until_somebody_says_yes",
    "F88": _CONFIRM + "test_a_plan_is_refused_when_its_ground_has_moved",
    "F90": "tests/worker/test_recheck.py::test_what_no_longer_holds_is_not_written",
    "F91": _LIFE + "test_the_manager_takes_over_from_who_has_left",
    "F92": _APPLY + "test_one_refused_record_does_not_keep_the_others_back",
    "F97": _LIFE + "test_a_task_that_is_deleted_stays_gone",
    "F98": _LIFE + "test_what_a_person_changed_stays_as_they_left_it",
    "F99": _APPLY + "test_a_task_that_a_person_ended_is_left_alone",
    "F100": _TRANSPORT + "test_several_tasks_with_one_key_stop_the_writing",
    "F101": "tests/prove/test_kill_points.py::test_killed_at_every_event",
    "F102": _CUT + "test_a_power_cut_loses_nothing_acknowledged",
    "F103": "tests/machine/test_machine.py::test_the_protocol_holds",
    "F104": _HERE + "test_f104_a_full_disk_at_the_answer_stops_the_worker",
    "F105": _LOG + "test_a_full_disk_does_no_harm",
    "F106": _TRANSPORT + "test_a_lost_connection_is_repeated_for_reads_only",
    "F107": _TRANSPORT + "test_a_mistake_of_ours_is_not_repeated",
    "F109": _SCHEDULE + "test_a_missed_day_is_caught_up_once",
    "F110": _SCHEDULE + "test_a_pass_that_always_crashes_does_not_run_in_a_loop",
    "F111": _SCHEDULE + "test_a_pass_that_takes_longer_than_a_beat_is_followed_by_one",
    "F114": _SCHEDULE + "test_a_clock_that_was_put_back_does_not_stop_the_worker",
    "F116": _SCHEDULE + "test_the_worker_process_writes_its_task_and_ends_when_told",
    "F117": "tests/prove/test_crash.py::test_a_killed_run_is_finished_by_the_next",
    "F118": "tests/worker/test_passes.py::test_two_processes_never_share_a_state_directory",
    "F119": "tests/worker/test_lease.py::test_a_second_worker_waits_until_the_first_is_gone",
    "F121": _LEDGER + "test_a_transaction_takes_the_write_lock_at_once",
    "F122": _HERE + "test_f122_a_full_disk_is_told_and_what_was_recorded_stays",
    "F123": _LEDGER + "test_a_damaged_file_is_told_in_a_sentence",
    "F125": _LEDGER + "test_only_its_owner_may_read_it",
    "F126": _CUT + "test_a_power_cut_loses_nothing_acknowledged",
    "F127": _LEDGER + "test_a_newer_ledger_is_refused",
    "F130": "tests/worker/test_settings.py::test_secrets_do_not_show",
    "F131": _LOG + "test_a_live_secret_shows_nowhere",
    "F132": _LOG + "test_a_value_cannot_make_a_line_of_its_own",
}
#: Rows that no test here proves, and what holds meanwhile.
NOT_DONE: Final[Mapping[str, str]] = {
    "F89": "no trial of its own: a record that is gone is refused by the CRM, as in F92",
    "F93": "no trial: a value that the CRM does not have is a refusal with its code, as in F92",
    "F94": "no trial: a field that the CRM requires is a refusal with its code, as in F92",
    "F95": "no trial: a duplicate rule is a refusal with its code, as in F92",
    "F96": "no trial: full storage is a refusal with its code, as in F92; no brake of its own",
    "F108": "due times stand in the ledger, as in F109; no trial with a stopped process",
    "F112": "the scheduler watches its thread; no trial in which the thread dies",
    "F113": "nothing is stored by reference, so there is nothing to try",
    "F115": "a beat counts seconds in UTC; there are no local times to double or to skip",
    "F120": "the kind of file system is not looked at; nothing warns of a shared one",
    "F124": "one writing connection a process; the version of SQLite is not printed",
    "F128": "no trial with a limit on memory",
    "F129": "the soak of 90 virtual days is not built",
    "F133": "core dumps are left to the system's own settings",
    "F134": "erasing is tried for texts (tests/worker/test_text_kept.py), not for backups",
}
