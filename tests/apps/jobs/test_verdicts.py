"""A run that failed gets one verdict: the cause and not its symptoms, with what speaks for it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from apps.jobs.verdict.exceptions import last_raised, with_states
from apps.jobs.verdict.facts import Fact, Facts, Source
from apps.jobs.verdict.gathering import Remains, gather, states
from apps.jobs.verdict.judging import QUOTED, SAID, UNKNOWN, judge
from apps.jobs.verdict.rules import Retry, RuleSet, load
from tests.apps.jobs.corpus import Case, cases

BY_NAME = {case.name: case for case in cases()}
RULES = {rule.code: rule for rule in load().rules}
DISK = "java.io.IOException: No space left on device"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_recorded_failure_gets_its_verdict_and_says_what_it_rests_on(case: Case) -> None:
    verdict = case.verdict
    assert verdict.code == case.code, verdict.sentence
    assert verdict.evidence
    assert all(quote.text and len(quote.text) <= QUOTED for quote in verdict.evidence)
    assert "{" not in verdict.sentence
    assert len(verdict.sentence) <= SAID


def test_every_rule_has_a_recorded_failure() -> None:
    assert {case.code for case in cases()} == set(RULES)


def test_fewer_than_a_twentieth_of_the_corpus_is_unknown() -> None:
    codes = Counter(case.verdict.code for case in cases())
    assert codes.total() > 50
    assert codes[UNKNOWN] < 0.05 * codes.total()


def test_what_spark_says_is_recorded_from_spark() -> None:
    """Only what a cluster alone can do to a run may be written down from its source."""
    assert sum(case.source == "spark" for case in cases()) >= 30
    written = {case.code for case in cases() if case.source == "written"}
    assert not written & {"DATA_ERROR", "QUERY_ERROR", "UDF_ERROR", "S3_DENIED", "DISK_FULL", "SHUFFLE_LOST"}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("key-error-before-spark", "The job raised KeyError: 'output'"),
        ("function-of-the-user", "The function rate failed: ZeroDivisionError: division by zero"),
        ("bucket-that-is-denied", "S3 refused s3a://private/orders."),
        ("table-that-is-unknown", "Table `sales`.`orders` is unknown."),
        ("result-too-big", "is larger than spark.driver.maxResultSize, 64.0 KiB."),
        ("python-of-another-release", "Driver and executors have different Pythons: 3.11 and 3.13."),
        ("executors-over-their-limit", "4 executors were killed at their memory limit of 1408Mi"),
        ("quota-that-is-used-up", "requests.memory=7Gi of requests.memory=8Gi in use"),
        ("later-than-it-may", "It ran longer than 3600 s."),
        ("image-with-an-older-hadoop", "older than 3.4 and has no software.amazon.awssdk.auth.credentials."),
        ("api-server-that-is-away", "could not reach the Kubernetes API server: Connection refused"),
        ("api-server-that-is-silent", "timeout period of 2000ms has been exceeded"),
    ],
)
def test_the_sentence_names_what_it_is_about(name: str, says: str) -> None:
    assert says in BY_NAME[name].verdict.sentence


def test_the_line_of_the_job_is_named_and_not_one_of_sparks() -> None:
    frame = BY_NAME["key-error-before-spark"].verdict.frame
    assert frame is not None
    assert (frame.file.rpartition("/")[2], frame.function) == ("orders.py", "output")


@pytest.mark.parametrize(
    "code", ["DATA_ERROR", "QUERY_ERROR", "USER_EXCEPTION", "UDF_ERROR", "CONFIG", "INPUT_MISSING"]
)
def test_what_only_a_person_can_mend_is_never_tried_again(code: str) -> None:
    assert RULES[code].retry is Retry.NEVER


@pytest.mark.parametrize(
    "code",
    [
        *("SPOT_RECLAIM", "NODE_LOST", "DRAINED", "S3_THROTTLED", "SUBMIT_KILLED", "PREEMPTED"),
        "API_SERVER_AWAY",
    ],
)
def test_what_the_platform_did_is_tried_again(code: str) -> None:
    assert RULES[code].retry is Retry.AGAIN


def test_only_an_end_for_lack_of_memory_asks_for_memory() -> None:
    asking = {code for code, rule in RULES.items() if rule.retry is Retry.MEMORY}
    assert asking == {"DRIVER_OOM_KILLED", "DRIVER_JVM_OOM", "EXEC_OOM_KILLED", "EXEC_JVM_OOM"}


def test_a_cause_stands_before_its_symptom() -> None:
    """Executors that the kernel killed fail tasks, and the driver ends with 1: it is their memory."""
    case = BY_NAME["executors-over-their-limit"]
    assert any("exit=1 " in fact.text for fact in gather(case.remains).of(Source.DRIVER))
    assert case.verdict.code == "EXEC_OOM_KILLED"


def test_an_executor_that_was_replaced_is_not_why_the_job_failed() -> None:
    lost = BY_NAME["executors-over-their-limit"].remains.executors
    failed = BY_NAME["cast-of-a-text"].remains
    both = Remains(driver=failed.driver, log=failed.log, event_log=failed.event_log, executors=lost)
    assert judge(gather(both)).code == "DATA_ERROR"


def test_what_the_api_server_refused_is_not_that_it_was_away() -> None:
    """As of a driver's pod that is gone, or of a right that is missing: another attempt finds the same."""
    log = BY_NAME["api-server-that-is-away"].remains.log
    refused = "Received status: Status(code=404, message=pods orders-driver not found, reason=NotFound)"
    begin = log.index("KubernetesClientException: ") + len("KubernetesClientException: ")
    other = f"{log[:begin]}Failure executing: GET at: https://kubernetes.default.svc. {refused}\n"
    assert judge(gather(Remains(log=other))).code == "USER_EXCEPTION"


