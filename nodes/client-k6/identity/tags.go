package identity

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"sync"
)

// TagBytes is the length of a tag: the number of a key and a code under it.
const TagBytes = 4 + sipBytes

// longTerm is the number of the keys that two nodes share without a message between them.
const longTerm = 0

// tagger makes codes under the long-term keys that a node shares with others, and checks those made
// for it. Each direction has a key of its own.
type tagger struct {
	self    NodeID
	private *ecdh.PrivateKey
	ring    *Keyring
	mutex   sync.Mutex
	keys    map[direction][]byte
}

type direction struct{ sender, receiver NodeID }

func newTagger(self NodeID, private ed25519.PrivateKey, ring *Keyring) (*tagger, error) {
	digest := sha512.Sum512(private.Seed())
	scalar, err := ecdh.X25519().NewPrivateKey(digest[:32])
	if err != nil {
		return nil, fmt.Errorf("the key of %s makes no codes: %w", self, err)
	}
	return &tagger{self: self, private: scalar, ring: ring, keys: map[direction][]byte{}}, nil
}

// Tag is a code for the receiver; for one whose key is not known it convinces nobody.
func (t *tagger) Tag(receiver NodeID, statement []byte) []byte {
	return t.tag(direction{t.self, receiver}, receiver, statement)
}

// CheckTag is false for a sender whose key is not known.
func (t *tagger) CheckTag(sender NodeID, statement, tag []byte) bool {
	expected := t.tag(direction{sender, t.self}, sender, statement)
	return t.ring.Knows(sender) && subtle.ConstantTimeCompare(tag, expected) == 1
}

func (t *tagger) tag(of direction, peer NodeID, statement []byte) []byte {
	key := t.keyOf(of, peer)
	if key == nil {
		return make([]byte, TagBytes)
	}
	covered := slices.Clone(statement)
	for _, number := range []uint32{uint32(of.sender), uint32(of.receiver), longTerm} {
		covered = binary.BigEndian.AppendUint32(covered, number)
	}
	tag := binary.BigEndian.AppendUint32(make([]byte, 0, TagBytes), longTerm)
	return append(tag, sipHash128(key, covered)...)
}

func (t *tagger) keyOf(of direction, peer NodeID) []byte {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if key, known := t.keys[of]; known {
		return key
	}
	key := t.derive(of, peer)
	t.keys[of] = key
	return key
}

// derive is nil where there is no such key.
func (t *tagger) derive(of direction, peer NodeID) []byte {
	public, known := t.ring.public[peer]
	if !known || peer == t.self {
		return nil
	}
	point, err := ecdh.X25519().NewPublicKey(montgomery(public))
	if err != nil {
		return nil
	}
	secret, err := t.private.ECDH(point)
	if err != nil {
		return nil
	}
	label := fmt.Sprintf("bft-chaos mac v1 %s %s", of.sender, of.receiver)
	key, err := hkdf.Key(sha256.New, secret, nil, label, sipKeyBytes)
	if err != nil {
		return nil
	}
	return key
}

// montgomery is the point of X25519 that belongs to a public key of Ed25519: u = (1 + y) / (1 - y).
func montgomery(public ed25519.PublicKey) []byte {
	prime := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	littleEndian := slices.Clone(public)
	littleEndian[len(littleEndian)-1] &= 0x7f
	slices.Reverse(littleEndian)
	y := new(big.Int).SetBytes(littleEndian)
	one := big.NewInt(1)
	below := new(big.Int).Mod(new(big.Int).Sub(one, y), prime)
	u := new(big.Int).Add(one, y)
	if inverse := below.ModInverse(below, prime); inverse != nil {
		u.Mul(u, inverse)
	}
	u.Mod(u, prime)
	bytes := u.FillBytes(make([]byte, 32))
	slices.Reverse(bytes)
	return bytes
}
