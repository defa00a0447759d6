import { describe, expect, test } from "vitest";
import { faults } from "../../faults/registry.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { executors } from "../workloads/registry.ts";
import { loadScenario } from "./load.ts";
import { ScenarioError } from "./scenario.ts";
import type { ScenarioVocabulary } from "./vocabulary.ts";

const SERVICES = services.map(({ name }) => name).join(", ");
const VOCABULARY: ScenarioVocabulary = {
  protocols,
  services,
  faults,
  executors,
  mutants: ["no-fsync"],
};

const HEAD = "apiVersion: bft-chaos/v1\nkind: Scenario\nmetadata: { name: tried }\n";

function load(text: string, sets: readonly string[] = []) {
  return loadScenario({ text, file: "tried.yaml", sets }, VOCABULARY);
}

/** The lines a user would read; empty if the text is sound. */
function complaints(text: string, sets: readonly string[] = []): readonly string[] {
  try {
    load(text, sets);
    return [];
  } catch (error) {
    if (error instanceof ScenarioError) return error.message.split("\n");
    throw error;
  }
}

test("a minimal scenario gets every default that stands on its own", () => {
  const { cluster, workload, phases, expect: expectation, seed } = load(HEAD);
  expect(cluster).toMatchObject({
    protocol: "pbft-sig",
    service: "kv",
    durability: "group-commit",
    timers: { request: 1_000, status: 150, client: 400, clientCap: 2_000 },
    operationTimeout: 10_000,
    checkpointInterval: 128,
    window: 256,
    batchMax: 64,
    pipeline: 4,
    links: "proxied",
    audit: "decisions",
  });
  expect(workload).toMatchObject({ executor: "constant-arrival-rate", clients: 8, keys: 64 });
  expect(phases).toEqual({ warmup: 1_000, faults: 8_000, quiet: 15_000 });
  expect(expectation).toMatchObject({ verdict: "PASS", minOperations: 1 });
  expect(seed).toBe(1);
});

test("of another tool's file nothing is told but that it is one", () => {
  expect(complaints("apiVersion: v1\nkind: Pod\nspec: {}\n")).toEqual([
    'tried.yaml:1:1: apiVersion: found "v1"; allowed: bft-chaos/v1',
    'tried.yaml:2:1: kind: found "Pod"; allowed: Scenario',
  ]);
});

test("a fault keeps its own keys apart from name and window", () => {
  const text = `${HEAD}faults:
  - { name: cut, fault: partition, at: 1s, for: 3s, isolate: primary, semantics: hold }
  - { fault: delay, at: 5s, latency: 40ms }
  - { fault: delay, at: 6s, latency: 40ms }
  - { fault: rolling-restart, at: 2s, pause: 1s }
`;
  expect(load(text).faults).toEqual([
    {
      name: "cut",
      fault: "partition",
      atMs: 1_000,
      durationMs: 3_000,
      outlasts: false,
      when: null,
      family: "cut",
      place: 0,
      keys: { isolate: "primary", semantics: "hold" },
    },
    expect.objectContaining({ name: "delay", atMs: 5_000, durationMs: 3_000 }),
    expect.objectContaining({ name: "delay-2", atMs: 6_000, durationMs: 2_000 }),
    expect.objectContaining({ name: "rolling-restart", atMs: 2_000, durationMs: 0 }),
  ]);
});

