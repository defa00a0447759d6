package wire

import (
	"encoding/binary"
	"fmt"
	"math"
)

// appendBlob writes a u32 length and the bytes.
func appendBlob(to, bytes []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, length32(bytes)), bytes...)
}

// length32 panics on what no frame can hold: every caller builds a message of bounded parts.
func length32(bytes []byte) uint32 {
	length := len(bytes)
	if length > math.MaxUint32 {
		panic(fmt.Sprintf("%d bytes have no u32 length", length))
	}
	return uint32(length)
}
