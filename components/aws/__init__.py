"""The `aws` foundation: network, EKS, nodes, identity, buckets and registry, as pure plans and thin
components.

Modules without `import pulumi` hold every decision and number; the components beside them only turn plans
into resources. Nothing here asks AWS a question: account, region and zones are settings, so a plan is the
same on every machine and can be read before anything exists.
"""

__all__: list[str] = []
