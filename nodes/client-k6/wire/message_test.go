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
	return envelopesWith(t, vector, self, wire.Signatures)
}

func envelopesWith(
	t *testing.T, vector vectors.Messages, self identity.NodeID, algorithm wire.Algorithm,
) *wire.Envelopes {
	t.Helper()
	of := cluster(t, vector.ClusterID, vector.Epoch)
	return wire.NewEnvelopes(of, authenticator(t, vector.Keys, self), algorithm)
}

var request = wire.Request{Timestamp: 17, Operation: []byte{0xca, 0xfe}}

func TestARequestHasTheBytesOfItsVectorWhateverStandsBehindIt(t *testing.T) {
	vector := vectors.LoadMessages(t)
	client := identity.ClientID(0, 1)
	for want, algorithm := range map[string]wire.Algorithm{
		vector.Messages["REQUEST"]: wire.Signatures,
		vector.Tagged["REQUEST"]:   wire.Vectors,
		vector.Requests.ToR0:       wire.Channels,
		vector.Requests.Signed:     wire.SignedVectors,
	} {
		frame := envelopesWith(t, vector, client, algorithm).Seal(request.Message(), 0, 4)
		if got := hex.EncodeToString(frame); got != want {
			t.Errorf("algorithm %d: got %s, want %s", algorithm, got, want)
		}
	}
}

func TestTheDigestOfARequestIsThatOfItsContent(t *testing.T) {
	vector := vectors.LoadMessages(t)
	envelope, _ := envelopesOf(t, vector, 0).Open(vectors.Hex(t, vector.Messages["REQUEST"]))
	digest := sha256.Sum256(envelope.Content)
	if got := hex.EncodeToString(digest[:]); got != vector.Digests["request"] {
		t.Fatalf("digest %s, want %s", got, vector.Digests["request"])
	}
}

func TestAReplyWithACodeIsItsReadersAndItsAuthorsOwn(t *testing.T) {
	vector := vectors.LoadMessages(t)
	frame := vectors.Hex(t, vector.Tagged["REPLY"])
	client := envelopesWith(t, vector, identity.ClientID(0, 1), wire.Vectors)
	envelope, ok := client.Open(frame)
	if !ok || !client.Verify(envelope, 1) {
		t.Fatal("the reply is not opened and verified")
	}
	if client.Verify(envelope, 2) {
		t.Error("another replica may bring it")
	}
	if envelopesWith(t, vector, 0, wire.Vectors).Verify(envelope, 1) {
		t.Error("it convinces somebody else")
	}
	if _, ok := envelopesOf(t, vector, identity.ClientID(0, 1)).Open(frame); ok {
		t.Error("it is opened where replies are signed")
	}
	for position := range frame {
		changed := bytes.Clone(frame)
		changed[position]++
		if envelope, ok := client.Open(changed); ok && client.Verify(envelope, envelope.Sender) {
			t.Errorf("byte %d may be changed", position)
		}
	}
}

func TestNobodySpeaksAProtocolThatHeDoesNotKnow(t *testing.T) {
	for _, protocol := range []string{"paxos", ""} {
		if _, err := wire.AuthenticationOf(protocol, "signature", "signature"); err == nil {
			t.Errorf("what stands behind requests of %q is known", protocol)
		}
	}
}

func TestAReplyIsReadAsItsVectorSays(t *testing.T) {
	vector := vectors.LoadMessages(t)
	envelopes := envelopesOf(t, vector, identity.ClientID(0, 1))
	envelope, ok := envelopes.Open(vectors.Hex(t, vector.Messages["REPLY"]))
	if !ok || !envelopes.Verify(envelope, 1) {
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
		if !ok || !envelopesOf(t, vector, 0).Verify(envelope, 0) {
			t.Errorf("%s is not opened and verified", name)
			continue
		}
		sealed := envelopesOf(t, vector, envelope.Sender).Seal(wire.Message{
			Type: envelope.Type, Payload: envelope.Payload, Attachment: envelope.Attachment,
		}, 0, 4)
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
		if envelope, ok := envelopes.Open(changed); ok && envelopes.Verify(envelope, 1) {
			t.Errorf("byte %d may be changed", position)
		}
		if envelope, ok := envelopes.Open(original[:position]); ok && envelopes.Verify(envelope, 1) {
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
	mine, _ := client.Open(client.Seal(wire.Message{Type: wire.ReplyMessage, Payload: whole.Payload}, 0, 4))
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
