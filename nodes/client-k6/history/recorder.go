// Package history writes what the clients did, in the shape that `bft-chaos check` reads: one JSON
// event a line, as it happens.
package history

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"xk6-bft/identity"
)

// Operation is what an event says of the operation it belongs to. Argument is null for a read, a
// delete and a null operation, [from, to] for a cas.
type Operation struct {
	Name     string
	Key      *string
	Argument any
}

// Call is one operation of one logical client, with its request's timestamp.
type Call struct {
	Client    identity.NodeID
	Timestamp uint64
	Operation Operation
	// Intended is when the script asked for it, by the recorder's clock; it may have waited for a free
	// client since.
	Intended time.Duration
}

// Answer is what the cluster said. Value is a read's.
type Answer struct {
	OK    bool
	Value *string
	View  uint64
	// Error says why it certainly did not happen; a cas that found another value has none.
	Error string
}

type event struct {
	Index    int     `json:"index"`
	Time     int64   `json:"time"`
	Process  int     `json:"process"`
	Type     string  `json:"type"`
	F        string  `json:"f"`
	Key      *string `json:"key"`
	Value    any     `json:"value"`
	Client   uint32  `json:"client"`
	T        uint64  `json:"t"`
	Intended *int64  `json:"intended,omitempty"`
	View     *uint64 `json:"view,omitempty"`
	Error    string  `json:"error,omitempty"`
	Unsent   bool    `json:"unsent,omitempty"`
}

// Recorder is for all clients of one file.
type Recorder struct {
	clock func() time.Duration

	mutex     sync.Mutex
	to        io.Writer
	index     int
	processes map[identity.NodeID]int
	used      int
	failed    error
}

// NewRecorder writes times of that clock. Every event is one call of Write: a test that is killed
// leaves whole lines.
func NewRecorder(to io.Writer, clock func() time.Duration) *Recorder {
	return &Recorder{clock: clock, to: to, processes: map[identity.NodeID]int{}}
}

// Invoked must be called before the request leaves: later would shrink the operation's interval.
func (r *Recorder) Invoked(call Call) error {
	intended := call.Intended.Nanoseconds()
	return r.write(call, event{Type: "invoke", Value: call.Operation.Argument, Intended: &intended})
}

// Answered records an accepted result. What answered with anything but success is a fail.
func (r *Recorder) Answered(call Call, answer Answer) error {
	completion := event{Type: "fail", Value: call.Operation.Argument, View: &answer.View}
	completion.Error = answer.Error
	if answer.OK {
		completion.Type = "ok"
	}
	if answer.OK && answer.Value != nil {
		completion.Value = *answer.Value
	}
	return r.write(call, completion)
}

// Refused records that the client did not send it: it certainly did not happen.
func (r *Recorder) Refused(call Call, because string) error {
	refusal := event{Type: "fail", Value: call.Operation.Argument, Error: because, Unsent: true}
	return r.write(call, refusal)
}

// Unknown records that no answer came in time. It may still execute, so its process number is never
// used again.
func (r *Recorder) Unknown(call Call) error {
	err := r.write(call, event{Type: "info", Value: call.Operation.Argument})
	r.mutex.Lock()
	defer r.mutex.Unlock()
	delete(r.processes, call.Client)
	return err
}

// write keeps the first failure: a history with a hole in it would be judged as if it were whole.
func (r *Recorder) write(call Call, what event) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.failed != nil {
		return r.failed
	}
	what.Index = r.index
	what.Time = r.clock().Nanoseconds()
	what.Process = r.processOf(call.Client)
	what.F, what.Key = call.Operation.Name, call.Operation.Key
	what.Client, what.T = uint32(call.Client), call.Timestamp
	line, err := json.Marshal(what)
	if err == nil {
		_, err = r.to.Write(append(line, '\n'))
	}
	if err != nil {
		r.failed = fmt.Errorf("the history cannot be written: %w", err)
		return r.failed
	}
	r.index++
	return nil
}

func (r *Recorder) processOf(client identity.NodeID) int {
	process, known := r.processes[client]
	if !known {
		process = r.used
		r.used++
		r.processes[client] = process
	}
	return process
}
