"""Why each default, each rule and each right is there: reviewed as files, as no program reads them."""

from __future__ import annotations

from collections.abc import Iterable

from components.observability.alerts import recorded
from components.observability.rule_model import one_line
from components.spark.conf_values import history_settings, spark_settings
from components.spark.first_connections import settings_for_late_policies
from components.tenants.admission import JOB_WORDS
from components.tenants.namespace import admission_policies
from components.tenants.viewers import impersonation_rules
from components.versions import SPARK, SPARK_LTS
from tests.observability.series import SITE, WITHOUT_JOBS
from tests.support.golden import Golden
from tests.support.object_storages import AWS, IN_CLUSTER


def page(reasons: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{what}\n    {why}\n" for what, why in dict.fromkeys(reasons))


def test_reasons_of_sparks_defaults_change_only_by_review(golden: Golden) -> None:
    settings = [
        *settings_for_late_policies(),
        *(
            each
            for storage in (IN_CLUSTER, AWS)
            for version in (SPARK, SPARK_LTS)
            for own in (False, True)
            for each in spark_settings(storage, spark_version=version, image="an image", own_image=own)
        ),
        *history_settings(IN_CLUSTER),
        *history_settings(AWS),
    ]
    golden("reasons/spark.txt", page((f"{each.key} = {each.value}", each.why) for each in settings))


def test_reasons_of_rules_for_jobs_change_only_by_review(golden: Golden) -> None:
    policies = (JOB_WORDS, *admission_policies(pools=True, devices=["nvidia.com/gpu"]))
    reasons = ((f"{each.name}: {rule.message}", rule.why) for each in policies for rule in each.checks)
    golden("reasons/rules-for-jobs.txt", page(reasons))


def test_reasons_of_acting_in_other_names_change_only_by_review(golden: Golden) -> None:
    rules = impersonation_rules(["data-engineers"])
    golden(
        "reasons/other-names.txt",
        page((f"{rule.verbs} {rule.resources} {rule.names}", rule.why) for rule in rules),
    )


def test_what_recorded_series_are_and_why_changes_only_by_review(golden: Golden) -> None:
    rules = [rule for site in (SITE, WITHOUT_JOBS) for group in recorded(site) for rule in group.recording]
    shown = (
        (f"{each.record} {dict(each.labels)} by {each.gives} = {one_line(each.expr)}", each.why)
        for each in rules
    )
    golden("reasons/recorded-series.txt", page(shown))
