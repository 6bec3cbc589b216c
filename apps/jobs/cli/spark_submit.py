"""Makes a SparkApplication of a `spark-submit` as people know it. Pure.

Options are those of Spark 4.1's spark-submit (SparkSubmitOptionParser) in cluster mode. One that can not be
kept, as the platform decides it or a SparkApplication has no field for it, is refused by its name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

GROUP: Final = "sparkoperator.k8s.io/v1beta2"

PLACES: Final[dict[str, tuple[str, ...]]] = {
    "--class": ("mainClass",),
    "--driver-memory": ("driver", "memory"),
    "--driver-cores": ("driver", "cores"),
    "--driver-java-options": ("driver", "javaOptions"),
    "--executor-memory": ("executor", "memory"),
    "--executor-cores": ("executor", "cores"),
    "--num-executors": ("executor", "instances"),
}
"""Option -> field of the spec."""

LISTS: Final = {
    "--jars": "jars",
    "--files": "files",
    "--py-files": "pyFiles",
    "--packages": "packages",
    "--exclude-packages": "excludePackages",
    "--repositories": "repositories",
    "--archives": "archives",
}
"""Option -> field of `spec.deps`."""

NUMBERS: Final = frozenset({"--driver-cores", "--executor-cores", "--num-executors"})

DROPPED: Final = {"--deploy-mode": "cluster"}
"""Options whose only value goes without saying."""

SAID: Final = frozenset({"--master", "--name"})
"""Options that the platform answers: its own API server, and the name."""

FLAGS: Final = frozenset({"--verbose", "-v"})

DECIDED: Final = {
    "spark.executor.instances": ("executor", "instances"),
    "spark.executor.cores": ("executor", "cores"),
    "spark.executor.memory": ("executor", "memory"),
    "spark.executor.memoryOverhead": ("executor", "memoryOverhead"),
    "spark.driver.cores": ("driver", "cores"),
    "spark.driver.memory": ("driver", "memory"),
    "spark.driver.memoryOverhead": ("driver", "memoryOverhead"),
    "spark.kubernetes.container.image": ("image",),
}
"""Properties that a field of the spec stands for: the operator writes the property from the field."""

_WHOLE: Final = frozenset({"instances", "cores"})


class SubmitError(ValueError):
    """A command that no SparkApplication can be made of, with all that is wrong with it."""


def application(words: Sequence[str], *, namespace: str, version: str) -> dict[str, Any]:
    """The SparkApplication of a command.

    Args:
        words: what is written after `--`: `spark-submit`, its options, the file and its arguments.
        namespace: where it runs, if the command does not say.
        version: the release of Spark.

    Raises:
        SubmitError: with all that is wrong.
    """
    reading = _Reading(spec={"mode": "cluster", "sparkVersion": version, "driver": {}, "executor": {}})
    rest = reading.options(list(words[1:] if words and words[0].endswith("spark-submit") else words))
    if not rest:
        reading.wrong.append("there is no file to run: name a .py or a .jar after the options")
    if reading.wrong:
        raise SubmitError("\n".join(reading.wrong))
    file, arguments = rest[0], rest[1:]
    spec = reading.spec
    spec["type"] = _kind(file, spec)
    spec["mainApplicationFile"] = file
    if spec["type"] == "Python":
        spec["pythonVersion"] = "3"
    if arguments:
        spec["arguments"] = list(arguments)
    return {
        "apiVersion": GROUP,
        "kind": "SparkApplication",
        "metadata": {
            "name": reading.name or _name(file),
            "namespace": reading.namespace or namespace,
        },
        "spec": spec,
    }


class _Reading:
    """A command while it is read.

    Args:
        spec: what is known of the SparkApplication.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.wrong: list[str] = []
        self.name = ""
        self.namespace = ""

    def options(self, words: list[str]) -> list[str]:
        """Read the options, and give what follows them."""
        while words and words[0].startswith("-"):
            option, equals, value = words.pop(0).partition("=")
            if option in FLAGS:
                continue
            if not equals:
                if not words:
                    self.wrong.append(f"{option} has no value")
                    break
                value = words.pop(0)
            self._option(option, value)
        return words

    def _option(self, option: str, value: str) -> None:
        if option in ("--conf", "-c"):
            self._property(value)
        elif option in PLACES:
            self._put(PLACES[option], value, option, whole=option in NUMBERS)
        elif option in LISTS:
            self.spec.setdefault("deps", {})[LISTS[option]] = [each for each in value.split(",") if each]
        elif option == "--name":
            self.name = _plain(value)
        elif option in DROPPED and value != DROPPED[option]:
            self.wrong.append(f"{option} {value} can not be: jobs run in {DROPPED[option]} mode")
        elif option not in SAID and option not in DROPPED:
            self.wrong.append(f"{option} has no place in a SparkApplication: leave it out, or write the YAML")

    def _property(self, text: str) -> None:
        name, equals, value = text.partition("=")
        if not equals:
            self.wrong.append(f"--conf {text} is no property: write name=value")
        elif name == "spark.kubernetes.namespace":
            self.namespace = value
        elif name in DECIDED:
            self._put(DECIDED[name], value, name, whole=DECIDED[name][-1] in _WHOLE)
        else:
            self.spec.setdefault("sparkConf", {})[name] = value

    def _put(self, place: tuple[str, ...], value: str, what: str, *, whole: bool) -> None:
        if whole and not value.isdecimal():
            self.wrong.append(f"{what} is {value!r}: write a whole number")
            return
        found: Any = int(value) if whole else value
        if len(place) == 1:
            self.spec[place[0]] = found
        else:
            self.spec.setdefault(place[0], {})[place[1]] = found


def _kind(file: str, spec: dict[str, Any]) -> str:
    if file.endswith((".py", ".zip", ".egg")):
        return "Python"
    if file.endswith((".r", ".R")):
        return "R"
    return "Scala" if spec.get("mainClass") else "Java"


def _name(file: str) -> str:
    return _plain(file.rsplit("/", 1)[-1].rsplit(".", 1)[0])


def _plain(text: str) -> str:
    """The nearest name that a job may have."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return (name if name[:1].isalpha() else f"job-{name}")[:63].rstrip("-")
