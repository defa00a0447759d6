package transport

import (
	"bufio"
	"context"
	"net"
	"sync"

	"xk6-bft/wire"
)

const readBytes = 64 * 1_024

// serve carries frames both ways over a proven connection, until it is lost or somebody at its
// other end says what a replica does not say to a client host.
func (d *dialler) serve(ctx context.Context, connection net.Conn) error {
	ctx, cancel := context.WithCancel(ctx)
	var writing sync.WaitGroup
	writing.Go(func() {
		d.write(ctx, connection)
		// A write that failed must end the reading, too.
		_ = connection.Close()
	})
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	d.connected(true)
	err := d.read(connection)
	d.connected(false)
	cancel()
	stop()
	_ = connection.Close()
	writing.Wait()
	return err
}

func (d *dialler) read(connection net.Conn) error {
	stream := bufio.NewReaderSize(connection, readBytes)
	for {
		frame, err := wire.ReadFrame(stream, wire.BodyBytesMax)
		if err != nil {
			return err
		}
		if err := d.arrived(d.replica, frame); err != nil {
			return err
		}
	}
}

func (d *dialler) write(ctx context.Context, connection net.Conn) {
	for {
		for joined := d.queue.take(); len(joined) > 0; joined = d.queue.take() {
			if _, err := connection.Write(joined); err != nil {
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-d.queue.ready:
		}
	}
}
