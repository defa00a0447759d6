import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunStore } from "../observations/store.ts";
import { createExecutor } from "../plan/execute.ts";
import { planWith } from "../plan/plan.fixture.ts";
import type { Plan, PlanEntry } from "../plan/plan.ts";
import { Conductor } from "./conductor.ts";
import { RunLog } from "./run-log.ts";
import type { ResolvedEntry, World } from "./world.ts";

const CRASH: PlanEntry = {
  id: "a",
  name: "a",
  fault: "crash",
  atMs: 10,
  durationMs: 20,
  resolved: {},
};

let folder: string;
let store: RunStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-test-"));
  store = new RunStore(folder);
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** A world in which all is done at once, and the acts in the order in which they were begun. */
function conducted(entries: readonly PlanEntry[]) {
  const said: string[] = [];
  const clock = { ms: 0 };
  const disk = { full: false };
  class Told extends RunLog {
    override ledger(fact: Parameters<RunLog["ledger"]>[0]): void {
      if (disk.full) throw new Error("ENOSPC");
      said.push(fact.kind === "phase" ? `phase ${fact.phase}` : `ledger ${fact.kind}`);
    }
  }
  const phases = { warmupMs: 10, faultsMs: 60, quietMs: 40 };
  const world: World = {
    inject(entry) {
      const resolved: ResolvedEntry = {
        entry,
        targets: {},
        effects: [],
        ordered: [],
        absent: null,
      };
      if (conductor.intend(resolved)) said.push(`inject ${entry.id}`);
      conductor.settled("inject", entry.id);
    },
    heal({ entry }) {
      said.push(`heal ${entry.id}`);
      conductor.settled("heal", entry.id);
    },
    standings: () => new Map(),
    load: (on) => said.push(`load ${on}`),
    watch: () => conductor.converged({ lastExec: 7, digests: {} }),
    verify: () => conductor.verified(false),
    stepped: () => {},
  };
  const plan: Plan = planWith({ phases, entries });
  const conductor: Conductor = new Conductor({
    plan,
    executor: createExecutor(plan),
    world,
    log: new Told(store),
    now: () => clock.ms,
    guard: (work) => {
      try {
        work();
      } catch {
        said.push("failed");
      }
    },
  });
  const runTo = (ms: number) => {
    for (; clock.ms <= ms; clock.ms += 1) conductor.tick();
  };
  return { conductor, said, runTo, disk, clock };
}

test("a plan is played to its end by ticks alone where every act settles at once", () => {
  const { conductor, said, runTo } = conducted([CRASH]);
  conductor.begin();
  runTo(200);
  expect(said.join(", ")).toBe(
    "phase warmup, load true, ledger load, phase faults, " +
      "ledger intent, inject a, ledger healing, heal a, " +
      "phase quiet, load false, ledger load, ledger converged, ledger note, phase end",
  );
  expect(conductor.isFinished).toBe(true);
});

test("a ledger that cannot be written never keeps a fault in place", () => {
  const { conductor, said, runTo, disk } = conducted([CRASH]);
  conductor.begin();
  runTo(25);
  expect(said).toContain("inject a");
  disk.full = true;
  runTo(60);
  expect(said.slice(said.indexOf("inject a"))).toEqual(["inject a", "failed", "heal a"]);
});

test("an abort heals, and progress says that it is stopping", () => {
  const { conductor, said, runTo } = conducted([CRASH]);
  conductor.begin();
  runTo(25);
  expect(conductor.progress()).toMatchObject({ phase: "faults", activeFaults: ["a"] });
  conductor.abort(1, "Ctrl-C, level 1");
  expect(said).toContain("heal a");
  expect(conductor.progress()).toMatchObject({ phase: "stopping", activeFaults: [] });
});

test("a plan that is not over long after its end is told", () => {
  const { conductor, clock } = conducted([]);
  conductor.begin();
  clock.ms = 110 + 120_000;
  expect(conductor.overtime).toBeNull();
  clock.ms += 1;
  expect(conductor.overtime).toContain("120000 ms after its planned end");
});
