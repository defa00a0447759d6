package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"xk6-bft/identity"
	"xk6-bft/quorum"
	"xk6-bft/transport"
	"xk6-bft/wire"
)

func open(t *testing.T, config transport.Config) (host *transport.Host, lost <-chan error) {
	t.Helper()
	ends := make(chan error, 1_024)
	host, err := transport.Open(config, func(_ identity.NodeID, because error) {
		select {
		case ends <- because:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(host.Close)
	return host, ends
}

func invoke(t *testing.T, ctx context.Context, host *transport.Host, operation string) quorum.Completion {
	t.Helper()
	client := host.Acquire(ctx, nil)
	if client == nil {
		t.Fatal("no client was free in time")
	}
	defer host.Release(client)
	completion, err := client.Invoke(ctx, []byte(operation), func(uint64) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return completion
}

func TestManyOperationsAtOnceShareAFewClients(t *testing.T) {
	config, _ := startCluster(t, 3, echo)
	host, _ := open(t, config)
	var all sync.WaitGroup
	for index := range 60 {
		all.Go(func() {
			want := fmt.Sprint("operation ", index)
			if got := invoke(t, t.Context(), host, want); string(got.Result) != want {
				t.Errorf("%+v, want %q", got, want)
			}
		})
	}
	all.Wait()
}

func TestAnOperationThatNobodyAnswersIsUnknown(t *testing.T) {
	config, _ := startCluster(t, 1, silent)
	host, _ := open(t, config)
	if got := invoke(t, t.Context(), host, "x"); got.Answered || got.Retransmissions == 0 {
		t.Fatalf("%+v", got)
	}
}

func TestAnOperationIsGivenUpWhenItsTestEnds(t *testing.T) {
	config, _ := startCluster(t, 1, silent)
	config.Cluster.OperationTimeoutMS = 3_600_000
	host, _ := open(t, config)
	ctx, cancel := context.WithCancel(t.Context())
	client := host.Acquire(ctx, nil)
	got, err := client.Invoke(ctx, []byte("x"), func(uint64) error { cancel(); return nil })
	if err != nil || got.Answered {
		t.Fatalf("%+v, %v", got, err)
	}
	if host.Acquire(ctx, nil) != nil {
		t.Fatal("there was but one client")
	}
}

func TestNobodyWaitsForAClientBeyondTheEndOfTheLoad(t *testing.T) {
	config, _ := startCluster(t, 1, silent)
	host, _ := open(t, config)
	if host.Acquire(t.Context(), nil) == nil {
		t.Fatal("the only client is free")
	}
	over := make(chan struct{})
	time.AfterFunc(20*time.Millisecond, func() { close(over) })
	if host.Acquire(t.Context(), over) != nil {
		t.Fatal("there was but one client")
	}
}

func TestNothingLeavesThatCouldNotBeRecorded(t *testing.T) {
	arrived := make(chan string, 64)
	config, replicas := startCluster(t, 1, func(r *replica, connection net.Conn, frame wire.Frame) {
		if frame.Type == wire.FrameData {
			envelope, _ := wire.NewEnvelopes(r.cluster, r.own, wire.Signatures).Open(frame.Body)
			arrived <- string(envelope.Payload[12:])
			echo(r, connection, frame)
		}
	})
	host, _ := open(t, config)
	within(t, "a connection", replicas[0].connects)
	client := host.Acquire(t.Context(), nil)
	full := errors.New("no space left")
	if _, err := client.Invoke(t.Context(), []byte("x"), func(uint64) error { return full }); !errors.Is(err, full) {
		t.Fatal(err)
	}
	host.Release(client)
	if got := invoke(t, t.Context(), host, "y"); string(got.Result) != "y" {
		t.Fatalf("%+v", got)
	}
	if first := within(t, "a request", arrived); first != "y" {
		t.Fatalf("%q was sent", first)
	}
}

func TestALostConnectionIsDialledAgain(t *testing.T) {
	config, replicas := startCluster(t, 1, echo)
	host, _ := open(t, config)
	for _, replica := range replicas {
		_ = within(t, "a first connection", replica.connects).Close()
	}
	for _, replica := range replicas {
		within(t, "a second connection", replica.connects)
	}
	if got := invoke(t, t.Context(), host, "x"); string(got.Result) != "x" {
		t.Fatalf("%+v", got)
	}
}

func TestBeatsAreNumberedFromOneAndRise(t *testing.T) {
	beats := make(chan wire.Frame, 1_024)
	config, _ := startCluster(t, 1, func(r *replica, _ net.Conn, frame wire.Frame) {
		if frame.Type == wire.FrameBeat && r.id == 0 {
			beats <- frame
		}
	})
	open(t, config)
	last := uint64(0)
	for range 5 {
		body := within(t, "a beat", beats).Body
		if number := uint64(body[7]); !wire.IsBeat(body) || number <= last {
			t.Fatalf("%d after %d", number, last)
		}
		last = uint64(body[7])
	}
}

func TestAConnectionThatSaysWhatAReplicaDoesNotSayIsClosed(t *testing.T) {
	for name, test := range map[string]struct {
		frame wire.Frame
		want  string
	}{
		"a frame of the other direction": {wire.Frame{Type: wire.FrameData}, "unexpected frame"},
		"a second handshake":             {wire.Frame{Type: wire.FrameReady}, "unexpected frame"},
		"a reply without a client":       {wire.Frame{Type: wire.FrameReply, Body: []byte{1}}, "malformed REPLY"},
		"another host's reply":           {wire.Frame{Type: wire.FrameReply, Body: []byte{0, 2, 0, 1}}, "a REPLY for c1.1"},
		"a beat of one byte":             {wire.Frame{Type: wire.FrameBeat, Body: []byte{1}}, "malformed BEAT"},
	} {
		t.Run(name, func(t *testing.T) {
			config, replicas := startCluster(t, 1, silent)
			_, lost := open(t, config)
			replicas[2].send(within(t, "a connection", replicas[2].connects), test.frame)
			if because := within(t, "the end", lost); !strings.Contains(because.Error(), test.want) {
				t.Fatalf("ended by %v, want %q", because, test.want)
			}
			within(t, "a new connection", replicas[2].connects)
		})
	}
}

func TestALateReplyToAClientOfALargerLoadIsNobodysFault(t *testing.T) {
	config, replicas := startCluster(t, 1, echo)
	host, _ := open(t, config)
	for _, replica := range replicas {
		connection := within(t, "a connection", replica.connects)
		replica.send(connection, wire.Frame{Type: wire.FrameReply, Body: []byte{0, 1, 0, 9, 1, 2, 3}})
	}
	if got := invoke(t, t.Context(), host, "x"); string(got.Result) != "x" {
		t.Fatalf("%+v", got)
	}
}

func TestAConnectionToSomebodyElseIsNotBelieved(t *testing.T) {
	config, _ := startCluster(t, 1, echo)
	config.Dial["r0"], config.Dial["r1"] = config.Dial["r1"], config.Dial["r0"]
	_, lost := open(t, config)
	if because := within(t, "the end", lost); !strings.Contains(because.Error(), "signature") {
		t.Fatal(because)
	}
}

func TestAConfigurationIsRefusedByName(t *testing.T) {
	valid := `{"protocol":"pbft-sig","host":0,"clients":1,"keys":{"private":{},"public":{}},
		"cluster":{"clusterId":"00","epoch":1,"replicas":1,"faultsMax":0,"operationTimeoutMs":1,
		"replyAuth":"mac","clientAuth":"signature",
		"timers":{"requestMs":1,"statusMs":1,"clientMs":1,"clientCapMs":1}},
		"dial":{"r0":{"host":"127.0.0.1","port":1}}}`
	for want, change := range map[string][2]string{
		"nonsense":                   {`"host":0`, `"host":0,"nonsense":1`},
		"clients is 0":               {`"clients":1`, `"clients":0`},
		"clients is 65536":           {`"clients":1`, `"clients":65536`},
		"host is 10000":              {`"host":0`, `"host":10000`},
		"cannot tolerate 1 faults":   {`"faultsMax":0`, `"faultsMax":1`},
		"dial has no address of r1":  {`"replicas":1`, `"replicas":2`},
		"statusMs is 0":              {`"statusMs":1`, `"statusMs":0`},
		"operationTimeoutMs is -1":   {`"operationTimeoutMs":1`, `"operationTimeoutMs":-1`},
		"replyAuth is \"\"":          {`"replyAuth":"mac",`, ``},
		"replyAuth is \"none\"":      {`"replyAuth":"mac"`, `"replyAuth":"none"`},
		"clientAuth is \"\"":         {`"clientAuth":"signature",`, ``},
		"does not speak \"\"":        {`"protocol":"pbft-sig",`, ``},
		"no configuration of a clie": {`{"protocol"`, `["protocol"`},
	} {
		_, err := transport.ParseConfig([]byte(strings.Replace(valid, change[0], change[1], 1)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	config, err := transport.ParseConfig([]byte(valid))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := transport.Open(config, nil); err == nil || !strings.Contains(err.Error(), "clusterId") {
		t.Fatal(err)
	}
	config.Cluster.ClusterID = strings.Repeat("00", 16)
	if _, err := transport.Open(config, nil); err == nil || !strings.Contains(err.Error(), "no private key of c0") {
		t.Fatal(err)
	}
}
