package bft

import (
	"io"
	"os"
	"sync"
)

// gate lets operations through until whoever started k6 ends the load by closing its standard
// input. What is inside then is awaited, and after that the test is told to stop: an operation that
// were cut off instead would end unknown for no reason of the cluster's.
type gate struct {
	once   sync.Once
	mutex  sync.Mutex
	inside int
	// shut is closed with the gate.
	shut chan struct{}
	// emptied is called once, when the gate is shut and nobody is inside any more.
	emptied func()
}

func newGate(emptied func()) *gate {
	return &gate{shut: make(chan struct{}), emptied: emptied}
}

// watch shuts the gate at the end of the input; the first call counts.
func (g *gate) watch(input io.Reader) {
	g.once.Do(func() {
		go func() {
			_, _ = io.Copy(io.Discard, input)
			g.close()
		}()
	})
}

// enter is false once the gate is shut; else leave must follow.
func (g *gate) enter() bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.isShut() {
		return false
	}
	g.inside++
	return true
}

func (g *gate) leave() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.inside--
	g.tellIfEmpty()
}

func (g *gate) close() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	close(g.shut)
	g.tellIfEmpty()
}

func (g *gate) isShut() bool {
	select {
	case <-g.shut:
		return true
	default:
		return false
	}
}

func (g *gate) tellIfEmpty() {
	if g.inside == 0 && g.isShut() {
		g.emptied()
	}
}

// stopTest is what Ctrl-C does: k6 ends its iterations and writes its summary.
func stopTest() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Signal(os.Interrupt)
	}
}
