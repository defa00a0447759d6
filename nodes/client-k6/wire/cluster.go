package wire

import (
	"encoding/hex"
	"fmt"
)

const clusterIDBytes = 16

// Cluster is what every signature is bound to.
type Cluster struct {
	ID    [clusterIDBytes]byte
	Epoch uint32
}

// ParseCluster takes the id as 32 hex digits.
func ParseCluster(id string, epoch uint32) (Cluster, error) {
	cluster := Cluster{Epoch: epoch}
	bytes, err := hex.DecodeString(id)
	if err != nil || len(bytes) != clusterIDBytes {
		return cluster, fmt.Errorf("clusterId %q is not 32 hex digits", id)
	}
	copy(cluster.ID[:], bytes)
	return cluster, nil
}
