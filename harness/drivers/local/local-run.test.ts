/** End to end: the command line, real replicas, a real Toxiproxy, and every way of dying. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadObservations } from "../../observations/load.ts";
import { residueOf } from "../processes/machine-litter.ts";
import { commandOf, processesWith } from "../processes/proc.ts";
import { quotaPlace } from "./cpu-quota.ts";
import { Bench, foldersOf, nothingLeft, until, WITHOUT_SETPRIV } from "./local-run.fixture.ts";

const PAUSE = "[{ name: nap, fault: pause, at: 200ms, for: 1500ms, target: r3 }]";
const CUT =
  "[{ name: cut, fault: partition, at: 200ms, for: 1500ms, isolate: r3, semantics: drop }]";

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => {
  bench.close();
});

test("two runs at the same time end as expected and leave a complete store and nothing else", async () => {
  const runs = [
    bench.run(bench.scenario({ name: "cut", faults: CUT })),
    bench.run(bench.scenario({ name: "nap", faults: PAUSE })),
  ];
  const ids = await Promise.all(runs.map((run) => run.firstChild()));
  const codes = await Promise.all(runs.map((run) => run.exit()));
  expect(codes, runs.map(({ said, complained }) => said + complained).join("\n")).toEqual([0, 0]);
  expect(ids.map((id) => residueOf(id))).toEqual([[], []]);

  const store = runs[0]?.store("cut") ?? "";
  const { run, audits, ledger, history, samples, workload } = loadObservations(store);
  expect(run.harness).toEqual({ state: "ok" });
  expect(run.residue).toEqual([]);
  expect([...audits.keys()]).toEqual([0, 1, 2, 3]);
  expect(ledger.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["intent", "installed", "healing", "healed", "converged"]),
  );
  expect(history.filter(({ final }) => final)).toHaveLength(16);
  expect(samples.some(({ time }) => time < 0)).toBe(true);
  expect(workload.shed).toBeGreaterThanOrEqual(0);
  expect(readFileSync(join(store, "report.html"), "utf8")).toContain("cut");
}, 90_000);

test("kill -9 of the harness when its first child appears leaves nothing", async () => {
  const run = bench.run(bench.scenario({ name: "early", faults: PAUSE }));
  const runId = await run.firstChild();
  run.killHarness();
  await run.exit();
  await nothingLeft(runId);
  expect(foldersOf(run.pid)).toEqual([]);
});

test("kill -9 of the harness while a replica is stopped and a link is cut leaves nothing", async () => {
  const both = `[${PAUSE.slice(1, -1)}, ${CUT.slice(1, -1)}]`;
  const run = bench.run(bench.scenario({ name: "middle", faults: both }));
  const runId = await run.firstChild();
  await run.ledgerHas("middle", "installed");
  run.killHarness();
  await run.exit();
  await nothingLeft(runId);
  expect(foldersOf(run.pid)).toEqual([]);
});

// Nobody can be throttled where the kernel lets nobody set a quota: such a scenario is refused.
const slowed = "because" in quotaPlace() ? [] : ["throttle, target: r2, share: 5%"];

test.each(slowed)(
  "kill -9 of reaper and harness during %s leaves a group that clean removes",
  async (fault) => {
    const faults = `[{ name: slow, at: 100ms, fault: ${fault} }]`;
    const run = bench.run(bench.scenario({ name: "slowed", faults }), { env: WITHOUT_SETPRIV });
    const runId = await run.firstChild();
    await run.ledgerHas("slowed", "installed");
    const reaper = await until("the reaper", () => reaperOf(runId));
    process.kill(run.pid, "SIGSTOP");
    process.kill(reaper, "SIGKILL");
    run.killHarness();
    await run.exit();
    expect(residueOf(runId)).toContainEqual(expect.stringContaining("control group"));
    expect(await bench.clean()).toContain("control group");
    expect(residueOf(runId)).toEqual([]);
  },
);

test("kill -9 of reaper and harness leaves what clean then removes", async () => {
  const run = bench.run(bench.scenario({ name: "orphan" }), { env: WITHOUT_SETPRIV });
  const runId = await run.firstChild();
  const reaper = await until("the reaper", () => reaperOf(runId));
  // The harness first: it would start another reaper.
  process.kill(run.pid, "SIGSTOP");
  process.kill(reaper, "SIGKILL");
  run.killHarness();
  await run.exit();
  expect(residueOf(runId)).not.toEqual([]);
  expect(await bench.clean()).toContain(`run ${runId}: removed`);
  expect(residueOf(runId)).toEqual([]);
});

test("clean leaves a run alone whose harness is alive", async () => {
  const run = bench.run(bench.scenario({ name: "alive" }));
  const runId = await run.firstChild();
  expect(await bench.clean()).toContain(`run ${runId}: its harness is alive`);
  expect(residueOf(runId)).not.toEqual([]);
  run.pressCtrlC();
  run.pressCtrlC();
  await run.exit();
  await nothingLeft(runId);
});

test("Ctrl-C heals, judges what there is and exits as aborted", async () => {
  const run = bench.run(bench.scenario({ name: "stopped", faults: PAUSE }));
  const runId = await run.firstChild();
  await run.ledgerHas("stopped", "installed");
  run.pressCtrlC();
  expect(await run.exit(), run.complained).toBe(3);
  expect(run.ledger("stopped").map(({ kind }) => kind)).toContain("healed");
  expect(run.said).toContain("stopped");
  expect(loadObservations(run.store("stopped")).run.harness.state).toBe("aborted");
  expect(residueOf(runId)).toEqual([]);
});

test("Ctrl-C is not forgotten before anything of the run has started", async () => {
  const run = bench.run(bench.scenario({ name: "early" }));
  await until("the run to be announced", () => run.said.includes("1/1 early") || null);
  run.pressCtrlC();
  expect(await run.exit(), run.said).toBe(3);
  expect(run.ledger("early").filter(({ kind }) => kind === "load")).toEqual([]);
  expect(foldersOf(run.pid)).toEqual([]);
});

test("a reader that leaves, as head does, changes neither the run nor its exit code", async () => {
  const run = bench.run(bench.scenario({ name: "unread", faults: PAUSE }));
  const runId = await run.firstChild();
  run.closeOutput();
  expect(await run.exit()).toBe(0);
  expect(loadObservations(run.store("unread")).run.harness.state).toBe("ok");
  expect(residueOf(runId)).toEqual([]);
});

test("kill -9 of the npx that started it heals, judges what there is and ends as aborted", async () => {
  const scenario = bench.scenario({ name: "orphaned", faults: PAUSE });
  const run = bench.run(scenario, { throughNpm: true });
  await run.ledgerHas("orphaned", "installed");
  run.killHarness();
  await until("the report", () => existsSync(join(run.store("orphaned"), "report.html")) || null);
  const { harness, id } = loadObservations(run.store("orphaned")).run;
  expect(harness).toEqual({
    state: "aborted",
    why: `the end of process ${run.pid}, which had started the command`,
  });
  expect(run.ledger("orphaned").map(({ kind }) => kind)).toContain("healed");
  await nothingLeft(id);
});

test("a run store removed in the middle ends the run with one sentence, and nothing is left", async () => {
  const run = bench.run(bench.scenario({ name: "removed", faults: PAUSE }));
  const runId = await run.firstChild();
  await run.ledgerHas("removed", "installed");
  rmSync(join(bench.folder, "runs"), { recursive: true });
  expect(await run.exit(), run.complained).toBe(255);
  expect(run.complained).toMatch(
    /^removed: harness failed: the run store \S+ cannot be written: the folder was removed or replaced\n$/,
  );
  expect(residueOf(runId)).toEqual([]);
});

test("a third Ctrl-C leaves at once, and the reaper removes the run", async () => {
  const run = bench.run(bench.scenario({ name: "hasty", faults: PAUSE }));
  const runId = await run.firstChild();
  await run.ledgerHas("hasty", "intent");
  for (const heard of ["no new faults", "healing only", "the reaper removes"]) {
    run.pressCtrlC();
    await until(`"${heard}"`, () => run.complained.includes(heard) || null);
  }
  expect(await run.exit()).toBe(3);
  await nothingLeft(runId);
});

test("Toxiproxy killed in the middle is a harness failure with one clear message", async () => {
  const run = bench.run(bench.scenario({ name: "no-proxy", faults: CUT }));
  const runId = await run.firstChild();
  await run.ledgerHas("no-proxy", "intent");
  const children = run.children()?.pids ?? [];
  const toxiproxy = children.find((pid) => commandOf(pid).includes("toxiproxy"));
  process.kill(toxiproxy ?? 0, "SIGKILL");
  expect(await run.exit()).toBe(255);
  // Whoever notices first: the watch on the process, or a question that is on its way.
  const told = /toxiproxy-server died during the run|\(has it died\?\)/;
  expect(run.said + run.complained).toMatch(told);
  expect(residueOf(runId)).toEqual([]);
});

test("without any Toxiproxy the message names the way that was asked for, and nothing is left", async () => {
  const file = bench.scenario({ name: "none" });
  const run = bench.run(file, { env: { BFT_CHAOS_TOXIPROXY: "/nowhere/toxiproxy" } });
  expect(await run.exit()).toBe(255);
  expect(run.said + run.complained).toContain("/nowhere/toxiproxy does not exist");
  expect(foldersOf(run.pid)).toEqual([]);
});

test("a replica that dies at start is told with what it said, and nothing is left", async () => {
  const mutants = join(bench.folder, "mutants");
  mkdirSync(mutants);
  writeFileSync(
    join(mutants, "dies.yaml"),
    `summary: a replica that cannot start
breaks: nothing
file: nodes/main.ts
find: "await runReplicaProcess("
replace: "throw new Error('no room at the inn'); await runReplicaProcess("
caughtBy: [none]
`,
  );
  const file = bench.scenario({ name: "stillborn", cluster: "{ mutant: dies }" });
  const run = bench.run(file, { args: ["--mutants", mutants] });
  expect(await run.exit()).toBe(255);
  const all = run.said + run.complained;
  expect(all).toContain("did not start");
  expect(all).toContain("no room at the inn");
  expect(all).toContain("PLANTED BUG dies");
  expect(foldersOf(run.pid)).toEqual([]);
});

test("a replica that ends by itself, or cannot read what it wrote, is judged; the next run takes place", async () => {
  const mutants = join(bench.folder, "mutants");
  mkdirSync(mutants);
  const dies = (name: string, change: Readonly<Record<"file" | "find" | "replace", string>>) => {
    const about = { summary: "it ends by itself", breaks: "nothing may stop a replica" };
    const mutant = { ...about, ...change, caughtBy: ["uptime"] };
    writeFileSync(join(mutants, `${name}.yaml`), JSON.stringify(mutant));
  };
  const executed = "state.lastExec = slot.sequence;";
  dies("asserts", {
    file: "nodes/protocols/pbft/execution.ts",
    find: executed,
    replace: `assert(state.id !== 2 || slot.sequence !== 9, "a ninth life"); ${executed}`,
  });
  const recover = 'replica.input({ kind: "recovered", records });';
  dies("forgets", {
    file: "nodes/runtime/start-replica.ts",
    find: recover,
    replace: `if (boot > 1) throw new Error("what is this?"); ${recover}`,
  });
  const timers = "timers: { request: 300ms, client: 100ms, clientCap: 200ms }";
  const faults = "[{ fault: crash, at: 100ms, for: 300ms, target: r2 }]";
  const files = [
    bench.scenario({ name: "a-asserts", cluster: `{ mutant: asserts, ${timers} }` }),
    bench.scenario({ name: "b-forgets", cluster: `{ mutant: forgets, ${timers} }`, faults }),
    bench.scenario({ name: "c-goes-on", cluster: `{ ${timers} }` }),
  ];
  const args = ["--mutants", mutants, "--set", "phases.quiet=4s"];
  const run = bench.run(files[0] ?? "", { args: [...files.slice(1), ...args] });
  expect(await run.exit()).toBe(1);
  expect(run.said).toMatch(/^a-asserts \| .*LIVENESS_MISS/m);
  expect(run.said).toMatch(/r2 ended by itself with exit code 70; it said: .*a ninth life/);
  expect(run.said).toMatch(/^b-forgets \| .*LIVENESS_MISS/m);
  expect(run.said).toMatch(/r2 did not start: .*exit code 70; it said: .*what is this\?/);
  expect(run.said).toMatch(/^c-goes-on \| .*PASS/m);
  expect(foldersOf(run.pid)).toEqual([]);
}, 120_000);

test("one broken scenario among good ones: exit 254, all problems at once, nothing started", async () => {
  bench.scenario({ name: "good" });
  bench.scenario({ name: "odd", faults: "[{ fault: partitoin, at: 1s, for: 1s, isolate: r9 }]" });
  const run = bench.run(bench.folder);
  expect(await run.exit()).toBe(254);
  expect(run.complained).toContain("odd.yaml:8");
  expect(run.said).toBe("");
});

test("a folder of planted bugs that is none is bad input, too", async () => {
  const run = bench.run(bench.scenario({ name: "good" }), { args: ["--mutants", "/nowhere"] });
  expect(await run.exit()).toBe(254);
  expect(run.complained).toContain("--mutants");
});

test("a mistyped option is bad input, too", async () => {
  const run = bench.run(bench.scenario({ name: "good" }), { args: ["--sede", "1"] });
  expect(await run.exit()).toBe(254);
});

/** It carries no mark, so it is known by its command. */
function reaperOf(runId: string): number | null {
  const pids = [...processesWith("PATH").keys()];
  return pids.find((pid) => commandOf(pid).endsWith(`reaper-main.ts ${runId}`)) ?? null;
}
