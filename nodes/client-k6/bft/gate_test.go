package bft

import (
	"io"
	"testing"
	"time"
)

func TestTheGateWaitsForThoseInsideAndLetsNobodyInAnyMore(t *testing.T) {
	emptied := make(chan struct{})
	gate := newGate(func() { close(emptied) })
	input, end := io.Pipe()
	gate.watch(input)
	if !gate.enter() || !gate.enter() {
		t.Fatal("it was shut before its time")
	}
	gate.leave()
	_ = end.Close()
	<-gate.shut
	if gate.enter() {
		t.Fatal("somebody came in when it was shut")
	}
	select {
	case <-emptied:
		t.Fatal("somebody is still inside")
	default:
	}
	gate.leave()
	select {
	case <-emptied:
	case <-time.After(10 * time.Second):
		t.Fatal("the last one left, and nobody was told")
	}
}

func TestAGateThatIsShutWhenNobodyIsInsideTellsAtOnce(t *testing.T) {
	emptied := make(chan struct{})
	gate := newGate(func() { close(emptied) })
	if !gate.enter() {
		t.Fatal("it was shut before its time")
	}
	gate.leave()
	gate.close()
	<-emptied
}
