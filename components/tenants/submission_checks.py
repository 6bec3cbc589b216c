"""Rules that the API server checks for what becomes an option of the operator's spark-submit. Pure.

The names are in `components.spark.submission`, with the reasons; here they are CEL, with messages that say
what to write instead. `components.tenants.admission` makes the policy of them.
"""

from __future__ import annotations

from typing import Final

from components.spark.submission import (
    FILE_LISTS,
    FILE_PATTERN,
    KUBERNETES_PATTERN,
    LAUNCHER_CLASSES,
    RESERVED_PATTERN,
    S3A_CLASS,
    S3A_CLASS_KEY,
)
from components.tenants.admission_policy import Check, quoted


def _raw(pattern: str) -> str:
    """A pattern as a CEL text in which a backslash is just that."""
    return f"r'{pattern}'"


VARIABLES: Final = {
    # A key with "=" would set another property than the one that it seems to name.
    "reserved": (
        "!has(variables.job.sparkConf) ? [] : variables.job.sparkConf.filter(key, "
        f"key.contains('=') || key.matches({_raw(RESERVED_PATTERN)}) || "
        f"(key.startsWith('spark.kubernetes.') && !key.matches({_raw(KUBERNETES_PATTERN)})))"
    ),
    "cure": (
        "variables.reserved.exists(key, key.endsWith('podTemplateFile')) ? "
        "'; a pod template is spec.driver.template and spec.executor.template' : "
        "(variables.reserved.exists(key, key.endsWith('pod.name')) ? '; the name is spec.driver.podName' : "
        "(variables.reserved.exists(key, key.matches('^spark[.](jars|files|archives|submit)')) ? "
        "'; files belong into spec.deps' : ''))"
    ),
    "hadoop": (
        "(!has(variables.job.hadoopConf) ? [] : variables.job.hadoopConf.filter(key, key.contains('=') || "
        f"(key == '{S3A_CLASS_KEY}' && variables.job.hadoopConf[key] != '{S3A_CLASS}'))) + "
        "(!has(variables.job.sparkConf) ? [] : variables.job.sparkConf.filter(key, "
        f"key == 'spark.hadoop.{S3A_CLASS_KEY}' && variables.job.sparkConf[key] != '{S3A_CLASS}'))"
    ),
    # Without a main file, which the CRD requires, spark-submit would take arguments for its own options.
    "program": "has(variables.job.mainApplicationFile) ? variables.job.mainApplicationFile : ''",
    "files": (
        "[variables.program] + (!has(variables.job.deps) ? [] : "
        "(has(variables.job.deps.jars) ? variables.job.deps.jars : []) + "
        "(has(variables.job.deps.files) ? variables.job.deps.files : []) + "
        "(has(variables.job.deps.pyFiles) ? variables.job.deps.pyFiles : []) + "
        "(has(variables.job.deps.archives) ? variables.job.deps.archives : []))"
    ),
    "lists": (
        "!has(variables.job.sparkConf) ? [] : variables.job.sparkConf.filter(key, "
        f"key in {quoted(FILE_LISTS)} && variables.job.sparkConf[key] != '' && "
        f"!variables.job.sparkConf[key].split(',').all(file, file.matches({_raw(FILE_PATTERN)})))"
    ),
}
"""Parts of the definition that the rules share, in the order in which they build on each other."""

CHECKS: Final = (
    Check(
        "variables.reserved.size() == 0",
        "'sparkConf must not set ' + variables.reserved.join(', ') + "
        "': that acts in the operator, not in the job. Remove it' + variables.cure",
        "the job would start in another tenant's namespace, or get at the operator's token and other files",
    ),
    Check(
        "variables.hadoop.size() == 0",
        "'sparkConf and hadoopConf must not set ' + variables.hadoop.join(', ') + "
        f"' like this: fs.s3a.impl can only be {S3A_CLASS}, which is its default. Remove it'",
        "the operator would load that class to look at the job's files",
    ),
    Check(
        "!has(variables.job.deps) || !(has(variables.job.deps.packages) "
        "|| has(variables.job.deps.repositories) || has(variables.job.deps.excludePackages))",
        "'spec.deps.packages can not be used: put the jars into the artifacts bucket, and name them in "
        "spec.deps.jars as s3a:// files, or build them into the image'",
        "they would be downloaded into the operator, and their classes loaded there",
    ),
    Check(
        f"variables.files.all(file, file.matches({_raw(FILE_PATTERN)}))",
        "'spec.mainApplicationFile and spec.deps must name files as local://, s3a:// or https://, without "
        "wildcards, blanks or other signs that a URI can not have: ' + "
        f"variables.files.filter(file, !file.matches({_raw(FILE_PATTERN)})).join(', ')",
        "other files would be looked for in the operator's pod, and wildcards need rights to the store",
    ),
    Check(
        "variables.lists.size() == 0",
        "'sparkConf must name files as local://, s3a:// or https://, without wildcards or blanks: ' + "
        "variables.lists.join(', ') + ' does not; better write them into spec.deps'",
        "they would be looked for in the operator's pod, like those of spec.deps",
    ),
    Check(
        f"!has(variables.job.mainClass) || !(variables.job.mainClass in {quoted(LAUNCHER_CLASSES)})",
        "'spec.mainClass must be a class of the job: ' + variables.job.mainClass + "
        "' is a shell or a server, which can not run in cluster mode'",
        "with these classes Spark's launcher reads a job's arguments as its own options",
    ),
    Check(
        "has(variables.job.mainClass) || variables.program.matches('[.](py|R|r)$')",
        "'spec.mainClass must name the class to run: write it out, also if the jar has one in its manifest'",
        "the operator would open the jar to look for it, wherever that is",
    ),
    Check(
        "!has(variables.job.type) || (variables.program.matches('[.]py$') ? variables.job.type == 'Python' : "
        "variables.program.matches('[.][rR]$') ? variables.job.type == 'R' : "
        "variables.job.type in ['Scala', 'Java'])",
        "'spec.type ' + variables.job.type + ' does not go with spec.mainApplicationFile ' + "
        "variables.program + ': Spark goes by the name of the file. Write Python for .py, R for .R, Scala or "
        "Java for a jar'",
        "the job would run as something else than it says",
    ),
    Check(
        "!has(variables.job.proxyUser)",
        "'spec.proxyUser can not be used: there is no other user to act for; remove it'",
        "the operator would act for a user that nobody has checked",
    ),
)
"""The rules for what becomes an option of spark-submit."""
