"""The options that jobs are refused are those that the images' Java does not start with."""

from __future__ import annotations

import re
import subprocess

import pytest

from components.spark.shared_properties import OLD_JAVA
from tests.support.class_archive import java_program

pytestmark = pytest.mark.spark

REFUSED = (
    "-XX:+PrintGCDateStamps",
    "-XX:+PrintGCTimeStamps",
    "-XX:+PrintGCCause",
    "-XX:+PrintGCApplicationStoppedTime",
    "-XX:+PrintGCApplicationConcurrentTime",
    "-XX:+PrintTenuringDistribution",
    "-XX:+PrintHeapAtGC",
    "-XX:+PrintAdaptiveSizePolicy",
    "-XX:+PrintReferenceGC",
    "-XX:+PrintPromotionFailure",
    "-XX:+PrintSafepointStatistics",
    "-XX:+PrintStringDeduplicationStatistics",
    "-XX:+UseGCLogFileRotation",
    "-XX:NumberOfGCLogFiles=5",
    "-XX:GCLogFileSize=10M",
    "-XX:+UseConcMarkSweepGC",
    "-XX:+UseParNewGC",
    "-XX:-UseParallelOldGC",
    "-XX:+CMSClassUnloadingEnabled",
    "-XX:CMSInitiatingOccupancyFraction=70",
    "-XX:+UseCMSInitiatingOccupancyOnly",
    "-XX:MaxPermSize=256m",
    "-XX:PermSize=128m",
    "-XX:+AggressiveOpts",
    "-XX:+UseCGroupMemoryLimitForHeap",
    "-XX:+TraceClassLoading",
    "-XX:+UnlockCommercialFeatures",
    "-XX:+G1SummarizeConcMark",
    "-XX:+UseCompressedStrings",
    "-XX:+UseFastAccessorMethods",
    "-XX:-UseSplitVerifier",
)
TAKEN = (
    "-XX:+PrintGCDetails",
    "-XX:+PrintGC",
    "-XX:+UseBiasedLocking",
    "-XX:+UseG1GC",
    "-XX:ThreadStackSize=512",
)


@pytest.mark.parametrize("option", [*REFUSED, *TAKEN])
def test_java_starts_with_what_is_taken_and_with_nothing_that_is_refused(option: str) -> None:
    said = subprocess.run(
        [java_program(), option, "-version"], check=False, capture_output=True, text=True, timeout=60
    )
    assert (said.returncode == 0) is (option in TAKEN), said.stderr
    assert bool(re.search(OLD_JAVA, option)) is ("Unrecognized VM option" in said.stderr)
