#!/bin/bash
# spark-submit as the operator runs it: mounted over the one in its image. It checks what the operator made of a
# job, completes the pod templates, and ends in Spark's own SparkSubmit, in cluster mode and nothing else.
#
# 1. Tenancy. The operator may start pods in every tenant's namespace, and a job's own settings come after the
#    operator's. What would leave the job's namespace, run inside the operator or read its files ends here. The
#    file `rules` says which settings a job may bring; components/spark/submission.py has the reasons.
# 2. No launcher. bin/spark-submit asks a second JVM for the command to run, and that one reads options of Java
#    and class paths out of a job's settings, for some main classes even out of its arguments. Here the command
#    is fixed: SparkSubmit itself takes for options only what stands before the program.
# 3. Pod templates. The operator names templates of its own in every submission, so the ones that spark-defaults.conf
#    names are never read, and leaves part of a job's definition to a webhook, which is off. job_pods (apps/job_pods)
#    writes the templates anew: the platform's, with the job's own template and those fields laid over it. It also
#    names properties that the definition means and the operator does not say.
# 4. Priority. The file `priorities` says which PriorityClass a namespace's jobs have.
# 5. Dependencies. spark-submit looks up s3a:// files even where only the driver will fetch them. The operator
#    has no right to any tenant's files and no way to the store, so core-site.xml beside this script lets it
#    take their names as they are. Wildcards in them can't be resolved like this.
#    Files as s3:// or s3n:// are the same ones: here they get the scheme whose class is set for the operator.
# 6. Speed. A JVM that stays does the work in a fraction of the time that one of its own takes to start. Where there
#    is none, or it has no time, this submission gets one of its own.
set -euo pipefail
# A range in a pattern is one of bytes.
LC_ALL=C

# shellcheck source=components/services/spark_operator/submit_java.sh
source "${SPARK_SUBMIT_DIR:-/opt/spark-submit}/java.sh"
modules="${SPARK_SUBMIT_MODULES:-/opt/spark-submit-modules}"

refuse() {
  echo "spark-submit: $1" >&2
  exit 1
}

priority_of() {
  local namespace priority
  while read -r namespace priority; do
    if [[ $namespace == "$1" ]]; then
      printf '%s' "$priority"
    fi
  done < "$submit_dir/priorities"
}

check_file() {
  [[ $1 =~ ${rules[file]} ]] ||
    refuse "'$1' is no file that a driver can fetch; name files as local://, s3a:// or https://, as a URI"
}

# check_files LIST, separated by commas
check_files() {
  local rest="$1,"
  while [[ -n $1 && -n $rest ]]; do
    check_file "${rest%%,*}"
    rest="${rest#*,}"
  done
}

# lists_files OPTION VALUE
lists_files() {
  [[ $1 == --@(jars|py-files|files|archives) || ($1 == --conf && ${2%%=*} =~ ${rules[file-lists]}) ]]
}

# As s3a:// what a job names as s3:// or s3n://.
as_s3a() {
  local list="${1//s3:\/\//s3a:\/\/}"
  printf '%s' "${list//s3n:\/\//s3a:\/\/}"
}

# check_template KEY VALUE SET-BEFORE: only the operator names templates, the same one if twice.
check_template() {
  [[ $2 =~ ^/tmp/spark/[0-9a-f-]+/(driver|executor)-pod-template\.yaml$ && $2 == "${3:-$2}" ]] ||
    refuse "the job sets $1=$2; remove that from its sparkConf"
}

# check_setting KEY VALUE
check_setting() {
  case "$1" in
    # Spark takes the last value of a name: the operator names the namespace before the job's settings, and the
    # templates and the driver's name after them.
    spark.kubernetes.namespace)
      : "${namespace:=$2}"
      [[ $2 == "$namespace" ]] ||
        refuse "the job of namespace '$namespace' sets $1=$2; remove that from its sparkConf"
      ;;
    spark.kubernetes.submission.waitAppCompletion)
      [[ $2 == false ]] || refuse "the job sets $1=$2, which would hold the operator while it runs; remove that"
      ;;
    spark.kubernetes.driver.pod.name) ;;
    spark.kubernetes.driver.podTemplateFile) check_template "$1" "$2" "$driver" && driver="$2" ;;
    spark.kubernetes.executor.podTemplateFile) check_template "$1" "$2" "$executor" && executor="$2" ;;
    spark.kubernetes.*)
      [[ $1 =~ ${rules[kubernetes]} ]] || refuse "a job can not set $1: it acts in the operator; remove it"
      ;;
    "${rules[s3a-class-key]}")
      [[ $2 == "${rules[s3a-class]}" ]] || refuse "a job can not set $1=$2: the operator would load that class"
      ;;
    *)
      [[ ! $1 =~ ${rules[reserved]} ]] || refuse "a job can not set $1: it acts in the operator; remove it"
      [[ ! $1 =~ ${rules[file-lists]} ]] || check_files "$2"
      ;;
  esac
}

