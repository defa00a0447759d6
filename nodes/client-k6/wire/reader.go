package wire

import "encoding/binary"

// reader takes fields off a message. After the first one that does not fit it yields zeros and
// complete is false, so that a decoder asks once, at its end.
type reader struct {
	bytes  []byte
	failed bool
}

func (r *reader) complete() bool { return !r.failed && len(r.bytes) == 0 }

// raw is a view, not a copy.
func (r *reader) raw(length uint64) []byte {
	if r.failed || length > uint64(len(r.bytes)) {
		r.failed = true
		return nil
	}
	taken := r.bytes[:length:length]
	r.bytes = r.bytes[length:]
	return taken
}

func (r *reader) rest() []byte { return r.raw(uint64(len(r.bytes))) }

func (r *reader) u8() uint8 {
	if bytes := r.raw(1); bytes != nil {
		return bytes[0]
	}
	return 0
}

func (r *reader) u16() uint16 {
	if bytes := r.raw(2); bytes != nil {
		return binary.BigEndian.Uint16(bytes)
	}
	return 0
}

func (r *reader) u32() uint32 {
	if bytes := r.raw(4); bytes != nil {
		return binary.BigEndian.Uint32(bytes)
	}
	return 0
}

func (r *reader) u64() uint64 {
	bytes := r.raw(8)
	if bytes == nil {
		return 0
	}
	number := binary.BigEndian.Uint64(bytes)
	if number > numberMax {
		r.failed = true
		return 0
	}
	return number
}

func (r *reader) blob() []byte { return r.raw(uint64(r.u32())) }
