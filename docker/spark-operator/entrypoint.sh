#!/bin/bash
# Starts the operator with the chart's arguments (`controller start ...`, `webhook start ...`) through Spark's own
# entrypoint, which names the user and reaps the JVMs that the operator submits with.
#
# The JVM that stays is started beside the controller, as a child of the init process: signals go to the operator alone,
# and once that has ended, the container ends with all that is in it.
set -euo pipefail

resident="${SPARK_SUBMIT_DIR:-/opt/spark-submit}/resident"
if [[ ${1:-} != --named ]]; then
  exec /opt/entrypoint.sh "$0" --named "$@"
fi
shift
if [[ ${1:-} == controller && -x $resident ]]; then
  ("$resident" < /dev/null &)
fi
exec /usr/bin/spark-operator "$@"
