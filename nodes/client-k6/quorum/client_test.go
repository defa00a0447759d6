package quorum_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"xk6-bft/identity"
	"xk6-bft/quorum"
	"xk6-bft/vectors"
	"xk6-bft/wire"
)

const replicas = 4

var (
	self    = identity.ClientID(0, 1)
	cluster = wire.Cluster{ID: [16]byte{0xaa}, Epoch: 1}
)

// desk is a client and whatever it asks for. Time is what the test says it is.
type desk struct {
	t           *testing.T
	ring        *identity.Keyring
	client      *quorum.Client
	sentTo      []identity.NodeID
	frames      [][]byte
	timers      map[quorum.Timer]time.Duration
	completions []quorum.Completion
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return newDeskWith(t, wire.Authentication{Requests: wire.Signatures, Replies: wire.Signatures})
}

func newDeskWith(t *testing.T, authentication wire.Authentication) *desk {
	t.Helper()
	nodes := []identity.NodeID{0, 1, 2, 3, self}
	ring, err := identity.ParseKeys(vectors.Keys(t, nodes))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, ring: ring, timers: map[quorum.Timer]time.Duration{}}
	d.client = quorum.NewClient(quorum.Parameters{
		Cluster:        cluster,
		Authentication: authentication,
		Replicas:       replicas,
		FaultsMax:      1,
		Retry:          400 * time.Millisecond,
		RetryMax:       time.Second,
		GiveUp:         5 * time.Second,
	}, d.authenticator(self))
	return d
}

func (d *desk) authenticator(node identity.NodeID) *identity.Authenticator {
	d.t.Helper()
	own, err := d.ring.Authenticator(node)
	if err != nil {
		d.t.Fatal(err)
	}
	return own
}

func (d *desk) invoke(now time.Duration) uint64 {
	d.t.Helper()
	d.sentTo = nil
	timestamp, err := d.client.Invoke([]byte{1}, now, d)
	if err != nil {
		d.t.Fatal(err)
	}
	return timestamp
}

func (d *desk) expire(timer quorum.Timer) {
	d.sentTo = nil
	delete(d.timers, timer)
	d.client.Expired(timer, d)
}

type answer struct {
	timestamp uint64
	view      uint64
	result    string
	client    identity.NodeID
	// Who really signs it, if not the replica.
	forger *identity.NodeID
}

func (d *desk) reply(replica identity.NodeID, a answer) {
	d.t.Helper()
	if a.client == 0 {
		a.client = self
	}
	if a.result == "" {
		a.result = "yes"
	}
	payload := binary.BigEndian.AppendUint64(nil, a.view)
	payload = binary.BigEndian.AppendUint64(payload, a.timestamp)
	payload = binary.BigEndian.AppendUint32(payload, uint32(a.client))
	payload = binary.BigEndian.AppendUint32(payload, uint32(len(a.result)))
	payload = append(payload, a.result...)
	signer := *d.authenticator(replica)
	if a.forger != nil {
		signer = *d.authenticator(*a.forger)
		signer.Self = replica
	}
	reply := wire.Message{Type: wire.ReplyMessage, Payload: payload}
	d.client.Frame(replica, wire.NewEnvelopes(cluster, &signer, wire.Signatures).Seal(reply, self, replicas), d)
}

func (d *desk) Send(to identity.NodeID, frame []byte) {
	d.sentTo = append(d.sentTo, to)
	d.frames = append(d.frames, frame)
}
func (d *desk) SetTimer(timer quorum.Timer, after time.Duration) {
	d.timers[timer] = after
}
func (d *desk) CancelTimer(timer quorum.Timer) { delete(d.timers, timer) }
func (d *desk) Completed(completion quorum.Completion) {
	d.completions = append(d.completions, completion)
}

func (d *desk) expectSent(to ...identity.NodeID) {
	d.t.Helper()
	if !slices.Equal(d.sentTo, to) {
		d.t.Fatalf("sent to %v, want %v", d.sentTo, to)
	}
}

func (d *desk) expectCompletions(count int) {
	d.t.Helper()
	if len(d.completions) != count {
		d.t.Fatalf("%d completions, want %d: %+v", len(d.completions), count, d.completions)
	}
}

