#!/bin/bash
# Has Java map Spark's classes from the image's archive, which saves a driver or an executor a third of its start.
#
# Java takes an archive only if its class path begins as it did when the archive was made: with the same jars, unchanged and
# in the same order, and with no folder before them. Otherwise it reads the jars, as it does without an archive.

# Args: the name of an array, a command as Spark starts Java; changed in place.
use_class_archive() {
  local -n java_command=$1
  local at home=${SPARK_HOME:-/opt/spark}
  [[ -r $home/classes.jsa && ${java_command[0]} == */java ]] || return 0
  for ((at = 1; at < ${#java_command[@]}; at++)); do
    [[ ${java_command[at]} != -cp ]] || break
  done
  local path=":${java_command[at + 1]-}:" wildcard=":$home/jars/*:"
  [[ $path == *"$wildcard"* ]] || return 0

  # What a job puts before Spark's jars replaces classes of theirs: it stays first, and the archive is of no use.
  local before=${path%%"$wildcard"*} entry entries=() folders=''
  IFS=: read -ra entries <<< "$before"
  for entry in "${entries[@]}"; do
    case ${entry%/} in
      '' | "$home"/jars/slf4j-api-*.jar) ;;
      "${SPARK_CONF_DIR:-$home/conf}" | "${HADOOP_CONF_DIR:--}") folders+=":$entry" ;;
      *) return 0 ;;
    esac
  done

  local archived jars after=${path#*"$wildcard"}
  archived=$(< "$home/class-path")
  printf -v jars ':%s' "$home"/jars/*.jar
  # An image that is built on this one may have further jars.
  [[ ${archived#*:} == "${jars#:}" ]] || folders+=":$home/jars/*"
  after=${after%:}
  java_command[at + 1]=$archived$folders${after:+:$after}
  java_command=("${java_command[0]}" "-XX:SharedArchiveFile=$home/classes.jsa" "${java_command[@]:1}")
}
