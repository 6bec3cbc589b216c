"""Prints what the workflows need to know of a stack, as a step's outputs; fails if CI can't run it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components import versions
from components.settings import parse
from components.settings.aws import AwsFoundationSettings
from workspace import stack_files

ROOT = Path(__file__).resolve().parents[3]


def outputs(stack: str) -> dict[str, str]:
    """The outputs of the step.

    Args:
        stack: name of the stack.

    Raises:
        SystemExit: the stack is none on AWS.
    """
    file = ROOT / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        sys.exit(f"there is no {file.name}; take {stack} out of the variable AWS_STACKS, or write that file")
    foundation = parse(stack_files.settings(file), source=file.name).foundation
    if not isinstance(foundation, AwsFoundationSettings):
        sys.exit(f"{file.name} is not on AWS; take {stack} out of the variable AWS_STACKS")
    return {"pulumi": versions.PULUMI, "account": foundation.account_id}


if __name__ == "__main__":
    for name, value in outputs(sys.argv[1]).items():
        print(f"{name}={value}")
