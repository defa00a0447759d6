package wire

import (
	"encoding/binary"
	"errors"

	"xk6-bft/identity"
)

const (
	magic          = "BFT1"
	nonceBytes     = 32
	signatureBytes = 64
	challengeBytes = 8 + nonceBytes + signatureBytes
)

// What can be wrong with a CHALLENGE.
var (
	ErrMalformedHandshake = errors.New("malformed handshake")
	ErrBadSignature       = errors.New("the acceptor's signature is wrong")
)

// Nonce is random and fresh for each connection.
type Nonce [nonceBytes]byte

// Role is the side of a connection; the two sign under different labels.
type Role string

// The two roles.
const (
	Acceptor Role = "acceptor"
	Dialler  Role = "dialler"
)

// Side is what one side contributes to a handshake.
type Side struct {
	ID          identity.NodeID
	Incarnation uint64
	Nonce       Nonce
}

// Transcript is what both sides of a handshake sign.
type Transcript struct {
	Cluster  Cluster
	Dialler  Side
	Acceptor Side
}

// SignedBytes is the transcript as one role signs it.
func (t Transcript) SignedBytes(role Role) []byte {
	to := append([]byte("bft-chaos handshake v1 "+string(role)), 0)
	to = append(to, t.Cluster.ID[:]...)
	to = binary.BigEndian.AppendUint32(to, t.Cluster.Epoch)
	for _, side := range []Side{t.Dialler, t.Acceptor} {
		to = binary.BigEndian.AppendUint32(to, uint32(side.ID))
		to = binary.BigEndian.AppendUint64(to, side.Incarnation)
	}
	to = append(to, t.Dialler.Nonce[:]...)
	return append(to, t.Acceptor.Nonce[:]...)
}

// DiallerHandshake is the side that dialled: it knows whom it wants and believes nobody else.
type DiallerHandshake struct {
	Cluster       Cluster
	Authenticator *identity.Authenticator
	Incarnation   uint64
	Nonce         Nonce
	Target        identity.NodeID
}

// Hello opens the handshake.
func (h DiallerHandshake) Hello() Frame {
	body := append([]byte(magic), h.Cluster.ID[:]...)
	body = binary.BigEndian.AppendUint32(body, h.Cluster.Epoch)
	body = binary.BigEndian.AppendUint32(body, uint32(h.Authenticator.Self))
	body = binary.BigEndian.AppendUint32(body, uint32(h.Target))
	body = binary.BigEndian.AppendUint64(body, h.Incarnation)
	return Frame{Type: FrameHello, Body: append(body, h.Nonce[:]...)}
}

// Prove checks the acceptor's CHALLENGE and answers it.
func (h DiallerHandshake) Prove(challenge []byte) (Frame, error) {
	if len(challenge) != challengeBytes {
		return Frame{}, ErrMalformedHandshake
	}
	transcript := Transcript{
		Cluster:  h.Cluster,
		Dialler:  Side{ID: h.Authenticator.Self, Incarnation: h.Incarnation, Nonce: h.Nonce},
		Acceptor: Side{ID: h.Target, Incarnation: binary.BigEndian.Uint64(challenge)},
	}
	copy(transcript.Acceptor.Nonce[:], challenge[8:])
	signature := challenge[8+nonceBytes:]
	if !h.Authenticator.Verify(h.Target, transcript.SignedBytes(Acceptor), signature) {
		return Frame{}, ErrBadSignature
	}
	proof := h.Authenticator.Sign(transcript.SignedBytes(Dialler))
	return Frame{Type: FrameProof, Body: proof}, nil
}
