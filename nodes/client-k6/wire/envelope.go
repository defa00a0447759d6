package wire

import (
	"encoding/binary"

	"xk6-bft/identity"
)

const (
	format             = 1
	algorithmSignature = 1
)

// Envelope is a well-formed message of this cluster; its signature is not verified yet.
type Envelope struct {
	Type       MessageType
	Sender     identity.NodeID
	Payload    []byte
	Signed     []byte
	Signature  []byte
	Attachment []byte
}

// Envelopes seals and opens the messages of one node in one cluster.
type Envelopes struct {
	cluster       Cluster
	authenticator *identity.Authenticator
}

// NewEnvelopes seals as the authenticator's node.
func NewEnvelopes(cluster Cluster, authenticator *identity.Authenticator) *Envelopes {
	return &Envelopes{cluster: cluster, authenticator: authenticator}
}

// Seal signs the payload; the attachment is covered only by what the payload says of it.
func (e *Envelopes) Seal(kind MessageType, payload, attachment []byte) []byte {
	signed := make([]byte, 0, len(payload)+32)
	signed = append(signed, format, algorithmSignature, byte(kind))
	signed = append(signed, e.cluster.ID[:]...)
	signed = binary.BigEndian.AppendUint32(signed, e.cluster.Epoch)
	signed = binary.BigEndian.AppendUint32(signed, uint32(e.authenticator.Self))
	signed = append(signed, payload...)
	to := appendBlob(make([]byte, 0, len(signed)+len(attachment)+signatureBytes+8), signed)
	to = binary.BigEndian.AppendUint16(to, signatureBytes)
	to = append(to, e.authenticator.Sign(signed)...)
	return append(to, attachment...)
}

// Open is false for bytes that are no message of this cluster and epoch.
func (e *Envelopes) Open(bytes []byte) (Envelope, bool) {
	outer := reader{bytes: bytes}
	envelope := Envelope{Signed: outer.blob()}
	envelope.Signature = outer.raw(uint64(outer.u16()))
	envelope.Attachment = outer.rest()
	inner := reader{bytes: envelope.Signed}
	known := inner.u8() == format && inner.u8() == algorithmSignature
	envelope.Type = MessageType(inner.u8())
	ours := string(inner.raw(clusterIDBytes)) == string(e.cluster.ID[:])
	ours = inner.u32() == e.cluster.Epoch && ours
	envelope.Sender = identity.NodeID(inner.u32())
	envelope.Payload = inner.rest()
	return envelope, known && ours && outer.complete() && inner.complete()
}

// Verify checks the sender's signature.
func (e *Envelopes) Verify(envelope Envelope) bool {
	return e.authenticator.Verify(envelope.Sender, envelope.Signed, envelope.Signature)
}
