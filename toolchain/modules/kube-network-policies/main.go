// Command kube-network-policies decides, by upstream's rules, about the first packet of each connection of a pod.
//
// Upstream's own main runs in a pod, serves metrics on every address, and sends packets here by nftables' queue
// statement, which some kernels lack. This one takes a kubeconfig and listens nowhere; the packets come by
// iptables' NFQUEUE target, from rules that the node's own code adds and removes.
package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

// Upstream's own rules would ask about each packet once more, and not on every kernel. They go into a table, and
// nftables takes names of up to 255 bytes (NFT_NAME_MAXLEN): with a longer one every kernel refuses them whole,
// once, at the start, and upstream goes on. They are written anew for pods of this node: there is none.
var (
	noTable = strings.Repeat("x", 300)
	noNode  = "none"
)

func main() {
	klog.InitFlags(nil)
	kubeconfig := flag.String("kubeconfig", "", "file that says where the API server is, and who we are")
	queue := flag.Int("queue", 100, "number of the netfilter queue that the packets come by")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *kubeconfig, *queue); err != nil {
		klog.ErrorS(err, "network policies are not enforced any more")
		klog.FlushAndExit(klog.ExitFlushTimeout, 1)
	}
}

// run returns when it is told to, or cannot go on: then no packet is let through until it is started again.
func run(ctx context.Context, kubeconfig string, queue int) error {
	// Addresses of pods come from the API server: the containerd here has no NRI, and one that has is another's.
	// Said to NRI, as upstream panics at an address that it does not know when it is told to do without.
	if err := os.Setenv("NRI_PLUGIN_SOCKET", "none"); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(
		client,
		factory.Networking().V1().NetworkPolicies(),
		factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(),
		nil, nil, nil, nil,
		networkpolicy.Config{
			NodeName:    noNode,
			QueueID:     queue,
			NFTableName: noTable,
		},
	)
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	return controller.Run(ctx)
}
