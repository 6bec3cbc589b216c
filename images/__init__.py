"""Builds the platform's images without a container daemon, and hands them to the cluster's containerd."""

from __future__ import annotations

from images.builder import BuiltImage, build_all
from images.containerd import import_all
from images.host import DEBIAN_PACKAGES, missing_packages
from images.recipes import need_no_tool, programs_of

__all__ = [
    "DEBIAN_PACKAGES",
    "BuiltImage",
    "build_all",
    "import_all",
    "missing_packages",
    "need_no_tool",
    "programs_of",
]
