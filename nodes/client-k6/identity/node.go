// Package identity knows who is who: node ids, their names, and the keys that prove them.
package identity

import (
	"fmt"
	"regexp"
	"strconv"
)

// NodeID names a replica (0 .. n-1), a client host (65536 (k + 1)) or one of the host's logical
// clients (65536 (k + 1) + m, m from 1).
type NodeID uint32

const clientBase NodeID = 65_536

// HostsMax bounds host numbers: a name has four digits for one, and every id fits 32 bits.
const HostsMax = 10_000

// ClientsMax is how many logical clients one host can have.
const ClientsMax = int(clientBase) - 1

// ClientID is the id of logical client index (from 1) on client host number host (from 0); index 0
// is the host itself.
func ClientID(host, index uint16) NodeID {
	return clientBase*(1+NodeID(host)) + NodeID(index)
}

// IsReplica reports whether the id is a replica's.
func (id NodeID) IsReplica() bool { return id < clientBase }

// Host is the client host that the logical client lives in.
func (id NodeID) Host() NodeID { return id - id%clientBase }

func (id NodeID) String() string {
	if id.IsReplica() {
		return fmt.Sprintf("r%d", uint32(id))
	}
	host, index := uint32(id/clientBase)-1, uint32(id%clientBase)
	if index == 0 {
		return fmt.Sprintf("c%d", host)
	}
	return fmt.Sprintf("c%d.%d", host, index)
}

var nodeName = regexp.MustCompile(`^(?:r(\d{1,4})|c(\d{1,4})(?:\.(\d{1,5}))?)$`)

// ParseName is the inverse of String.
func ParseName(name string) (NodeID, error) {
	match := nodeName.FindStringSubmatch(name)
	if match == nil {
		return 0, fmt.Errorf("%q names no replica and no client", name)
	}
	if match[1] != "" {
		return number(match[1]), nil
	}
	return clientBase*(1+number(match[2])) + number(match[3]), nil
}

// number reads at most five digits; none at all is the host itself.
func number(digits string) NodeID {
	parsed, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0
	}
	return NodeID(parsed)
}
