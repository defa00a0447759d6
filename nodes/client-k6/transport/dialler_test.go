package transport

import (
	"slices"
	"testing"
	"time"
)

func TestTheBackOffDoublesUpToItsCap(t *testing.T) {
	var waits []int64
	for backOff := backOffFirst; len(waits) < 7; backOff = nextBackOff(backOff) {
		waits = append(waits, int64(backOff/time.Millisecond))
	}
	if want := []int64{10, 20, 40, 80, 160, 250, 250}; !slices.Equal(waits, want) {
		t.Fatalf("%v, want %v", waits, want)
	}
}
