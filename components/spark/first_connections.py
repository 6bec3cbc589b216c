"""Properties for clusters whose network policies begin to act a moment after a pod has started. Pure.

AWS' policy agent attaches its programs to a pod that runs already. A connection that was opened before is not
in its table: the answers are dropped, and neither side hears of it (aws-network-policy-agent#186, #236). Who
gives up and opens another goes on.

An executor's first word to its driver is its proof (`spark.authenticate`), which Spark gives up after 30 s by
itself (`spark.network.auth.rpcTimeout`).
"""

from __future__ import annotations

from components.spark.setting import Setting


def settings_for_late_policies() -> tuple[Setting, ...]:
    """List the properties, with their reasons."""
    return (
        Setting(
            "spark.hadoop.fs.s3a.connection.timeout",
            "30000",
            "in milliseconds, as Hadoop 3.3 in an image of one's own knows no units. 200 s by default, of "
            "which S3A's time for a whole request leaves 60 (fs.s3a.connection.request.timeout): half a "
            "minute without a byte of an answer is no slow S3",
        ),
        Setting(
            "spark.rpc.lookupTimeout",
            "30s",
            "120 s by default (spark.network.timeout), and three tries on one connection: an executor of "
            "a job without the proof ends, and the driver asks for another",
        ),
    )
