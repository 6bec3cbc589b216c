#!/bin/bash
# What a submission runs in, for spark-submit and for the JVM that stays: environment, Java's command line, socket.
# shellcheck disable=SC2034 # all of it is for those who read this file
submit_dir="${SPARK_SUBMIT_DIR:-/opt/spark-submit}"
: "${SPARK_HOME:=/opt/spark}" "${JAVA_HOME:=/opt/java}"
submit_conf="${SPARK_CONF_DIR:-$SPARK_HOME/conf}"
submit_programs="${SPARK_SUBMIT_PROGRAMS:-/opt/spark-operator}"
submit_socket="${SPARK_SUBMIT_SOCKET:-/tmp/spark-submit/socket}"

declare -A rules
while read -r name rule; do
  rules[$name]="$rule"
done < "$submit_dir/rules"

# Nothing of the operator's environment that a setting could copy into a pod, or that Java or Spark would obey.
submit_environment=(
  HOME=/tmp LANG=C.UTF-8 PATH="$PATH" SPARK_HOME="$SPARK_HOME" SPARK_CONF_DIR="$submit_conf"
)
for name in KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP; do
  if [[ -n ${!name:-} ]]; then
    submit_environment+=("$name=${!name}")
  fi
done

# As Spark's launcher would have it: JavaModuleOptions of 4.1.2, without what only a driver needs. To compile all that
# well costs more CPU time than it saves. Before Spark's jars comes what creates the driver; see Client.java.
submit_java=(
  "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+IgnoreUnrecognizedVMOptions
  --add-opens=java.base/{java.lang,java.lang.invoke,java.lang.reflect,java.io,java.net,java.nio}=ALL-UNNAMED
  --add-opens=java.base/{java.util,java.util.concurrent,java.util.concurrent.atomic}=ALL-UNNAMED
  --add-opens=java.base/{jdk.internal.ref,sun.nio.ch,sun.nio.cs,sun.security.action}=ALL-UNNAMED
  --add-opens=java.base/sun.util.calendar=ALL-UNNAMED
  --add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED
  -Djdk.reflect.useDirectMethodHandle=false -Dio.netty.tryReflectionSetAccessible=true
  -cp "$submit_programs/submission.jar:$submit_dir:$submit_conf/:$SPARK_HOME/jars/*"
)
