package identity

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"fmt"
)

// Keys is how a configuration file holds Ed25519 keys, by node name: private ones (PKCS#8 DER,
// base64) of the nodes that this process is, public ones (SPKI DER, base64) of everybody.
type Keys struct {
	Private map[string]string `json:"private"`
	Public  map[string]string `json:"public"`
}

// Keyring is Keys, parsed once for all logical clients of a host.
type Keyring struct {
	private map[NodeID]ed25519.PrivateKey
	public  map[NodeID]ed25519.PublicKey
}

// ParseKeys says which name is wrong, never what its key is.
func ParseKeys(keys Keys) (*Keyring, error) {
	ring := &Keyring{
		private: make(map[NodeID]ed25519.PrivateKey, len(keys.Private)),
		public:  make(map[NodeID]ed25519.PublicKey, len(keys.Public)),
	}
	for name, text := range keys.Private {
		id, key, err := parseKey[ed25519.PrivateKey](name, text, x509.ParsePKCS8PrivateKey)
		if err != nil {
			return nil, fmt.Errorf("private key of %s: %w", name, err)
		}
		ring.private[id] = key
	}
	for name, text := range keys.Public {
		id, key, err := parseKey[ed25519.PublicKey](name, text, x509.ParsePKIXPublicKey)
		if err != nil {
			return nil, fmt.Errorf("public key of %s: %w", name, err)
		}
		if isOfSmallOrder(key) {
			return nil, fmt.Errorf("public key of %s is of small order", name)
		}
		ring.public[id] = key
	}
	return ring, nil
}

func parseKey[Key any](name, text string, parse func([]byte) (any, error)) (NodeID, Key, error) {
	var none Key
	id, err := ParseName(name)
	if err != nil {
		return 0, none, err
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return 0, none, fmt.Errorf("is not base64: %w", err)
	}
	parsed, err := parse(der)
	if err != nil {
		return 0, none, fmt.Errorf("is not DER: %w", err)
	}
	key, ok := parsed.(Key)
	if !ok {
		return 0, none, fmt.Errorf("is a %T, not an Ed25519 key", parsed)
	}
	return id, key, nil
}

// Knows reports whether the node's public key is here.
func (ring *Keyring) Knows(id NodeID) bool {
	_, ok := ring.public[id]
	return ok
}

// Authenticator signs as one node and verifies what all nodes signed, and so with codes.
type Authenticator struct {
	*tagger
	Self    NodeID
	private ed25519.PrivateKey
	ring    *Keyring
}

// Authenticator needs the private key of self.
func (ring *Keyring) Authenticator(self NodeID) (*Authenticator, error) {
	private, ok := ring.private[self]
	if !ok {
		return nil, fmt.Errorf("no private key of %s", self)
	}
	tags, err := newTagger(self, private, ring)
	if err != nil {
		return nil, err
	}
	return &Authenticator{tagger: tags, Self: self, private: private, ring: ring}, nil
}

// Sign is deterministic.
func (a *Authenticator) Sign(message []byte) []byte {
	return ed25519.Sign(a.private, message)
}

// Verify is false for a signer whose key is not known.
func (a *Authenticator) Verify(signer NodeID, message, signature []byte) bool {
	key, ok := a.ring.public[signer]
	return ok && ed25519.Verify(key, message, signature)
}
