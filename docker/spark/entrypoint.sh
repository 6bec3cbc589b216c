#!/bin/bash
# What Spark's Kubernetes back end starts in a pod: `driver ARGS`, `executor ARGS`, or any other command as it is.
#
# Works with any user id, with a read-only root file system, and with no capability. The init process passes signals on
# and reaps what Python workers leave behind.
set -euo pipefail

: "${SPARK_HOME:=/opt/spark}"
export SPARK_HOME PYSPARK_PYTHON="${PYSPARK_PYTHON:-python3}"
export PYSPARK_DRIVER_PYTHON="${PYSPARK_DRIVER_PYTHON:-$PYSPARK_PYTHON}"

# The first folder that can be written to: with a read-only root only what the pod mounts can, and /dev/shm always.
writable_folder() {
  local folder
  for folder in "${TMPDIR:-/tmp}" ${SPARK_LOCAL_DIRS:+"${SPARK_LOCAL_DIRS%%,*}"} /dev/shm; do
    if [[ -d $folder && -w $folder ]]; then
      printf '%s\n' "$folder"
      return
    fi
  done
  echo "entrypoint: no writable folder among /tmp, SPARK_LOCAL_DIRS and /dev/shm: mount an emptyDir at /tmp" >&2
  return 1
}

# Hadoop's login fails for a user id without a name, and /etc/passwd cannot be written to.
name_user() {
  getent passwd "$(id -u)" > /dev/null && return
  local wrapper folder
  for wrapper in /usr/lib/*/libnss_wrapper.so /usr/lib/libnss_wrapper.so; do
    [[ -s $wrapper ]] && break
  done
  if [[ ! -s $wrapper ]]; then
    echo "entrypoint: user id $(id -u) has no name and libnss_wrapper.so is not installed" >&2
    return
  fi
  folder=$(mktemp -d "$(writable_folder)/user.XXXXXX")
  printf '%s:x:%s:%s:Spark:%s:/bin/false\n' "${SPARK_USER_NAME:-spark}" "$(id -u)" "$(id -g)" "$folder" > "$folder/passwd"
  printf 'spark:x:%s:\n' "$(id -g)" > "$folder/group"
  export LD_PRELOAD="$wrapper${LD_PRELOAD:+ $LD_PRELOAD}" NSS_WRAPPER_PASSWD="$folder/passwd" NSS_WRAPPER_GROUP="$folder/group"
}

# Spark puts a job's files and archives into the working folder.
enter_writable_folder() {
  [[ -w . ]] || cd "$(mktemp -d "$(writable_folder)/work-dir.XXXXXX")"
}

executor_command() {
  local options=() name number=0
  # Numbered from 0 without a gap by Spark; one option each, which may hold spaces and line breaks.
  while name="SPARK_JAVA_OPT_$number" && [[ -n ${!name+set} ]]; do
    options+=("${!name}")
    number=$((number + 1))
  done
  local classpath="${SPARK_CONF_DIR:-$SPARK_HOME/conf}"
  classpath+="${HADOOP_CONF_DIR:+:$HADOOP_CONF_DIR}:$SPARK_HOME/jars/*"
  classpath+="${SPARK_CLASSPATH:+:$SPARK_CLASSPATH}${SPARK_EXTRA_CLASSPATH:+:$SPARK_EXTRA_CLASSPATH}"
  classpath+="${SPARK_DIST_CLASSPATH:+:$SPARK_DIST_CLASSPATH}:$PWD"
  command=(
    "$JAVA_HOME/bin/java" "${options[@]}"
    "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY"
    -cp "$classpath"
    org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend
    --driver-url "$SPARK_DRIVER_URL"
    --executor-id "$SPARK_EXECUTOR_ID"
    --cores "$SPARK_EXECUTOR_CORES"
    --app-id "$SPARK_APPLICATION_ID"
    --hostname "$SPARK_EXECUTOR_POD_IP"
    --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID"
    --podName "$SPARK_EXECUTOR_POD_NAME"
    "$@"
  )
  # shellcheck source=docker/spark/class-archive.sh
  source "$SPARK_HOME/bin/class-archive.sh"
  use_class_archive command
}

# Spark never needs root, so a pod that starts it as root gets the image's own user.
give_up_root() {
  [[ $(id -u) != 0 ]] || drop=(setpriv --reuid=spark --regid=spark --clear-groups --)
}

drop=()
name_user
"${BASH_SOURCE[0]%/*}/wait-for-identity.sh"

case "${1:-}" in
  driver)
    shift
    give_up_root
    enter_writable_folder
    # shellcheck source=docker/spark/commit-protocol.sh
    source "${BASH_SOURCE[0]%/*}/commit-protocol.sh"
    command=(
      "$SPARK_HOME/bin/spark-submit"
      --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS"
      --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS"
      --deploy-mode client
      "$@"
    )
    ;;
  executor)
    shift
    give_up_root
    enter_writable_folder
    executor_command "$@"
    ;;
  "")
    command=(/bin/bash)
    ;;
  *)
    command=("$@")
    ;;
esac

exec "${drop[@]}" /usr/bin/tini -s -- "${command[@]}"
