"""What `pulumi up` runs: a stack's settings in, its platform out."""

from __future__ import annotations

import pulumi

from components import settings, spark_platform

for name, value in spark_platform.build(settings.load(pulumi.Config())).items():
    pulumi.export(name, value)
