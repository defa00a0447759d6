// Package quorum is the client of the protocol as a step machine: one outstanding request, f+1
// matching replies from distinct replicas, retransmission to all with back-off, and a view hint
// that moves only on evidence from f+1 replicas. It has no clock, no socket and no goroutine.
package quorum

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"xk6-bft/identity"
	"xk6-bft/wire"
)

// backOffMax is the longest that any back-off grows to, whatever is configured.
const backOffMax = 64 * time.Second

// Parameters are what all clients of one cluster share.
type Parameters struct {
	Cluster        wire.Cluster
	Authentication wire.Authentication
	Replicas       int
	FaultsMax      int
	// Retry is the patience before the first retransmission; it doubles up to RetryMax.
	Retry    time.Duration
	RetryMax time.Duration
	// GiveUp is when an operation without an answer is called unknown.
	GiveUp time.Duration
}

// Timer is one of the two that a client sets.
type Timer string

// One pending expiry each.
const (
	RetryTimer  Timer = "retry"
	GiveUpTimer Timer = "give-up"
)

// Effects are what a step asks for, in order.
type Effects interface {
	Send(to identity.NodeID, frame []byte)
	SetTimer(timer Timer, after time.Duration)
	CancelTimer(timer Timer)
	Completed(completion Completion)
}

// Completion is how one operation ended. Without an answer it is unknown: it may still execute.
type Completion struct {
	Timestamp uint64
	// Answered says that f+1 replicas gave this result; View is the one that they all reached.
	Answered bool
	Result   []byte
	View     uint64
	Repliers []identity.NodeID
	// Retransmissions is how often the request went out again, to all replicas.
	Retransmissions int
}

// OversizedError says that an operation was not sent, because every replica would refuse it.
type OversizedError struct{ Bytes int }

func (e OversizedError) Error() string {
	return fmt.Sprintf("an operation of %d bytes; allowed: %d at most", e.Bytes, wire.OperationBytesMax)
}

type outstanding struct {
	timestamp uint64
	message   wire.Message
	// sealed is the one frame for all replicas; nil where each of them gets another one.
	sealed          []byte
	replies         map[identity.NodeID]wire.Reply
	retry           time.Duration
	retransmissions int
}

// Client is one logical client.
type Client struct {
	parameters Parameters
	self       identity.NodeID
	requests   *wire.Envelopes
	answers    *wire.Envelopes
	// The newest view that each replica has answered in, to whatever operation.
	views         []uint64
	lastTimestamp uint64
	outstanding   *outstanding
}

// NewClient acts as the authenticator's node.
func NewClient(parameters Parameters, authenticator *identity.Authenticator) *Client {
	return &Client{
		parameters: parameters,
		self:       authenticator.Self,
		requests:   wire.NewEnvelopes(parameters.Cluster, authenticator, parameters.Authentication.Requests),
		answers:    wire.NewEnvelopes(parameters.Cluster, authenticator, parameters.Authentication.Replies),
		views:      make([]uint64, parameters.Replicas),
	}
}

// Invoke sends the operation to the primary of the view hint, or to all where a request convinces
// nobody but whom it is sent to, and returns its timestamp. That comes
// from the host's monotonic clock, so that a client that started again never uses one twice.
func (c *Client) Invoke(operation []byte, now time.Duration, effects Effects) (uint64, error) {
	if c.outstanding != nil {
		panic("a client has at most one operation outstanding")
	}
	c.lastTimestamp = max(c.lastTimestamp+1, microseconds(now))
	if len(operation) > wire.OperationBytesMax {
		return c.lastTimestamp, OversizedError{Bytes: len(operation)}
	}
	request := wire.Request{Timestamp: c.lastTimestamp, Operation: operation}
	c.outstanding = &outstanding{
		timestamp: c.lastTimestamp,
		message:   request.Message(),
		replies:   make(map[identity.NodeID]wire.Reply, c.parameters.Replicas),
		retry:     c.parameters.Retry,
	}
	if c.parameters.Authentication.Requests == wire.Channels {
		c.tellAll(effects)
	} else {
		c.outstanding.sealed = c.seal(c.primary())
		c.tell(c.primary(), effects)
	}
	effects.SetTimer(RetryTimer, c.parameters.Retry)
	effects.SetTimer(GiveUpTimer, c.parameters.GiveUp)
	return c.lastTimestamp, nil
}

func (c *Client) tellAll(effects Effects) {
	for replica := range c.parameters.Replicas {
		c.tell(replicaID(replica), effects)
	}
}

