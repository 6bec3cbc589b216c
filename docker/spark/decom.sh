#!/bin/bash
# Asks the executor of this pod to move its blocks away and to stop; the pod's preStop hook runs it.
#
# Spark's signal for that is SIGPWR (spark.executor.decommission.signal). The hook lasts until the executor is gone,
# because the kubelet sends SIGTERM when the hook returns; the pod's grace period bounds it.
set -uo pipefail

# What a hook prints is lost, so it goes to the container's log where that can be opened.
if { : >> /proc/1/fd/1; } 2> /dev/null; then
  exec >> /proc/1/fd/1 2>&1
fi

executor=$(pgrep --oldest --full '^[^ ]*java .*(Kubernetes|CoarseGrained)ExecutorBackend ')
if [[ -z $executor ]]; then
  echo "decom: no executor process here, nothing to decommission"
  exit 0
fi

echo "decom: sending SIGPWR to executor process $executor"
kill -s PWR "$executor" || exit 1
tail --pid="$executor" --follow /dev/null
echo "decom: executor process $executor has stopped"
