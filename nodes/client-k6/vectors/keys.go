package vectors

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"testing"

	"xk6-bft/identity"
)

// Keys makes a key pair for each node, always the same ones.
func Keys(t *testing.T, nodes []identity.NodeID) identity.Keys {
	t.Helper()
	keys := identity.Keys{Private: map[string]string{}, Public: map[string]string{}}
	for index, node := range nodes {
		private := ed25519.NewKeyFromSeed(slices.Repeat([]byte{byte(index)}, ed25519.SeedSize))
		pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		spki, err := x509.MarshalPKIXPublicKey(private.Public())
		if err != nil {
			t.Fatal(err)
		}
		keys.Private[node.String()] = base64.StdEncoding.EncodeToString(pkcs8)
		keys.Public[node.String()] = base64.StdEncoding.EncodeToString(spki)
	}
	return keys
}
