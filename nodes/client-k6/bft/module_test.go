package bft_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.k6.io/k6/v2/js/modulestest"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"

	"xk6-bft/bft"
	"xk6-bft/vectors"
)

// Nobody listens at the discard port of this loopback address.
const hostOfNobody = `{
	protocol: "pbft-sig", host: 0, clients: 1,
	cluster: {
		clusterId: "000102030405060708090a0b0c0d0e0f", epoch: 7, replicas: 1, faultsMax: 0,
		timers: { requestMs: 1000, statusMs: 20, clientMs: 20, clientCapMs: 40 },
		operationTimeoutMs: 100, replyAuth: "mac", clientAuth: "signature",
	},
	keys: KEYS,
	dial: { r0: { host: "127.0.0.1", port: 9 } },
}`

type virtualUser struct {
	*modulestest.Runtime
	t       *testing.T
	samples chan metrics.SampleContainer
}

func newVirtualUser(t *testing.T) virtualUser {
	t.Helper()
	runtime := modulestest.NewRuntime(t)
	instance := bft.New().NewModuleInstance(runtime.VU)
	vector := vectors.LoadMessages(t)
	// The host's own key, which the vectors of the messages have no use for.
	vector.Keys.Private["c0"] = vector.Keys.Private["c0.1"]
	keys, err := json.Marshal(vector.Keys)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range instance.Exports().Named {
		if err := runtime.VU.Runtime().Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := runtime.VU.Runtime().RunString("const HOST = " + strings.Replace(hostOfNobody, "KEYS", string(keys), 1)); err != nil {
		t.Fatal(err)
	}
	return virtualUser{Runtime: runtime, t: t, samples: make(chan metrics.SampleContainer, 64)}
}

// begin enters the second phase of a scenario, if its first lasts a minute.
func (u virtualUser) begin() virtualUser {
	started := time.Now().Add(-90 * time.Second)
	u.VU.CtxField = lib.WithScenarioState(u.VU.CtxField, &lib.ScenarioState{StartTime: started})
	registry := metrics.NewRegistry()
	u.MoveToVUContext(&lib.State{
		Samples: u.samples,
		Tags:    lib.NewVUStateTags(registry.RootTagSet()),
	})
	return u
}

// run gives what the script leaves in `result`.
func (u virtualUser) run(script string) string {
	u.t.Helper()
	code := "var result; (async () => {" + script + "})().catch((error) => { result = `${error}`; })"
	if _, err := u.RunOnEventLoop(code); err != nil {
		u.t.Fatal(err)
	}
	text, err := u.VU.Runtime().RunString("typeof result === 'string' ? result : JSON.stringify(result)")
	if err != nil {
		u.t.Fatal(err)
	}
	return text.String()
}

func TestAWrongOptionIsNamed(t *testing.T) {
	user := newVirtualUser(t)
	for script, want := range map[string]string{
		`new Client()`:                              "takes one object",
		`new Client({ history: "h" })`:              "host is missing",
		`new Client({ host: HOST, histroy: "h" })`:  "histroy: no such option",
		`new Client({ host: { nonsense: 1 } })`:     "nonsense",
		`new Client({ host: HOST, history: 1 })`:    "history",
		`new Client({ host: HOST, clock: "wall" })`: `"wall"; allowed: start, host`,
		`new Client({ host: HOST, until: "noon" })`: `"noon"; allowed: stdin`,
		`new Client({ host: HOST, phases: [{ name: "a", duration: "soon" }, { name: "b" }] })`: "soon",
	} {
		if got := user.run("result = " + script); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %q", script, got, want)
		}
	}
}

func TestAClientWithoutOptionsTakesThoseOfTheFileInTheEnvironment(t *testing.T) {
	user := newVirtualUser(t)
	file := filepath.Join(t.TempDir(), "client.json")
	host, err := user.VU.Runtime().RunString("JSON.stringify({ host: HOST, clock: `host` })")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("BFT_CLIENT", file)
	for text, want := range map[string]string{
		host.String():    "object",
		`{"histroy": 1}`: "histroy: no such option",
		`[`:              "the options in the file of BFT_CLIENT",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := user.run("result = typeof new Client()"); !strings.Contains(got, want) {
			t.Errorf("%s, want %q", got, want)
		}
	}
}

func TestAClientIsOneAndHasItsMethods(t *testing.T) {
	user := newVirtualUser(t)
	got := user.run(`
		const client = new Client({ host: HOST });
		const methods = ["read", "write", "append", "cas", "delete", "invoke"];
		result = [client instanceof Client, ...methods.map((name) => typeof client[name])];`)
	if want := `[true` + strings.Repeat(`,"function"`, 6) + `]`; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
}

