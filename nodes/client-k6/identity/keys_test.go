package identity_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"xk6-bft/identity"
)

// The points of Ed25519 whose order divides 8, in every encoding.
func pointsOfSmallOrder() []string {
	points := []string{
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	}
	for _, sign := range []string{"00", "80"} {
		points = append(points, strings.Repeat("00", 31)+sign, "01"+strings.Repeat("00", 30)+sign)
	}
	for _, sign := range []string{"7f", "ff"} {
		// -1, then 0 and 1 once more, as numbers that are not below the prime.
		for _, first := range []string{"ec", "ed", "ee"} {
			points = append(points, first+strings.Repeat("ff", 30)+sign)
		}
	}
	return points
}

func TestAPublicKeyThatEverybodySharesASecretWithIsRefusedWithTheNameOfItsNode(t *testing.T) {
	for _, point := range pointsOfSmallOrder() {
		der, err := hex.DecodeString("302a300506032b6570032100" + point)
		if err != nil {
			t.Fatal(err)
		}
		keys := identity.Keys{Public: map[string]string{"r1": base64.StdEncoding.EncodeToString(der)}}
		_, err = identity.ParseKeys(keys)
		if err == nil || err.Error() != "public key of r1 is of small order" {
			t.Errorf("%s: %v", point, err)
		}
	}
}
