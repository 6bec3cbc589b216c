#!/bin/bash
# Starts the Spark Connect server (gRPC on port 15002) in the foreground, with any option of spark-submit.
# The distribution has no such script, and the operator's SparkConnect objects run it by this path.
set -euo pipefail

# shellcheck source=docker/spark/commit-protocol.sh
source /opt/commit-protocol.sh

exec "${SPARK_HOME:-/opt/spark}/bin/spark-submit" \
  --class org.apache.spark.sql.connect.service.SparkConnectServer --name "Spark Connect server" \
  "$@" spark-internal
