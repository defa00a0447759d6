// Package xk6bft adds the module k6/x/bft to k6: a client of the cluster's replicas.
package xk6bft

import (
	"go.k6.io/k6/v2/js/modules"

	"xk6-bft/bft"
)

func init() {
	modules.Register(bft.ImportPath, bft.New())
}