func (c *Client) tell(replica identity.NodeID, effects Effects) {
	frame := c.outstanding.sealed
	if frame == nil {
		frame = c.seal(replica)
	}
	effects.Send(replica, frame)
}

func (c *Client) seal(replica identity.NodeID) []byte {
	return c.requests.Seal(c.outstanding.message, replica, c.parameters.Replicas)
}

// Frame takes what came over the channel of a replica. Anything that is no authentic news changes
// nothing.
func (c *Client) Frame(from identity.NodeID, frame []byte, effects Effects) {
	// What is longer no good replica sends, and it would be kept as long as nobody else answers.
	if len(frame) > wire.ReplyBytesMax {
		return
	}
	envelope, ok := c.answers.Open(frame)
	if !ok {
		return
	}
	reply, ok := wire.DecodeReply(envelope)
	if !ok || reply.Client != c.self || int(reply.Replica) >= c.parameters.Replicas {
		return
	}
	// Of a late reply only the view is news; most bring none and cost no verification.
	isNewView := reply.View > c.views[reply.Replica]
	counts := c.mayCount(reply)
	if !counts && !isNewView || !c.answers.Verify(envelope, from) {
		return
	}
	if isNewView {
		c.views[reply.Replica] = reply.View
	}
	if counts {
		c.count(reply, effects)
	}
}

// Expired takes the expiry of a timer.
func (c *Client) Expired(timer Timer, effects Effects) {
	if c.outstanding == nil {
		return
	}
	if timer == GiveUpTimer {
		c.GiveUp(effects)
		return
	}
	c.tellAll(effects)
	c.outstanding.retransmissions++
	c.outstanding.retry = min(2*c.outstanding.retry, c.parameters.RetryMax, backOffMax)
	effects.SetTimer(RetryTimer, c.outstanding.retry)
}

// GiveUp stops waiting: the operation may still execute, so it is unknown, never failed.
func (c *Client) GiveUp(effects Effects) {
	if c.outstanding != nil {
		c.complete(Completion{}, effects)
	}
}

// mayCount is whether the reply may say something new about the outstanding operation.
func (c *Client) mayCount(reply wire.Reply) bool {
	if c.outstanding == nil || reply.Timestamp != c.outstanding.timestamp {
		return false
	}
	earlier, known := c.outstanding.replies[reply.Replica]
	return !known || reply.View > earlier.View
}

// count takes the newest view of a replica, and its first result: nobody votes twice.
func (c *Client) count(reply wire.Reply, effects Effects) {
	replies := c.outstanding.replies
	if earlier, known := replies[reply.Replica]; known {
		reply.Result = earlier.Result
	} else {
		reply.Result = bytes.Clone(reply.Result)
	}
	replies[reply.Replica] = reply
	var repliers []identity.NodeID
	var views []uint64
	for replica, other := range replies {
		if bytes.Equal(other.Result, reply.Result) {
			repliers = append(repliers, replica)
			views = append(views, other.View)
		}
	}
	if len(repliers) <= c.parameters.FaultsMax {
		return
	}
	slices.Sort(repliers)
	c.complete(Completion{
		Answered: true,
		Result:   reply.Result,
		View:     c.reached(views),
		Repliers: repliers,
	}, effects)
}

func (c *Client) complete(completion Completion, effects Effects) {
	completion.Timestamp = c.outstanding.timestamp
	completion.Retransmissions = c.outstanding.retransmissions
	c.outstanding = nil
	effects.CancelTimer(RetryTimer)
	effects.CancelTimer(GiveUpTimer)
	effects.Completed(completion)
}

// primary is whom the view hint names. The hint is the view that at least one good replica has
// reached, of what each replica last said. Not of the replies to one operation alone: a deposed
// primary that always answers among the first would hold the hint at its own view.
func (c *Client) primary() identity.NodeID {
	hint := c.reached(c.views)
	return replicaID(int(hint % uint64(len(c.views)))) // #nosec G115 -- below the number of replicas
}

// reached is the (f+1)-th largest: of any f+1 replicas one is good.
func (c *Client) reached(views []uint64) uint64 {
	ordered := slices.Sorted(slices.Values(views))
	return ordered[len(ordered)-1-c.parameters.FaultsMax]
}

func replicaID(index int) identity.NodeID {
	return identity.NodeID(uint32(index)) // #nosec G115 -- below the number of replicas
}

func microseconds(now time.Duration) uint64 {
	return uint64(max(0, now.Microseconds())) // #nosec G115 -- not negative
}
