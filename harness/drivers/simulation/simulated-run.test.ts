import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { faults } from "../../../faults/registry.ts";
import { FILES } from "../../observations/store.ts";
import { type FinishedRun, planScenarios, runPlanned } from "../../run.ts";
import type { AbortListener } from "../driver.ts";
import { momentOf } from "./plan-player.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-simulated-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Settings {
  readonly cluster?: string;
  readonly faults?: readonly string[];
  readonly expect?: string;
  readonly phases?: string;
  readonly workload?: string;
  readonly simulation?: string;
}

function scenario(name: string, settings: Settings): string {
  const { phases = "{ warmup: 300ms, faults: 2500ms, quiet: 15s }" } = settings;
  return [
    "apiVersion: bft-chaos/v1",
    "kind: Scenario",
    `metadata: { name: ${name} }`,
    "seed: 5",
    `cluster: { ${settings.cluster ?? "f: 1"} }`,
    `workload: { ${settings.workload ?? "rate: 60/s, clients: 4, keys: 6"} }`,
    `phases: ${phases}`,
    ...(settings.simulation === undefined ? [] : [`simulation: ${settings.simulation}`]),
    ...(settings.faults === undefined ? [] : ["faults:"]),
    ...(settings.faults ?? []).map((fault) => `  - ${fault}`),
    `expect: ${settings.expect ?? "{ verdict: PASS, minOperations: 20 }"}`,
    "",
  ].join("\n");
}

async function run(
  path: string,
  onAbort: (listener: AbortListener) => void = () => {},
): Promise<FinishedRun> {
  const [planned] = planScenarios({ paths: [path], driver: "simulation" });
  if (planned === undefined) throw new Error("there is one scenario");
  return runPlanned(planned, { out: folder, mutantFolders: [], onProgress: () => {}, onAbort });
}

async function runText(name: string, settings: Settings): Promise<FinishedRun> {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, scenario(name, settings));
  return run(path);
}

function verdictOf({ judged, harness }: FinishedRun): string | undefined {
  expect(harness).toEqual({ state: "ok" });
  return judged?.judgement.verdict;
}

function fileOf({ directory }: FinishedRun, name: string): string {
  return readFileSync(join(directory ?? "", name), "utf8");
}

interface Timed {
  readonly type: string;
  readonly process: number;
  readonly time: number;
}

/** How long the operation took that ends with this event. */
function tookMs(end: Timed, history: readonly Timed[]): readonly number[] {
  if (end.type !== "ok") return [];
  const begin = history.findLast(({ type, process, time }) => {
    return type === "invoke" && process === end.process && time <= end.time;
  });
  return begin === undefined ? [] : [(end.time - begin.time) / 1e6];
}

test("n = 7 replicas bear two that crash", async () => {
  const finished = await runText("seven", {
    cluster: "f: 2",
    faults: ["{ fault: crash, at: 200ms, for: 2s, target: [r0, r3] }"],
  });
  expect(verdictOf(finished)).toBe("PASS");
});

test("nobody served for a minute is a miss, though the fault lasts and the clients give up", async () => {
  const finished = await runText("minute", {
    cluster: "operationTimeout: 1s, timers: { request: 1500ms }, mutant: newer-request-re-arms",
    workload: "rate: 4/s, clients: 4, keys: 6",
    phases: "{ warmup: 1s, faults: 65s, quiet: 15s }",
    faults: ["{ fault: crash, at: 1s, for: 60s, target: primary }"],
    expect: "{ verdict: LIVENESS_MISS, shed: 100% }",
  });
  expect(verdictOf(finished)).toBe("LIVENESS_MISS");
  const broken = finished.judged?.judgement.checks.filter(({ outcome }) => outcome === "invalid");
  expect(broken?.map(({ id }) => id)).toEqual(["L-1", "L-2"]);
});

test.each(faults)("a run with $kind is proven and passes", async ({ kind, lasting, examples }) => {
  const window = lasting === true ? { at: "100ms", for: "2s" } : { at: "100ms" };
  const fault = JSON.stringify({ fault: kind, ...window, ...examples[0] });
  const finished = await runText(kind, { faults: [fault] });
  const proofs = finished.judged?.judgement.faults ?? [];
  expect(proofs.length).toBeGreaterThan(0);
  expect(proofs.filter(({ outcome }) => outcome !== "installed")).toEqual([]);
  expect(verdictOf(finished)).toBe("PASS");
});

test("the wire is as the scenario says, and another one once the faults phase is over", async () => {
  const slow = "{ delayMin: 20ms, delayMax: 21ms }";
  const finished = await runText("slow-wire", { simulation: `{ network: ${slow}, calm: {} }` });
  expect(verdictOf(finished)).toBe("PASS");
  const history = fileOf(finished, FILES.history)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Timed);
  const took = history.flatMap((event) => tookMs(event, history));
  // Request, three messages and the reply, one after the other.
  expect(took[0]).toBeGreaterThan(80);
  expect(took.at(-1)).toBeLessThan(20);
});

