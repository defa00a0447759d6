package wire_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"xk6-bft/vectors"
	"xk6-bft/wire"
)

func TestEveryFrameIsOnTheWireAsInTheVectors(t *testing.T) {
	for _, vector := range vectors.LoadFrames(t).Frames {
		t.Run(vector.Name, func(t *testing.T) {
			body := vectors.Hex(t, vector.Body)
			frame := wire.Frame{Type: wire.FrameType(vector.Type), Body: body}
			switch {
			case vector.Client != nil:
				frame.Body = append(binary.BigEndian.AppendUint32(nil, uint32(*vector.Client)), body...)
			case frame.Type == wire.FrameBeat:
				frame = wire.Beat(vector.Number, vector.Clock)
			}
			onWire := frame.AppendTo(nil)
			if got := hex.EncodeToString(onWire); got != vector.Wire {
				t.Fatalf("wrote %s, want %s", got, vector.Wire)
			}
			// Byte by byte, as a slow link may bring it.
			read, err := wire.ReadFrame(iotest.OneByteReader(bytes.NewReader(onWire)), wire.BodyBytesMax)
			if err != nil || read.Type != frame.Type || !bytes.Equal(read.Body, frame.Body) {
				t.Fatalf("read %v, %v", read, err)
			}
			if vector.Client == nil {
				return
			}
			client, reply, ok := wire.SplitReply(read.Body)
			if !ok || client != *vector.Client || !bytes.Equal(reply, body) {
				t.Fatalf("a reply to %v: %x", client, reply)
			}
		})
	}
}

func TestAStreamThatIsNoFrameIsNotReadAnyFurther(t *testing.T) {
	for name, test := range map[string]struct {
		stream string
		bound  int
		want   error
	}{
		"without a type":                   {"00000000", 10, wire.ErrEmptyFrame},
		"longer than allowed":              {"0000000c10", 10, wire.ErrOversizedFrame},
		"long before the handshake":        {"00000102", wire.HandshakeBodyBytesMax, wire.ErrOversizedFrame},
		"torn in the length":               {"0000", 10, io.ErrUnexpectedEOF},
		"torn in the body":                 {"0000000b1000", 10, io.EOF},
		"at its end, between two frames":   {"", 10, io.EOF},
		"a length that nothing stands for": {"01000001" + "10", wire.BodyBytesMax, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			stream := bytes.NewReader(vectors.Hex(t, test.stream))
			if _, err := wire.ReadFrame(stream, test.bound); !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestTheLongestFrameIsRead(t *testing.T) {
	frame := wire.Frame{Type: wire.FrameData, Body: make([]byte, 256)}
	read, err := wire.ReadFrame(bytes.NewReader(frame.AppendTo(nil)), 256)
	if err != nil || len(read.Body) != 256 {
		t.Fatalf("read %d bytes, %v", len(read.Body), err)
	}
}

func TestAReplyWithoutAClientIsMalformed(t *testing.T) {
	if _, _, ok := wire.SplitReply([]byte{0, 1, 0}); ok {
		t.Fatal("three bytes name no client")
	}
}
