"""What Spark reads at its start: spark-defaults.conf for jobs and for the history server. Pure.

The values and their reasons are in `components.spark.conf_values`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from components.domain import JOB_NAMESPACE, ObjectStorage
from components.spark.conf_values import (
    DRIVER_TEMPLATE_FILE,
    EXECUTOR_TEMPLATE_FILE,
    history_settings,
    spark_settings,
)
from components.spark.setting import Setting

IMAGE_PROPERTY: Final = "spark.kubernetes.container.image"
"""Spark property with the image of drivers and executors."""

DEFAULTS_FILE: Final = "spark-defaults.conf"

RELEASE_FILE: Final = "spark-defaults-{version}.conf"
"""The same for jobs that name a release of Spark, also the stack's: what they read stays when another becomes
the stack's. apps/job_pods reads it too."""

IMAGES_FILE: Final = "images"
"""What images there are: a line each, with its name and its reference."""


@dataclass(frozen=True, kw_only=True)
class JobDefaults:
    """What jobs get that do not say otherwise.

    Args:
        properties: of spark-defaults.conf.
        releases: the same for each release of Spark, by what a job writes as `sparkVersion`.
        images: reference of each image that a job may name, by its name.
    """

    properties: Mapping[str, str]
    releases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)

    @property
    def references(self) -> set[str]:
        """Every image that is named."""
        confs = (self.properties, *self.releases.values())
        return {*self.images.values(), *(conf[IMAGE_PROPERTY] for conf in confs if IMAGE_PROPERTY in conf)}

    def named(self, digests: Mapping[str, str]) -> JobDefaults:
        """The same, with images by their digest.

        Args:
            digests: reference by tag -> the same image by its digest.
        """

        def pinned(conf: Mapping[str, str]) -> dict[str, str]:
            image = conf.get(IMAGE_PROPERTY, "")
            return {**conf, IMAGE_PROPERTY: digests[image]} if image in digests else dict(conf)

        return replace(
            self,
            properties=pinned(self.properties),
            releases={version: pinned(conf) for version, conf in self.releases.items()},
            images={name: digests.get(image, image) for name, image in self.images.items()},
        )


def spark_defaults(
    storage: ObjectStorage,
    *,
    spark_version: str,
    image: str,
    own_image: bool = False,
    overrides: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Make the content of spark-defaults.conf.

    A job's own settings beat these; these beat what is inside the image.

    Args:
        storage: where data and event logs are.
        spark_version: release of Spark that the jobs run ("4.1.2").
        image: reference of the image of drivers and executors.
        own_image: True if the platform did not build it.
        overrides: properties that replace or join the platform's, from the stack file.

    Returns:
        Properties by name, sorted.

    Raises:
        ValueError: see `spark_settings`.
    """
    settings = spark_settings(storage, spark_version=spark_version, image=image, own_image=own_image)
    return _merge(settings, overrides)


def history_server_conf(
    storage: ObjectStorage, *, overrides: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Make the history server's spark-defaults.conf.

    It always runs the platform's default Spark: a newer server reads older applications' logs. Where and how
    it keeps what it has read (hybrid store, RocksDB, sizes) is the chart's: that follows the pod's memory and
    volume.

    Args:
        storage: where the event logs are.
        overrides: properties that replace or join the platform's, from the stack file.

    Returns:
        Properties by name, sorted.
    """
    return _merge(history_settings(storage), overrides)


def tenant_defaults(defaults: JobDefaults, storage: ObjectStorage, namespace: str) -> JobDefaults:
    """Complete the defaults of every release: see `tenant_conf`.

    Args:
        defaults: the platform's.
        storage: where uploaded job files go.
        namespace: the tenant's namespace.
    """
    return replace(
        defaults,
        properties=tenant_conf(defaults.properties, storage, namespace),
        releases={
            version: tenant_conf(conf, storage, namespace) for version, conf in defaults.releases.items()
        },
    )


def tenant_conf(conf: Mapping[str, str], storage: ObjectStorage, namespace: str) -> dict[str, str]:
    """Complete the defaults for a spark-submit inside a tenant's namespace, which has a name here.

    The operator must not have these: it serves all tenants, and an upload path of its own would let a job
    read files out of the operator's pod.

    Args:
        conf: the platform's defaults.
        storage: where uploaded job files go.
        namespace: the tenant's namespace.
    """
    own = {
        "spark.kubernetes.namespace": namespace,
        "spark.kubernetes.file.upload.path": f"s3a://{storage.artifacts_bucket}/{namespace}/uploads",
    }
    named = {key: value.replace(JOB_NAMESPACE, namespace) for key, value in conf.items()}
    return dict(sorted({**named, **own}.items()))


def config_map_data(defaults: JobDefaults, driver_template: str, executor_template: str) -> dict[str, str]:
    """Make the data of a `spark-defaults` ConfigMap.

    Args:
        defaults: what jobs get.
        driver_template: the driver's pod template, as YAML.
        executor_template: the executors' pod template, as YAML.
    """
    return {
        DEFAULTS_FILE: render_properties(defaults.properties),
        **{
            RELEASE_FILE.format(version=version): render_properties(conf)
            for version, conf in defaults.releases.items()
        },
        IMAGES_FILE: "".join(f"{name} {image}\n" for name, image in defaults.images.items()),
        DRIVER_TEMPLATE_FILE: driver_template,
        EXECUTOR_TEMPLATE_FILE: executor_template,
    }


def render_properties(conf: Mapping[str, str]) -> str:
    """Write properties in Java's format, one a line, sorted, so that Java reads back exactly what was given.

    Spark itself trims blanks at both ends of a value afterwards (Utils.getPropertiesFromFile).

    Source of the escapes: java.util.Properties, load(Reader).

    Args:
        conf: values by key.
    """
    return "".join(f"{_escape(key, key=True)}={_escape(conf[key], key=False)}\n" for key in sorted(conf))


def _escape(text: str, *, key: bool) -> str:
    escaped = text.translate(_ESCAPES)
    escaped = re.sub(r"[^\x20-\x7e]", _unicode_escape, escaped)
    if key:
        return re.sub(r"([ :=#!])", r"\\\1", escaped)
    return f"\\{escaped}" if escaped.startswith(" ") else escaped


def _unicode_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"})


def _merge(settings: Iterable[Setting], overrides: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted({**{setting.key: setting.value for setting in settings}, **overrides}.items()))