func TestAsksThePrimaryOfItsViewHintAndStartsItsTimers(t *testing.T) {
	d := newDesk(t)
	d.invoke(time.Millisecond)
	d.expectSent(0)
	if d.timers[quorum.RetryTimer] != 400*time.Millisecond || d.timers[quorum.GiveUpTimer] != 5*time.Second {
		t.Fatalf("timers %v", d.timers)
	}
}

func TestTimestampsRiseStrictlyAlsoWhenTheClockGoesBack(t *testing.T) {
	d := newDesk(t)
	first := d.invoke(5 * time.Millisecond)
	if first != 5000 {
		t.Fatalf("timestamp %d, want microseconds of the clock", first)
	}
	d.reply(0, answer{timestamp: first})
	d.reply(1, answer{timestamp: first})
	if second := d.invoke(time.Millisecond); second <= first {
		t.Fatalf("%d after %d", second, first)
	}
}

func TestAcceptsAResultFromDistinctReplicasNotFromOneHoweverOften(t *testing.T) {
	d := newDesk(t)
	timestamp := d.invoke(1)
	for view := range uint64(5) {
		d.reply(2, answer{timestamp: timestamp, view: view})
	}
	d.expectCompletions(0)
	d.reply(3, answer{timestamp: timestamp})
	d.expectCompletions(1)
	if !d.completions[0].Answered || len(d.timers) != 0 {
		t.Fatalf("%+v, timers %v", d.completions[0], d.timers)
	}
}

func TestDifferentResultsDoNotAddUp(t *testing.T) {
	d := newDesk(t)
	timestamp := d.invoke(1)
	d.reply(1, answer{timestamp: timestamp, result: "no"})
	d.reply(2, answer{timestamp: timestamp})
	d.expectCompletions(0)
	d.reply(3, answer{timestamp: timestamp})
	d.expectCompletions(1)
	got := d.completions[0]
	if string(got.Result) != "yes" || !slices.Equal(got.Repliers, []identity.NodeID{2, 3}) {
		t.Fatalf("%+v", got)
	}
}

func TestAReplicaThatChangesItsMindVotesOnce(t *testing.T) {
	d := newDesk(t)
	timestamp := d.invoke(1)
	d.reply(1, answer{timestamp: timestamp, result: "no"})
	d.reply(1, answer{timestamp: timestamp, view: 1, result: "yes"})
	d.reply(2, answer{timestamp: timestamp, result: "yes"})
	d.expectCompletions(0)
}

func TestIgnoresOtherRequestsForgeriesAndStrangers(t *testing.T) {
	d := newDesk(t)
	timestamp := d.invoke(1)
	forger := identity.NodeID(2)
	d.reply(1, answer{timestamp: timestamp + 1})
	d.reply(1, answer{timestamp: timestamp, client: identity.ClientID(0, 2)})
	d.reply(3, answer{timestamp: timestamp, forger: &forger})
	d.client.Frame(0, []byte("nonsense"), d)
	d.reply(2, answer{timestamp: timestamp})
	d.expectCompletions(0)
}

func TestWithoutAnAnswerItAsksAllAndDoublesItsPatienceUpToTheCap(t *testing.T) {
	d := newDesk(t)
	timestamp := d.invoke(1)
	d.expire(quorum.RetryTimer)
	d.expectSent(0, 1, 2, 3)
	if d.timers[quorum.RetryTimer] != 800*time.Millisecond {
		t.Fatalf("timers %v", d.timers)
	}
	d.expire(quorum.RetryTimer)
	if d.timers[quorum.RetryTimer] != time.Second {
		t.Fatalf("timers %v", d.timers)
	}
	d.reply(0, answer{timestamp: timestamp})
	d.reply(1, answer{timestamp: timestamp})
	if d.completions[0].Retransmissions != 2 {
		t.Fatalf("%+v", d.completions[0])
	}
}

func TestATimedOutOperationIsUnknownAndTheNextOneHasANewTimestamp(t *testing.T) {
	d := newDesk(t)
	timestamp := d.invoke(1)
	d.expire(quorum.GiveUpTimer)
	d.expectCompletions(1)
	if d.completions[0].Answered || d.completions[0].Timestamp != timestamp || len(d.timers) != 0 {
		t.Fatalf("%+v, timers %v", d.completions[0], d.timers)
	}
	if d.invoke(1) <= timestamp {
		t.Fatal("the timestamp is used again")
	}
	d.reply(1, answer{timestamp: timestamp})
	d.reply(2, answer{timestamp: timestamp})
	d.expectCompletions(1)
}