test("all errors come at once, each with its place, in the order of the text", () => {
  const text = `apiVersion: bft-chaos/v2
kind: Scenario
metadata: { name: Bad Name }
cluster:
  protocl: pbft-sig
  timers: { request: 5 }
  window: 200
phases: { faults: 4s }
faults:
  - { name: a, fault: partitoin, at: 1s }
  - { name: b, fault: crash, at: 3s, for: 2s, target: r0 }
  - { name: b, fault: delay, at: 1s, latency: fast }
expect: { verdict: pass }
`;
  expect(complaints(text)).toEqual([
    'tried.yaml:1:1: apiVersion: found "bft-chaos/v2"; did you mean "bft-chaos/v1"? allowed: bft-chaos/v1',
    'tried.yaml:3:13: metadata.name: found "Bad Name"; a name has lower-case letters, digits and hyphens (63 at most): primary-partition',
    'tried.yaml:5:3: cluster.protocl: unknown key; did you mean "protocol"? allowed: audit, batchMax, checkpointInterval, clientAuth, durability, f, links, maxBatchDelay, mutant, n, operationTimeout, pipeline, protocol, replyAuth, requestAt, rooms, service, timers, window',
    "tried.yaml:6:13: cluster.timers.request: found 5; a duration is a number with a unit: 250ms, 1s, 2m or 1h",
    expect.stringMatching(
      /^tried\.yaml:10:16: faults\[0\]\.fault: found "partitoin"; did you mean "partition"\? allowed: partition, delay,/,
    ),
    "tried.yaml:11:38: faults[1].for: found a window from 3s to 5s; allowed: within phases.faults, 4s",
    'tried.yaml:12:38: faults[2].latency: found "fast"; a duration is a number with a unit: 250ms, 1s, 2m or 1h',
    'tried.yaml:13:11: expect.verdict: found "pass"; did you mean "PASS"? allowed: PASS, FAIL, LIVENESS_MISS, HALTED_SAFELY, OUT_OF_CONTRACT, INCONCLUSIVE',
  ]);
});

test("what may be several things is told with each of them", () => {
  const faults = (entry: string) => `${HEAD}faults:
  - { fault: ${entry} }
`;
  expect(complaints(faults("crash, at: 1s, for: quite, target: r1"))).toEqual([
    expect.stringMatching(/faults\[0\]\.for: found "quite"; .*250ms, 1s, 2m or 1h, or quiet$/),
  ]);
  expect(complaints(faults("crash, at: 1s, for: 1s, target: 3"))).toEqual([
    expect.stringMatching(/faults\[0\]\.target: found 3; allowed: a replica \(r1\), primary, /),
  ]);
  expect(complaints(faults("ted, at: 1s, for: 6s, actionsPerHour: 0"))).toEqual([
    expect.stringMatching(/actionsPerHour: found 0; allowed: more than 0$/),
  ]);
  expect(complaints(faults("delay, at: 1s, for: 1s, latency: 40ms, spread: 90ms"))).toEqual([
    expect.stringMatching(/spread: found "90ms"; spread may not exceed latency$/),
  ]);
});

test("a parameter of a lie is refused as any other key is", () => {
  const faults = (parameters: string) =>
    `${HEAD}faults:
  - { fault: byzantine, at: 1s, target: r1, behaviour: bad-chunk, parameters: ${parameters} }
`;
  expect(complaints(faults("{ percent: 200, bits: 1 }"))).toEqual([
    expect.stringMatching(/faults\[0\]\.parameters\.percent: found 200; allowed: at most 100$/),
    expect.stringMatching(
      /parameters\.bits: found 1; no parameter of bad-chunk; allowed: percent, /,
    ),
  ]);
});

