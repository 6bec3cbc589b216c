"""Runs under spark-submit: figures of many folders in one session, and the job itself on pairs of them.

Arguments: the kit, and a file with a JSON object: `tables` (name -> place), `pairs` (name -> arguments of the
job). Prints nothing of its own; what each answer was goes to `answers.json` beside that file.
"""

import contextlib
import importlib
import io
import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

kit, asked = sys.argv[1:]
job_file = Path(__file__).resolve().parents[3] / "jobs/shadow/shadow.py"
sys.path.insert(0, str(job_file.parent))
job = importlib.import_module("shadow")

spark = SparkSession.builder.appName("shadow-test").getOrCreate()
spark.sparkContext.addPyFile(kit)

from emr.shadow import fingerprint, spark_tables  # noqa: E402 - it has just been fetched

questions = json.loads(Path(asked).read_text())
answers = {"from": spark_tables.__file__, "version": spark.version, "tables": {}, "pairs": {}}
for name, place in questions["tables"].items():
    found = spark_tables.fingerprint(spark, place, reading={"header": "true"})
    answers["tables"][name] = fingerprint.to_json(found)
for name, arguments in questions["pairs"].items():
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        status = job.compare(spark, job.arguments([*arguments, f"--kit={kit}"]))
    answers["pairs"][name] = {"status": status, "printed": printed.getvalue()}
(Path(asked).parent / "answers.json").write_text(json.dumps(answers))
spark.stop()
