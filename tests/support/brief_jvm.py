"""What a JVM is told that lives for seconds, as those of tests do."""

from __future__ import annotations

VARIABLES = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
"""No second compiler and one thread that collects: what they would speed up is over before.

On two busy cores of an AMD EPYC, tests/jobs/test_flights_job.py took 90 and 95 CPU s without, 48 with both,
and 57 with the first alone. Not for what is timed, nor for jobs of minutes.
"""