describe("a rule over several keys names what it found and what is allowed", () => {
  test.each([
    [
      "cluster: { window: 200 }",
      "4:12: cluster.window: found 200; allowed: at least twice checkpointInterval, 256",
    ],
    [
      "cluster: { n: 7, f: 1 }",
      "4:12: cluster.n: found f: 1, but pbft-sig with n: 7 tolerates 2; allowed: f: 1 needs n: 4",
    ],
    [
      "cluster: { protocol: unreplicated, f: 1 }",
      "4:36: cluster.f: found f: 1, but unreplicated with n: 1 tolerates 0; allowed: leave f out",
    ],
    [
      "cluster: { timers: { clientCap: 100ms } }",
      "4:22: cluster.timers.clientCap: found 100ms; allowed: at least timers.client, 400ms",
    ],
    [
      "cluster: { protocol: pbft-relay, clientAuth: signature }",
      "4:34: cluster.clientAuth: found signature; allowed for pbft-relay: mac",
    ],
    [
      "cluster: { protocol: pbft-mac, replyAuth: signature }",
      "4:32: cluster.replyAuth: found signature; allowed for pbft-mac: mac",
    ],
    [
      "cluster: { protocol: pbft-mac, requestAt: K2 }",
      "4:32: cluster.requestAt: found K2; allowed for pbft-mac: K1",
    ],
    [
      "cluster: { maxBatchDelay: 1s }",
      "4:12: cluster.maxBatchDelay: found 1s; allowed: below timers.request, 1s",
    ],
    [
      "cluster: { service: { name: kv, argumentBytes: 4KB } }",
      "4:33: cluster.service.argumentBytes: found 4000B, and kv has no null operation; allowed: no argumentBytes, or a service that has one",
    ],
    [
      "cluster: { mutant: no-fsnyc }",
      '4:12: cluster.mutant: found "no-fsnyc"; did you mean "no-fsync"? allowed: no-fsync',
    ],
    ["cluster: { mutant: lazy }", '4:12: cluster.mutant: found "lazy"; allowed: no-fsync'],
    [
      "workload: { mix: { read: 50%, write: 40% } }",
      "4:13: workload.mix: found shares that sum to 90%; allowed: shares that sum to 100%",
    ],
    [
      "workload: { mix: { null: 100% } }",
      "4:20: workload.mix.null: the service kv has no null; allowed: read, write, append, cas, delete",
    ],
    [
      "workload: { executor: closed-loop, rate: 5/s }",
      "4:36: workload.rate: closed-loop has no rate; allowed: executor: constant-arrival-rate, or no rate",
    ],
    [
      "workload: { operationsMax: 5 }",
      "4:13: workload.operationsMax: constant-arrival-rate has no operationsMax; allowed: executor: closed-loop, or no operationsMax",
    ],
    [
      "expect: { viewChanges: { min: 2, max: 1 } }",
      "4:34: expect.viewChanges.max: found 1; allowed: at least min, 2",
    ],
    [
      "expect: { check: S-1 }",
      "4:11: expect.check: a check is named for the verdict FAIL or LIVENESS_MISS; found the verdict PASS",
    ],
    [
      "faults: [{ fault: pause, at: 9s, target: r0 }]",
      "4:26: faults[0].at: found 9s; allowed: within phases.faults, 8s",
    ],
    [
      "faults:\n- { name: a, fault: pause, at: 1s, target: r0 }\n- { name: a, fault: pause, at: 1s, target: r1 }",
      '6:5: faults[1].name: found "a" again; allowed: a name of its own (faults[0] has it)',
    ],
  ])("%s", (text, complaint) => {
    expect(complaints(`${HEAD}${text}\n`)).toEqual([`tried.yaml:${complaint}`]);
  });
});

describe("a value of the wrong kind names what it found and what is allowed", () => {
  test.each([
    ["seed: 1.5", "4:1: seed: found 1.5; allowed: a whole number"],
    ["seed: -1", "4:1: seed: found -1; allowed: at least 0"],
    ["seed: 4294967296", "4:1: seed: found 4294967296; allowed: at most 4294967295"],
    ["cluster: 5", "4:1: cluster: found 5; allowed: a map of keys"],
    ["cluster:", "4:1: cluster: found nothing; allowed: a map of keys"],
    ["faults: crash", '4:1: faults: found "crash"; allowed: a list'],
    ["faults: [crash]", '4:10: faults[0]: found "crash"; allowed: a map of keys'],
    [
      "cluster: { service: 5 }",
      `4:12: cluster.service: found 5; allowed: ${SERVICES}, or a map of keys`,
    ],
    [
      "cluster: { service: { nam: kv } }",
      '4:23: cluster.service.nam: unknown key; did you mean "name"? allowed: argumentBytes, name, resultBytes',
    ],
    [
      "workload: { rate: 200 }",
      "4:13: workload.rate: found 200; a rate is a number per second: 200/s",
    ],
    [
      "workload: { mix: { read: 50 } }",
      "4:20: workload.mix.read: found 50; a share is a percentage from 0% to 100%: 50%",
    ],
    [
      "faults: [{ fault: pause, at: 0s, target: 3 }]",
      "4:34: faults[0].target: found 3; allowed: a replica (r1), primary, next-primary, backup, random-f and its like, or a list",
    ],
    [
      "faults: [{ fault: partition, at: 0s, groups: [[r0, r1]] }]",
      "4:38: faults[0].groups: found a list of 1; a partition needs at least 2 groups",
    ],
    [
      "faults: [{ fault: backup, at: 0s, for: 2s, job: take, target: r1 }]",
      "4:35: faults[0].for: backup does not last: it is a job, over as soon as it is done; leave it out; allowed: at, fault, job, name, target, when",
    ],
    [
      "faults: [{ fault: rolling-restart, at: 0s, pause: 2s, repeat: { every: 2s, times: 2 } }]",
      "4:55: faults[0].repeat: rolling-restart does not last: it is over when the last one is back, as `down` and `pause` have it; write it a second time, with an `at` or a `when` of its own; allowed: at, down, fault, name, pause, target, when",
    ],
  ])("%s", (text, complaint) => {
    expect(complaints(`${HEAD}${text}\n`)).toContain(`tried.yaml:${complaint}`);
  });

  test("a number where text is wanted is told to be quoted", () => {
    const text = HEAD.replace("name: tried", "name: tried, labels: { issue: 3 }");
    expect(complaints(text)).toEqual([
      'tried.yaml:3:36: metadata.labels.issue: found 3; allowed: text (put it in quotes: "3")',
    ]);
  });

  test("for makes no sense with a fault that does not last", () => {
    const text = `${HEAD}faults: [{ fault: rolling-restart, at: 0s, pause: 1s, for: 2s }]\n`;
    expect(complaints(text)).toEqual([
      "tried.yaml:4:55: faults[0].for: rolling-restart does not last: it is over when the last one is back, as `down` and `pause` have it; leave it out; allowed: at, down, fault, name, pause, target, when",
    ]);
  });

  test("a key of another fault is unknown to this one", () => {
    const text = `${HEAD}faults: [{ fault: crash, at: 0s, target: r0, semantics: drop }]\n`;
    expect(complaints(text)).toEqual([
      "tried.yaml:4:46: faults[0].semantics: unknown key; allowed: at, fault, for, name, repeat, target, when",
    ]);
  });
});

