#!/bin/bash
# Keeps the JVM that submissions are handed to, beside the operator: started with it, and again whenever it ends.
#
# Its heap, its classes and its buffers are bounded; `RESIDENT_MIB` in chart_values.py is what they make together.
set -euo pipefail

# shellcheck source=components/services/spark_operator/submit_java.sh
source "${SPARK_SUBMIT_DIR:-/opt/spark-submit}/java.sh"

umask 077
mkdir -p "${submit_socket%/*}"
while true; do
  env -i "${submit_environment[@]}" "${submit_java[@]:0:1}" \
    -Xmx96m -XX:MaxMetaspaceSize=128m -XX:ReservedCodeCacheSize=48m -XX:MaxDirectMemorySize=32m \
    -XX:+ExitOnOutOfMemoryError "${submit_java[@]:1}" \
    sparkoneks.submission.SubmissionServer "$submit_socket" "${rules[seconds]}" || true
  rm -f "$submit_socket"
  echo "spark-submit: the JVM for submissions has ended; another starts" >&2
  sleep 1
done
