#!/bin/bash
# Has drivers that this shell starts commit by the image's protocol, where the image has it: see docker/spark/commit.
# As a property of Java it gives way to a setting of the job or the platform.
if [[ -e ${SPARK_HOME:-/opt/spark}/jars/commit-protocol.jar ]]; then
  option=-Dspark.sql.sources.commitProtocolClass=sparkoneks.commit.CommitProtocol
  export SPARK_SUBMIT_OPTS="$option${SPARK_SUBMIT_OPTS:+ $SPARK_SUBMIT_OPTS}"
fi