describe("YAML that is no scenario", () => {
  test.each([
    ["an empty file", "", "1:1: the file is empty; allowed: a scenario, which begins with"],
    ["only a comment", "# later\n", "1:1: the file is empty"],
    ["a list at the top", "- a\n- b\n", "1:1: found no map of keys; allowed: a scenario"],
    ["text at the top", "hello\n", "1:1: found no map of keys"],
    ["several documents", `${HEAD}---\n${HEAD}`, "4:1: found a second document behind `---`"],
    ["a tab as indentation", `${HEAD}cluster:\n\tf: 1\n`, "5:1: found a tab; allowed: spaces"],
    ["a key twice", `${HEAD}seed: 1\nseed: 2\n`, "5:1: found this key a second time in one map"],
    [
      "a merge of what is no map",
      `${HEAD}cluster: { <<: 3 }\n`,
      "4:12: found no map to merge; allowed: <<: and a map, the *alias of one, or a list of them",
    ],
    [
      "a merge of a list of none",
      `${HEAD}cluster: { <<: [{ f: 1 }, 3] }\n`,
      "4:12: found no map to m",
    ],
    ["an unknown alias", `${HEAD}seed: *lucky\n`, "4:7: *lucky has no anchor &lucky"],
    [
      "an open bracket",
      `${HEAD}cluster: { f: 1\n`,
      "5:1: found no end of a list [...] or a map {...}",
    ],
    [
      "a map as a key",
      `${HEAD}{ a: b }: c\n`,
      "4:1: found a map or a list; allowed: a word as key",
    ],
    ["an unknown tag", `${HEAD}seed: !lucky 1\n`, "4:7: found a tag"],
  ])("%s is refused with its place", (_, text, complaint) => {
    expect(complaints(text)[0]).toMatch(`tried.yaml:${complaint}`);
  });

  test("aliases that multiply without end are refused", () => {
    const bomb = ["a: &a [x, x, x, x, x, x, x, x]"];
    for (const [from, to] of ["ab", "bc", "cd", "de"]) {
      bomb.push(`${to}: &${to} [${Array(8).fill(`*${from}`).join(", ")}]`);
    }
    expect(complaints(`${bomb.join("\n")}\n`)[0]).toMatch("Excessive alias count");
  });

  test("what a file says cannot write on the terminal", () => {
    expect(complaints(`${HEAD}"a\\nb\\u001b[2J\\u202e": 1\nseed: "\\u202e"\n`)).toEqual([
      expect.stringMatching(/^tried\.yaml:4:1: "a\\nb\\u001b\[2J\\u202e": unknown key; allowed:/),
      'tried.yaml:5:1: seed: found "\\u202e"; allowed: a number',
    ]);
  });

  test("a key named __proto__ is an unknown key like any other", () => {
    expect(complaints(`${HEAD}__proto__: { seed: 2 }\n`)[0]).toMatch(
      "tried.yaml:4:1: __proto__: unknown key",
    );
  });

  test("anchors, aliases and merged maps are followed, and blamed where they are used", () => {
    const text = `${HEAD}faults:
  - &slow { name: a, fault: delay, at: 1s, for: 1s, latency: 40ms, to: r3 }
  - { <<: *slow, name: b, at: 3s }
  - { <<: *slow, name: c, latency: quick }
`;
    expect(complaints(text)).toEqual([
      'tried.yaml:7:27: faults[2].latency: found "quick"; a duration is a number with a unit: 250ms, 1s, 2m or 1h',
    ]);
    const mended = load(text.replace("quick", "50ms"));
    expect(mended.faults.map(({ name, atMs }) => [name, atMs])).toEqual([
      ["a", 1_000],
      ["b", 3_000],
      ["c", 1_000],
    ]);
  });
});

