// Command pulumi-resource-kubernetes is the Kubernetes provider plugin.
//
// Upstream's own main embeds two generated files that its module does not carry, so the build lays them in here
// from the module's schema (see toolchain/recipes.py).
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() { provider.Serve("kubernetes", version.Version, schema, terraformMapping) }
