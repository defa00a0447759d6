package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"xk6-bft/identity"
)

const (
	format = 1
	// requestLabel begins what a client signs where replicas sign nothing.
	requestLabel = "bft-chaos request v1\x00"
)

// Algorithm is what stands behind a message, as its second byte says (protocols/wire/messages.md).
type Algorithm uint8

// Signatures convince everybody, a vector whom it has a code for; over channels between replicas
// nothing stands behind a message, and one code behind what is said by a client or to it.
const (
	Signatures    Algorithm = 1
	Vectors       Algorithm = 2
	Channels      Algorithm = 3
	SignedVectors Algorithm = 4
)

// Authentication is what a cluster has behind the two messages of its clients.
type Authentication struct {
	Requests Algorithm
	Replies  Algorithm
}

// AuthenticationOf reads what a configuration says.
func AuthenticationOf(protocol, clientAuth, replyAuth string) (Authentication, error) {
	switch protocol {
	case "pbft-mac":
		if clientAuth == "signature" {
			return Authentication{Requests: SignedVectors, Replies: Vectors}, nil
		}
		return Authentication{Requests: Vectors, Replies: Vectors}, nil
	case "pbft-mac-proof":
		return Authentication{Requests: Vectors, Replies: Vectors}, nil
	case "pbft-relay":
		return Authentication{Requests: Channels, Replies: Channels}, nil
	case "pbft-sig", "unreplicated":
		if replyAuth == "mac" {
			return Authentication{Requests: Signatures, Replies: Vectors}, nil
		}
		return Authentication{Requests: Signatures, Replies: Signatures}, nil
	default:
		return Authentication{}, fmt.Errorf("this client does not speak %q", protocol)
	}
}

// Envelope is a well-formed message of this cluster; who made it is not verified yet.
type Envelope struct {
	Type           MessageType
	Sender         identity.NodeID
	Payload        []byte
	Content        []byte
	Authentication []byte
	Attachment     []byte
}

// Envelopes seals and opens the messages of one node in one cluster that have one algorithm.
type Envelopes struct {
	cluster       Cluster
	authenticator *identity.Authenticator
	algorithm     Algorithm
}

// NewEnvelopes seals as the authenticator's node.
func NewEnvelopes(cluster Cluster, authenticator *identity.Authenticator, algorithm Algorithm) *Envelopes {
	return &Envelopes{cluster: cluster, authenticator: authenticator, algorithm: algorithm}
}

// Seal is for one replica of so many. The attachment is covered only by what the payload says of it.
func (e *Envelopes) Seal(message Message, to identity.NodeID, replicas int) []byte {
	content := make([]byte, 0, len(message.Payload)+32)
	content = append(content, format, byte(e.algorithm), byte(message.Type))
	content = append(content, e.cluster.ID[:]...)
	content = binary.BigEndian.AppendUint32(content, e.cluster.Epoch)
	content = binary.BigEndian.AppendUint32(content, uint32(e.authenticator.Self))
	content = append(content, message.Payload...)
	authentication := e.authenticate(content, to, replicas)
	sealed := make([]byte, 0, len(content)+len(authentication)+len(message.Attachment)+8)
	sealed = appendBlob(sealed, content)
	sealed = binary.BigEndian.AppendUint16(sealed, uint16(len(authentication))) // #nosec G115 -- of a vector
	sealed = append(sealed, authentication...)
	return append(sealed, message.Attachment...)
}

func (e *Envelopes) authenticate(content []byte, to identity.NodeID, replicas int) []byte {
	// A signature is over the content itself: no digest is made for it.
	if e.algorithm == Signatures {
		return e.authenticator.Sign(content)
	}
	digest := sha256.Sum256(content)
	switch e.algorithm {
	case Channels:
		return e.authenticator.Tag(to, digest[:])
	case SignedVectors:
		signature := e.authenticator.Sign(append([]byte(requestLabel), digest[:]...))
		return append(e.vector(slices.Concat(digest[:], signature), replicas), signature...)
	default:
		return e.vector(digest[:], replicas)
	}
}

// vector has one code for each replica.
func (e *Envelopes) vector(statement []byte, replicas int) []byte {
	tags := make([]byte, 0, replicas*identity.TagBytes+signatureBytes)
	for replica := range replicas {
		tags = append(tags, e.authenticator.Tag(identity.NodeID(uint32(replica)), statement)...) // #nosec G115 -- below the number of replicas
	}
	return tags
}

// Open is false for bytes that are no message of this cluster, epoch and algorithm.
func (e *Envelopes) Open(bytes []byte) (Envelope, bool) {
	outer := reader{bytes: bytes}
	envelope := Envelope{Content: outer.blob()}
	envelope.Authentication = outer.raw(uint64(outer.u16()))
	envelope.Attachment = outer.rest()
	inner := reader{bytes: envelope.Content}
	known := inner.u8() == format && inner.u8() == byte(e.algorithm)
	envelope.Type = MessageType(inner.u8())
	ours := string(inner.raw(clusterIDBytes)) == string(e.cluster.ID[:])
	ours = inner.u32() == e.cluster.Epoch && ours
	envelope.Sender = identity.NodeID(inner.u32())
	envelope.Payload = inner.rest()
	return envelope, known && ours && outer.complete() && inner.complete()
}

// Verify is for what one replica said to this node: the channel is that of from.
func (e *Envelopes) Verify(envelope Envelope, from identity.NodeID) bool {
	if e.algorithm == Signatures {
		return e.authenticator.Verify(envelope.Sender, envelope.Content, envelope.Authentication)
	}
	// One code is for one reader, and its author sends it itself.
	digest := sha256.Sum256(envelope.Content)
	return from == envelope.Sender &&
		e.authenticator.CheckTag(envelope.Sender, digest[:], envelope.Authentication)
}
