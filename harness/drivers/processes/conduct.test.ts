import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readJsonLines } from "../../observations/json-lines.ts";
import type { LedgerEntry } from "../../observations/observations.ts";
import { FILES, RunStore } from "../../observations/store.ts";
import { createExecutor } from "../../plan/execute.ts";
import type { WorldEvent } from "../../plan/executor.ts";
import { planWith } from "../../plan/plan.fixture.ts";
import type { Plan, PlanEntry } from "../../plan/plan.ts";
import { monotonicNs } from "../clock.ts";
import type { AbortListener } from "../driver.ts";
import { RunLog } from "../run-log.ts";
import type { ResolvedEntry } from "../world.ts";
import { conduct } from "./conduct.ts";
import type { Act, RealWorld } from "./real-world.ts";

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

function entry(id: string, atMs: number, durationMs: number): PlanEntry {
  return { id, name: id, fault: "crash", atMs, durationMs, resolved: {} };
}

/** Only what executor and conductor look at. */
function planOf(entries: readonly PlanEntry[], faultsMs: number): Plan {
  const phases = { warmupMs: 10, faultsMs, quietMs: 40 };
  return planWith({ phases, entries });
}

/** A cluster that obeys at once; a test changes what it wants to see go wrong. */
class FakeWorld implements RealWorld {
  readonly acts: string[] = [];
  hear: (event: WorldEvent) => void = () => {};
  readonly #failed = Promise.withResolvers<never>();
  readonly failure = this.#failed.promise;

  fail(why: string): void {
    this.#failed.reject(new Error(why));
  }

  async resolve(of: PlanEntry): Promise<ResolvedEntry> {
    return { entry: of, targets: { primary: "r0" }, effects: [], ordered: [], absent: null };
  }

  async inject({ entry: { id } }: { entry: PlanEntry }): Promise<Act> {
    this.acts.push(`inject ${id}`);
    return done();
  }

  onEvent(listener: (event: WorldEvent) => void): void {
    this.hear = listener;
  }

  async heal({ entry: { id } }: { entry: PlanEntry }): Promise<Act> {
    this.acts.push(`heal ${id}`);
    return done();
  }

  standings() {
    return new Map();
  }

  load(on: boolean): void {
    this.acts.push(`load ${on}`);
  }

  async converged() {
    return { lastExec: 7, digests: {} };
  }

  async verify(): Promise<boolean> {
    this.acts.push("verify");
    return true;
  }

  progress() {
    return { operationsPerSecond: 0, p99Ms: null, view: 0 };
  }
}

function done(): Act {
  const proof = Promise.resolve({ outcome: "installed" as const, evidence: ["seen"] });
  return { doneNs: monotonicNs(), proof };
}

interface Play {
  readonly world: RealWorld;
  readonly entries: readonly PlanEntry[];
  readonly onAbort?: (listener: AbortListener) => void;
  readonly log?: RunLog;
  readonly faultsMs?: number;
}

async function play({ world, entries, onAbort = () => {}, log = newLog(), faultsMs = 60 }: Play) {
  const plan = planOf(entries, faultsMs);
  const executor = createExecutor(plan);
  return conduct({ plan, executor, world, log, context: { onAbort, onProgress: () => {} } });
}

function newLog(): RunLog {
  const log = new RunLog(store);
  log.begin(monotonicNs());
  return log;
}

function ledger(): readonly LedgerEntry[] {
  const text = readFileSync(store.path(FILES.ledger), "utf8");
  return readJsonLines(text).values as readonly LedgerEntry[];
}

test("a fault is in the ledger as intent before it is injected, and as healing before it is healed", async () => {
  const seen: string[] = [];
  class Watching extends FakeWorld {
    override async inject(resolved: { entry: PlanEntry }) {
      seen.push(...ledger().map(({ kind }) => kind));
      return super.inject(resolved);
    }
  }
  const world = new Watching();
  expect(await play({ world, entries: [entry("a", 10, 20)] })).toEqual({ state: "ok" });
  expect(seen.at(-1)).toBe("intent");
  const kinds = ledger().map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind !== "phase" && kind !== "load")).toEqual([
    "intent",
    "installed",
    "healing",
    "healed",
    "converged",
  ]);
  expect(world.acts).toEqual(["load true", "inject a", "heal a", "load false", "verify"]);
});

test("a target that is not there skips the fault, and nothing is injected or healed", async () => {
  class Small extends FakeWorld {
    override async resolve(of: PlanEntry): Promise<ResolvedEntry> {
      const absent = { outcome: "skipped", evidence: ["there are 0 backups"] } as const;
      return { entry: of, targets: {}, effects: [], ordered: [], absent };
    }
  }
  const world = new Small();
  expect(await play({ world, entries: [entry("a", 10, 20)] })).toEqual({ state: "ok" });
  expect(world.acts).toEqual(["load true", "load false", "verify"]);
  expect(ledger().filter((line) => "entry" in line)).toMatchObject([
    { kind: "intent", entry: "a" },
    { kind: "installed", entry: "a", outcome: "skipped", evidence: ["there are 0 backups"] },
  ]);
});

