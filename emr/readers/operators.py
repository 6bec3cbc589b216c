"""Calls in a module of Python, and what the arguments of Airflow's operators say. Pure."""

from __future__ import annotations

import ast
import re
from typing import Final

from emr.model.tree import Leaf, Node
from emr.readers.literals import texts
from emr.readers.literals.scopes import Scope, evaluate

_ARGUMENTS: Final = {
    "job_driver": "jobDriver",
    "configuration_overrides": "configurationOverrides",
    "release_label": "releaseLabel",
    "execution_role_arn": "executionRoleArn",
    "name": "name",
    "virtual_cluster_id": "virtualClusterId",
    "application_id": "applicationId",
}

_SUBMIT_OPTIONS: Final = {
    "name": "--name",
    "java_class": "--class",
    "jars": "--jars",
    "files": "--files",
    "py_files": "--py-files",
    "archives": "--archives",
    "packages": "--packages",
    "driver_memory": "--driver-memory",
    "executor_memory": "--executor-memory",
    "executor_cores": "--executor-cores",
    "num_executors": "--num-executors",
    "deploy_mode": "--deploy-mode",
    "properties_file": "--properties-file",
    "driver_class_path": "--driver-class-path",
    "exclude_packages": "--exclude-packages",
    "repositories": "--repositories",
    "yarn_queue": "--queue",
    "keytab": "--keytab",
    "principal": "--principal",
    "proxy_user": "--proxy-user",
}


def called(call: ast.Call) -> str:
    """Name of what is called, without what it belongs to.

    Args:
        call: of a Python module.
    """
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def arguments(call: ast.Call, scope: Scope) -> dict[str, Node]:
    """Values of what a call is given by name.

    Args:
        call: the call.
        scope: where it stands.
    """
    found: dict[str, Node] = {}
    for key in call.keywords:
        value = evaluate(key.value, scope)
        if key.arg:
            found[key.arg] = value
        elif isinstance(value, dict):
            found.update(value)
    return found


def partial(call: ast.Call) -> tuple[str, ast.Call] | None:
    """Name of an operator whose arguments are expanded, and the call with those that all its tasks have.

    Args:
        call: of `expand`.
    """
    function = call.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Call):
        return None
    shared = function.value
    if called(shared) != "partial" or not isinstance(shared.func, ast.Attribute):
        return None
    operator = shared.func.value
    name = operator.id if isinstance(operator, ast.Name) else getattr(operator, "attr", "")
    return name, shared


_PARAMETER: Final = re.compile(r"\{\{\s*params(?:\.(\w+)|\[['\"](\w+)['\"]\])\s*\}\}")


def with_parameters(tree: dict[str, Node]) -> dict[str, Node]:
    """Arguments of an operator with its own `params` filled in: Airflow knows them when it loads the DAG.

    Args:
        tree: the arguments.
    """
    given = tree.get("params")
    if not isinstance(given, dict):
        return tree
    values = {key: part.text for key, part in given.items() if isinstance(part, Leaf)}

    def fill(node: Node) -> Node:
        if isinstance(node, dict):
            return {key: fill(part) for key, part in node.items()}
        if isinstance(node, list):
            return [fill(part) for part in node]
        if not isinstance(node.value, str):
            return node
        return node.with_text(
            _PARAMETER.sub(lambda match: values.get(match[1] or match[2], match[0]), node.value)
        )

    return {key: part if key == "params" else fill(part) for key, part in tree.items()}


def run(tree: dict[str, Node]) -> dict[str, Node]:
    """A run of EMR on EKS or Serverless; `config` has what the operator's others have no name for.

    Args:
        tree: arguments of Airflow's operator.
    """
    found = {_ARGUMENTS[key]: part for key, part in tree.items() if key in _ARGUMENTS}
    if "job_retry_max_attempts" in tree:
        found["retryPolicyConfiguration"] = {"maxAttempts": tree["job_retry_max_attempts"]}
    config = tree.get("config")
    return {**config, **found} if isinstance(config, dict) else found


def submission(tree: dict[str, Node], at: str) -> list[Node]:
    """Words of spark-submit: the arguments of Airflow's operator are its options.

    Args:
        tree: the arguments.
        at: where the operator is called.
    """
    words: list[Node] = [Leaf("spark-submit", at)]
    for key, option in _SUBMIT_OPTIONS.items():
        if isinstance(value := tree.get(key), Leaf) and value.value is not None:
            words += [value.with_text(option, "option"), value]
    conf = tree.get("conf")
    for key, value in conf.items() if isinstance(conf, dict) else ():
        if isinstance(value, Leaf):
            words += [value.with_text("--conf", "option"), value.with_text(f"{key}={texts.of(value)}")]
    # The operator's hook hands them to YARN so (SparkSubmitHook of the provider apache-spark).
    variables = tree.get("env_vars")
    for key, value in variables.items() if isinstance(variables, dict) else ():
        if isinstance(value, Leaf):
            setting = f"spark.yarn.appMasterEnv.{key}={texts.of(value)}"
            words += [value.with_text("--conf", "option"), value.with_text(setting)]
    if isinstance(program := tree.get("application"), Leaf):
        words.append(program)
    arguments = tree.get("application_args")
    words += arguments if isinstance(arguments, list) else [arguments] if arguments is not None else []
    return words
