package transport

import (
	"sync"

	"xk6-bft/wire"
)

const (
	queueFramesMax = 4_096
	queueBytesMax  = 8 * 1_024 * 1_024
	// One write hands at most this much to the kernel, so that a stalled peer pins little memory.
	writeBytesMax = 256 * 1_024
)

// queue holds frames for one peer, connected or not. Full means: the oldest goes, which is cheaper
// to retransmit than to keep. What waits behind the oldest is bounded, so every frame of legal size
// is the oldest one day and can be delivered.
type queue struct {
	mutex  sync.Mutex
	frames []wire.Frame
	bytes  int
	// Holds one token once something may be there to take.
	ready chan struct{}
}

func newQueue() *queue {
	return &queue{ready: make(chan struct{}, 1)}
}

func (q *queue) push(frame wire.Frame) {
	q.mutex.Lock()
	q.frames = append(q.frames, frame)
	q.bytes += frame.WireBytes()
	for q.isOverfull() {
		q.shift()
	}
	q.mutex.Unlock()
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *queue) isOverfull() bool {
	if len(q.frames) == 0 {
		return false
	}
	behind := q.bytes - q.frames[0].WireBytes()
	return len(q.frames) > queueFramesMax || behind > queueBytesMax
}

// take joins the oldest frames into one buffer: the first in any case, further ones while they fit.
func (q *queue) take() []byte {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	var joined []byte
	for len(q.frames) > 0 {
		next := q.frames[0]
		if len(joined) > 0 && len(joined)+next.WireBytes() > writeBytesMax {
			break
		}
		joined = next.AppendTo(joined)
		q.shift()
	}
	return joined
}

func (q *queue) shift() {
	q.bytes -= q.frames[0].WireBytes()
	q.frames[0] = wire.Frame{}
	q.frames = q.frames[1:]
}
