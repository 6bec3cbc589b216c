"""What every service in the cluster repeats: manifests of Kubernetes, and the resources that they become."""
