package identity

import (
	"encoding/hex"
	"testing"
)

// By the length of the input 00 01 02 ...; those of the authors' reference, and of ../../runtime.
func TestSipHashHasTheOutputsOfTheReference(t *testing.T) {
	var key [sipKeyBytes]byte
	for at := range key {
		key[at] = byte(at)
	}
	for length, want := range map[int]string{
		0:   "a3817f04ba25a8e66df67214c7550293",
		1:   "da87c1d86b99af44347659119b22fc45",
		7:   "a1f1ebbed8dbc153c0b84aa61ff08239",
		8:   "3b62a9ba6258f5610f83e264f31497b4",
		15:  "5493e99933b0a8117e08ec0f97cfc3d9",
		44:  "89237d9ded9c5e78d8b1c9b166cc7342",
		300: "ce005a406d14b36d5386b5f7a7e1b311",
	} {
		message := make([]byte, length)
		for at := range message {
			message[at] = byte(at & 0xff)
		}
		if got := hex.EncodeToString(sipHash128(key[:], message)); got != want {
			t.Errorf("of %d bytes: got %s, want %s", length, got, want)
		}
	}
}
