/** Real replicas say what they log, and what waits for it strikes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FaultResult } from "../../checkers/verdict/judgement.ts";
import { Bench } from "./local-run.fixture.ts";

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => {
  bench.close();
});

const FAULTS = `
  - name: nap
    fault: pause
    when: { event: executed, by: primary, skip: 4 }
    for: 2500ms
    target: subject
  - { name: page, fault: backup, job: take, when: { event: alarm, by: r0 }, target: subject }
  - { name: again, fault: backup, job: take, when: { event: recovered }, target: r3 }
  - { name: kill, fault: crash, when: { healed: nap }, for: 500ms, target: subject }
  - { name: never, fault: crash, when: { event: corrupt }, for: 1s, target: subject }
`;

test("what real replicas and clients go through sets off what waits for it, or it is skipped", async () => {
  const cluster = "{ timers: { request: 500ms } }";
  const phases = "{ warmup: 500ms, faults: 6s, quiet: 30s }";
  const run = bench.run(bench.scenario({ name: "heard", faults: FAULTS, cluster, phases }));
  expect(await run.exit(), run.said + run.complained).toBe(0);
  const ledger = run.ledger("heard");
  const intents = ledger.filter((line) => line.kind === "intent");
  const setOffBy = Object.fromEntries(intents.map((line) => [line.entry, line.setOffBy]));
  expect(setOffBy).toEqual({
    nap: expect.stringMatching(/^r0 logged executed, number \d+$/),
    page: expect.stringMatching(/^the health check: r0 has not answered for \d+ ms$/),
    again: expect.stringMatching(/^a client was answered after \d+ ms in which nobody was$/),
    kill: "nap is healed",
  });
  expect(ledger).toContainEqual(expect.objectContaining({ kind: "alarm", about: "r0" }));
  const struck = intents.filter(({ targets }) => "subject" in targets);
  expect(struck.map(({ entry, targets }) => [entry, targets["subject"]]).toSorted()).toEqual([
    ["kill", "r0"],
    ["nap", "r0"],
    ["page", "r0"],
  ]);
  const results = JSON.parse(readFileSync(join(run.store("heard"), "results.json"), "utf8")) as {
    readonly faults: readonly FaultResult[];
  };
  const outcomes = results.faults.map(({ entry, outcome }) => [entry, outcome]);
  const installed = { nap: "installed", page: "installed", again: "installed", kill: "installed" };
  expect(Object.fromEntries(outcomes)).toEqual({ ...installed, never: "skipped" });
  const evidence = results.faults.find(({ entry }) => entry === "nap")?.evidence ?? [];
  const [, heardMs] = /heard ([\d.]+) ms after it/.exec(evidence.join("; ")) ?? [];
  expect(Number(heardMs)).toBeLessThan(1_000);
}, 90_000);