test("on a slow wire all keys are read, however long that takes together, and then all rest", async () => {
  const finished = await runText("slow-reads", {
    cluster: "f: 1, timers: { request: 1s, status: 200ms, client: 400ms, clientCap: 400ms }",
    phases: "{ warmup: 100ms, faults: 500ms, quiet: 5s, rest: 500ms }",
    workload: "rate: 10/s, clients: 8, keys: 40",
    simulation: "{ calm: { delayMin: 60ms, delayMax: 70ms } }",
    faults: ["{ fault: crash, at: 400ms, for: quiet, target: r3 }"],
    expect: "{ verdict: PASS, minOperations: 1 }",
  });
  expect(verdictOf(finished)).toBe("PASS");
  const history = fileOf(finished, FILES.history);
  expect(history.match(/"type":"invoke".*"final":true/g)).toHaveLength(40);
  expect(fileOf(finished, FILES.ledger)).not.toContain("given up");
});

test("of two faults that lose as many frames of a link each is seen where it is alone", async () => {
  const loss = (at: string) => `{ fault: loss, at: ${at}, for: 1500ms, target: r3, share: 90% }`;
  const finished = await runText("rain", { faults: [loss("100ms"), loss("900ms")] });
  const outcomes = finished.judged?.judgement.faults.map(({ outcome }) => outcome);
  expect(outcomes).toEqual(["installed", "installed"]);
  const during = await runText("shower", {
    faults: [loss("100ms"), "{ fault: loss, at: 300ms, for: 200ms, target: r3, share: 40% }"],
  });
  expect(during.judged?.judgement.faults.map(({ outcome }) => outcome)).toEqual([
    "installed",
    "skipped",
  ]);
});

test("messages of one type are lost or late, and nothing of the others is", async () => {
  const finished = await runText("one-type", {
    faults: [
      "{ fault: loss, at: 100ms, for: 1s, from: r1, type: COMMIT }",
      "{ fault: loss, at: 100ms, for: 1s, from: r3, type: VIEW-CHANGE }",
      "{ fault: loss, at: 100ms, for: 1s, from: r3, type: VOUCH }",
      "{ fault: lateness, at: 1200ms, for: 1s, from: r2, type: PREPARE, by: 40ms }",
    ],
  });
  const faults = finished.judged?.judgement.faults ?? [];
  // Nobody changes the view, and nobody vouches where messages are signed.
  expect(faults.map(({ outcome }) => outcome)).toEqual([
    "installed",
    "indeterminate",
    "not-applicable",
    "installed",
  ]);
});

test("a liar that finds no occasion is ineffective, and the run proves nothing", async () => {
  const finished = await runText("no-occasion", {
    faults: ["{ fault: byzantine, at: 100ms, for: 2s, target: r3, behaviour: equivocate }"],
  });
  expect(finished.judged?.judgement.faults.map(({ outcome }) => outcome)).toEqual(["ineffective"]);
  expect(verdictOf(finished)).toBe("INCONCLUSIVE");
});

test("a cut that is over before three periods have passed is indeterminate", async () => {
  const finished = await runText("too-short", {
    faults: ["{ fault: partition, at: 100ms, for: 200ms, isolate: r3, semantics: drop }"],
  });
  expect(finished.judged?.judgement.faults.map(({ outcome }) => outcome)).toEqual([
    "indeterminate",
  ]);
  expect(verdictOf(finished)).toBe("INCONCLUSIVE");
});

test.each([
  [
    "a pause of a replica that is down",
    ["crash, at: 100ms, for: 2s, target: r2", "pause, at: 300ms, for: 1s, target: r2"],
  ],
  [
    "a cut of a link that is cut",
    [
      "partition, at: 100ms, for: 2s, isolate: r2, semantics: drop",
      "partition, at: 300ms, for: 1s, isolate: r2, semantics: drop",
    ],
  ],
  [
    "a cut of a replica that is down",
    [
      "crash, at: 100ms, for: 2s, target: r2",
      "partition, at: 300ms, for: 1s, isolate: r2, semantics: drop",
    ],
  ],
  [
    "a delay towards a replica that is paused",
    ["pause, at: 100ms, for: 2s, target: r2", "delay, at: 300ms, for: 1s, to: r2, latency: 40ms"],
  ],
])("%s is not proven by the other fault's effect, but skipped", async (_, both) => {
  const finished = await runText("covered", {
    faults: both.map((keys) => `{ fault: ${keys} }`),
  });
  const { faults: outcomes = [] } = finished.judged?.judgement ?? {};
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["installed", "skipped"]);
  expect(outcomes[1]?.evidence.join()).toMatch(/r2.*left out: .* as long as it lasted/);
  expect(verdictOf(finished)).toBe("PASS");
});

