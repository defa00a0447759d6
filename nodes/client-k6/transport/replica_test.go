package transport_test

import (
	"encoding/binary"
	"net"
	"testing"
	"time"

	"xk6-bft/identity"
	"xk6-bft/transport"
	"xk6-bft/vectors"
	"xk6-bft/wire"
)

// replica is the other end of a client host's connections, for tests: it proves who it is and then
// does what its behaviour says with each frame.
type replica struct {
	t         *testing.T
	id        identity.NodeID
	own       *identity.Authenticator
	cluster   wire.Cluster
	listener  net.Listener
	connects  chan net.Conn
	behaviour func(r *replica, connection net.Conn, frame wire.Frame)
}

func (r *replica) serve() {
	for {
		connection, err := r.listener.Accept()
		if err != nil {
			return
		}
		go r.talk(connection)
	}
}

func (r *replica) talk(connection net.Conn) {
	hello, err := wire.ReadFrame(connection, wire.HandshakeBodyBytesMax)
	if err != nil || len(hello.Body) != 72 {
		return
	}
	transcript := wire.Transcript{
		Cluster: r.cluster,
		Dialler: wire.Side{
			ID:          identity.NodeID(binary.BigEndian.Uint32(hello.Body[24:])),
			Incarnation: binary.BigEndian.Uint64(hello.Body[32:]),
			Nonce:       wire.Nonce(hello.Body[40:]),
		},
		Acceptor: wire.Side{ID: r.id, Incarnation: 1},
	}
	body := binary.BigEndian.AppendUint64(nil, 1)
	body = append(body, transcript.Acceptor.Nonce[:]...)
	body = append(body, r.own.Sign(transcript.SignedBytes(wire.Acceptor))...)
	r.send(connection, wire.Frame{Type: wire.FrameChallenge, Body: body})
	proof, err := wire.ReadFrame(connection, wire.HandshakeBodyBytesMax)
	if err != nil || !r.own.Verify(transcript.Dialler.ID, transcript.SignedBytes(wire.Dialler), proof.Body) {
		_ = connection.Close()
		return
	}
	r.send(connection, wire.Frame{Type: wire.FrameReady})
	r.connects <- connection
	for {
		frame, err := wire.ReadFrame(connection, wire.BodyBytesMax)
		if err != nil {
			return
		}
		r.behaviour(r, connection, frame)
	}
}

func (r *replica) send(connection net.Conn, frame wire.Frame) {
	_, _ = connection.Write(frame.AppendTo(nil))
}

// echo answers a REQUEST with its operation.
func echo(r *replica, connection net.Conn, frame wire.Frame) {
	if frame.Type != wire.FrameData {
		return
	}
	envelopes := wire.NewEnvelopes(r.cluster, r.own, wire.Signatures)
	envelope, ok := envelopes.Open(frame.Body)
	if !ok || !envelopes.Verify(envelope, envelope.Sender) {
		r.t.Errorf("%s got a frame that is no request", r.id)
		return
	}
	payload := append(make([]byte, 8), envelope.Payload[:8]...)
	payload = binary.BigEndian.AppendUint32(payload, uint32(envelope.Sender))
	payload = append(payload, envelope.Payload[8:]...)
	reply := binary.BigEndian.AppendUint32(nil, uint32(envelope.Sender))
	reply = append(reply, envelopes.Seal(wire.Message{Type: wire.ReplyMessage, Payload: payload}, envelope.Sender, 4)...)
	r.send(connection, wire.Frame{Type: wire.FrameReply, Body: reply})
}

func silent(*replica, net.Conn, wire.Frame) {}

// startCluster starts four replicas and gives the configuration that reaches them.
func startCluster(t *testing.T, clients int, behaviour func(*replica, net.Conn, wire.Frame)) (transport.Config, []*replica) {
	t.Helper()
	names := []identity.NodeID{0, 1, 2, 3, identity.ClientID(0, 0)}
	for index := range clients {
		names = append(names, identity.ClientID(0, uint16(index+1)))
	}
	config := transport.Config{
		Protocol: "pbft-sig",
		Clients:  clients,
		Keys:     vectors.Keys(t, names),
		Dial:     map[string]transport.Address{},
		Cluster: transport.ClusterConfig{
			ClusterID:          "0123456789abcdef0123456789abcdef",
			Replicas:           4,
			FaultsMax:          1,
			OperationTimeoutMS: 400,
			ReplyAuth:          "signature",
			ClientAuth:         "signature",
			Timers:             transport.Timers{StatusMS: 20, ClientMS: 50, ClientCapMS: 100},
		},
	}
	ring, err := identity.ParseKeys(config.Keys)
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := wire.ParseCluster(config.Cluster.ClusterID, 0)
	if err != nil {
		t.Fatal(err)
	}
	var replicas []*replica
	for _, id := range names[:4] {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		own, err := ring.Authenticator(id)
		if err != nil {
			t.Fatal(err)
		}
		started := &replica{
			t: t, id: id, own: own, cluster: cluster, listener: listener,
			connects: make(chan net.Conn, 64), behaviour: behaviour,
		}
		replicas = append(replicas, started)
		go started.serve()
		port := listener.Addr().(*net.TCPAddr).Port
		config.Dial[id.String()] = transport.Address{Host: "127.0.0.1", Port: uint16(port)}
	}
	return config, replicas
}

func within[Thing any](t *testing.T, what string, from <-chan Thing) Thing {
	t.Helper()
	select {
	case thing := <-from:
		return thing
	case <-time.After(10 * time.Second):
		t.Fatalf("in 10 s it never came: %s", what)
		panic("unreachable")
	}
}
