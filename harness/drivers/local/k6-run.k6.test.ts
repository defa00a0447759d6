/** End to end: a scenario whose load k6 makes, and everything that can go wrong with k6. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clientId, hostOf } from "../../../nodes/protocols/contract/core.ts";
import { loadObservations } from "../../observations/load.ts";
import { commandOf } from "../processes/proc.ts";
import { EXTENSION, provisionK6 } from "./k6-binary.ts";
import {
  Bench,
  type CliRun,
  foldersOf,
  nothingLeft,
  type ScenarioParts,
  until,
} from "./local-run.fixture.ts";

const EXAMPLE = join(EXTENSION, "examples", "scenario.js");
const KILL = "[{ name: kill, fault: crash, at: 500ms, for: 2s, target: primary }]";
const LASTING = "[{ name: nap, fault: pause, at: 200ms, for: 15s, target: r3 }]";
const K6_HOST = clientId({ host: 1, index: 0 });

interface Results {
  readonly verdict: string;
  readonly text: string;
  readonly harness: string;
  readonly harnessWhy: string | null;
  readonly checks: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly judged: number;
  }[];
  readonly faults: readonly { readonly outcome: string; readonly evidence: readonly string[] }[];
}

let bench: Bench;

beforeAll(async () => {
  await provisionK6({ env: process.env, progress: (line) => console.log(line) });
});
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => {
  bench.close();
});

/** @param body of the function that each iteration is; `client` is there */
function script(body: string, options = "vus: 4, duration: __ENV.DURATION"): string {
  const text = `
    import { sleep } from "k6";
    import { Client } from "k6/x/bft";
    export const options = { ${options} };
    const client = new Client();
    export default async function () { ${body} }
  `;
  writeFileSync(join(bench.folder, "load.js"), text);
  return "load.js";
}

function loaded(file: string, parts: Partial<ScenarioParts> = {}): string {
  const workload = `{ generator: k6, script: ${file}, rate: 30/s, clients: 16, keys: 8 }`;
  return bench.scenario({ name: "loaded", workload, ...parts });
}

async function ended(run: CliRun): Promise<Results & { readonly code: number | null }> {
  const code = await run.exit();
  const file = join(run.store("loaded"), "results.json");
  expect(existsSync(file), run.said + run.complained).toBe(true);
  return { ...(JSON.parse(readFileSync(file, "utf8")) as Results), code };
}

const outcomes = (results: Results) =>
  new Map(results.checks.map((check) => [check.id, check] as const));

describe("a load by k6", () => {
  test("a killed primary: PASS, and what k6 did is judged like any other load", async () => {
    const phases = "{ warmup: 500ms, faults: 4s, quiet: 30s }";
    const asked = "{ verdict: PASS, shed: 100%, viewChanges: { min: 1 }, minOperations: 20 }";
    const run = bench.run(loaded(EXAMPLE, { faults: KILL, phases, expect: asked }));
    const runId = await run.firstChild();
    const results = await ended(run);
    expect([results.code, results.verdict], run.said).toEqual([0, "PASS"]);
    await nothingLeft(runId);

    const observations = loadObservations(run.store("loaded"));
    const { history, workload, plan } = observations;
    const byK6 = history.filter(({ client = 0 }) => hostOf(client) === K6_HOST);
    expect(byK6.length).toBeGreaterThan(100);
    expect(outcomes(results).get("S-6")).toMatchObject({ outcome: "valid" });
    expect(outcomes(results).get("S-6")?.judged).toBeGreaterThan(byK6.length / 2);
    // Whatever had been asked was answered: the end of the load cut nothing off.
    expect(byK6.filter(({ type }) => type === "info")).toEqual([]);
    const finalKeys = history.filter(({ final, type }) => final && type === "ok");
    expect(new Set(finalKeys.map(({ key }) => key)).size).toBe(8);
    expect(workload).toEqual({ shed: expect.any(Number) as number });
    expect(plan.workload.script?.text).toBe(readFileSync(EXAMPLE, "utf8"));
    // On one clock with the replicas: what they executed was sent before, and not long before.
    expect(outcomes(results).get("S-3")).toMatchObject({ outcome: "valid" });
  });

  test("a planted bug is caught under it, too", async () => {
    const run = bench.run(
      loaded(EXAMPLE, {
        cluster: "{ mutant: requests-unauthenticated }",
        faults:
          "[{ name: made-up, fault: byzantine, at: 0ms, target: r0, behaviour: forged-request }]",
        expect: "{ verdict: FAIL, check: S-3, shed: 100% }",
      }),
    );
    const results = await ended(run);
    expect([results.code, results.verdict], run.said).toEqual([0, "FAIL"]);
    expect(outcomes(results).get("S-3")).toMatchObject({ outcome: "invalid" });
  });

  test("a cut of the client host's links is one of k6's, and is proven of both", async () => {
    const run = bench.run(
      loaded(EXAMPLE, {
        faults:
          "[{ name: cut, fault: partition, at: 200ms, for: 1500ms, groups: [[r0, r1, r2, r3], [clients]], semantics: drop }]",
        expect: "{ verdict: PASS, shed: 100%, minOperations: 1 }",
      }),
    );
    const results = await ended(run);
    const [cut] = results.faults;
    expect(cut, run.said).toMatchObject({ outcome: "installed" });
    expect(cut?.evidence.join("\n")).toMatch(/r1 received nothing of k6 \(c1\) for \d+ ms/);
    expect(cut?.evidence.join("\n")).toContain("what k6 receives is not counted");
  });

  test("arrivals that find no virtual user are shed, and too many are no delivered load", async () => {
    const options =
      "scenarios: { l: { executor: 'constant-arrival-rate', rate: 50, duration: '1h', preAllocatedVUs: 1 } }";
    const file = script("await client.write('k0', 'v' + __ITER); sleep(0.2);", options);
    const run = bench.run(loaded(file, { expect: "{ verdict: PASS }" }));
    const results = await ended(run);
    expect([results.code, results.verdict], run.said).toEqual([2, "INCONCLUSIVE"]);
    expect(results.text).toContain("the load was not delivered");
    expect(loadObservations(run.store("loaded")).workload.shed).toBeGreaterThan(20);
  });

  test("a script that ends by itself is no failure, and the ledger tells", async () => {
    const file = script(
      "await client.write('k0', `v${__VU}.${__ITER}`);",
      "vus: 1, iterations: 20",
    );
    const run = bench.run(loaded(file));
    const results = await ended(run);
    expect([results.code, results.harness], run.said).toEqual([0, "ok"]);
    const notes = run.ledger("loaded").map((line) => JSON.stringify(line));
    expect(notes.join("\n")).toContain("its script ended by itself, with exit code 0");
  });
});

