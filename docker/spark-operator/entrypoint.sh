#!/bin/bash
# Starts the operator with the chart's arguments (`controller start ...`, `webhook start ...`) through Spark's own
# entrypoint, which names the user and reaps the JVMs that the operator submits with.
set -euo pipefail

exec /opt/entrypoint.sh /usr/bin/spark-operator "$@"
