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
// for it.
type tagger struct {
	self    NodeID
	private *ecdh.PrivateKey
	ring    *Keyring
	mutex   sync.Mutex
	keys    map[NodeID]shared
}

// shared is what a node and a peer have in common: a key for each direction.
type shared struct{ sending, receiving []byte }

type direction struct{ sender, receiver NodeID }

func newTagger(self NodeID, private ed25519.PrivateKey, ring *Keyring) (*tagger, error) {
	digest := sha512.Sum512(private.Seed())
	scalar, err := ecdh.X25519().NewPrivateKey(digest[:32])
	if err != nil {
		return nil, fmt.Errorf("the key of %s makes no codes: %w", self, err)
	}
	return &tagger{self: self, private: scalar, ring: ring, keys: map[NodeID]shared{}}, nil
}

// Tag is a code for the receiver; for one whose key is not known it convinces nobody.
func (t *tagger) Tag(receiver NodeID, statement []byte) []byte {
	return tagUnder(t.keysWith(receiver).sending, direction{t.self, receiver}, statement)
}

// CheckTag is false for a sender whose key is not known.
func (t *tagger) CheckTag(sender NodeID, statement, tag []byte) bool {
	expected := tagUnder(t.keysWith(sender).receiving, direction{sender, t.self}, statement)
	return t.ring.Knows(sender) && subtle.ConstantTimeCompare(tag, expected) == 1
}

// tagUnder is of zeros where there is no key.
func tagUnder(key []byte, of direction, statement []byte) []byte {
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

func (t *tagger) keysWith(peer NodeID) shared {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if keys, known := t.keys[peer]; known {
		return keys
	}
	keys := t.derive(peer)
	t.keys[peer] = keys
	return keys
}

// derive agrees on one secret, which is what costs; it gives no keys for a peer that is not known.
func (t *tagger) derive(peer NodeID) shared {
	public, known := t.ring.public[peer]
	if !known || peer == t.self {
		return shared{}
	}
	point, err := ecdh.X25519().NewPublicKey(montgomery(public))
	if err != nil {
		return shared{}
	}
	secret, err := t.private.ECDH(point)
	if err != nil {
		return shared{}
	}
	return shared{
		sending:   keyFor(direction{t.self, peer}, secret),
		receiving: keyFor(direction{peer, t.self}, secret),
	}
}

// keyFor is nil where no key can be made.
func keyFor(of direction, secret []byte) []byte {
	label := fmt.Sprintf("bft-chaos mac v1 %s %s", of.sender, of.receiver)
	key, err := hkdf.Key(sha256.New, secret, nil, label, sipKeyBytes)
	if err != nil {
		return nil
	}
	return key
}

// smallOrder is y of the points of Ed25519 whose order divides 8, in hex.
var smallOrder = []string{
	"0",
	"1",
	"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
	"5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
	"7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
}

// isOfSmallOrder is whether everybody shares a secret with it.
func isOfSmallOrder(public ed25519.PublicKey) bool {
	return slices.Contains(smallOrder, yOf(public).Text(16))
}

var prime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))

// yOf leaves out the highest bit, which is the sign of x.
func yOf(public ed25519.PublicKey) *big.Int {
	littleEndian := slices.Clone(public)
	littleEndian[len(littleEndian)-1] &= 0x7f
	slices.Reverse(littleEndian)
	y := new(big.Int).SetBytes(littleEndian)
	return y.Mod(y, prime)
}

// montgomery is the point of X25519 that belongs to a public key of Ed25519: u = (1 + y) / (1 - y).
func montgomery(public ed25519.PublicKey) []byte {
	y := yOf(public)
	one := big.NewInt(1)
	below := new(big.Int).Sub(one, y)
	below.Mod(below, prime)
	u := new(big.Int).Add(one, y)
	// Only a point of small order has none.
	if inverse := below.ModInverse(below, prime); inverse != nil {
		u.Mul(u, inverse)
	}
	u.Mod(u, prime)
	bytes := u.FillBytes(make([]byte, 32))
	slices.Reverse(bytes)
	return bytes
}