test("of two that are alike all the time the first is not skipped: the budget knows of it", async () => {
  const cut = "{ fault: partition, at: 300ms, for: 1s, isolate: r2, semantics: drop }";
  const finished = await runText("alike", { faults: [cut, cut] });
  const { faults: outcomes = [], budget } = finished.judged?.judgement ?? {};
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["indeterminate", "skipped"]);
  expect(Math.max(...(budget?.steps ?? []).map(({ unavailable }) => unavailable))).toBe(1);
  expect(verdictOf(finished)).toBe("INCONCLUSIVE");
});

test("a cut towards a replica that is down meanwhile is proven by its other links", async () => {
  const finished = await runText("dead-end", {
    faults: [
      "{ fault: crash, at: 100ms, for: 2s, target: r2 }",
      "{ fault: partition, at: 300ms, for: 1s, groups: [[r0], [r1, r2, r3]], semantics: drop }",
    ],
    expect: "{ verdict: HALTED_SAFELY, minOperations: 1, shed: 100% }",
  });
  const [, cut] = finished.judged?.judgement.faults ?? [];
  expect(cut?.outcome).toBe("installed");
  expect(cut?.evidence).toContain("installed: r0-r2: left out: r2 is down as long as it lasted");
  expect(verdictOf(finished)).toBe("HALTED_SAFELY");
});

test("a fault that outlasts the one before it on the same replica has its own proof", async () => {
  const finished = await runText("outlasts", {
    faults: [
      "{ fault: crash, at: 100ms, for: 800ms, target: r2 }",
      "{ fault: pause, at: 500ms, for: 1900ms, target: r2 }",
    ],
  });
  expect(finished.judged?.judgement.faults.map(({ outcome }) => outcome)).toEqual([
    "installed",
    "installed",
  ]);
});

test("one plan gives one run: history, audit logs and ledger are equal to the byte", async () => {
  const settings = { faults: ["{ fault: crash, at: 200ms, for: 1s, target: primary }"] };
  const [first, second] = [await runText("same", settings), await runText("same", settings)];
  for (const name of [FILES.history, FILES.audit(0), FILES.audit(3), FILES.ledger, FILES.samples]) {
    expect(fileOf(second, name)).toBe(fileOf(first, name));
    expect(fileOf(first, name).length).toBeGreaterThan(100);
  }
});

test("a planted bug runs from its own copy of the nodes and is caught", async () => {
  const finished = await runText("planted", {
    cluster: "f: 1, mutant: client-takes-first-reply",
    faults: ["{ fault: byzantine, at: 100ms, for: 2s, target: r1, behaviour: wrong-reply }"],
    expect: "{ verdict: FAIL, check: S-6 }",
  });
  expect(verdictOf(finished)).toBe("FAIL");
  expect(finished.judged?.judgement.asExpected).toBe(true);
});

test("the unreplicated server runs, with the null service too", async () => {
  const finished = await runText("single", {
    cluster: "protocol: unreplicated, f: 0, service: 'null'",
    workload: "executor: closed-loop, clients: 4",
    phases: "{ warmup: 100ms, faults: 300ms, quiet: 5s }",
  });
  expect(verdictOf(finished)).toBe("PASS");
});

test("Ctrl-C heals, judges what there is, and says that the run was aborted", async () => {
  const path = join(folder, "aborted.yaml");
  const faultsOfIt = ["{ fault: crash, at: 0ms, for: 2s, target: r1 }"];
  writeFileSync(path, scenario("aborted", { faults: faultsOfIt }));
  const finished = await run(path, (listener) => setImmediate(() => listener(1, "Ctrl-C")));
  expect(finished.harness.state).toBe("aborted");
  expect(fileOf(finished, FILES.ledger)).toContain('"kind":"abort"');
});

test("a backup that missed a whole log and lost its disk's tail catches up (drawn-77-034)", async () => {
  const finished = await runText("catches-up", {
    cluster: "f: 1, checkpointInterval: 128, window: 256",
    workload: "rate: 50/s, clients: 8, keys: 11",
    phases: "{ warmup: 1s, faults: 6500ms, quiet: 16s }",
    faults: [
      "{ fault: power-cut, at: 4100ms, for: 2200ms, target: r1 }",
      "{ fault: crash, at: 1900ms, for: 2100ms, target: r1 }",
      "{ fault: trickle, at: 700ms, for: 3800ms, to: r1, bytes: 17B, every: 1ms }",
    ],
  });
  expect(verdictOf(finished)).toBe("PASS");
});

test("whoever is woken after so much time finds that it has passed, however it is rounded", () => {
  const early: number[] = [];
  for (let step = 1; step <= 10_000; step++) {
    const [zeroMs, sinceMs] = [step / 7, (step * step) / 3];
    if (zeroMs + sinceMs - zeroMs < sinceMs) early.push(step);
    expect(momentOf(sinceMs, zeroMs) - zeroMs).toBeGreaterThanOrEqual(sinceMs);
  }
  // The plain sum comes early so often that a run of pbft-mac stood still on it.
  expect(early).not.toEqual([]);
});
