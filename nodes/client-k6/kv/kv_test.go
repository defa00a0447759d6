package kv_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"xk6-bft/kv"
)

func text(value string) *string { return &value }

func TestOperationsAreEncodedAsTheServiceReadsThem(t *testing.T) {
	for want, operation := range map[string]kv.Operation{
		"0100016b":                                 {Kind: kv.Read, Key: "k"},
		"0200016b000000017" + "6":                  {Kind: kv.Write, Key: "k", Value: "v"},
		"0300016b00000000":                         {Kind: kv.Append, Key: "k"},
		"0400016b00" + "0000000176":                {Kind: kv.Cas, Key: "k", Value: "v"},
		"0400016b01" + "00000000" + "00000002c3a9": {Kind: kv.Cas, Key: "k", From: text(""), Value: "é"},
		"0500026b6b":                               {Kind: kv.Delete, Key: "kk"},
	} {
		got, err := operation.Encode()
		if err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%+v: %x, %v; want %s", operation, got, err, want)
		}
	}
}

func TestAKeyThatDoesNotFitItsLengthFieldIsRefused(t *testing.T) {
	if _, err := (kv.Operation{Kind: kv.Read, Key: strings.Repeat("k", 65_536)}).Encode(); err == nil {
		t.Fatal("it was encoded")
	}
	if _, err := (kv.Operation{Kind: kv.Read, Key: strings.Repeat("k", 65_535)}).Encode(); err != nil {
		t.Fatal(err)
	}
}

func TestEachResultSaysWhatTheOperationObserved(t *testing.T) {
	for name, test := range map[string]struct {
		kind   kv.Kind
		result string
		want   kv.Result
	}{
		"a value":                {kv.Read, "\x01v", kv.Result{OK: true, Value: text("v")}},
		"an empty value":         {kv.Read, "\x01", kv.Result{OK: true, Value: text("")}},
		"an absent key":          {kv.Read, "\x02", kv.Result{OK: true}},
		"a done write":           {kv.Write, "\x00", kv.Result{OK: true}},
		"a done delete":          {kv.Delete, "\x00", kv.Result{OK: true}},
		"a cas that swapped":     {kv.Cas, "\x00", kv.Result{OK: true}},
		"a cas that did not":     {kv.Cas, "\x03", kv.Result{}},
		"an append over a limit": {kv.Append, "\x04", kv.Result{Refused: "too large: keys have 1024 bytes at most, values 1048576"}},
	} {
		got, ok := kv.Operation{Kind: test.kind}.Decode([]byte(test.result))
		if !ok || got.OK != test.want.OK || got.Refused != test.want.Refused ||
			(got.Value == nil) != (test.want.Value == nil) ||
			got.Value != nil && *got.Value != *test.want.Value {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}

func TestWhatIsNoResultOfTheOperationIsNone(t *testing.T) {
	for name, test := range map[string]struct {
		kind   kv.Kind
		result string
	}{
		"nothing":                    {kv.Read, ""},
		"a read that is done":        {kv.Read, "\x00"},
		"a write with a value":       {kv.Write, "\x01v"},
		"a write that found nothing": {kv.Write, "\x02"},
		"a write that did not swap":  {kv.Write, "\x03"},
		"bytes behind the status":    {kv.Write, "\x00\x00"},
		"a malformed operation":      {kv.Cas, "\xff"},
		"a value that is no UTF-8":   {kv.Read, "\x01\xff"},
	} {
		if got, ok := (kv.Operation{Kind: test.kind}).Decode([]byte(test.result)); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
