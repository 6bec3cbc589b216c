"""The building blocks: typed settings, pure plans, Pulumi components, and the wiring between them.

Imports point one way: `settings` and the pure modules know no component, a component knows the pure modules
and no settings, `wiring` knows both and has a module for each service, `spark_platform` calls the wiring, and
nothing here knows `local`. docs/architecture.md has all floors.
"""

__all__: list[str] = []
