package transport

import (
	"context"
	"sync"
	"time"

	"xk6-bft/identity"
	"xk6-bft/quorum"
)

// Client is one logical client of a host: its core, its timers, and the operation it waits for.
type Client struct {
	ID   identity.NodeID
	send func(to identity.NodeID, frame []byte)

	mutex sync.Mutex
	core  *quorum.Client
	// Held back until a step is over, and an invocation is recorded.
	outbox []outgoing
	timers map[quorum.Timer]*time.Timer
	done   chan quorum.Completion
}

type outgoing struct {
	to    identity.NodeID
	frame []byte
}

func newClient(
	parameters quorum.Parameters,
	authenticator *identity.Authenticator,
	send func(identity.NodeID, []byte),
) *Client {
	return &Client{
		ID:     authenticator.Self,
		send:   send,
		core:   quorum.NewClient(parameters, authenticator),
		timers: map[quorum.Timer]*time.Timer{},
		done:   make(chan quorum.Completion, 1),
	}
}

// Invoke waits for the end of one operation; when ctx ends before, that end is unknown. invoked is
// called with the request's timestamp before anything leaves; an error of it keeps everything here.
func (c *Client) Invoke(
	ctx context.Context,
	operation []byte,
	invoked func(timestamp uint64) error,
) (quorum.Completion, error) {
	if err := c.begin(operation, invoked); err != nil {
		return quorum.Completion{}, err
	}
	select {
	case completion := <-c.done:
		return completion, nil
	case <-ctx.Done():
		c.step(func() { c.core.GiveUp((*effects)(c)) })
		// Either this or an answer that came meanwhile.
		return <-c.done, nil
	}
}

func (c *Client) begin(operation []byte, invoked func(uint64) error) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	timestamp, refusal := c.core.Invoke(operation, HostClock(), (*effects)(c))
	err := invoked(timestamp)
	if refusal != nil {
		return refusal
	}
	if err != nil {
		c.outbox = nil
		c.core.GiveUp((*effects)(c))
		<-c.done
		return err
	}
	c.flush()
	return nil
}

func (c *Client) arrived(from identity.NodeID, frame []byte) {
	c.step(func() { c.core.Frame(from, frame, (*effects)(c)) })
}

func (c *Client) step(step func()) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	step()
	c.flush()
}

func (c *Client) flush() {
	for _, out := range c.outbox {
		c.send(out.to, out.frame)
	}
	c.outbox = nil
}

func (c *Client) expired(name quorum.Timer, timer **time.Timer) {
	c.step(func() {
		// It may have been cancelled, or set again, while its expiry waited for the lock.
		if c.timers[name] != *timer {
			return
		}
		delete(c.timers, name)
		c.core.Expired(name, (*effects)(c))
	})
}

// effects are what the core asks of its client, who holds the lock.
type effects Client

var _ quorum.Effects = (*effects)(nil)

func (e *effects) Send(to identity.NodeID, frame []byte) {
	e.outbox = append(e.outbox, outgoing{to: to, frame: frame})
}

func (e *effects) SetTimer(name quorum.Timer, after time.Duration) {
	e.CancelTimer(name)
	var timer *time.Timer
	timer = time.AfterFunc(after, func() { (*Client)(e).expired(name, &timer) })
	e.timers[name] = timer
}

func (e *effects) CancelTimer(name quorum.Timer) {
	if timer, pending := e.timers[name]; pending {
		timer.Stop()
		delete(e.timers, name)
	}
}

func (e *effects) Completed(completion quorum.Completion) {
	e.done <- completion
}
