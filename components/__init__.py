"""The building blocks: typed settings, pure plans, Pulumi components and the module that wires them.

Imports point one way: `settings` and the pure modules know no component, a component knows the pure modules,
`spark_platform` knows them all, and nothing here knows `local`.
"""

__all__: list[str] = []
