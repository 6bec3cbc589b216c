"""What the operator's spark-submit makes of a job's definition: the pod templates, and properties of Spark.

The operator turns part of a SparkApplication into options of spark-submit, and has the rest done by a webhook
on every pod that starts. Here that rest is done once, at the submission: it goes into the pod templates, upon
what the platform gives every pod. docs/fields.md lists the fields, docs/adr/0017 the reasons.

It runs in the operator's pod with Python's own library alone.
"""
