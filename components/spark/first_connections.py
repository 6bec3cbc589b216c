"""Properties for clusters whose network policies begin to act a moment after a pod has started. Pure.

AWS' policy agent attaches its programs to a pod that runs already. A connection that was opened before is not
in its table: the answers are dropped, and neither side hears of it (aws-network-policy-agent#186, #236). With
Spark's and S3A's own times a driver's first look at S3 hangs for 200 seconds, and an executor's first word to
its driver for 120. Shorter times make both try again, on a connection that the agent knows.
"""

from __future__ import annotations

from components.spark.setting import Setting


def settings_for_late_policies() -> tuple[Setting, ...]:
    """List the properties, with their reasons."""
    return (
        Setting(
            "spark.hadoop.fs.s3a.connection.timeout",
            "60000",
            "in milliseconds, as Hadoop 3.3 knows no units. 200 s by default; a minute without a byte of an "
            "answer is no slow S3, and the SDK tries again by itself",
        ),
        Setting(
            "spark.rpc.lookupTimeout",
            "30s",
            "120 s by default (spark.network.timeout): an executor that can't reach its driver ends, and the "
            "driver asks for another",
        ),
    )