# check_option NAME VALUE
check_option() {
  case "$1" in
    --conf) check_setting "${2%%=*}" "${2#*=}" ;;
    --jars | --py-files | --files | --archives) check_files "$2" ;;
    *)
      [[ -z ${given[$1]:-} ]] || refuse "the option $1 stands twice"
      given[$1]="$2"
      ;;
  esac
}

declare -A given=()

# Options come in pairs, up to the job's program; what follows that is the job's own.
namespace="" driver="" executor="" program="" options=()
while (($# > 0)); do
  case "$1" in
    --load-spark-defaults) options+=("$1") && shift ;;
    --master | --deploy-mode | --class | --name | --conf | --jars | --py-files | --files | --archives)
      (($# > 1)) || refuse "the option $1 has no value"
      check_option "$1" "$2"
      value="$2"
      ! lists_files "$1" "$2" || value="$(as_s3a "$2")"
      # The class is the driver's default: here it would hide the one in core-site.xml.
      [[ "$1 $2" == "--conf ${rules[s3a-class-key]}="* ]] || options+=("$1" "$value")
      shift 2
      ;;
    -*) refuse "the option '$1' can not be used here" ;;
    *)
      program="$1"
      break
      ;;
  esac
done

[[ ${given[--master]:-} == k8s://* ]] || refuse "the operator names no Kubernetes API server"
[[ ${given[--deploy-mode]:-} == cluster ]] ||
  refuse "deploy mode '${given[--deploy-mode]:-}' would run the job inside the operator; set spec.mode to cluster"
check_file "$program"
shift
program="$(as_s3a "$program")"
set -- "$program" "$@"
[[ -n ${given[--class]+set} || $program =~ \.(py|R|r)$ ]] ||
  refuse "the job names no class, and the operator does not look into its jar; set spec.mainClass"
[[ ! ${given[--class]:-} =~ ${rules[launcher-classes]} ]] ||
  refuse "${given[--class]} is a shell or a server, which can not run in cluster mode; set spec.mainClass to a class of the job"

priority="$(priority_of "$namespace")"
[[ -n $priority ]] || refuse "namespace '$namespace' is no tenant of the platform: $submit_dir/priorities lacks it"
[[ -n $driver && -n $executor ]] || refuse "the operator names no pod templates"

env -i PATH="$PATH" LANG=C.UTF-8 PYTHONPATH="$modules" python3 -s -B -m job_pods \
  "$submit_conf" "$priority" "${options[@]}" "$program" > "$driver.options" || exit 1
mapfile -d '' -t -O "${#options[@]}" options < "$driver.options"

# Once the JVM that stays is lost while it writes, only one thing tells what became of the job: its driver's name,
# which is the operator's, and the label of this submission. With them a second try is none; see Client.java.
status=75
if [[ -S $submit_socket ]]; then
  status=0
  env -i "${submit_environment[@]}" timeout --signal=TERM --kill-after="${rules[grace]}" "${rules[seconds]}" \
    python3 -I -S "$submit_programs/hand_over.py" "$submit_socket" "${rules[turn]}" "${options[@]}" "$@" || status=$?
fi
if ((status == 75 || status == 76)); then
  ((status == 75)) || echo "spark-submit: the JVM for submissions was lost; another finishes its work" >&2
  left=$((rules[seconds] - SECONDS))
  status=0
  env -i "${submit_environment[@]}" timeout --signal=TERM --kill-after="${rules[grace]}" $((left > 1 ? left : 1)) \
    "${submit_java[@]}" org.apache.spark.deploy.SparkSubmit "${options[@]}" "$@" || status=$?
fi
if ((status != 0 && SECONDS >= rules[seconds])); then
  echo "spark-submit: ended after $SECONDS s, of ${rules[seconds]} that a submission has; is the API server slow?" >&2
fi
exit "$status"
