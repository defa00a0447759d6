package wire_test

import (
	"encoding/hex"
	"errors"
	"testing"

	"xk6-bft/identity"
	"xk6-bft/vectors"
	"xk6-bft/wire"
)

func side(t *testing.T, vector vectors.Side) wire.Side {
	t.Helper()
	side := wire.Side{ID: vector.ID, Incarnation: vector.Incarnation}
	copy(side.Nonce[:], vectors.Hex(t, vector.Nonce))
	return side
}

func cluster(t *testing.T, id string, epoch uint32) wire.Cluster {
	t.Helper()
	parsed, err := wire.ParseCluster(id, epoch)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func authenticator(t *testing.T, keys identity.Keys, self identity.NodeID) *identity.Authenticator {
	t.Helper()
	ring, err := identity.ParseKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	own, err := ring.Authenticator(self)
	if err != nil {
		t.Fatal(err)
	}
	return own
}

func dialler(t *testing.T, vector vectors.Handshake) wire.DiallerHandshake {
	t.Helper()
	return wire.DiallerHandshake{
		Cluster:       cluster(t, vector.ClusterID, vector.Epoch),
		Authenticator: authenticator(t, vector.Keys, vector.Dialler.ID),
		Incarnation:   vector.Dialler.Incarnation,
		Nonce:         side(t, vector.Dialler).Nonce,
		Target:        vector.Acceptor.ID,
	}
}

func TestTheHandshakeIsOnTheWireAsInTheVectors(t *testing.T) {
	vector := vectors.LoadFrames(t).Handshake
	transcript := wire.Transcript{
		Cluster:  cluster(t, vector.ClusterID, vector.Epoch),
		Dialler:  side(t, vector.Dialler),
		Acceptor: side(t, vector.Acceptor),
	}
	handshake := dialler(t, vector)
	proof, err := handshake.Prove(vectors.Hex(t, vector.Frames["challenge"])[5:])
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"acceptor's transcript": {hex.EncodeToString(transcript.SignedBytes(wire.Acceptor)), vector.SignedByAcceptor},
		"dialler's transcript":  {hex.EncodeToString(transcript.SignedBytes(wire.Dialler)), vector.SignedByDialler},
		"HELLO":                 {hex.EncodeToString(handshake.Hello().AppendTo(nil)), vector.Frames["hello"]},
		"PROOF":                 {hex.EncodeToString(proof.AppendTo(nil)), vector.Frames["proof"]},
		"READY":                 {hex.EncodeToString(wire.Frame{Type: wire.FrameReady}.AppendTo(nil)), vector.Frames["ready"]},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %s, want %s", name, pair[0], pair[1])
		}
	}
}

func TestADiallerBelievesNobodyElse(t *testing.T) {
	vector := vectors.LoadFrames(t).Handshake
	challenge := vectors.Hex(t, vector.Frames["challenge"])[5:]
	other := dialler(t, vector)
	other.Target = 0
	elsewhere := dialler(t, vector)
	elsewhere.Cluster.Epoch++
	again := dialler(t, vector)
	again.Nonce[0]++
	for name, handshake := range map[string]wire.DiallerHandshake{
		"another replica": other, "another epoch": elsewhere, "an earlier connection": again,
	} {
		if _, err := handshake.Prove(challenge); !errors.Is(err, wire.ErrBadSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := dialler(t, vector).Prove(challenge[1:]); !errors.Is(err, wire.ErrMalformedHandshake) {
		t.Errorf("a short challenge: %v", err)
	}
}
