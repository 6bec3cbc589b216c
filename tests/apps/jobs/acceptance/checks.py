"""Which test answers which of the acceptance checks. Pure.

Those that need a kubelet, Spark or an operator are answered on the real node; of Airflow and Connect there is
nothing yet. A test makes sure that each test that is named here exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_WORKER: Final = "tests/apps/jobs/worker/"
_HERE: Final = "tests/apps/jobs/acceptance/"
_INDEX: Final = "tests/apps/jobs/index/"
_WEB: Final = "tests/apps/jobs/web/"
_JOBS: Final = "tests/apps/jobs/"
_CLUSTER: Final = "tests/cluster/"


@dataclass(frozen=True, kw_only=True)
class Check:
    """An acceptance check.

    Args:
        number: of the check.
        holds: what has to hold.
        tests: what shows it without a node, as file and function.
        node: what only a real node shows of it; empty if nothing.
    """

    number: int
    holds: str
    tests: tuple[str, ...]
    node: str = ""


CHECKS: Final = (
    Check(
        number=1,
        holds="A commit is one run: with a second worker, 20 passes, a restart, an application that is gone, "
        "a branch pushed by force, and a revert.",
        tests=(f"{_HERE}test_worker.py::test_01_a_commit_is_one_run_whatever_comes_after_it",),
        node="within the interval and 10 s, counted by drivers' pods",
    ),
    Check(
        number=2,
        holds="kill -9 at each step between claim and status, and at 50 moments: none lost or doubled.",
        tests=(
            f"{_HERE}test_killed.py::test_02_a_worker_killed_at_fifty_random_moments_loses_and_doubles_nothing",
            f"{_WORKER}test_killed_worker.py::test_a_worker_killed_at_every_step_loses_and_doubles_nothing",
        ),
    ),
    Check(
        number=3,
        holds="A bad file among good ones: the others run, and all errors are shown.",
        tests=(f"{_HERE}test_worker.py::test_03_a_bad_file_stops_no_other_and_all_its_errors_are_said",),
    ),
    Check(
        number=4,
        holds="An edit while a run is under way: it ends untouched, and the new revision waits.",
        tests=(
            f"{_WORKER}test_making_runs.py::test_an_edit_while_a_run_is_under_way_waits_and_touches_nothing",
        ),
    ),
    Check(
        number=5,
        holds="A cluster that is thrown away and made again from Git and bucket reruns nothing.",
        tests=(
            f"{_WORKER}test_making_runs.py::test_a_cluster_that_is_rebuilt_from_git_and_bucket_reruns_nothing",
        ),
        node="a cluster as a whole",
    ),
    Check(
        number=6,
        holds="Each minute of ten once, or skipped with a reason, with workers killed; days on which clocks "
        "change in two zones.",
        tests=(
            f"{_HERE}test_schedules.py::test_06_each_minute_runs_once_or_is_skipped_with_a_reason",
            f"{_HERE}test_schedules.py::test_06_a_day_on_which_clocks_change_runs_once",
        ),
        node="an operator that is killed",
    ),
    Check(
        number=7,
        holds="A schedule from outside without a concurrency policy is flagged, on the pages and by the "
        "command, with what to write.",
        tests=(
            f"{_HERE}test_outside_schedules.py::"
            "test_07_a_schedule_from_outside_without_a_concurrency_policy_is_flagged",
        ),
    ),
    Check(
        number=8,
        holds="An operator killed inside of a submission: an orphan, followed, and no second driver.",
        tests=(f"{_WORKER}test_ended_runs.py::test_an_orphan_is_followed_and_never_run_twice",),
        node="the operator's real kill",
    ),
    Check(
        number=9,
        holds="States agree with the pods' truth for 200 runs that nobody watched.",
        tests=(f"{_HERE}test_truth.py::test_09_runs_that_nobody_watched_are_what_their_pods_say",),
        node="10 real runs",
    ),
    Check(
        number=10,
        holds="Each induced failure has its code, also after pods and applications are gone.",
        tests=(
            f"{_JOBS}test_verdicts.py::test_a_recorded_failure_gets_its_verdict_and_says_what_it_rests_on",
        ),
        node="the failures themselves, within 20 s",
    ),
    Check(
        number=11,
        holds="A matrix of the corpus; unknown below 5 %; no secret in any stored text.",
        tests=(
            f"{_HERE}test_truth.py::test_11_the_corpus_gets_the_codes_that_it_is_recorded_under",
            f"{_JOBS}test_verdicts.py::test_fewer_than_a_twentieth_of_the_corpus_is_unknown",
            f"{_WORKER}test_ended_runs.py::test_what_came_by_kubectl_and_by_spark_submit_is_in_the_list_too",
            f"{_JOBS}test_masking.py::test_no_verdict_shows_a_secret",
        ),
    ),
    Check(
        number=12,
        holds="Every screen as four people: buttons are the viewer's rights, another team's address is 403.",
        tests=(
            f"{_WEB}test_browser.py::test_every_screen_opens_without_a_complaint",
            f"{_WEB}test_accessibility.py::test_axe_finds_nothing_serious_or_critical_on_any_screen",
            f"{_WEB}test_accessibility.py::test_every_button_and_field_is_reached_and_seen_with_the_keyboard",
            f"{_WEB}test_rights.py::test_a_button_is_there_if_the_viewer_may_do_what_it_does",
            f"{_WEB}test_rights.py::test_a_direct_address_of_another_teams_run_is_refused",
        ),
        node="behind the login",
    ),
    Check(
        number=13,
        holds="10,000 runs: a page in 1 s, a filter in 0.5 s.",
        tests=(
            f"{_INDEX}test_speed.py::"
            "test_a_page_of_ten_thousand_runs_takes_a_second_at_most_and_a_filter_half",
            f"{_INDEX}test_pages_speed.py::"
            "test_a_page_of_ten_thousand_runs_takes_a_second_at_most_and_a_filter_half",
        ),
    ),
    Check(
        number=14,
        holds="The live page opens while a run goes on, and the same link shows its history after.",
        tests=(
            f"{_WEB}test_live.py::test_whoever_has_the_address_reads_the_page_from_where_the_api_server_says",
            f"{_WEB}test_live.py::test_after_its_end_the_same_link_leads_to_the_history",
        ),
        node="a real driver",
    ),
    Check(
        number=15,
        holds="30 days, at most 3 at once: 27 runs and 3 skipped as shown; stopped after 10, and gone on "
        "with; what is changed is in the runs.",
        tests=(
            f"{_HERE}test_backfill.py::test_15_thirty_days_at_most_three_at_once_stopped_and_gone_on_with",
        ),
        node="real pods with other executors",
    ),
    Check(
        number=16,
        holds="A day that is dropped, cut or emptied is red with its number, and no other.",
        tests=(
            f"{_JOBS}test_checks_looking.py::"
            "test_a_day_that_is_dropped_cut_or_emptied_turns_red_with_its_number_and_no_other",
            f"{_JOBS}test_checks_iceberg.py::"
            "test_a_day_that_is_dropped_cut_or_emptied_turns_red_with_its_number_and_no_other",
            f"{_JOBS}test_checks_iceberg_by_spark.py::"
            "test_a_day_that_is_dropped_cut_or_emptied_turns_red_with_its_number_and_no_other",
        ),
    ),
    Check(
        number=17,
        holds="A driver's log of 60 MB is complete in the bucket; an executor of 3 s has its exit reason.",
        tests=(
            f"{_CLUSTER}test_run_evidence.py::"
            "test_17_a_log_of_60_mb_is_whole_in_the_bucket_though_its_node_has_turned_it",
            f"{_CLUSTER}test_run_evidence.py::"
            "test_17_an_executor_of_seconds_has_its_exit_reason_in_the_runs_record",
        ),
        node="all of it: a kubelet writes and turns logs",
    ),
    Check(
        number=18,
        holds="Runs, what is idle and the system are together the nodes' price, within 1 %.",
        tests=(f"{_HERE}test_truth.py::test_18_runs_and_what_is_idle_are_together_what_the_nodes_cost",),
        node="real pods",
    ),
)
