package identity

import (
	"encoding/binary"
	"math/bits"
)

const (
	sipKeyBytes = 16
	sipBytes    = 16
)

// sipHash128 is SipHash-2-4 with 128 bits of key and of output (Aumasson and Bernstein, INDOCRYPT
// 2012): a MAC for short inputs.
func sipHash128(key, message []byte) []byte {
	k0, k1 := binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[8:])
	s := sipState{
		k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee,
		k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573,
	}
	rest := message
	for ; len(rest) >= 8; rest = rest[8:] {
		s.absorb(binary.LittleEndian.Uint64(rest))
	}
	var last [8]byte
	copy(last[:], rest)
	last[7] = byte(len(message) & 0xff) // #nosec G115 -- the lowest byte of the length is meant
	s.absorb(binary.LittleEndian.Uint64(last[:]))
	s[2] ^= 0xee
	s.rounds(4)
	code := binary.LittleEndian.AppendUint64(make([]byte, 0, sipBytes), s[0]^s[1]^s[2]^s[3])
	s[1] ^= 0xdd
	s.rounds(4)
	return binary.LittleEndian.AppendUint64(code, s[0]^s[1]^s[2]^s[3])
}

type sipState [4]uint64

func (s *sipState) absorb(word uint64) {
	s[3] ^= word
	s.rounds(2)
	s[0] ^= word
}

func (s *sipState) rounds(count int) {
	for range count {
		s[0] += s[1]
		s[1] = bits.RotateLeft64(s[1], 13) ^ s[0]
		s[0] = bits.RotateLeft64(s[0], 32)
		s[2] += s[3]
		s[3] = bits.RotateLeft64(s[3], 16) ^ s[2]
		s[0] += s[3]
		s[3] = bits.RotateLeft64(s[3], 21) ^ s[0]
		s[2] += s[1]
		s[1] = bits.RotateLeft64(s[1], 17) ^ s[2]
		s[2] = bits.RotateLeft64(s[2], 32)
	}
}