def test_a_driver_whose_last_query_went_on_had_not_done_its_work() -> None:
    done = BY_NAME["stopped-when-done"].remains
    begun = {
        "Event": "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart",
        "executionId": 1,
        "time": 1795677461200,
    }
    midway = Remains(driver=done.driver, log=done.log, event_log=(*done.event_log, json.dumps(begun)))
    assert judge(gather(done)).code == "SIGTERM_AFTER_DONE"
    assert judge(gather(midway)).code == "DRIVER_KILLED"


def test_what_a_deleted_driver_raises_as_it_goes_is_not_why_it_failed() -> None:
    """A query that is stopped with its JVM raises in Python, and the driver ends with 143."""
    killed = BY_NAME["driver-killed-in-a-query"].remains
    pod = killed.driver
    assert pod is not None
    assert "Traceback" in killed.log
    going = {**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "2026-11-26T22:03:55Z"}}
    assert judge(gather(replace(killed, driver=going))).code == "DRIVER_DELETED"


def test_a_driver_that_failed_and_was_deleted_then_failed_by_itself() -> None:
    failed = BY_NAME["cast-of-a-text"].remains
    pod = failed.driver
    assert pod is not None
    gone = {**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "2026-11-26T22:03:55Z"}}
    thrown = 'Exception in thread "main" java.lang.IllegalStateException: no orders\n'
    assert judge(gather(Remains(driver=gone, log=thrown))).code == "USER_EXCEPTION"


def test_a_failure_that_no_rule_knows_says_what_is_known() -> None:
    pod = BY_NAME["driver-over-its-limit"].remains.driver
    assert pod is not None
    ended = {"state": {"terminated": {"reason": "Error", "exitCode": 77}}, "name": "spark-kubernetes-driver"}
    odd = {**pod, "status": {"phase": "Failed", "containerStatuses": [ended]}}
    verdict = judge(gather(Remains(driver=odd, log="starting\nthe end of it\n")))
    assert verdict.code == UNKNOWN
    assert "exit code 77" in verdict.sentence
    assert any(quote.text == "the end of it" for quote in verdict.evidence)


def test_the_end_of_the_log_that_a_pod_kept_is_enough() -> None:
    case = BY_NAME["key-error-before-spark"]
    ended = {"terminated": {"reason": "Error", "exitCode": 1, "message": case.remains.log[-2048:]}}
    pod = {
        "metadata": {"name": "d", "namespace": "data-dev"},
        "status": {"containerStatuses": [{"name": "spark-kubernetes-driver", "state": ended}]},
    }
    verdict = judge(gather(Remains(driver=pod)))
    assert (verdict.code, verdict.sentence) == (case.code, case.verdict.sentence)


