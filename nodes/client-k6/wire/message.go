package wire

import (
	"encoding/binary"

	"xk6-bft/identity"
)

// MessageType is the type of a protocol message; a client says one and hears one.
type MessageType uint8

// The two messages of a client.
const (
	RequestMessage MessageType = 1
	ReplyMessage   MessageType = 2
)

// Message is what is sealed.
type Message struct {
	Type       MessageType
	Payload    []byte
	Attachment []byte
}

// Request is what a client asks for.
type Request struct {
	Timestamp uint64
	Operation []byte
}

// Reply is what one replica answered.
type Reply struct {
	Replica   identity.NodeID
	View      uint64
	Timestamp uint64
	Client    identity.NodeID
	Result    []byte
}

// Message is a REQUEST.
func (r Request) Message() Message {
	payload := make([]byte, 0, len(r.Operation)+12)
	payload = binary.BigEndian.AppendUint64(payload, r.Timestamp)
	return Message{Type: RequestMessage, Payload: appendBlob(payload, r.Operation)}
}

// DecodeReply is false for what is no REPLY of a replica.
func DecodeReply(envelope Envelope) (Reply, bool) {
	if envelope.Type != ReplyMessage || !envelope.Sender.IsReplica() || len(envelope.Attachment) > 0 {
		return Reply{}, false
	}
	fields := reader{bytes: envelope.Payload}
	reply := Reply{Replica: envelope.Sender, View: fields.u64(), Timestamp: fields.u64()}
	reply.Client = identity.NodeID(fields.u32())
	reply.Result = fields.blob()
	return reply, fields.complete()
}
