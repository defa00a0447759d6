package transport

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"xk6-bft/identity"
	"xk6-bft/wire"
)

// Host is a client host: it dials every replica and shares the connections among its clients.
type Host struct {
	self    identity.NodeID
	clients map[identity.NodeID]*Client
	// The clients that wait for no operation, longest idle first.
	free   chan *Client
	peers  []*peer
	cancel context.CancelFunc
	ended  sync.WaitGroup
}

// peer is what a host sends to one replica; it outlives connections.
type peer struct {
	queue     *queue
	connected atomic.Bool
	beats     uint64
}

// Open dials every replica and does not wait for them. lost hears why a connection ended.
func Open(config Config, lost func(replica identity.NodeID, because error)) (*Host, error) {
	parameters, err := config.parameters()
	if err != nil {
		return nil, err
	}
	keys, err := identity.ParseKeys(config.Keys)
	if err != nil {
		return nil, err
	}
	self := identity.ClientID(config.Host, 0)
	authenticator, err := keys.Authenticator(self)
	if err != nil {
		return nil, err
	}
	host := &Host{
		self:    self,
		clients: make(map[identity.NodeID]*Client, config.Clients),
		free:    make(chan *Client, config.Clients),
	}
	for index := range config.Clients {
		own, err := keys.Authenticator(identity.ClientID(config.Host, uint16(index+1))) // #nosec G115 -- validated
		if err != nil {
			return nil, err
		}
		client := newClient(parameters, own, host.send)
		host.clients[own.Self] = client
		host.free <- client
	}
	ctx, cancel := context.WithCancel(context.Background())
	host.cancel = cancel
	incarnation := hostClockNs()
	for replica := range config.Cluster.Replicas {
		id := replicaID(replica)
		peer := &peer{queue: newQueue()}
		host.peers = append(host.peers, peer)
		dialler := &dialler{
			cluster:       parameters.Cluster,
			authenticator: authenticator,
			incarnation:   incarnation,
			replica:       id,
			address:       config.Dial[id.String()],
			queue:         peer.queue,
			arrived:       host.arrived,
			connected:     peer.connected.Store,
			lost:          lost,
		}
		host.ended.Go(func() { dialler.run(ctx) })
	}
	host.ended.Go(func() { host.beat(ctx, milliseconds(config.Cluster.Timers.StatusMS)) })
	return host, nil
}

// Acquire waits for a client that has no operation outstanding, at most until over is closed; then
// it gives nil. Release gives a client back.
func (h *Host) Acquire(ctx context.Context, over <-chan struct{}) *Client {
	select {
	case client := <-h.free:
		return client
	case <-ctx.Done():
	case <-over:
	}
	return nil
}

// Release gives back what Acquire gave.
func (h *Host) Release(client *Client) { h.free <- client }

// Close ends all connections; outstanding operations are given up at their time.
func (h *Host) Close() {
	h.cancel()
	h.ended.Wait()
}

func (h *Host) send(to identity.NodeID, frame []byte) {
	h.peers[to].queue.push(wire.Frame{Type: wire.FrameData, Body: frame})
}

// beat numbers a BEAT for each peer every STATUS period; without a connection its number is lost,
// which the receiver will see.
func (h *Host) beat(ctx context.Context, period time.Duration) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, peer := range h.peers {
			peer.beats++
			if peer.connected.Load() {
				peer.queue.push(wire.Beat(peer.beats, hostClockNs()))
			}
		}
	}
}

// arrived takes what a proven replica sent down.
func (h *Host) arrived(from identity.NodeID, frame wire.Frame) error {
	switch frame.Type {
	case wire.FrameBeat:
		if !wire.IsBeat(frame.Body) {
			return fmt.Errorf("malformed BEAT of %d bytes", len(frame.Body))
		}
		return nil
	case wire.FrameReply:
		id, reply, ok := wire.SplitReply(frame.Body)
		if !ok {
			return fmt.Errorf("malformed REPLY of %d bytes", len(frame.Body))
		}
		if id.Host() != h.self {
			return fmt.Errorf("a REPLY for %s", id)
		}
		// A late answer to a client of an earlier, larger load is nobody's fault.
		if client, known := h.clients[id]; known {
			client.arrived(from, reply)
		}
		return nil
	default:
		return errUnexpectedFrame
	}
}
