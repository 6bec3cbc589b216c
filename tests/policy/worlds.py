"""Every stack as `pulumi up` would build it, with the ids and ARNs that AWS would give."""

from __future__ import annotations

import runpy
from functools import cache

from components.settings import KEY
from tests.support.recorder import World, build
from tests.support.stacks import ROOT, stack_settings
from tests.unit.aws.examples import answer


@cache
def built(stack: str) -> World:
    """A stack as its file says; built once for all tests that only look.

    Args:
        stack: name of the stack.
    """
    return build(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        stack=stack,
        config={KEY: stack_settings(stack)},
        answer=answer,
    )
