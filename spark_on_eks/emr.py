"""The commands of a move from EMR to this platform."""

from __future__ import annotations

from typing import Final

import typer

from spark_on_eks import emr_catalog, emr_kit, emr_shadow

app: Final = typer.Typer(
    no_args_is_help=True,
    help="From EMR to this platform: what moves, what changes and what is lost. Nothing read is run.",
)
app.command("assess")(emr_kit.assess)
app.command("convert")(emr_kit.convert)
app.command("dag")(emr_kit.dag)
app.command("cost")(emr_kit.cost)
app.command("catalog")(emr_catalog.catalog)
app.command("shadow")(emr_shadow.shadow)
app.command("shadow-fingerprint")(emr_shadow.shadow_fingerprint)
app.command("shadow-kit")(emr_shadow.shadow_kit)
