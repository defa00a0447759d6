package transport

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"xk6-bft/identity"
	"xk6-bft/wire"
)

const (
	backOffFirst = 10 * time.Millisecond
	// backOffCap is part of the time in which a cluster must have recovered.
	backOffCap = 250 * time.Millisecond
	// handshakeTimeout is generous: through a slow link a handshake takes three delays.
	handshakeTimeout = 5 * time.Second
)

var errUnexpectedFrame = errors.New("unexpected frame")

// dialler keeps one connection to one replica: both prove who they are; when it is lost it dials
// again. Only a finished handshake ends the back-off: a dead replica's proxy accepts, too.
type dialler struct {
	cluster       wire.Cluster
	authenticator *identity.Authenticator
	incarnation   uint64
	replica       identity.NodeID
	address       Address
	queue         *queue
	// arrived takes a frame that came down; an error closes the connection.
	arrived func(from identity.NodeID, frame wire.Frame) error
	// lost hears why a connection ended.
	lost func(identity.NodeID, error)
	// connected hears of every change.
	connected func(bool)
}

func (d *dialler) run(ctx context.Context) {
	backOff := backOffFirst
	for ctx.Err() == nil {
		connection, err := d.connect(ctx)
		if err == nil {
			backOff = backOffFirst
			err = d.serve(ctx, connection)
		}
		if ctx.Err() != nil {
			return
		}
		d.lost(d.replica, err)
		select {
		case <-ctx.Done():
		case <-time.After(backOff):
		}
		backOff = nextBackOff(backOff)
	}
}

func nextBackOff(backOff time.Duration) time.Duration {
	return min(2*backOff, backOffCap)
}

func (d *dialler) connect(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	target := net.JoinHostPort(d.address.Host, strconv.Itoa(int(d.address.Port)))
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", target)
	if err != nil {
		return nil, err
	}
	// Whatever ends the context ends the reads and writes of the handshake.
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	err = d.handshake(connection)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = connection.Close()
		return nil, fmt.Errorf("handshake: %w", err)
	}
	return connection, nil
}

func (d *dialler) handshake(connection net.Conn) error {
	handshake := wire.DiallerHandshake{
		Cluster:       d.cluster,
		Authenticator: d.authenticator,
		Incarnation:   d.incarnation,
		Target:        d.replica,
	}
	if _, err := rand.Read(handshake.Nonce[:]); err != nil {
		return err
	}
	if _, err := connection.Write(handshake.Hello().AppendTo(nil)); err != nil {
		return err
	}
	challenge, err := wire.ReadFrame(connection, wire.HandshakeBodyBytesMax)
	if err != nil {
		return err
	}
	if challenge.Type != wire.FrameChallenge {
		return errUnexpectedFrame
	}
	proof, err := handshake.Prove(challenge.Body)
	if err != nil {
		return err
	}
	if _, err := connection.Write(proof.AppendTo(nil)); err != nil {
		return err
	}
	ready, err := wire.ReadFrame(connection, wire.HandshakeBodyBytesMax)
	if err == nil && (ready.Type != wire.FrameReady || len(ready.Body) > 0) {
		return errUnexpectedFrame
	}
	return err
}
