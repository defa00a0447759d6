package kv

import "unicode/utf8"

const (
	statusDone       = 0
	statusValue      = 1
	statusAbsent     = 2
	statusNotSwapped = 3
	statusTooLarge   = 4
)

// tooLarge is what the service's limits forbid; it changed nothing.
const tooLarge = "too large: keys have 1024 bytes at most, values 1048576"

// Result is what an operation observed. Value is a read's, nil for an absent key.
type Result struct {
	// OK is false for a cas that did not swap, which is an observation like any other.
	OK    bool
	Value *string
	// Refused says which limit forbade it.
	Refused string
}

// Decode is false for bytes that are no result of that operation.
func (o Operation) Decode(result []byte) (Result, bool) {
	if len(result) == 0 {
		return Result{}, false
	}
	status, rest := result[0], result[1:]
	if o.Kind == Read && status == statusValue {
		// Not UTF-8: a lying replica's bytes, or a value that no client of ours wrote.
		if !utf8.Valid(rest) {
			return Result{}, false
		}
		value := string(rest)
		return Result{OK: true, Value: &value}, true
	}
	switch {
	case len(rest) > 0:
		return Result{}, false
	case status == statusTooLarge:
		return Result{Refused: tooLarge}, true
	case o.Kind == Read:
		return Result{OK: true}, status == statusAbsent
	case o.Kind == Cas && status == statusNotSwapped:
		return Result{}, true
	default:
		return Result{OK: true}, status == statusDone
	}
}
