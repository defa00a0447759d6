package transport

import (
	"time"

	"golang.org/x/sys/unix"
)

// HostClock is the monotonic clock that all processes of one host share: timestamps and
// incarnations from it rise also when the process starts again, and BEATs from it can be compared
// with a replica's. Go's own monotonic clock begins with the process.
func HostClock() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		panic(err)
	}
	return time.Duration(now.Nano())
}

func hostClockNs() uint64 {
	return uint64(max(0, HostClock())) // #nosec G115 -- not negative
}
