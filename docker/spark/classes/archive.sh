#!/bin/bash
# Makes the class archive of this image: runs what drivers and executors run, and has Java note the classes of it.
#
# Runs in a build stage on top of the image. Nothing of a cluster or of S3 is there: what asks for them fails at once, with
# all classes loaded by then that a job has.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
out=$1
# The address of nobody: a connection is refused at once.
nowhere=http://127.0.0.1:9
export SPARK_LOCAL_IP=127.0.0.1 KUBERNETES_REQUEST_RETRY_BACKOFFLIMIT=0

noted() {
  echo "-XX:DumpLoadedClassList=$work/$1.classes"
}

run() {
  "$SPARK_HOME/bin/spark-submit" --deploy-mode client "$@" \
    --conf spark.ui.showConsoleProgress=false \
    --conf spark.eventLog.enabled=true --conf "spark.eventLog.dir=$work" \
    --conf "spark.hadoop.fs.s3a.endpoint=$nowhere" --conf spark.hadoop.fs.s3a.endpoint.region=us-east-1 \
    --conf spark.hadoop.fs.s3a.attempts.maximum=0 --conf spark.hadoop.fs.s3a.retry.limit=0 \
    --conf spark.hadoop.fs.s3a.access.key=nobody --conf spark.hadoop.fs.s3a.secret.key=nothing \
    --conf spark.hadoop.fs.s3a.aws.credentials.provider=org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider \
    "${BASH_SOURCE[0]%/*}/job.py" "$work/table"
}

run --master 'local-cluster[1,1,1024]' \
  --conf "spark.driver.extraJavaOptions=$(noted driver)" --conf "spark.executor.extraJavaOptions=$(noted executor)"
if run --master "k8s://$nowhere" --conf spark.kubernetes.container.image=none \
  --conf "spark.driver.extraJavaOptions=$(noted kubernetes)" 2> kubernetes.log; then
  echo "a job ran on a cluster that is not there" >&2
  exit 1
fi
grep -q 'Connection refused' kubernetes.log || { cat kubernetes.log; exit 1; }

# As Spark's launcher puts it; then all jars in an order that no file system changes.
slf4j=("$SPARK_HOME"/jars/slf4j-api-*.jar)
printf -v path '%s:' "${slf4j[0]}" "$SPARK_HOME"/jars/*.jar
printf '%s' "${path%:}" > "$out/class-path"
awk '!seen[$0]++' ./*.classes > all.classes
"$JAVA_HOME/bin/java" -Xshare:dump -Xlog:cds=off -Xlog:cds+hashtables=off "-XX:SharedClassListFile=all.classes" \
  "-XX:SharedArchiveFile=$out/classes.jsa" -cp "${path%:}"
chmod 0644 "$out/classes.jsa" "$out/class-path"