describe("--set", () => {
  const CUT = `${HEAD}cluster:\nfaults: [{ name: cut, fault: pause, at: 1s, for: 1s, target: r0 }]\n`;

  test("writes into sections that are given, left empty or left out, and into faults by name", () => {
    const sets = [
      "cluster.f=2",
      "phases.faults=4s",
      "faults.cut.for=2s",
      "faults[0].target=[r1, r2]",
    ];
    const { cluster, phases, faults: set } = load(CUT, sets);
    expect(cluster.f).toBe(2);
    expect(phases.faults).toBe(4_000);
    expect(set[0]).toMatchObject({ durationMs: 2_000, keys: { target: ["r1", "r2"] } });
  });

  test.each([
    ["cluster.f=two", '--set cluster.f=two: cluster.f: found "two"; allowed: a number'],
    ["cluster.ff=2", /^--set cluster\.ff=2: cluster\.ff: unknown key; did you mean "f"\?/],
    ["cluster", "--set cluster: found no path=value; allowed: a path, =, and a value: cluster.f=2"],
    [
      "cluster..f=2",
      '--set cluster..f=2: found "cluster..f"; allowed: keys with dots between them',
    ],
    ["faults[3].for=1s", "--set faults[3].for=1s: faults has no item 3"],
    ["faults.nobody.for=1s", "--set faults.nobody.for=1s: faults has no item nobody"],
    ["kind.of=1", "--set kind.of=1: kind is no map, so nothing in it can be set"],
    [
      "cluster={ <<: 3 }",
      "--set cluster={ <<: 3 }: found no map to merge; allowed: <<: and a map, the *alias of one, or a list of them",
    ],
    ["seed=*lucky", "--set seed=*lucky: *lucky has no anchor &lucky"],
    ["seed={ {}: 1 }", "--set seed={ {}: 1 }: found a map or a list; allowed: a word as key"],
    ["seed=[1", /^--set seed=\[1: found no end of a list/],
  ])("%s is refused by name", (set, complaint) => {
    const [first] = complaints(CUT.replace("cluster:\n", ""), [set]);
    expect(first).toMatch(complaint);
  });
});

test("the word null names the service and the operation, an empty value names nothing", () => {
  const word = "cluster: { service: null }\nworkload: { mix: { null: 100% } }\n";
  expect(load(`${HEAD}${word}`)).toMatchObject({
    cluster: { service: "null" },
    workload: { mix: { null: 1 } },
  });
  expect(load(HEAD, ["cluster.service=null"]).cluster.service).toBe("null");
  expect(complaints(`${HEAD}cluster: { service: }\n`)).toEqual([
    `tried.yaml:4:12: cluster.service: found nothing; allowed: ${SERVICES}, or a map of keys`,
  ]);
});

test("a scenario knows which values are its own and which are defaults", () => {
  const { source } = load(`${HEAD}cluster: { f: 1 }\n`, ["phases.quiet=20s"]);
  expect(source.given(["cluster", "f"])).toBe(true);
  expect(source.given(["phases", "quiet"])).toBe(true);
  expect(source.given(["cluster", "n"])).toBe(false);
});
