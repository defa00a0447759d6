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
    when: { event: executed, by: backup, skip: 4 }
    for: 900ms
    target: subject
  - { name: kill, fault: crash, when: { healed: nap }, for: 300ms, target: subject }
  - { name: never, fault: crash, when: { event: corrupt }, for: 1s, target: subject }
`;

test("a replica is struck by what it has logged, soon after, and what never comes is skipped", async () => {
  const run = bench.run(bench.scenario({ name: "heard", faults: FAULTS }));
  expect(await run.exit(), run.said + run.complained).toBe(0);
  const intents = run.ledger("heard").filter((line) => line.kind === "intent");
  const [nap, kill] = intents;
  const subject = nap?.targets["subject"];
  expect(nap?.setOffBy).toMatch(new RegExp(`^${subject} logged executed, number \\d+$`));
  expect(["r1", "r2", "r3"]).toContain(subject);
  expect(kill).toMatchObject({ entry: "kill", targets: { subject }, setOffBy: "nap is healed" });
  const results = JSON.parse(readFileSync(join(run.store("heard"), "results.json"), "utf8")) as {
    readonly faults: readonly FaultResult[];
  };
  const outcomes = results.faults.map(({ entry, outcome }) => [entry, outcome]);
  expect(Object.fromEntries(outcomes)).toEqual({
    nap: "installed",
    kill: "installed",
    never: "skipped",
  });
  const evidence = results.faults.find(({ entry }) => entry === "nap")?.evidence ?? [];
  const [, heardMs] = /heard ([\d.]+) ms after it/.exec(evidence.join("; ")) ?? [];
  expect(Number(heardMs)).toBeLessThan(1_000);
}, 90_000);
