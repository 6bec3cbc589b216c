// Command coredns is CoreDNS with the plugins of cluster DNS and none of the cloud providers'.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loop"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
)

func init() {
	// The order of the chain, as in the upstream plugin.cfg.
	dnsserver.Directives = []string{
		"reload", "bind", "health", "ready", "errors", "cache", "kubernetes", "loop", "forward",
	}
}

func main() { coremain.Run() }
