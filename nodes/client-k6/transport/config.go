// Package transport is the client host: all logical clients of one process over one connection to
// each replica, with sockets, timers and the machine's clock (../runtime/wire.md).
package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"xk6-bft/identity"
	"xk6-bft/quorum"
	"xk6-bft/wire"
)

// Address is where a replica is dialled: itself, or the proxy before it.
type Address struct {
	Host string `json:"host"`
	Port uint16 `json:"port"`
}

// Config is the configuration of a client host, the same file that the TypeScript client reads.
type Config struct {
	Protocol string             `json:"protocol"`
	Host     uint16             `json:"host"`
	Clients  int                `json:"clients"`
	Cluster  ClusterConfig      `json:"cluster"`
	Keys     identity.Keys      `json:"keys"`
	Dial     map[string]Address `json:"dial"`
}

// ClusterConfig is what replicas and clients share; a client needs only a part of it.
type ClusterConfig struct {
	ClusterID          string  `json:"clusterId"`
	Epoch              uint32  `json:"epoch"`
	Replicas           int     `json:"replicas"`
	FaultsMax          int     `json:"faultsMax"`
	Timers             Timers  `json:"timers"`
	OperationTimeoutMS float64 `json:"operationTimeoutMs"`
	CheckpointInterval int     `json:"checkpointInterval"`
	Window             int     `json:"window"`
	BatchMax           int     `json:"batchMax"`
	MaxBatchDelayMS    float64 `json:"maxBatchDelayMs"`
	Pipeline           int     `json:"pipeline"`
	ReplyAuth          string  `json:"replyAuth"`
	ClientAuth         string  `json:"clientAuth"`
	RequestAt          string  `json:"requestAt"`
}

// Timers are in milliseconds.
type Timers struct {
	RequestMS   float64 `json:"requestMs"`
	StatusMS    float64 `json:"statusMs"`
	ClientMS    float64 `json:"clientMs"`
	ClientCapMS float64 `json:"clientCapMs"`
}

// ParseConfig refuses keys that it does not know: a misspelt one would be a setting without effect.
func ParseConfig(text []byte) (Config, error) {
	var config Config
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&config); err != nil {
		return config, fmt.Errorf("no configuration of a client host: %w", err)
	}
	return config, config.validate()
}

func (c Config) validate() error {
	cluster := c.Cluster
	var problems []error
	expect := func(holds bool, problem string, values ...any) {
		if !holds {
			problems = append(problems, fmt.Errorf(problem, values...))
		}
	}
	expect(c.Host < identity.HostsMax, "host is %d; allowed: below %d", c.Host, identity.HostsMax)
	expect(c.Clients >= 1 && c.Clients <= identity.ClientsMax,
		"clients is %d; allowed: 1 to %d", c.Clients, identity.ClientsMax)
	expect(cluster.FaultsMax >= 0 && cluster.FaultsMax < cluster.Replicas,
		"%d replicas cannot tolerate %d faults", cluster.Replicas, cluster.FaultsMax)
	for name, proof := range map[string]string{
		"cluster.replyAuth":  cluster.ReplyAuth,
		"cluster.clientAuth": cluster.ClientAuth,
	} {
		expect(proof == "mac" || proof == "signature", "%s is %q; allowed: mac, signature", name, proof)
	}
	_, err := c.authentication()
	expect(err == nil, "protocol: %w", err)
	expect(cluster.Replicas <= math.MaxUint16, "%d replicas are too many", cluster.Replicas)
	for name, ms := range map[string]float64{
		"cluster.timers.statusMs":    cluster.Timers.StatusMS,
		"cluster.timers.clientMs":    cluster.Timers.ClientMS,
		"cluster.timers.clientCapMs": cluster.Timers.ClientCapMS,
		"cluster.operationTimeoutMs": cluster.OperationTimeoutMS,
	} {
		expect(ms > 0, "%s is %g; allowed: above 0", name, ms)
	}
	if len(problems) == 0 {
		for replica := range cluster.Replicas {
			name := replicaID(replica).String()
			_, known := c.Dial[name]
			expect(known, "dial has no address of %s", name)
		}
	}
	return errors.Join(problems...)
}

func (c Config) authentication() (wire.Authentication, error) {
	return wire.AuthenticationOf(c.Protocol, c.Cluster.ClientAuth, c.Cluster.ReplyAuth)
}

func (c Config) parameters() (quorum.Parameters, error) {
	cluster, malformed := wire.ParseCluster(c.Cluster.ClusterID, c.Cluster.Epoch)
	authentication, unknown := c.authentication()
	return quorum.Parameters{
		Cluster:        cluster,
		Authentication: authentication,
		Replicas:       c.Cluster.Replicas,
		FaultsMax:      c.Cluster.FaultsMax,
		Retry:          milliseconds(c.Cluster.Timers.ClientMS),
		RetryMax:       milliseconds(c.Cluster.Timers.ClientCapMS),
		GiveUp:         milliseconds(c.Cluster.OperationTimeoutMS),
	}, errors.Join(malformed, unknown)
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(ms * float64(time.Millisecond))
}

func replicaID(index int) identity.NodeID {
	return identity.NodeID(uint32(index)) // #nosec G115 -- below the number of replicas
}
