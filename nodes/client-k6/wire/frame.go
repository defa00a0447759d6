package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"xk6-bft/identity"
)

// FrameType is the byte after a frame's length.
type FrameType uint8

// The frames that a client host says or hears.
const (
	FrameHello     FrameType = 1
	FrameChallenge FrameType = 2
	FrameProof     FrameType = 3
	FrameReady     FrameType = 4
	FrameData      FrameType = 16
	FrameReply     FrameType = 17
	FrameBeat      FrameType = 18
)

const (
	lengthBytes = 4
	beatBytes   = 16
)

// Why a stream cannot be read any further.
var (
	ErrEmptyFrame     = errors.New("a frame without a type")
	ErrOversizedFrame = errors.New("a frame that is longer than allowed")
)

// Frame is what a connection carries: a type and a body.
type Frame struct {
	Type FrameType
	Body []byte
}

// WireBytes is how many bytes the frame takes on the wire.
func (f Frame) WireBytes() int { return lengthBytes + 1 + len(f.Body) }

// AppendTo writes the frame behind what is there.
func (f Frame) AppendTo(to []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, 1+length32(f.Body))
	to = append(to, byte(f.Type))
	return append(to, f.Body...)
}

// ReadFrame takes one frame off the stream. Its buffer grows with what has really arrived, so that
// a length alone costs the receiver nothing.
func ReadFrame(stream io.Reader, bodyBytesMax int) (Frame, error) {
	var header [lengthBytes]byte
	if _, err := io.ReadFull(stream, header[:]); err != nil {
		return Frame{}, err
	}
	length := int64(binary.BigEndian.Uint32(header[:]))
	if length == 0 {
		return Frame{}, ErrEmptyFrame
	}
	if length > 1+int64(bodyBytesMax) {
		return Frame{}, fmt.Errorf("%w: %d bytes", ErrOversizedFrame, length)
	}
	var content bytes.Buffer
	if _, err := io.CopyN(&content, stream, length); err != nil {
		return Frame{}, err
	}
	return Frame{Type: FrameType(content.Bytes()[0]), Body: content.Bytes()[1:]}, nil
}

// Beat is the BEAT of this number, with the sender's monotonic clock.
func Beat(number, clockNs uint64) Frame {
	body := binary.BigEndian.AppendUint64(make([]byte, 0, beatBytes), number)
	return Frame{Type: FrameBeat, Body: binary.BigEndian.AppendUint64(body, clockNs)}
}

// IsBeat reports whether the body can be a BEAT's.
func IsBeat(body []byte) bool { return len(body) == beatBytes }

// SplitReply takes the body of a REPLY frame apart: whom it is for, and the protocol's frame.
func SplitReply(body []byte) (client identity.NodeID, frame []byte, ok bool) {
	if len(body) < 4 {
		return 0, nil, false
	}
	return identity.NodeID(binary.BigEndian.Uint32(body)), body[4:], true
}
