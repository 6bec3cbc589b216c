"""The `aws` foundation: network, EKS, nodes, identity, buckets and registry, as thin components.

Every decision and number stands in `components.aws_plans`; here they become resources.
"""

__all__: list[str] = []
