// Karpenter: its module holds the chart and the definitions of its custom resources. Nothing is compiled from it.
module spark-on-eks/local/toolchain/karpenter

go 1.26

require github.com/aws/karpenter-provider-aws v1.14.1
