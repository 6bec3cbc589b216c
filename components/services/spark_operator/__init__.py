"""The Spark operator: the upstream chart, and what its spark-submit is told."""
