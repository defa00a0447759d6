package bft

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"xk6-bft/history"
	"xk6-bft/identity"
	"xk6-bft/transport"
)

// hosts are the client hosts of one k6 process. Virtual users with the same configuration share
// one: a node has one identity, however many scripts speak for it.
type hosts struct {
	mutex sync.Mutex
	open  map[string]*openHost
	gate  *gate
}

type openHost struct {
	host *transport.Host
	gate *gate
	// clock is that of the history.
	clock func() time.Duration
	// recorder is nil without a history.
	recorder *history.Recorder
	history  string
}

func newHosts() *hosts {
	return &hosts{open: map[string]*openHost{}, gate: newGate(stopTest)}
}

// of opens the host at its first use. Its history replaces what an earlier test left there.
func (h *hosts) of(options options, log logrus.FieldLogger) (*openHost, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if known, ok := h.open[options.key]; ok {
		if known.history != options.history {
			return nil, fmt.Errorf("the history of this host is %q, not %q", known.history, options.history)
		}
		return known, nil
	}
	if err := h.checkIsFree(options.history); err != nil {
		return nil, err
	}
	host, err := transport.Open(options.host, func(replica identity.NodeID, because error) {
		log.WithError(because).WithField("replica", replica.String()).Debug("no connection")
	})
	if err != nil {
		return nil, fmt.Errorf("host: %w", err)
	}
	opened := &openHost{host: host, gate: h.gate, clock: clockOf(options), history: options.history}
	if options.history != "" {
		file, err := os.Create(filepath.Clean(options.history))
		if err != nil {
			host.Close()
			return nil, fmt.Errorf("the history cannot be written: %w", err)
		}
		opened.recorder = history.NewRecorder(file, opened.clock)
	}
	if options.until == "stdin" {
		h.gate.watch(os.Stdin)
	}
	h.open[options.key] = opened
	return opened, nil
}

// clockOf gives the host's own clock where others write times of it, too.
func clockOf(options options) func() time.Duration {
	if options.clock == "host" {
		return transport.HostClock
	}
	began := transport.HostClock()
	return func() time.Duration { return transport.HostClock() - began }
}

func (h *hosts) checkIsFree(path string) error {
	for _, other := range h.open {
		if path != "" && filepath.Clean(other.history) == filepath.Clean(path) {
			return fmt.Errorf("two hosts cannot write one history %q", path)
		}
	}
	return nil
}