func TestAScriptThatIsWrongIsToldSo(t *testing.T) {
	user := newVirtualUser(t)
	inInit := user.run(`result = await new Client({ host: HOST }).read("k")`)
	if !strings.Contains(inInit, "not in the init context") {
		t.Error(inInit)
	}
	user = newVirtualUser(t).begin()
	for call, want := range map[string]string{
		`read()`:              "key must be a string",
		`read(7)`:             "key must be a string, not 7",
		`write("k")`:          "value must be a string",
		`cas("k")`:            "to must be a string",
		`cas("k", 1, "b")`:    "from must be a string",
		`invoke()`:            "operation is missing",
		`invoke(7)`:           "operation",
		`invoke("not zeros")`: "null operations only",
	} {
		got := user.run(`result = await new Client({ host: HOST, history: "unused" }).` + call)
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %q", call, got, want)
		}
	}
}

func TestAnOperationWithoutAnAnswerIsUnknownMeasuredAndRecorded(t *testing.T) {
	user := newVirtualUser(t).begin()
	file := filepath.Join(t.TempDir(), "history.jsonl")
	path, _ := json.Marshal(file)
	got := user.run(`
		const client = new Client({
			host: HOST, history: ` + string(path) + `,
			phases: [
				{ name: "warmup", duration: "1m" }, { name: "faults", duration: "1m" }, { name: "quiet" },
			],
		});
		result = [await client.write("k", "v"), await client.invoke(new Uint8Array(3))];`)
	if want := `[{"outcome":"unknown","value":null,"view":null},{"outcome":"unknown","value":null,"view":null}]`; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	values := map[string]float64{}
	for len(user.samples) > 0 {
		for _, sample := range (<-user.samples).GetSamples() {
			tags := sample.Tags.Map()
			if tags["phase"] != "faults" || tags["outcome"] != "unknown" {
				t.Errorf("%s: %v", sample.Metric.Name, tags)
			}
			values[sample.Metric.Name+" "+tags["op"]] += sample.Value
		}
	}
	if values["bft_ops write"] != 1 || values["bft_ops null"] != 1 || values["bft_op_failed write"] != 1 ||
		values["bft_retransmits write"] == 0 || values["bft_op_duration write"] < 100 {
		t.Errorf("%v", values)
	}
	lines, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for index, want := range []string{
		`"process":0,"type":"invoke","f":"write","key":"k","value":"v"`,
		`"process":0,"type":"info","f":"write","key":"k","value":"v"`,
		`"process":1,"type":"invoke","f":"null","key":null,"value":null`,
	} {
		if line := strings.Split(string(lines), "\n")[index]; !strings.Contains(line, want) {
			t.Errorf("%s, want %s", line, want)
		}
	}
}

func TestWhatTheClientRefusesWasNeverSent(t *testing.T) {
	user := newVirtualUser(t).begin()
	file := filepath.Join(t.TempDir(), "history.jsonl")
	path, _ := json.Marshal(file)
	began := time.Now()
	got := user.run(`
		const client = new Client({ host: HOST, history: ` + string(path) + ` });
		result = [await client.write("k", "v".repeat(2099201)), await client.read("k".repeat(65536))]
			.map(({ outcome, error }) => [outcome, error]);`)
	want := `[["fail","an operation of 2099209 bytes; allowed: 2099200 at most"],["fail","a key of 65536 bytes is too long"]]`
	if got != want || time.Since(began) > 10*time.Second {
		t.Fatalf("%s, want %s", got, want)
	}
	lines, _ := os.ReadFile(file)
	if !strings.Contains(string(lines), `"error":"an operation of 2099209 bytes; allowed: 2099200 at most","unsent":true`) {
		t.Error("the refusal is not in the history")
	}
}

func TestTwoClientsOfOneHostWriteOneHistory(t *testing.T) {
	user := newVirtualUser(t).begin()
	folder := t.TempDir()
	first, _ := json.Marshal(filepath.Join(folder, "a"))
	second, _ := json.Marshal(filepath.Join(folder, "b"))
	got := user.run(`
		await new Client({ host: HOST, history: ` + string(first) + ` }).read("k");
		result = await new Client({ host: HOST, history: ` + string(second) + ` }).read("k");`)
	if !strings.Contains(got, "the history of this host is") {
		t.Fatal(got)
	}
}