test("the installed line has the time of the act, however long the proof took", async () => {
  class Slow extends FakeWorld {
    override async inject(resolved: { entry: PlanEntry }): Promise<Act> {
      await super.inject(resolved);
      const { promise, resolve } = Promise.withResolvers<{ outcome: "partial"; evidence: [] }>();
      this.later = () => resolve({ outcome: "partial", evidence: [] });
      return { doneNs: monotonicNs(), proof: promise };
    }
    override async heal(resolved: { entry: PlanEntry }): Promise<Act> {
      this.later();
      return super.heal(resolved);
    }
    later = () => {};
  }
  await play({ world: new Slow(), entries: [entry("a", 0, 30)] });
  const lines = ledger();
  const installed = lines.find(({ kind }) => kind === "installed");
  const healing = lines.find(({ kind }) => kind === "healing");
  expect(installed).toMatchObject({ outcome: "partial" });
  expect(installed?.time).toBeLessThan(healing?.time ?? 0);
});

test("an injection that fails ends the run as failed, and what was injected before is healed", async () => {
  class Broken extends FakeWorld {
    override async inject(resolved: { entry: PlanEntry }): Promise<Act> {
      if (resolved.entry.id === "b") throw new Error("the proxy is gone");
      return super.inject(resolved);
    }
  }
  const world = new Broken();
  const state = await play({ world, entries: [entry("a", 0, 50), entry("b", 10, 30)] });
  expect(state).toEqual({ state: "failed", why: "the proxy is gone" });
  expect(world.acts).toContain("heal a");
  expect(world.acts).not.toContain("verify");
});

test("what dies by itself fails the run with the first reason", async () => {
  const world = new FakeWorld();
  world.fail("r2 ended by itself");
  world.fail("and then the rest");
  const state = await play({ world, entries: [entry("a", 0, 50)] });
  expect(state).toEqual({ state: "failed", why: "r2 ended by itself" });
});

test("an abort heals, skips what had not begun and ends as aborted", async () => {
  const world = new FakeWorld();
  let press: AbortListener = () => {};
  class Pressed extends FakeWorld {
    override async inject(resolved: { entry: PlanEntry }) {
      const act = super.inject(resolved);
      press(1, "SIGTERM");
      return act;
    }
  }
  const pressed = new Pressed();
  const onAbort = (listener: AbortListener) => (press = listener);
  const entries = [entry("a", 0, 50), entry("b", 40, 10)];
  expect(await play({ world: pressed, entries, onAbort })).toEqual({
    state: "aborted",
    why: "SIGTERM",
  });
  expect(pressed.acts).toEqual(["load true", "inject a", "load false", "heal a"]);
  expect(world.acts).toEqual([]);
});

test("a disk that is full during a fault fails the run, but never keeps the fault in place", async () => {
  class FullDisk extends RunLog {
    override ledger(...[fact, atNs]: Parameters<RunLog["ledger"]>): void {
      if (fact.kind === "installed") this.full = true;
      if (this.full) throw new Error("ENOSPC: no space left on device");
      super.ledger(fact, atNs);
    }
    full = false;
  }
  const log = new FullDisk(store);
  log.begin(monotonicNs());
  const world = new FakeWorld();
  const state = await play({ world, entries: [entry("a", 0, 50)], log });
  expect(state).toEqual({ state: "failed", why: "ENOSPC: no space left on device" });
  expect(world.acts).toContain("heal a");
});

test("lines of the set-up are kept until the zero instant is known, with negative times", () => {
  const log = new RunLog(store);
  log.note("first", "before zero");
  log.begin(monotonicNs() + 1_000_000n);
  const [line] = ledger();
  expect(line).toMatchObject({ kind: "note", what: "first" });
  expect(line?.time).toBeLessThan(0);
});

test("what is heard of the cluster sets off what waits for it, and its proof says how soon", async () => {
  const trigger = { kind: "event", event: "stable", fromMs: 0, skip: 0, delayMs: 0 } as const;
  const waiting = { ...entry("b", 0, 20), when: { ...trigger, by: null, first: false } };
  const what = "r1 logged stable, number 8";
  class Hearing extends FakeWorld {
    override async inject(resolved: { entry: PlanEntry }) {
      const heard = { by: "r1", role: null, slot: null, view: 0, what, ageMs: 7, atNs: 0n };
      if (resolved.entry.id === "a") this.hear({ name: "stable", ...heard });
      return super.inject(resolved);
    }
  }
  const world = new Hearing();
  // What is late is skipped: this long a busy machine may take.
  const faultsMs = 1_000;
  // What is heard of began in the faults phase: it is older than the hearing.
  const entries = [entry("a", 50, 20), waiting];
  expect(await play({ world, entries, faultsMs })).toEqual({ state: "ok" });
  expect(world.acts.filter((act) => act.startsWith("inject"))).toEqual(["inject a", "inject b"]);
  const [intent, installed] = (["intent", "installed"] as const).map((kind) =>
    ledger().find((line) => line.kind === kind && line.entry === "b"),
  );
  expect(intent).toMatchObject({ setOffBy: what });
  const reaction = expect.stringMatching(/^set off: r1 .* 8; heard 7.0 ms after it, done /);
  expect(installed).toMatchObject({ evidence: ["seen", reaction] });
});