describe("what fails the harness, and is never a PASS", () => {
  /** @returns why */
  async function failure(run: CliRun): Promise<string | null> {
    const results = await ended(run);
    expect([results.code, results.verdict], run.said).toEqual([255, "INCONCLUSIVE"]);
    return results.harnessWhy;
  }

  test("a script that throws", async () => {
    const file = script(
      "if (__ITER > 3) undefined.x; await client.write('k0', `${__VU} ${__ITER}`);",
    );
    expect(await failure(bench.run(loaded(file)))).toMatch(
      /its script threw: .*TypeError: .*load\.js/,
    );
  });

  test("a script that cannot even be read", async () => {
    const file = script("}");
    expect(await failure(bench.run(loaded(file)))).toMatch(
      /k6: it ended with exit code 107; it said: /,
    );
  });

  test("a script that records nothing is told how it would", async () => {
    const file = script("sleep(0.1);");
    expect(await failure(bench.run(loaded(file)))).toMatch(
      /has recorded no operation .* new Client\(\)/,
    );
  });

  test("a script that uses more keys than are read at the end", async () => {
    const file = script("await client.write(`k${__ITER}`, `v${__VU}.${__ITER}`);");
    expect(await failure(bench.run(loaded(file)))).toMatch(/workload\.keys allows 8/);
  });

  test("a k6 that is killed in the middle", async () => {
    const phases = "{ warmup: 500ms, faults: 20s, quiet: 30s }";
    const run = bench.run(loaded(EXAMPLE, { faults: LASTING, phases }));
    await run.ledgerHas("loaded", "installed");
    const { runId, pids } = await until("the run's processes", () => run.children());
    const k6 = pids.filter((pid) => commandOf(pid).includes("--summary-export"));
    expect(k6).toHaveLength(1);
    process.kill(k6[0] ?? 0, "SIGKILL");
    expect(await failure(run)).toMatch(/k6: it ended with signal SIGKILL/);
    await nothingLeft(runId);
  });

  test("kill -9 of the harness takes k6 with it", async () => {
    const run = bench.run(
      loaded(EXAMPLE, { faults: LASTING, phases: "{ warmup: 500ms, faults: 20s, quiet: 30s }" }),
    );
    const runId = await run.firstChild();
    await run.ledgerHas("loaded", "installed");
    run.killHarness();
    await run.exit();
    await nothingLeft(runId);
    expect(foldersOf(run.pid)).toEqual([]);
  });

  test("a k6 that was not built: the command that makes one, and nothing is started", async () => {
    const run = bench.run(loaded(EXAMPLE), {
      env: { BFT_CHAOS_K6: "", XDG_CACHE_HOME: bench.folder },
    });
    const results = await ended(run);
    expect(results.code).toBe(255);
    expect(results.harnessWhy).toContain("npm run build:k6");
    expect(existsSync(join(run.store("loaded"), "logs", "r0.stderr"))).toBe(false);
  });
});