func TestTheViewHintMovesOnlyOnRepliesOfMoreThanTheFaulty(t *testing.T) {
	d := newDesk(t)
	timestamp := d.invoke(1)
	d.reply(3, answer{timestamp: timestamp, view: 90})
	d.reply(2, answer{timestamp: timestamp, view: 2})
	if d.completions[0].View != 2 {
		t.Fatalf("%+v", d.completions[0])
	}
	d.invoke(1)
	d.expectSent(2)
}

func TestTheViewHintCountsLateReplies(t *testing.T) {
	d := newDesk(t)
	timestamp := d.invoke(1)
	d.reply(0, answer{timestamp: timestamp})
	d.reply(1, answer{timestamp: timestamp, view: 1})
	d.expectCompletions(1)
	d.reply(2, answer{timestamp: timestamp, view: 1})
	d.invoke(1)
	d.expectSent(1)
}

func TestOneLiarAndForgedLateRepliesMoveTheHintNowhere(t *testing.T) {
	d := newDesk(t)
	timestamp := d.invoke(1)
	d.reply(0, answer{timestamp: timestamp})
	d.reply(1, answer{timestamp: timestamp})
	for view := uint64(1); view < 100; view++ {
		d.reply(3, answer{timestamp: timestamp, view: view})
	}
	forger := identity.NodeID(3)
	d.reply(2, answer{timestamp: timestamp, view: 50, forger: &forger})
	d.invoke(1)
	d.expectSent(0)
}

func TestAnOperationOverTheLimitIsNeverSent(t *testing.T) {
	d := newDesk(t)
	timestamp, err := d.client.Invoke(make([]byte, wire.OperationBytesMax+1), 1, d)
	var oversized quorum.OversizedError
	if !errors.As(err, &oversized) || timestamp == 0 {
		t.Fatalf("%d, %v", timestamp, err)
	}
	if want := "an operation of 2099201 bytes; allowed: 2099200 at most"; err.Error() != want {
		t.Fatalf("%q, want %q", err, want)
	}
	d.expectSent()
	if _, err := d.client.Invoke(make([]byte, wire.OperationBytesMax), 1, d); err != nil {
		t.Fatal(err)
	}
	d.expectSent(0)
}

func TestAReplyLongerThanAnyHonestOneCountsForNothing(t *testing.T) {
	d := newDesk(t)
	timestamp := d.invoke(1)
	for _, replica := range []identity.NodeID{0, 1} {
		d.reply(replica, answer{timestamp: timestamp, result: strings.Repeat("x", wire.ReplyBytesMax)})
	}
	d.expectCompletions(0)
	for _, replica := range []identity.NodeID{0, 1} {
		d.reply(replica, answer{timestamp: timestamp, result: strings.Repeat("x", wire.ReplyBytesMax-1024)})
	}
	d.expectCompletions(1)
}

func TestARequestIsSealedOnceWhereItConvincesAll(t *testing.T) {
	for _, algorithm := range []wire.Algorithm{wire.Signatures, wire.Vectors, wire.SignedVectors} {
		d := newDeskWith(t, wire.Authentication{Requests: algorithm, Replies: wire.Vectors})
		d.invoke(1)
		d.expire(quorum.RetryTimer)
		d.expire(quorum.RetryTimer)
		for _, frame := range d.frames {
			if &frame[0] != &d.frames[0][0] {
				t.Errorf("algorithm %d: it is sealed more than once", algorithm)
			}
		}
		if len(d.frames) != 1+2*replicas {
			t.Errorf("algorithm %d: %d frames", algorithm, len(d.frames))
		}
	}
}

func TestWhereARequestConvincesOneReplicaAloneAllAreTold(t *testing.T) {
	d := newDeskWith(t, wire.Authentication{Requests: wire.Channels, Replies: wire.Channels})
	if _, err := d.client.Invoke([]byte("x"), 0, d); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.sentTo, []identity.NodeID{0, 1, 2, 3}) {
		t.Fatalf("told are %v", d.sentTo)
	}
	for index, frame := range d.frames[1:] {
		if slices.Equal(frame, d.frames[index]) {
			t.Fatal("two replicas get the same code")
		}
	}
}
