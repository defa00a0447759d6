// Package kv speaks to the map from strings to strings (../services/kv.ts): it encodes operations
// and reads results.
package kv

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Kind names an operation in the words of the history.
type Kind string

// What the service does.
const (
	Read   Kind = "read"
	Write  Kind = "write"
	Append Kind = "append"
	Cas    Kind = "cas"
	Delete Kind = "delete"
)

var opcodes = map[Kind]byte{Read: 1, Write: 2, Append: 3, Cas: 4, Delete: 5}

// Operation is what a client asks. Value is what a write, an append or a cas would store; From what
// a cas expects, nil for an absent key.
type Operation struct {
	Kind  Kind
	Key   string
	From  *string
	Value string
}

// Encode fails for a key whose length does not fit its field.
func (o Operation) Encode() ([]byte, error) {
	length := len(o.Key)
	if length > math.MaxUint16 {
		return nil, fmt.Errorf("a key of %d bytes is too long", length)
	}
	to := []byte{opcodes[o.Kind]}
	to = binary.BigEndian.AppendUint16(to, uint16(length))
	to = append(to, o.Key...)
	switch o.Kind {
	case Write, Append:
		return appendText(to, o.Value)
	case Cas:
		if o.From == nil {
			return appendText(append(to, 0), o.Value)
		}
		to, err := appendText(append(to, 1), *o.From)
		if err != nil {
			return nil, err
		}
		return appendText(to, o.Value)
	default:
		return to, nil
	}
}

func appendText(to []byte, text string) ([]byte, error) {
	length := len(text)
	if length > math.MaxUint32 {
		return nil, fmt.Errorf("a value of %d bytes is too long", length)
	}
	return append(binary.BigEndian.AppendUint32(to, uint32(length)), text...), nil
}
