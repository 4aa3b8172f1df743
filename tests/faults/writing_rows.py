"""The writing half of the fault matrix, F63 to F134: where each row is tried, or why it is not.

`design/reliability.md`, parts B4 to B6. What is tried in this directory stands in `applying` and
`running`. The suite refuses a row without an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ALL: Final = tuple(f"F{number}" for number in range(63, 135))
_APPLY: Final = "tests/worker/test_apply.py::"
_LEDGER: Final = "tests/worker/test_ledger.py::"
_SCHEDULE: Final = "tests/worker/test_schedule.py::"
_TRANSPORT: Final = "tests/connectors/test_transport.py::"
_LOG: Final = "tests/worker/test_log.py::"
_CONFIRM: Final = "tests/prove/test_confirming.py::"
_LIFE: Final = "tests/prove/test_life.py::"
_CUT: Final = "tests/prove/test_power_cut.py::"
_HERE: Final = "tests/faults/test_writing.py::"
_YAML: Final = "tests/rules/test_strict_yaml.py::"
_TEMPLATES: Final = "tests/rules/test_templates.py::"
#: Row -> the test that proves it.
PROVED: Final[Mapping[str, str]] = {
    "F64": _YAML + "test_every_double_key_is_told",
    "F65": _YAML + "test_hostile_text_is_refused",
    "F66": _YAML + "test_twenty_levels_are_allowed",
    "F67": _YAML + "test_hostile_text_is_refused",
    "F68": "tests/rules/test_language.py::test_other_ways_to_write_numbers_are_refused",
    "F69": "tests/worker/test_loading.py::test_only_plain_files_are_read",
    "F71": "tests/worker/test_brakes.py::test_a_rule_under_another_name_asks_for_nothing_again",
    "F73": "tests/rules/test_signals.py::test_a_text_made_to_be_slow_is_read",
    "F77": "tests/rules/test_evaluate.py::test_what_the_account_may_not_see",
    "F78": "tests/rules/test_calendars.py::test_python_sql_and_a_naive_clock_agree",
    "F79": _LIFE + "test_a_duty_that_comes_back_soon_opens_its_old_task_again",
    "F80": _TEMPLATES + "test_what_clients_are_called_is_never_read",
    "F81": "tests/rules/test_load.py::test_each_kind_of_mistake_has_its_sentence",
    "F84": _TEMPLATES + "test_a_subject_keeps_its_limit",
    "F85": _TEMPLATES + "test_plain_removes_what_nobody_sees",
    "F86": _CONFIRM + "test_a_stopped_plan_waits_whole_and_keeps_its_hash",
    "F87": _CONFIRM + "test_deals_that_vanish_stop_new_tasks_until_somebody_says_yes",
    "F88": _CONFIRM + "test_a_plan_is_refused_when_its_ground_has_moved",
    "F94": "tests/connectors/salesforce/test_writing.py::"
    "test_a_field_of_the_orgs_own_that_every_task_needs_is_told_beforehand",
    "F98": _LIFE + "test_what_a_person_changed_stays_as_they_left_it",
    "F99": _APPLY + "test_a_task_that_a_person_ended_is_left_alone",
    "F100": _TRANSPORT + "test_several_tasks_with_one_key_stop_the_writing",  # and trials here
    "F101": "tests/prove/test_kill_points.py::test_killed_at_every_event",
    "F102": _CUT + "test_a_power_cut_loses_nothing_acknowledged",
    "F104": _HERE + "test_f104_a_full_disk_at_the_answer_stops_the_worker",
    "F105": _LOG + "test_a_full_disk_does_no_harm",
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
    "F129": "tests/soak/test_soak.py::test_bad_weather_ends_as_calm_does",
    "F130": "tests/worker/test_settings.py::test_secrets_do_not_show",
    "F131": _LOG + "test_a_live_secret_shows_nowhere",
    "F132": _LOG + "test_a_value_cannot_make_a_line_of_its_own",
}
#: Rows that mean nothing here, and why.
NOT_APPLICABLE: Final[Mapping[str, str]] = {
    "F74": "nobody writes regular expressions: entries of the lexicon are words with signs of ours",
    "F76": "rules are statements over typed columns, so no single record can raise; what cannot be "
    "read ends the pull of its feed",
    "F83": "there is no HTML report and no CSV: pages are text of a terminal, or JSON",
    "F113": "ticks are kept in memory, and due times in the ledger: nothing is stored by reference",
    "F115": "a beat counts seconds in UTC; there are no local times to double or to skip",
}
#: Rows that no test here proves, and what holds meanwhile.
NOT_DONE: Final[Mapping[str, str]] = {}
