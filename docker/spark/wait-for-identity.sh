#!/bin/bash
# Waits until this pod gets credentials from the agent of EKS Pod Identity on its node.
#
# A new node starts pods before its agent answers, and has no signal for "ready" (aws/eks-pod-identity-agent, issue 159);
# a new association takes some seconds as well. S3A gives up at once, so a job on a new node would end with its first
# look at S3. Everywhere but on EKS the variable is not set, and there is nothing to wait for.
set -euo pipefail

uri=${AWS_CONTAINER_CREDENTIALS_FULL_URI:-}
token_file=${AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE:-}
seconds=${IDENTITY_WAIT_SECONDS:-120}
[[ -n $uri && -n $token_file ]] || exit 0

[[ $uri =~ ^http://(\[([^]]+)\]|([^:/]+))(:([0-9]+))?(/.*)?$ ]] || exit 0
host=${BASH_REMATCH[2]:-${BASH_REMATCH[3]}} port=${BASH_REMATCH[5]:-80} path=${BASH_REMATCH[6]:-/}

# Asks once, for at most two seconds: packets to a missing agent may get no answer at all. The token is never an
# argument, because other processes can read those.
answer() {
  # shellcheck disable=SC2016  # the inner shell expands them
  timeout 2 bash -c '
    exec 3<>"/dev/tcp/$1/$2"
    printf "GET %s HTTP/1.0\r\nHost: %s\r\nAuthorization: %s\r\n\r\n" "$3" "$1" "$(<"$4")" >&3
    read -r _ status _ <&3
    printf "%s\n" "$status"' - "$host" "$port" "$path" "$token_file" 2> /dev/null || echo none
}

deadline=$((SECONDS + seconds))
while status=$(answer) && [[ $status != 200 ]]; do
  if ((SECONDS >= deadline)); then
    echo "entrypoint: $uri gave no credentials within $seconds s (last answer: $status). What needs S3 will fail: is the" \
      "add-on eks-pod-identity-agent on this node, and has the service account an association?" >&2
    exit 0
  fi
  sleep 1
done
