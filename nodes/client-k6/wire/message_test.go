package wire_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"xk6-bft/identity"
	"xk6-bft/vectors"
	"xk6-bft/wire"
)

func envelopesOf(t *testing.T, vector vectors.Messages, self identity.NodeID) *wire.Envelopes {
	t.Helper()
	of := cluster(t, vector.ClusterID, vector.Epoch)
	return wire.NewEnvelopes(of, authenticator(t, vector.Keys, self))
}

func TestARequestHasTheBytesOfItsVector(t *testing.T) {
	vector := vectors.LoadMessages(t)
	client := identity.ClientID(0, 1)
	envelopes := envelopesOf(t, vector, client)
	frame := envelopes.SealRequest(wire.Request{Timestamp: 17, Operation: []byte{0xca, 0xfe}})
	if got := hex.EncodeToString(frame); got != vector.Messages["REQUEST"] {
		t.Fatalf("got %s, want %s", got, vector.Messages["REQUEST"])
	}
	envelope, _ := envelopes.Open(frame)
	digest := sha256.Sum256(envelope.Signed)
	if got := hex.EncodeToString(digest[:]); got != vector.Digests["request"] {
		t.Fatalf("digest %s, want %s", got, vector.Digests["request"])
	}
}

func TestAReplyIsReadAsItsVectorSays(t *testing.T) {
	vector := vectors.LoadMessages(t)
	envelopes := envelopesOf(t, vector, identity.ClientID(0, 1))
	envelope, ok := envelopes.Open(vectors.Hex(t, vector.Messages["REPLY"]))
	if !ok || !envelopes.Verify(envelope) {
		t.Fatal("the reply is not opened and verified")
	}
	reply, ok := wire.DecodeReply(envelope)
	want := wire.Reply{Replica: 1, View: 4, Timestamp: 17, Client: identity.ClientID(0, 1), Result: []byte{1}}
	if !ok || reply.Replica != want.Replica || reply.View != want.View ||
		reply.Timestamp != want.Timestamp || reply.Client != want.Client ||
		!bytes.Equal(reply.Result, want.Result) {
		t.Fatalf("got %+v, want %+v", reply, want)
	}
}

func TestTheEnvelopeOfEveryMessageIsOpenedVerifiedAndSealedAgain(t *testing.T) {
	vector := vectors.LoadMessages(t)
	for name, text := range vector.Messages {
		bytes := vectors.Hex(t, text)
		envelope, ok := envelopesOf(t, vector, 0).Open(bytes)
		if !ok || !envelopesOf(t, vector, 0).Verify(envelope) {
			t.Errorf("%s is not opened and verified", name)
			continue
		}
		sealed := envelopesOf(t, vector, envelope.Sender).Seal(envelope.Type, envelope.Payload, envelope.Attachment)
		if hex.EncodeToString(sealed) != text {
			t.Errorf("%s is sealed as %x", name, sealed)
		}
	}
}

func TestAChangedByteOrAnotherClusterIsRefused(t *testing.T) {
	vector := vectors.LoadMessages(t)
	envelopes := envelopesOf(t, vector, 0)
	original := vectors.Hex(t, vector.Messages["REPLY"])
	for position := range original {
		changed := bytes.Clone(original)
		changed[position]++
		if envelope, ok := envelopes.Open(changed); ok && envelopes.Verify(envelope) {
			t.Errorf("byte %d may be changed", position)
		}
		if envelope, ok := envelopes.Open(original[:position]); ok && envelopes.Verify(envelope) {
			t.Errorf("the first %d bytes will do", position)
		}
	}
	vector.Epoch++
	if _, ok := envelopesOf(t, vector, 0).Open(original); ok {
		t.Error("another epoch is opened")
	}
}

func TestWhatIsNoReplyIsNotDecodedAsOne(t *testing.T) {
	vector := vectors.LoadMessages(t)
	for name, text := range vector.Messages {
		envelope, _ := envelopesOf(t, vector, 0).Open(vectors.Hex(t, text))
		if _, ok := wire.DecodeReply(envelope); ok != (name == "REPLY") {
			t.Errorf("%s: %v", name, ok)
		}
	}
	client := envelopesOf(t, vector, identity.ClientID(0, 1))
	whole, _ := envelopesOf(t, vector, 0).Open(vectors.Hex(t, vector.Messages["REPLY"]))
	mine, _ := client.Open(client.Seal(wire.ReplyMessage, whole.Payload, nil))
	if _, ok := wire.DecodeReply(mine); ok {
		t.Error("a client's reply is one")
	}
	huge := bytes.Clone(whole.Payload)
	huge[0] = 0x00
	huge[1] = 0x20
	whole.Payload = huge
	if _, ok := wire.DecodeReply(whole); ok {
		t.Error("a view above 2^53 - 1 is one")
	}
}
