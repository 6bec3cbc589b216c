#!/bin/bash
# Stops the Spark Connect server of this container: the operator's preStop hook runs it by this path.
set -uo pipefail

server=$(pgrep --oldest --full '^[^ ]*java .*connect\.service\.SparkConnectServer')
[[ -n $server ]] || exit 0
kill "$server" && tail --pid="$server" --follow /dev/null
