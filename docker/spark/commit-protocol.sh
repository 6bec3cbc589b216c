#!/bin/bash
# Has drivers that this shell starts commit by the image's classes, where the image has them: see docker/spark/commit.
# As properties of Java they give way to settings of the job or the platform.
if [[ -e ${SPARK_HOME:-/opt/spark}/jars/commit-protocol.jar ]]; then
  core=("${SPARK_HOME:-/opt/spark}"/jars/spark-core_*.jar)
  case ${core[0]##*/} in
    # Before 4.1 the protocol for object stores appends instead of overwriting (SPARK-56588).
    *-3.* | *-4.0.*) protocol=RenameProtocol ;;
    *) protocol=CommitProtocol ;;
  esac
  # `null` is what Hadoop calls the scheme of a path that has none.
  for option in "spark.sql.sources.commitProtocolClass=sparkoneks.commit.$protocol" \
    spark.sql.streaming.commitProtocolClass=sparkoneks.commit.StreamProtocol \
    spark.hadoop.mapreduce.outputcommitter.factory.scheme.null=sparkoneks.commit.SharedDisksOnly \
    spark.hadoop.mapred.output.committer.class=sparkoneks.commit.OldApiCommitter; do
    SPARK_SUBMIT_OPTS="-D$option${SPARK_SUBMIT_OPTS:+ $SPARK_SUBMIT_OPTS}"
  done
  export SPARK_SUBMIT_OPTS
fi
