// Package vectors reads the test vectors that every implementation of the wire has to reproduce.
// They lie beside the pages that they belong to, and nowhere else.
package vectors

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"xk6-bft/identity"
)

// Messages is protocols/wire/message-vectors.json.
type Messages struct {
	ClusterID string            `json:"clusterId"`
	Epoch     uint32            `json:"epoch"`
	Keys      identity.Keys     `json:"keys"`
	Digests   map[string]string `json:"digests"`
	Messages  map[string]string `json:"messages"`
	Tagged    map[string]string `json:"tagged"`
	Requests  Requests          `json:"requests"`
}

// Requests is one REQUEST as its client seals it where replicas sign nothing.
type Requests struct {
	Signed string `json:"signed"`
	ToR0   string `json:"toR0"`
}

// Frames is runtime/frame-vectors.json.
type Frames struct {
	Handshake Handshake `json:"handshake"`
	Frames    []Frame   `json:"frames"`
}

// Handshake is one whole handshake of two replicas.
type Handshake struct {
	Keys             identity.Keys     `json:"keys"`
	ClusterID        string            `json:"clusterId"`
	Epoch            uint32            `json:"epoch"`
	Dialler          Side              `json:"dialler"`
	Acceptor         Side              `json:"acceptor"`
	SignedByAcceptor string            `json:"signedByAcceptor"`
	SignedByDialler  string            `json:"signedByDialler"`
	Frames           map[string]string `json:"frames"`
}

// Side is who takes part, and with what.
type Side struct {
	ID          identity.NodeID `json:"id"`
	Incarnation uint64          `json:"incarnation,string"`
	Nonce       string          `json:"nonce"`
}

// Frame is one frame and its bytes.
type Frame struct {
	Name   string           `json:"name"`
	Type   uint8            `json:"type"`
	Client *identity.NodeID `json:"client"`
	Number uint64           `json:"number,string"`
	Clock  uint64           `json:"clock,string"`
	Body   string           `json:"body"`
	Wire   string           `json:"wire"`
}

// LoadMessages reads the vectors of the messages.
func LoadMessages(t *testing.T) Messages {
	t.Helper()
	return load[Messages](t, "protocols", "wire", "message-vectors.json")
}

// LoadFrames reads the vectors of the frames and of the handshake.
func LoadFrames(t *testing.T) Frames {
	t.Helper()
	return load[Frames](t, "runtime", "frame-vectors.json")
}

// Hex is the bytes that a vector writes in hex.
func Hex(t *testing.T, text string) []byte {
	t.Helper()
	bytes, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

func load[Vectors any](t *testing.T, path ...string) Vectors {
	t.Helper()
	var vectors Vectors
	// A test runs in the folder of its package, two below the folder of all nodes.
	nodes := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(append([]string{nodes}, path...)...)) // #nosec G304 -- ours
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	return vectors
}
