"""Where a job means its shuffle files to lie: what would be ignored, or waited for. Pure.

Spark takes as local directories what is mounted from volumes whose names begin with `spark-local-dir-`, and
looks at `spark.local.dir` only where there is none (LocalDirsFeatureStep of 4.1.2); the platform's templates
have one. Of a claim by the name OnDemand it makes one for each pod if class and size are given, and else
waits for a claim that nobody makes (MountVolumesFeatureStep). The operator makes properties of such volumes,
and fails on other kinds (addLocalDirConfOptions of 2.5.2).
"""

from __future__ import annotations

from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.tenants.admission_pods import ROLES
from components.tenants.admission_policy import CONF, JOB, Check, Policy

LOCAL_DIR: Final = "spark-local-dir-"
_FOLDER: Final = "spark.local.dir"
_VARIABLE: Final = "SPARK_LOCAL_DIRS"
_PROPERTIES: Final = r"^spark[.]kubernetes[.](driver|executor)[.]volumes[.][A-Za-z]+[.]spark-local-dir-"
_ON_DEMAND: Final = (
    r"^spark[.]kubernetes[.](driver|executor)[.]volumes[.]persistentVolumeClaim[.][^.]+[.]options"
    r"[.]claimName$"
)
_NEEDED: Final = ("storageClass", "sizeLimit")
_CLAIMS: Final = (
    f"variables.conf.filter(key, key.matches('{_ON_DEMAND}') && variables.conf[key] == 'OnDemand' && !("
    + " && ".join(f"key.replace('options.claimName', 'options.{each}') in variables.conf" for each in _NEEDED)
    + "))"
)
_KINDS: Final = ("emptyDir", "persistentVolumeClaim", "hostPath", "nfs")


def _variables(role: str) -> str:
    """Whether a role's environment names the folders, as CEL."""
    given = f"variables.job.{role}"
    property_of = "spark.kubernetes.driverEnv" if role == "driver" else "spark.executorEnv"
    return (
        f"{given}.?env.orValue([]).exists(each, each.name == '{_VARIABLE}') || "
        f"'{_VARIABLE}' in {given}.?envVars.orValue({{}}) || '{property_of}.{_VARIABLE}' in variables.conf"
    )


SCRATCH: Final = Policy(
    subject="scratch",
    kinds={SPARK_GROUP: JOBS},
    of_spec=True,
    variables={
        "job": JOB,
        "conf": CONF,
        "volumes": "variables.job.?volumes.orValue([])",
        "mounted": (
            f"variables.volumes.exists(each, each.name.startsWith('{LOCAL_DIR}')) || "
            f"variables.conf.exists(key, key.matches('{_PROPERTIES}'))"
        ),
        "unmade": _CLAIMS,
        "strange": (
            f"variables.volumes.filter(each, each.name.startsWith('{LOCAL_DIR}') && "
            f"!({' || '.join(f'has(each.{kind})' for kind in _KINDS)})).map(each, each.name)"
        ),
    },
    checks=(
        Check(
            f"variables.mounted || !('{_FOLDER}' in variables.conf || {' || '.join(map(_variables, ROLES))})",
            f"'spec: {_FOLDER} and the variable {_VARIABLE} are not read: shuffle files lie in the scratch "
            f"of the pod. Remove them; for another place mount a volume whose name begins with {LOCAL_DIR}'",
            "shuffle files would lie elsewhere than the job says",
        ),
        Check(
            "variables.unmade.size() == 0",
            "'spec.sparkConf: a claim OnDemand is made of its options storageClass and sizeLimit, and one of "
            "them is missing beside ' + variables.unmade.join(', ') + '. Write both'",
            "nobody makes the claim, and its pods wait for ever",
        ),
        Check(
            "variables.strange.size() == 0",
            "'spec.volumes: ' + variables.strange.join(', ') + ' is for shuffle files and must be an "
            "emptyDir or a persistentVolumeClaim. Write one, or a name that begins with anything else'",
            "the submission fails in the operator's words",
        ),
    ),
)
"""The rules for scratch."""