def test_a_stack_whose_begin_was_cut_off_is_still_read() -> None:
    """A pod keeps the end of its log: of a JVM's stack that is what caused it all."""
    log = BY_NAME["bucket-that-is-missing"].remains.log
    end = log[log.rindex("Caused by: ") :]
    assert "Traceback" not in end
    assert judge(gather(Remains(log=end))).code == "INPUT_MISSING"


def test_an_exception_on_the_pod_speaks_for_a_log_that_is_lost() -> None:
    pod = {
        "metadata": {
            "name": "d",
            "annotations": {
                "spark.exit-exception": f"org.apache.spark.SparkException: failed\nCaused by: {DISK}"
            },
        }
    }
    assert judge(gather(Remains(driver=pod))).code == "DISK_FULL"


def test_a_log_without_states_gets_them_from_sparks_table() -> None:
    """As Spark 3.5 writes it."""
    text = "Caused by: org.apache.spark.SparkArithmeticException: [DIVIDE_BY_ZERO] Division by zero."
    assert with_states(text, states()).endswith("SQLSTATE: 22012")


def test_a_stack_that_was_logged_and_survived_is_not_the_last_exception() -> None:
    log = (
        'Traceback (most recent call last):\n  File "/app/a.py", line 1, in <module>\nOSError: tried again\n'
        "26/11/20 05:00:00 INFO SparkContext: on it goes\n"
        'Traceback (most recent call last):\n  File "/app/a.py", line 9, in run\nValueError: the end\n'
        "26/11/20 05:00:01 INFO SparkContext: Invoking stop() from shutdown hook\n"
    )
    raised = last_raised(log)
    assert raised is not None
    assert (raised.kind, raised.message) == ("ValueError", "the end")
    assert [frame.line for frame in raised.frames] == [9]


def test_equal_failures_have_one_fingerprint_and_others_do_not() -> None:
    """Each pair of the corpus: the second run of a failure is the same, whatever its ids, paths and hosts."""
    marks = {case.name: case.verdict.fingerprint for case in cases()}
    again = [(name, name.removesuffix(" again")) for name in marks if name.endswith(" again")]
    assert len(again) >= 6
    assert [pair for pair in again if marks[pair[0]] != marks[pair[1]]] == []
    firsts = [name for name in marks if not name.endswith(" again")]
    alike = {frozenset(pair) for pair in combinations(firsts, 2) if marks[pair[0]] == marks[pair[1]]}
    assert alike == {frozenset({case.name, case.like}) for case in cases() if case.like}


def test_the_runs_of_a_pair_do_differ_in_what_the_fingerprint_leaves_out() -> None:
    first, again = (
        BY_NAME[name].remains.log for name in ("input-that-is-missing", "input-that-is-missing again")
    )
    assert "/srv/run-first-" in first
    assert "/srv/run-again-" in again


def test_a_rule_whose_last_sentence_needs_a_word_is_refused() -> None:
    rule = {
        "code": "ODD",
        "when": [{"log": "odd"}],
        "sentences": ["It was {odd}."],
        "advice": "-",
        "retry": "never",
    }
    with pytest.raises(ValueError, match="the last sentence must stand without words"):
        RuleSet.model_validate({"version": 1, "rules": [rule]})


def test_two_rules_of_one_code_are_refused() -> None:
    rule = {"code": "ODD", "when": [{"log": "odd"}], "sentences": ["Odd."], "advice": "-", "retry": "never"}
    with pytest.raises(ValueError, match="codes stand twice: ODD"):
        RuleSet.model_validate({"version": 1, "rules": [rule, rule]})


def test_the_order_of_the_rules_decides() -> None:
    """A full disk makes operators run out of memory for their spilling; the disk is what to look at."""
    text = f"[SPILL_OUT_OF_MEMORY] Error while calling spill(). SQLSTATE: 53000\nCaused by: {DISK}"
    facts = Facts(found=(Fact(source=Source.ERROR, text=text),))
    assert judge(facts).code == "DISK_FULL"
