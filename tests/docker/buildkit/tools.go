//go:build tools

// What Docker builds images with: its client part and its builder, pinned for the tests.
package tools

import (
	_ "github.com/docker/buildx/cmd/buildx"
	_ "github.com/moby/buildkit/cmd/buildkitd"
)
