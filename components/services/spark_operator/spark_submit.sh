#!/bin/bash
# spark-submit as the operator runs it: mounted over the one in its image. It ends in Spark's own, unchanged.
#
# 1. Pod templates. The operator names a template of its own in every submission, so the ones that
#    spark-defaults.conf names are never read. Where the job brought no template, the operator's holds just an
#    owner reference and an empty container: here it gets the platform's specification. A job's own template
#    stays as it is.
# 2. Priority. The file `priorities` says which PriorityClass a namespace's jobs have.
# 3. Dependencies. spark-submit looks up s3a:// files even where only the driver will fetch them. The operator
#    has no right to any tenant's files and no way to the store, so core-site.xml beside this script lets it
#    take their names as they are. Wildcards in them can't be resolved like this.
# 4. Speed. The process lives for seconds: compiling it well costs more CPU time than all the rest of its work.
# 5. Tenancy. The operator may start pods in every tenant's namespace, and a job's own settings come after the
#    operator's: one that would leave its namespace, or run inside the operator, ends here at the latest.
set -euo pipefail

: "${SPARK_HOME:=/opt/spark}"
conf_dir="${SPARK_CONF_DIR:-$SPARK_HOME/conf}"
own_dir="${SPARK_SUBMIT_DIR:-/opt/spark-submit}"

# From `spec:` to the end: both the operator and the platform write it as the last key of a template.
specification() {
  sed '/^spec:/,$!d' "$1"
}

# What the operator writes for a job without a template, for the container named $1.
empty_specification() {
  printf 'spec:\n  containers:\n  - name: %s\n    resources: {}\n' "$1"
}

priority_of() {
  local namespace priority
  while read -r namespace priority; do
    if [[ $namespace == "$1" ]]; then
      printf '%s' "$priority"
    fi
  done < "$own_dir/priorities"
}

# complete_template FILE CONTAINER TEMPLATE PRIORITY
complete_template() {
  [[ "$(specification "$1")" == "$(empty_specification "$2")" ]] || return 0
  local completed="$1.completed"
  {
    sed '/^spec:/,$d' "$1"
    specification "$3" | sed "s/^  priorityClassName: .*/  priorityClassName: $4/"
  } > "$completed"
  mv "$completed" "$1"
}

refuse() {
  echo "spark-submit: $1" >&2
  exit 1
}

# Options come in pairs, up to the job's program; what follows that is the job's own. Spark takes the last value
# of a name: the operator names the namespace before the job's settings, and the templates after them.
namespace="" driver="" executor=""
options=("$@")
for ((at = 0; at < ${#options[@]}; at += 2)); do
  option="${options[at]}" value="${options[at + 1]:-}"
  [[ $option == --* ]] || break
  case "$option $value" in
    "--load-spark-defaults "*) at=$((at - 1)) ;;
    "--deploy-mode cluster") ;;
    "--deploy-mode "*)
      refuse "deploy mode '$value' would run the job inside the operator; set spec.mode to cluster"
      ;;
    "--conf spark.kubernetes.namespace="*)
      : "${namespace:=${value#*=}}"
      [[ ${value#*=} == "$namespace" ]] ||
        refuse "the job of namespace '$namespace' sets $value; remove that from its sparkConf"
      ;;
    "--conf spark.kubernetes.driver.podTemplateFile="*) driver="${value#*=}" ;;
    "--conf spark.kubernetes.executor.podTemplateFile="*) executor="${value#*=}" ;;
  esac
done

if [[ -n $driver || -n $executor ]]; then
  priority="$(priority_of "$namespace")"
  [[ -n $priority ]] || refuse "namespace '$namespace' is no tenant of the platform: $own_dir/priorities lacks it"
  if [[ -n $driver ]]; then
    complete_template "$driver" spark-kubernetes-driver "$conf_dir/driver-pod.yaml" "$priority"
  fi
  if [[ -n $executor ]]; then
    complete_template "$executor" spark-kubernetes-executor "$conf_dir/executor-pod.yaml" "$priority"
  fi
fi

short_lived="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
export SPARK_LAUNCHER_OPTS="$short_lived ${SPARK_LAUNCHER_OPTS:-}"
export SPARK_SUBMIT_OPTS="$short_lived ${SPARK_SUBMIT_OPTS:-}"
export SPARK_DIST_CLASSPATH="$own_dir${SPARK_DIST_CLASSPATH:+:$SPARK_DIST_CLASSPATH}"
# As in Spark's own bin/spark-submit: Python workers must agree on the hashes of strings.
export PYTHONHASHSEED=0
exec "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.SparkSubmit "$@"
