package history_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"xk6-bft/history"
	"xk6-bft/identity"
)

// clock moves on by 10 ns with each look.
func clock() func() time.Duration {
	now := time.Duration(0)
	return func() time.Duration {
		now += 10
		return now
	}
}

func call(client uint16, name string, argument any) history.Call {
	key := "k"
	return history.Call{
		Client:    identity.ClientID(0, client),
		Timestamp: 7,
		Operation: history.Operation{Name: name, Key: &key, Argument: argument},
		Intended:  5,
	}
}

func expect(t *testing.T, got string, want ...string) {
	t.Helper()
	if got != strings.Join(want, "\n")+"\n" {
		t.Fatalf("got\n%swant\n%s", got, strings.Join(want, "\n"))
	}
}

func record(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestAnEventIsALineThatTheCheckerReads(t *testing.T) {
	var file strings.Builder
	to := history.NewRecorder(&file, clock())
	write, read, value := call(1, "write", "a"), call(2, "read", nil), "a"
	record(t, to.Invoked(write), to.Invoked(read),
		to.Answered(write, history.Answer{OK: true, View: 3}),
		to.Answered(read, history.Answer{OK: true, Value: &value, View: 3}))
	expect(t, file.String(),
		`{"index":0,"time":10,"process":0,"type":"invoke","f":"write","key":"k","value":"a","client":65537,"t":7,"intended":5}`,
		`{"index":1,"time":20,"process":1,"type":"invoke","f":"read","key":"k","value":null,"client":65538,"t":7,"intended":5}`,
		`{"index":2,"time":30,"process":0,"type":"ok","f":"write","key":"k","value":"a","client":65537,"t":7,"view":3}`,
		`{"index":3,"time":40,"process":1,"type":"ok","f":"read","key":"k","value":"a","client":65538,"t":7,"view":3}`)
}

func TestAnUnknownOutcomeUsesUpTheProcessNumber(t *testing.T) {
	var file strings.Builder
	to := history.NewRecorder(&file, clock())
	write := call(1, "write", "a")
	record(t, to.Invoked(write), to.Unknown(write), to.Invoked(write))
	lines := strings.Split(file.String(), "\n")
	if !strings.Contains(lines[1], `"process":0,"type":"info"`) ||
		!strings.Contains(lines[2], `"process":1,"type":"invoke"`) {
		t.Fatal(file.String())
	}
}

func TestAFailedCasIsAnObservationAndARefusalIsNone(t *testing.T) {
	var file strings.Builder
	to := history.NewRecorder(&file, clock())
	from, into := "a", "b"
	cas := call(1, "cas", []*string{&from, &into})
	record(t, to.Answered(cas, history.Answer{View: 1}),
		to.Answered(cas, history.Answer{View: 1, Error: "too large"}),
		to.Refused(call(1, "cas", []*string{nil, &into}), "too long"))
	expect(t, file.String(),
		`{"index":0,"time":10,"process":0,"type":"fail","f":"cas","key":"k","value":["a","b"],"client":65537,"t":7,"view":1}`,
		`{"index":1,"time":20,"process":0,"type":"fail","f":"cas","key":"k","value":["a","b"],"client":65537,"t":7,"view":1,"error":"too large"}`,
		`{"index":2,"time":30,"process":0,"type":"fail","f":"cas","key":"k","value":[null,"b"],"client":65537,"t":7,"error":"too long","unsent":true}`)
}

type fullDisk struct{ writes int }

func (d *fullDisk) Write([]byte) (int, error) {
	d.writes++
	return 0, errors.New("no space left")
}

func TestAHistoryWithAHoleIsWrittenNoFurther(t *testing.T) {
	disk := &fullDisk{}
	to := history.NewRecorder(disk, clock())
	write := call(1, "write", "a")
	if to.Invoked(write) == nil || to.Unknown(write) == nil || disk.writes != 1 {
		t.Fatalf("%d writes", disk.writes)
	}
}
