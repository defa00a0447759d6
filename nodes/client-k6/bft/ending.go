package bft

import (
	"github.com/grafana/sobek"
)

type outcome string

// An operation is ok, or it certainly changed nothing (fail), or nobody knows.
const (
	ok      outcome = "ok"
	fail    outcome = "fail"
	unknown outcome = "unknown"
)

// ending is what a script learns of one operation.
type ending struct {
	outcome outcome
	// value is nil, a string or bytes.
	value any
	// view is nil without an answer.
	view *uint64
	// because says why it did not happen; a cas that found another value has none.
	because string
	// unsent marks what the end of the load has kept from being sent.
	unsent          bool
	retransmissions int
}

func (e ending) hasResult() bool {
	return e.outcome == ok || e.outcome == fail && e.because == ""
}

// object must be called on the event loop.
func (e ending) object(runtime *sobek.Runtime) (*sobek.Object, error) {
	object := runtime.NewObject()
	var value any = sobek.Null()
	switch held := e.value.(type) {
	case string:
		value = held
	case []byte:
		value = runtime.NewArrayBuffer(held)
	}
	var view any = sobek.Null()
	if e.view != nil {
		view = *e.view
	}
	fields := []struct {
		name  string
		value any
	}{{"outcome", string(e.outcome)}, {"value", value}, {"view", view}}
	for _, field := range fields {
		if err := object.Set(field.name, field.value); err != nil {
			return nil, err
		}
	}
	if e.because != "" {
		return object, object.Set("error", e.because)
	}
	return object, nil
}
